//! The rows of `price_change` and `price_check`, and charges that are at a price that no longer was.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{Listed, Looked, PriceChange};
use crate::db::schema::{charge, price_change as change, price_check as check};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{ChargeId, NumberId, OrganizationId, PriceChangeId};
use crate::kernel::{Micros, Moment};
use crate::ledger::Basis;
use crate::numbers::NumberKind;
use crate::on_each;
use crate::organizations::connection::Place;
use crate::providers::Prices;

/// SQLite takes 32,766 bound values a statement.
const AT_ONCE: usize = 10_000;

type RefusedRow = (Option<Moment>, Option<String>);
type ListRow = (Option<String>, Option<Micros>, Option<Micros>, Option<NaiveDate>);

fn listed((currency, local, toll_free, day): ListRow) -> Option<(Listed, NaiveDate)> {
    Some((Listed { currency: currency?, local: local?, toll_free: toll_free? }, day?))
}

pub(super) fn looked(conn: &mut Conn, place: &Place) -> DbResult<Looked> {
    let row: Option<(ListRow, RefusedRow)> = check::table
        .find((place.organization, &place.service, &place.account))
        .select((
            (check::currency, check::local_price, check::toll_free_price, check::checked_on),
            (check::refused_at, check::refused_words),
        ))
        .first(conn)
        .optional()?;
    Ok(row.map_or_else(Looked::default, |(list, (refused_at, words))| Looked {
        used: listed(list),
        refused: refused_at.zip(words),
    }))
}

pub(super) fn write_used(tx: &mut Tx, place: &Place, prices: &Prices, day: NaiveDate) -> DbResult<()> {
    let found = (
        check::currency.eq(&prices.currency),
        check::local_price.eq(prices.local),
        check::toll_free_price.eq(prices.toll_free),
        check::checked_on.eq(day),
        check::refused_at.eq(None::<Moment>),
        check::refused_words.eq(None::<String>),
    );
    let row = (
        check::organization_id.eq(place.organization),
        check::service.eq(&place.service),
        check::carrier_account.eq(&place.account),
        found.clone(),
    );
    on_each!(**tx, conn => diesel::insert_into(check::table)
        .values(row)
        .on_conflict((check::organization_id, check::service, check::carrier_account))
        .do_update()
        .set(found)
        .execute(conn))?;
    Ok(())
}

pub(super) fn write_refused(tx: &mut Tx, place: &Place, words: &str, now: Moment) -> DbResult<()> {
    let refused = (check::refused_at.eq(now), check::refused_words.eq(words));
    let row = (
        check::organization_id.eq(place.organization),
        check::service.eq(&place.service),
        check::carrier_account.eq(&place.account),
        refused,
    );
    on_each!(**tx, conn => diesel::insert_into(check::table)
        .values(row)
        .on_conflict((check::organization_id, check::service, check::carrier_account))
        .do_update()
        .set(refused)
        .execute(conn))?;
    Ok(())
}

pub(super) fn insert(tx: &mut Tx, place: &Place, new: &PriceChange) -> DbResult<()> {
    diesel::insert_into(change::table)
        .values((
            (
                change::id.eq(PriceChangeId::new()),
                change::organization_id.eq(place.organization),
                change::service.eq(&place.service),
                change::carrier_account.eq(&place.account),
                change::kind.eq(new.kind),
                change::first_day.eq(new.first_day),
            ),
            (
                change::price_before.eq(new.before),
                change::price_after.eq(new.after),
                change::numbers.eq(new.numbers),
                change::corrected.eq(new.corrected),
                change::seen_at.eq(new.seen_at),
            ),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn changes(
    conn: &mut Conn,
    organization: OrganizationId,
    from: NaiveDate,
    limit: i64,
) -> DbResult<Vec<PriceChange>> {
    let rows: Vec<(NumberKind, NaiveDate, Micros, Micros, i64, i64, Moment)> = change::table
        .filter(change::organization_id.eq(organization))
        .filter(change::first_day.ge(from))
        .order((change::first_day.desc(), change::id.desc()))
        .limit(limit)
        .select((
            change::kind,
            change::first_day,
            change::price_before,
            change::price_after,
            change::numbers,
            change::corrected,
            change::seen_at,
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(kind, first_day, before, after, numbers, corrected, seen_at)| PriceChange {
            kind,
            first_day,
            before,
            after,
            numbers,
            corrected,
            seen_at,
        })
        .collect())
}

/// A charge at a price that was no longer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wrong {
    pub id: ChargeId,
    pub number: NumberId,
    pub day: NaiveDate,
    pub amount: Micros,
}

/// The organization's charges of a day or later that are quoted at another price, of whichever numbers.
pub(super) fn charged_otherwise(
    conn: &mut Conn,
    organization: OrganizationId,
    first_day: NaiveDate,
    price: Micros,
) -> DbResult<Vec<Wrong>> {
    let rows: Vec<(ChargeId, NumberId, NaiveDate, Micros)> = charge::table
        .filter(charge::organization_id.eq(organization))
        .filter(charge::period_start.ge(first_day))
        .filter(charge::basis.eq(Basis::Quoted))
        .filter(charge::amount.ne(price))
        .select((charge::id, charge::number_id, charge::period_start, charge::amount))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, number, day, amount)| Wrong { id, number, day, amount }).collect())
}

pub(super) fn correct(tx: &mut Tx, wrong: &[Wrong], price: Micros) -> DbResult<()> {
    for some in wrong.chunks(AT_ONCE) {
        let ids: Vec<ChargeId> = some.iter().map(|charge| charge.id).collect();
        diesel::update(charge::table.filter(charge::id.eq_any(ids)))
            .set(charge::amount.eq(price))
            .execute(&mut **tx)?;
    }
    Ok(())
}
