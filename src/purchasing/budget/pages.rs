//! The page of the budget, and the notice that other pages show.

use askama::Template;

use super::model::{Band, Budget};
use crate::access::{Allowed, BuyNumbers, ManageOrganization, Permission, SeeSpend};
use crate::kernel::Micros;
use crate::web::{Shell, filters};

/// How near the budget is to being used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BandNotice {
    /// `warning` or `danger`.
    pub kind: &'static str,
    /// `85% of the budget of $100.00 for November is used up.`
    pub title: String,
    /// What it is made of and what is left.
    pub words: String,
    /// Where the budget is shown.
    pub href: String,
}

impl BandNotice {
    pub(super) fn of<P: Permission>(budget: &Budget, by: &Allowed<P>) -> Option<BandNotice> {
        let band = budget.band()?;
        Some(BandNotice {
            kind: if band == Band::Full { "danger" } else { "warning" },
            title: match (band, budget.percent()) {
                (Band::Nearly, Some(percent)) => {
                    budget.reached_words(band).replacen("80%", &format!("{percent}%"), 1)
                }
                _ => budget.reached_words(band),
            },
            words: budget.sum_words(),
            href: by.url(super::ADDRESS),
        })
    }
}

/// What a quote says of the budget.
#[derive(Debug, Clone, Default)]
pub(in crate::purchasing) struct QuoteLine {
    /// `$12.40 of November's budget of $100.00 is left; this order would leave $1.00.`
    pub(in crate::purchasing) words: String,
    /// Why it cannot be placed.
    pub(in crate::purchasing) refusal: String,
}

impl QuoteLine {
    pub(in crate::purchasing) fn of(budget: &Budget, cost: Micros) -> QuoteLine {
        let (Some(cap), Some(left)) = (budget.cap, budget.left()) else { return QuoteLine::default() };
        let shown = |amount: Micros| amount.dollars_and_cents();
        let words = format!(
            "Budget left in {}: {} of {}; after this order {}.",
            budget.month.format("%B"),
            shown(left),
            shown(cap),
            shown(left - cost)
        );
        QuoteLine { words, refusal: budget.refusal(cost).unwrap_or_default() }
    }
}

/// `/spend/budget`.
#[derive(Template)]
#[template(path = "purchasing/budget/page.html")]
pub(super) struct BudgetPage {
    pub(super) shell: Shell,
    spend: String,
    /// Where the budget is set, for those who may.
    settings: String,
    month: String,
    cap: Option<Micros>,
    left: Option<Micros>,
    over: bool,
    percent: i64,
    budget: Budget,
    notice: Option<BandNotice>,
    orders: String,
    /// Whether this person gets letters; `None` for one whose role gets none.
    letters: Option<bool>,
    money_letters: bool,
    weekly_letters: bool,
    /// Whether this server can send e-mail.
    mails: bool,
}

impl BudgetPage {
    pub(super) fn new(
        by: &Allowed<SeeSpend>,
        shell: Shell,
        budget: Budget,
        letters: Option<bool>,
        mails: bool,
    ) -> BudgetPage {
        let left = budget.left();
        BudgetPage {
            shell,
            spend: by.url("/spend"),
            settings: if by.may::<ManageOrganization>() { by.url("/settings#money") } else { String::new() },
            month: budget.month.format("%B %Y").to_string(),
            cap: budget.cap,
            over: left.is_some_and(|left| left < Micros::ZERO),
            left,
            percent: budget.percent().unwrap_or_default(),
            notice: BandNotice::of(&budget, by),
            budget,
            orders: if by.may::<BuyNumbers>() { by.url("/orders") } else { String::new() },
            letters,
            money_letters: by.organization().money_letters,
            weekly_letters: by.organization().weekly_letters,
            mails,
        }
    }
    /// The width of the bar's parts, of 1000.
    fn bar(&self) -> Vec<(&'static str, i64, i64)> {
        let whole = self.cap.unwrap_or_default().get().max(self.budget.committed().get()).max(1);
        let mut from = 0;
        [
            ("fill-charged", self.budget.charged + self.budget.fees.max(Micros::ZERO)),
            ("fill-promised", self.budget.renewals + self.budget.ordered),
        ]
        .into_iter()
        .map(|(class, amount)| {
            let width = i64::try_from(i128::from(amount.get()) * 1000 / i128::from(whole)).unwrap_or(0);
            let at = from;
            from += width;
            (class, at, width)
        })
        .collect()
    }
}
