//! The pages of an organization itself.

use askama::Template;

use crate::access::{Member, Role};
use crate::kernel::ids::PersonId;
use crate::kernel::text_enum::TextEnum;
use crate::web::Shell;

/// `/members`.
#[derive(Template)]
#[template(path = "organizations/members.html")]
pub(super) struct MembersPage {
    pub(super) shell: Shell,
    pub(super) action: String,
    pub(super) me: PersonId,
    pub(super) members: Vec<Member>,
}

impl MembersPage {
    fn roles(&self) -> &'static [Role] {
        Role::ALL
    }
}
