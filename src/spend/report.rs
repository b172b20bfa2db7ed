//! Puts a report together from what is known of its months.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::attribution::Holder;
use super::model::{CampaignSpend, Forecast, Heading, Line, MONTHS, MonthShares, Report, Span, Table};
use super::month::Month;
use super::sums::{Ahead, Key, Outlook, Parts};
use super::{rollup, store};
use crate::access::{Allowed, SeeSpend};
use crate::db::Conn;
use crate::error::{AppError, AppResult};
use crate::kernel::Micros;
use crate::kernel::ids::CampaignId;
use crate::ledger::fees;
use crate::{numbers, purchasing};

/// What a month or some days cost.
///
/// # Errors
/// A database error.
pub fn report(conn: &mut Conn, by: &Allowed<SeeSpend>, span: Span, today: NaiveDate) -> AppResult<Report> {
    report_with(conn, by, span, today, rollup::ON_THE_SPOT)
}

/// The same, with another bound for what is added up on the spot.
///
/// # Errors
/// As [`report`].
pub fn report_with(
    conn: &mut Conn,
    by: &Allowed<SeeSpend>,
    span: Span,
    today: NaiveDate,
    on_the_spot: i64,
) -> AppResult<Report> {
    let organization = by.organization_id();
    let counts = numbers::counts(conn, organization, None)?;
    let mut report = Report {
        span,
        is_current: span == Span::Month(Month::of(today)),
        first: store::first_month(conn, organization)?,
        all: Default::default(),
        fees: Micros::ZERO,
        ahead: Ahead::default(),
        previous: Micros::ZERO,
        forecast: Forecast::default(),
        planned: (0, Micros::ZERO),
        tables: BTreeMap::new(),
        months: Vec::new(),
        numbers: counts.iter().map(|count| count.total() - count.lost).sum(),
        names: BTreeMap::new(),
        as_of: None,
        missing: false,
    };
    let (now, before, ahead) = match span {
        Span::Month(month) => month_of(conn, by, month, &mut report, on_the_spot)?,
        Span::Days { from, until } => {
            report.fees = fees::sum(conn, organization, from, until)?;
            let known = rollup::days(conn, organization, from, until, on_the_spot)?;
            (report.as_of, report.missing) = (known.as_of, known.missing);
            (known.parts, Parts::new(), Outlook::new())
        }
    };
    report.all = now.get(&Key::All).copied().unwrap_or_default();
    let fees_before = match span {
        Span::Month(_) => report.months.iter().rev().nth(1).map_or(Micros::ZERO, |month| month.fees),
        Span::Days { .. } => Micros::ZERO,
    };
    report.previous = before.get(&Key::All).map_or(Micros::ZERO, |part| part.amount()) + fees_before;
    report.ahead = ahead.get(&Key::All).copied().unwrap_or_default();
    report.forecast = forecast(&ahead);
    if report.is_current {
        report.forecast.approved = purchasing::budget::ordered(conn, organization)?;
        let end = Month::of(today).next().end();
        report.planned = numbers::planned::going(conn, organization, end)?;
    }
    report.tables = tables(&now, &before, &ahead, (report.fees, fees_before));
    let shown = report.lines(Table::Campaign).iter().filter_map(|line| match line.heading {
        Heading::Holder(holder) => holder.campaign(),
        _ => None,
    });
    let charted =
        report.months.iter().flat_map(|month| month.holders.keys().filter_map(|holder| holder.campaign()));
    let campaigns: BTreeSet<CampaignId> = shown.chain(charted).collect();
    report.names = store::campaign_names(conn, organization, campaigns.into_iter().collect())?;
    Ok(report)
}

/// The month, the one before it, and what is ahead of it; the year goes into the report.
fn month_of(
    conn: &mut Conn,
    by: &Allowed<SeeSpend>,
    month: Month,
    report: &mut Report,
    on_the_spot: i64,
) -> AppResult<(Parts, Parts, Outlook)> {
    let (organization, before) = (by.organization_id(), month.previous());
    let year = (month.back(MONTHS - 1), month);
    let mut known = rollup::months(conn, organization, year, &[before, month], on_the_spot)?;
    (report.as_of, report.missing) = (known.as_of, known.missing);
    let mut fees: BTreeMap<Month, Micros> = BTreeMap::new();
    let (first, end) = (year.0.first(), month.end());
    let entered = fees::list(conn, organization, first, end)?;
    for fee in entered.iter().filter(|fee| fee.voided.is_none()) {
        *fees.entry(Month::of(fee.day)).or_default() += fee.amount;
    }
    let fees = |month| fees.get(&month).copied().unwrap_or_default();
    report.fees = fees(month);
    let shares = |month| MonthShares::of(month, known.months.get(&month), fees(month));
    report.months = year.0.to(month).map(shares).collect();
    let ahead = match report.is_current {
        true => rollup::outlook(conn, organization, month, report.numbers, on_the_spot)?,
        false => Outlook::new(),
    };
    let mut of = |month| known.months.remove(&month).unwrap_or_default();
    Ok((of(month), of(before), ahead))
}

