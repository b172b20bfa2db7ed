//! The rows of `number_count`: how many numbers of an area code are in which state.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Row, expect, numbers};
use crate::db::schema::{number_count, owned_phone_number as number};
use crate::db::{Conn, DbResult, MultiBackend, Tx};
use crate::kernel::ids::OrganizationId;
use crate::kernel::{AreaCode, Micros};
use crate::numbers::model::Count;
use crate::{load_for_update, on_each};

/// Locks the counts of these area codes, in ascending order, so that two writers wait for one another instead of
/// locking each other out. Every change of numbers begins with it. Codes without a row are answered as none.
pub(in crate::numbers) fn lock_counts(
    tx: &mut Tx,
    organization: OrganizationId,
    service: &str,
    area_codes: &[AreaCode],
) -> DbResult<Vec<Count>> {
    let mut codes = area_codes.to_vec();
    codes.sort_unstable();
    codes.dedup();
    let query = number_count::table
        .filter(number_count::organization_id.eq(organization))
        .filter(number_count::service.eq(service))
        .filter(number_count::area_code.eq_any(codes))
        .order(number_count::area_code)
        .select(count_columns());
    let rows: Vec<CountRow> = load_for_update!(**tx, query)?;
    Ok(rows.into_iter().map(count_of).collect())
}

type CountRow = (AreaCode, i64, i64, i64, i64, i64, i64, i64, i64, Micros);
type CountColumns = (
    number_count::area_code,
    number_count::available,
    number_count::cordoned,
    number_count::reserved,
    number_count::in_use,
    number_count::attached,
    number_count::resting,
    number_count::leaving,
    number_count::lost,
    number_count::monthly_cost,
);

fn count_columns() -> CountColumns {
    Default::default()
}

fn count_of(row: CountRow) -> Count {
    let (area_code, available, cordoned, reserved, in_use, attached, resting, leaving, lost, monthly_cost) =
        row;
    Count { area_code, available, cordoned, reserved, in_use, attached, resting, leaving, lost, monthly_cost }
}

/// The counts of an organization by area code; of one provider when it is named.
pub(in crate::numbers) fn counts(
    conn: &mut Conn,
    organization: OrganizationId,
    service: Option<&str>,
) -> DbResult<Vec<Count>> {
    let mut query = number_count::table
        .filter(number_count::organization_id.eq(organization))
        .select(count_columns())
        .order((number_count::area_code, number_count::service))
        .into_boxed::<MultiBackend>();
    if let Some(service) = service {
        query = query.filter(number_count::service.eq(service.to_owned()));
    }
    let rows: Vec<CountRow> = query.load(conn)?;
    let mut counts: Vec<Count> = Vec::with_capacity(rows.len());
    for count in rows.into_iter().map(count_of) {
        match counts.last_mut() {
            Some(last) if last.area_code == count.area_code => last.add(&count),
            _ => counts.push(count),
        }
    }
    Ok(counts)
}

/// Adds to the counts of an area code, making its row when it is the first.
pub(in crate::numbers) fn add_to_count(
    tx: &mut Tx,
    organization: OrganizationId,
    service: &str,
    by: &Count,
) -> DbResult<()> {
    use number_count as c;
    let target = || {
        c::table
            .filter(c::organization_id.eq(organization))
            .filter(c::service.eq(service.to_owned()))
            .filter(c::area_code.eq(by.area_code))
    };
    let add = || {
        (
            c::available.eq(c::available + by.available),
            c::cordoned.eq(c::cordoned + by.cordoned),
            c::reserved.eq(c::reserved + by.reserved),
            c::in_use.eq(c::in_use + by.in_use),
            c::attached.eq(c::attached + by.attached),
            c::resting.eq(c::resting + by.resting),
            c::leaving.eq(c::leaving + by.leaving),
            c::lost.eq(c::lost + by.lost),
            c::monthly_cost.eq(c::monthly_cost + by.monthly_cost.get()),
        )
    };
    if diesel::update(target()).set(add()).execute(&mut **tx)? == 1 {
        return Ok(());
    }
    // The first number of this area code: two at once make one row.
    on_each!(**tx, conn => diesel::insert_into(c::table)
        .values((
            c::organization_id.eq(organization),
            c::service.eq(service),
            c::area_code.eq(by.area_code),
        ))
        .on_conflict_do_nothing()
        .execute(conn))?;
    let changed = diesel::update(target()).set(add()).execute(&mut **tx)?;
    expect(changed, 1, "counts changed")
}

/// Adds to the counts of area codes that have a row each, all at once: fifty statements would take longer than changing
/// a thousand numbers does.
pub(in crate::numbers) fn add_to_counts(
    tx: &mut Tx,
    organization: OrganizationId,
    service: &str,
    by: &[Count],
) -> DbResult<()> {
    if by.is_empty() {
        return Ok(());
    }
    // Numbers and area codes only, so nothing needs to be bound.
    let rows: Vec<String> = by
        .iter()
        .map(|one| {
            let counts = [
                one.available,
                one.cordoned,
                one.reserved,
                one.in_use,
                one.attached,
                one.resting,
                one.leaving,
                one.lost,
                one.monthly_cost.get(),
            ];
            format!("('{}', {})", one.area_code, counts.map(|count| count.to_string()).join(", "))
        })
        .collect();
    let statement = format!(
        "WITH d (code, available, cordoned, reserved, in_use, attached, resting, leaving, lost, monthly_cost) \
         AS (VALUES {}) \
         UPDATE number_count SET available = number_count.available + d.available, \
         cordoned = number_count.cordoned + d.cordoned, reserved = number_count.reserved + d.reserved, \
         in_use = number_count.in_use + d.in_use, attached = number_count.attached + d.attached, \
         resting = number_count.resting + d.resting, leaving = number_count.leaving + d.leaving, \
         lost = number_count.lost + d.lost, monthly_cost = number_count.monthly_cost + d.monthly_cost \
         FROM d WHERE number_count.area_code = d.code \
         AND number_count.organization_id = $1 AND number_count.service = $2",
        rows.join(", ")
    );
    let changed = diesel::sql_query(statement)
        .bind::<Text, _>(organization)
        .bind::<Text, _>(service)
        .execute(&mut **tx)?;
    expect(changed, by.len(), "counts changed")
}

/// Counts an organization's numbers one by one: what [`counts`] must equal.
pub(in crate::numbers) fn count_all(
    conn: &mut Conn,
    organization: OrganizationId,
    service: &str,
) -> DbResult<Vec<Count>> {
    let rows: Vec<Row> = number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::service.eq(service))
        .filter(number::released_at.is_null())
        .order(number::area_code)
        .load(conn)?;
    let mut counts: Vec<Count> = Vec::new();
    for number in numbers(rows) {
        if counts.last().is_none_or(|count| count.area_code != number.area_code) {
            counts.push(Count::none(number.area_code));
        }
        if let Some(count) = counts.last_mut() {
            count.count(&number.facts, number.monthly_price, 1);
        }
    }
    Ok(counts)
}
