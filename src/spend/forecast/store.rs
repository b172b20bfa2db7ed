//! What one campaign had of every charge: read only.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text};

use crate::db::{Conn, DbResult};
use crate::kernel::Micros;
use crate::kernel::ids::{CampaignId, OrganizationId};
use crate::ledger::model::worth_of_days;

/// Charges that are alike, and the days on which the campaign had them.
#[derive(Debug, Clone, QueryableByName)]
pub(super) struct Held {
    #[diesel(sql_type = Date)]
    pub period_start: NaiveDate,
    #[diesel(sql_type = Date)]
    period_end: NaiveDate,
    #[diesel(sql_type = BigInt)]
    amount: Micros,
    #[diesel(sql_type = Date)]
    started_on: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    ended_on: Option<NaiveDate>,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Held {
    /// What these days of the charges are worth.
    pub(super) fn worth(&self) -> Micros {
        let days = (self.period_end - self.period_start).num_days().max(1);
        let index = |day: NaiveDate| (day - self.period_start).num_days().clamp(0, days);
        let from = index(self.started_on);
        let until = self.ended_on.map_or(days, index).max(from);
        (worth_of_days(self.amount, until, days) - worth_of_days(self.amount, from, days)) * self.count
    }
}

/// With the bounds on the first day of a charge, which is of at most 31 days, the charges of a number are found by it; its
/// end alone let PostgreSQL read every charge of the organization.
const HELD: &str = "\
    SELECT c.period_start, c.period_end, c.amount, date(a.started_at) AS started_on, date(a.ended_at) AS ended_on, \
           COUNT(*) AS count \
    FROM assignment a CROSS JOIN charge c \
    WHERE a.organization_id = $1 AND a.campaign_id = $2 \
      AND c.number_id = a.number_id AND c.organization_id = a.organization_id \
      AND date(a.started_at) < c.period_end AND (a.ended_at IS NULL OR date(a.ended_at) > c.period_start) \
      AND c.period_start > {earliest} \
    GROUP BY c.period_start, c.period_end, c.amount, date(a.started_at), date(a.ended_at)";

/// What a campaign had of charges, alike ones together.
pub(super) fn held(
    conn: &mut Conn,
    organization: OrganizationId,
    campaign: CampaignId,
) -> DbResult<Vec<Held>> {
    let earliest = match conn {
        Conn::Postgres(_) => "date(a.started_at) - 32",
        Conn::Sqlite(_) => "date(a.started_at, '-32 days')",
    };
    Ok(diesel::sql_query(HELD.replace("{earliest}", earliest))
        .bind::<Text, _>(organization)
        .bind::<Text, _>(campaign)
        .load(conn)?)
}