/// What next month will cost, if everything stays as it is. What open orders may still buy is added by the caller.
fn forecast(ahead: &Outlook) -> Forecast {
    let mut forecast = Forecast::default();
    for (key, ahead) in ahead {
        let Key::Holder(holder) = key else { continue };
        let part = match holder {
            Holder::Campaign(_) => &mut forecast.in_use,
            Holder::Reserved => &mut forecast.reserved,
            Holder::Idle | Holder::Resting => &mut forecast.idle,
        };
        *part += ahead.next_month;
    }
    forecast
}

fn heading(key: &Key) -> Option<(Table, Heading)> {
    Some(match key {
        Key::All => return None,
        Key::Holder(holder) => (Table::Campaign, Heading::Holder(*holder)),
        Key::Area(code) => (Table::Area, Heading::Area(*code)),
        Key::Provider(key) => (Table::Provider, Heading::Provider(key.clone())),
        Key::Kind(kind) => (Table::Kind, Heading::Kind(*kind)),
    })
}

fn tables(
    now: &Parts,
    before: &Parts,
    ahead: &Outlook,
    (fees, fees_before): (Micros, Micros),
) -> BTreeMap<Table, Vec<Line>> {
    let mut tables: BTreeMap<Table, BTreeMap<Heading, Line>> = BTreeMap::new();
    let mut change = |key: &Key, change: &dyn Fn(&mut Line)| {
        let Some((table, heading)) = heading(key) else { return };
        let mut at = |table: Table, heading: Heading| {
            let line = tables.entry(table).or_default().entry(heading.clone()).or_insert_with(|| Line {
                heading,
                part: Default::default(),
                ahead: Ahead::default(),
                entered: Micros::ZERO,
                previous: Micros::ZERO,
            });
            change(line);
        };
        if let Heading::Area(code) = &heading {
            at(Table::State, Heading::State(code.info().region));
        }
        at(table, heading);
    };
    // Nobody's days have a line even when there are none: that nothing is idle is worth knowing.
    change(&Key::Holder(Holder::Idle), &|_| ());
    for (key, part) in now {
        change(key, &|line| line.part += *part);
    }
    for (key, part) in before {
        change(key, &|line| line.previous += part.amount());
    }
    for (key, one) in ahead {
        change(key, &|line| line.ahead += *one);
    }
    if fees != Micros::ZERO || fees_before != Micros::ZERO {
        for table in [Table::Campaign, Table::Area, Table::State, Table::Provider, Table::Kind] {
            let line = Line {
                heading: Heading::Fees,
                part: Default::default(),
                ahead: Ahead::default(),
                entered: fees,
                previous: fees_before,
            };
            tables.entry(table).or_default().insert(Heading::Fees, line);
        }
    }
    let sorted = |lines: BTreeMap<Heading, Line>| {
        let mut lines: Vec<Line> = lines.into_values().collect();
        let is_idle = |heading: &Heading| {
            matches!(heading, Heading::Holder(holder) if holder.is_idle()).then_some(heading.clone())
        };
        lines.sort_by_key(|line| {
            let is_fees = line.heading == Heading::Fees;
            (is_fees, is_idle(&line.heading), Reverse((line.expected(), line.previous)), line.heading.clone())
        });
        lines
    };
    tables.into_iter().map(|(table, lines)| (table, sorted(lines))).collect()
}

/// All that a campaign ever cost, and what is ahead of it.
///
/// # Errors
/// [`AppError::NotFound`] when the organization has no such campaign; a database error.
pub fn of_campaign(
    conn: &mut Conn,
    by: &Allowed<SeeSpend>,
    id: CampaignId,
    today: NaiveDate,
) -> AppResult<CampaignSpend> {
    let (organization, now) = (by.organization_id(), Month::of(today));
    let names = store::campaign_names(conn, organization, vec![id])?;
    let name = names.into_values().next().ok_or(AppError::NotFound)?;
    let first = store::first_month(conn, organization)?.unwrap_or(now);
    let counts = numbers::counts(conn, organization, None)?;
    let numbers = counts.iter().map(|count| count.total() - count.lost).sum();
    let held = store::held_since(conn, organization, id)?.map_or(now, |day| Month::of(day).previous());
    let span = (first.max(held), now);
    let (known, crossed) = rollup::campaign(conn, organization, id, span, rollup::ON_THE_SPOT)?;
    let key = Key::Holder(Holder::Campaign(id));
    let ahead = rollup::outlook(conn, organization, now, numbers, rollup::ON_THE_SPOT)?;
    let mut months: Vec<_> = span
        .0
        .to(now)
        .map(|month| {
            let part = known.months.get(&month).and_then(|parts| parts.get(&key));
            (month, part.copied().unwrap_or_default())
        })
        .skip_while(|(_, part)| part.charges == 0)
        .collect();
    let ahead = ahead.get(&key).copied().unwrap_or_default();
    while ahead.numbers == 0 && months.last().is_some_and(|(_, part)| part.charges == 0) {
        months.pop();
    }
    let mut cells = BTreeMap::new();
    for (cell, part) in crossed.into_values().flatten() {
        *cells.entry(cell).or_default() += part;
    }
    Ok(CampaignSpend { id, name, months, cells, ahead, as_of: known.as_of, missing: known.missing })
}
