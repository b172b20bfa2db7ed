//! Who works in an organization, and as what.

use super::allowed::Allowed;
use super::role::{ManageOrganization, Role};
use super::store::Person;
use super::{invitations, resets, store};
use crate::db::{Conn, Tx};
use crate::error::{AppError, AppResult};
use crate::kernel::Moment;
use crate::kernel::ids::{OrganizationId, PersonId};

/// A person and what they are here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub person: Person,
    /// As what.
    pub role: Role,
    /// Whether they sign in in two steps.
    pub in_two_steps: bool,
}

/// What a change of a member changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Who they are and what they were.
    pub before: Member,
    /// Whose invitations were withdrawn, because they had made them and are an owner no more.
    pub withdrawn: Vec<String>,
}

/// The members, by name.
///
/// # Errors
/// When the database fails.
pub fn members(conn: &mut Conn, by: &Allowed<ManageOrganization>) -> AppResult<Vec<Member>> {
    let rows = store::members(conn, by.organization_id())?;
    Ok(rows
        .into_iter()
        .map(|(person, role, since)| Member { person, role, in_two_steps: since.is_some() })
        .collect())
}

/// One member.
///
/// # Errors
/// [`AppError::NotFound`] for somebody who is none.
pub fn member(conn: &mut Conn, by: &Allowed<ManageOrganization>, person: PersonId) -> AppResult<Member> {
    members(conn, by)?.into_iter().find(|member| member.person.id == person).ok_or(AppError::NotFound)
}

/// Changes what a member is here. An owner who is one no more leaves no
/// open invitation and no open link for a password behind.
///
/// # Errors
/// [`AppError::Conflict`] when no owner would be left, [`AppError::NotFound`] for somebody who is no member.
pub fn change_role(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    person: PersonId,
    role: Role,
    now: Moment,
) -> AppResult<Changed> {
    // First the lock: what is read before it may be over.
    if role != Role::Owner {
        keeps_an_owner(tx, by.organization_id(), person)?;
    }
    let before = member(tx, by, person)?;
    store::set_role(tx, by.organization_id(), person, role)?;
    let withdrawn = match before.role == Role::Owner && role != Role::Owner {
        true => leave_no_door_open(tx, by, person, now)?,
        false => Vec::new(),
    };
    Ok(Changed { before, withdrawn })
}

/// Removes a member, who is out with their next click.
///
/// # Errors
/// As [`change_role`].
pub fn remove_member(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    person: PersonId,
    now: Moment,
) -> AppResult<Changed> {
    keeps_an_owner(tx, by.organization_id(), person)?;
    let before = member(tx, by, person)?;
    let withdrawn = leave_no_door_open(tx, by, person, now)?;
    match store::delete_membership(tx, by.organization_id(), person)? {
        0 => Err(AppError::NotFound),
        _ => Ok(Changed { before, withdrawn }),
    }
}

fn leave_no_door_open(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    person: PersonId,
    now: Moment,
) -> AppResult<Vec<String>> {
    let withdrawn = invitations::withdraw_by(tx, by, person, now)?;
    resets::withdraw_by(tx, person, now)?;
    Ok(withdrawn)
}

/// Locks the owners' rows, so that two owners cannot demote each other at once.
pub(super) fn keeps_an_owner(tx: &mut Tx, organization: OrganizationId, losing: PersonId) -> AppResult<()> {
    if store::lock_owners(tx, organization)? == [losing] {
        let words = "An organization always keeps one owner. Make somebody else an owner first.";
        return Err(AppError::Conflict(words.into()));
    }
    Ok(())
}
