use chrono::{NaiveTime, TimeDelta};
use proptest::prelude::*;

use super::*;
use crate::kernel::clock::next_month;
use crate::kernel::ids::NumberId;

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
fn shares(stretches: &[Stretch]) -> Vec<(Option<CampaignId>, i64, i64)> {
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
    let cut = stretches(period, Micros::from_cents(115), &assignments);
    // The 20th ends without a campaign; 1 December ends with one.
    assert_eq!(shares(&cut), [(Some(gotv), 10, 383_333), (None, 11, 421_667), (Some(recall), 9, 345_000)]);
    assert_eq!(cut[1].from, day("2026-11-20"));
}

#[test]
fn a_day_belongs_to_its_end() {
    let campaign = CampaignId::new();
    let period = Period { start: day("2026-11-01"), end: day("2026-12-01") };
    let held = |from: &str, until: &str| -> Vec<NaiveDate> {
        stretches(period, Micros::from_cents(300), &[assignment(campaign, from, Some(until))])
            .iter()
            .filter(|stretch| stretch.holder.is_some())
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
        stretches(period, Micros::from_cents(300), &[assignment(campaign, "2026-11-22T10:00:00", None)]);
    assert_eq!(shares(&cut), [(None, 7, 700_000), (Some(campaign), 23, 2_300_000)]);
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
        shares(&stretches(period, Micros::from_cents(115), &assignments)),
        [(Some(campaign), 30, 1_150_000)]
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

/// A number's history: bought on some day (month ends and leap years come up often), charged every month, held by
/// campaigns one after the other.
#[derive(Debug, Clone)]
struct History {
    charges: Vec<(Period, Micros)>,
    assignments: Vec<Assignment>,
}

fn histories() -> impl Strategy<Value = History> {
    let bought = prop_oneof![
        3 => (0i64..1_500).prop_map(|days| day("2026-01-01") + TimeDelta::days(days)),
        1 => Just(day("2028-01-31")),
        1 => Just(day("2028-02-29")),
        1 => Just(day("2027-12-30")),
        1 => Just(day("2026-08-31")),
    ];
    let steps = proptest::collection::vec((0i64..60 * 86_400, 0i64..90 * 86_400, 0usize..3), 0..8);
    let prices = proptest::collection::vec(0i64..6_000_000, 1..15);
    (bought, steps, prices, any::<bool>()).prop_map(|(bought, steps, prices, open)| {
        let mut start = bought;
        let charges = prices
            .into_iter()
            .map(|price| {
                let period = Period { start, end: next_month(start) };
                start = period.end;
                (period, Micros::new(price))
            })
            .collect();
        let campaigns = [CampaignId::new(), CampaignId::new(), CampaignId::new()];
        let number_id = NumberId::new();
        let mut at = bought.and_time(NaiveTime::MIN);
        let mut assignments: Vec<Assignment> = steps
            .into_iter()
            .map(|(idle, held, campaign)| {
                let started_at = at + TimeDelta::seconds(idle);
                at = started_at + TimeDelta::seconds(held);
                Assignment { number_id, campaign_id: campaigns[campaign], started_at, ended_at: Some(at) }
            })
            .collect();
        if let (true, Some(last)) = (open, assignments.last_mut()) {
            last.ended_at = None;
        }
        History { charges, assignments }
    })
}

/// The rule word for word: who held the number at the instant the day ended?
fn holder_at_the_end_of(day: NaiveDate, assignments: &[Assignment]) -> Option<CampaignId> {
    let end = (day + TimeDelta::days(1)).and_time(NaiveTime::MIN);
    assignments
        .iter()
        .find(|assignment| {
            assignment.started_at < end && assignment.ended_at.is_none_or(|ended| ended >= end)
        })
        .map(|assignment| assignment.campaign_id)
}

proptest! {
    #[test]
    fn every_day_belongs_to_its_holder_and_the_parts_add_up(history in histories()) {
        for (period, amount) in &history.charges {
            let cut = stretches(*period, *amount, &history.assignments);
            prop_assert_eq!(cut.iter().map(|stretch| stretch.worth.amount).sum::<Micros>(), *amount);
            prop_assert_eq!(cut.iter().map(|stretch| stretch.worth.time.0).sum::<i64>(), NumberMonths::ONE.0);
            let mut next = period.start;
            for stretch in &cut {
                prop_assert_eq!(stretch.from, next);
                prop_assert!(stretch.worth.amount >= Micros::ZERO);
                for day in stretch.from.iter_days().take_while(|day| *day < stretch.until) {
                    prop_assert_eq!(stretch.holder, holder_at_the_end_of(day, &history.assignments), "{}", day);
                }
                next = stretch.until;
            }
            prop_assert_eq!(next, period.end);
        }
    }

    #[test]
    fn computed_again_in_another_order_it_is_the_same(history in histories()) {
        let mut turned = history.assignments.clone();
        turned.reverse();
        for (period, amount) in &history.charges {
            let once = stretches(*period, *amount, &history.assignments);
            prop_assert_eq!(&once, &stretches(*period, *amount, &history.assignments));
            prop_assert_eq!(&once, &stretches(*period, *amount, &turned));
        }
    }

    #[test]
    fn the_tally_of_many_is_the_sum_of_each(histories in proptest::collection::vec(histories(), 1..6)) {
        let (mut tally, mut idle, mut charged) = (Tally::default(), Worth::default(), Micros::ZERO);
        let mut by_campaign: BTreeMap<CampaignId, Worth> = BTreeMap::new();
        for history in &histories {
            for (period, amount) in &history.charges {
                charged += *amount;
                tally.charge(*period, *amount, 1);
                for held in &history.assignments {
                    let days = held_days(held.started_at, held.ended_at);
                    tally.held(held.campaign_id, *period, *amount, days, 1);
                }
                for stretch in stretches(*period, *amount, &history.assignments) {
                    match stretch.holder {
                        Some(campaign) => *by_campaign.entry(campaign).or_default() += stretch.worth,
                        None => idle += stretch.worth,
                    }
                }
            }
        }
        prop_assert_eq!(tally.charged().amount, charged);
        prop_assert_eq!(tally.idle(), idle);
        let parts: Micros = tally.campaigns().map(|(_, share)| share.amount).sum();
        prop_assert_eq!(parts + tally.idle().amount, charged);
        for (campaign, share) in by_campaign {
            prop_assert_eq!(tally.of(campaign), share);
        }
    }
}
