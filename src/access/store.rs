//! People, sessions and memberships in the database.

use diesel::prelude::*;

use super::allowed::OrganizationRef;
use super::broken::{Broken, BrokenKind};
use super::role::Role;
use crate::db::schema::{membership, organization, person, second_step, user_session};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{OrganizationId, PersonId, SessionId};
use crate::kernel::{Micros, Moment};
use crate::load_for_update;

/// A person, as pages show them.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Person {
    /// The id.
    pub id: PersonId,
    /// The name people know.
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// Whether they create organizations and may move numbers between them.
    pub is_operator: bool,
}

/// An organization as it is read with a request.
#[derive(Debug, Clone, Queryable)]
pub(super) struct OrganizationRow {
    pub(super) id: OrganizationId,
    pub(super) slug: String,
    pub(super) name: String,
    service: String,
    carrier_account: String,
    time_zone: String,
    contacts_per_number: i64,
    room: i64,
    reservation_hours: i64,
    rest_days: i64,
    order_limit: i64,
    tolerated_load_percent: i64,
    delete_campaign_services: bool,
    _created_at: Moment,
    pub(super) owners_in_two_steps: bool,
    connection_broken_at: Option<Moment>,
    connection_broken_kind: Option<BrokenKind>,
    connection_broken_words: Option<String>,
    default_strategy: String,
    monthly_budget: Option<Micros>,
    money_letters: bool,
    weekly_letters: bool,
}

impl From<OrganizationRow> for OrganizationRef {
    fn from(row: OrganizationRow) -> OrganizationRef {
        OrganizationRef {
            id: row.id,
            slug: row.slug,
            name: row.name,
            service: row.service,
            carrier_account: row.carrier_account,
            // A zone this version does not know is a nuisance, not a reason to show nothing.
            time_zone: row.time_zone.parse().unwrap_or(chrono_tz::UTC),
            contacts_per_number: row.contacts_per_number,
            room: row.room,
            reservation_hours: row.reservation_hours,
            rest_days: row.rest_days,
            order_limit: row.order_limit,
            tolerated_load_percent: row.tolerated_load_percent,
            delete_campaign_services: row.delete_campaign_services,
            owners_in_two_steps: row.owners_in_two_steps,
            monthly_budget: row.monthly_budget,
            money_letters: row.money_letters,
            weekly_letters: row.weekly_letters,
            default_strategy: row.default_strategy,
            broken: row.connection_broken_at.zip(row.connection_broken_kind).map(|(since, kind)| Broken {
                kind,
                since,
                words: row.connection_broken_words.unwrap_or_default(),
            }),
        }
    }
}

const PERSON: (person::id, person::name, person::email, person::is_operator) =
    (person::id, person::name, person::email, person::is_operator);

/// A session that is still good, who it is of, and where they are a member.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) session: SessionId,
    pub(super) created_at: Moment,
    pub(super) last_seen_at: Moment,
    pub(super) person: Person,
    pub(super) in_two_steps: bool,
    pub(super) memberships: Vec<(Role, OrganizationRow)>,
}

type StandingRow = ((SessionId, Moment, Moment), Person, Option<Moment>, Option<(Role, OrganizationRow)>);

/// Reads a session afresh, in one query; `None` when it has ended, lapsed, or its person was disabled.
pub(super) fn standing(conn: &mut Conn, session: SessionId, now: Moment) -> DbResult<Option<Standing>> {
    let rows: Vec<StandingRow> = user_session::table
        .inner_join(
            person::table
                .left_join(second_step::table)
                .left_join(membership::table.inner_join(organization::table)),
        )
        .filter(user_session::id.eq(session))
        .filter(user_session::waits_for_code.eq(false))
        .filter(user_session::ended_at.is_null())
        .filter(user_session::expires_at.gt(now))
        .filter(person::disabled_at.is_null())
        .order(organization::name)
        .select((
            (user_session::id, user_session::created_at, user_session::last_seen_at),
            PERSON,
            second_step::confirmed_at.nullable(),
            (membership::role, organization::all_columns).nullable(),
        ))
        .load(conn)?;
    let mut found: Option<Standing> = None;
    for ((session, created_at, last_seen_at), person, confirmed_at, member) in rows {
        let standing = found.get_or_insert_with(|| Standing {
            session,
            created_at,
            last_seen_at,
            person,
            in_two_steps: confirmed_at.is_some(),
            memberships: Vec::new(),
        });
        standing.memberships.extend(member);
    }
    Ok(found)
}

