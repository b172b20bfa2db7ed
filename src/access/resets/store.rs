//! Links for a new password in the database.

use diesel::prelude::*;

use crate::access::role::Role;
use crate::access::store::Person;
use crate::db::schema::{membership, password_reset, person};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::Moment;
use crate::kernel::ids::{OrganizationId, PersonId, ResetId};
use crate::load_for_update;

/// A link as it is found.
#[derive(Debug, Clone, Queryable)]
pub(super) struct Row {
    pub(super) id: ResetId,
    pub(super) person: PersonId,
    pub(super) email: String,
    pub(super) expires_at: Moment,
    pub(super) used_at: Option<Moment>,
    pub(super) withdrawn_at: Option<Moment>,
}

pub(super) fn by_token(conn: &mut Conn, token_hash: &str) -> DbResult<Option<Row>> {
    Ok(password_reset::table
        .inner_join(person::table)
        .filter(password_reset::token_hash.eq(token_hash))
        .filter(person::disabled_at.is_null())
        .select((
            password_reset::id,
            person::id,
            person::email,
            password_reset::expires_at,
            password_reset::used_at,
            password_reset::withdrawn_at,
        ))
        .first(conn)
        .optional()?)
}

/// Nobody else uses or withdraws it until the transaction ends.
pub(super) fn lock(tx: &mut Tx, token_hash: &str) -> DbResult<()> {
    let _: Vec<ResetId> = load_for_update!(
        &mut **tx,
        password_reset::table.filter(password_reset::token_hash.eq(token_hash)).select(password_reset::id)
    )?;
    Ok(())
}

pub(super) fn insert(
    tx: &mut Tx,
    person: PersonId,
    token_hash: &str,
    made_by: Option<PersonId>,
    now: Moment,
    expires_at: Moment,
) -> DbResult<ResetId> {
    let id = ResetId::new();
    diesel::insert_into(password_reset::table)
        .values((
            password_reset::id.eq(id),
            password_reset::person_id.eq(person),
            password_reset::token_hash.eq(token_hash),
            password_reset::made_by.eq(made_by),
            password_reset::created_at.eq(now),
            password_reset::expires_at.eq(expires_at),
        ))
        .execute(&mut **tx)?;
    Ok(id)
}

pub(super) fn mark_used(tx: &mut Tx, id: ResetId, now: Moment) -> DbResult<()> {
    diesel::update(password_reset::table.find(id)).set(password_reset::used_at.eq(now)).execute(&mut **tx)?;
    Ok(())
}

/// Withdraws the open link of a person.
pub(super) fn withdraw_of(tx: &mut Tx, person: PersonId, now: Moment) -> DbResult<Vec<ResetId>> {
    Ok(diesel::update(
        password_reset::table
            .filter(password_reset::person_id.eq(person))
            .filter(password_reset::used_at.is_null())
            .filter(password_reset::withdrawn_at.is_null()),
    )
    .set(password_reset::withdrawn_at.eq(now))
    .returning(password_reset::id)
    .get_results(&mut **tx)?)
}

/// Withdraws the open links somebody made.
pub(super) fn withdraw_by(tx: &mut Tx, made_by: PersonId, now: Moment) -> DbResult<Vec<ResetId>> {
    Ok(diesel::update(
        password_reset::table
            .filter(password_reset::made_by.eq(made_by))
            .filter(password_reset::used_at.is_null())
            .filter(password_reset::withdrawn_at.is_null()),
    )
    .set(password_reset::withdrawn_at.eq(now))
    .returning(password_reset::id)
    .get_results(&mut **tx)?)
}

/// The links that members of an organization may still use: whose, and which.
pub(super) fn open(
    conn: &mut Conn,
    organization: OrganizationId,
    now: Moment,
) -> DbResult<Vec<(PersonId, ResetId)>> {
    Ok(password_reset::table
        .inner_join(person::table.inner_join(membership::table))
        .filter(membership::organization_id.eq(organization))
        .filter(password_reset::used_at.is_null())
        .filter(password_reset::withdrawn_at.is_null())
        .filter(password_reset::expires_at.gt(now))
        .select((person::id, password_reset::id))
        .load(conn)?)
}

/// Somebody who can sign in.
pub(super) fn person(conn: &mut Conn, id: PersonId) -> DbResult<Option<Person>> {
    Ok(person::table
        .find(id)
        .filter(person::disabled_at.is_null())
        .select((person::id, person::name, person::email, person::is_operator))
        .first(conn)
        .optional()?)
}

/// A member of an organization.
pub(super) fn member(
    conn: &mut Conn,
    organization: OrganizationId,
    id: PersonId,
) -> DbResult<Option<Person>> {
    Ok(membership::table
        .inner_join(person::table)
        .filter(membership::organization_id.eq(organization))
        .filter(membership::person_id.eq(id))
        .filter(person::disabled_at.is_null())
        .select((person::id, person::name, person::email, person::is_operator))
        .first(conn)
        .optional()?)
}

/// Until the transaction ends nobody makes this person a member of anything.
pub(super) fn lock_person(tx: &mut Tx, id: PersonId) -> DbResult<()> {
    let _: Vec<PersonId> =
        load_for_update!(**tx, person::table.filter(person::id.eq(id)).select(person::id))?;
    Ok(())
}

/// In how many organizations somebody works of which another is no owner.
pub(super) fn places_beyond(conn: &mut Conn, person: PersonId, owner: PersonId) -> DbResult<i64> {
    let (theirs, owned) = diesel::alias!(membership as theirs, membership as owned);
    let reached = owned
        .filter(owned.field(membership::person_id).eq(owner))
        .filter(owned.field(membership::role).eq(Role::Owner))
        .select(owned.field(membership::organization_id));
    Ok(theirs
        .filter(theirs.field(membership::person_id).eq(person))
        .filter(theirs.field(membership::organization_id).ne_all(reached))
        .count()
        .get_result(conn)?)
}
