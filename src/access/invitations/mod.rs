//! Invitations: an owner asks somebody in, by a link that holds once and for seven days.

mod store;

use chrono::TimeDelta;

pub use store::OpenInvitation;

use super::actor::Actor;
use super::allowed::Allowed;
use super::people::{self, NewPerson, normal_email};
use super::resets;
use super::role::{ManageOrganization, Role};
use super::store::{Person, person_by_email, put_membership};
use super::token::{Token, hash_of};
use crate::db::{Conn, Tx};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::Moment;
use crate::kernel::ids::{InvitationId, PersonId};
use crate::mail;

/// How long an invitation holds.
const HOLDS: TimeDelta = TimeDelta::days(7);

/// What a link leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// It holds.
    Open,
    /// It was used.
    Used,
    /// An owner withdrew it, or another took its place.
    Withdrawn,
    /// Its time is over.
    Expired,
}

/// An invitation, as its link finds it.
#[derive(Debug, Clone)]
pub struct Invitation {
    row: store::Row,
    /// Whether it can be accepted.
    pub state: LinkState,
    /// Whether somebody signs in with its address already.
    pub known: bool,
}

impl Invitation {
    /// The name of the organization.
    pub fn organization(&self) -> &str {
        &self.row.organization_name
    }
    /// Who is invited.
    pub fn email(&self) -> &str {
        &self.row.email
    }
    /// As what.
    pub fn role(&self) -> Role {
        self.row.role
    }
    /// Who invited them.
    pub fn invited_by(&self) -> &str {
        &self.row.invited_by
    }
}

/// Who came in, and as what.
#[derive(Debug, Clone)]
pub struct Joined {
    /// For the record.
    pub actor: Actor,
    /// Who.
    pub person: PersonId,
    /// The organization's name in addresses.
    pub slug: String,
    /// Its name.
    pub organization: String,
    /// What they are there.
    pub role: Role,
    /// Whether they were a member before, and stay what they were.
    pub already: bool,
}

/// An invitation that was just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// Its id.
    pub id: InvitationId,
    /// The address, in the form it is kept in.
    pub email: String,
    /// Until when its link holds.
    pub expires_at: Moment,
}

/// What e-mails that carry the link of an invitation are about.
pub fn about_invitation(id: InvitationId) -> String {
    format!("invitation/{id}")
}

/// What is not sent yet of these is not sent any more.
fn drop_mail(tx: &mut Tx, ids: &[InvitationId], now: Moment) -> AppResult<()> {
    let about: Vec<String> = ids.iter().map(|id| about_invitation(*id)).collect();
    Ok(mail::drop_about(tx, &about, now)?)
}

/// Invites somebody. A link that address was given before opens nothing any more.
///
/// # Errors
/// [`AppError::Invalid`] on `email` when it is none, or a member's.
pub fn invite(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    email: &str,
    role: Role,
    token: &Token,
    now: Moment,
) -> AppResult<Invited> {
    let wrong = |words: String| AppError::Invalid(FieldErrors::one("email", words));
    let email = normal_email(email).map_err(|words| wrong(words.to_owned()))?;
    let organization = by.organization_id();
    if let Some(role) = store::role_of(tx, organization, &email)? {
        let words = format!("{email} is {} here already; change that in the list.", role.a_words());
        return Err(wrong(words));
    }
    let replaced = store::withdraw_of(tx, organization, &email, now)?;
    drop_mail(tx, &replaced, now)?;
    let expires_at = now + HOLDS;
    let new = store::NewRow {
        organization,
        email: &email,
        role,
        token_hash: &token.hash(),
        invited_by: by.person_id(),
        now,
        expires_at,
    };
    let id = store::insert(tx, &new).map_err(|error| match error {
        crate::db::DbError::Duplicate(_) => {
            let words = format!("{email} was invited by somebody else at the same moment. Look at the list.");
            AppError::Conflict(words)
        }
        other => other.into(),
    })?;
    Ok(Invited { id, email, expires_at })
}

