//! How many queries each page makes: as many with few rows as with many.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, Once};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use numberbank::access::{Role, SeeNumbers};
use numberbank::db::DatabaseUrl;
use numberbank::error::AppError;
use numberbank::numbers;
use reqwest::Method;
use secrecy::ExposeSecret;

use crate::support::load::{Size, fill};
use crate::support::{Backend, Client, TestApp, run};

const FEW: Size = Size {
    numbers: 240,
    area_codes: 5,
    started: 2,
    held: 20,
    drafts: 2,
    orders: 2,
    lines: 3,
    deeds: 4,
    people: 2,
    seed: 7,
};

const MANY: Size = Size {
    numbers: 6_000,
    area_codes: 80,
    started: 40,
    held: 60,
    drafts: 60,
    orders: 70,
    lines: 90,
    deeds: 200,
    people: 40,
    seed: 7,
};

/// The statements sent over connections to one database, while somebody listens.
type Log = Arc<Mutex<Option<Vec<String>>>>;

static LOGS: LazyLock<Mutex<HashMap<String, Log>>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Ear(Option<Log>);

impl Instrumentation for Ear {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            // What SQLite wants done beside is not done by pages.
            InstrumentationEvent::StartEstablishConnection { url, .. } => {
                self.0 = (std::thread::current().name() != Some("sqlite-upkeep")).then(|| log_of(url));
            }
            InstrumentationEvent::StartQuery { query, .. } => {
                if let Some(log) = &self.0
                    && let Some(statements) = log.lock().unwrap().as_mut()
                {
                    statements.push(query.to_string());
                }
            }
            _ => {}
        }
    }
}

fn log_of(url: &str) -> Log {
    LOGS.lock().unwrap().entry(url.to_owned()).or_default().clone()
}

/// From now on every connection of this process says what it is asked.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| set_default_instrumentation(|| Some(Box::new(Ear::default()))).unwrap());
}

fn log(app: &TestApp) -> Log {
    match app.database() {
        DatabaseUrl::Sqlite(path) => log_of(path.to_str().unwrap()),
        DatabaseUrl::Postgres(address) => log_of(address.expose_secret()),
    }
}

