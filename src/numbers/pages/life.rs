//! One number's whole life.

use askama::Template;

use super::{Tag, Tags, age, capitalized, status_words};
use crate::kernel::Moment;
use crate::kernel::ids::{OrderId, PersonId};
use crate::ledger::{Basis, Charge};
use crate::numbers::life::{self, Span};
use crate::numbers::planned::{self, Plan, PlanStatus};
use crate::numbers::release::excluded;
use crate::numbers::{Event, EventKind, Number, Status};
use crate::web::Shell;
use crate::web::format::Times;
use std::collections::BTreeMap;

/// What was wrong with a form, and what was typed into it.
#[derive(Debug, Clone, Default)]
pub(in crate::numbers) struct Wrong {
    pub(in crate::numbers) errors: Vec<(String, String)>,
    pub(in crate::numbers) label: String,
    pub(in crate::numbers) days: String,
    /// The numbers that were ticked.
    pub(in crate::numbers) chosen: Vec<String>,
}

impl Wrong {
    fn of(&self, field: &str) -> String {
        let found = self.errors.iter().find(|(name, _)| name == field);
        found.map_or_else(String::new, |(_, words)| words.clone())
    }
}

/// Where a number sits at the carrier.
#[derive(Debug, Clone)]
pub(in crate::numbers) struct Pool {
    pub(in crate::numbers) name: String,
    /// The carrier's id; empty until it has answered.
    pub(in crate::numbers) id: String,
}

/// Everything the page is made of.
pub(in crate::numbers) struct Data {
    /// The address of the organization's pages.
    pub(in crate::numbers) base: String,
    pub(in crate::numbers) times: Times,
    pub(in crate::numbers) number: Number,
    pub(in crate::numbers) provider: String,
    pub(in crate::numbers) pool: Option<Pool>,
    pub(in crate::numbers) events: Vec<Event>,
    pub(in crate::numbers) charges: Vec<Charge>,
    pub(in crate::numbers) tags: Tags,
    pub(in crate::numbers) people: BTreeMap<PersonId, String>,
    pub(in crate::numbers) rest_days: i64,
    pub(in crate::numbers) wrong: Option<Wrong>,
    /// The last plan to release it before it renews.
    pub(in crate::numbers) plan: Option<Plan>,
    /// Where a person may put it: the word of the form and what it says. Empty for those who may not.
    pub(in crate::numbers) moves: Vec<(String, String)>,
}

/// A stretch of the strip.
struct Segment {
    x: i64,
    width: i64,
    kind: &'static str,
    title: String,
}

/// A stretch in the table behind the strip.
struct SpanRow {
    what: String,
    from: String,
    until: String,
    days: String,
}

struct EventRow {
    kind: &'static str,
    what: String,
    detail: String,
    relative: String,
    exact: String,
}

struct ChargeRow {
    period: String,
    amount: String,
    basis: &'static str,
}

#[derive(Template)]
#[template(path = "numbers/number.html")]
pub(in crate::numbers) struct NumberPage {
    shell: Shell,
    list_href: String,
    area_href: String,
    area: String,
    page: String,
    phone: String,
    toll_free: bool,
    label: String,
    kind: &'static str,
    status: String,
    /// Since when it gets no new contacts; empty when it does.
    cordoned: String,
    campaign_href: String,
    campaign: String,
    /// Why nothing can be done with it any more; empty when something can.
    gone: String,
    may_mark: bool,
    /// Where a lost number is cleared, for whoever may.
    sync_href: String,
    /// Empty when it cannot be given back, or not by this person.
    release_href: String,
    move_href: String,
    moves: Vec<(String, String)>,
    /// Why it cannot be moved now; empty when it can.
    unmovable: &'static str,
    id: String,
    cordonable: bool,
    restable: bool,
    resting: bool,
    provider: String,
    service_id: String,
    pool: Option<Pool>,
    voice: String,
    /// `Bought`, or since when an adopted one is in the account.
    bought_label: &'static str,
    bought: String,
    bought_exact: String,
    age: String,
    order_href: String,
    renews: String,
    /// What is planned for it, or why that was not done; empty when there is nothing to say.
    planned: String,
    planned_href: String,
    price: String,
    segments: Vec<Segment>,
    legend: Vec<(&'static str, &'static str)>,
    spans: Vec<SpanRow>,
    events: Vec<EventRow>,
    charges: Vec<ChargeRow>,
    charged: String,
    days: String,
    errors: Vec<(String, String)>,
    label_typed: String,
    label_error: String,
    days_error: String,
}

