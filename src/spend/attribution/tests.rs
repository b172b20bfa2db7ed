use std::collections::BTreeMap;

use chrono::{NaiveTime, TimeDelta};
use proptest::prelude::*;

use super::*;
use crate::kernel::AreaCode;
use crate::kernel::clock::next_month;
use crate::kernel::ids::NumberId;
use crate::kernel::text_enum::TextEnum;
use crate::ledger::Basis;
use crate::numbers::NumberKind;
use crate::spend::sums::{Face, Key, MonthSums, Part, Source, Sums};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}
fn assignment(campaign_id: CampaignId, from: &str, until: Option<&str>) -> Assignment {
    Assignment {
        number_id: NumberId::new(),
        campaign_id,
        started_at: moment(from),
        ended_at: until.map(moment),
    }
}
fn shares(stretches: &[Stretch]) -> Vec<(Holder, i64, i64)> {
    stretches
        .iter()
        .map(|stretch| {
            (stretch.holder, (stretch.until - stretch.from).num_days(), stretch.worth.amount.get())
        })
        .collect()
}

#[test]
fn a_month_is_cut_where_its_holders_change() {
    let (gotv, recall) = (CampaignId::new(), CampaignId::new());
    let period = Period { start: day("2026-11-10"), end: day("2026-12-10") };
    let assignments = [
        assignment(recall, "2026-12-01T08:00:00", None),
        assignment(gotv, "2026-11-03T12:00:00", Some("2026-11-20T12:00:00")),
    ];
    let cut = stretches(period, Micros::from_cents(115), &assignments, &[]);
    // The 20th ends without a campaign; 1 December ends with one.
    let (gotv, recall) = (Holder::Campaign(gotv), Holder::Campaign(recall));
    assert_eq!(shares(&cut), [(gotv, 10, 383_333), (Holder::Idle, 11, 421_667), (recall, 9, 345_000)]);
    assert_eq!(cut[1].from, day("2026-11-20"));
}

#[test]
fn a_day_belongs_to_its_end() {
    let campaign = CampaignId::new();
    let period = Period { start: day("2026-11-01"), end: day("2026-12-01") };
    let held = |from: &str, until: &str| -> Vec<NaiveDate> {
        stretches(period, Micros::from_cents(300), &[assignment(campaign, from, Some(until))], &[])
            .iter()
            .filter(|stretch| !stretch.holder.is_idle())
            .flat_map(|stretch| stretch.from.iter_days().take_while(|day| *day < stretch.until))
            .collect()
    };
    assert_eq!(held("2026-11-05T09:00:00", "2026-11-05T17:00:00"), []);
    assert_eq!(held("2026-11-05T23:59:59.999999", "2026-11-06T00:00:00"), [day("2026-11-05")]);
    assert_eq!(held("2026-11-05T00:00:00", "2026-11-07T00:00:01"), [day("2026-11-05"), day("2026-11-06")]);
}

#[test]
fn the_holder_of_today_has_the_days_to_come() {
    let campaign = CampaignId::new();
    let period = Period { start: day("2026-11-15"), end: day("2026-12-15") };
    let cut =
        stretches(period, Micros::from_cents(300), &[assignment(campaign, "2026-11-22T10:00:00", None)], &[]);
    let campaign = Holder::Campaign(campaign);
    assert_eq!(shares(&cut), [(Holder::Idle, 7, 700_000), (campaign, 23, 2_300_000)]);
}

#[test]
fn a_campaign_that_takes_its_number_back_the_same_day_never_let_go() {
    let campaign = CampaignId::new();
    let period = Period { start: day("2026-11-01"), end: day("2026-12-01") };
    let assignments = [
        assignment(campaign, "2026-10-01T00:00:00", Some("2026-11-09T10:00:00")),
        assignment(campaign, "2026-11-09T11:00:00", None),
    ];
    assert_eq!(
        shares(&stretches(period, Micros::from_cents(115), &assignments, &[])),
        [(Holder::Campaign(campaign), 30, 1_150_000)]
    );
}

