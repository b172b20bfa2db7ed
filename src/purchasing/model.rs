//! Orders, their lines, and the numbers tried for them: types and rules, no I/O.

use std::time::Duration;

use super::fallback::Fallback;
use crate::kernel::ids::{
    CampaignId, CandidateId, LineId, NumberId, OrderId, OrganizationId, PersonId, ServiceId,
};
use crate::kernel::{AreaCode, E164, Micros, Moment};
use crate::organizations::connection::Place;
use crate::providers::{ClientRef, ErrorKind, OwnedRemote, ProviderError};
use crate::stored_enum;

stored_enum! {
    /// Where an order stands.
    pub enum OrderStatus {
        /// Lines are being bought, or wait for a person's decision.
        Working = "working",
        /// Every line was bought.
        Complete = "complete",
        /// Some lines were bought.
        Partial = "partial",
        /// Somebody stopped it before every line was bought.
        Stopped = "stopped",
        /// Nothing was bought.
        Failed = "failed",
    }
}

stored_enum! {
    /// Where a line stands.
    pub enum LineStatus {
        /// A number is looked for or asked for.
        Open = "open",
        /// Its number is ours.
        Bought = "bought",
        /// It has none and will get none.
        NotBought = "not_bought",
        /// The carrier cannot say whether it sold us the number: a person decides.
        Unknown = "unknown",
    }
}

stored_enum! {
    /// What became of a number tried for a line.
    pub enum CandidateStatus {
        /// Found by a search, not asked for.
        Planned = "planned",
        /// Asked for: from here on it may be ours.
        Asking = "asking",
        /// Ours.
        Bought = "bought",
        /// Surely not ours.
        Refused = "refused",
        /// Asked for, and the carrier could not yet say whether it is ours.
        Unknown = "unknown",
    }
}

/// What sort of numbers an order asks for. They differ in price and in what they may do, and never stand in for one
/// another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// Numbers of a place.
    #[default]
    Local,
    /// Numbers that are free to call and belong to no place.
    TollFree,
}

impl Kind {
    /// The word of forms and addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Local => "local",
            Kind::TollFree => "toll_free",
        }
    }
    /// The kind of a word; local for any other.
    pub fn parse(text: &str) -> Kind {
        if text == Kind::TollFree.as_str() { Kind::TollFree } else { Kind::Local }
    }
}

/// An order.
#[derive(Debug, Clone)]
pub struct Order {
    /// Its id, made with the quote: sent twice it is the same order.
    pub id: OrderId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The provider's key.
    pub service: String,
    /// The account at the provider.
    pub carrier_account: String,
    /// Where it stands.
    pub status: OrderStatus,
    /// The most its numbers may cost at once.
    pub ceiling: Micros,
    /// Who placed it.
    pub placed_by: PersonId,
    /// When.
    pub placed_at: Moment,
    /// Where it may turn when an area code is sold out.
    pub fallback: Fallback,
    /// The order whose remainder it buys.
    pub continues: Option<OrderId>,
    /// The campaign it was placed for.
    pub campaign_id: Option<CampaignId>,
    /// The messaging service into which what it buys goes when it has ended; it stays available when there is none.
    pub messaging_service_id: Option<ServiceId>,
    /// Whether what it buys is reserved for its campaign as it arrives, while that is not over.
    pub reserves: bool,
    /// When somebody asked to stop it.
    pub stop_asked_at: Option<Moment>,
    /// When it ended.
    pub finished_at: Option<Moment>,
    /// A sentence when it ended early or waits for a person.
    pub notice: Option<String>,
}

impl Order {
    /// The account it buys with.
    pub fn place(&self) -> Place {
        Place {
            organization: self.organization_id,
            service: self.service.clone(),
            account: self.carrier_account.clone(),
        }
    }
    /// The campaign for which its numbers are reserved as they arrive.
    pub fn reserves_for(&self) -> Option<CampaignId> {
        self.campaign_id.filter(|_| self.reserves)
    }
    /// Whether more may be asked of the carrier for it.
    pub fn may_ask(&self) -> bool {
        self.status == OrderStatus::Working && self.stop_asked_at.is_none()
    }
}

