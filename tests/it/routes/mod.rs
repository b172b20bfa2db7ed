//! Each route × each kind of person: whoever may gets an answer, everybody else is refused before anything is done.

mod table;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use numberbank::access::Role;
use numberbank::db::{Conn, DbError};
use reqwest::Method;

use crate::both;
use crate::support::{Answer, Client};
use table::ROUTES;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Signed in or not.
    Anybody,
    /// Whoever holds something that is not a session: a link from an e-mail, half a sign-in. Without it the answer
    /// is the same for everybody.
    Holders,
    /// Whoever is signed in, wherever they work.
    SignedIn,
    /// All members of the organization, spend viewers too.
    Members,
    /// Its owners and admins.
    Admins,
    /// Its owners.
    Owners,
}

/// Who comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visitor {
    Nobody,
    Stranger,
    Member(Role),
}

const VISITORS: [Visitor; 5] = [
    Visitor::Nobody,
    Visitor::Stranger,
    Visitor::Member(Role::SpendViewer),
    Visitor::Member(Role::Admin),
    Visitor::Member(Role::Owner),
];

impl Who {
    fn includes(self, visitor: Visitor) -> bool {
        match (self, visitor) {
            (Who::Anybody | Who::Holders, _) => true,
            (Who::SignedIn, visitor) => visitor != Visitor::Nobody,
            (_, Visitor::Nobody | Visitor::Stranger) => false,
            (Who::Members, Visitor::Member(_)) => true,
            (Who::Admins, Visitor::Member(role)) => role != Role::SpendViewer,
            (Who::Owners, Visitor::Member(role)) => role == Role::Owner,
        }
    }
}

/// One thing of each kind that a path may name, so that nothing is refused for want of it.
const THINGS: &str = include_str!("things.sql");
const NUMBER: &str = "01930000-0000-7000-8000-000000000001";
const CAMPAIGN: &str = "01930000-0000-7000-8000-000000000002";
const ORDER: &str = "01930000-0000-7000-8000-000000000003";
const LINE: &str = "01930000-0000-7000-8000-000000000004";
const RELEASE: &str = "01930000-0000-7000-8000-000000000005";
const VOICE: &str = "01930000-0000-7000-8000-000000000025";
const INVITATION: &str = "01930000-0000-7000-8000-000000000007";
const SERVICE: &str = "01930000-0000-7000-8000-000000000009";
const MOVE: &str = "01930000-0000-7000-8000-00000000000a";
const REQUEST: &str = "01930000-0000-7000-8000-00000000000b";
const ASK: &str = "01930000-0000-7000-8000-00000000000c";
const GIVE_BACK: &str = "01930000-0000-7000-8000-00000000000d";
const API_TOKEN: &str = "01930000-0000-7000-8000-00000000000b";
const TOKEN: &str = "a-token-that-nobody-was-given";

async fn with_things(app: &TestApp) {
    app.write(|tx| Ok(tx.batch_execute(THINGS).map_err(DbError::from)?)).await;
    app.add_organization("elsewhere", "Elsewhere").await;
    app.add_person("stranger@example.org", "Sam Stranger", &[("elsewhere", Role::Owner)]).await;
    app.add_person("leaver@example.org", "Lea Leaver", &[("our-city", Role::SpendViewer)]).await;
}

use crate::support::TestApp;

async fn client(app: &TestApp, visitor: Visitor) -> Client {
    match visitor {
        Visitor::Nobody => app.client(),
        Visitor::Stranger => app.sign_in_as("stranger@example.org").await,
        Visitor::Member(role) => app.sign_in(role).await,
    }
}

/// The path with things that are there in the place of names.
async fn filled(app: &TestApp, path: &str) -> String {
    let id = match path.trim_start_matches("/o/{organization}/") {
        rest if rest.starts_with("campaigns") || rest.starts_with("spend/campaigns") => CAMPAIGN,
        rest if rest.starts_with("orders") => ORDER,
        rest if rest.starts_with("phone-numbers/releases") => RELEASE,
        rest if rest.starts_with("voice") => VOICE,
        rest if rest.starts_with("messaging-services/moves") => MOVE,
        rest if rest.starts_with("messaging-services") => SERVICE,
        rest if rest.starts_with("invitations") => INVITATION,
        rest if rest.starts_with("requests") => REQUEST,
        rest if rest.starts_with("reservations") => ASK,
        rest if rest.starts_with("archived") => GIVE_BACK,
        rest if rest.starts_with("settings/api-tokens") => API_TOKEN,
        _ => NUMBER,
    };
    let css = numberbank::web::asset("css/tokens.css");
    let hash = css.trim_start_matches("/static/").split('/').next().unwrap().to_owned();
    let person = app.person_id("leaver@example.org").await;
    let path = path
        .replace("{organization}", "our-city")
        .replace("{id}", id)
        .replace("{campaign}", CAMPAIGN)
        .replace("{line}", LINE)
        .replace("{format}", "csv")
        .replace("{token}", TOKEN)
        .replace("{code}", "313")
        .replace("{person}", person.as_str())
        .replace("{hash}", &hash)
        .replace("{path:.+}", "css/tokens.css");
    assert!(!path.contains('{'), "{path}: what stands for that?");
    path
}