#[test]
fn months_of_numbers_read_in_tenths() {
    let period = Period { start: day("2026-02-01"), end: day("2026-03-01") };
    let half = worth(period, Micros::ZERO, day("2026-02-01"), day("2026-02-15")).time;
    assert_eq!((half.words().as_str(), NumberMonths::ONE.words().as_str()), ("0.5", "1.0"));
    assert_eq!(NumberMonths(NumberMonths::ONE.0 * 1_234).words(), "1,234.0");
    assert_eq!(NumberMonths(NumberMonths::ONE.0 * 96 / 100).words(), "1.0");
}

#[test]
fn what_nobody_used_is_named_as_far_as_its_life_tells() {
    let (campaign, period) = (CampaignId::new(), Period { start: day("2026-11-01"), end: day("2026-12-01") });
    let life = [
        ("2026-10-20T08:00:00", "reserved"),
        ("2026-11-04T08:00:00", "in_use"),
        ("2026-11-14T08:00:00", "resting"),
        // Reserved out of its rest, let go again the same day: it rests on.
        ("2026-11-18T08:00:00", "reserved"),
        ("2026-11-18T09:00:00", "resting"),
        ("2026-11-21T00:00:00", "available"),
    ];
    let rests = rests(life.map(|(at, after)| (moment(at), after)));
    let held = [assignment(campaign, "2026-11-04T08:00:00", Some("2026-11-14T08:00:00"))];
    assert_eq!(
        shares(&stretches(period, Micros::from_cents(300), &held, &rests)),
        [
            (Holder::Reserved, 3, 300_000),
            (Holder::Campaign(campaign), 10, 1_000_000),
            (Holder::Resting, 7, 700_000),
            (Holder::Idle, 10, 1_000_000),
        ]
    );
    // One that still rests does so on the days to come.
    let open = [Rest { holder: Holder::Resting, started_at: moment("2026-11-29T10:00:00"), ended_at: None }];
    assert_eq!(
        shares(&stretches(period, Micros::from_cents(300), &[], &open)),
        [(Holder::Idle, 28, 2_800_000), (Holder::Resting, 2, 200_000)]
    );
}

/// A number's history: bought on some day (month ends and leap years come up often), charged every month at
/// changing prices, held by campaigns, reserved, at rest, one after the other.
#[derive(Debug, Clone)]
struct History {
    source: Source,
    charges: Vec<(Period, Micros, Basis)>,
    assignments: Vec<Assignment>,
    rests: Vec<Rest>,
}

fn histories() -> impl Strategy<Value = History> {
    let bought = prop_oneof![
        3 => (0i64..1_500).prop_map(|days| day("2026-01-01") + TimeDelta::days(days)),
        1 => Just(day("2028-01-31")),
        1 => Just(day("2028-02-29")),
        1 => Just(day("2027-12-30")),
        1 => Just(day("2026-08-31")),
    ];
    let steps = proptest::collection::vec((0i64..60 * 86_400, 0i64..90 * 86_400, 0usize..5), 0..8);
    let prices = proptest::collection::vec((0i64..6_000_000, 0usize..3), 1..15);
    (bought, steps, prices, any::<bool>(), 0usize..4).prop_map(|(bought, steps, prices, open, place)| {
        let mut start = bought;
        let charges: Vec<_> = prices
            .into_iter()
            .map(|(price, basis)| {
                let period = Period { start, end: next_month(start) };
                start = period.end;
                (period, Micros::new(price), Basis::ALL[basis])
            })
            .collect();
        // The same few campaigns in every history, so that their money meets.
        let campaign =
            |n: usize| CampaignId::parse(&format!("01990000-0000-7000-8000-00000000000{n}")).unwrap();
        let number_id = NumberId::new();
        let mut at = bought.and_time(NaiveTime::MIN);
        let (mut assignments, mut rests): (Vec<Assignment>, Vec<Rest>) = (Vec::new(), Vec::new());
        for (idle, held, who) in steps {
            let started_at = at + TimeDelta::seconds(idle);
            at = started_at + TimeDelta::seconds(held);
            let ended_at = Some(at);
            match who {
                3 => rests.push(Rest { holder: Holder::Reserved, started_at, ended_at }),
                4 => rests.push(Rest { holder: Holder::Resting, started_at, ended_at }),
                n => {
                    assignments.push(Assignment { number_id, campaign_id: campaign(n), started_at, ended_at })
                }
            }
        }
        if open {
            match (assignments.last_mut(), rests.last_mut()) {
                (Some(last), rest) if rest.as_ref().is_none_or(|rest| rest.started_at < last.started_at) => {
                    last.ended_at = None;
                }
                (_, Some(rest)) => rest.ended_at = None,
                (_, None) => {}
            }
        }
        let (area, service, kind) = [
            ("313", "fakeservice", NumberKind::Local),
            ("248", "fakeservice", NumberKind::Local),
            ("248", "twilio", NumberKind::Local),
            ("800", "twilio", NumberKind::TollFree),
        ][place];
        let (period, amount, basis) = charges[0];
        let source = Source {
            number_id,
            period,
            amount,
            basis,
            area_code: AreaCode::parse(area).unwrap(),
            service: service.to_owned(),
            kind,
        };
        History { source, charges, assignments, rests }
    })
}

