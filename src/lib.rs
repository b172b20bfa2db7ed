//! Numberbank manages the SMS phone numbers an organization texts from: it keeps their inventory, buys them, allocates
//! them to campaigns, and says what they cost.
//!
//! # The map of the house
//!
//! One crate, one binary. A feature is a folder; a question has one address.
//!
//! | room | what it answers |
//! | --- | --- |
//! | [`kernel`] | what a number, an area code, an amount, an id, a moment is; pure |
//! | [`db`] | how SQLite and PostgreSQL are read and written alike |
//! | [`providers`] | what a carrier can do; Twilio, and a simulator of it; the practice carrier `fakeservice` |
//! | [`web`] | how a page, a form, an upload, an asset, an error is answered |
//! | [`smtp`] | how a letter is handed to a mail server |
//! | [`state`] | what every verb may use: database, clock, carriers |
//! | [`jobs`] | how background work is claimed, renewed, retried, handed back |
//! | [`mail`] | which e-mails are on their way, and what became of them |
//! | [`access`] | who somebody is and what they may do: [`Allowed`](access::Allowed) |
//! | [`organizations`] | the owners of everything: settings, members, [`connection`](organizations::connection) to the carrier |
//! | [`activity`] | who did what, when |
//! | [`numbers`] | the inventory: facts, status, counts, a number's life, what it [costs](numbers::priced), releases now and [`planned`](numbers::planned) |
//! | [`ledger`] | what was charged, at which dated [`prices`](ledger::prices), [`fees`](ledger::fees), which campaign had a number when, what the carrier [billed](ledger::usage) |
//! | [`purchasing`] | quotes, orders, the buying job, the monthly [`budget`](purchasing::budget) |
//! | [`messaging`] | messaging services: made, adopted, shared; numbers put in and taken out |
//! | [`campaigns`] | campaigns and their contact files |
//! | [`allocation`] | needs, planners and the rules they keep, reservations, predicted load |
//! | [`launch`] | start, top up, put in what [`arrivals`](launch::arrivals) brought, archive, give back |
//! | [`allocation`] | needs, planners and the rules they keep, reservations, predicted load, what was [`foreseen`](allocation::foreseen) at a start |
//! | [`launch`] | start, top up, archive, give back |
//! | [`allocation`] | needs, planners, reservations, predicted load |
//! | [`launch`] | start, archive, give back |
//! | [`requests`] | which numbers campaigns lack, asked of the owners, and what came of that |
//! | [`reservations`] | who holds what until when; campaigns ask one another for numbers |
//! | [`senders`] | which number texts a contact, for a texting platform that asks |
//! | [`sync`] | what the carrier has against what is here |
//! | [`spend`] | whose every day of every charge is; months added up once and kept |
//! | [`config`] | the environment, read once |
//! | [`app`] | the only file that knows every room |
//! | [`demo`] | the demonstration organization: half a year lived through the same verbs |
//!
//! A feature has the same files, each only when needed: `mod.rs` (its verbs), `model.rs` (types and transitions, no
//! I/O), `store.rs` (all its diesel), `routes.rs` (thin), `pages.rs` (askama structs), `jobs.rs`.
//!
//! # The import law
//!
//! `kernel` ← `db`, `providers`, `web`, `smtp` ← `state` ← `jobs` ← `mail` ← `access` ← features ← `app`, `demo`. Features
//! call each other's verbs, never their store, downwards only: `organizations` ← `activity` ← `numbers` ← `ledger` ←
//! `purchasing`, `messaging` ← `campaigns` ← `allocation` ← `launch` ← `senders`, `requests`, `reservations`, `sync` ←
//! `spend`. Only `spend` joins foreign tables, and only reads them; what it adds up it keeps in its own. A feature's
//! `routes.rs` and `pages.rs` may call the verbs of any feature. What must happen after
//! something lower finished is said as data: an order carries a follow-up job. `tests/it/law.rs` holds the house to it.
//!
//! # How a request flows
//!
//! A route asks for [`Allowed<P>`](access::Allowed): the extractor reads session, membership and role afresh and
//! refuses in words; nothing else makes one, and every writing verb demands one (or an [`Actor`](access::Actor), which
//! a job makes from a row that names who approved it). [`Form<T>`](web::Form) refuses what another site sent. The
//! route parses what came in into domain types, calls a verb inside [`Db::write`](db::Db::write) (or reads inside
//! [`Db::read`](db::Db::read)) on the blocking pool, and answers a [`Page`](web::Page): a whole page at its own URL,
//! or the same partial alone.
//!
//! # How a carrier is called
//!
//! [`organizations::connection`] alone makes an [`Account`](providers::Account) with credentials: of the organization for
//! a page, of the account that a row names for a job. What it answers listens along: a refusal that a person must mend
//! marks the connection broken (a banner on every page that needs it), jobs wait for it without losing an attempt, and
//! the next success, or a test, lets all go on.
//!
//! # How money moves
//!
//! In three small transactions, never in one big one, and never with a carrier's call inside. *Intend*: the order, its
//! lines and its job are committed. *Per line*: the exact number is committed as `asking`; the carrier is called; the
//! outcome is committed together with the number, its first charge and its event. *After doubt* (a crash, a timeout,
//! an unreadable answer) the carrier is asked what it has before anything is asked again. Starting a campaign and
//! giving numbers back follow the same shape.
//!
//! # Time and money
//!
//! Times are UTC in whole microseconds and come from [`Clock`](kernel::Clock), never from the machine directly. Money
//! is [`Micros`](kernel::Micros), an integer.
pub mod access;
pub mod activity;
pub mod allocation;
pub mod app;
pub mod campaigns;
pub mod config;
pub mod db;
pub mod demo;
pub mod error;
pub mod jobs;
pub mod kernel;
pub mod launch;
pub mod ledger;
pub mod mail;
pub mod messaging;
pub mod numbers;
pub mod organizations;
pub mod practice;
pub mod providers;
pub mod purchasing;
pub mod requests;
pub mod reservations;
pub mod senders;
pub mod smtp;
pub mod spend;
pub mod state;
pub mod sync;
pub mod web;
