//! What the page of a comparison is made of.

use std::collections::BTreeMap;

use askama::Template;

use super::model::{Difference, Kind, Outcome, SyncRun};
use super::reading::{Beside, Overview};
use crate::access::{Allowed, Section, SyncNumbers};
use crate::kernel::ids::{CampaignId, NumberId, PersonId};
use crate::kernel::{Micros, Moment};
use crate::numbers::{Hold, Number};
use crate::web::format::{Times, phone};
use crate::web::{Shell, filters};

/// Doing something about all of more than so many asks for the count to be typed.
pub(super) const TYPED_ABOVE: usize = 25;

/// The names that a page needs beside what differs.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    pub(super) people: BTreeMap<PersonId, String>,
    pub(super) campaigns: BTreeMap<CampaignId, String>,
}

struct RunRow {
    kind: &'static str,
    outcome: &'static str,
    words: String,
    at: Moment,
    who: String,
}

impl RunRow {
    fn of(run: &SyncRun, names: &Names) -> RunRow {
        let (kind, outcome) = match run.outcome {
            Outcome::Running => ("busy", "under way"),
            Outcome::Complete => ("ok", "complete"),
            Outcome::Unusable => ("warn", "nothing changed"),
            Outcome::Failed => ("bad", "not completed"),
        };
        let who = match run.asked_by {
            None => "by the clock".to_owned(),
            Some(person) => names.people.get(&person).map_or_else(String::new, |name| format!("by {name}")),
        };
        RunRow { kind, outcome, words: run.words.clone(), at: run.finished_at.unwrap_or(run.asked_at), who }
    }
}

/// How the comparison and the work on what it found stand: what the page asks for again while something goes on.
#[derive(Template)]
#[template(path = "sync/_status.html")]
pub(super) struct StatusCard {
    url: String,
    times: Times,
    running: bool,
    step: &'static str,
    seen: i64,
    waits: String,
    at_work: i64,
    work_waits: String,
    last: Option<RunRow>,
    earlier: Vec<RunRow>,
}

// A template inside a template: what it writes is escaped already.
impl askama::filters::HtmlSafe for StatusCard {}

impl StatusCard {
    pub(super) fn of(by: &Allowed<SyncNumbers>, seen: &Overview, names: &Names) -> StatusCard {
        let mut ended = seen.ended.iter().map(|run| RunRow::of(run, names));
        StatusCard {
            url: by.url(super::PAGE),
            times: by.times(),
            running: seen.running.is_some(),
            step: seen.running.as_ref().map_or("", |run| run.step.words()),
            seen: seen.running.as_ref().map_or(0, |run| run.seen),
            waits: seen.waits.clone().unwrap_or_default(),
            at_work: seen.at_work,
            work_waits: seen.work_waits.clone().unwrap_or_default(),
            last: ended.next(),
            earlier: ended.collect(),
        }
    }
    /// Whether anything on it changes by itself.
    pub(super) fn is_working(&self) -> bool {
        self.running || self.at_work > 0
    }
    fn announced(&self) -> String {
        if self.running {
            format!("{}, {} so far", self.step, self.seen)
        } else {
            format!("{} left to do", self.at_work)
        }
    }
}

struct UnknownRow {
    id: String,
    phone: String,
    place: String,
    since: Moment,
    price: Option<Micros>,
    service: String,
    texts: bool,
    waiting: bool,
    problem: String,
}

impl UnknownRow {
    fn of(one: &Difference) -> UnknownRow {
        let theirs = &one.theirs;
        let place = theirs.phone_number.area_code().map_or_else(
            |_| "unknown area code".to_owned(),
            |code| format!("{code} {}", code.info().place_and_region()),
        );
        UnknownRow {
            id: one.id.to_string(),
            phone: phone(&theirs.phone_number),
            place,
            since: theirs.created_at,
            price: theirs.monthly_price,
            service: one.service_name.clone().or_else(|| theirs.service_sid.clone()).unwrap_or_default(),
            texts: theirs.sms,
            waiting: one.asked.is_some(),
            problem: one.problem.clone().unwrap_or_default(),
        }
    }
}

struct Unknown {
    rows: Vec<UnknownRow>,
    total: i64,
    typed: bool,
    cost: Option<Micros>,
    /// The beginning, when this is not it.
    previous: String,
    next: String,
}

struct LostRow {
    id: String,
    phone: String,
    href: String,
    lost: Option<Moment>,
    campaign: String,
    campaign_href: String,
    in_use: bool,
}

struct BesideRow {
    id: String,
    phone: String,
    href: String,
    ours: String,
    theirs: String,
    takeable: bool,
    waiting: bool,
    problem: String,
}

