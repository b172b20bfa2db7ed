//! An owned number: its facts, and the status that follows from them.

use chrono::NaiveDate;

use crate::kernel::ids::{CampaignId, EventId, NumberId, OrderId, OrganizationId, PersonId, ServiceId};
use crate::kernel::text_enum::TextEnum;
use crate::kernel::{AreaCode, E164, Micros, Moment};
use crate::organizations::connection::Place;
use crate::{stored_enum, text_enum};

stored_enum! {
    /// What kind of number.
    pub enum NumberKind {
        /// Of a geographic area code.
        Local = "local",
        /// Of the 800 family.
        TollFree = "toll_free",
    }
}

impl NumberKind {
    /// The kind of numbers in this area code.
    pub fn of(area_code: AreaCode) -> NumberKind {
        if area_code.is_toll_free() { NumberKind::TollFree } else { NumberKind::Local }
    }
}

stored_enum! {
    /// How a campaign holds a number.
    pub enum Hold {
        /// A draft campaign, until its reservation lapses.
        Reserved = "reserved",
        /// A campaign that is starting, started or archived.
        InUse = "in_use",
    }
}

text_enum! {
    /// What a number is doing. Follows from facts, in [`Facts::status`]; never stored.
    pub enum Status {
        /// Held by a campaign that is starting, started or archived.
        InUse = "in_use",
        /// Held by a draft campaign.
        Reserved = "reserved",
        /// In a messaging service, outside any campaign.
        Attached = "attached",
        /// Given back less than the resting time ago.
        Resting = "resting",
        /// None of the others: free to be reserved.
        Available = "available",
        /// Its release was asked and not yet confirmed.
        Leaving = "leaving",
        /// The provider says it is gone.
        Lost = "lost",
    }
}

impl Status {
    /// The word that is stored in events and stands in addresses.
    pub fn as_word(self) -> &'static str {
        self.as_str()
    }
    /// The word people read.
    pub fn words(self) -> &'static str {
        match self {
            Status::InUse => "in use",
            other => other.as_str(),
        }
    }
}

/// A number whose monthly charge is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The number.
    pub id: NumberId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The day it is charged on.
    pub renews_on: NaiveDate,
    /// What it costs from now on.
    pub monthly_price: Micros,
}

/// The facts that decide a number's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The campaign that holds it, and how.
    pub held: Option<(CampaignId, Hold)>,
    /// The messaging service it sits in.
    pub messaging_service: Option<ServiceId>,
    /// It was given back and rests until then.
    pub resting_until: Option<Moment>,
    /// It rested until then when a draft reserved it: if it is let go, it rests on.
    pub rest_left: Option<Moment>,
    /// It gets no new contacts since then.
    pub cordoned_at: Option<Moment>,
    /// Its release was asked then.
    pub leaving_at: Option<Moment>,
    /// The provider was found not to have it any more.
    pub lost_at: Option<Moment>,
}

impl Facts {
    /// What a number of these facts is doing. The order of the questions is the rule of precedence. Time is not
    /// asked: a job ends rests and reservations, so no status changes by itself.
    pub fn status(&self) -> Status {
        if self.lost_at.is_some() {
            Status::Lost
        } else if self.leaving_at.is_some() {
            Status::Leaving
        } else if let Some((_, hold)) = self.held {
            match hold {
                Hold::InUse => Status::InUse,
                Hold::Reserved => Status::Reserved,
            }
        } else if self.messaging_service.is_some() {
            Status::Attached
        } else if self.resting_until.is_some() {
            Status::Resting
        } else {
            Status::Available
        }
    }
}

