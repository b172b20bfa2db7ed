//! The inventory: figures, map, what needs attention, and the table by area code.

use std::collections::BTreeSet;

use askama::Template;
use chrono::NaiveDate;

use super::query::{Needle, Sort, View};
use super::tiles::{self, Map};
use super::{NumberRow, Tags, capitalized, dash, weekday};
use crate::kernel::ids::CampaignId;
use crate::kernel::text_enum::TextEnum;
use crate::kernel::{AreaCode, Micros, Moment};
use crate::numbers::{Count, Number, Renewing, Status, Total};
use crate::purchasing::budget::BandNotice;
use crate::requests::Waiting;
use crate::web::format::{Times, number, plural};
use crate::web::{Shell, filters};

/// So many numbers a search lists.
pub(in crate::numbers) const MATCHES: i64 = 20;
/// So many campaigns the card of this week names.
const CAMPAIGNS_NAMED: usize = 5;

/// A campaign that holds numbers without texting from them.
#[derive(Debug, Clone)]
pub(in crate::numbers) struct Holding {
    pub(in crate::numbers) id: CampaignId,
    pub(in crate::numbers) name: String,
    /// Its reservation lapses then; `None` for an archived one.
    pub(in crate::numbers) until: Option<Moment>,
    pub(in crate::numbers) numbers: i64,
    pub(in crate::numbers) cost: Micros,
}

/// What is being bought in an area code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::numbers) struct Pending {
    pub(in crate::numbers) area_code: AreaCode,
    pub(in crate::numbers) order: String,
    pub(in crate::numbers) bought: i64,
    pub(in crate::numbers) asked: i64,
    pub(in crate::numbers) since: Moment,
}

/// Everything the page is made of.
pub(in crate::numbers) struct Data {
    /// The address of the organization's pages.
    pub(in crate::numbers) base: String,
    pub(in crate::numbers) times: Times,
    /// The providers there are numbers of: key and name.
    pub(in crate::numbers) services: Vec<(String, String)>,
    pub(in crate::numbers) view: View,
    pub(in crate::numbers) notices: Vec<String>,
    /// Of all providers.
    pub(in crate::numbers) counts: Vec<Count>,
    /// Of the provider one asked for, when one did.
    pub(in crate::numbers) of_service: Option<Vec<Count>>,
    /// What the search found among numbers, when it looked there.
    pub(in crate::numbers) found: Option<Found>,
    pub(in crate::numbers) tags: Tags,
    pub(in crate::numbers) pending: Vec<Pending>,
}

/// What a search found among numbers and labels.
pub(in crate::numbers) struct Found {
    pub(in crate::numbers) numbers: Vec<Number>,
    pub(in crate::numbers) total: Total,
    pub(in crate::numbers) area_codes: BTreeSet<AreaCode>,
}

/// What this week brings.
pub(in crate::numbers) struct Week {
    /// The idle numbers that renew.
    pub(in crate::numbers) renewing: Renewing,
    /// Until this day.
    pub(in crate::numbers) until: NaiveDate,
    /// Drafts first, the soonest to lapse first.
    pub(in crate::numbers) holding: Vec<Holding>,
}

#[derive(Template)]
#[template(path = "numbers/inventory.html")]
pub(in crate::numbers) struct InventoryPage {
    shell: Shell,
    page: String,
    /// Empty for those who may not buy.
    buy_href: String,
    /// Where what the carrier has is compared with what is here, for whoever may buy.
    sync_href: String,
    empty: bool,
    line: String,
    overview: Overview,
    results: Results,
    pending: PendingRows,
    /// What waits for an owner.
    waiting: Waiting,
    /// How near the month's budget is to being used up.
    budget_notice: Option<BandNotice>,
}

/// All below the title, for when an order has ended.
#[derive(Template)]
#[template(path = "numbers/_inventory.html")]
pub(in crate::numbers) struct InventoryFragment {
    page: String,
    overview: Overview,
    results: Results,
    pending: PendingRows,
}

