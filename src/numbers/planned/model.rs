//! What a planned release is, and when it cannot be done. No I/O.

use chrono::{Days, NaiveDate};

use crate::kernel::ids::{NumberId, PersonId, PlanId, ReleaseId, ServiceId};
use crate::kernel::{E164, Micros, Moment};
use crate::numbers::release::excluded;
use crate::numbers::{Number, Status};
use crate::providers::RemoteServiceId;
use crate::stored_enum;

stored_enum! {
    /// What became of a plan.
    pub enum PlanStatus {
        /// It will be done on its day.
        Planned = "planned",
        /// The number's release was asked.
        Asked = "asked",
        /// The number was no longer idle.
        Skipped = "skipped",
        /// Somebody took it back.
        TakenBack = "taken_back",
    }
}

/// A release planned for the day before a number renews.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// The number.
    pub number_id: NumberId,
    /// Its phone number.
    pub phone_number: E164,
    /// What it costs a month.
    pub monthly_price: Micros,
    /// When it is done, UTC.
    pub release_on: NaiveDate,
    /// When the number renews otherwise, UTC.
    pub renews_on: NaiveDate,
    /// The messaging service it sat in when this was asked.
    pub messaging_service_id: Option<ServiceId>,
    /// What the carrier calls that.
    pub service_sid: Option<RemoteServiceId>,
    /// Who asked.
    pub asked_by: PersonId,
    /// What became of it.
    pub status: PlanStatus,
    /// Why it was skipped.
    pub words: Option<String>,
    /// The release it became.
    pub release_id: Option<ReleaseId>,
    /// When it was done, skipped or taken back.
    pub settled_at: Option<Moment>,
}

/// The day on which a number is released before it renews; why not, when it cannot be planned.
pub(super) fn release_day(number: &Number, today: NaiveDate) -> Result<NaiveDate, &'static str> {
    if let Some(why) = excluded(number, true) {
        return Err(why);
    }
    let day = number.renews_on.checked_sub_days(Days::new(1)).unwrap_or(number.renews_on);
    if day < today {
        return Err("renews today: release it now, or wait for the next month");
    }
    Ok(day)
}

impl Plan {
    /// Why it cannot be done on its day; nothing when it can. A number that came into a messaging service meanwhile
    /// was given something to do: it stays.
    pub(super) fn obstacle(&self, number: Option<&Number>, today: NaiveDate) -> Option<String> {
        let Some(number) = number.filter(|number| number.released_at.is_none()) else {
            return Some("it is not ours any more".to_owned());
        };
        if number.renews_on != self.renews_on || self.renews_on <= today {
            return Some("it had renewed before it could be released".to_owned());
        }
        let sits = number.facts.messaging_service;
        if number.status() == Status::Attached && sits.is_some() && sits != self.messaging_service_id {
            return Some("it was put into a messaging service meanwhile".to_owned());
        }
        excluded(number, true).map(|why| format!("it is no longer idle: {why}"))
    }
}