impl NumberPage {
    pub(in crate::numbers) fn of(shell: Shell, data: &Data, may_mark: bool, may_release: bool) -> NumberPage {
        let Data { base, times, number, tags, .. } = data;
        let (kind, status) = status_words(number, tags, times);
        let held = number.facts.held.map(|(campaign, _)| campaign);
        let wrong = data.wrong.clone().unwrap_or_default();
        let gone = gone(number, times);
        let marked = number.facts.cordoned_at.is_some();
        let end = number.released_at.unwrap_or(times.now);
        let spans = life::spans(&data.events, number.bought_at, end);
        let charged = data.charges.iter().map(|charge| charge.amount).sum::<crate::kernel::Micros>();
        NumberPage {
            shell,
            list_href: format!("{base}/phone-numbers"),
            area_href: format!("{base}/phone-numbers/area/{}", number.area_code),
            area: format!("{} {}", number.area_code, number.area_code.info().place_and_region()),
            page: format!("{base}/phone-numbers/{}", number.id),
            phone: number.phone_number.national(),
            toll_free: number.area_code.is_toll_free(),
            label: number.label.clone(),
            kind,
            status,
            cordoned: number.facts.cordoned_at.map(|at| times.relative(at)).unwrap_or_default(),
            campaign_href: held.map(|campaign| format!("{base}/campaigns/{campaign}")).unwrap_or_default(),
            campaign: held
                .and_then(|campaign| tags.get(&campaign))
                .map(|tag| tag.name.clone())
                .unwrap_or_default(),
            may_mark: may_mark && gone.is_empty(),
            sync_href: if may_release && number.status() == Status::Lost && number.released_at.is_none() {
                format!("{base}/sync#lost")
            } else {
                String::new()
            },
            release_href: if may_release && excluded(number, true).is_none() && gone.is_empty() {
                format!("{base}/phone-numbers/release?number={}", number.id)
            } else {
                String::new()
            },
            move_href: format!("{base}/messaging-services/move"),
            moves: if gone.is_empty() { data.moves.clone() } else { Vec::new() },
            unmovable: crate::numbers::pools::fixed(number).unwrap_or_default(),
            id: number.id.to_string(),
            gone,
            cordonable: !marked,
            restable: number.status() == Status::Available,
            resting: number.status() == Status::Resting,
            provider: data.provider.clone(),
            service_id: number.service_id.clone(),
            pool: data.pool.clone(),
            voice: number.voice_url.clone().unwrap_or_default(),
            bought_label: match data.events.iter().any(|event| event.kind == EventKind::Adopted) {
                true => "In the account since",
                false => "Bought",
            },
            bought: times.relative(number.bought_at),
            bought_exact: times.exact(number.bought_at),
            age: age(number.bought_at, end),
            order_href: order_href(base, number.order_id),
            renews: times.day(number.renews_on),
            planned: data.plan.as_ref().map(|plan| plan_words(plan, times)).unwrap_or_default(),
            planned_href: format!("{base}{}", planned::ADDRESS),
            price: number.monthly_price.dollars(),
            segments: segments(&spans, tags, times),
            legend: legend(&spans),
            spans: spans.iter().rev().map(|span| SpanRow::of(span, tags, times)).collect(),
            events: data.events.iter().map(|event| EventRow::of(event, data)).collect(),
            charges: data.charges.iter().map(|charge| ChargeRow::of(charge, times)).collect(),
            charged: charged.dollars_and_cents(),
            days: if wrong.days.is_empty() { data.rest_days.to_string() } else { wrong.days.clone() },
            label_typed: if wrong.of("label").is_empty() {
                number.label.clone()
            } else {
                wrong.label.clone()
            },
            label_error: wrong.of("label"),
            days_error: wrong.of("days"),
            errors: wrong.errors,
        }
    }
}

fn gone(number: &Number, times: &Times) -> String {
    if let Some(at) = number.released_at.filter(|_| number.facts.lost_at.is_some()) {
        let words = "The carrier did not have this number any more, and an owner cleared it";
        return format!("{words} {}. It is in no list any more.", times.clock(at));
    }
    if let Some(at) = number.released_at {
        return format!(
            "You gave this number back to the carrier {}. It is in no list any more.",
            times.clock(at)
        );
    }
    match number.status() {
        Status::Lost => {
            let since = number.facts.lost_at.map(|at| format!(": found {}", times.clock(at)));
            format!(
                "The carrier does not have this number any more{}. It is not charged, and no campaign gets it. If a \
                 later sync finds it again, it is back.",
                since.unwrap_or_default()
            )
        }
        Status::Leaving => "Its release is asked for; the carrier has not confirmed it yet.".to_owned(),
        _ => String::new(),
    }
}

fn order_href(base: &str, order: Option<OrderId>) -> String {
    order.map(|order| format!("{base}/orders/{order}")).unwrap_or_default()
}

