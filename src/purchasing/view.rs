//! What an order's page shows, made of what is stored.

use std::collections::BTreeMap;

use super::model::{LineStatus, Order, OrderStatus, Reason, SOLD_MEANWHILE, Tally};
use super::pages::{form_address, pill, title};
use super::quote::neighbours;
use super::{BuyNumbers, LineStory, Summary, store};
use crate::access::{self, Allowed, SeeOrders};
use crate::db::Conn;
use crate::error::AppResult;
use crate::jobs;
use crate::kernel::ids::{LineId, OrderId};
use crate::kernel::{AreaCode, Micros, Moment};
use crate::web::format::{Times, plural};

/// Lines on a page.
pub(super) const LINES: i64 = 100;

/// An order as its page shows it.
pub(super) struct OrderView {
    /// Where the orders are.
    pub(super) orders: String,
    pub(super) href: String,
    pub(super) title: String,
    pub(super) pill: (&'static str, &'static str),
    pub(super) placed_by: String,
    pub(super) order: Order,
    pub(super) lines: Tally,
    pub(super) cost: Micros,
    /// What all of it would cost a month.
    pub(super) monthly: Micros,
    /// Whether it came to a halt or waits for a decision.
    pub(super) attention: bool,
    /// In so many seconds it is looked at again; `None` when nothing moves.
    pub(super) poll: Option<u32>,
    /// What the work waits for.
    pub(super) waiting: String,
    /// How long it took.
    pub(super) took: String,
    /// What was decided last.
    pub(super) last: String,
    /// Why lines were not bought.
    pub(super) reasons: Vec<String>,
    pub(super) rows: Vec<LineRow>,
    pub(super) undecided: Vec<LineRow>,
    pub(super) remaining: Vec<Offer>,
    pub(super) instead: Vec<Offer>,
    pub(super) may_buy: bool,
    pub(super) continues: String,
    pub(super) continued_by: String,
    pub(super) page: i64,
    pub(super) pages: String,
    pub(super) previous: String,
    pub(super) next: String,
    pub(super) times: Times,
}

/// A line of the table.
pub(super) struct LineRow {
    pub(super) id: LineId,
    /// Empty when it has none.
    pub(super) number: String,
    /// Its page, when it is ours.
    pub(super) href: String,
    pub(super) area_code: AreaCode,
    pub(super) place: String,
    pub(super) pill: (&'static str, &'static str),
    pub(super) note: String,
    /// Empty when nothing is paid.
    pub(super) price: String,
}

/// A button that leads to a new quote.
pub(super) struct Offer {
    pub(super) label: String,
    pub(super) href: String,
}