/// What stands above the table.
struct Overview {
    figures: Vec<Figure>,
    cost: String,
    map: Map,
    tasks: Vec<Task>,
    form: FilterForm,
}

#[derive(Template)]
#[template(path = "numbers/_results.html")]
pub(in crate::numbers) struct ResultsFragment {
    pub(in crate::numbers) page: String,
    pub(in crate::numbers) results: Results,
    pub(in crate::numbers) pending: PendingRows,
}

#[derive(Template)]
#[template(path = "numbers/_pending_table.html")]
pub(in crate::numbers) struct PendingFragment {
    pub(in crate::numbers) pending: PendingRows,
}

struct Figure {
    value: String,
    label: String,
    kind: &'static str,
}

struct Task {
    what: String,
    when: String,
    amount: String,
    href: String,
    action: &'static str,
}

struct FilterForm {
    search: String,
    /// Value, name, whether it is chosen.
    states: Vec<(&'static str, &'static str, bool)>,
    statuses: Vec<(&'static str, String, bool)>,
    /// Empty when there is nothing to choose between.
    services: Vec<(String, String, bool)>,
}

/// The part of the page that a search changes.
pub(in crate::numbers) struct Results {
    notices: Vec<String>,
    sort: &'static str,
    order: &'static str,
    summary: String,
    headings: Vec<Heading>,
    rows: Vec<Row>,
    /// What the rows add up to; `None` without rows.
    sum: Option<Row>,
    matches: Vec<NumberRow>,
    matches_title: String,
    matches_more: String,
    narrows: bool,
    /// This view, to be asked for again when an order ends.
    here: String,
    /// Said when there is no row.
    nothing: String,
}

struct Heading {
    label: &'static str,
    href: String,
    direction: &'static str,
    class: &'static str,
}

struct Row {
    code: String,
    place: String,
    href: String,
    /// `2 leaving, 1 lost`, or nothing.
    gone: String,
    count: Count,
    available: String,
    reserved: String,
    in_use: String,
    attached: String,
    resting: String,
    total: String,
    cost: String,
}

/// The rows of what is being bought, which refresh themselves.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::numbers) struct PendingRows {
    rows: Vec<PendingRow>,
    /// Where to ask how it goes on; empty when nothing is under way.
    poll: String,
    /// Seconds until then.
    every: u32,
    /// For screen readers.
    said: String,
}

#[derive(Debug, PartialEq, Eq)]
struct PendingRow {
    code: String,
    place: String,
    bought: i64,
    asked: i64,
    words: String,
    started: String,
    exact: String,
    href: String,
}

impl PendingRows {
    /// `polls` is how often the rows have asked already: they ask less and less often.
    pub(in crate::numbers) fn of(pending: &[Pending], base: &str, times: &Times, polls: u32) -> PendingRows {
        let rows: Vec<PendingRow> = pending
            .iter()
            .map(|one| PendingRow {
                code: one.area_code.to_string(),
                place: one.area_code.info().place_and_region(),
                bought: one.bought,
                asked: one.asked,
                words: format!("Buying {} of {}", number(one.bought), number(one.asked)),
                started: format!("started {}", times.relative(one.since)),
                exact: times.exact(one.since),
                href: format!("{base}/orders/{}", one.order),
            })
            .collect();
        let every = match polls {
            0..15 => 2,
            15..30 => 5,
            _ => 15,
        };
        let poll = if rows.is_empty() {
            String::new()
        } else {
            let polls = polls.saturating_add(1);
            format!("{base}/phone-numbers/pending?was={}&polls={polls}", signature(pending))
        };
        let said = rows.iter().map(|row| format!("{} in {} {}", row.words, row.code, row.place));
        let said = said.collect::<Vec<_>>().join(". ");
        PendingRows { rows, poll, every, said }
    }
}