/// A number wanted.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its id.
    pub id: LineId,
    /// Its place in the order, from 1.
    pub position: i64,
    /// Where the number should be.
    pub area_code: AreaCode,
    /// Where it is looked for or was bought, when it is not there.
    pub instead: Option<AreaCode>,
    /// The price a month that the quote said.
    pub quoted_price: Micros,
    /// Where it stands.
    pub status: LineStatus,
    /// Why it was not bought or is not known, in our words.
    pub reason: Option<String>,
    /// The provider's code for that.
    pub provider_code: Option<String>,
    /// The number it got.
    pub number_id: Option<NumberId>,
    /// When it was decided.
    pub finished_at: Option<Moment>,
}

impl Line {
    /// The area code in which its number is looked for, or was bought.
    pub fn place(&self) -> AreaCode {
        self.instead.unwrap_or(self.area_code)
    }
}

/// A number tried for a line.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Its id: the tag at the carrier follows from it.
    pub id: CandidateId,
    /// For which line.
    pub line_id: LineId,
    /// The number.
    pub phone_number: E164,
    /// What it costs a month.
    pub monthly_price: Micros,
    /// What became of it.
    pub status: CandidateStatus,
    /// When it was last asked for.
    pub asked_at: Option<Moment>,
    /// How often it was asked for.
    pub times_asked: i64,
    /// How often in a row the carrier could not say whether it is ours.
    pub times_checked: i64,
    /// What to ask for the outcome with, at carriers that complete a purchase later.
    pub handle: Option<String>,
}

impl Candidate {
    /// Our tag for it at the carrier: 39 characters.
    pub fn client_ref(&self) -> ClientRef {
        ClientRef::new(format!("nb-{}", self.id))
    }
    /// Whether what the carrier has under its number comes from our asking. Somebody may have bought the number by
    /// other means in the same account: then it is not this line's.
    pub fn is_ours(&self, owned: &OwnedRemote) -> bool {
        match (&owned.client_ref, self.asked_at) {
            (Some(tag), _) => *tag == self.client_ref(),
            // A carrier without tags: it became ours after we asked, clocks may differ a little.
            (None, Some(asked)) => owned.created_at >= asked - chrono::TimeDelta::minutes(5),
            (None, None) => false,
        }
    }
}

/// What is said of a number that somebody else was quicker to buy.
pub const SOLD_MEANWHILE: &str = "sold meanwhile";

/// Why something was not bought: our words, the carrier's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// In our words.
    pub words: String,
    /// The carrier's code.
    pub code: Option<String>,
}

impl Reason {
    /// In our words alone.
    pub fn new(words: impl Into<String>) -> Reason {
        Reason { words: words.into(), code: None }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.words)?;
        match &self.code {
            Some(code) => write!(f, " (carrier: {code})"),
            None => Ok(()),
        }
    }
}

impl From<&ProviderError> for Reason {
    fn from(error: &ProviderError) -> Reason {
        let words = match error.kind {
            ErrorKind::Unavailable => SOLD_MEANWHILE.to_owned(),
            _ => error.to_string().trim_end_matches('.').to_owned(),
        };
        Reason { words, code: error.carrier_code().map(str::to_owned) }
    }
}

/// What a carrier's refusal of a purchase means for the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// This number is not to be had: the line takes the next one.
    NextNumber,
    /// The line will not be bought.
    LineFails,
    /// Nothing was done: ask again, after this long if the carrier says.
    SlowDown(Option<Duration>),
    /// Nothing was done: ask again.
    NotDone,
    /// It may have been done: ask whether the number is ours before anything else.
    Doubt,
    /// Nothing was done: the connection does not work until a person mends it. Ask again then.
    Broken,
    /// The account may not do this: what is not bought will not be.
    StopAll,
}

/// Judges a refusal.
pub fn judge(error: &ProviderError) -> Verdict {
    match error.kind {
        ErrorKind::Unavailable | ErrorKind::NeedsRegulatory => Verdict::NextNumber,
        ErrorKind::InvalidRequest
        | ErrorKind::NotFound
        | ErrorKind::AlreadyThere
        | ErrorKind::PoolFull
        | ErrorKind::InOtherPool => Verdict::LineFails,
        ErrorKind::RateLimited(wait) => Verdict::SlowDown(wait),
        ErrorKind::Transient => Verdict::NotDone,
        ErrorKind::AnswerLost | ErrorKind::Unknown => Verdict::Doubt,
        ErrorKind::Auth | ErrorKind::AccountSuspended | ErrorKind::Trial => Verdict::Broken,
        ErrorKind::Restricted => Verdict::StopAll,
    }
}

