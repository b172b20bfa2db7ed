//! Letters about an organization's money, to its owners and spend viewers: who wants them, and that nothing is told
//! twice.

mod store;

use crate::access::{self, Allowed, OrganizationRef, Role, SeeSpend};
use crate::db::{Conn, DbResult, Tx};
use crate::error::AppResult;
use crate::kernel::Moment;
use crate::kernel::ids::OrganizationId;
use crate::mail::{self, Letter};
use crate::state::App;

/// Whom letters about money are for.
const READERS: &[Role] = &[Role::Owner, Role::SpendViewer];

/// Something worth a letter.
#[derive(Debug, Clone)]
pub struct News {
    /// The thing it is about, such as `order/0199…`.
    pub about: String,
    /// In a few words.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// After that it is of no use any more and is not sent.
    pub useful_until: Moment,
}

/// Says that something is told now; `false` when it was told before. Of two who say it at once one hears `false`.
///
/// # Errors
/// A database error.
pub fn say_once(tx: &mut Tx, organization: OrganizationId, about: &str, now: Moment) -> DbResult<bool> {
    store::say_once(tx, organization, about, now)
}

/// Writes to the owners and spend viewers who did not turn letters off. Says to how many: none where no mail server
/// is set.
///
/// # Errors
/// When the database fails.
pub fn write(
    tx: &mut Tx,
    app: &App,
    organization: &OrganizationRef,
    news: &News,
    now: Moment,
) -> AppResult<usize> {
    let refusing = store::refusing(tx, organization.id)?;
    let mut written = 0;
    for (person, to) in access::addresses(tx, organization.id, READERS)? {
        if refusing.contains(&person) {
            continue;
        }
        let letter = Letter {
            organization: Some(organization.id),
            about: news.about.clone(),
            to,
            subject: format!("{}: {}", organization.name, news.subject),
            text: format!(
                "{}\n\nYou get this because you may see what {} spends. You can turn these letters off on Spend, Budget.\n",
                news.text.trim_end(),
                organization.name
            ),
            useful_until: news.useful_until,
        };
        written += usize::from(mail::enqueue(tx, app, &letter, now)?.is_some());
    }
    Ok(written)
}

/// Whether somebody gets these letters; `None` for one whose role gets none.
///
/// # Errors
/// A database error.
pub fn wanted(conn: &mut Conn, by: &Allowed<SeeSpend>) -> DbResult<Option<bool>> {
    if !READERS.contains(&by.role()) {
        return Ok(None);
    }
    let refusing = store::refusing(conn, by.organization_id())?;
    Ok(Some(!refusing.contains(&by.person_id())))
}

/// Turns these letters on or off, for oneself.
///
/// # Errors
/// A database error.
pub fn want(tx: &mut Tx, by: &Allowed<SeeSpend>, wanted: bool, now: Moment) -> DbResult<()> {
    let (organization, person) = (by.organization_id(), by.person_id());
    if wanted {
        store::accept(tx, organization, person)
    } else {
        store::refuse(tx, organization, person, now)
    }
}