impl History {
    fn each(&self) -> impl Iterator<Item = (Source, Vec<Stretch>)> {
        self.charges.iter().map(|(period, amount, basis)| {
            let source = Source { period: *period, amount: *amount, basis: *basis, ..self.source.clone() };
            (source, stretches(*period, *amount, &self.assignments, &self.rests))
        })
    }
    /// The rule word for word: who held the number at the instant the day ended?
    fn holder_at_the_end_of(&self, day: NaiveDate) -> Holder {
        let end = (day + TimeDelta::days(1)).and_time(NaiveTime::MIN);
        let holds =
            |from: Moment, until: Option<Moment>| from < end && until.is_none_or(|until| until >= end);
        let held = self.assignments.iter().find(|one| holds(one.started_at, one.ended_at));
        let rests = self.rests.iter().find(|one| holds(one.started_at, one.ended_at));
        held.map(|one| Holder::Campaign(one.campaign_id))
            .or(rests.map(|one| one.holder))
            .unwrap_or(Holder::Idle)
    }
    /// Day by day what every charge is worth, by the definition, and whose it is.
    fn day_by_day(&self) -> Vec<(NaiveDate, Basis, Holder, Micros)> {
        let mut out = Vec::new();
        for (period, amount, basis) in &self.charges {
            for (k, day) in (1..=period.days()).zip(period.start.iter_days()) {
                let upto =
                    |k: i64| (i128::from(amount.get()) * i128::from(k)).div_euclid(i128::from(period.days()));
                let worth = Micros::new(i64::try_from(upto(k) - upto(k - 1)).unwrap());
                out.push((day, *basis, self.holder_at_the_end_of(day), worth));
            }
        }
        out
    }
}

