//! What renews and what is idle, as it is read. No I/O.

use chrono::NaiveDate;

use crate::kernel::ids::NumberId;
use crate::kernel::{AreaCode, E164, Micros, Moment};

/// The renewals of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// The day, UTC.
    pub day: NaiveDate,
    /// Idle numbers that sit in no messaging service: available.
    pub free: i64,
    /// What those cost.
    pub free_cost: Micros,
    /// Idle numbers in a messaging service.
    pub attached: i64,
    /// What those cost.
    pub attached_cost: Micros,
    /// All numbers.
    pub numbers: i64,
    /// What all cost.
    pub cost: Micros,
    /// How many are planned to be released first.
    pub planned: i64,
}

impl Day {
    /// Idle numbers.
    pub fn idle(&self) -> i64 {
        self.free + self.attached
    }
    /// What those cost.
    pub fn idle_cost(&self) -> Micros {
        self.free_cost + self.attached_cost
    }
}

/// Numbers that no campaign has had for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Long {
    /// How many.
    pub numbers: i64,
    /// What they cost a month.
    pub cost: Micros,
}

/// An idle number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idle {
    /// Its id.
    pub id: NumberId,
    /// The number.
    pub phone_number: E164,
    /// Its area code.
    pub area_code: AreaCode,
    /// What it costs a month.
    pub monthly_price: Micros,
    /// When it renews, UTC.
    pub renews_on: NaiveDate,
    /// Whether it sits in a messaging service.
    pub attached: bool,
    /// When the last campaign let go of it; `None` when none ever had it.
    pub used_until: Option<Moment>,
    /// Since when it is owned.
    pub bought_at: Moment,
}

impl Idle {
    /// Since when no campaign has it.
    pub fn idle_since(&self) -> Moment {
        self.used_until.unwrap_or(self.bought_at)
    }
}
