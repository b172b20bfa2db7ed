//! Who works in an organization, and as what.

use super::allowed::Allowed;
use super::role::{ManageOrganization, Role};
use super::store;
use super::store::Person;
use crate::db::{Conn, Tx};
use crate::error::{AppError, AppResult};
use crate::kernel::ids::PersonId;

/// A person and what they are here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub person: Person,
    /// As what.
    pub role: Role,
}

/// The members, by name.
///
/// # Errors
/// When the database fails.
pub fn members(conn: &mut Conn, by: &Allowed<ManageOrganization>) -> AppResult<Vec<Member>> {
    let rows = store::members(conn, by.organization_id())?;
    Ok(rows.into_iter().map(|(person, role)| Member { person, role }).collect())
}

/// Changes what a member is here.
///
/// # Errors
/// [`AppError::Conflict`] when no owner would be left, [`AppError::NotFound`] for somebody who is no member.
pub fn change_role(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    person: PersonId,
    role: Role,
) -> AppResult<()> {
    if role != Role::Owner {
        keeps_an_owner(tx, by, person)?;
    }
    match store::set_role(tx, by.organization_id(), person, role)? {
        0 => Err(AppError::NotFound),
        _ => Ok(()),
    }
}

/// Removes a member. They are out with their next click.
///
/// # Errors
/// As [`change_role`].
pub fn remove_member(tx: &mut Tx, by: &Allowed<ManageOrganization>, person: PersonId) -> AppResult<()> {
    keeps_an_owner(tx, by, person)?;
    match store::delete_membership(tx, by.organization_id(), person)? {
        0 => Err(AppError::NotFound),
        _ => Ok(()),
    }
}

/// Locks the owners' rows, so that two owners cannot demote each other at once.
fn keeps_an_owner(tx: &mut Tx, by: &Allowed<ManageOrganization>, losing: PersonId) -> AppResult<()> {
    let owners = store::lock_owners(tx, by.organization_id())?;
    if owners == [losing] {
        let words = "An organization always keeps one owner. Make somebody else an owner first.";
        return Err(AppError::Conflict(words.into()));
    }
    Ok(())
}