proptest! {
    #[test]
    fn every_day_belongs_to_its_holder_and_the_parts_add_up(history in histories()) {
        for (source, cut) in history.each() {
            prop_assert_eq!(cut.iter().map(|stretch| stretch.worth.amount).sum::<Micros>(), source.amount);
            prop_assert_eq!(cut.iter().map(|stretch| stretch.worth.time.0).sum::<i64>(), NumberMonths::ONE.0);
            let mut next = source.period.start;
            for stretch in &cut {
                prop_assert_eq!(stretch.from, next);
                prop_assert!(stretch.worth.amount >= Micros::ZERO);
                for day in stretch.from.iter_days().take_while(|day| *day < stretch.until) {
                    prop_assert_eq!(stretch.holder, history.holder_at_the_end_of(day), "{}", day);
                }
                next = stretch.until;
            }
            prop_assert_eq!(next, source.period.end);
        }
    }

    #[test]
    fn computed_again_in_another_order_it_is_the_same(history in histories()) {
        let (mut assignments, mut rests) = (history.assignments.clone(), history.rests.clone());
        assignments.reverse();
        rests.reverse();
        for (source, cut) in history.each() {
            prop_assert_eq!(&cut, &stretches(source.period, source.amount, &assignments, &rests));
        }
    }

    #[test]
    fn sums_are_what_a_count_of_every_day_gives(histories in proptest::collection::vec(histories(), 1..6)) {
        let mut sums = MonthSums::default();
        let mut backwards = MonthSums::default();
        let (mut by_holder, mut by_area, mut by_basis) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut ledger = Micros::ZERO;
        for history in &histories {
            for (source, cut) in history.each() {
                ledger += source.amount;
                sums.add(&source, &cut);
            }
            for (_, basis, holder, worth) in history.day_by_day() {
                *by_holder.entry(holder).or_insert(Micros::ZERO) += worth;
                *by_area.entry(history.source.area_code).or_insert(Micros::ZERO) += worth;
                *by_basis.entry(basis).or_insert(Micros::ZERO) += worth;
            }
        }
        for history in histories.iter().rev() {
            let each: Vec<_> = history.each().collect();
            for (source, cut) in each.iter().rev() {
                backwards.add(source, cut);
            }
        }
        prop_assert_eq!(&sums, &backwards);
        let of = |key: Key| sums.parts.get(&key).copied().unwrap_or_default();
        prop_assert_eq!(of(Key::All).amount(), ledger);
        let mut idle = Micros::ZERO;
        for (holder, amount) in &by_holder {
            prop_assert_eq!(of(Key::Holder(*holder)).amount(), *amount);
            idle += if holder.is_idle() { *amount } else { Micros::ZERO };
        }
        prop_assert_eq!(of(Key::All).idle, idle);
        for (area, amount) in &by_area {
            prop_assert_eq!(of(Key::Area(*area)).amount(), *amount);
        }
        let known: BTreeMap<Basis, Micros> = of(Key::All).sums.by_basis().into_iter().collect();
        by_basis.retain(|_, amount| *amount != Micros::ZERO);
        prop_assert_eq!(known, by_basis);
        // Every side adds up to the whole, and so do the cells.
        for face in [Face::Holder, Face::Area, Face::Provider, Face::Kind] {
            let side: Micros =
                sums.parts.iter().filter(|(key, _)| key.face() == face).map(|(_, part)| part.amount()).sum();
            prop_assert_eq!(side, ledger);
        }
        prop_assert_eq!(sums.cells.values().map(Part::amount).sum::<Micros>(), ledger);
    }

    #[test]
    fn days_add_up_over_any_borders(
        history in histories(),
        borders in proptest::collection::vec(-40i64..600, 2..6),
    ) {
        let mut borders: Vec<NaiveDate> =
            borders.into_iter().map(|days| history.charges[0].0.start + TimeDelta::days(days)).collect();
        borders.sort_unstable();
        let sums = |from: NaiveDate, until: NaiveDate| {
            let mut sums = MonthSums::default();
            for (source, cut) in history.each() {
                sums.add(&source, &within(source.period, source.amount, &cut, from, until));
            }
            sums.parts.into_iter().map(|(key, part)| (key, part.sums)).collect::<BTreeMap<_, _>>()
        };
        let whole = sums(borders[0], borders[borders.len() - 1]);
        let mut parts: BTreeMap<Key, Sums> = BTreeMap::new();
        for pair in borders.windows(2) {
            for (key, part) in sums(pair[0], pair[1]) {
                *parts.entry(key).or_default() += part;
            }
        }
        prop_assert_eq!(&whole, &parts);
        let counted: Micros = history
            .day_by_day()
            .into_iter()
            .filter(|(day, ..)| *day >= borders[0] && *day < borders[borders.len() - 1])
            .map(|(.., worth)| worth)
            .sum();
        prop_assert_eq!(whole.get(&Key::All).map_or(Micros::ZERO, Sums::amount), counted);
    }
}