/// What is under way, in a few characters: when it changes, an order began or ended.
pub(in crate::numbers) fn signature(pending: &[Pending]) -> String {
    let mut under_way: Vec<String> =
        pending.iter().map(|one| format!("{}{}", one.area_code, one.order.replace('-', ""))).collect();
    under_way.sort_unstable();
    // FNV-1a: short, and the same in every process.
    let hash = under_way.concat().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:x}")
}

impl InventoryPage {
    pub(in crate::numbers) fn of(
        shell: Shell,
        data: &Data,
        week: &Week,
        waiting: Waiting,
        may_buy: bool,
        budget_notice: Option<BandNotice>,
    ) -> InventoryPage {
        let shell = shell.waiting("Requests", waiting.count());
        let page = format!("{}/phone-numbers", data.base);
        let total = sum(&data.counts);
        let codes = data.counts.iter().filter(|count| count.total() > 0).count();
        let pending = PendingRows::of(&data.pending, &data.base, &data.times, 0);
        let numbers = total.map_or(0, |total| total.total());
        InventoryPage {
            shell: if pending.rows.is_empty() { shell } else { shell.refreshing(5) },
            buy_href: if may_buy { format!("{}/orders/new", data.base) } else { String::new() },
            sync_href: if may_buy { format!("{}/sync", data.base) } else { String::new() },
            empty: numbers == 0 && pending.rows.is_empty(),
            line: format!(
                "{} in {}",
                plural(numbers.unsigned_abs(), "number", "numbers"),
                plural(u64::try_from(codes).unwrap_or(u64::MAX), "area code", "area codes"),
            ),
            overview: Overview::of(data, week),
            results: Results::of(data),
            pending,
            waiting,
            page,
            budget_notice,
        }
    }
}

impl InventoryFragment {
    pub(in crate::numbers) fn of(data: &Data, week: &Week) -> InventoryFragment {
        InventoryFragment {
            page: format!("{}/phone-numbers", data.base),
            overview: Overview::of(data, week),
            results: Results::of(data),
            pending: PendingRows::of(&data.pending, &data.base, &data.times, 0),
        }
    }
}

impl Overview {
    fn of(data: &Data, week: &Week) -> Overview {
        let total = sum(&data.counts);
        Overview {
            figures: total.as_ref().map(figures).unwrap_or_default(),
            cost: total.map_or(Micros::ZERO, |total| total.monthly_cost).dollars_and_cents(),
            map: tiles::map(&data.counts, &data.view, &format!("{}/phone-numbers", data.base)),
            tasks: tasks(data, week),
            form: FilterForm::of(data),
        }
    }
}

fn sum(counts: &[Count]) -> Option<Count> {
    let (first, rest) = counts.split_first()?;
    let mut sum = *first;
    rest.iter().for_each(|count| sum.add(count));
    Some(sum)
}

fn figures(total: &Count) -> Vec<Figure> {
    let always = [Status::Available, Status::Reserved, Status::InUse, Status::Resting];
    let when_any = [Status::Attached, Status::Leaving, Status::Lost];
    always
        .into_iter()
        .chain(when_any.into_iter().filter(|status| total.of(*status) > 0))
        .map(|status| {
            let label = match status {
                Status::Available if total.cordoned > 0 => {
                    format!("available, {} cordoned", number(total.cordoned))
                }
                _ => status.words().to_owned(),
            };
            Figure { value: number(total.of(status)), label, kind: status.as_word() }
        })
        .collect()
}