/// An owned number.
#[derive(Debug, Clone)]
pub struct Number {
    /// Its id.
    pub id: NumberId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The provider's key.
    pub service: String,
    /// The account at the provider.
    pub carrier_account: String,
    /// The provider's id.
    pub service_id: String,
    /// The number.
    pub phone_number: E164,
    /// Its area code.
    pub area_code: AreaCode,
    /// Its kind.
    pub kind: NumberKind,
    /// What people call it; empty when they do not.
    pub label: String,
    /// What it costs a month.
    pub monthly_price: Micros,
    /// When it was bought; of an adopted one, since when the carrier has it in the account.
    pub bought_at: Moment,
    /// The day of its next monthly charge, UTC.
    pub renews_on: NaiveDate,
    /// The order that bought it.
    pub order_id: Option<OrderId>,
    /// What decides its status.
    pub facts: Facts,
    /// When it was given back to the carrier; it is in no list then.
    pub released_at: Option<Moment>,
    /// What answers voice calls to it, as last known.
    pub voice_url: Option<String>,
}

impl Number {
    /// What it is doing.
    pub fn status(&self) -> Status {
        self.facts.status()
    }
    /// The account it is in.
    pub fn place(&self) -> Place {
        Place {
            organization: self.organization_id,
            service: self.service.clone(),
            account: self.carrier_account.clone(),
        }
    }
}

/// A number to be added to the inventory.
#[derive(Debug, Clone)]
pub struct NewNumber {
    /// Its id.
    pub id: NumberId,
    /// The provider's key.
    pub service: String,
    /// The account at the provider.
    pub carrier_account: String,
    /// The provider's id.
    pub service_id: String,
    /// The number.
    pub phone_number: E164,
    /// Its area code.
    pub area_code: AreaCode,
    /// What it costs a month.
    pub monthly_price: Micros,
    /// When it was bought.
    pub bought_at: Moment,
    /// The day of its next monthly charge, UTC.
    pub renews_on: NaiveDate,
    /// The order that bought it.
    pub order_id: Option<OrderId>,
    /// What people call it.
    pub label: String,
    /// What answers voice calls to it.
    pub voice_url: Option<String>,
}

/// A change of one or more numbers, the same for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A draft campaign takes them.
    Reserve(CampaignId),
    /// A campaign starts with them, or a draft lets go of them again.
    Use(CampaignId),
    /// A start failed: back to the draft.
    BackToReserved(CampaignId),
    /// A draft campaign lets go of them.
    Unreserve,
    /// A campaign ended with them; they rest until then (or not at all).
    GiveBack(Option<Moment>),
    /// They were put into a messaging service.
    Attach(ServiceId),
    /// They were taken out of their messaging service.
    Detach,
    /// A person lets them rest.
    Rest(Moment),
    /// Their rest is over.
    EndRest,
    /// They get no new contacts.
    Cordon(Moment),
    /// They may get new contacts again.
    Uncordon,
    /// Their release was asked.
    Leave(Moment),
    /// Their release was refused: they stay.
    Stay,
    /// The carrier was found not to have them any more.
    Lose(Moment),
    /// The carrier was found to have them all the same.
    Find,
}

