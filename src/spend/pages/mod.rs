//! What the pages of spend show, in words.

use chrono::{Days, NaiveDate};

use crate::kernel::Micros;
use crate::kernel::ids::CampaignId;
use crate::kernel::text_enum::TextEnum;
use crate::ledger::Basis;
use crate::spend::attribution::{Holder, Stretch};
use crate::spend::model::{Span, Split};
use crate::web::format::plural;

mod campaign;
mod charges;
mod number;
mod report;

pub(in crate::spend) use campaign::CampaignPage;
pub(in crate::spend) use charges::{Asked, ChargesPage};
pub(in crate::spend) use number::NumberPage;
pub(in crate::spend) use report::{Beside, SpendPage};

fn change(amount: Micros) -> String {
    if amount > Micros::ZERO {
        format!("+{}", amount.dollars_and_cents())
    } else {
        amount.dollars_and_cents()
    }
}

fn basis_words(basis: Basis) -> &'static str {
    basis.as_str()
}

/// `quoted`, or `$8.00 billed, $310.00 quoted` when it is mixed.
fn basis_of(parts: &[(Basis, Micros)]) -> String {
    match parts {
        [] => String::new(),
        [(basis, _)] => basis_words(*basis).to_owned(),
        several => {
            let part = |(basis, sum): &(Basis, Micros)| {
                format!("{} {}", sum.dollars_and_cents(), basis_words(*basis))
            };
            several.iter().map(part).collect::<Vec<_>>().join(", ")
        }
    }
}

/// How the money of a page is known, in a sentence; nothing when there is none.
fn known(parts: &[(Basis, Micros)]) -> Option<String> {
    match parts {
        [] => None,
        [(basis, _)] => Some(format!("All that was charged is {}.", basis_words(*basis))),
        several => Some(format!("Charged: {}.", basis_of(several))),
    }
}

/// `November 2026`, or `3–17 November 2026`.
fn when(span: Span) -> String {
    match span {
        Span::Month(month) => month.words(),
        Span::Days { from, until } => period(from, until),
    }
}

/// `10 November – 9 December 2026`: both days included.
fn period(start: NaiveDate, end: NaiveDate) -> String {
    let last = end.checked_sub_days(Days::new(1)).unwrap_or(end).max(start);
    let begins =
        if start.format("%Y").to_string() == last.format("%Y").to_string() { "%-d %B" } else { "%-d %B %Y" };
    if start == last {
        return last.format("%-d %B %Y").to_string();
    }
    format!("{} – {}", start.format(begins), last.format("%-d %B %Y"))
}

type Names = std::collections::BTreeMap<CampaignId, String>;

fn holder(names: &Names, holder: Holder) -> String {
    match holder {
        Holder::Campaign(id) => names.get(&id).cloned().unwrap_or_else(|| "A campaign".to_owned()),
        Holder::Idle => "Idle".to_owned(),
        Holder::Reserved => "Reserved".to_owned(),
        Holder::Resting => "Resting".to_owned(),
    }
}

fn days(stretch: &Stretch) -> u64 {
    (stretch.until - stretch.from).num_days().unsigned_abs()
}

fn holders(names: &Names, split: &Split) -> String {
    let part = |stretch: &Stretch| {
        format!("{} {}", holder(names, stretch.holder), plural(days(stretch), "day", "days"))
    };
    split.stretches.iter().map(part).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_name_their_first_and_last_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(period(day("2026-11-10"), day("2026-12-10")), "10 November – 9 December 2026");
        assert_eq!(period(day("2026-12-10"), day("2027-01-10")), "10 December 2026 – 9 January 2027");
        assert_eq!(period(day("2026-11-10"), day("2026-11-11")), "10 November 2026");
    }

    #[test]
    fn money_says_how_it_is_known() {
        let (quoted, billed) = (Micros::from_cents(31_000), Micros::from_cents(800));
        assert_eq!(basis_of(&[(Basis::Quoted, quoted)]), "quoted");
        assert_eq!(
            basis_of(&[(Basis::Quoted, quoted), (Basis::Billed, billed)]),
            "$310.00 quoted, $8.00 billed"
        );
        assert_eq!((change(billed), change(-billed)), ("+$8.00".to_owned(), "−$8.00".to_owned()));
    }
}
