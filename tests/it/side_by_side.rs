//! What is written side by side on PostgreSQL, where two transactions do not see each other: the last of a request's
//! numbers ends the request, also when two are the last.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::RunQueryDsl;
use numberbank::access::{self, ManageCampaigns, ManageOrganization, ReleaseNumbers, Role, Token};
use numberbank::db::{DbError, Tx};
use numberbank::error::{AppError, AppResult};
use numberbank::kernel::ids::{GiveBackId, MoveId, NumberId, ReleaseId, VoiceId};
use numberbank::messaging::moves::Target;
use numberbank::providers::fakeservice::Weather;
use numberbank::{launch, messaging, numbers};

use crate::launch::{buy, draft, reserve};
use crate::services::moving::ask;
use crate::services::{account, adopt, in_console, of_code};
use crate::support::{Backend, TestApp, run};
use crate::voice;

/// The first transaction that writes a line is held at its commit until another stands at its own, or waits for the
/// first. So each has counted the open lines before the other is done, if it could.
const MEET: &str = "
    CREATE SEQUENCE arrived;
    CREATE FUNCTION meet() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        until CONSTANT timestamptz := clock_timestamp() + interval '60 seconds';
    BEGIN
        IF nextval('arrived') = 1 THEN
            WHILE (SELECT last_value FROM arrived) < 2 AND NOT EXISTS (
                SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
            ) LOOP
                IF clock_timestamp() > until THEN
                    RAISE EXCEPTION 'the other never came';
                END IF;
            END LOOP;
        END IF;
        RETURN NULL;
    END $$";

/// Has the commits of changes to a table's rows meet.
macro_rules! commits_meet {
    ($app:expr, $table:literal) => {
        $app.sql(MEET).await;
        let trigger = concat!(
            "CREATE CONSTRAINT TRIGGER meet AFTER UPDATE ON ",
            $table,
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION meet()"
        );
        $app.sql(trigger).await;
    };
}

/// How many rows of a table have ended.
async fn ended(app: &TestApp, table: &str) -> usize {
    app.texts(table, "CAST(finished_at AS TEXT)").await.len()
}

