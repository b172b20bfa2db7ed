//! The rows of `spend_month`, `spend_part`, `spend_cell`, `spend_days` and `spend_outlook`: spend's own tables.

mod writing;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::Turn;
use crate::db::schema::{spend_cell, spend_days, spend_month, spend_outlook, spend_part};
use crate::db::{Conn, DbError, DbResult, Tx};
use crate::kernel::ids::{CampaignId, OrganizationId};
use crate::kernel::{AreaCode, Micros, Moment};
use crate::numbers::NumberKind;
use crate::on_each;
use crate::spend::attribution::{Holder, NumberMonths};
use crate::spend::by_day::{Days, MonthDays};
use crate::spend::month::Month;
use crate::spend::sums::{Ahead, Cell, Face, Key, Outlook, Part, Parts, Sums};

pub(super) use writing::{replace, replace_outlook};

/// The months that were added up: how often, and when the last time.
pub(super) fn kept(
    conn: &mut Conn,
    organization: OrganizationId,
    from: Month,
    to: Month,
) -> DbResult<BTreeMap<Month, (i64, Moment)>> {
    let rows: Vec<(NaiveDate, i64, Moment)> = spend_month::table
        .filter(spend_month::organization_id.eq(organization))
        .filter(spend_month::month.between(from.first(), to.first()))
        .select((spend_month::month, spend_month::turn, spend_month::added_up_at))
        .load(conn)?;
    Ok(rows.into_iter().map(|(month, turn, at)| (Month::of(month), (turn, at))).collect())
}

fn unreadable(what: &str) -> DbError {
    DbError::Unexpected(format!("a sum of spend stands under {what:?}, which is no heading"))
}

fn part(quoted: i64, billed: i64, estimated: i64, time: i64) -> Sums {
    Sums {
        quoted: Micros::new(quoted),
        billed: Micros::new(billed),
        estimated: Micros::new(estimated),
        time: NumberMonths::of_parts(time),
    }
}

/// What is kept of some months, from these sides.
pub(super) fn parts(
    conn: &mut Conn,
    organization: OrganizationId,
    from: Month,
    to: Month,
    faces: &[Face],
) -> DbResult<BTreeMap<Month, Parts>> {
    type Row = (NaiveDate, Face, String, i64, i64, i64, i64, i64, i64);
    let rows: Vec<Row> = spend_part::table
        .filter(spend_part::organization_id.eq(organization))
        .filter(spend_part::face.eq_any(faces.to_vec()))
        .filter(spend_part::month.between(from.first(), to.first()))
        .select((
            spend_part::month,
            spend_part::face,
            spend_part::value,
            spend_part::quoted,
            spend_part::billed,
            spend_part::estimated,
            spend_part::idle,
            spend_part::number_time,
            spend_part::charges,
        ))
        .load(conn)?;
    let mut months: BTreeMap<Month, Parts> = BTreeMap::new();
    for (month, face, value, quoted, billed, estimated, idle, time, charges) in rows {
        let key = Key::parse(face, &value).ok_or_else(|| unreadable(&value))?;
        let sums = part(quoted, billed, estimated, time);
        let part = Part { sums, idle: Micros::new(idle), charges };
        months.entry(Month::of(month)).or_default().insert(key, part);
    }
    Ok(months)
}

/// What is kept of some months, day by day and from every side.
pub(super) fn days(
    conn: &mut Conn,
    organization: OrganizationId,
    months: &[Month],
) -> DbResult<Vec<MonthDays>> {
    let first_days: Vec<NaiveDate> = months.iter().map(|month| month.first()).collect();
    let rows: Vec<(NaiveDate, Face, String, String, String)> = spend_days::table
        .filter(spend_days::organization_id.eq(organization))
        .filter(spend_days::month.eq_any(first_days))
        .select((spend_days::month, spend_days::face, spend_days::value, spend_days::days, spend_days::gaps))
        .load(conn)?;
    let mut kept: BTreeMap<Month, MonthDays> = BTreeMap::new();
    for (month, face, value, days, gaps) in rows {
        let key = Key::parse(face, &value).ok_or_else(|| unreadable(&value))?;
        let days = Days::parse(&days, &gaps).ok_or_else(|| unreadable(&value))?;
        let month = Month::of(month);
        kept.entry(month).or_insert_with(|| MonthDays::new(month)).parts.insert(key, days);
    }
    Ok(kept.into_values().collect())
}