/// A member of an organization, by their addresses.
pub(super) fn member(
    conn: &mut Conn,
    slug: &str,
    email: &str,
) -> DbResult<Option<(OrganizationRow, Person, Role)>> {
    Ok(membership::table
        .inner_join(organization::table)
        .inner_join(person::table)
        .filter(organization::slug.eq(slug))
        .filter(person::email.eq(email))
        .filter(person::disabled_at.is_null())
        .select((organization::all_columns, PERSON, membership::role))
        .first(conn)
        .optional()?)
}

/// An organization.
pub(super) fn organization_by_id(conn: &mut Conn, id: OrganizationId) -> DbResult<OrganizationRow> {
    Ok(organization::table.find(id).first(conn)?)
}

/// The id of an organization, by its name in addresses.
pub(super) fn organization_by_slug(conn: &mut Conn, slug: &str) -> DbResult<Option<OrganizationId>> {
    Ok(organization::table
        .filter(organization::slug.eq(slug))
        .select(organization::id)
        .first(conn)
        .optional()?)
}

/// The person who signs in with this address, and what their password is checked against.
pub(super) fn person_by_email(conn: &mut Conn, email: &str) -> DbResult<Option<(PersonId, String)>> {
    Ok(person::table
        .filter(person::email.eq(email))
        .filter(person::disabled_at.is_null())
        .select((person::id, person::password_hash))
        .first(conn)
        .optional()?)
}

/// The names of people.
pub(super) fn names(conn: &mut Conn, people: &[PersonId]) -> DbResult<Vec<(PersonId, String)>> {
    Ok(person::table
        .filter(person::id.eq_any(people.to_vec()))
        .select((person::id, person::name))
        .load(conn)?)
}

/// Whether somebody who may sign in has this role.
pub(super) fn has_role(
    conn: &mut Conn,
    organization: OrganizationId,
    who: PersonId,
    role: Role,
) -> DbResult<bool> {
    let found: i64 = membership::table
        .inner_join(person::table)
        .filter(membership::organization_id.eq(organization))
        .filter(membership::person_id.eq(who))
        .filter(membership::role.eq(role))
        .filter(person::disabled_at.is_null())
        .count()
        .get_result(conn)?;
    Ok(found > 0)
}

/// The names of those who have one of these roles.
pub(super) fn names_with_roles(
    conn: &mut Conn,
    organization: OrganizationId,
    roles: &'static [Role],
) -> DbResult<Vec<String>> {
    Ok(membership::table
        .inner_join(person::table)
        .filter(membership::organization_id.eq(organization))
        .filter(membership::role.eq_any(roles.iter().copied()))
        .filter(person::disabled_at.is_null())
        .order(person::name)
        .select(person::name)
        .load(conn)?)
}

/// The addresses of those who have one of these roles.
pub(super) fn emails_with_roles(
    conn: &mut Conn,
    organization: OrganizationId,
    roles: &'static [Role],
) -> DbResult<Vec<String>> {
    Ok(membership::table
        .inner_join(person::table)
        .filter(membership::organization_id.eq(organization))
        .filter(membership::role.eq_any(roles.iter().copied()))
        .filter(person::disabled_at.is_null())
        .order(person::email)
        .select(person::email)
        .load(conn)?)
}

/// Those who have one of these roles, with their addresses.
pub(super) fn people_with_roles(
    conn: &mut Conn,
    organization: OrganizationId,
    roles: &'static [Role],
) -> DbResult<Vec<(PersonId, String)>> {
    Ok(membership::table
        .inner_join(person::table)
        .filter(membership::organization_id.eq(organization))
        .filter(membership::role.eq_any(roles.iter().copied()))
        .filter(person::disabled_at.is_null())
        .order(person::email)
        .select((person::id, person::email))
        .load(conn)?)
}

/// Where somebody works.
pub(super) fn places_of(conn: &mut Conn, person: PersonId) -> DbResult<Vec<OrganizationId>> {
    Ok(membership::table
        .filter(membership::person_id.eq(person))
        .order(membership::organization_id)
        .select(membership::organization_id)
        .load(conn)?)
}

