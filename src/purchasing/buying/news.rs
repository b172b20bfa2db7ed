//! Letters about orders that did not get what they asked for.

use chrono::TimeDelta;

use crate::access;
use crate::db::Tx;
use crate::error::AppResult;
use crate::kernel::Moment;
use crate::organizations::letters::{self, News};
use crate::purchasing::model::{Order, OrderStatus, Tally};
use crate::state::App;
use crate::web::format::plural;

/// After so long such a letter is old news.
const OF_USE: TimeDelta = TimeDelta::days(3);

/// An order ended: tells when it bought less than was asked, unless a person stopped it.
pub(super) fn ended(tx: &mut Tx, app: &App, order: &Order, tally: Tally, now: Moment) -> AppResult<()> {
    let wanted = tally.wanted().unsigned_abs();
    let subject = match order.status {
        OrderStatus::Failed => format!("an order of {} failed", plural(wanted, "number", "numbers")),
        OrderStatus::Partial => {
            format!("an order bought {} of {}", tally.bought, plural(wanted, "number", "numbers"))
        }
        OrderStatus::Working | OrderStatus::Complete | OrderStatus::Stopped => return Ok(()),
    };
    let text = format!(
        "Of {} ordered, {} bought. Why, and what to do next, is said on the order's page, under Orders.",
        plural(wanted, "number", "numbers"),
        plural(tally.bought.unsigned_abs(), "was", "were"),
    );
    tell(tx, app, order, subject, text, now)
}

/// An order came to a halt and waits for a person.
pub(super) fn halted(tx: &mut Tx, app: &App, order: &Order, now: Moment) -> AppResult<()> {
    let words = order.notice.clone().unwrap_or_default();
    let text = format!("{words} An owner may try again on the order's page, under Orders.");
    tell(tx, app, order, "an order needs attention".to_owned(), text, now)
}

fn tell(tx: &mut Tx, app: &App, order: &Order, subject: String, text: String, now: Moment) -> AppResult<()> {
    let organization = access::organization(tx, order.organization_id)?;
    if !organization.money_letters {
        return Ok(());
    }
    let news = News { about: format!("order/{}", order.id), subject, text, useful_until: now + OF_USE };
    letters::write(tx, app, &organization, &news, now).map(drop)
}