/// The pages: the route as it is written in the source, and an address of it.
fn pages(size: Size, person: &str) -> Vec<(&'static str, String)> {
    let [started, archived, reserving, draft] = size.campaigns();
    let (code, number) = (size.busiest(), size.number());
    vec![
        ("", String::new()),
        ("/phone-numbers", "/phone-numbers".into()),
        ("/phone-numbers", "/phone-numbers?status=in_use".into()),
        ("/phone-numbers", "/phone-numbers?q=Pool".into()),
        ("/phone-numbers", format!("/phone-numbers?q={code}2")),
        ("/phone-numbers/pending", "/phone-numbers/pending".into()),
        ("/phone-numbers/area/{code}", format!("/phone-numbers/area/{code}")),
        ("/phone-numbers/area/{code}", format!("/phone-numbers/area/{code}?q=Pool")),
        ("/phone-numbers/area/{code}", format!("/phone-numbers/area/{code}?status=in_use")),
        ("/phone-numbers/{id}", format!("/phone-numbers/{number}")),
        ("/phone-numbers/release", format!("/phone-numbers/release?area_code={code}")),
        ("/phone-numbers/releases/{id}", format!("/phone-numbers/releases/{}", size.release())),
        ("/sync", "/sync".into()),
        ("/messaging-services", "/messaging-services".into()),
        ("/messaging-services/move", format!("/messaging-services/move?to=out&number={number}")),
        ("/messaging-services/moves/{id}", format!("/messaging-services/moves/{}", size.moved())),
        ("/messaging-services/{id}", format!("/messaging-services/{}", size.service())),
        ("/orders", "/orders".into()),
        ("/orders/new", "/orders/new".into()),
        ("/orders/{id}", format!("/orders/{}", size.order())),
        ("/orders/{id}/progress", format!("/orders/{}/progress", size.order())),
        ("/campaigns", "/campaigns".into()),
        ("/campaigns", "/campaigns?state=started".into()),
        ("/campaigns/new", "/campaigns/new".into()),
        ("/campaigns/contact-file.csv", "/campaigns/contact-file.csv".into()),
        ("/campaigns/{id}", format!("/campaigns/{started}")),
        ("/campaigns/{id}", format!("/campaigns/{archived}")),
        ("/campaigns/{id}/basics", format!("/campaigns/{draft}/basics")),
        ("/campaigns/{id}/contacts", format!("/campaigns/{draft}/contacts")),
        ("/campaigns/{id}/area-codes", format!("/campaigns/{reserving}/area-codes")),
        ("/campaigns/{id}/start", format!("/campaigns/{reserving}/start")),
        ("/campaigns/{id}/top-up", format!("/campaigns/{started}/top-up")),
        ("/campaigns/{id}/area-codes/rules", format!("/campaigns/{started}/area-codes/rules")),
        ("/campaigns/{id}/delete", format!("/campaigns/{draft}/delete")),
        ("/campaigns/{id}/launch", format!("/campaigns/{started}/launch")),
        ("/campaigns/{id}/give-back", format!("/campaigns/{archived}/give-back")),
        ("/campaigns/{id}/request", format!("/campaigns/{draft}/request")),
        ("/archived", "/archived".into()),
        ("/archived/{id}", format!("/archived/{}", size.give_back())),
        ("/requests", "/requests".into()),
        ("/requests/new", format!("/requests/new?campaign={reserving}")),
        ("/requests/limit", "/requests/limit".into()),
        ("/requests/{id}", format!("/requests/{}", size.request())),
        ("/requests/{id}/edit", format!("/requests/{}/edit", size.request())),
        ("/reservations", "/reservations".into()),
        ("/reservations/ask", format!("/reservations/ask?from={reserving}")),
        ("/reservations/asks/{id}", format!("/reservations/asks/{}", size.ask())),
        ("/spend", "/spend".into()),
        ("/spend", "/spend?from=2026-10-15&to=2026-11-20".into()),
        ("/spend.{format}", "/spend.csv?by=area".into()),
        ("/spend.{format}", "/spend.json?by=month".into()),
        ("/spend/campaigns/{id}", format!("/spend/campaigns/{started}")),
        ("/spend/campaigns/{id}/months.{format}", format!("/spend/campaigns/{started}/months.csv")),
        ("/spend/numbers.{format}", "/spend/numbers.csv".into()),
        ("/spend/numbers/{id}/charges.{format}", format!("/spend/numbers/{number}/charges.csv")),
        ("/spend/numbers", "/spend/numbers".into()),
        ("/spend/numbers/{id}", format!("/spend/numbers/{number}")),
        ("/spend/budget", "/spend/budget".into()),
        ("/spend/renewals", "/spend/renewals".into()),
        ("/spend/renewals", "/spend/renewals?list=long".into()),
        ("/spend/bill", "/spend/bill".into()),
        ("/spend/fees", "/spend/fees".into()),
        ("/spend/fees.csv", "/spend/fees.csv".into()),
        ("/activity", "/activity".into()),
        ("/practice", "/practice".into()),
        ("/members", "/members".into()),
        ("/members/{person}/remove", format!("/members/{person}/remove")),
        ("/invitations", "/invitations".into()),
        ("/settings", "/settings".into()),
        ("/settings/effects", "/settings/effects?room=50".into()),
        ("/settings/connection", "/settings/connection".into()),
        ("/settings/api-tokens", "/settings/api-tokens".into()),
        ("/settings/api-tokens/{id}/revoke", format!("/settings/api-tokens/{}/revoke", size.api_token())),
        ("/voice", "/voice".into()),
        ("/voice/{id}", format!("/voice/{}", size.voice())),
    ]
}

/// What each page asks the database.
async fn asked(app: &TestApp, owner: &Client, size: Size) -> BTreeMap<String, (u16, Vec<String>)> {
    let log = log(app);
    let mut asked = BTreeMap::new();
    let person = app.allowed::<numberbank::access::SeeActivity>(Role::Admin).await.person_id();
    for (nth, (route, path)) in pages(size, person.as_str()).into_iter().enumerate() {
        *log.lock().unwrap() = Some(Vec::new());
        let request = owner.request(Method::GET, &format!("/o/our-city{path}"));
        // Parts of pages among them: nothing is asked of their form here.
        let answer = owner.send_raw(request).await;
        let (status, body) = (answer.status().as_u16(), answer.text().await.unwrap());
        let statements = log.lock().unwrap().take().unwrap();
        assert!(status < 400, "{path}: {status} {body}");
        assert!(!statements.is_empty(), "nothing was heard of {path}");
        asked.insert(format!("{nth:02} {route}"), (status, statements));
    }
    asked
}

