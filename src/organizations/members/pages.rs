//! The pages of members.

use askama::Template;

use std::collections::BTreeMap;

use crate::access::{self, Allowed, Invited, ManageOrganization, Member, OpenInvitation, Role};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::Moment;
use crate::kernel::ids::{InvitationId, PersonId, ResetId};
use crate::kernel::text_enum::TextEnum;
use crate::mail::{Letter, MailStatus, Mailed};
use crate::web::{Shell, filters};

/// Roles to choose from: value, words, what it may do, whether chosen.
pub(super) type RoleChoices = Vec<(&'static str, &'static str, String, bool)>;

/// Every role with what it may do.
pub(super) fn role_choices(chosen: Role) -> RoleChoices {
    let choice = |role: &Role| (role.as_str(), role.words(), upper_first(role.may_words()), *role == chosen);
    Role::ALL.iter().map(choice).collect()
}

fn upper_first(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `/members`.
#[derive(Template)]
#[template(path = "organizations/members.html")]
pub(super) struct MembersPage {
    pub(super) shell: Shell,
    pub(super) now: Moment,
    /// Whether links are sent by e-mail here.
    pub(super) by_mail: bool,
    /// The links for a new password that hold.
    pub(super) resets: BTreeMap<PersonId, ResetId>,
    /// What became of the e-mails with these links.
    pub(super) mailed: BTreeMap<String, Mailed>,
    pub(super) action: String,
    pub(super) invitations_at: String,
    pub(super) me: PersonId,
    pub(super) members: Vec<Member>,
    pub(super) invitations: Vec<OpenInvitation>,
    pub(super) owners_in_two_steps: bool,
    pub(super) errors: FieldErrors,
    pub(super) email: String,
    pub(super) role_choices: RoleChoices,
}

impl MembersPage {
    fn roles(&self) -> &'static [Role] {
        Role::ALL
    }
    fn summary(&self) -> Vec<(&str, &str)> {
        self.errors.iter().collect()
    }
    fn mail_of_invitation(&self, id: &InvitationId) -> Option<&Mailed> {
        self.mailed.get(&access::about_invitation(*id))
    }
    fn mail_of_reset(&self, person: &PersonId) -> Option<&Mailed> {
        self.mailed.get(&access::about_reset(*self.resets.get(person)?))
    }
    /// The owners whom asking for two steps would stop first.
    fn owners_without(&self) -> usize {
        self.members.iter().filter(|member| member.role == Role::Owner && !member.in_two_steps).count()
    }
}

/// `/members/{person}/remove`.
#[derive(Template)]
#[template(path = "organizations/remove_member.html")]
pub(super) struct RemovePage {
    pub(super) shell: Shell,
    pub(super) organization: String,
    pub(super) members: String,
    pub(super) action: String,
    pub(super) member: Member,
    pub(super) is_me: bool,
    /// The open invitations that end with their membership.
    pub(super) invitations: Vec<String>,
    /// Why it cannot be done; empty when it can.
    pub(super) refusal: String,
}

/// A link to hand on, shown once.
#[derive(Template)]
#[template(path = "organizations/link.html")]
pub(super) struct LinkPage {
    pub(super) shell: Shell,
    pub(super) members: String,
    pub(super) title: String,
    /// What it does, for whom and for how long.
    pub(super) lead: String,
    pub(super) link: String,
    pub(super) email: String,
    /// Whether it is sent by e-mail too.
    pub(super) by_mail: bool,
}

#[derive(Template)]
#[template(path = "mail/invitation.txt")]
struct InvitationText<'a> {
    invited_by: &'a str,
    organization: &'a str,
    role: &'a str,
    may: &'a str,
    email: &'a str,
    link: &'a str,
}

/// The e-mail that carries the link of an invitation.
///
/// # Errors
/// [`AppError::Internal`] when it cannot be written.
pub(super) fn invitation_letter(
    by: &Allowed<ManageOrganization>,
    invited: &Invited,
    role: Role,
    link: &str,
) -> AppResult<Letter> {
    let organization = &by.organization().name;
    let text = InvitationText {
        invited_by: by.person_name(),
        organization,
        role: role.words(),
        may: role.may_words(),
        email: &invited.email,
        link,
    };
    Ok(Letter {
        organization: Some(by.organization_id()),
        about: access::about_invitation(invited.id),
        to: invited.email.clone(),
        subject: format!("Invitation to {organization} on Numberbank"),
        text: text.render().map_err(|error| AppError::Internal(format!("an e-mail: {error}")))?,
        useful_until: invited.expires_at,
    })
}

impl RemovePage {
    fn is_owner(&self) -> bool {
        self.member.role == Role::Owner
    }
}
