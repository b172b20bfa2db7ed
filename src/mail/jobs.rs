//! The job that hands a letter to the mail server.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use chrono::TimeDelta;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::{Content, MailStatus, place, store};
use crate::db::{DbResult, Tx};
use crate::error::AppResult;
use crate::jobs::{Job, JobError, Run};
use crate::kernel::Moment;
use crate::kernel::ids::MailId;
use crate::smtp::{Envelope, SmtpError};
use crate::state::App;

/// How many minutes to wait after each failure: half a day in all, which outlasts a mail server's greylisting and
/// most of its bad days.
const WAITS: [u64; 8] = [1, 5, 15, 30, 60, 120, 240, 240];
/// How long to wait for an instance that has a mail server set.
const NO_SERVER: Duration = Duration::from_secs(60);
/// How long it is known what became of an e-mail.
const KEPT: TimeDelta = TimeDelta::days(90);

/// Sends one e-mail. The payload names it and says nothing of what it holds.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendMail {
    /// Which.
    pub mail: MailId,
}

/// Forgets what became of e-mails that ended long ago.
///
/// # Errors
/// A database error.
pub fn forget_old(tx: &mut Tx, now: Moment) -> DbResult<()> {
    store::forget_ended(tx, now - KEPT).map(drop)
}

impl SendMail {
    /// Writes why it was not sent yet beside it; its page shows it.
    async fn put_off(&self, app: &App, words: &str) -> DbResult<()> {
        let (id, words) = (self.mail, words.to_owned());
        app.db.write(move |tx| store::say(tx, id, &words)).await
    }
    async fn end(&self, app: &App, status: MailStatus, words: Option<&str>) -> DbResult<()> {
        let (id, words, now) = (self.mail, words.map(str::to_owned), app.clock.now());
        app.db.write(move |tx| store::end(tx, id, status, words.as_deref(), now)).await
    }
}

#[async_trait]
impl Job for SendMail {
    const KIND: &'static str = "mail.send";
    const MAX_ATTEMPTS: i64 = 9;

    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::KIND, self.mail))
    }

    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let id = self.mail;
        let Some(row) = app.db.read(move |conn| store::waiting(conn, id)).await? else { return Ok(()) };
        let Some(sealed) = row.sealed else { return Ok(()) };
        let now = app.clock.now();
        if row.useful_until <= now {
            return Err(JobError::Fail("there was no mail server in time".into()));
        }
        let Some(mailer) = &app.mailer else {
            let words = "this instance has no mail server set; another may".to_owned();
            return Err(JobError::Later { words, after: NO_SERVER });
        };
        let content =
            app.seal.open(&place(id), &sealed).map_err(|error| JobError::Fail(error.to_string()))?;
        let content: Content = serde_json::from_slice(content.expose_secret())
            .map_err(|_| JobError::Fail("what is stored of it cannot be read".into()))?;
        let envelope = Envelope {
            id: id.as_str(),
            to: &row.recipient,
            subject: &content.subject,
            text: &content.text,
            at: SystemTime::from(now.and_utc()),
        };
        match mailer.send(envelope).await {
            Ok(()) => {
                tracing::info!(mail = %id, "the mail server took an e-mail");
                Ok(self.end(app, MailStatus::Sent, None).await?)
            }
            Err(SmtpError::Refused(words)) => Err(JobError::Fail(words)),
            Err(SmtpError::NotNow(words)) => {
                let nth = usize::try_from(run.attempts()).unwrap_or(usize::MAX).min(WAITS.len() - 1);
                let after = Duration::from_secs(60 * WAITS[nth]);
                // Waiting for longer than it is of use would only hide that it failed.
                if TimeDelta::from_std(after).is_ok_and(|after| now + after >= row.useful_until) {
                    return Err(JobError::Fail(words));
                }
                self.put_off(app, &words).await?;
                Err(JobError::Retry { words, after: Some(after) })
            }
        }
    }

    async fn gave_up(&self, app: &App, words: &str) -> AppResult<()> {
        Ok(self.end(app, MailStatus::Failed, Some(words)).await?)
    }
}
