//! News about people: lines of the activity log about their accounts, and e-mails to owners.

use super::role::Role;
use super::store;
use crate::db::Tx;
use crate::error::AppResult;
use crate::kernel::Moment;
use crate::kernel::ids::{OrganizationId, PersonId};
use crate::mail::{self, Letter};
use crate::state::{App, Chronicle};

/// Where the lines lead.
const SUBJECT: &str = "/members";

/// Writes what was done to somebody's account into the log of every organization they work in. `by` is who did it:
/// themselves, or nobody of these organizations (the console, a stranger at the sign-in page).
///
/// # Errors
/// When the database fails.
pub fn note(
    tx: &mut Tx,
    chronicle: Chronicle,
    person: PersonId,
    by: Option<PersonId>,
    (verb, words): (&'static str, &str),
    now: Moment,
) -> AppResult<()> {
    for organization in store::places_of(tx, person)? {
        chronicle.write(tx, (organization, by, verb, SUBJECT, words), now)?;
    }
    Ok(())
}

/// An e-mail to every owner of an organization.
#[derive(Debug, Clone)]
pub struct Notice {
    /// The thing whose page says what became of it, such as `order/0199…`.
    pub about: String,
    /// What it is about, in a few words.
    pub subject: String,
    /// What it says, plain text.
    pub text: String,
    /// After that it is of no use any more and is not sent.
    pub useful_until: Moment,
}

/// Writes to the owners of an organization, in the transaction that makes it necessary. Says how many e-mails that
/// are: none where no mail server is set.
///
/// # Errors
/// When the database fails.
pub fn write_to_owners(
    tx: &mut Tx,
    app: &App,
    organization: OrganizationId,
    notice: &Notice,
    now: Moment,
) -> AppResult<usize> {
    let mut sent = 0;
    for to in store::emails_with_roles(tx, organization, &[Role::Owner])? {
        let letter = Letter {
            organization: Some(organization),
            about: notice.about.clone(),
            to,
            subject: notice.subject.clone(),
            text: notice.text.clone(),
            useful_until: notice.useful_until,
        };
        sent += usize::from(mail::enqueue(tx, app, &letter, now)?.is_some());
    }
    Ok(sent)
}