/// Parts of pages that have no page of their own: asked for as htmx does.
const FRAGMENTS: &[&str] = &["/phone-numbers/pending", "/settings/effects"];

async fn send(client: &Client, app: &TestApp, method: &str, path: &str) -> Answer {
    let mut request = client.request(Method::from_bytes(method.as_bytes()).unwrap(), path);
    if method == "POST" {
        request = request.header("Origin", app.base()).form(&[("nothing", "1")]);
    }
    if FRAGMENTS.iter().any(|part| path.ends_with(part)) {
        request = request.header("HX-Request", "true").header("HX-Target", "pending");
    }
    client.send(request).await
}

/// Whether somebody was let in, whatever came of it.
#[track_caller]
fn is_let_in(answer: &Answer, who: Who, what: &str) {
    assert!(answer.status() < 500 && answer.status() != 405, "{what}: {}", answer.status());
    if who == Who::Holders {
        let nothing_held = matches!(answer.status(), 200 | 303 | 400 | 401 | 404 | 409 | 410 | 422);
        return assert!(nothing_held, "{what}: {}", answer.status());
    }
    assert_ne!(answer.status(), 404, "{what}: {}", answer.text());
    let to_login = answer.status() == 303 && answer.location().starts_with("/login");
    let refused = matches!(answer.status(), 401 | 403) || to_login;
    assert!(!refused, "{what} is refused: {} {}", answer.status(), answer.location());
}

/// Whether somebody was refused in the way that is due to them.
#[track_caller]
fn is_refused(answer: &Answer, visitor: Visitor, what: &str) {
    match visitor {
        Visitor::Nobody => {
            // A part of a page cannot show the sign-in page: htmx is told to go there.
            let to = if answer.status() == 401 { answer.header("hx-redirect") } else { answer.location() };
            assert!(
                matches!(answer.status(), 303 | 401) && to.starts_with("/login"),
                "{what} leads to {to:?}"
            );
        }
        Visitor::Stranger => assert_eq!(answer.status(), 404, "{what}"),
        Visitor::Member(_) => {
            assert_eq!(answer.status(), 403, "{what}");
            assert!(
                answer.text().contains("Ask Olive Owner"),
                "{what} does not say who may: {}",
                answer.text()
            );
        }
    }
}

/// Everything in the database that people change, as text.
async fn contents(app: &TestApp) -> Vec<String> {
    const TABLES: &[&str] = &[
        "activity",
        "api_token",
        "invitation",
        "password_reset",
        "second_step",
        "campaign",
        "campaign_need",
        "campaign_plan",
        "campaign_rule",
        "job_request",
        "membership",
        "messaging_service",
        "number_count",
        "number_event",
        "order_candidate",
        "order_line",
        "organization",
        "owned_phone_number",
        "person",
        "purchase_order",
        "release_line",
        "release_request",
        "sync_run",
        "sync_difference",
        "sync_ignored",
        "service_look",
        "service_move",
        "service_move_line",
    ];
    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        line: String,
    }
    app.app()
        .db
        .read(|conn| {
            let mut lines = Vec::new();
            for table in TABLES {
                // The clock's jobs come meanwhile; they are nobody's.
                let only = if *table == "job_request" { " WHERE organization_id IS NOT NULL" } else { "" };
                let sql = match conn {
                    Conn::Postgres(_) => format!("SELECT CAST(t AS TEXT) AS line FROM {table} t{only}"),
                    Conn::Sqlite(_) => {
                        #[derive(diesel::QueryableByName)]
                        struct Columns {
                            #[diesel(sql_type = Text)]
                            columns: String,
                        }
                        let columns: Vec<Columns> = diesel::sql_query(format!(
                            "SELECT group_concat('quote(' || name || ')', ' || char(44) || ') AS columns \
                             FROM pragma_table_info('{table}')"
                        ))
                        .load(conn)?;
                        format!("SELECT {} AS line FROM {table}{only}", columns[0].columns)
                    }
                };
                let mut rows: Vec<Line> = diesel::sql_query(sql).load(conn)?;
                rows.sort_by(|a, b| a.line.cmp(&b.line));
                lines.extend(rows.into_iter().map(|row| format!("{table}: {}", row.line)));
            }
            Ok::<_, DbError>(lines)
        })
        .await
        .unwrap()
}

