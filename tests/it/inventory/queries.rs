//! What the inventory costs: area codes, not numbers.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use numberbank::access::Role;

use super::stock::{PAGE, add, draft, owner, reserve};
use crate::support::{Backend, TestApp, run};

/// Queries by the organization they name, of every connection opened after [`watch`].
static SEEN: LazyLock<Mutex<HashMap<String, usize>>> = LazyLock::new(Mutex::default);
/// The organizations that are watched.
static WATCHED: LazyLock<Mutex<Vec<String>>> = LazyLock::new(Mutex::default);

struct Watch;

impl Instrumentation for Watch {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        let InstrumentationEvent::StartQuery { query, .. } = event else { return };
        let watched = WATCHED.lock().unwrap();
        if watched.is_empty() {
            return;
        }
        let text = query.to_string();
        for organization in watched.iter().filter(|organization| text.contains(organization.as_str())) {
            *SEEN.lock().unwrap().entry(organization.clone()).or_default() += 1;
        }
    }
}

fn watch() {
    set_default_instrumentation(|| Some(Box::new(Watch))).unwrap();
}

async fn cost(app: &TestApp, path: &str) -> usize {
    let organization = owner(app).await.organization_id().to_string();
    let client = app.sign_in(Role::Owner).await;
    client.get(path).await.ok();
    WATCHED.lock().unwrap().push(organization.clone());
    SEEN.lock().unwrap().remove(&organization);
    client.get(path).await.ok();
    WATCHED.lock().unwrap().retain(|watched| *watched != organization);
    SEEN.lock().unwrap().get(&organization).copied().unwrap_or_default()
}

async fn as_many_for_many_numbers_as_for_few(app: TestApp) {
    add(&app, "313", 100, 2, 3).await;
    add(&app, "212", 100, 2, 3).await;
    let fall = draft(&app, "Fall GOTV").await;
    reserve(&app, fall, &[("313", 1)]).await;
    let paths = ["", "?state=MI&sort=cost", "?q=555", "?q=5550100", "/area/313"]
        .map(|query| format!("{PAGE}{query}"));
    let mut few = Vec::new();
    for path in &paths {
        few.push(cost(&app, path).await);
    }
    assert!(few.iter().all(|queries| (3..20).contains(queries)), "the watch sees queries: {few:?}");
    add(&app, "313", 2_000, 150, 3).await;
    reserve(&app, fall, &[("313", 100)]).await;
    for (path, few) in paths.iter().zip(few) {
        assert_eq!(cost(&app, path).await, few, "{path}");
    }
}

#[tokio::test]
async fn sqlite() {
    watch();
    run(Backend::Sqlite, as_many_for_many_numbers_as_for_few).await;
}

#[tokio::test]
async fn postgres() {
    watch();
    run(Backend::Postgres, as_many_for_many_numbers_as_for_few).await;
}
