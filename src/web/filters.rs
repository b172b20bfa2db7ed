//! Filters for templates: `use crate::web::filters;` beside the template's struct, then
//! `{{ order.total|money }}`, `{{ count|number }}`, `{{ count|plural("number", "numbers") }}`,
//! `{{ owned.phone_number|phone }}`, `{{ order.placed_at|ago(shell.times) }}`,
//! `{{ campaign.hold_until|clock(shell.times) }}`, `{{ owned.renews_on|day(shell.times) }}`, `{{ month|month }}`.
//!
//! The time filters write a `<time>` element with the exact time in its title. A fragment without a shell keeps a
//! `times: Times` of its own (`by.times()`).
#![allow(missing_docs, clippy::missing_errors_doc)] // askama's attribute writes its own items

use askama::filters::Safe;
use askama::{Result, Values};
use chrono::NaiveDate;

use super::format::{self, Times};
use crate::kernel::{E164, Micros, Moment};

/// Whole numbers of any type.
pub trait Count {
    /// Its value.
    fn value(&self) -> i64;
}

macro_rules! counts {
    ($($type:ty),+) => {$(
        impl Count for $type {
            fn value(&self) -> i64 {
                i64::try_from(*self).unwrap_or(i64::MAX)
            }
        }
    )+};
}

counts!(i64, u64, i32, u32, usize, u16, u8);

impl<T: Count + ?Sized> Count for &T {
    fn value(&self) -> i64 {
        (**self).value()
    }
}

/// Values that are given to filters by value or by reference.
pub trait Given<T> {
    /// The value.
    fn given(&self) -> T;
}

macro_rules! given {
    ($($type:ty),+) => {$(
        impl Given<$type> for $type {
            fn given(&self) -> $type {
                *self
            }
        }
    )+};
}

given!(Micros, E164, Moment, NaiveDate, Times);

impl<T, G: Given<T> + ?Sized> Given<T> for &G {
    fn given(&self) -> T {
        (**self).given()
    }
}

/// `$1.15`; small prices keep their digits.
#[askama::filter_fn]
pub fn money(amount: impl Given<Micros>, _: &dyn Values) -> Result<String> {
    Ok(format::money(amount.given()))
}

/// `$1,204.50`, rounded to cents: totals.
#[askama::filter_fn]
pub fn total(amount: impl Given<Micros>, _: &dyn Values) -> Result<String> {
    Ok(amount.given().dollars_and_cents())
}

/// `1,204`.
#[askama::filter_fn]
pub fn number(count: impl Count, _: &dyn Values) -> Result<String> {
    Ok(format::number(count.value()))
}

/// `1 number`, `1,204 numbers`.
#[askama::filter_fn]
pub fn plural(count: impl Count, _: &dyn Values, one: &str, many: &str) -> Result<String> {
    Ok(format::plural(count.value().unsigned_abs(), one, many))
}

/// `(313) 555-0142`.
#[askama::filter_fn]
pub fn phone(number: impl Given<E164>, _: &dyn Values) -> Result<String> {
    Ok(format::phone(&number.given()))
}

/// `3 minutes ago`, `in 2 days`.
#[askama::filter_fn]
pub fn ago<T: Given<Times>>(moment: impl Given<Moment>, _: &dyn Values, times: T) -> Result<Safe<String>> {
    let (moment, times) = (moment.given(), times.given());
    Ok(Safe(times.element(moment, &times.relative(moment))))
}

/// `tomorrow 14:00`, `3 June 14:00`.
#[askama::filter_fn]
pub fn clock<T: Given<Times>>(moment: impl Given<Moment>, _: &dyn Values, times: T) -> Result<Safe<String>> {
    let (moment, times) = (moment.given(), times.given());
    Ok(Safe(times.element(moment, &times.clock(moment))))
}

/// `3 June`, with the year when it is another one.
#[askama::filter_fn]
pub fn day<T: Given<Times>>(date: impl Given<NaiveDate>, _: &dyn Values, times: T) -> Result<String> {
    Ok(times.given().day(date.given()))
}

/// `November 2026`.
#[askama::filter_fn]
pub fn month(date: impl Given<NaiveDate>, _: &dyn Values) -> Result<String> {
    Ok(date.given().format("%B %Y").to_string())
}

#[cfg(test)]
mod tests {
    use super::super::{filters, format::Times};
    use crate::kernel::{Micros, Moment};
    use askama::Template;

    #[derive(Template)]
    #[template(
        source = r#"{{ amount|money }} {{ count|number }} {{ many.len()|plural("way", "ways") }} {{ at|ago(times) }}
{%- for at in moments %} {{ at|clock(times) }}{% endfor %} {{ date|day(self.times) }} {{ date|month }}"#,
        ext = "html"
    )]
    struct Sample<'a> {
        amount: Micros,
        count: usize,
        many: &'a [u8],
        at: Moment,
        moments: Vec<Moment>,
        date: chrono::NaiveDate,
        times: Times,
    }

    #[test]
    fn templates_take_them_by_value_and_by_reference() {
        let at: Moment = "2026-11-22T13:00:00".parse().unwrap();
        let times = Times { now: at, zone: chrono_tz::UTC };
        let page = Sample {
            amount: Micros::from_cents(115),
            count: 1204,
            many: &[1],
            at,
            moments: vec![at],
            date: at.date(),
            times,
        };
        let element = |words| times.element(at, words);
        assert_eq!(
            page.render().unwrap(),
            format!(
                "$1.15 1,204 1 way {} {} 22 November November 2026",
                element("just now"),
                element("13:00")
            )
        );
    }
}