/// What is kept of one campaign, month by month, and where.
pub(in crate::spend) fn cells_of(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: CampaignId,
    from: Month,
    to: Month,
) -> DbResult<BTreeMap<Month, Vec<(Cell, Part)>>> {
    type Row = (NaiveDate, AreaCode, String, NumberKind, i64, i64, i64, i64, i64);
    // A campaign's cells are few and have an index; said plainly, PostgreSQL takes the organization's instead until it has
    // statistics, because those are in order.
    let whose = diesel::dsl::sql::<Text>("spend_cell.organization_id || ''");
    let rows: Vec<Row> = spend_cell::table
        .filter(whose.eq(organization))
        .filter(spend_cell::campaign_id.eq(campaign))
        .filter(spend_cell::month.between(from.first(), to.first()))
        .order((spend_cell::month, spend_cell::position))
        .select((
            spend_cell::month,
            spend_cell::area_code,
            spend_cell::service,
            spend_cell::kind,
            spend_cell::quoted,
            spend_cell::billed,
            spend_cell::estimated,
            spend_cell::number_time,
            spend_cell::charges,
        ))
        .load(conn)?;
    let mut months: BTreeMap<Month, Vec<(Cell, Part)>> = BTreeMap::new();
    for (month, area_code, service, kind, quoted, billed, estimated, time, charges) in rows {
        let cell = Cell { holder: Holder::Campaign(campaign), area_code, service, kind };
        let sums = part(quoted, billed, estimated, time);
        months.entry(Month::of(month)).or_default().push((cell, Part { sums, idle: Micros::ZERO, charges }));
    }
    Ok(months)
}

/// What is kept of what is ahead, and of which month.
pub(super) fn outlook(conn: &mut Conn, organization: OrganizationId) -> DbResult<(Option<Month>, Outlook)> {
    type Row = (Face, String, NaiveDate, i64, i64, i64);
    let rows: Vec<Row> = spend_outlook::table
        .filter(spend_outlook::organization_id.eq(organization))
        .select((
            spend_outlook::face,
            spend_outlook::value,
            spend_outlook::month,
            spend_outlook::to_come,
            spend_outlook::next_month,
            spend_outlook::numbers,
        ))
        .load(conn)?;
    let (mut of, mut outlook) = (None, Outlook::new());
    for (face, value, month, to_come, next_month, numbers) in rows {
        of = Some(Month::of(month));
        let key = Key::parse(face, &value).ok_or_else(|| unreadable(&value))?;
        let ahead = Ahead { to_come: Micros::new(to_come), next_month: Micros::new(next_month), numbers };
        outlook.insert(key, ahead);
    }
    Ok((of, outlook))
}

/// Takes the next turn of a month; `false` when somebody took it before.
pub(super) fn take_turn(
    tx: &mut Tx,
    organization: OrganizationId,
    (month, turn): Turn,
    at: Moment,
) -> DbResult<bool> {
    let changed = match turn {
        Some(turn) => diesel::update(
            spend_month::table
                .filter(spend_month::organization_id.eq(organization))
                .filter(spend_month::month.eq(month.first()))
                .filter(spend_month::turn.eq(turn)),
        )
        .set((spend_month::turn.eq(turn + 1), spend_month::added_up_at.eq(at)))
        .execute(&mut **tx)?,
        None => {
            let row = (
                spend_month::organization_id.eq(organization),
                spend_month::month.eq(month.first()),
                spend_month::turn.eq(1),
                spend_month::added_up_at.eq(at),
            );
            on_each!(**tx, conn => diesel::insert_into(spend_month::table)
                .values(row)
                .on_conflict((spend_month::organization_id, spend_month::month))
                .do_nothing()
                .execute(conn))?
        }
    };
    Ok(changed == 1)
}
