//! The pages of members.

use askama::Template;

use crate::access::{Member, OpenInvitation, Role};
use crate::error::FieldErrors;
use crate::kernel::Moment;
use crate::kernel::ids::PersonId;
use crate::kernel::text_enum::TextEnum;
use crate::web::{Shell, filters};

/// Roles to choose from: value, words, whether chosen.
pub(super) type RoleChoices = Vec<(&'static str, String, bool)>;

/// Every role with what it may do.
pub(super) fn role_choices(chosen: Role) -> RoleChoices {
    let words = |role: Role| format!("{}: {}", role.words(), role.may_words());
    Role::ALL.iter().map(|role| (role.as_str(), words(*role), *role == chosen)).collect()
}

/// `/members`.
#[derive(Template)]
#[template(path = "organizations/members.html")]
pub(super) struct MembersPage {
    pub(super) shell: Shell,
    pub(super) now: Moment,
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
}

impl RemovePage {
    fn is_owner(&self) -> bool {
        self.member.role == Role::Owner
    }
}