fn tasks(data: &Data, week: &Week) -> Vec<Task> {
    let (base, mut tasks) = (&data.base, Vec::new());
    let Renewing { count: idle, cost, more } = week.renewing;
    if idle > 0 {
        let counted = plural(idle.unsigned_abs(), "idle number renews", "idle numbers renew");
        let what = if more { format!("More than {counted}") } else { counted };
        let amount = cost.dollars_and_cents();
        tasks.push(Task {
            what,
            when: format!("by {}", weekday(week.until)),
            amount: if more { format!("over {amount}") } else { amount },
            href: format!("{base}/spend/renewals"),
            action: "Review",
        });
    }
    for campaign in week.holding.iter().take(CAMPAIGNS_NAMED) {
        let numbers = plural(campaign.numbers.unsigned_abs(), "number", "numbers");
        tasks.push(match campaign.until {
            Some(until) => Task {
                what: format!("{} holds {numbers}", campaign.name),
                when: format!("reserved until {}", data.times.clock(until)),
                amount: String::new(),
                href: format!("{base}/campaigns/{}", campaign.id),
                action: "Open",
            },
            None => Task {
                what: format!("{} is archived", campaign.name),
                when: format!("and still holds {numbers}"),
                amount: campaign.cost.dollars_and_cents(),
                href: format!("{base}/campaigns/{}/give-back", campaign.id),
                action: "Give back",
            },
        });
    }
    let unnamed = week.holding.len().saturating_sub(CAMPAIGNS_NAMED);
    if unnamed > 0 {
        tasks.push(Task {
            what: plural(
                u64::try_from(unnamed).unwrap_or(u64::MAX),
                "more campaign holds",
                "more campaigns hold",
            ) + " numbers",
            when: "as drafts or archived".to_owned(),
            amount: String::new(),
            href: format!("{base}/campaigns"),
            action: "See them",
        });
    }
    tasks
}

impl FilterForm {
    fn of(data: &Data) -> FilterForm {
        let view = &data.view;
        let mut states: Vec<_> = tiles::choices(&data.counts)
            .into_iter()
            .map(|place| (place.key(), place.name(), view.place == Some(place)))
            .collect();
        // A state without numbers may be asked for all the same.
        if let Some(place) = view.place.filter(|place| states.iter().all(|(key, ..)| *key != place.key())) {
            states.push((place.key(), place.name(), true));
        }
        let statuses = Status::ALL
            .iter()
            .map(|status| (status.as_word(), capitalized(status.words()), view.status == Some(*status)))
            .collect();
        let services: Vec<_> = data
            .services
            .iter()
            .map(|(key, name)| (key.clone(), name.clone(), view.service.as_ref() == Some(key)))
            .collect();
        let several = services.len() > 1;
        FilterForm {
            search: view.search.clone(),
            states,
            statuses,
            services: if several { services } else { Vec::new() },
        }
    }
}

impl Results {
    pub(in crate::numbers) fn of(data: &Data) -> Results {
        let (view, page) = (&data.view, format!("{}/phone-numbers", data.base));
        let needle = view.needle();
        let of_service = data.of_service.as_ref().unwrap_or(&data.counts);
        let is_found = |count: &Count| {
            needle.means(count.area_code.info())
                || data.found.as_ref().is_some_and(|found| found.area_codes.contains(&count.area_code))
        };
        let mut shown: Vec<Count> =
            of_service.iter().filter(|count| view.admits(count) && is_found(count)).copied().collect();
        view.arrange(&mut shown);
        let sum = sum(&shown);
        let (matches, found_total) = match &data.found {
            Some(found) => {
                let rows =
                    found.numbers.iter().map(|one| NumberRow::of(one, &data.tags, &data.times, &data.base));
                (rows.collect::<Vec<_>>(), found.total)
            }
            None => (Vec::new(), Total::exactly(0)),
        };
        let listed = i64::try_from(matches.len()).unwrap_or(i64::MAX);
        Results {
            notices: data.notices.clone(),
            sort: if view.sort == Sort::Area { "" } else { view.sort.as_str() },
            order: view.order(),
            summary: summary(data, &shown, sum.as_ref()),
            headings: headings(view, &page),
            rows: shown.iter().map(|count| Row::of(count, &data.base)).collect(),
            sum: sum.filter(|_| shown.len() > 1).map(|sum| Row::of(&sum, &data.base)),
            matches_title: found_total.words("number matches", "numbers match"),
            matches_more: if found_total.more || found_total.count > listed {
                let more = "Type more digits or more of the label to see the one you mean.";
                format!("The first {listed} of {}. {more}", found_total.figure())
            } else {
                String::new()
            },
            matches,
            narrows: view.narrows(),
            here: format!("{page}{}", view.query()),
            nothing: match &needle {
                Needle::Nothing => "No area code passes these filters.".to_owned(),
                _ => format!("No area code, place, number or label matches “{}”.", view.search),
            },
        }
    }
}

