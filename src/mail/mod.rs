//! E-mails, on servers that have SMTP set.
//!
//! A letter is enqueued in the transaction that makes it necessary and handed to the mail server by a job. What it
//! says may hold a one-time link, of which the database keeps only a hash, so the letter waits sealed and is erased
//! when it is sent or given up. What a mail server does not take now is tried again for half a day, as long as the
//! letter is of use; what it refuses is given up at once, and the page that caused the letter says why.
//!
//! A server that dies between handing a letter over and writing that down sends it again: twice is a nuisance, never
//! is a fault. Both copies carry the same Message-ID.

mod jobs;
mod store;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::db::{Conn, DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::kernel::Moment;
use crate::kernel::ids::{MailId, OrganizationId};
use crate::state::App;
use crate::stored_enum;

pub use jobs::{SendMail, forget_old};

stored_enum! {
    /// What became of an e-mail.
    pub enum MailStatus {
        /// Not taken by the mail server yet.
        Waiting = "waiting",
        /// The mail server took it.
        Sent = "sent",
        /// Given up.
        Failed = "failed",
        /// Not sent: what it was about is over.
        Dropped = "dropped",
    }
}

/// A letter to one person.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Whose letter it is; `None` for what concerns a person rather than an organization.
    pub organization: Option<OrganizationId>,
    /// The thing whose page says what became of it, such as `invitation/0199…`.
    pub about: String,
    /// To whom.
    pub to: String,
    /// What it is about, in a few words.
    pub subject: String,
    /// What it says, plain text.
    pub text: String,
    /// After that it is of no use any more and is not sent.
    pub useful_until: Moment,
}

/// What became of an e-mail, for the page that caused it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailed {
    /// To whom.
    pub to: String,
    /// Whether it went out.
    pub status: MailStatus,
    /// Why not (yet); empty when there is nothing to say.
    pub words: String,
    /// When it ended, or when it was written.
    pub at: Moment,
}

/// What is sealed of a letter.
#[derive(Serialize, Deserialize)]
struct Content {
    subject: String,
    text: String,
}

fn place(id: MailId) -> String {
    format!("mail:{id}")
}

/// Enqueues a letter, in the transaction that makes it necessary. Answers `None` where no mail server is set: then
/// nothing is written, and whoever asked must hand the news on themselves.
///
/// # Errors
/// When the database fails.
pub fn enqueue(tx: &mut Tx, app: &App, letter: &Letter, now: Moment) -> AppResult<Option<MailId>> {
    if app.mailer.is_none() {
        return Ok(None);
    }
    let internal = |error: &dyn std::fmt::Display| AppError::Internal(format!("an e-mail: {error}"));
    let id = MailId::new();
    let content = Content { subject: letter.subject.clone(), text: letter.text.clone() };
    let content = serde_json::to_vec(&content).map_err(|error| internal(&error))?;
    let sealed = app.seal.close(&place(id), &content).map_err(|error| internal(&error))?;
    store::insert(tx, id, letter, &sealed, now)?;
    crate::jobs::enqueue(tx, letter.organization, &SendMail { mail: id }, now, now)?;
    Ok(Some(id))
}

/// Sends nothing more about things that are over: a link that was withdrawn, say.
///
/// # Errors
/// A database error.
pub fn drop_about(tx: &mut Tx, about: &[String], now: Moment) -> DbResult<()> {
    if about.is_empty() { Ok(()) } else { store::drop_about(tx, about, now) }
}

/// What became of the last e-mail about each of these things.
///
/// # Errors
/// A database error.
pub fn about(conn: &mut Conn, about: &[String]) -> DbResult<BTreeMap<String, Mailed>> {
    if about.is_empty() { Ok(BTreeMap::new()) } else { store::about(conn, about) }
}