impl BesideRow {
    fn of(one: &Beside, by: &Allowed<SyncNumbers>) -> BesideRow {
        let theirs = &one.difference.theirs;
        let none = || "none".to_owned();
        let (ours, theirs) = match one.difference.kind {
            Kind::Voice => (one.number.voice_url.clone().unwrap_or_else(none), theirs.voice_url.clone()),
            _ => (
                one.our_service.clone().unwrap_or_else(none),
                one.difference.service_name.clone().or_else(|| theirs.service_sid.clone()),
            ),
        };
        BesideRow {
            id: one.difference.id.to_string(),
            phone: phone(&one.number.phone_number),
            href: number_href(by, one.number.id),
            ours,
            theirs: theirs.unwrap_or_else(none),
            takeable: one.their_service_known,
            waiting: one.difference.asked.is_some(),
            problem: one.difference.problem.clone().unwrap_or_default(),
        }
    }
}

/// What differs of one kind.
struct Differing {
    rows: Vec<BesideRow>,
    total: i64,
    /// What it is: `messaging service`.
    what: &'static str,
    /// The word of forms.
    kind: &'static str,
    help: &'static str,
}

fn number_href(by: &Allowed<SyncNumbers>, id: NumberId) -> String {
    by.url(&format!("/phone-numbers/{id}"))
}

/// What was wrong with a form.
#[derive(Debug, Clone, Default)]
pub(super) struct Wrong {
    pub(super) field: &'static str,
    pub(super) words: String,
    pub(super) reason: String,
}

/// The page.
#[derive(Template)]
#[template(path = "sync/page.html")]
pub(super) struct SyncPage {
    shell: Shell,
    url: String,
    back: String,
    carrier: String,
    account: String,
    status: StatusCard,
    never: bool,
    shared: bool,
    unknown: Option<Unknown>,
    ignored: Vec<UnknownRow>,
    lost: Vec<LostRow>,
    more_lost: bool,
    differing: Vec<Differing>,
    wrong: Wrong,
}

impl SyncPage {
    pub(super) fn of(
        by: &Allowed<SyncNumbers>,
        carrier: String,
        seen: &Overview,
        names: &Names,
        first_page: bool,
        wrong: Wrong,
    ) -> SyncPage {
        let status = StatusCard::of(by, seen, names);
        let shell = by.shell(Section::PhoneNumbers);
        let shell = if status.is_working() { shell.refreshing(4) } else { shell };
        let url = by.url(super::PAGE);
        let unknown = seen.unknown.as_ref().map(|slice| Unknown {
            rows: slice.rows.iter().map(UnknownRow::of).collect(),
            total: slice.total,
            typed: usize::try_from(slice.total).is_ok_and(|total| total > TYPED_ABOVE),
            cost: slice.cost,
            previous: if first_page { String::new() } else { url.clone() },
            next: slice
                .next
                .map_or_else(String::new, |after| format!("{url}?{}", url_query("after", after.as_str()))),
        });
        let rows = |of: &[Beside]| of.iter().map(|one| BesideRow::of(one, by)).collect::<Vec<_>>();
        SyncPage {
            never: seen.ended.is_empty() && seen.running.is_none(),
            shared: seen.unknown.is_none(),
            back: by.url("/phone-numbers"),
            account: by.organization().carrier_account.clone(),
            ignored: seen.ignored.iter().map(UnknownRow::of).collect(),
            lost: seen.lost.iter().map(|number| lost(number, by, names)).collect(),
            more_lost: seen.more_lost,
            differing: vec![
                Differing {
                    rows: rows(&seen.pools),
                    total: seen.pools_total,
                    what: "messaging service",
                    kind: "pool",
                    help: "A number that changes its messaging service is registered with the mobile carriers anew, \
                           which may take days.",
                },
                Differing {
                    rows: rows(&seen.voices),
                    total: seen.voices_total,
                    what: "voice address",
                    kind: "voice",
                    help: "It answers people who call the number.",
                },
            ],
            shell,
            url,
            carrier,
            status,
            unknown,
            wrong,
        }
    }
    fn errors(&self) -> Vec<(&str, &str)> {
        if self.wrong.words.is_empty() {
            Vec::new()
        } else {
            vec![(self.wrong.field, self.wrong.words.as_str())]
        }
    }
    fn error(&self, field: &str) -> &str {
        if self.wrong.field == field { &self.wrong.words } else { "" }
    }
    /// Whether there is nothing to be done.
    fn agrees(&self) -> bool {
        self.unknown.as_ref().is_none_or(|unknown| unknown.total == 0)
            && self.lost.is_empty()
            && self.differing.iter().all(|one| one.rows.is_empty())
    }
}

fn url_query(name: &str, value: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

fn lost(number: &Number, by: &Allowed<SyncNumbers>, names: &Names) -> LostRow {
    let held = number.facts.held;
    LostRow {
        id: number.id.to_string(),
        phone: phone(&number.phone_number),
        href: number_href(by, number.id),
        lost: number.facts.lost_at,
        campaign: held.and_then(|(id, _)| names.campaigns.get(&id).cloned()).unwrap_or_default(),
        campaign_href: held.map(|(id, _)| by.url(&format!("/campaigns/{id}"))).unwrap_or_default(),
        in_use: matches!(held, Some((_, Hold::InUse))),
    }
}