/// Writes a new person.
pub(super) fn write_operator(tx: &mut Tx, id: PersonId, operator: bool) -> DbResult<()> {
    diesel::update(person::table.find(id)).set(person::is_operator.eq(operator)).execute(&mut **tx)?;
    Ok(())
}

pub(super) fn insert_person(
    tx: &mut Tx,
    id: PersonId,
    email: &str,
    name: &str,
    password_hash: &str,
    now: Moment,
) -> DbResult<()> {
    diesel::insert_into(person::table)
        .values((
            person::id.eq(id),
            person::email.eq(email),
            person::name.eq(name),
            person::password_hash.eq(password_hash),
            person::created_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Makes a person a member, or changes what they are.
pub(super) fn put_membership(
    tx: &mut Tx,
    organization: OrganizationId,
    person: PersonId,
    role: Role,
    now: Moment,
) -> DbResult<()> {
    if set_role(tx, organization, person, role)? == 0 {
        diesel::insert_into(membership::table)
            .values((
                membership::organization_id.eq(organization),
                membership::person_id.eq(person),
                membership::role.eq(role),
                membership::created_at.eq(now),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Writes a new session.
pub(super) fn insert_session(
    tx: &mut Tx,
    id: SessionId,
    person: PersonId,
    now: Moment,
    expires_at: Moment,
    waits_for_code: bool,
) -> DbResult<()> {
    diesel::insert_into(user_session::table)
        .values((
            user_session::id.eq(id),
            user_session::waits_for_code.eq(waits_for_code),
            user_session::person_id.eq(person),
            user_session::created_at.eq(now),
            user_session::last_seen_at.eq(now),
            user_session::expires_at.eq(expires_at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Says that a session is in use.
pub(super) fn touch_session(tx: &mut Tx, id: SessionId, now: Moment, expires_at: Moment) -> DbResult<()> {
    diesel::update(user_session::table.find(id))
        .set((user_session::last_seen_at.eq(now), user_session::expires_at.eq(expires_at)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Ends a session.
pub(super) fn end_session(tx: &mut Tx, id: SessionId, now: Moment) -> DbResult<()> {
    diesel::update(user_session::table.find(id).filter(user_session::ended_at.is_null()))
        .set(user_session::ended_at.eq(now))
        .execute(&mut **tx)?;
    Ok(())
}

/// The members of an organization, by name, and since when they sign in in two steps.
pub(super) fn members(
    conn: &mut Conn,
    organization: OrganizationId,
) -> DbResult<Vec<(Person, Role, Option<Moment>)>> {
    Ok(membership::table
        .inner_join(person::table.left_join(second_step::table))
        .filter(membership::organization_id.eq(organization))
        .order((person::name, person::id))
        .select((PERSON, membership::role, second_step::confirmed_at.nullable()))
        .load(conn)?)
}

/// The owners of an organization who can sign in; nobody else changes them until the transaction ends.
pub(super) fn lock_owners(tx: &mut Tx, organization: OrganizationId) -> DbResult<Vec<PersonId>> {
    Ok(load_for_update!(
        &mut **tx,
        membership::table
            .filter(membership::organization_id.eq(organization))
            .filter(membership::role.eq(Role::Owner))
            .filter(
                membership::person_id
                    .eq_any(person::table.filter(person::disabled_at.is_null()).select(person::id))
            )
            .order(membership::person_id)
            .select(membership::person_id)
    )?)
}

/// Changes what a member is. Says how many rows that were.
pub(super) fn set_role(
    tx: &mut Tx,
    organization: OrganizationId,
    person: PersonId,
    role: Role,
) -> DbResult<usize> {
    Ok(diesel::update(membership::table.find((organization, person)))
        .set(membership::role.eq(role))
        .execute(&mut **tx)?)
}

/// Removes a member. Says how many rows that were.
pub(super) fn delete_membership(
    tx: &mut Tx,
    organization: OrganizationId,
    person: PersonId,
) -> DbResult<usize> {
    Ok(diesel::delete(membership::table.find((organization, person))).execute(&mut **tx)?)
}
