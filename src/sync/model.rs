//! A comparison with the carrier, what it found to differ, and the words for both. No I/O.

use crate::kernel::ids::{DifferenceId, NumberId, OrganizationId, PersonId, SyncId};
use crate::kernel::{E164, Micros, Moment};
use crate::organizations::connection::Place;
use crate::providers::{ClientRef, OwnedRemote, RemoteNumberId, RemoteServiceId};
use crate::stored_enum;
use crate::web::format::{number as figure, plural};

stored_enum! {
    /// How far a comparison is.
    pub enum Step {
        /// The carrier lists its numbers, page by page.
        Numbers = "numbers",
        /// The carrier lists its messaging services.
        Services = "services",
        /// The carrier lists the numbers in each of them.
        Members = "members",
        /// Our numbers are looked up in what it listed.
        Ours = "ours",
        /// What it listed is looked up among our numbers.
        Theirs = "theirs",
        /// Each of ours that it did not list is asked for by its id.
        Missing = "missing",
        /// Over.
        Done = "done",
    }
}

impl Step {
    /// What is being done, for a page.
    pub fn words(self) -> &'static str {
        match self {
            Step::Numbers => "Reading the carrier’s list of numbers",
            Step::Services | Step::Members => "Reading what is in the carrier’s messaging services",
            Step::Ours | Step::Theirs => "Comparing",
            Step::Missing => "Asking the carrier for each number that it did not list",
            Step::Done => "Done",
        }
    }
}

stored_enum! {
    /// What came of a comparison.
    pub enum Outcome {
        /// It is under way.
        Running = "running",
        /// Everything was compared.
        Complete = "complete",
        /// What the carrier said cannot be true: nothing was changed.
        Unusable = "unusable",
        /// The carrier did not answer to the end: nothing was changed.
        Failed = "failed",
    }
}

stored_enum! {
    /// What differs.
    pub enum Kind {
        /// The carrier has a number that is unknown here.
        Unknown = "unknown",
        /// The carrier did not list one of ours. Only while a comparison runs.
        Missing = "missing",
        /// Another address answers voice calls.
        Voice = "voice",
        /// It sits in another messaging service, or in none.
        Pool = "pool",
    }
}

stored_enum! {
    /// What a person asks to be done about a difference.
    pub enum Asked {
        /// Take the number in.
        Adopt = "adopt",
        /// Set at the carrier what is here.
        Ours = "ours",
        /// Write down here what is at the carrier.
        Theirs = "theirs",
    }
}

/// A comparison.
#[derive(Debug, Clone)]
pub struct SyncRun {
    /// Its id.
    pub id: SyncId,
    /// Whose numbers are compared with which account.
    pub place: Place,
    /// Who asked; nobody when it came by the clock.
    pub asked_by: Option<PersonId>,
    /// When.
    pub asked_at: Moment,
    /// How far it is.
    pub step: Step,
    /// Where the step goes on.
    pub position: Option<String>,
    /// How often the list had to be begun anew.
    pub restarts: i64,
    /// How many numbers the carrier listed.
    pub seen: i64,
    /// How many lost ones were found again.
    pub found: i64,
    /// How many were lost.
    pub lost: i64,
    /// What came of it.
    pub outcome: Outcome,
    /// That in words.
    pub words: String,
    /// When it ended.
    pub finished_at: Option<Moment>,
}

impl SyncRun {
    /// A comparison that begins.
    pub fn new(place: Place, asked_by: Option<PersonId>, now: Moment) -> SyncRun {
        SyncRun {
            id: SyncId::new(),
            place,
            asked_by,
            asked_at: now,
            step: Step::Numbers,
            position: None,
            restarts: 0,
            seen: 0,
            found: 0,
            lost: 0,
            outcome: Outcome::Running,
            words: String::new(),
            finished_at: None,
        }
    }
    /// Whose it is.
    pub fn organization(&self) -> OrganizationId {
        self.place.organization
    }
}

/// What the carrier says of one of its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its id there.
    pub remote_id: String,
    /// The number.
    pub phone_number: E164,
    /// The tag it carries.
    pub client_ref: Option<String>,
    /// Since when.
    pub created_at: Moment,
    /// What it costs a month, where the carrier says so.
    pub monthly_price: Option<Micros>,
    /// What answers voice calls.
    pub voice_url: Option<String>,
    /// The messaging service it is in.
    pub service_sid: Option<String>,
    /// Whether it can text.
    pub sms: bool,
}

