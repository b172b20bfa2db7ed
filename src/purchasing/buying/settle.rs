//! Finding out what became of candidates that were asked for and whose outcome is not recorded.

use std::time::Duration;

use chrono::TimeDelta;

use super::{Buyer, MOMENT, SLOW_DOWN, later, record, store, waits_for_connection};
use crate::jobs::JobError;
use crate::providers::{OwnedRemote, ProviderError, Purchase};
use crate::purchasing::model::{Candidate, Reason, Verdict, judge};

/// How often the same number is asked for when the answers are lost and it turns out not to be ours.
const TIMES_ASKED: i64 = 4;
/// How often in a row the carrier may fail to say whether a number is ours before a person decides.
const TIMES_CHECKED: i64 = 6;
/// So long after the last asking, a number that is not ours is surely not going to be.
const SURELY: TimeDelta = TimeDelta::seconds(60);

/// What the carrier has under a number.
enum Found {
    Ours(OwnedRemote),
    NotOurs,
    Absent,
    /// The purchase is refused for good.
    Refused(ProviderError),
    /// The purchase is still under way.
    Pending,
}

/// Why a candidate cannot be settled now, and when to look again.
struct Wait {
    words: String,
    after: Duration,
    /// Whether to make no further call at all until then.
    at_once: bool,
}

impl Wait {
    fn of(words: impl Into<String>, after: Duration) -> Wait {
        Wait { words: words.into(), after, at_once: false }
    }
}

impl Buyer {
    /// Settles all candidates in doubt, or says when to go on.
    pub(super) async fn settle(&self) -> Result<(), JobError> {
        let id = self.order.id;
        let in_doubt = self.app.db.read(move |conn| store::in_doubt(conn, id)).await?;
        let mut waits = Vec::new();
        for candidate in in_doubt {
            match self.settle_one(&candidate).await? {
                None => {}
                Some(Wait { words, after, at_once: true }) => return Err(later(words, after)),
                Some(wait) => waits.push(wait),
            }
        }
        match waits.into_iter().min_by_key(|wait| wait.after) {
            Some(wait) => Err(later(wait.words, wait.after)),
            None => Ok(()),
        }
    }

    /// Settles one; answers what to wait for, and how long, when it cannot be settled now.
    async fn settle_one(&self, candidate: &Candidate) -> Result<Option<Wait>, JobError> {
        match self.look_up(candidate).await {
            Ok(Found::Ours(owned)) => self.record_bought(candidate, &owned).await.map(|()| None),
            Ok(Found::NotOurs) => {
                let words = "this number is in the carrier's account already, bought by other means";
                self.record_refused(candidate, Reason::new(words), false).await.map(|()| None)
            }
            Ok(Found::Refused(error)) => {
                let fails = judge(&error) == Verdict::LineFails;
                self.record_refused(candidate, Reason::from(&error), fails).await.map(|()| None)
            }
            Ok(Found::Pending) => Ok(Some(Wait::of("the carrier completes the purchase", MOMENT))),
            Ok(Found::Absent) => self.absent(candidate).await,
            Err(error) => self.cannot_say(candidate, &error).await,
        }
    }

    async fn look_up(&self, candidate: &Candidate) -> Result<Found, ProviderError> {
        if let Some(handle) = &candidate.handle {
            let answers = self.provider.poll_purchase(&self.account, handle).await?;
            return Ok(match answers.into_iter().next() {
                Some(Purchase::Owned(owned)) => Found::Ours(owned),
                Some(Purchase::Failed(error)) => Found::Refused(error),
                Some(Purchase::Pending(_)) | None => Found::Pending,
            });
        }
        Ok(match self.find_owned(candidate).await? {
            Some(owned) if candidate.is_ours(&owned) => Found::Ours(owned),
            Some(_) => Found::NotOurs,
            None => Found::Absent,
        })
    }

    pub(super) async fn find_owned(
        &self,
        candidate: &Candidate,
    ) -> Result<Option<OwnedRemote>, ProviderError> {
        self.provider.find_owned(&self.account, candidate.phone_number).await
    }

    /// The carrier does not have it. The same number is asked for again, a few times, while more may be asked at all;
    /// before it is let go, an asking that is still on its way gets its time.
    async fn absent(&self, candidate: &Candidate) -> Result<Option<Wait>, JobError> {
        let of = candidate.clone();
        let again = self
            .write(move |tx, order, _| {
                let again = order.may_ask() && of.times_asked < TIMES_ASKED;
                if again {
                    store::ask_again(tx, of.id, false)?;
                }
                Ok(again)
            })
            .await?;
        if again {
            return Ok(None);
        }
        let age = candidate.asked_at.map_or(SURELY, |asked| self.now() - asked);
        if let Ok(left) = (SURELY - age).to_std()
            && !left.is_zero()
        {
            return Ok(Some(Wait::of("makes sure that a number was not bought after all", left)));
        }
        let words = "the carrier's answer was lost, and the number was not bought";
        self.record_refused(candidate, Reason::new(words), false).await.map(|()| None)
    }

    /// The carrier cannot say. After some tries, or when it will not talk to us at all, a person decides.
    async fn cannot_say(
        &self,
        candidate: &Candidate,
        error: &ProviderError,
    ) -> Result<Option<Wait>, JobError> {
        let verdict = judge(error);
        if let Verdict::SlowDown(wait) = verdict {
            let wait = Wait::of(error.to_string(), wait.unwrap_or(SLOW_DOWN));
            return Ok(Some(Wait { at_once: true, ..wait }));
        }
        let stopped = match verdict {
            // The connection may never be mended: who stopped the order may give the number up.
            Verdict::Broken => self.write(|_, order, _| Ok(order.stop_asked_at.is_some())).await?,
            Verdict::StopAll => {
                self.stop_all(error).await?;
                true
            }
            _ => false,
        };
        if verdict == Verdict::Broken && !stopped {
            return Err(waits_for_connection(error.clone()));
        }
        let checked = candidate.times_checked + 1;
        let person = stopped || checked >= TIMES_CHECKED;
        let reason = Reason {
            words: format!(
                "the carrier could not say whether {} was bought: {error}",
                candidate.phone_number.national()
            ),
            code: error.carrier_code().map(str::to_owned),
        };
        let (order, of, now) = (self.order.clone(), candidate.clone(), self.now());
        self.app
            .db
            .write(move |tx| record::in_doubt(tx, &order, &of, person.then_some(&reason), now))
            .await?;
        let pause = Duration::from_secs(1 << checked.clamp(0, 6));
        Ok((!person).then(|| Wait::of(format!("asks again whether a number was bought: {error}"), pause)))
    }

    pub(super) async fn record_bought(
        &self,
        candidate: &Candidate,
        owned: &OwnedRemote,
    ) -> Result<(), JobError> {
        let (by, order, now) = (self.by, self.order.clone(), self.now());
        let (of, owned) = (candidate.clone(), owned.clone());
        Ok(self.app.db.write(move |tx| record::bought(tx, &by, &order, &of, &owned, now)).await?)
    }

    pub(super) async fn record_refused(
        &self,
        candidate: &Candidate,
        reason: Reason,
        line_fails: bool,
    ) -> Result<(), JobError> {
        let (order, of, now) = (self.order.clone(), candidate.clone(), self.now());
        Ok(self.app.db.write(move |tx| record::refused(tx, &order, &of, &reason, line_fails, now)).await?)
    }
}
