//! A number's life as spans of doing one thing, from its events. Pure.

use super::model::{Event, EventKind, Status};
use crate::kernel::Moment;
use crate::kernel::ids::CampaignId;
use crate::kernel::text_enum::TextEnum;

/// A stretch of time in which a number did one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// What it did.
    pub status: Status,
    /// For which campaign, while one held it.
    pub campaign: Option<CampaignId>,
    /// From then.
    pub from: Moment,
    /// Until then.
    pub until: Moment,
}

/// The life of a number from `born` until `end`, oldest first, without gaps. `events` are its events, newest first;
/// when the oldest of them are missing, the life before them is what the first one says it was before.
pub fn spans(events: &[Event], born: Moment, end: Moment) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut open = Open { status: Status::Available, campaign: None, from: born };
    let mut first = true;
    for event in events.iter().rev().filter(|event| event.kind != EventKind::Labelled) {
        let Some(status) = Status::parse(&event.after) else { continue };
        if first {
            open.status = Status::parse(&event.before).unwrap_or(status);
            first = false;
        }
        let campaign = held(status, event.campaign_id.or(open.campaign));
        if (status, campaign) == (open.status, open.campaign) {
            continue;
        }
        let at = event.at.clamp(open.from, end.max(open.from));
        open.close(at, &mut spans);
        open = Open { status, campaign, from: at };
    }
    open.close(end, &mut spans);
    spans
}

struct Open {
    status: Status,
    campaign: Option<CampaignId>,
    from: Moment,
}

impl Open {
    /// What lasted no time is no span.
    fn close(&self, until: Moment, spans: &mut Vec<Span>) {
        if until > self.from {
            spans.push(Span { status: self.status, campaign: self.campaign, from: self.from, until });
        }
    }
}

fn held(status: Status, campaign: Option<CampaignId>) -> Option<CampaignId> {
    matches!(status, Status::Reserved | Status::InUse).then_some(campaign).flatten()
}

/// Where each of these moments lies on a line `width` long from the first to the last: whole, ascending.
pub fn places(moments: &[Moment], width: i64) -> Vec<i64> {
    let (Some(first), Some(last)) = (moments.first(), moments.last()) else { return Vec::new() };
    let whole = (*last - *first).num_seconds().max(1);
    moments
        .iter()
        .map(|moment| {
            let part = i128::from((*moment - *first).num_seconds()) * i128::from(width);
            i64::try_from((part + i128::from(whole) / 2) / i128::from(whole)).unwrap_or(width)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::EventId;
    use proptest::prelude::*;

    fn at(day: i64) -> Moment {
        "2026-01-01T00:00:00".parse::<Moment>().unwrap() + chrono::TimeDelta::days(day)
    }

    fn event(
        day: i64,
        kind: EventKind,
        campaign: Option<CampaignId>,
        before: Status,
        after: Status,
    ) -> Event {
        Event {
            id: EventId::new(),
            at: at(day),
            kind,
            person_id: None,
            campaign_id: campaign,
            order_id: None,
            why: String::new(),
            before: before.as_word().into(),
            after: after.as_word().into(),
        }
    }

    #[test]
    fn a_life_is_told_in_order_and_without_gaps() {
        use Status::*;
        let campaign = CampaignId::new();
        let mut events = vec![
            event(0, EventKind::Bought, None, Available, Available),
            event(10, EventKind::Cordoned, None, Available, Available),
            event(20, EventKind::Reserved, Some(campaign), Available, Reserved),
            event(25, EventKind::Attached, None, Reserved, Reserved),
            event(25, EventKind::Used, Some(campaign), Reserved, InUse),
            event(60, EventKind::GivenBack, Some(campaign), InUse, Attached),
            event(60, EventKind::Detached, None, Attached, Resting),
            event(67, EventKind::RestEnded, None, Resting, Available),
        ];
        events[0].before = String::new();
        let mut labelled = event(30, EventKind::Labelled, None, Available, Available);
        (labelled.before, labelled.after) = ("lost".into(), "resting".into());
        events.insert(5, labelled);
        events.reverse();
        let told: Vec<_> = spans(&events, at(0), at(100))
            .into_iter()
            .map(|span| {
                (span.status, span.campaign, (span.from - at(0)).num_days(), (span.until - at(0)).num_days())
            })
            .collect();
        assert_eq!(
            told,
            [
                (Available, None, 0, 20),
                (Reserved, Some(campaign), 20, 25),
                (InUse, Some(campaign), 25, 60),
                (Resting, None, 60, 67),
                (Available, None, 67, 100),
            ]
        );
    }

    #[test]
    fn one_campaign_after_another_makes_two_spans() {
        let (one, two) = (CampaignId::new(), CampaignId::new());
        let events = [
            event(9, EventKind::Reserved, Some(two), Status::Reserved, Status::Reserved),
            event(3, EventKind::Reserved, Some(one), Status::Available, Status::Reserved),
        ];
        let told = spans(&events, at(0), at(10));
        assert_eq!(told.iter().map(|span| span.campaign).collect::<Vec<_>>(), [None, Some(one), Some(two)]);
    }

    proptest! {
        #[test]
        fn spans_and_places_fill_the_whole_line(
            days in proptest::collection::vec((0i64..400, 0usize..7), 0..30),
            born in 0i64..50,
            length in 1i64..400,
        ) {
            let mut days = days;
            days.sort_unstable();
            let mut events: Vec<Event> = days
                .iter()
                .map(|(day, status)| {
                    event(*day, EventKind::Rested, None, Status::Available, Status::ALL[*status])
                })
                .collect();
            events.reverse();
            let told = spans(&events, at(born), at(born + length));
            prop_assert_eq!(told.first().map(|span| span.from), Some(at(born)));
            prop_assert_eq!(told.last().map(|span| span.until), Some(at(born + length)));
            prop_assert!(told.windows(2).all(|two| two[0].until == two[1].from));
            prop_assert!(told.iter().all(|span| span.from < span.until));
            let moments: Vec<_> =
                std::iter::once(at(born)).chain(told.iter().map(|span| span.until)).collect();
            let places = places(&moments, 1000);
            prop_assert_eq!((places[0], *places.last().unwrap()), (0, 1000));
            prop_assert!(places.is_sorted());
        }
    }
}
