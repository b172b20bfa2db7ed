use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::{COUNTED, LABELS, Total, Way, beyond, by_digits, matching};
use crate::db::schema::{number_count, number_digits as digits, owned_phone_number as number};
use crate::db::{Conn, DbResult, Tx};
use crate::kernel::ids::{NumberId, OrganizationId};
use crate::kernel::{AreaCode, E164};
use crate::numbers::Number;
use crate::numbers::model::is_number;
use crate::numbers::store::{Boxed, Filter, Row, filtered};

/// The labels of an organization, one after another by the index: as many steps as there are different ones.
const LABELS_IN_USE: &str = "WITH RECURSIVE known (label) AS ( \
    SELECT (SELECT n.label FROM owned_phone_number n WHERE n.organization_id = $1 AND n.label > '' \
        AND n.released_at IS NULL ORDER BY n.label LIMIT 1) \
    UNION ALL \
    SELECT (SELECT n.label FROM owned_phone_number n WHERE n.organization_id = $2 AND n.label > '' \
        AND n.label > known.label AND n.released_at IS NULL ORDER BY n.label LIMIT 1) \
    FROM known WHERE known.label IS NOT NULL) \
    SELECT label FROM known WHERE label IS NOT NULL LIMIT ";

#[derive(QueryableByName)]
struct Label {
    #[diesel(sql_type = Text)]
    label: String,
}

/// The ways a filter's search goes; `None` when it searches for nothing.
fn ways(conn: &mut Conn, organization: OrganizationId, filter: &Filter) -> DbResult<Option<Vec<Way>>> {
    let Some(words) = filter.search.as_deref().filter(|words| !words.trim().is_empty()) else {
        return Ok(None);
    };
    let mut ways = if is_number(words) { by_digits(words, filter.area_code) } else { Vec::new() };
    if !matches!(ways.as_slice(), [Way::Whole(_)]) {
        let labels: Vec<Label> = diesel::sql_query(format!("{LABELS_IN_USE}{LABELS}"))
            .bind::<Text, _>(organization)
            .bind::<Text, _>(organization)
            .load(conn)?;
        let labels = matching(labels.into_iter().map(|row| row.label).collect(), words);
        if !labels.is_empty() {
            ways.push(Way::Labels(labels));
        }
    }
    Ok(Some(ways))
}

