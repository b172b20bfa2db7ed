//! What may be said to the program.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use numberbank::access::Role;
use numberbank::config::NAMES;
use numberbank::kernel::text_enum::TextEnum;
use numberbank::providers::twilio::simulator;

/// Manage the phone numbers an organization texts from.
#[derive(Parser)]
#[command(version, about, after_help = environment())]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Serve the web pages and work on jobs, until stopped
    Serve {
        /// Listen here instead of at NUMBERBANK_LISTEN
        #[arg(long)]
        listen: Option<SocketAddr>,
    },
    /// Show an organization that has lived half a year, on the practice carrier: no real numbers, no real money
    Demo {
        /// Listen here
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
        /// Keep its data here; what people do is kept across restarts
        #[arg(long, default_value = "demo-data")]
        data: PathBuf,
    },
    /// Play Twilio over HTTP, to practise against and for tests: no real numbers, no real money
    #[command(after_help = simulator::HELP)]
    TwilioSim(simulator::Arguments),
    /// Bring the database up to date (serve does so too)
    Migrate,
    /// Contact files
    #[command(subcommand)]
    Contacts(ContactsCommand),
    /// Plan numbers for contacts from files, and print the plan as JSON: who wants to can check it
    Plan(PlanArguments),
    /// Organizations
    #[command(subcommand)]
    Organization(OrganizationCommand),
    /// Connections to carriers
    #[command(subcommand)]
    Connection(ConnectionCommand),
    /// Compare what the carrier has with what is here, once, and say what was found. Needs the NUMBERBANK_SECRET_KEY of
    /// serve
    Sync {
        /// The slug of the organization
        #[arg(long)]
        organization: String,
    },
    /// Make a token for /setup, where the first organization and its owner are made
    SetupToken,
    /// People who sign in
    #[command(subcommand)]
    User(UserCommand),
    /// Who works where
    #[command(subcommand)]
    Member(MemberCommand),
    /// E-mails
    #[command(subcommand)]
    Mail(MailCommand),
}

#[derive(Subcommand)]
pub(super) enum MailCommand {
    /// Send an e-mail at once and say what the mail server answers
    Test {
        /// To whom
        #[arg(long)]
        to: String,
    },
}

#[derive(Subcommand)]
pub(super) enum ContactsCommand {
    /// Count a contact file (CSV, or CSV in gzip) and print what was found as JSON
    Check {
        /// The file
        file: PathBuf,
    },
}

#[derive(clap::Args)]
pub(super) struct PlanArguments {
    /// Contacts by area code: [{"areaCode": "313", "count": 1200}, ...]
    #[arg(long)]
    pub(super) needs: PathBuf,
    /// Numbers by area code: [{"areaCode": "313", "state": "MI", "availableCount": 7}, ...]
    #[arg(long)]
    pub(super) supply: PathBuf,
    /// How many contacts one number texts
    #[arg(long, default_value_t = 200)]
    pub(super) contacts_per_number: i64,
    /// The most numbers a messaging service takes; no limit when not given
    #[arg(long)]
    pub(super) room: Option<i64>,
    /// Who picks the number for a contact
    #[arg(long, value_enum, default_value = "numberbank")]
    pub(super) picker: PickedBy,
    /// How the numbers are chosen
    #[arg(long, default_value = "best")]
    pub(super) strategy: String,
    /// Area codes and states that must be used: 301,MD
    #[arg(long, default_value = "")]
    pub(super) must: String,
    /// Area codes and states that must not be used
    #[arg(long, default_value = "")]
    pub(super) must_not: String,
    /// The only area codes and states that may be used
    #[arg(long, default_value = "")]
    pub(super) only: String,
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum PickedBy {
    /// This program, asked for each contact
    Numberbank,
    /// The messaging service's area-code geomatch
    Twilio,
}

#[derive(Subcommand)]
pub(super) enum OrganizationCommand {
    /// Add an organization
    Add {
        /// Its name
        #[arg(long)]
        name: String,
        /// Its name in addresses, such as our-city
        #[arg(long)]
        slug: String,
        /// The provider of its numbers
        #[arg(long, default_value = "fakeservice")]
        service: String,
        /// Its account at the provider; its slug when not given
        #[arg(long)]
        carrier_account: Option<String>,
        /// Where its people are
        #[arg(long, default_value = "America/New_York")]
        time_zone: String,
    },
}

#[derive(Subcommand)]
pub(super) enum ConnectionCommand {
    /// Test the connection of an organization to its carrier, as its settings page does. Needs the
    /// NUMBERBANK_SECRET_KEY that the secret was sealed with
    Check {
        /// The slug of the organization
        #[arg(long)]
        organization: String,
    },
}

#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Add a person, and make them a member of an organization. The password is asked for, or is the first line of
    /// standard input
    Add {
        /// What they sign in with
        #[arg(long)]
        email: String,
        /// The name people know
        #[arg(long)]
        name: String,
        /// The slug of the organization
        #[arg(long)]
        organization: String,
        /// OWNER, ADMIN or SPEND_VIEWER
        #[arg(long, value_parser = role)]
        role: Role,
    },
    /// Make a link with which a person sets a new password; it holds once, and for 24 hours
    ResetLink {
        /// What they sign in with
        #[arg(long)]
        email: String,
    },
    /// Make a person one of those who run Numberbank: in accounts that organizations share they see and adopt what
    /// belongs to nobody
    Operator {
        /// What they sign in with
        #[arg(long)]
        email: String,
        /// No longer
        #[arg(long)]
        off: bool,
    },
    /// Turn a person's second step off: for who lost both the phone and the recovery codes
    TwoStepsOff {
        /// What they sign in with
        #[arg(long)]
        email: String,
    },
}

#[derive(Subcommand)]
pub(super) enum MemberCommand {
    /// Make somebody who signs in already a member of an(other) organization, or change their role there
    Add {
        /// What they sign in with
        #[arg(long)]
        email: String,
        /// The slug of the organization
        #[arg(long)]
        organization: String,
        /// OWNER, ADMIN or SPEND_VIEWER
        #[arg(long, value_parser = role)]
        role: Role,
    },
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(&text.to_uppercase().replace('-', "_"))
        .ok_or_else(|| "write OWNER, ADMIN or SPEND_VIEWER".to_owned())
}

fn environment() -> String {
    let lines = NAMES.map(|(name, what, default)| format!("  {name}\n      {what} [{default}]"));
    format!("Environment:\n{}", lines.join("\n"))
}
