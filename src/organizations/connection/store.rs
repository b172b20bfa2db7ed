//! The rows of `carrier_connection`, and what the organization's own row says of its connection.

use diesel::prelude::*;

use super::model::{Check, Entered, Kept, Place, balance};
use crate::access::{Broken, BrokenKind};
use crate::db::schema::{carrier_connection as c, organization as o};
use crate::db::{Conn, DbError, DbResult, Tx};
use crate::kernel::ids::OrganizationId;
use crate::kernel::{Micros, Moment};
use crate::load_for_update;
use crate::providers::{Addresses, Checked};

#[derive(Queryable)]
struct Row {
    _organization: OrganizationId,
    _service: String,
    _account: String,
    credential_user: Option<String>,
    sealed_secret: Option<String>,
    inbound_url: Option<String>,
    status_url: Option<String>,
    addresses_changed_at: Option<Moment>,
    voice_url: Option<String>,
    checked_at: Option<Moment>,
    check_works: Option<bool>,
    check_words: Option<String>,
    check_carrier_code: Option<String>,
    check_carrier_words: Option<String>,
    check_next_step: Option<String>,
    worked_at: Option<Moment>,
    balance: Option<Micros>,
    balance_currency: Option<String>,
    balance_at: Option<Moment>,
}

impl From<Row> for Kept {
    fn from(row: Row) -> Kept {
        Kept {
            sealed: row.credential_user.zip(row.sealed_secret),
            addresses: Addresses { inbound_url: row.inbound_url, status_url: row.status_url },
            addresses_changed_at: row.addresses_changed_at,
            voice_url: row.voice_url,
            check: row.checked_at.zip(row.check_works).map(|(at, works)| Check {
                at,
                works,
                words: row.check_words.unwrap_or_default(),
                carrier_code: row.check_carrier_code,
                carrier_words: row.check_carrier_words,
                next_step: row.check_next_step,
            }),
            worked_at: row.worked_at,
            balance: balance(row.balance, row.balance_currency, row.balance_at),
        }
    }
}

type At<'place> = diesel::dsl::Find<c::table, (OrganizationId, &'place str, &'place str)>;

fn at(place: &Place) -> At<'_> {
    c::table.find((place.organization, place.service.as_str(), place.account.as_str()))
}

pub(super) fn find(conn: &mut Conn, place: &Place) -> DbResult<Option<Kept>> {
    Ok(at(place).first::<Row>(conn).optional()?.map(Kept::from))
}

/// Where an organization is connected now; nobody else changes it until the transaction ends.
pub(super) fn lock(tx: &mut Tx, organization: OrganizationId) -> DbResult<Place> {
    let found: Vec<(String, String)> = load_for_update!(
        **tx,
        o::table.filter(o::id.eq(organization)).select((o::service, o::carrier_account))
    )?;
    let (service, account) = found.into_iter().next().ok_or(DbError::NotFound)?;
    Ok(Place { organization, service, account })
}

/// The organization acts through this account from now on.
pub(super) fn move_to(tx: &mut Tx, place: &Place) -> DbResult<()> {
    diesel::update(o::table.find(place.organization))
        .set((o::service.eq(&place.service), o::carrier_account.eq(&place.account)))
        .execute(&mut **tx)?;
    Ok(())
}

