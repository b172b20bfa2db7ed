//! What happens after somebody asked for a link on the sign-in page.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::letter::{Why, letter};
use super::{ASKED_HOLDS, put, store};
use crate::access::notices::note;
use crate::access::store::person_by_email;
use crate::access::token::Token;
use crate::error::{AppError, AppResult};
use crate::jobs::{Job, JobError, Run};
use crate::mail;
use crate::state::App;

/// Makes a link for whoever signs in with an address, and sends it there. A job, so that the page takes as long and
/// answers the same whether there is somebody or not.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendResetLink {
    /// The address, in the form it is kept in.
    pub email: String,
    /// Where people reach Numberbank: what the link begins with.
    pub site: String,
}

#[async_trait]
impl Job for SendResetLink {
    const KIND: &'static str = "access.send_reset_link";

    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::KIND, self.email))
    }

    async fn run(&self, app: &App, _: &Run) -> Result<(), JobError> {
        if app.mailer.is_none() {
            let words = "this instance has no mail server set; another may".to_owned();
            return Err(JobError::Later { words, after: Duration::from_secs(60) });
        }
        let (token, now) = (Token::new(), app.clock.now());
        let link = format!("{}/reset/{}", self.site, token.expose());
        let (app_, email) = (app.clone(), self.email.clone());
        app.db
            .write(move |tx| {
                let Some((id, _)) = person_by_email(tx, &email)? else { return Ok(()) };
                let Some(person) = store::person(tx, id)? else { return Ok(()) };
                let words = format!("Sent {} a link for a new password, asked for at sign-in", person.name);
                let made = put(tx, person, None, (&token, ASKED_HOLDS), now)?;
                let letter = letter(&made, None, &link, &Why::Asked)?;
                mail::enqueue(tx, &app_, &letter, now)?;
                note(tx, app_.chronicle, id, None, ("reset_link_asked", &words), now)?;
                Ok::<_, AppError>(())
            })
            .await?;
        crate::jobs::wake(app);
        Ok(())
    }

    async fn gave_up(&self, _: &App, words: &str) -> AppResult<()> {
        tracing::error!(words, "a link for a new password was asked for and could not be made");
        Ok(())
    }
}