#[tokio::test]
async fn a_move_ends_with_its_last_two_numbers() {
    run(Backend::Postgres, |app| async move {
        buy(&app, &[("313", 2)]).await;
        let main = in_console(&app, "Main line", None);
        let owner = app.sign_in(Role::Owner).await;
        let to = adopt(&app, &owner, &main).await.id.to_string();
        let full = Weather { pool_cap: Some(0), ..Weather::still() };
        app.world().set_weather(&account(), &full).unwrap();
        commits_meet!(app, "service_move_line");
        let url = ask(&app, &owner, &to, &of_code(&app, "313").await).await;
        app.run_jobs().await;
        let page = owner.get(&url).await.ok();
        assert!(page.text().contains("0 of 2 put in") && page.text().contains("21714"), "{}", page.text());
        assert_eq!(ended(&app, "service_move").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_change_of_the_voice_address_ends_with_its_last_two_numbers() {
    run(Backend::Postgres, |app| async move {
        buy(&app, &[("313", 2)]).await;
        let owner = app.sign_in(Role::Owner).await;
        voice::save(&owner, "https://voice.example.org/new").await;
        commits_meet!(app, "voice_line");
        voice::apply(&owner, "2").await.is(303);
        app.run_jobs().await;
        assert_eq!(ended(&app, "voice_request").await, 1);
    })
    .await;
}

/// Does the first in a transaction that ends only when the second waits for it, or has come through without.
async fn while_it_is_done<A, B>(
    app: &TestApp,
    first: impl Fn(&mut Tx) -> AppResult<A> + Send + 'static,
    second: impl Fn(&mut Tx) -> AppResult<B> + Send + 'static,
) -> (AppResult<A>, AppResult<B>)
where
    A: Send + 'static,
    B: Send + 'static,
{
    #[derive(diesel::QueryableByName)]
    struct Waiting {
        #[diesel(sql_type = diesel::sql_types::Bool)]
        so: bool,
    }
    let waits = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted \
                 AND pg_backend_pid() = ANY (pg_blocking_pids(pid))) AS so";
    let (db, through) = (app.app().db.clone(), Arc::new(AtomicBool::new(false)));
    let (written, is_written) = std::sync::mpsc::channel();
    let is_through = through.clone();
    let first = tokio::task::spawn_blocking(move || {
        db.write_blocking(|tx| {
            let done = first(tx)?;
            let _ = written.send(());
            let waiting = |tx: &mut Tx| -> AppResult<bool> {
                let found: Vec<Waiting> = diesel::sql_query(waits).load(&mut **tx).map_err(DbError::from)?;
                Ok(found[0].so)
            };
            while !is_through.load(Ordering::SeqCst) && !waiting(tx)? {
                std::thread::yield_now();
            }
            Ok(done)
        })
    });
    tokio::task::spawn_blocking(move || is_written.recv().unwrap()).await.unwrap();
    let second = app.app().db.write(second).await;
    through.store(true, Ordering::SeqCst);
    (first.await.unwrap(), second)
}

#[tokio::test]
async fn what_is_sent_twice_at_once_is_one_request() {
    run(Backend::Postgres, |app| async move {
        buy(&app, &[("313", 8)]).await;
        let main = in_console(&app, "Main line", None);
        let owner = app.sign_in(Role::Owner).await;
        let to = Target::Into(adopt(&app, &owner, &main).await.id);
        voice::save(&owner, "https://voice.example.org/new").await;
        let numbers: Vec<NumberId> = of_code(&app, "313").await.iter().map(|number| number.id).collect();
        let by = app.allowed::<ManageOrganization>(Role::Owner).await;
        let now = app.app().clock.now();

        let (id, some, who) = (MoveId::new(), numbers[..2].to_vec(), by.clone());
        let moved = move |tx: &mut Tx| messaging::moves::ask(tx, &who, id, to, &some, now);
        let (first, second) = while_it_is_done(&app, moved.clone(), moved).await;
        assert_eq!((first.unwrap(), second.unwrap()), (id, id));

        let (id, who) = (VoiceId::new(), by.clone());
        let seen = Some("https://voice.example.org/new");
        let set = move |tx: &mut Tx| numbers::voice::ask(tx, &who, id, (seen, 8), now);
        let (first, second) = while_it_is_done(&app, set.clone(), set).await;
        assert_eq!((first.unwrap(), second.unwrap()), (id, id));
        app.run_jobs().await;

        let (id, some) = (ReleaseId::new(), numbers[2..6].to_vec());
        let who = app.allowed::<ReleaseNumbers>(Role::Owner).await;
        let gone = move |tx: &mut Tx| numbers::release::ask(tx, &who, id, &some, &BTreeMap::new(), now);
        let (first, second) = while_it_is_done(&app, gone.clone(), gone).await;
        assert_eq!((first.unwrap(), second.unwrap()), (id, id));

        let campaign = draft(&app, "Fall GOTV", &[("313", 300)]).await;
        reserve(&app, campaign, &[("313", 2)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let url = format!("/o/our-city/campaigns/{campaign}");
        admin.submit(&format!("{url}/start"), &[]).await.ok();
        app.run_jobs().await;
        admin.post(&format!("{url}/archive"), &[]).await.is(303);
        let (id, who) = (GiveBackId::new(), app.allowed::<ManageCampaigns>(Role::Admin).await);
        let given = move |tx: &mut Tx| launch::together::give_back_all(tx, &who, id, &[(campaign, 2)], now);
        let (first, second) = while_it_is_done(&app, given.clone(), given).await;
        assert_eq!((first.unwrap(), second.unwrap()), (id, id));
        for table in ["service_move", "voice_request", "release_request", "give_back"] {
            assert_eq!(app.texts(table, "id").await.len(), 1, "{table}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_link_for_a_new_password_reaches_no_further_than_whoever_made_it() {
    run(Backend::Postgres, |app| async move {
        app.add_organization("elsewhere", "Elsewhere").await;
        let by = app.allowed::<ManageOrganization>(Role::Owner).await;
        let (person, now) = (app.person_id("admin@example.org").await, app.app().clock.now());
        let (made, joined) = while_it_is_done(
            &app,
            move |tx| access::make_reset(tx, &by, person, &Token::new(), now).map(drop),
            move |tx| access::add_membership(tx, "elsewhere", person, Role::Admin, now).map(drop),
        )
        .await;
        assert!(made.is_ok() && joined.is_ok(), "{made:?} {joined:?}");
        assert_eq!(app.texts("password_reset", "CAST(withdrawn_at AS TEXT)").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_link_for_a_new_password_reaches_no_operator() {
    run(Backend::Postgres, |app| async move {
        let by = app.allowed::<ManageOrganization>(Role::Owner).await;
        let (person, now) = (app.person_id("admin@example.org").await, app.app().clock.now());
        let link = move |tx: &mut Tx| access::make_reset(tx, &by, person, &Token::new(), now).map(drop);
        let operator = move |tx: &mut Tx| access::set_operator(tx, person, true, now);
        let (made, became) = while_it_is_done(&app, link.clone(), operator).await;
        assert!(made.is_ok() && became.is_ok(), "{made:?} {became:?}");
        assert_eq!(app.texts("password_reset", "CAST(withdrawn_at AS TEXT)").await.len(), 1);

        // The other way about there is no link.
        app.sql("UPDATE person SET is_operator = FALSE").await;
        let (became, made) = while_it_is_done(&app, operator, link).await;
        assert!(became.is_ok() && matches!(made, Err(AppError::Conflict(_))), "{made:?}");
        assert_eq!(app.texts("password_reset", "id").await.len(), 1);
    })
    .await;
}