/// Keeps the digits a new number is found by. They never change, so they stand in a table of their own: beside what a
/// number does, their indexes would be written whenever it does something else.
pub(in crate::numbers) fn insert_digits(
    tx: &mut Tx,
    organization: OrganizationId,
    id: NumberId,
    phone_number: E164,
) -> DbResult<()> {
    diesel::insert_into(digits::table)
        .values((
            digits::number_id.eq(id),
            digits::organization_id.eq(organization),
            digits::ends.eq(phone_number.last_four()),
            digits::local.eq(phone_number.local()),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// The numbers one way finds. Conditions are written as the indexes have them, or these are not used.
fn along<'a>(organization: OrganizationId, filter: &Filter, way: &Way) -> Boxed<'a> {
    let query = filtered(organization, filter);
    match way {
        Way::Whole(whole) => query
            .filter(number::area_code.eq(whole.area_digits().to_owned()))
            .filter(number::phone_number.eq(*whole)),
        Way::Begins(digits) => {
            let place = &digits[..digits.len().min(3)];
            query
                .filter(number::area_code.ge(place.to_owned()))
                .filter(number::area_code.lt(beyond(place)))
                .filter(number::phone_number.ge(format!("+1{digits}")))
                .filter(number::phone_number.lt(format!("+1{}", beyond(digits))))
        }
        Way::Local(local) => query.filter(
            number::id.eq_any(
                digits::table
                    .filter(digits::organization_id.eq(organization))
                    .filter(digits::local.ge(local.clone()))
                    .filter(digits::local.lt(beyond(local)))
                    .select(digits::number_id),
            ),
        ),
        Way::Ends(end) => query
            .filter(
                number::id.eq_any(
                    digits::table
                        .filter(digits::organization_id.eq(organization))
                        .filter(digits::ends.eq(end[end.len() - 4..].to_owned()))
                        .select(digits::number_id),
                ),
            )
            .filter(diesel::dsl::sql::<Text>("phone_number").like(format!("%{end}"))),
        Way::Labels(labels) => {
            query.filter(diesel::dsl::sql::<Bool>("label > ''")).filter(number::label.eq_any(labels.clone()))
        }
    }
}

/// A page of numbers in their order: what one way finds and another finds too, once.
pub(in crate::numbers) fn list(
    conn: &mut Conn,
    organization: OrganizationId,
    filter: &Filter,
    limit: i64,
) -> DbResult<Vec<Number>> {
    let queries = match ways(conn, organization, filter)? {
        None => vec![(filtered(organization, filter), true)],
        Some(ways) => ways.iter().map(|way| (along(organization, filter, way), way.is_in_order())).collect(),
    };
    let mut found: BTreeMap<E164, Number> = BTreeMap::new();
    for (mut query, in_order) in queries {
        // A number begins with its area code, so both are one order; but only the former has an index, and only the
        // latter keeps SQLite from reading it where another one finds the few there are.
        if let Some(after) = filter.after {
            query = query.filter(number::phone_number.gt(after));
        }
        if let Some(before) = filter.before {
            query = query.filter(number::phone_number.lt(before));
        }
        query = match (in_order, filter.before, filter.after) {
            (true, Some(before), _) => query
                .filter(number::area_code.le(before.area_digits().to_owned()))
                .order((number::area_code.desc(), number::phone_number.desc())),
            (true, None, Some(after)) => query
                .filter(number::area_code.ge(after.area_digits().to_owned()))
                .order((number::area_code, number::phone_number)),
            (true, None, None) => query.order((number::area_code, number::phone_number)),
            (false, Some(_), _) => query.order(number::phone_number.desc()),
            (false, None, _) => query.order(number::phone_number),
        };
        let rows: Vec<Row> = query.limit(limit).load(conn)?;
        found.extend(rows.into_iter().map(Number::from).map(|number| (number.phone_number, number)));
    }
    let skipped = match filter.before {
        Some(_) => found.len().saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX)),
        None => 0,
    };
    Ok(found.into_values().skip(skipped).take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
}

/// How many numbers there are, counted up to [`COUNTED`].
pub(in crate::numbers) fn how_many(
    conn: &mut Conn,
    organization: OrganizationId,
    filter: &Filter,
) -> DbResult<Total> {
    let queries = match ways(conn, organization, filter)? {
        None => vec![filtered(organization, filter)],
        Some(ways) => ways.iter().map(|way| along(organization, filter, way)).collect(),
    };
    let limit = i64::try_from(COUNTED).unwrap_or(i64::MAX) + 1;
    let mut found: BTreeSet<E164> = BTreeSet::new();
    for query in queries {
        found.extend(query.select(number::phone_number).limit(limit).load::<E164>(conn)?);
    }
    let count = i64::try_from(found.len().min(COUNTED)).unwrap_or(i64::MAX);
    Ok(Total { count, more: found.len() > COUNTED })
}

/// The area codes in which a filter finds numbers. Where labels find more than [`COUNTED`], each area code is asked
/// whether it has one, whatever the filter says beside.
pub(in crate::numbers) fn area_codes_found(
    conn: &mut Conn,
    organization: OrganizationId,
    filter: &Filter,
) -> DbResult<BTreeSet<AreaCode>> {
    let limit = i64::try_from(COUNTED).unwrap_or(i64::MAX) + 1;
    let ways = ways(conn, organization, filter)?.unwrap_or_default();
    let mut found = BTreeSet::new();
    for way in &ways {
        let query = along(organization, filter, way).select(number::area_code).limit(limit);
        let codes: Vec<AreaCode> = query.load(conn)?;
        match way {
            Way::Labels(labels) if codes.len() > COUNTED => {
                found.extend(area_codes_of(conn, organization, labels)?);
            }
            _ => found.extend(codes),
        }
    }
    Ok(found)
}

fn area_codes_of(
    conn: &mut Conn,
    organization: OrganizationId,
    labels: &[String],
) -> DbResult<Vec<AreaCode>> {
    let one = number::table
        .filter(number::organization_id.eq(organization))
        .filter(number::released_at.is_null())
        .filter(diesel::dsl::sql::<Bool>("label > ''"))
        .filter(number::label.eq_any(labels.to_vec()))
        .filter(number::area_code.eq(number_count::area_code));
    Ok(number_count::table
        .filter(number_count::organization_id.eq(organization))
        .filter(diesel::dsl::exists(one))
        .select(number_count::area_code)
        .load(conn)?)
}
