//! Roles, and what each may do.

use crate::stored_enum;

stored_enum! {
    /// What somebody is in an organization.
    pub enum Role {
        /// Spends money, decides, manages people.
        Owner = "OWNER",
        /// Runs campaigns with the numbers there are.
        Admin = "ADMIN",
        /// Sees what is spent.
        SpendViewer = "SPEND_VIEWER",
    }
}

impl Role {
    /// As people say it.
    pub fn words(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Admin => "admin",
            Role::SpendViewer => "spend viewer",
        }
    }
    /// With its article.
    pub fn a_words(self) -> &'static str {
        match self {
            Role::Owner => "an owner",
            Role::Admin => "an admin",
            Role::SpendViewer => "a spend viewer",
        }
    }
    /// What it may do, in a line.
    pub fn may_words(self) -> &'static str {
        match self {
            Role::Owner => "buys and releases numbers, runs campaigns, manages settings and members",
            Role::Admin => "runs campaigns with the numbers there are",
            Role::SpendViewer => "sees what is spent, and nothing else",
        }
    }
}

/// Something one may or may not do.
pub trait Permission: Send + Sync + 'static {
    /// Who may.
    const ROLES: &'static [Role];
    /// What it is, after "you may not".
    const WORDS: &'static str;
}

macro_rules! permissions {
    ($($(#[$meta:meta])* $name:ident: $words:literal, [$($role:ident),+];)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub enum $name {}
        impl Permission for $name {
            const ROLES: &'static [Role] = &[$(Role::$role),+];
            const WORDS: &'static str = $words;
        }
    )+};
}

permissions! {
    /// See numbers and their lives.
    SeeNumbers: "see numbers", [Owner, Admin];
    /// Get quotes, buy numbers, stop an order.
    BuyNumbers: "buy numbers", [Owner];
    /// Give numbers back to the carrier for good.
    ReleaseNumbers: "release numbers", [Owner];
    /// Compare with the carrier, adopt or ignore what it has, mend what differs, clear what is lost.
    SyncNumbers: "sync with the carrier", [Owner];
    /// Create, edit, start and archive campaigns, reserve numbers for them and give them back.
    ManageCampaigns: "manage campaigns", [Owner, Admin];
    /// Rest, cordon and label numbers.
    MarkNumbers: "rest, cordon or label numbers", [Owner, Admin];
    /// See orders.
    SeeOrders: "see orders", [Owner, Admin];
    /// See what is spent.
    SeeSpend: "see what is spent", [Owner, Admin, SpendViewer];
    /// See who did what.
    SeeActivity: "see who did what", [Owner, Admin];
    /// Change settings, members and the practice carrier's weather.
    ManageOrganization: "manage the organization", [Owner];
}
