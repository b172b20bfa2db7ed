//! Prices, pure: since when a new one counts, and which lists are not believed.

use chrono::{Days, NaiveDate};

use crate::kernel::{Micros, Moment};
use crate::numbers::NumberKind;
use crate::providers::usage::{LOCAL, TOLL_FREE};
use crate::providers::{Prices, Usage};
use crate::web::format::plural;

/// So far back the bill is asked since when a price counts, at most.
const BACK: Days = Days::new(92);
/// So far back when no list was ever looked at.
const FIRST_BACK: Days = Days::new(31);

/// The kinds that have a price of their own.
pub(super) const KINDS: [NumberKind; 2] = [NumberKind::Local, NumberKind::TollFree];

/// What a kind costs by a list.
pub(super) fn price_of(prices: &Prices, kind: NumberKind) -> Micros {
    match kind {
        NumberKind::Local => prices.local,
        NumberKind::TollFree => prices.toll_free,
    }
}

/// Under which category a kind is billed.
pub(super) fn category(kind: NumberKind) -> &'static str {
    match kind {
        NumberKind::Local => LOCAL,
        NumberKind::TollFree => TOLL_FREE,
    }
}

fn words_of(kind: NumberKind) -> &'static str {
    match kind {
        NumberKind::Local => "local numbers",
        NumberKind::TollFree => "toll-free numbers",
    }
}

/// A price that became another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceChange {
    /// Of which numbers.
    pub kind: NumberKind,
    /// The first day whose charges are at the new price.
    pub first_day: NaiveDate,
    /// What one cost a month.
    pub before: Micros,
    /// What one costs a month.
    pub after: Micros,
    /// How many numbers cost that before.
    pub numbers: i64,
    /// How many charges had been written at the price before and were corrected.
    pub corrected: i64,
    /// When it was seen.
    pub seen_at: Moment,
}

impl PriceChange {
    /// `From 3 December 2026 local numbers cost $1.25, before $1.15 (12 numbers)`.
    pub fn words(&self) -> String {
        let count = |many: i64, one, more| plural(many.unsigned_abs(), one, more);
        let corrected = match self.corrected {
            0 => String::new(),
            some => format!(
                "; {} of that day or later, written before it was seen, corrected",
                count(some, "charge", "charges")
            ),
        };
        format!(
            "From {} {} cost {}, before {} ({}{corrected})",
            self.first_day.format("%-d %B %Y"),
            words_of(self.kind),
            self.after,
            self.before,
            count(self.numbers, "number", "numbers"),
        )
    }
}

/// Why a list is not used; `None` when it is. `currency` is that of the last one.
pub(super) fn refusal(prices: &Prices, currency: Option<&str>) -> Option<String> {
    if let Some(before) = currency.filter(|before| *before != prices.currency) {
        return Some(format!(
            "It is in {} and was in {before}. Amounts of two currencies cannot be added up, so prices stay as they \
             are. Ask the carrier to bill the account in {before} again, or connect an account of its own.",
            prices.currency
        ));
    }
    let nothing = KINDS.into_iter().find(|kind| price_of(prices, *kind) <= Micros::ZERO)?;
    Some(format!(
        "It says that {} cost {}. No carrier gives numbers away, so prices stay as they are.",
        words_of(nothing),
        price_of(prices, nothing)
    ))
}

/// The days in which a price may have changed that is seen `today`, the earliest first: those after the last look.
pub(super) fn unseen(looked: Option<NaiveDate>, today: NaiveDate) -> NaiveDate {
    looked.map_or(today - FIRST_BACK, |day| day + Days::new(1)).max(today - BACK).min(today)
}