impl Change {
    /// The facts after the change.
    pub fn apply(self, mut facts: Facts) -> Facts {
        match self {
            Change::Reserve(campaign) => {
                facts.held = Some((campaign, Hold::Reserved));
                facts.rest_left = facts.resting_until.take();
            }
            Change::BackToReserved(campaign) => facts.held = Some((campaign, Hold::Reserved)),
            Change::Use(campaign) => facts.held = Some((campaign, Hold::InUse)),
            Change::Unreserve => {
                facts.held = None;
                facts.resting_until = facts.rest_left.take();
            }
            Change::GiveBack(until) => {
                facts.held = None;
                facts.resting_until = until;
                facts.rest_left = None;
            }
            Change::Attach(service) => facts.messaging_service = Some(service),
            Change::Detach => facts.messaging_service = None,
            Change::Rest(until) => facts.resting_until = Some(until),
            Change::EndRest => facts.resting_until = None,
            Change::Cordon(at) => facts.cordoned_at = Some(at),
            Change::Uncordon => facts.cordoned_at = None,
            Change::Leave(at) => facts.leaving_at = Some(at),
            Change::Stay => facts.leaving_at = None,
            Change::Lose(at) => facts.lost_at = Some(at),
            Change::Find => facts.lost_at = None,
        }
        facts
    }
    /// The kind of event it leaves in the number's life.
    pub fn event(self) -> EventKind {
        match self {
            Change::Reserve(_) => EventKind::Reserved,
            Change::Use(_) => EventKind::Used,
            Change::BackToReserved(_) => EventKind::StartFailed,
            Change::Unreserve => EventKind::Unreserved,
            Change::GiveBack(_) => EventKind::GivenBack,
            Change::Attach(_) => EventKind::Attached,
            Change::Detach => EventKind::Detached,
            Change::Rest(_) => EventKind::Rested,
            Change::EndRest => EventKind::RestEnded,
            Change::Cordon(_) => EventKind::Cordoned,
            Change::Uncordon => EventKind::Uncordoned,
            Change::Leave(_) => EventKind::ReleaseAsked,
            Change::Stay => EventKind::ReleaseRefused,
            Change::Lose(_) => EventKind::Lost,
            Change::Find => EventKind::Found,
        }
    }
}

stored_enum! {
    /// What happened to a number.
    pub enum EventKind {
        /// Bought by an order.
        Bought = "bought",
        /// Taken by a draft campaign.
        Reserved = "reserved",
        /// Let go by a draft campaign, or its reservation lapsed.
        Unreserved = "unreserved",
        /// A campaign started with it.
        Used = "used",
        /// The start failed; back to the draft.
        StartFailed = "start_failed",
        /// An archived campaign gave it back.
        GivenBack = "given_back",
        /// Put into a messaging service.
        Attached = "attached",
        /// Taken out of its messaging service.
        Detached = "detached",
        /// A person lets it rest.
        Rested = "rested",
        /// Its rest ended.
        RestEnded = "rest_ended",
        /// Gets no new contacts.
        Cordoned = "cordoned",
        /// May get new contacts again.
        Uncordoned = "uncordoned",
        /// Its label was changed.
        Labelled = "labelled",
        /// What answers calls to it was set.
        VoiceSet = "voice_set",
        /// What answers calls to it could not be set.
        VoiceNotSet = "voice_not_set",
        /// Its release was asked.
        ReleaseAsked = "release_asked",
        /// The carrier did not take it back.
        ReleaseRefused = "release_refused",
        /// The carrier took it back.
        Released = "released",
        /// Found at the carrier and taken into the inventory.
        Adopted = "adopted",
        /// The carrier was found not to have it any more.
        Lost = "lost",
        /// The carrier has it all the same.
        Found = "found",
        /// Lost, and taken out of the inventory by an owner.
        Cleared = "cleared",
    }
}

impl EventKind {
    /// The words people read in a number's life.
    pub fn words(self) -> &'static str {
        match self {
            EventKind::Bought => "Bought",
            EventKind::Reserved => "Reserved",
            EventKind::Unreserved => "Reservation ended",
            EventKind::Used => "Taken into use",
            EventKind::StartFailed => "Start failed, reserved again",
            EventKind::GivenBack => "Given back",
            EventKind::Attached => "Put into a messaging service",
            EventKind::Detached => "Taken out of its messaging service",
            EventKind::Rested => "Sent to rest",
            EventKind::RestEnded => "Rest ended",
            EventKind::Cordoned => "Cordoned: no new contacts",
            EventKind::Uncordoned => "Open for new contacts again",
            EventKind::Labelled => "Label changed",
            EventKind::VoiceSet => "Voice address set",
            EventKind::VoiceNotSet => "Voice address not set",
            EventKind::ReleaseAsked => "Release asked",
            EventKind::ReleaseRefused => "Release refused, still ours",
            EventKind::Released => "Released to the carrier",
            EventKind::Adopted => "Adopted: it was in the carrier’s account already",
            EventKind::Lost => "Lost: the carrier does not have it any more",
            EventKind::Found => "Found again at the carrier",
            EventKind::Cleared => "Cleared from the inventory",
        }
    }
}