impl From<&OwnedRemote> for Seen {
    fn from(owned: &OwnedRemote) -> Seen {
        Seen {
            remote_id: owned.id.as_str().to_owned(),
            phone_number: owned.phone_number,
            client_ref: owned.client_ref.as_ref().map(|tag| tag.as_str().to_owned()),
            created_at: owned.created_at,
            monthly_price: owned.monthly_price,
            voice_url: owned.voice_url.clone().filter(|url| !url.is_empty()),
            service_sid: owned.messaging_service.as_ref().map(|id| id.as_str().to_owned()),
            sms: owned.sms,
        }
    }
}

impl Seen {
    /// As the carrier would say it: for comparing with what an order asked for.
    pub fn owned(&self) -> OwnedRemote {
        OwnedRemote {
            id: RemoteNumberId::new(self.remote_id.as_str()),
            phone_number: self.phone_number,
            client_ref: self.client_ref.as_deref().map(ClientRef::new),
            created_at: self.created_at,
            monthly_price: self.monthly_price,
            messaging_service: self.service_sid.as_deref().map(RemoteServiceId::new),
            voice_url: self.voice_url.clone(),
            sms: self.sms,
        }
    }
}

/// Something that differs.
#[derive(Debug, Clone)]
pub struct Difference {
    /// Its id.
    pub id: DifferenceId,
    /// What.
    pub kind: Kind,
    /// What the carrier says.
    pub theirs: Seen,
    /// The name of the messaging service it is in there.
    pub service_name: Option<String>,
    /// Which of ours.
    pub number_id: Option<NumberId>,
    /// What is to be done about it, and who asked.
    pub asked: Option<(Asked, PersonId)>,
    /// Why that was not done.
    pub problem: Option<String>,
}

/// What is said when the carrier lists nothing although something is here.
pub fn empty_list(ours: i64) -> String {
    let ours = ours.unsigned_abs();
    let are = if ours == 1 { "is" } else { "are" };
    format!(
        "The carrier’s list was empty although {} {are} here: nothing was changed.",
        plural(ours, "number", "numbers")
    )
}

/// What is said when the carrier did not answer to the end.
pub fn broken_off(words: &str) -> String {
    format!("The carrier did not answer to the end, so nothing was compared and nothing was changed. {words}")
}

/// What a complete comparison found, in words. How much is unknown is `None` where that is not everybody's business.
pub fn found(run: &SyncRun, unknown: Option<i64>, differing: i64) -> String {
    let listed = plural(run.seen.unsigned_abs(), "number", "numbers");
    let mut parts: Vec<String> = Vec::new();
    let are = |count: i64| if count == 1 { "is" } else { "are" };
    let count = |count: i64| figure(count);
    if let Some(unknown) = unknown.filter(|unknown| *unknown > 0) {
        parts.push(format!("{} of them {} unknown here", count(unknown), are(unknown)));
    }
    if run.lost > 0 {
        parts.push(format!("{} of yours {} lost", count(run.lost), are(run.lost)));
    }
    if run.found > 0 {
        parts.push(format!(
            "{} of yours that {} lost {} back",
            count(run.found),
            if run.found == 1 { "was" } else { "were" },
            are(run.found)
        ));
    }
    if differing > 0 {
        let differ = if differing == 1 { "differs" } else { "differ" };
        parts.push(format!("{} {differ} from what is here", count(differing)));
    }
    match parts.len() {
        0 if unknown.is_none() => format!("The carrier listed {listed}. All of yours is as it is here."),
        0 => format!("The carrier listed {listed}. All of it is as it is here."),
        _ => format!("The carrier listed {listed}. {}.", capitalized(&parts.join("; "))),
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seen: i64, found: i64, lost: i64) -> SyncRun {
        let place = Place { organization: OrganizationId::new(), service: "s".into(), account: "a".into() };
        SyncRun { seen, found, lost, ..SyncRun::new(place, None, "2026-11-22T10:00:00".parse().unwrap()) }
    }

    #[test]
    fn outcomes_are_told_in_words() {
        assert_eq!(
            empty_list(240),
            "The carrier’s list was empty although 240 numbers are here: nothing was changed."
        );
        assert!(empty_list(1).contains("1 number is here"));
        assert_eq!(
            found(&run(3, 0, 0), Some(0), 0),
            "The carrier listed 3 numbers. All of it is as it is here."
        );
        assert!(found(&run(3, 0, 0), None, 0).ends_with("All of yours is as it is here."));
        assert_eq!(
            found(&run(1_252, 1, 2), Some(12), 1),
            "The carrier listed 1,252 numbers. 12 of them are unknown here; 2 of yours are lost; \
             1 of yours that was lost is back; 1 differs from what is here."
        );
    }
}