async fn counts_are_true(app: &TestApp) {
    let by = app.allowed::<SeeNumbers>(Role::Owner).await;
    let read = app.app().db.read(move |conn| {
        let kept = numbers::counts(conn, by.organization_id(), None)?;
        Ok::<_, AppError>((kept, numbers::count_all(conn, by.organization_id(), "fakeservice")?))
    });
    let (kept, counted) = read.await.unwrap();
    assert_eq!(kept, counted);
}

async fn grows_nowhere(backend: Backend) {
    listen();
    run(backend, |small| async move {
        fill(&small, FEW).await;
        counts_are_true(&small).await;
        let owner = small.sign_in(Role::Owner).await;
        let few = asked(&small, &owner, FEW).await;
        run(backend, |large| async move {
            fill(&large, MANY).await;
            counts_are_true(&large).await;
            let owner = large.sign_in(Role::Owner).await;
            let many = asked(&large, &owner, MANY).await;
            let mut faults = Vec::new();
            for (page, (status, few)) in &few {
                let (status_of_many, many) = &many[page];
                assert_eq!(status, status_of_many, "{page}");
                if few.len() != many.len() {
                    faults.push(format!(
                        "{page}: {} became {}{}",
                        few.len(),
                        many.len(),
                        differing(few, many)
                    ));
                }
            }
            assert!(faults.is_empty(), "the queries grow with the rows:\n{}", faults.join("\n"));
        })
        .await;
    })
    .await;
}

/// The statements there are more of, or fewer.
fn differing(few: &[String], many: &[String]) -> String {
    let count = |statements: &[String]| {
        statements.iter().fold(BTreeMap::<String, usize>::new(), |mut counts, statement| {
            let text = statement.split(" -- binds").next().unwrap_or_default();
            // A list of ids is one question, however long.
            let text = text.split('?').filter(|part| *part != ", ").collect::<Vec<_>>().join("?");
            *counts.entry(text).or_default() += 1;
            counts
        })
    };
    let (few, many) = (count(few), count(many));
    let texts: BTreeSet<&String> = few.keys().chain(many.keys()).collect();
    let times = |counts: &BTreeMap<String, usize>, text: &str| counts.get(text).copied().unwrap_or(0);
    texts
        .into_iter()
        .filter(|text| times(&few, text) != times(&many, text))
        .map(|text| format!("\n    {} → {} × {text}", times(&few, text), times(&many, text)))
        .collect()
}

#[tokio::test]
async fn no_page_makes_more_queries_for_more_rows_sqlite() {
    grows_nowhere(Backend::Sqlite).await;
}

#[tokio::test]
async fn no_page_makes_more_queries_for_more_rows_postgres() {
    grows_nowhere(Backend::Postgres).await;
}

/// A query a row is noticed: what the test above relies on.
#[tokio::test]
async fn a_query_a_row_would_be_heard() {
    listen();
    run(Backend::Sqlite, |app| async move {
        let log = log(&app);
        *log.lock().unwrap() = Some(Vec::new());
        let by = app.allowed::<SeeNumbers>(Role::Owner).await;
        let organization = by.organization_id();
        app.app()
            .db
            .read(move |conn| {
                for _ in 0..3 {
                    numbers::counts(conn, organization, None)?;
                }
                Ok::<_, AppError>(())
            })
            .await
            .unwrap();
        let heard = log.lock().unwrap().take().unwrap();
        assert_eq!(
            heard.iter().filter(|statement| statement.contains("number_count")).count(),
            3,
            "{heard:?}"
        );
    })
    .await;
}

/// Whoever adds a page adds it above.
#[test]
fn every_page_is_counted() {
    let mut routes = BTreeSet::new();
    read_routes(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").as_path(), &mut routes);
    let counted: BTreeSet<String> = pages(FEW, "").into_iter().map(|(route, _)| route.to_owned()).collect();
    assert_eq!(routes, counted, "left: the pages in src; right: the pages whose queries are counted");
}

fn read_routes(dir: &Path, routes: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            read_routes(&path, routes);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source: String = std::fs::read_to_string(&path).unwrap().split_whitespace().collect();
            for part in source.split(".route(\"/o/{organization}").skip(1) {
                let (route, rest) = part.split_once('"').unwrap();
                if rest.starts_with(",web::get()") || rest.starts_with(",http::get()") {
                    routes.insert(route.to_owned());
                }
            }
        }
    }
}
