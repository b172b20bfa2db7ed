//! What renews when, which of it is idle, and what is planned to be released first.
//!
//! Idle here is a number that no campaign holds and that does not rest: available, or attached to a messaging
//! service without a campaign. Nothing is released by itself: an OWNER plans it
//! ([`numbers::planned`](crate::numbers::planned)) and may take it back until the day.

mod model;
mod pages;
mod routes;
mod store;

use chrono::{Days, NaiveDate, TimeDelta};

use crate::access::{Allowed, SeeSpend};
use crate::db::{Conn, DbResult};
use crate::kernel::ids::OrganizationId;
use crate::kernel::{E164, Moment};

pub use model::{Day, Idle, Long};
pub use routes::routes;

/// After so many days without a campaign a number is suggested for release.
pub const LONG_DAYS: i64 = 60;
/// So far ahead the renewals are listed: each number renews once in it.
pub const AHEAD: Days = Days::new(31);
/// What "this week" means.
pub const WEEK: Days = Days::new(7);

/// The renewals of the coming [`AHEAD`], by day; days without any are left out.
///
/// # Errors
/// A database error.
pub fn days(conn: &mut Conn, by: &Allowed<SeeSpend>, today: NaiveDate) -> DbResult<Vec<Day>> {
    days_of(conn, by.organization_id(), today)
}

/// As [`days`], for a job.
///
/// # Errors
/// A database error.
pub(in crate::spend) fn days_of(
    conn: &mut Conn,
    organization: OrganizationId,
    today: NaiveDate,
) -> DbResult<Vec<Day>> {
    store::days(conn, organization, today, today + AHEAD)
}

/// The numbers that no campaign has had for [`LONG_DAYS`], but for those whose release is planned.
///
/// # Errors
/// A database error.
pub fn long_idle(conn: &mut Conn, by: &Allowed<SeeSpend>, now: Moment) -> DbResult<Long> {
    store::long_idle(conn, by.organization_id(), now - TimeDelta::days(LONG_DAYS))
}

/// Which idle numbers to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Those that renew within a week.
    Week,
    /// Those that renew on a day.
    On(NaiveDate),
    /// Those that no campaign has had for [`LONG_DAYS`].
    Long,
}

/// A page of idle numbers, in the order in which they renew, after one of them.
///
/// # Errors
/// A database error.
pub fn idle(
    conn: &mut Conn,
    by: &Allowed<SeeSpend>,
    list: List,
    after: Option<(NaiveDate, E164)>,
    now: Moment,
    limit: i64,
) -> DbResult<Vec<Idle>> {
    let today = now.date();
    let window = match list {
        List::Week => store::Window::Renewing(today, today + WEEK),
        List::On(day) => store::Window::Renewing(day.pred_opt().unwrap_or(day), day),
        List::Long => store::Window::Since(now - TimeDelta::days(LONG_DAYS)),
    };
    store::idle(conn, by.organization_id(), window, after, limit)
}
