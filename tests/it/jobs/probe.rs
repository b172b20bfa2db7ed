//! A job that does what a test says, and tells how often it was begun.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use numberbank::error::AppResult;
use numberbank::jobs::{Job, JobError, Run};
use numberbank::state::App;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};

/// What one run does.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Step {
    Done,
    Progress,
    Retry,
    RetryIn(u64),
    Later(u64),
    Fail,
    Panic,
    Hang,
    WaitThenDone,
    WaitThenFail,
    UntilStopped,
}

/// A job whose first run does the first step, and so on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Probe {
    token: String,
    steps: Vec<Step>,
}

/// What a probe's runs share: they are in this process, whichever instance they play.
struct Seen {
    runs: watch::Sender<usize>,
    given_up: Mutex<Vec<String>>,
    go_on: Notify,
}

static SEEN: LazyLock<Mutex<HashMap<String, Arc<Seen>>>> = LazyLock::new(Mutex::default);

fn seen(token: &str) -> Arc<Seen> {
    let mut all = SEEN.lock().unwrap();
    let fresh =
        || Arc::new(Seen { runs: watch::Sender::new(0), given_up: Mutex::default(), go_on: Notify::new() });
    all.entry(token.to_owned()).or_insert_with(fresh).clone()
}

impl Probe {
    /// How often it is tried.
    pub const ATTEMPTS: i64 = 5;

    pub fn new(steps: &[Step]) -> Probe {
        Probe { token: uuid::Uuid::new_v4().to_string(), steps: steps.to_vec() }
    }
    /// How often it was begun.
    pub fn runs(&self) -> usize {
        *seen(&self.token).runs.borrow()
    }
    /// What was said when it was given up.
    pub fn given_up(&self) -> Vec<String> {
        seen(&self.token).given_up.lock().unwrap().clone()
    }
    /// Ends when it is begun once more than now, or, not yet begun, at its first run.
    pub fn began(&self) -> impl Future<Output = ()> + use<> {
        let seen = seen(&self.token);
        let (mut runs, now) = (seen.runs.subscribe(), *seen.runs.borrow());
        async move {
            let begun = runs.wait_for(|runs| *runs > now);
            tokio::time::timeout(Duration::from_secs(30), begun).await.expect("it never began").unwrap();
        }
    }
    /// Ends when it was begun at all.
    pub async fn begun(&self) {
        let mut runs = seen(&self.token).runs.subscribe();
        let begun = runs.wait_for(|runs| *runs > 0);
        tokio::time::timeout(Duration::from_secs(60), begun).await.expect("it never began").unwrap();
    }
    /// Lets a waiting run go on.
    pub fn release(&self) {
        seen(&self.token).go_on.notify_one();
    }
}

#[async_trait]
impl Job for Probe {
    const KIND: &'static str = "test.probe";
    const MAX_ATTEMPTS: i64 = Probe::ATTEMPTS;
    const AGAIN: bool = true;

    fn unique_key(&self) -> Option<String> {
        Some(self.token.clone())
    }
    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let seen = seen(&self.token);
        let mut number = 0;
        seen.runs.send_modify(|runs| {
            number = *runs;
            *runs += 1;
        });
        let retry = |after| Err(JobError::Retry { words: "the line was busy".into(), after });
        match self.steps[number] {
            Step::Done => Ok(()),
            Step::Progress => Ok(run.progress(app, 3, 7, None).await?),
            Step::Retry => retry(None),
            Step::RetryIn(seconds) => retry(Some(Duration::from_secs(seconds))),
            Step::Later(seconds) => {
                let after = Duration::from_secs(seconds);
                Err(JobError::Later { words: "asked to slow down".into(), after })
            }
            Step::Fail => Err(JobError::Fail("no such account".into())),
            Step::Panic => panic!("ouch"),
            Step::Hang => std::future::pending().await,
            Step::WaitThenDone => {
                seen.go_on.notified().await;
                Ok(())
            }
            Step::WaitThenFail => {
                seen.go_on.notified().await;
                Err(JobError::Fail("too late".into()))
            }
            Step::UntilStopped => {
                while !run.should_stop() {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                Err(JobError::HandBack)
            }
        }
    }

    async fn gave_up(&self, _app: &App, words: &str) -> AppResult<()> {
        seen(&self.token).given_up.lock().unwrap().push(words.to_owned());
        Ok(())
    }
}

/// A job with a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Keyed {
    pub key: String,
}

#[async_trait]
impl Job for Keyed {
    const KIND: &'static str = "test.keyed";

    fn unique_key(&self) -> Option<String> {
        Some(self.key.clone())
    }
    async fn run(&self, _app: &App, _run: &Run) -> Result<(), JobError> {
        Ok(())
    }
    async fn gave_up(&self, _app: &App, _words: &str) -> AppResult<()> {
        Ok(())
    }
}