fn summary(data: &Data, shown: &[Count], sum: Option<&Count>) -> String {
    let all = data.counts.iter().filter(|count| count.total() > 0).count();
    let whole = plural(u64::try_from(all).unwrap_or(u64::MAX), "area code", "area codes");
    if data.view.narrows() {
        let numbers = sum.map_or(0, Count::total).unsigned_abs();
        format!("{} of {whole}, {}", shown.len(), plural(numbers, "number", "numbers"))
    } else {
        whole
    }
}

fn headings(view: &View, page: &str) -> Vec<Heading> {
    let columns = [
        (Sort::Area, "Area code", ""),
        (Sort::Busy, "Status", ""),
        (Sort::Available, "Available", "num"),
        (Sort::Reserved, "Reserved", "num col-wide"),
        (Sort::InUse, "In use", "num col-wide"),
        (Sort::Attached, "Attached", "num col-wide"),
        (Sort::Resting, "Resting", "num col-wide"),
        (Sort::Total, "Total", "num"),
        (Sort::Cost, "A month", "num col-wide"),
    ];
    let heading = |(sort, label, class)| Heading {
        label,
        href: format!("{page}{}", view.sorted_by(sort).query()),
        direction: view.direction(sort),
        class,
    };
    columns.map(heading).into()
}

impl Row {
    fn of(count: &Count, base: &str) -> Row {
        let gone: Vec<String> = [Status::Leaving, Status::Lost]
            .into_iter()
            .filter(|status| count.of(*status) > 0)
            .map(|status| format!("{} {}", number(count.of(status)), status.words()))
            .collect();
        Row {
            code: count.area_code.to_string(),
            place: count.area_code.info().place_and_region(),
            href: format!("{base}/phone-numbers/area/{}", count.area_code),
            gone: gone.join(", "),
            count: *count,
            available: dash(count.available),
            reserved: dash(count.reserved),
            in_use: dash(count.in_use),
            attached: dash(count.attached),
            resting: dash(count.resting),
            total: number(count.total()),
            cost: count.monthly_cost.dollars_and_cents(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(code: &str, bought: i64) -> Pending {
        Pending {
            area_code: AreaCode::parse(code).unwrap(),
            order: "0199f5a0-0000-7000-8000-000000000001".into(),
            bought,
            asked: 40,
            since: "2026-11-22T12:00:00".parse().unwrap(),
        }
    }

    #[test]
    fn the_signature_is_of_what_is_under_way_and_not_of_how_far_it_is() {
        let two = signature(&[pending("313", 1), pending("248", 0)]);
        assert_eq!(two, signature(&[pending("248", 40), pending("313", 3)]));
        assert_ne!(two, signature(&[pending("313", 1)]));
        assert_ne!(signature(&[]), signature(&[pending("313", 1)]));
    }

    #[test]
    fn rows_ask_less_and_less_often_and_stop() {
        let times = Times { now: "2026-11-22T12:00:20".parse().unwrap(), zone: chrono_tz::UTC };
        let rows = |polls| PendingRows::of(&[pending("443", 14)], "/o/x", &times, polls);
        assert_eq!([rows(0).every, rows(14).every, rows(15).every, rows(u32::MAX).every], [2, 2, 5, 15]);
        let first = rows(0);
        assert!(
            first.poll.ends_with("&polls=1") && first.poll.starts_with("/o/x/phone-numbers/pending?was=")
        );
        assert_eq!(first.said, "Buying 14 of 40 in 443 Baltimore, MD");
        assert_eq!((first.rows[0].started.as_str(), first.rows[0].bought), ("started just now", 14));
        assert_eq!(PendingRows::of(&[], "/o/x", &times, 3).poll, "");
    }
}
