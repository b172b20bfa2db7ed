//! What an order's page shows, made of what is stored.

use std::collections::BTreeMap;

use super::fallback;
use super::model::{LineStatus, Order, OrderStatus, Reason, SOLD_MEANWHILE, Tally};
use super::pages::{away, named, pill, title};
use super::rest::Rest;
use super::{BuyNumbers, LineStory, Summary, store};
use crate::access::{self, Allowed, SeeOrders};
use crate::db::Conn;
use crate::error::AppResult;
use crate::jobs;
use crate::kernel::ids::{LineId, NumberId, OrderId};
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
    /// Where it turns when an area code is sold out, in words.
    pub(super) turns_to: Vec<String>,
    /// What was bought in other codes than the ones wanted.
    pub(super) elsewhere: Vec<String>,
    /// What it lacks, for those who may buy it.
    pub(super) rest: Option<Rest>,
    pub(super) may_buy: bool,
    /// The order whose remainder it is: title and page.
    pub(super) continues: Option<(String, String)>,
    /// The orders that buy its remainder: title and page.
    pub(super) continued_by: Vec<(String, String)>,
    /// The campaign it is for: its name, its page, and where its numbers are reserved while it is a draft.
    pub(super) campaign: Option<(String, String, String)>,
    /// The messaging service into which what it buys goes, and how that stands.
    pub(super) into: Option<Into>,
    /// What becomes of numbers that are reserved for the campaign as they arrive; empty when they are not.
    pub(super) reserved: String,
    pub(super) page: i64,
    pub(super) pages: String,
    pub(super) previous: String,
    pub(super) next: String,
    pub(super) times: Times,
}

/// Where the numbers of an order go.
pub(super) struct Into {
    /// The messaging service and its page.
    pub(super) name: String,
    pub(super) href: String,
    /// How it stands, in a sentence.
    pub(super) words: String,
    /// Where each number's outcome is, for those who may see it; empty before there is any.
    pub(super) outcome: String,
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
    /// The code that was wanted, when it is another one.
    pub(super) wanted: String,
    pub(super) pill: (&'static str, &'static str),
    pub(super) note: String,
    /// Empty when nothing is paid.
    pub(super) price: String,
    /// Its number, when it is ours.
    pub(super) number_id: Option<NumberId>,
    /// What became of it on its way into the messaging service: the pill's kind and words, and why not.
    pub(super) put_in: Option<(&'static str, &'static str, String)>,
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
        let reasons = store::reasons(conn, id)?;
        let job = jobs::open_by_key(conn, &BuyNumbers::key(id))?;
        let working = summary.order.status == OrderStatus::Working;
        let last = if working { store::last_decided(conn, id)? } else { None };
        let last = super::reading::stories(conn, last.into_iter().collect())?.pop();
        let people = access::names(conn, &[summary.order.placed_by])?;
        let orders = by.url("/orders");
        let named_codes = fallback::store::named(conn, id)?;
        let elsewhere = store::bought_elsewhere(conn, id)?;
        let mut related = store::continued_by(conn, &summary.order)?;
        related.extend(summary.order.continues);
        let mut again = super::reading::summaries_of(conn, organization, &related)?;
        let earlier = summary.order.continues.and_then(|_| again.pop());
        let href = format!("{orders}/{id}");
        let attention = working && job.is_none();
        let link = |page: i64| format!("{href}?page={page}");
        let codes: Vec<AreaCode> = summary.areas.iter().map(|area| area.area_code).collect();
        let numbers = by.url("/phone-numbers");
        let row = |story| line_row(story, &numbers, summary.order.status);
        let may_buy = by.may::<access::BuyNumbers>();
        let rest = match may_buy && !working {
            true => Rest::read(conn, &summary, &again, &named_codes, &orders)?,
            false => None,
        };
        let monthly = store::monthly(conn, id)?;
        let link_to = |one: &Summary| {
            let codes: Vec<AreaCode> = one.areas.iter().map(|area| area.area_code).collect();
            (title(one.lines.wanted(), &codes), format!("{orders}/{}", one.order.id))
        };
        Ok(OrderView {
            title: title(wanted, &codes),
            pill: pill(&summary, attention),
            placed_by: people.get(&summary.order.placed_by).cloned().unwrap_or_default(),
            monthly,
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
            turns_to: if working { turns_to(&named_codes) } else { Vec::new() },
            elsewhere: elsewhere
                .into_iter()
                .map(|(wanted, instead, count)| {
                    let numbers = plural(count.unsigned_abs(), "number", "numbers");
                    match wanted.is_toll_free() {
                        true => format!("{numbers} bought in {instead}"),
                        false => format!("{numbers} bought in {} instead of {wanted}", named(instead)),
                    }
                })
                .collect(),
            rest,
            may_buy,
            continues: earlier.as_ref().map(link_to),
            continued_by: again.iter().map(link_to).collect(),
            campaign: None,
            into: None,
            reserved: String::new(),
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

/// `When 313 runs dry: 679 Detroit, MI (same area), then 734 Ann Arbor, MI (35 miles).`
fn turns_to(named_codes: &[fallback::Named]) -> Vec<String> {
    let mut by_code: BTreeMap<AreaCode, Vec<String>> = BTreeMap::new();
    for one in named_codes {
        let far = away(one.wanted, one.area_code);
        let words = match far.is_empty() {
            true => named(one.area_code),
            false => format!("{} ({far})", named(one.area_code)),
        };
        by_code.entry(one.wanted).or_default().push(words);
    }
    by_code
        .into_iter()
        .map(|(wanted, codes)| format!("When {wanted} runs dry: {}.", codes.join(", then ")))
        .collect()
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
    // A line that ended without a number wanted the code it was for, wherever it was looked for last.
    let place = if line.status == LineStatus::NotBought { line.area_code } else { line.place() };
    let wanted = match place == line.area_code || place.is_toll_free() {
        true => String::new(),
        false => named(line.area_code),
    };
    LineRow {
        id: line.id,
        number: number.map(|(number, _)| number.national()).unwrap_or_default(),
        href: line.number_id.map(|id| format!("{numbers}/{id}")).unwrap_or_default(),
        area_code: place,
        place: place.info().place_and_region(),
        wanted,
        pill,
        note,
        price: number.filter(|_| bought).map(|(_, price)| price.dollars()).unwrap_or_default(),
        number_id: line.number_id,
        put_in: None,
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