impl OrderView {
    /// Reads an order with a page of its lines.
    pub(super) fn read(
        conn: &mut Conn,
        by: &Allowed<SeeOrders>,
        id: OrderId,
        page: i64,
        now: Moment,
    ) -> AppResult<OrderView> {
        let organization = by.organization_id();
        let summary = super::summary(conn, organization, id)?;
        let wanted = summary.lines.wanted();
        let pages = ((wanted + LINES - 1) / LINES).max(1);
        let page = page.clamp(1, pages);
        let stories = super::lines(conn, organization, id, (page - 1) * LINES, LINES)?;
        let undecided = match summary.lines.unknown {
            0 => Vec::new(),
            _ => super::undecided_lines(conn, organization, id)?,
        };
        let quoted = store::quoted(conn, id)?;
        let reasons = store::reasons(conn, id)?;
        let job = jobs::open_by_key(conn, &BuyNumbers::key(id))?;
        let working = summary.order.status == OrderStatus::Working;
        let last = if working { store::last_decided(conn, id)? } else { None };
        let last = super::reading::stories(conn, last.into_iter().collect())?.pop();
        let people = access::names(conn, &[summary.order.placed_by])?;
        let continued_by = store::continued_by(conn, &summary.order)?;
        let orders = by.url("/orders");
        let href = format!("{orders}/{id}");
        let attention = working && job.is_none();
        let link = |page: i64| format!("{href}?page={page}");
        let codes: Vec<AreaCode> = summary.areas.iter().map(|area| area.area_code).collect();
        let numbers = by.url("/phone-numbers");
        let row = |story| line_row(story, &numbers, summary.order.status);
        let may_buy = by.may::<access::BuyNumbers>();
        let offers = may_buy && !working && continued_by.is_none();
        let (remaining, instead) =
            if offers { offers_of(&summary, &quoted, &orders) } else { Default::default() };
        Ok(OrderView {
            title: title(wanted, &codes),
            pill: pill(&summary, attention),
            placed_by: people.get(&summary.order.placed_by).cloned().unwrap_or_default(),
            monthly: summary
                .areas
                .iter()
                .map(|area| quoted.get(&area.area_code).copied().unwrap_or_default() * area.lines.wanted())
                .sum(),
            attention,
            poll: (working && !attention).then(|| pause(&summary.order, now)),
            waiting: job
                .filter(|job| job.run_after > now)
                .and_then(|job| job.message)
                .map(|words| words.trim_end_matches('.').to_owned())
                .unwrap_or_default(),
            took: summary.order.finished_at.map(|at| took(at - summary.order.placed_at)).unwrap_or_default(),
            last: last.map(|story| last_words(&story)).unwrap_or_default(),
            reasons: reasons
                .into_iter()
                .map(|(area_code, words, code, count)| {
                    let reason = Reason { words: words.unwrap_or_default(), code };
                    let lines = plural(count.unsigned_abs(), "number", "numbers");
                    match reason.words.ends_with(area_code.as_str()) {
                        true => format!("{lines} not bought: {reason}"),
                        false => format!("{lines} not bought in {area_code}: {reason}"),
                    }
                })
                .collect(),
            rows: stories.into_iter().map(row).collect(),
            undecided: undecided.into_iter().map(row).collect(),
            remaining,
            instead,
            may_buy,
            continues: summary.order.continues.map(|id| format!("{orders}/{id}")).unwrap_or_default(),
            continued_by: continued_by.map(|id| format!("{orders}/{id}")).unwrap_or_default(),
            page,
            pages: if pages > 1 {
                let (first, last) = ((page - 1) * LINES + 1, (page * LINES).min(wanted));
                format!("{first}–{last} of {}", plural(wanted.unsigned_abs(), "line", "lines"))
            } else {
                String::new()
            },
            previous: if page > 1 { link(page - 1) } else { String::new() },
            next: if page < pages { link(page + 1) } else { String::new() },
            times: by.times(),
            lines: summary.lines,
            cost: summary.cost,
            order: summary.order,
            orders,
            href,
        })
    }

    /// How many lines are decided.
    pub(super) fn decided(&self) -> i64 {
        self.lines.bought + self.lines.not_bought
    }

    /// `34 of 40 bought`.
    pub(super) fn progress(&self) -> String {
        format!("{} of {} bought", self.lines.bought, self.lines.wanted())
    }
}

/// Looks often at first, then less and less.
fn pause(order: &Order, now: Moment) -> u32 {
    match (now - order.placed_at).num_seconds() {
        ..30 => 1,
        30..120 => 2,
        120..600 => 5,
        _ => 15,
    }
}

/// `1 min 12 s`.
fn took(time: chrono::TimeDelta) -> String {
    let seconds = time.num_seconds().max(0);
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0) => "less than a second".to_owned(),
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