/// Something that happened to a number.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// When.
    pub at: Moment,
    /// What.
    pub kind: EventKind,
    /// By whom; `None` when nobody in particular.
    pub person_id: Option<PersonId>,
    /// For which campaign.
    pub campaign_id: Option<CampaignId>,
    /// By which order.
    pub order_id: Option<OrderId>,
    /// Why, in a sentence; may be empty.
    pub why: String,
    /// What it was before (a status, a label).
    pub before: String,
    /// What it was after.
    pub after: String,
}

/// Whether a search is for a number or a part of one: `313`, `(313) 555-01`, not `Booth 4` nor `50%`.
pub fn is_number(search: &str) -> bool {
    search.contains(|letter: char| letter.is_ascii_digit())
        && search.chars().all(|letter| letter.is_ascii_digit() || "+-(). ".contains(letter))
}

/// How many numbers of one area code do what, and what they cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The area code.
    pub area_code: AreaCode,
    /// Free to be reserved, cordoned ones included.
    pub available: i64,
    /// Of those, cordoned.
    pub cordoned: i64,
    /// Held by drafts.
    pub reserved: i64,
    /// Held by campaigns that started.
    pub in_use: i64,
    /// In a messaging service outside any campaign.
    pub attached: i64,
    /// Resting.
    pub resting: i64,
    /// Being released.
    pub leaving: i64,
    /// Gone at the carrier.
    pub lost: i64,
    /// A month, of all that are charged.
    pub monthly_cost: Micros,
}

impl Count {
    /// No number yet.
    pub fn none(area_code: AreaCode) -> Count {
        Count {
            area_code,
            available: 0,
            cordoned: 0,
            reserved: 0,
            in_use: 0,
            attached: 0,
            resting: 0,
            leaving: 0,
            lost: 0,
            monthly_cost: Micros::ZERO,
        }
    }
    /// All of them, lost ones included.
    pub fn total(&self) -> i64 {
        self.available + self.reserved + self.in_use + self.attached + self.resting + self.leaving + self.lost
    }
    /// What a planner may take: available and not cordoned.
    pub fn free(&self) -> i64 {
        self.available - self.cordoned
    }
    /// How many do this.
    pub fn of(&self, status: Status) -> i64 {
        match status {
            Status::Available => self.available,
            Status::Reserved => self.reserved,
            Status::InUse => self.in_use,
            Status::Attached => self.attached,
            Status::Resting => self.resting,
            Status::Leaving => self.leaving,
            Status::Lost => self.lost,
        }
    }
    /// Counts a number of these facts in (`+1`) or out (`-1`).
    pub fn count(&mut self, facts: &Facts, price: Micros, by: i64) {
        let status = facts.status();
        let column = match status {
            Status::Available => &mut self.available,
            Status::Reserved => &mut self.reserved,
            Status::InUse => &mut self.in_use,
            Status::Attached => &mut self.attached,
            Status::Resting => &mut self.resting,
            Status::Leaving => &mut self.leaving,
            Status::Lost => &mut self.lost,
        };
        *column += by;
        if status == Status::Available && facts.cordoned_at.is_some() {
            self.cordoned += by;
        }
        if status != Status::Lost {
            self.monthly_cost += price * by;
        }
    }
    /// Adds another count to this one.
    pub fn add(&mut self, other: &Count) {
        self.available += other.available;
        self.cordoned += other.cordoned;
        self.reserved += other.reserved;
        self.in_use += other.in_use;
        self.attached += other.attached;
        self.resting += other.resting;
        self.leaving += other.leaving;
        self.lost += other.lost;
        self.monthly_cost += other.monthly_cost;
    }
}
