//! The law of the house, checked by reading the sources: which room may use which, where the database, the web
//! server and the HTTP client may be named, what templates may not hold, how long a file may be.

mod reader;
mod texts;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use reader::{bare, paths, tokens};

/// The rooms below the features, and what each may use.
const GROUND: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("db", &["kernel"]),
    ("providers", &["kernel", "error"]),
    ("error", &["kernel", "db", "providers"]),
    ("web", &["kernel", "error"]),
    ("smtp", &[]),
    ("state", &["kernel", "db", "providers", "error", "smtp"]),
    ("jobs", &["kernel", "db", "error", "state"]),
    ("mail", &["kernel", "db", "error", "smtp", "state", "jobs"]),
    ("access", &["kernel", "db", "providers", "error", "state", "web", "jobs", "mail"]),
];

/// What every feature may use of the ground; `web` beyond words (`web::format`) only in routes and pages.
const FOR_FEATURES: &[&str] = &["kernel", "db", "providers", "error", "state", "jobs", "mail", "access"];

/// The features from the lowest to the highest storey: verbs are called downwards only. Those of one storey do not
/// know each other.
const STOREYS: &[&[&str]] = &[
    &["organizations"],
    &["activity"],
    &["numbers", "practice"],
    &["ledger"],
    &["purchasing", "messaging"],
    &["campaigns"],
    &["allocation"],
    &["launch"],
    &["senders"],
    &["requests", "reservations", "sync", "practice"],
    &["spend"],
];

/// Above everything.
const ROOF: &[&str] = &["app", "arguments", "config", "demo", "main", "lib"];