/// What a number did, as the strip calls it: not held and not resting is idle.
fn span_words(span: &Span, tags: &Tags) -> String {
    let name = span.campaign.and_then(|campaign| tags.get(&campaign)).map(|tag: &Tag| tag.name.as_str());
    match (span.status, name) {
        (Status::Available, _) => "Idle".to_owned(),
        (Status::InUse, Some(name)) => format!("In use by {name}"),
        (Status::Reserved, Some(name)) => format!("Reserved for {name}"),
        (status, _) => capitalized(status.words()),
    }
}

fn span_kind(span: &Span) -> &'static str {
    if span.status == Status::Available { "idle" } else { span.status.as_word() }
}

fn segments(spans: &[Span], tags: &Tags, times: &Times) -> Vec<Segment> {
    let moments: Vec<Moment> =
        spans.first().map(|span| span.from).into_iter().chain(spans.iter().map(|span| span.until)).collect();
    let places = life::places(&moments, 1000);
    spans
        .iter()
        .zip(places.windows(2))
        .filter(|(_, two)| two[1] > two[0])
        .map(|(span, two)| {
            let day = |moment| times.day(times.local_date(moment));
            Segment {
                x: two[0],
                width: two[1] - two[0],
                kind: span_kind(span),
                title: format!("{}, {} to {}", span_words(span, tags), day(span.from), day(span.until)),
            }
        })
        .collect()
}

/// What the strip's colours stand for, of those it has.
fn legend(spans: &[Span]) -> Vec<(&'static str, &'static str)> {
    let mut legend: Vec<(&str, &str)> = Vec::new();
    for span in spans {
        let kind = span_kind(span);
        if legend.iter().all(|(known, _)| *known != kind) {
            legend.push((kind, if kind == "idle" { "idle" } else { span.status.words() }));
        }
    }
    legend
}

impl SpanRow {
    fn of(span: &Span, tags: &Tags, times: &Times) -> SpanRow {
        let until = if span.until >= times.now { "now".to_owned() } else { times.clock(span.until) };
        SpanRow {
            what: span_words(span, tags),
            from: times.clock(span.from),
            until,
            days: age(span.from, span.until).replace("today", "less than a day"),
        }
    }
}

impl EventRow {
    fn of(event: &Event, data: &Data) -> EventRow {
        let name =
            event.campaign_id.and_then(|campaign| data.tags.get(&campaign)).map(|tag| tag.name.as_str());
        let what = match (event.kind, name) {
            (EventKind::Reserved, Some(name)) => format!("Reserved for {name}"),
            (EventKind::Unreserved, Some(name)) => format!("Reservation for {name} ended"),
            (EventKind::Used, Some(name)) => format!("Taken into use by {name}"),
            (EventKind::StartFailed, Some(name)) => format!("{name} did not start: reserved again"),
            (EventKind::GivenBack, Some(name)) => format!("Given back by {name}"),
            (EventKind::Labelled, _) if event.after.is_empty() => format!("Label “{}” removed", event.before),
            (EventKind::Labelled, _) => format!("Labelled “{}”", event.after),
            (kind, _) => kind.words().to_owned(),
        };
        let who =
            event.person_id.and_then(|person| data.people.get(&person)).map(|name| format!("by {name}"));
        let why = (!event.why.is_empty()).then(|| event.why.clone());
        let detail: Vec<String> = who.into_iter().chain(why).collect();
        let turned = event.kind != EventKind::Labelled && event.before != event.after;
        EventRow {
            kind: if turned { shape(&event.after) } else { "" },
            what,
            detail: detail.join(" · "),
            relative: data.times.relative(event.at),
            exact: data.times.exact(event.at),
        }
    }
}

fn shape(word: &str) -> &'static str {
    use crate::kernel::text_enum::TextEnum;
    Status::parse(word).map_or("", Status::as_word)
}

impl ChargeRow {
    fn of(charge: &Charge, times: &Times) -> ChargeRow {
        // The end is the first day of the next month of the number.
        let last = charge.period_end.pred_opt().unwrap_or(charge.period_end);
        ChargeRow {
            period: format!("{} to {}", times.day(charge.period_start), times.day(last)),
            amount: charge.amount.dollars(),
            basis: match charge.basis {
                Basis::Quoted => "quoted",
                Basis::Billed => "billed",
                Basis::Estimated => "estimated",
            },
        }
    }
}

/// What is planned for it before it renews, or what became of that.
fn plan_words(plan: &Plan, times: &Times) -> String {
    match plan.status {
        PlanStatus::Planned => {
            format!(
                "Will be released on {}, before it renews, if it is still idle then",
                times.day(plan.release_on)
            )
        }
        PlanStatus::Skipped => format!(
            "Was to be released on {} and was not: {}",
            times.day(plan.release_on),
            plan.words.as_deref().unwrap_or_default()
        ),
        PlanStatus::Asked | PlanStatus::TakenBack => String::new(),
    }
}
