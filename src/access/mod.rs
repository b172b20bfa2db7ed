//! Who may do what.
//!
//! * A route that needs a person takes [`SignedIn`]; a route that needs a right takes [`Allowed<P>`], and hands it
//!   to the verb: only this module makes one, so no verb runs without somebody who may.
//! * Session, person, membership and role are read afresh on every request, in one query: whoever is removed, or
//!   signed out elsewhere, is out at once.
//! * Someone who is no member gets "not found": organizations do not betray that they exist. A member without the
//!   right gets a page that says who has it.

mod account;
mod actor;
mod allowed;
mod api_tokens;
mod broken;
mod invitations;
mod limits;
mod members;
mod notices;
mod pages;
mod password;
mod people;
mod resets;
mod role;
mod routes;
mod second_step;
mod session;
mod setup;
mod store;
mod token;
mod visit;

pub use actor::Actor;
pub use allowed::{Allowed, OrganizationRef, Section};
pub use api_tokens::{
    ApiToken, ChooseSender, Granted, Grants, MadeToken, Scope, api_token_text, api_tokens, has_api_token,
    make_api_token, revoke_api_token,
};
pub use broken::{Broken, BrokenKind};
pub use invitations::{
    Invitation, Invited, Joined, LinkState, OpenInvitation, about_invitation, accept_invitation,
    accept_invitation_as_new, find_invitation, invite, open_invitations, withdraw_invitation,
};
pub use limits::{Attempt, Limits, SignInLimits, forget_attempts};
pub use members::{Changed, Member, change_role, member, members, remove_member};
pub use notices::{Notice, note, write_to_owners};
pub use password::{MIN_PASSWORD, PasswordCost, Passwords, SecretField};
pub use people::{NewPerson, add_membership, add_person, find_person, names, normal_email, set_operator};
pub use resets::{
    MadeReset, SendResetLink, Why as WhyReset, about_reset, make_reset, make_reset_from_console, open_resets,
    reset_letter,
};
pub use role::*;
pub use routes::routes;
pub use second_step::turn_off as turn_second_step_off;
pub use session::{begin as begin_session, sessions};
pub use setup::{add_setup_token, close_setup, lock_setup};
pub use store::Person;
pub use token::Token;
pub use visit::SignedIn;

use crate::db::{Conn, DbResult};
use crate::kernel::ids::OrganizationId;

/// An organization with its settings, for what no request asked for: a job, say.
///
/// # Errors
/// [`crate::db::DbError::NotFound`] when there is none.
pub fn organization(conn: &mut Conn, id: OrganizationId) -> DbResult<OrganizationRef> {
    store::organization_by_id(conn, id).map(OrganizationRef::from)
}

/// The names of those who own an organization: whom to ask.
///
/// # Errors
/// A database error.
pub fn owner_names(conn: &mut Conn, id: OrganizationId) -> DbResult<Vec<String>> {
    store::names_with_roles(conn, id, &[Role::Owner])
}