/// How many lines stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Still looked for.
    pub open: i64,
    /// Bought.
    pub bought: i64,
    /// Not bought.
    pub not_bought: i64,
    /// Waiting for a person's decision.
    pub unknown: i64,
}

impl Tally {
    /// Counts lines in.
    pub fn add(&mut self, status: LineStatus, lines: i64) {
        *match status {
            LineStatus::Open => &mut self.open,
            LineStatus::Bought => &mut self.bought,
            LineStatus::NotBought => &mut self.not_bought,
            LineStatus::Unknown => &mut self.unknown,
        } += lines;
    }
    /// All lines.
    pub fn wanted(&self) -> i64 {
        self.open + self.bought + self.not_bought + self.unknown
    }
    /// How an order with these lines ends; `None` while some are undecided.
    pub fn end(&self, stopped: bool) -> Option<OrderStatus> {
        if self.open > 0 || self.unknown > 0 {
            return None;
        }
        Some(if self.not_bought == 0 {
            OrderStatus::Complete
        } else if stopped {
            OrderStatus::Stopped
        } else if self.bought > 0 {
            OrderStatus::Partial
        } else {
            OrderStatus::Failed
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn candidate(asked_at: Option<Moment>) -> Candidate {
        Candidate {
            id: CandidateId::new(),
            line_id: LineId::new(),
            phone_number: E164::parse("+13135550142").unwrap(),
            monthly_price: Micros::from_cents(115),
            status: CandidateStatus::Asking,
            asked_at,
            times_asked: 1,
            times_checked: 0,
            handle: None,
        }
    }

    #[test]
    fn a_number_is_ours_by_its_tag_or_without_tags_by_its_age() {
        let asked: Moment = "2026-11-22T13:00:00".parse().unwrap();
        let ours = candidate(Some(asked));
        assert!(ours.client_ref().as_str().len() <= 64);
        let owned = |client_ref, created_at: &str| OwnedRemote {
            id: crate::providers::RemoteNumberId::new("PN1"),
            phone_number: ours.phone_number,
            client_ref,
            created_at: created_at.parse().unwrap(),
            monthly_price: None,
            messaging_service: None,
            voice_url: None,
            sms: true,
        };
        assert!(ours.is_ours(&owned(Some(ours.client_ref()), "2020-01-01T00:00:00")));
        assert!(!ours.is_ours(&owned(Some(candidate(None).client_ref()), "2026-11-22T13:00:01")));
        assert!(ours.is_ours(&owned(None, "2026-11-22T12:59:00")));
        assert!(!ours.is_ours(&owned(None, "2026-11-22T12:00:00")));
        assert!(!candidate(None).is_ours(&owned(None, "2026-11-22T13:00:01")));
    }

    #[test]
    fn what_may_have_been_done_is_never_asked_again_blindly() {
        for kind in ErrorKind::ALL {
            let error = ProviderError::new(kind, "words");
            let verdict = judge(&error);
            assert_eq!(error.is_ambiguous(), verdict == Verdict::Doubt, "{kind:?}");
            assert_eq!(error.broken_connection(), verdict == Verdict::Broken, "{kind:?}");
            let stops = matches!(verdict, Verdict::StopAll | Verdict::Broken);
            assert_eq!(error.stops_account(), stops, "{kind:?}");
            let again = matches!(verdict, Verdict::SlowDown(_) | Verdict::NotDone);
            assert_eq!(error.is_retryable(), again, "{kind:?}");
        }
    }

    proptest! {
        #[test]
        fn an_order_ends_when_every_line_is_decided(
            open in 0i64..3, bought in 0i64..3, not_bought in 0i64..3, unknown in 0i64..3, stopped: bool,
        ) {
            let tally = Tally { open, bought, not_bought, unknown };
            let end = tally.end(stopped);
            prop_assert_eq!(end.is_none(), open + unknown > 0);
            prop_assert_eq!(end == Some(OrderStatus::Complete), open + unknown + not_bought == 0);
            prop_assert!(end != Some(OrderStatus::Failed) || bought == 0);
            prop_assert!(end != Some(OrderStatus::Partial) || (bought > 0 && !stopped));
        }
    }
}
