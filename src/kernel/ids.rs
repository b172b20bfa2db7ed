//! Typed ids. Each is a UUID version 7 in its hyphenated lower-case text form, which sorts by creation time.

use std::fmt;

/// Text that is not a UUID where an id was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

fn canonical(text: &str) -> Result<[u8; 36], NotAnId> {
    let uuid = uuid::Uuid::try_parse(text).map_err(|_| NotAnId)?;
    let mut bytes = [0; 36];
    uuid.hyphenated().encode_lower(&mut bytes);
    Ok(bytes)
}

fn fresh() -> [u8; 36] {
    let mut bytes = [0; 36];
    uuid::Uuid::now_v7().hyphenated().encode_lower(&mut bytes);
    bytes
}

macro_rules! typed_ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 36]);

        impl $name {
            /// A new id, later in order than the ones made before it.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self(fresh())
            }
            /// Reads an id from its text form.
            ///
            /// # Errors
            /// [`NotAnId`] when the text is not a UUID.
            pub fn parse(text: &str) -> Result<Self, NotAnId> {
                canonical(text).map(Self)
            }
            /// The text form, 36 characters.
            pub fn as_str(&self) -> &str {
                std::str::from_utf8(&self.0).unwrap_or_default()
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.as_str())
            }
        }
        impl std::str::FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                Self::parse(text)
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    )+};
}

typed_ids! {
    /// A person who signs in.
    PersonId,
    /// One sign-in of a person in a browser.
    SessionId,
    /// What a program asks with in an organization's name.
    ApiTokenId,
    /// An invitation to work in an organization.
    InvitationId,
    /// A link with which a person sets a new password.
    ResetId,
    /// An organization: the owner of numbers, campaigns and spend.
    OrganizationId,
    /// A price that became another one.
    PriceChangeId,
    /// An owned phone number.
    NumberId,
    /// Something that happened to a number.
    EventId,
    /// A purchase order.
    OrderId,
    /// One number wanted by an order.
    LineId,
    /// One phone number tried for a line.
    CandidateId,
    /// One month's charge of a number.
    ChargeId,
    /// A number in use by a campaign from one moment to another.
    AssignmentId,
    /// A messaging service (sender pool) at a provider.
    ServiceId,
    /// A texting campaign.
    CampaignId,
    /// A background job.
    JobId,
    /// A request to give numbers back to the carrier.
    ReleaseId,
    /// A request to set the voice address of numbers.
    VoiceId,
    /// A request to put numbers into a messaging service, or to take them out.
    MoveId,
    /// An entry of the activity log.
    ActivityId,
    /// One comparison of what the carrier has with what is here.
    SyncId,
    /// Something that such a comparison found to differ.
    DifferenceId,
    /// A note that months are to be added up again.
    TouchId,
    /// An e-mail.
    MailId,
    /// Numbers that somebody asks the owners for.
    RequestId,
    /// A campaign asks another one for numbers that it holds.
    AskId,
    /// Archived campaigns that give back what they hold.
    GiveBackId,
    /// A fee entered by hand.
    FeeId,
    /// A release planned for the day before a number renews.
    PlanId,
}
