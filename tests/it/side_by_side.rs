//! What is written side by side on PostgreSQL, where two transactions do not see each other: the last of a request's
//! numbers ends the request, also when two are the last.

use numberbank::access::Role;
use numberbank::providers::fakeservice::Weather;

use crate::launch::buy;
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