both! {
    async fn everybody_sees_what_they_may_and_nothing_else(app: TestApp) {
        with_things(&app).await;
        for visitor in VISITORS {
            let client = client(&app, visitor).await;
            for (method, path, who) in ROUTES.iter().filter(|(method, ..)| *method != "POST") {
                let what = format!("{visitor:?}: {method} {path}");
                let answer = send(&client, &app, method, &filled(&app, path).await).await;
                if who.includes(visitor) {
                    is_let_in(&answer, *who, &what);
                    if *who == Who::Holders {
                        continue;
                    }
                    // A draft has nothing to give back: that is an answer too.
                    assert!(matches!(answer.status(), 200 | 303 | 409), "{what}: {} {}", answer.status(), answer.text());
                } else {
                    is_refused(&answer, visitor, &what);
                }
            }
        }
    }

    async fn whoever_may_not_write_changes_nothing(app: TestApp) {
        with_things(&app).await;
        let before = contents(&app).await;
        assert!(before.len() > 12, "{before:?}");
        for visitor in VISITORS {
            let client = client(&app, visitor).await;
            for (method, path, _) in
                ROUTES.iter().filter(|(method, _, who)| *method == "POST" && !who.includes(visitor))
            {
                let what = format!("{visitor:?}: {method} {path}");
                let path = filled(&app, path).await;
                is_refused(&send(&client, &app, method, &path).await, visitor, &what);
                // Nothing was looked up: a thing that is not there is refused in the same way.
                let gone = [NUMBER, CAMPAIGN, ORDER, LINE, RELEASE, INVITATION, SERVICE, MOVE, API_TOKEN]
                    .iter()
                    .fold(path.clone(), |path, id| path.replace(id, "01930000-0000-7000-8000-0000000000ff"));
                is_refused(&send(&client, &app, method, &gone).await, visitor, &format!("{what} of nothing"));
            }
        }
        assert_eq!(contents(&app).await, before);
    }

    async fn whoever_may_write_is_let_in(app: TestApp) {
        with_things(&app).await;
        for visitor in VISITORS.into_iter().rev() {
            // Who came before may have deleted it.
            app.sql("UPDATE campaign SET state = 'draft', closed_at = NULL").await;
            for (method, path, who) in
                ROUTES.iter().filter(|(method, _, who)| *method == "POST" && who.includes(visitor))
            {
                // Signed in afresh: one of them signs out.
                let client = client(&app, visitor).await;
                let answer = send(&client, &app, method, &filled(&app, path).await).await;
                let what = format!("{visitor:?}: {method} {path}");
                if matches!(*path, "/logout" | "/account/sessions/end") {
                    assert_eq!(answer.status(), 303, "{what}");
                } else {
                    is_let_in(&answer, *who, &what);
                }
            }
        }
    }

    async fn a_write_that_another_site_causes_is_refused_for_everybody(app: TestApp) {
        with_things(&app).await;
        let before = contents(&app).await;
        let owner = client(&app, Visitor::Member(Role::Owner)).await;
        // What programs ask looks at no cookie, so no site can cause it in somebody's name.
        let by_cookie = |path: &str| !path.starts_with("/api/");
        for (method, path, _) in ROUTES.iter().filter(|(method, path, _)| *method == "POST" && by_cookie(path)) {
            let path = filled(&app, path).await;
            for site in [Some("https://evil.example"), Some("null"), None] {
                let mut request = owner.request(Method::POST, &path).form(&[("nothing", "1")]);
                if let Some(site) = site {
                    request = request.header("Origin", site);
                }
                let answer = owner.send(request).await;
                assert_eq!(answer.status(), 400, "{method} {path} from {site:?}");
            }
        }
        assert_eq!(contents(&app).await, before);
        owner.get("/account").await.ok();
    }
}

/// The routes that the sources register.
fn registered() -> BTreeSet<(String, String)> {
    fn walk(dir: &Path, out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                out.push(path);
            }
        }
    }
    let mut files = Vec::new();
    walk(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut routes = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        // Unit tests build servers of their own.
        let text = text.split("#[cfg(test)]").next().unwrap();
        if !text.contains("actix_web") {
            continue;
        }
        // The application puts pages and what programs ask beside each other, neither below a path of its own.
        let text = if file.ends_with("src/app.rs") {
            text.replacen(".service(", "", 1).replacen("http::scope(\"\")", "", 1)
        } else {
            text.to_owned()
        };
        for way in [".resource(", "web::scope", "http::scope", "#[get(", "#[post(", "#[route(", ".service("] {
            assert!(!text.contains(way), "{} has {way}: this test reads .route(..) only", file.display());
        }
        for rest in text.split(".route(").skip(1) {
            let literal = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'));
            let Some((path, rest)) = literal else {
                panic!(
                    "{}: a route without a literal path: {}",
                    file.display(),
                    rest.lines().next().unwrap()
                );
            };
            let method = rest.split("::").nth(1).unwrap().split('(').next().unwrap().to_uppercase();
            assert!(routes.insert((method.clone(), path.to_owned())), "{method} {path} is registered twice");
        }
    }
    routes
}

#[test]
fn every_route_is_in_the_table() {
    let table: BTreeSet<_> =
        ROUTES.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(table.len(), ROUTES.len(), "a route stands twice in the table");
    let registered = registered();
    let missing: Vec<_> = registered.difference(&table).collect();
    assert!(missing.is_empty(), "say in tests/it/routes/table.rs who may use {missing:?}");
    let gone: Vec<_> = table.difference(&registered).collect();
    assert!(gone.is_empty(), "the table has routes that are gone: {gone:?}");
}
