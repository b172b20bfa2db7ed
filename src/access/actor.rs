//! Who acts, for the record: the organization everything is scoped to, and the person, where there is one.

use crate::kernel::ids::{OrganizationId, PersonId};

/// Proof that somebody who may is behind a change. Made from [`Allowed`](super::Allowed), or by a job that acts on
/// a row which names who approved it (`tests/it/law.rs` holds [`Actor::from_row`] to files named `jobs.rs`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    organization: OrganizationId,
    person: Option<PersonId>,
}

impl Actor {
    pub(in crate::access) fn new(organization: OrganizationId, person: Option<PersonId>) -> Actor {
        Actor { organization, person }
    }
    /// For a job step, which acts on a row that says for whom and, where a person asked, by whom.
    pub fn from_row(organization: OrganizationId, person: Option<PersonId>) -> Actor {
        Actor { organization, person }
    }
    /// The organization that everything is scoped to.
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }
    /// The person, if one acts.
    pub fn person(&self) -> Option<PersonId> {
        self.person
    }
}