/// The invitations nobody has taken up yet, the oldest first; those whose time is over too.
///
/// # Errors
/// When the database fails.
pub fn open_invitations(conn: &mut Conn, by: &Allowed<ManageOrganization>) -> AppResult<Vec<OpenInvitation>> {
    Ok(store::open(conn, by.organization_id())?)
}

/// Withdraws an invitation: its link opens nothing any more. Answers whose it was.
///
/// # Errors
/// [`AppError::NotFound`] when it is not open here.
pub fn withdraw_invitation(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    id: InvitationId,
    now: Moment,
) -> AppResult<String> {
    let email = store::withdraw(tx, by.organization_id(), id, now)?.ok_or(AppError::NotFound)?;
    drop_mail(tx, &[id], now)?;
    Ok(email)
}

/// Withdraws what somebody made who is an owner no more: nobody leaves a door open behind them. Answers whose.
pub(super) fn withdraw_by(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    person: PersonId,
    now: Moment,
) -> AppResult<Vec<String>> {
    let (ids, emails): (Vec<_>, Vec<_>) =
        store::withdraw_by(tx, by.organization_id(), person, now)?.into_iter().unzip();
    drop_mail(tx, &ids, now)?;
    Ok(emails)
}

/// The invitation of a link.
///
/// # Errors
/// [`AppError::NotFound`] when there never was such a link.
pub fn find_invitation(conn: &mut Conn, token: &str, now: Moment) -> AppResult<Invitation> {
    let row = store::by_token(conn, &hash_of(token))?.ok_or(AppError::NotFound)?;
    let state = match () {
        () if row.accepted_at.is_some() => LinkState::Used,
        () if row.withdrawn_at.is_some() => LinkState::Withdrawn,
        () if row.expires_at <= now => LinkState::Expired,
        () => LinkState::Open,
    };
    let known = person_by_email(conn, &row.email)?.is_some();
    Ok(Invitation { row, state, known })
}

/// A person who signs in already joins.
///
/// # Errors
/// [`AppError::Conflict`] when the link does not hold (any more), or is for somebody else.
pub fn accept_invitation(tx: &mut Tx, token: &str, who: &Person, now: Moment) -> AppResult<Joined> {
    let invitation = still_open(tx, token, now)?;
    if invitation.row.email != who.email {
        let words = format!("This invitation is for {}.", invitation.row.email);
        return Err(AppError::Conflict(words));
    }
    join(tx, invitation, who.id, now)
}

/// Somebody new joins, with the address the invitation is for.
///
/// # Errors
/// As [`accept_invitation`]; [`AppError::Invalid`] when somebody has signed up with that address meanwhile.
pub fn accept_invitation_as_new(
    tx: &mut Tx,
    token: &str,
    person: &NewPerson,
    now: Moment,
) -> AppResult<Joined> {
    let invitation = still_open(tx, token, now)?;
    if !person.has_email(&invitation.row.email) {
        return Err(AppError::Conflict(format!("This invitation is for {}.", invitation.row.email)));
    }
    let id = people::add_person(tx, person, now)?;
    join(tx, invitation, id, now)
}

fn still_open(tx: &mut Tx, token: &str, now: Moment) -> AppResult<Invitation> {
    store::lock(tx, &hash_of(token))?;
    let invitation = find_invitation(tx, token, now)?;
    match invitation.state {
        LinkState::Open => Ok(invitation),
        _ => Err(AppError::Conflict("This invitation does not hold any more.".into())),
    }
}

fn join(tx: &mut Tx, invitation: Invitation, person: PersonId, now: Moment) -> AppResult<Joined> {
    let row = invitation.row;
    store::accept(tx, row.id, person, now)?;
    drop_mail(tx, &[row.id], now)?;
    // Whoever was made a member meanwhile stays what they are: an old link changes no role.
    let before = store::role_of(tx, row.organization, &row.email)?;
    if before.is_none() {
        put_membership(tx, row.organization, person, row.role, now)?;
        resets::withdraw_of(tx, person, now)?;
    }
    Ok(Joined {
        actor: Actor::new(row.organization, Some(person)),
        person,
        slug: row.slug,
        organization: row.organization_name,
        role: before.unwrap_or(row.role),
        already: before.is_some(),
    })
}