/// The first day whose charges are at a price that is seen `today` and was not there when somebody looked last, before
/// `earliest`. The bill knows: it goes back as far as every charge of a day is at the new price. Without a bill it is
/// today; it is tomorrow when the bill has a charge of today at another price, because the carrier charges a day as it
/// begins.
pub(super) fn first_day(
    usage: &[Usage],
    category: &str,
    price: Micros,
    earliest: NaiveDate,
    today: NaiveDate,
) -> NaiveDate {
    let at_the_price = |day: NaiveDate| {
        let row = usage.iter().find(|row| row.day == day && row.category == category && row.count > 0)?;
        Some(row.amount == price * row.count)
    };
    if at_the_price(today) == Some(false) {
        return today + Days::new(1);
    }
    let mut first = today;
    for day in earliest.iter_days().take_while(|day| *day < today).collect::<Vec<_>>().into_iter().rev() {
        match at_the_price(day) {
            Some(true) => first = day,
            Some(false) => break,
            None => {}
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Micros = Micros::from_cents(125);
    const OLD: Micros = Micros::from_cents(115);

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn billed(on: &str, count: i64, amount: Micros) -> Usage {
        Usage { day: day(on), category: LOCAL.to_owned(), count, amount }
    }

    fn first(usage: &[Usage]) -> String {
        first_day(usage, LOCAL, NEW, day("2026-11-26"), day("2026-12-05")).to_string()
    }

    #[test]
    fn a_price_counts_from_the_first_day_that_the_bill_shows_at_it() {
        assert_eq!(first(&[]), "2026-12-05", "without a bill from the day it is seen");
        let old = |on| billed(on, 4, OLD * 4);
        let new = |on| billed(on, 3, NEW * 3);
        assert_eq!(first(&[old("2026-11-30"), new("2026-12-02"), new("2026-12-04")]), "2026-12-02");
        // A day with both: numbers bought after the price rose, beside renewals charged as the day began.
        let both = billed("2026-12-02", 2, OLD + NEW);
        assert_eq!(first(&[new("2026-12-01"), both, new("2026-12-03")]), "2026-12-03");
        assert_eq!(first(&[old("2026-12-04")]), "2026-12-05");
        // The day it is seen on was charged as it began, at the price before.
        assert_eq!(first(&[new("2026-12-04"), old("2026-12-05")]), "2026-12-06");
        assert_eq!(first(&[new("2026-12-05")]), "2026-12-05");
        // What was before the last look is not asked.
        assert_eq!(first(&[new("2026-11-20"), new("2026-11-27")]), "2026-11-27");
        // Other categories and days without a charge say nothing.
        let other = Usage { category: TOLL_FREE.to_owned(), ..old("2026-12-04") };
        assert_eq!(first(&[other, billed("2026-12-04", 0, Micros::ZERO), new("2026-12-03")]), "2026-12-03");
    }

    #[test]
    fn the_days_since_the_last_look_are_asked_and_not_years() {
        let today = day("2026-12-05");
        let since = |looked: Option<&str>| unseen(looked.map(day), today).to_string();
        assert_eq!(since(Some("2026-12-04")), "2026-12-05");
        assert_eq!(since(Some("2026-12-05")), "2026-12-05");
        assert_eq!(since(Some("2026-11-30")), "2026-12-01");
        assert_eq!(since(Some("2020-01-01")), "2026-09-04");
        assert_eq!(since(None), "2026-11-04");
    }

    #[test]
    fn a_free_number_and_another_currency_are_refused_in_words() {
        let list = |local: i64, toll_free: i64, currency: &str| Prices {
            currency: currency.to_owned(),
            local: Micros::from_cents(local),
            toll_free: Micros::from_cents(toll_free),
            as_of: day("2026-12-05").and_hms_opt(1, 0, 0).unwrap(),
        };
        assert_eq!(refusal(&list(115, 215, "USD"), Some("USD")), None);
        assert_eq!(refusal(&list(115, 215, "USD"), None), None);
        let free = refusal(&list(115, 0, "USD"), Some("USD")).unwrap();
        assert!(free.starts_with("It says that toll-free numbers cost $0.00."), "{free}");
        assert!(refusal(&list(-5, 215, "USD"), None).unwrap().contains("local numbers cost −$0.05"));
        let euros = refusal(&list(115, 215, "EUR"), Some("USD")).unwrap();
        assert!(euros.starts_with("It is in EUR and was in USD."), "{euros}");
    }

    #[test]
    fn a_change_says_what_it_was_and_what_was_corrected() {
        let change = PriceChange {
            kind: NumberKind::Local,
            first_day: day("2026-12-03"),
            before: OLD,
            after: NEW,
            numbers: 12,
            corrected: 0,
            seen_at: Moment::default(),
        };
        assert_eq!(
            change.words(),
            "From 3 December 2026 local numbers cost $1.25, before $1.15 (12 numbers)"
        );
        let corrected = PriceChange { corrected: 1, ..change };
        let end = "(12 numbers; 1 charge of that day or later, written before it was seen, corrected)";
        assert!(corrected.words().ends_with(end), "{}", corrected.words());
    }
}