/// Whose tables these are: only their owner's store names them, but for `spend`, which reads.
const TABLES: &[(&str, &[&str])] = &[
    ("jobs", &["job_request"]),
    ("mail", &["mail_message"]),
    (
        "access",
        &[
            "person",
            "membership",
            "user_session",
            "organization",
            "invitation",
            "password_reset",
            "second_step",
            "recovery_code",
            "setup_token",
            "sign_in_limit",
            "api_token",
        ],
    ),
    ("organizations", &["organization", "carrier_connection", "said_once", "letter_refusal"]),
    ("activity", &["activity", "person"]),
    (
        "numbers",
        &[
            "owned_phone_number",
            "number_count",
            "number_digits",
            "number_event",
            "release_request",
            "release_line",
            "voice_request",
            "voice_line",
            "month_touched",
            "planned_release",
        ],
    ),
    (
        "ledger",
        &["charge", "assignment", "fee", "usage_record", "usage_reading", "price_change", "price_check"],
    ),
    // It locks a campaign's row and reads its state in the transaction that records a purchase: its numbers are reserved
    // as they arrive, and nobody may take them in between.
    ("purchasing", &["purchase_order", "order_fallback", "order_line", "order_candidate", "campaign"]),
    (
        "messaging",
        &[
            "messaging_service",
            "service_look",
            "seen_service",
            "seen_member",
            "service_move",
            "service_move_line",
        ],
    ),
    ("campaigns", &["campaign", "campaign_need", "campaign_reject", "campaign_plan"]),
    ("launch", &["give_back", "give_back_line"]),
    ("requests", &["number_request", "number_request_line", "approval_limit"]),
    ("reservations", &["release_ask"]),
    ("allocation", &["campaign_plan", "campaign_rule", "start_forecast"]),
    ("sync", &["sync_run", "sync_seen", "sync_pool", "sync_difference", "sync_ignored"]),
    ("spend", &["spend_month", "spend_part", "spend_cell", "spend_days", "spend_outlook"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, by its path from the root.
fn files(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    fn walk(dir: &Path, endings: &[&str], out: &mut Vec<(String, String)>) {
        let mut entries: Vec<_> =
            std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, endings, out);
            } else if endings.iter().any(|ending| path.to_str().unwrap().ends_with(ending)) {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                out.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut out = Vec::new();
    walk(&root().join(folder), endings, &mut out);
    assert!(!out.is_empty(), "{folder} is empty");
    out
}

/// The room a file is in.
fn room(file: &str) -> &str {
    let inside = file.trim_start_matches("src/");
    inside.split('/').next().unwrap().trim_end_matches(".rs")
}

fn file_name(file: &str) -> &str {
    file.rsplit('/').next().unwrap()
}

/// What may speak to the database: a store, in a file of that name with more in a folder below it when there is much.
fn is_store(file: &str) -> bool {
    file_name(file) == "store.rs" || file.contains("/store/")
}

/// Routes and pages, in files of that name or, when there are many, in folders.
fn is_page(file: &str) -> bool {
    ["/routes.rs", "/pages.rs", "/routes/", "/pages/"].iter().any(|part| file.contains(part))
}

fn is_route(file: &str) -> bool {
    file.ends_with("/routes.rs") || file.contains("/routes/")
}

fn storey(room: &str) -> Option<usize> {
    STOREYS.iter().position(|storey| storey.contains(&room))
}

/// Macros live at the root of the crate; the room they are of.
fn room_of_path(path: &[String]) -> Option<&str> {
    Some(match path.first()?.as_str() {
        "on_each" | "load_for_update" | "stored_enum" | "db_text" | "db_expression" => "db",
        "text_enum" => "kernel",
        other => other,
    })
}

/// Why a file may not use a path; nothing when it may.
fn forbidden(file: &str, path: &[String]) -> Option<&'static str> {
    let (from, to) = (room(file), room_of_path(path)?);
    if from == to || ROOF.contains(&from) {
        // The composition root and the console call verbs too; a store is its feature's own everywhere.
        let foreign_store = from != to && path.get(1).is_some_and(|part| part == "store");
        return foreign_store.then_some("a store is used by its own feature only");
    }
    if path.get(1).is_some_and(|part| part == "store") {
        return Some("a store is used by its own feature only");
    }
    if ROOF.contains(&to) {
        return Some("nothing uses the roof");
    }
    if let Some((_, may)) = GROUND.iter().find(|(ground, _)| *ground == from) {
        return (!may.contains(&to)).then_some("a lower room uses a higher one");
    }
    let Some(own) = storey(from) else { return Some("this room has no place in the house: give it one") };
    let is_page = is_page(file);
    match storey(to) {
        Some(other) => (other >= own && !is_page).then_some("features call downwards only"),
        None if to == "web" => {
            let words = path.get(1).is_some_and(|part| part == "format" || part == "filters");
            (!is_page && !words).then_some("the web is for routes and pages")
        }
        None => (!FOR_FEATURES.contains(&to)).then_some("no such room for features"),
    }
}

fn report(what: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{what}:\n  {}", faults.join("\n  "));
}

fn sources() -> Vec<(String, Vec<String>)> {
    files("src", &[".rs"]).into_iter().map(|(file, text)| (file, tokens(&bare(&text)))).collect()
}

#[test]
fn rooms_use_lower_rooms_only() {
    let mut faults = BTreeSet::new();
    for (file, tokens) in sources() {
        for path in paths(&file, &tokens) {
            if let Some(why) = forbidden(&file, &path) {
                faults.insert(format!("{file} uses {}: {why}", path.join("::")));
            }
        }
    }
    report("the import law", &faults.into_iter().collect::<Vec<_>>());
}

#[test]
fn the_reader_of_the_law_sees_what_is_there() {
    let source = r##"
        use crate::{kernel::{Clock, money::Micros}, launch as up, db::schema::{charge as c, person}};
        /* use crate::spend; /* nested */ */ // crate::spend
        const TEXT: &str = "crate::spend"; const RAW: &str = r#"crate::spend " "#; const QUOTE: char = '"';
        fn f<'a>(x: &'a str) { crate::purchasing::store::insert(x); super::super::web::Page::of(&x) }
        mod tests { use super::super::ledger::Charge; }
        pub(in crate::numbers) struct S;
    "##;
    let seen: Vec<String> =
        paths("src/numbers/model.rs", &tokens(&bare(source))).iter().map(|path| path.join("::")).collect();
    assert_eq!(
        seen,
        [
            "kernel::Clock",
            "kernel::money::Micros",
            "launch",
            "db::schema::charge",
            "db::schema::person",
            "purchasing::store::insert",
            "web::Page::of",
            "numbers::ledger::Charge",
            "numbers",
        ]
    );
    let why = |file: &str, path: &str| {
        forbidden(file, &path.split("::").map(str::to_owned).collect::<Vec<_>>()).is_some()
    };
    for (file, path) in [
        ("src/numbers/mod.rs", "purchasing::place"),
        ("src/numbers/mod.rs", "launch"),
        ("src/spend/mod.rs", "ledger::store::charges_of"),
        ("src/spend/routes.rs", "numbers::store::find"),
        ("src/purchasing/mod.rs", "messaging::find"),
        ("src/kernel/clock.rs", "db::Db"),
        ("src/jobs/mod.rs", "ledger::jobs"),
        ("src/web/page.rs", "db::Db"),
        ("src/ledger/mod.rs", "web::Page"),
        ("src/ledger/mod.rs", "app::build"),
        ("src/app.rs", "ledger::store::charges_of"),
        ("src/novelty/mod.rs", "kernel::Clock"),
    ] {
        assert!(why(file, path), "{file} may use {path}");
    }
    for (file, path) in [
        ("src/launch/mod.rs", "ledger::begin_use"),
        ("src/numbers/routes.rs", "purchasing::orders"),
        ("src/numbers/model.rs", "stored_enum"),
        ("src/launch/mod.rs", "web::format::number"),
        ("src/ledger/jobs.rs", "jobs::Job"),
        ("src/app.rs", "spend::routes"),
    ] {
        assert!(!why(file, path), "{file} may not use {path}");
    }
}

/// Files that name a word although they are not among those that may.
fn named_elsewhere(words: &[&str], may: impl Fn(&str) -> bool) -> Vec<String> {
    sources()
        .into_iter()
        .filter(|(file, tokens)| !may(file) && tokens.iter().any(|token| words.contains(&token.as_str())))
        .map(|(file, _)| file)
        .collect()
}

#[test]
fn the_database_is_named_in_db_and_stores_only() {
    let words = ["diesel", "diesel_migrations", "sql_query"];
    report(
        "diesel outside of db and store.rs",
        &named_elsewhere(&words, |file| room(file) == "db" || is_store(file)),
    );
}

#[test]
fn the_web_server_is_named_in_web_access_routes_and_app_only() {
    let words = ["actix_web", "actix_session", "actix_multipart", "actix_http"];
    report(
        "actix outside of web, access, routes.rs and app.rs",
        &named_elsewhere(&words, |file| matches!(room(file), "web" | "access" | "app") || is_route(file)),
    );
}

#[test]
fn the_mail_client_is_named_in_smtp_only() {
    report("lettre outside of smtp", &named_elsewhere(&["lettre"], |file| room(file) == "smtp"));
}

#[test]
fn the_http_client_is_named_in_providers_only() {
    report("reqwest outside of providers", &named_elsewhere(&["reqwest"], |file| room(file) == "providers"));
}

/// Files that are a job: `jobs.rs`, or beside a `mod.rs` that is one.
fn is_job(file: &str) -> bool {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let beside = std::fs::read_to_string(root().join(folder).join("mod.rs")).unwrap_or_default();
    let is_job = |three: &[String]| three[0] == "impl" && three[1] == "Job" && three[2] == "for";
    file_name(file) == "jobs.rs" || tokens(&bare(&beside)).windows(3).any(is_job)
}

#[test]
fn only_jobs_act_without_a_person_at_the_keyboard() {
    let mut faults = Vec::new();
    for (file, tokens) in sources() {
        let made =
            tokens.windows(3).any(|three| three[0] == "Actor" && three[1] == "::" && three[2] == "from_row");
        let job = tokens.windows(2).any(|two| two[0] == "::" && two[1] == "for_job");
        if (made || job) && room(&file) != "demo" && !is_job(&file) {
            faults.push(file);
        }
    }
    report("an Actor made outside of a job", &faults);
}

/// Whoever calls a carrier does it with the account that the connection gives, and is listened to.
#[test]
fn carriers_are_called_through_the_connection_only() {
    let may = |file: &str| {
        matches!(room(file), "providers" | "practice")
            || file.starts_with("src/organizations/connection/")
            || file == "src/access/allowed.rs"
    };
    let mut faults = Vec::new();
    for (file, tokens) in sources().into_iter().filter(|(file, _)| !may(file)) {
        let made = tokens.windows(3).any(|three| three == ["Account", "::", "new"]);
        let taken = tokens.windows(3).any(|three| three == [".", "account", "("]);
        let found = tokens.windows(3).any(|three| three == [".", "provider", "("]);
        if made || taken {
            faults.push(format!("{file} makes an account of its own"));
        }
        if found && file != "src/organizations/settings/routes.rs" {
            faults.push(format!("{file} takes a carrier that nobody listens to"));
        }
    }
    report("calls of carriers", &faults);
}

#[test]
fn stores_name_their_own_tables_only() {
    let every: BTreeSet<&str> = TABLES.iter().flat_map(|(_, tables)| tables.iter().copied()).collect();
    let mut faults = Vec::new();
    for (file, tokens) in sources().into_iter().filter(|(file, _)| room(file) != "db") {
        let (from, mut named) = (room(&file), BTreeSet::new());
        for path in paths(&file, &tokens) {
            if let [db, schema, table, ..] = path.as_slice()
                && db == "db"
                && schema == "schema"
            {
                named.insert(table.clone());
            }
        }
        if !named.is_empty() && !is_store(&file) {
            faults.push(format!("{file} names tables"));
        }
        let own = TABLES.iter().find(|(room, _)| *room == from).map_or(&[][..], |(_, tables)| tables);
        for table in named {
            if table == "*" || !every.contains(table.as_str()) {
                faults.push(format!("{file} names {table}, which has no owner in this law"));
            } else if from != "spend" && !own.contains(&table.as_str()) {
                faults.push(format!("{file} names {table}, which is not its own"));
            }
        }
        // What spend reads is everybody's; what it writes is its own.
        if from == "spend" {
            for three in tokens.windows(3).filter(|three| three[1] == "(") {
                let writes = ["insert_into", "copy_from", "update", "delete"].contains(&three[0].as_str());
                if writes && !own.contains(&three[2].as_str()) {
                    faults.push(format!("{file} writes {}, which is not spend's own", three[2]));
                }
            }
        }
    }
    report("tables", &faults);
}

#[test]
fn every_carrier_keeps_the_contract() {
    let is_carrier = |text: &str| {
        let tokens = tokens(&bare(text));
        tokens.windows(3).any(|three| three[0] == "impl" && three[1] == "Provider" && three[2] == "for")
    };
    let rooms: BTreeSet<String> = files("src/providers", &[".rs"])
        .into_iter()
        .filter(|(_, text)| is_carrier(text))
        .filter_map(|(file, _)| {
            let mut parts = file.trim_start_matches("src/providers/").split('/');
            let folder = parts.next()?.to_owned();
            parts.next().map(|_| folder)
        })
        .filter(|folder| folder != "contract")
        .collect();
    assert!(rooms.contains("fakeservice"), "{rooms:?}");
    for carrier in rooms {
        let keeps = files(&format!("src/providers/{carrier}"), &[".rs"]).into_iter().any(|(_, text)| {
            let tokens = tokens(&bare(&text));
            tokens.windows(3).any(|three| three[0] == "contract" && three[1] == "::" && three[2] == "run")
        });
        assert!(keeps, "no test of {carrier} runs the contract");
    }
}