fn line_row(story: LineStory, numbers: &str, order: OrderStatus) -> LineRow {
    let LineStory { line, number, refused } = story;
    let bought = line.status == LineStatus::Bought;
    let pill = match line.status {
        LineStatus::Open if order != OrderStatus::Working => ("plain", "not decided"),
        LineStatus::Open if number.is_some() => ("busy", "asking"),
        LineStatus::Open => ("plain", "waiting"),
        LineStatus::Bought => ("ok", "bought"),
        LineStatus::NotBought => ("bad", "not bought"),
        LineStatus::Unknown => ("warn", "not known"),
    };
    let note = match &line.reason {
        Some(words) => Reason { words: words.clone(), code: line.provider_code.clone() }.to_string(),
        None => after(&refused),
    };
    LineRow {
        id: line.id,
        number: number.map(|(number, _)| number.national()).unwrap_or_default(),
        href: line.number_id.map(|id| format!("{numbers}/{id}")).unwrap_or_default(),
        area_code: line.area_code,
        place: line.area_code.info().place_and_region(),
        pill,
        note,
        price: number.filter(|_| bought).map(|(_, price)| price.dollars()).unwrap_or_default(),
    }
}

/// What came before the number a line has.
fn after(refused: &[Reason]) -> String {
    let sold = refused.iter().all(|reason| reason.words == SOLD_MEANWHILE);
    match refused {
        [] => String::new(),
        [_] if sold => "after the first candidate was sold meanwhile".to_owned(),
        several if sold => format!("after {} candidates were sold meanwhile", several.len()),
        [one] => format!("after the first candidate was refused: {one}"),
        [.., last] => format!("after {} candidates were refused, the last one: {last}", refused.len()),
    }
}

fn last_words(story: &LineStory) -> String {
    let number = story.number.map(|(number, _)| number.national()).unwrap_or_default();
    let reason = story.line.reason.as_deref().unwrap_or_default();
    match story.line.status {
        LineStatus::Bought => format!("Last: {number} bought."),
        _ => format!("Last: {reason}."),
    }
}

/// What an ended order offers for the lines it did not get: the same once more, or elsewhere.
fn offers_of(
    summary: &Summary,
    quoted: &BTreeMap<AreaCode, Micros>,
    orders: &str,
) -> (Vec<Offer>, Vec<Offer>) {
    let missing: Vec<(AreaCode, i64)> = summary
        .areas
        .iter()
        .filter(|area| area.lines.not_bought > 0)
        .map(|area| (area.area_code, area.lines.not_bought))
        .collect();
    let continues = summary.order.id.to_string();
    let count: i64 = missing.iter().map(|(_, count)| count).sum();
    let cost: Micros =
        missing.iter().map(|(code, count)| quoted.get(code).copied().unwrap_or_default() * *count).sum();
    let address = form_address(orders, &missing, &continues);
    let label = match missing.as_slice() {
        [] => return Default::default(),
        [(code, _)] => format!("Buy the remaining {count} in {code} · {}", cost.dollars_and_cents()),
        _ => format!("Buy the remaining {count} · {}", cost.dollars_and_cents()),
    };
    let instead = match missing.as_slice() {
        [(code, count)] => neighbours(*code, 2)
            .into_iter()
            .map(|near| Offer {
                label: format!("{count} in {near} {} instead", near.info().place),
                href: form_address(orders, &[(near, *count)], &continues),
            })
            .collect(),
        _ => Vec::new(),
    };
    (vec![Offer { label, href: address }], instead)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_before_is_said_in_words() {
        let sold = || Reason { words: SOLD_MEANWHILE.into(), code: Some("21422".into()) };
        assert_eq!(after(&[]), "");
        assert_eq!(after(&[sold()]), "after the first candidate was sold meanwhile");
        assert_eq!(after(&[sold(), sold()]), "after 2 candidates were sold meanwhile");
        let other = Reason { words: "An address is required".into(), code: Some("21631".into()) };
        assert_eq!(
            after(&[sold(), other]),
            "after 2 candidates were refused, the last one: An address is required (carrier: 21631)"
        );
    }

    #[test]
    fn durations_are_short() {
        let took = |seconds| super::took(chrono::TimeDelta::seconds(seconds));
        assert_eq!([took(5), took(72), took(3_700)], ["5 s", "1 min 12 s", "1 h 1 min"]);
    }
}