fn ensure(tx: &mut Tx, place: &Place) -> DbResult<()> {
    if find(tx, place)?.is_none() {
        diesel::insert_into(c::table)
            .values((
                c::organization_id.eq(place.organization),
                c::service.eq(&place.service),
                c::carrier_account.eq(&place.account),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Writes what was entered; `sealed` only when there is a new secret or user. The organization is locked.
pub(super) fn write(
    tx: &mut Tx,
    place: &Place,
    entered: &Entered,
    sealed: Option<(&str, &str)>,
    addresses_changed_at: Option<Moment>,
) -> DbResult<()> {
    ensure(tx, place)?;
    diesel::update(at(place))
        .set((
            c::inbound_url.eq(&entered.addresses.inbound_url),
            c::status_url.eq(&entered.addresses.status_url),
            c::voice_url.eq(&entered.voice_url),
            c::addresses_changed_at.eq(addresses_changed_at),
        ))
        .execute(&mut **tx)?;
    if let Some((user, secret)) = sealed {
        diesel::update(at(place))
            .set((c::credential_user.eq(user), c::sealed_secret.eq(secret)))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Writes what a test found. The organization is locked.
pub(super) fn write_check(
    tx: &mut Tx,
    place: &Place,
    check: &Check,
    checked: Option<&Checked>,
) -> DbResult<()> {
    ensure(tx, place)?;
    diesel::update(at(place))
        .set((
            c::checked_at.eq(check.at),
            c::check_works.eq(check.works),
            c::check_words.eq(&check.words),
            c::check_carrier_code.eq(&check.carrier_code),
            c::check_carrier_words.eq(&check.carrier_words),
            c::check_next_step.eq(&check.next_step),
        ))
        .execute(&mut **tx)?;
    if check.works {
        diesel::update(at(place).filter(c::worked_at.is_null()))
            .set(c::worked_at.eq(check.at))
            .execute(&mut **tx)?;
    }
    if let Some(balance) = checked.and_then(|checked| checked.balance.as_ref()) {
        diesel::update(at(place))
            .set((
                c::balance.eq(balance.amount),
                c::balance_currency.eq(&balance.currency),
                c::balance_at.eq(check.at),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Why the organization's connection does not work, if it does not.
pub(super) fn broken(conn: &mut Conn, organization: OrganizationId) -> DbResult<Option<Broken>> {
    type Columns = (Option<Moment>, Option<BrokenKind>, Option<String>);
    let (since, kind, words): Columns = o::table
        .find(organization)
        .select((o::connection_broken_at, o::connection_broken_kind, o::connection_broken_words))
        .first(conn)?;
    Ok(since.zip(kind).map(|(since, kind)| Broken { kind, since, words: words.unwrap_or_default() }))
}

/// Marks the connection broken, if this is still where the organization is connected. The same trouble keeps its
/// beginning.
pub(super) fn mark(tx: &mut Tx, place: &Place, kind: BrokenKind, words: &str, now: Moment) -> DbResult<()> {
    let here = o::table
        .find(place.organization)
        .filter(o::service.eq(&place.service))
        .filter(o::carrier_account.eq(&place.account));
    let same = broken(tx, place.organization)?.filter(|broken| broken.kind == kind);
    diesel::update(here)
        .set((
            o::connection_broken_at.eq(same.map_or(now, |broken| broken.since)),
            o::connection_broken_kind.eq(kind),
            o::connection_broken_words.eq(words),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// The connection works. Answers whether it was broken.
pub(super) fn clear(tx: &mut Tx, place: &Place) -> DbResult<bool> {
    let here = o::table
        .find(place.organization)
        .filter(o::service.eq(&place.service))
        .filter(o::carrier_account.eq(&place.account))
        .filter(o::connection_broken_at.is_not_null());
    let cleared = diesel::update(here)
        .set((
            o::connection_broken_at.eq(None::<Moment>),
            o::connection_broken_kind.eq(None::<BrokenKind>),
            o::connection_broken_words.eq(None::<String>),
        ))
        .execute(&mut **tx)?;
    Ok(cleared == 1)
}

/// Where the organization of this name in addresses is connected.
pub(super) fn place_of_slug(conn: &mut Conn, slug: &str) -> DbResult<Place> {
    let columns = (o::id, o::service, o::carrier_account);
    let (organization, service, account) = o::table.filter(o::slug.eq(slug)).select(columns).first(conn)?;
    Ok(Place { organization, service, account })
}

/// The names of the other organizations with the same account.
pub(super) fn sharing(conn: &mut Conn, place: &Place) -> DbResult<Vec<String>> {
    Ok(o::table
        .filter(o::service.eq(&place.service))
        .filter(o::carrier_account.eq(&place.account))
        .filter(o::id.ne(place.organization))
        .order(o::name)
        .select(o::name)
        .load(conn)?)
}

pub(super) fn sharing_with(conn: &mut Conn, place: &Place) -> DbResult<Vec<OrganizationId>> {
    Ok(o::table
        .filter(o::service.eq(&place.service))
        .filter(o::carrier_account.eq(&place.account))
        .filter(o::id.ne(place.organization))
        .order(o::id)
        .select(o::id)
        .load(conn)?)
}

/// Where every organization is connected whose connection is not known to be broken.
pub(super) fn places(conn: &mut Conn) -> DbResult<Vec<Place>> {
    let rows: Vec<(OrganizationId, String, String)> = o::table
        .filter(o::connection_broken_at.is_null())
        .order(o::id)
        .select((o::id, o::service, o::carrier_account))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(organization, service, account)| Place { organization, service, account })
        .collect())
}
