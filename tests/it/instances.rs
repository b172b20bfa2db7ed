//! Several instances on one PostgreSQL database; one on a SQLite database, which copies it before it is migrated.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use diesel::connection::{Connection, SimpleConnection};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use numberbank::access::{
    self, Allowed, ManageCampaigns, NewPerson, PasswordCost, Passwords, Permission, Role, SeeOrders,
};
use numberbank::allocation::{self, ByCode, Mode};
use numberbank::db::{Conn, DatabaseUrl, Db, DbError};
use numberbank::error::AppResult;
use numberbank::jobs::{self, Job, JobError, Kinds, Run, Runner};
use numberbank::kernel::ids::CampaignId;
use numberbank::kernel::{AreaCode, Clock};
use numberbank::numbers;
use numberbank::organizations::{self, NewOrganization};
use numberbank::providers::fakeservice::{Options, Weather, World};
use numberbank::providers::{Account, Registry};
use numberbank::purchasing::{self, OrderStatus};
use numberbank::state::App;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use crate::allocation::{counts_are_true, stock};
use crate::campaigns::{id_of, make};
use crate::purchasing::order;
use crate::support::postgres::empty_database;
use crate::support::{Backend, Client, PASSWORD, TestApp, run};

/// A machine on which instances run: a directory of its own, one environment.
struct Machine {
    dir: tempfile::TempDir,
    database: String,
}

impl Machine {
    fn on(database: &DatabaseUrl) -> Machine {
        let database = match database {
            DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
            DatabaseUrl::Postgres(address) => address.expose_secret().to_owned(),
        };
        Machine { dir: tempfile::tempdir().unwrap(), database }
    }
    fn with_sqlite() -> Machine {
        Machine { dir: tempfile::tempdir().unwrap(), database: "sqlite:numberbank.db".into() }
    }
    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_numberbank"));
        command.args(arguments).current_dir(self.dir.path()).env_clear().stdin(Stdio::null());
        command.env("NUMBERBANK_DATABASE_URL", &self.database);
        command.env("NUMBERBANK_SECRET_KEY", "0123456789abcdef".repeat(8));
        command.env("NUMBERBANK_JOB_LEASE_SECONDS", "3");
        command.env("NUMBERBANK_CONNECTIONS", "4");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
    fn serve(&self) -> Instance {
        Instance::start(self.command(&["serve", "--listen", "127.0.0.1:0"]))
    }
    /// The practice carrier's world, which its instances share.
    fn world(&self) -> World {
        World::open(&self.file("fakeservice.db"), 313, Clock::system(), Options::default()).unwrap()
    }
}

/// A running instance: the real program.
struct Instance {
    child: Child,
    log: Arc<Mutex<String>>,
}

impl Instance {
    fn start(mut command: Command) -> Instance {
        let mut child = command.spawn().unwrap();
        let (log, pipe) = (Arc::new(Mutex::new(String::new())), child.stderr.take().unwrap());
        let write = log.clone();
        // A pipe that nobody reads would stop the program.
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                let mut log = write.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        Instance { child, log }
    }
    fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }
    /// The address it says it serves at.
    async fn base(&mut self) -> String {
        let start = Instant::now();
        loop {
            let log = self.log();
            if let Some((_, rest)) = log.split_once("port=") {
                return format!("http://127.0.0.1:{}", rest.split_whitespace().next().unwrap());
            }
            assert!(self.child.try_wait().unwrap().is_none(), "it ended:\n{}", self.log());
            assert!(start.elapsed() < Duration::from_secs(60), "it does not serve:\n{log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    /// As a power cut does: SIGKILL.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Looks until it is so.
async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(120), "{what} never came true");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

fn count(conn: &mut Conn, statement: &str) -> AppResult<i64> {
    let found: Vec<Counted> = diesel::sql_query(statement).load(conn).map_err(DbError::from)?;
    Ok(found[0].n)
}

async fn count_in(db: &Db, statement: &'static str) -> i64 {
    db.read(move |conn| count(conn, statement)).await.unwrap()
}

/// Fills an empty database with an organization and its owner, as the commands do.
async fn settle(db: &Db) {
    let now = Clock::system().now();
    let new =
        NewOrganization::new("our-city", "Our City", "fakeservice", "our-city", "America/Detroit").unwrap();
    let passwords = Passwords::new(PasswordCost::Least).unwrap();
    let person = NewPerson::new("owner@example.org", "Olive Owner", &PASSWORD.into(), &passwords).unwrap();
    let done: AppResult<()> = db
        .write(move |tx| {
            organizations::add(tx, &new, now)?;
            let id = access::add_person(tx, &person, now)?;
            access::add_membership(tx, "our-city", id, Role::Owner, now).map(drop)
        })
        .await;
    done.unwrap();
}

async fn owner<P: Permission>(db: &Db) -> Allowed<P> {
    let now = Clock::system().now();
    let found = db.read(move |conn| {
        Allowed::from_console(conn, &Registry::new(), now, "our-city", "owner@example.org")
    });
    found.await.unwrap()
}

async fn sign_in(base: &str) -> Client {
    let client = Client::new(base);
    client.post("/login", &[("email", "owner@example.org"), ("password", PASSWORD)]).await.is(303);
    client
}

#[tokio::test]
async fn instances_start_together_on_an_empty_database() {
    let Some(database) = tokio::task::spawn_blocking(empty_database).await.unwrap() else { return };
    let machine = Machine::on(&database);
    let mut instances: Vec<Instance> = (0..4).map(|_| machine.serve()).collect();
    for instance in &mut instances {
        let base = instance.base().await;
        assert_eq!(Client::new(&base).get("/readyz").await.ok().body(), "ready\n");
    }
    let db = Db::connect(&database, 1).unwrap();
    let applied = count_in(&db, "SELECT COUNT(*) AS n FROM __diesel_schema_migrations").await;
    assert_eq!(applied, i64::try_from(migrations().len()).unwrap());
}

#[tokio::test]
async fn instances_count_failed_sign_ins_together() {
    let Some(database) = tokio::task::spawn_blocking(empty_database).await.unwrap() else { return };
    let machine = Machine::on(&database);
    let (mut first, mut second) = (machine.serve(), machine.serve());
    let bases = [first.base().await, second.base().await];
    settle(&Db::connect(&database, 1).unwrap()).await;
    let attempt = async |base: &str, password: &str| {
        Client::new(base).post("/login", &[("email", "owner@example.org"), ("password", password)]).await
    };
    // Ten failures at once, and one more every half a minute that this takes on a slow machine.
    let (start, mut failures) = (Instant::now(), 0);
    let (last, wait) = loop {
        let base = &bases[failures % 2];
        let answer = attempt(base, "not the password").await;
        if answer.status() == 429 {
            break (failures % 2, answer.header("retry-after").parse::<u64>().unwrap());
        }
        answer.is(422);
        failures += 1;
        assert!(failures <= 12 + usize::try_from(start.elapsed().as_secs() / 30).unwrap(), "{failures}");
    };
    assert!(failures >= 10, "{failures}");
    // The right password does not help either, there as little as here.
    let refused = Instant::now();
    for base in [&bases[last], &bases[1 - last]] {
        let answer = attempt(base, PASSWORD).await;
        if refused.elapsed() < Duration::from_secs(wait.saturating_sub(1)) {
            answer.is(429);
        }
    }
}

#[tokio::test]
async fn an_instance_killed_in_the_middle_of_an_order_hands_it_over() {
    let Some(database) = tokio::task::spawn_blocking(empty_database).await.unwrap() else { return };
    let machine = Machine::on(&database);
    let mut first = machine.serve();
    let base = first.base().await;
    let db = Db::connect(&database, 2).unwrap();
    settle(&db).await;
    let (world, account) = (machine.world(), Account::new("our-city"));
    for code in ["410", "443"] {
        world.set_stock(AreaCode::parse(code).unwrap(), 100).unwrap();
    }
    world.set_weather(&account, &Weather { latency_ms: 60, ..Weather::still() }).unwrap();

    let olive = sign_in(&base).await;
    let id = order(&olive, &[("410", "30"), ("443", "30")]).await;
    let running =
        "SELECT COUNT(*) AS n FROM job_request WHERE kind = 'purchasing.buy' AND status = 'running'";
    until("the order is worked on", || async { (count_in(&db, running).await == 1).then_some(()) }).await;
    // Only now the second one comes: the first has the order.
    let mut second = machine.serve();
    let other = second.base().await;
    let bought = "SELECT COUNT(*) AS n FROM order_line WHERE status = 'bought'";
    let before = until("some are bought", || async {
        let bought = count_in(&db, bought).await;
        (bought >= 6).then_some(bought)
    })
    .await;
    first.kill();
    assert!(before < 60, "the order was done before the instance was killed");
    // The same sign-in holds there: the instances share their secret key.
    let olive = Client::with_cookie(&other, &olive.cookie());
    let page = olive.get(&format!("/o/our-city/orders/{id}")).await.ok();
    assert!(page.text().contains("of 60 bought"), "{}", page.text());

    let organization = owner::<SeeOrders>(&db).await.organization_id();
    let done = until("the order is done", || async {
        let summary = db.read(move |conn| purchasing::summary(conn, organization, id)).await.unwrap();
        (summary.order.status != OrderStatus::Working).then_some(summary)
    })
    .await;
    assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Complete, 60));
    // Whatever the dead one had asked for and not written down was found, not bought again.
    let books = world.books(&account).unwrap();
    assert_eq!((books.sales(), books.numbers.len()), (60, 60));
    for (statement, expected) in [
        ("SELECT COUNT(*) AS n FROM owned_phone_number", 60),
        ("SELECT COUNT(DISTINCT phone_number) AS n FROM owned_phone_number", 60),
        ("SELECT COUNT(*) AS n FROM charge", 60),
        ("SELECT COUNT(*) AS n FROM number_event WHERE kind = 'bought'", 60),
        ("SELECT COUNT(*) AS n FROM order_candidate WHERE status IN ('planned', 'asking', 'unknown')", 0),
        // The lease ran out once, which counts as a failure of its holder.
        ("SELECT COUNT(*) AS n FROM job_request WHERE kind = 'purchasing.buy' AND attempts = 0", 0),
    ] {
        assert_eq!(count_in(&db, statement).await, expected, "{statement}");
    }
    let page = olive.get(&format!("/o/our-city/orders/{id}")).await.ok();
    assert!(page.text().contains("60 of 60 bought"), "{}", page.text());
    assert!(!first.log().contains("panicked") && !second.log().contains("panicked"), "{}", second.log());
}

/// Writes down that it ran, and where.
#[derive(Serialize, Deserialize)]
struct Tally {
    n: i64,
}

#[async_trait]
impl Job for Tally {
    const KIND: &'static str = "tally";

    fn unique_key(&self) -> Option<String> {
        Some(format!("tally/{}", self.n))
    }
    async fn run(&self, app: &App, run: &Run) -> Result<(), JobError> {
        let (n, by) = (self.n, run.owner().split('-').next().unwrap_or_default().to_owned());
        let written: Result<(), DbError> = app
            .db
            .write(move |tx| {
                diesel::sql_query("INSERT INTO tally (n, by_whom) VALUES ($1, $2)")
                    .bind::<BigInt, _>(n)
                    .bind::<Text, _>(&by)
                    .execute(&mut **tx)?;
                Ok(())
            })
            .await;
        // Time for the other instance to want it too.
        tokio::task::yield_now().await;
        Ok(written?)
    }
    async fn gave_up(&self, _: &App, _: &str) -> AppResult<()> {
        Ok(())
    }
}

/// What the jobs last said.
async fn messages(db: &Db) -> String {
    #[derive(QueryableByName)]
    struct Said {
        #[diesel(sql_type = Text)]
        message: String,
    }
    let said = db.read(|conn| {
        let said: Vec<Said> = diesel::sql_query(
            "SELECT DISTINCT message FROM job_request WHERE message IS NOT NULL ORDER BY message",
        )
        .load(conn)?;
        Ok::<_, DbError>(said.into_iter().map(|said| said.message).collect::<Vec<_>>().join("; "))
    });
    said.await.unwrap()
}

async fn another(app: &TestApp) -> App {
    let url = app.database().clone();
    let db = tokio::task::spawn_blocking(move || Db::connect(&url, 4)).await.unwrap().unwrap();
    App { db, wake: Arc::default(), ..app.app().clone() }
}

#[tokio::test]
async fn instances_share_jobs_and_run_each_once() {
    run(Backend::Postgres, |app| async move {
        const JOBS: i64 = 200;
        app.sql("CREATE TABLE tally (n BIGINT NOT NULL, by_whom TEXT NOT NULL)").await;
        let now = app.app().clock.now();
        app.write(move |tx| {
            for n in 0..JOBS {
                assert!(jobs::enqueue(tx, None, &Tally { n }, now, now)?.is_some());
                // One that is open already is not enqueued again.
                assert!(jobs::enqueue(tx, None, &Tally { n }, now, now)?.is_none());
            }
            Ok(())
        })
        .await;
        let kinds = Kinds::new().with::<Tally>();
        let runners = [app.app().clone(), another(&app).await];
        let handles: Vec<_> =
            runners.into_iter().map(|app| Runner::new(app, kinds.clone()).start(3)).collect();
        let db = app.app().db.clone();
        let open = "SELECT COUNT(*) AS n FROM job_request WHERE kind = 'tally' AND status <> 'done'";
        let failed = "SELECT COUNT(*) AS n FROM job_request WHERE kind = 'tally' AND message IS NOT NULL";
        until("all are done", || async {
            assert_eq!(count_in(&db, failed).await, 0, "{}", messages(&db).await);
            (count_in(&db, open).await == 0).then_some(())
        })
        .await;
        for handle in handles {
            handle.stop().await;
        }
        assert_eq!(count_in(&db, "SELECT COUNT(*) AS n FROM tally").await, JOBS);
        assert_eq!(count_in(&db, "SELECT COUNT(DISTINCT n) AS n FROM tally").await, JOBS);
        assert_eq!(count_in(&db, "SELECT COUNT(DISTINCT by_whom) AS n FROM tally").await, 2);
        assert_eq!(
            count_in(&db, "SELECT CAST(SUM(attempts) AS BIGINT) AS n FROM job_request WHERE kind = 'tally'")
                .await,
            0
        );
    })
    .await;
}

#[tokio::test]
async fn instances_share_reservations() {
    run(Backend::Postgres, |app| async move {
        const CODES: [&str; 3] = ["248", "313", "616"];
        stock(&app, &[("248", 40), ("313", 40), ("616", 40)]).await;
        let admin = app.sign_in(Role::Admin).await;
        let by = app.allowed::<ManageCampaigns>(Role::Admin).await;
        let other = another(&app).await;
        let mut writers = Vec::new();
        let mut ids: Vec<CampaignId> = Vec::new();
        for n in 0..6 {
            ids.push(id_of(&make(&admin, &format!("Writer {n}")).await));
        }
        for (n, id) in ids.iter().copied().enumerate() {
            let db = if n % 2 == 0 { app.app().db.clone() } else { other.db.clone() };
            let by = by.clone();
            writers.push(tokio::spawn(async move {
                // Up and down in opposite orders, in the end as much as there is.
                for round in 1..=8_i64 {
                    let mut codes = CODES;
                    codes.rotate_left((n + usize::try_from(round).unwrap()) % CODES.len());
                    for code in codes {
                        let wanted = if round == 8 { 40 } else { round * 5 % 17 };
                        let wanted = ByCode::from([(AreaCode::parse(code).unwrap(), wanted)]);
                        let by = by.clone();
                        db.write(move |tx| {
                            allocation::save(tx, &by, id, &wanted, Mode::TakeWhatThereIs, by.times().now)
                        })
                        .await
                        .unwrap();
                    }
                }
            }));
        }
        for writer in writers {
            writer.await.unwrap();
        }
        let organization = by.organization_id();
        let held = app.app().db.read(move |conn| numbers::held_by_campaigns(conn, organization, &ids));
        let held: i64 = held.await.unwrap().values().sum();
        assert_eq!(held, 120);
        counts_are_true(&app).await;
    })
    .await;
}

#[tokio::test]
async fn a_second_instance_on_sqlite_is_refused_in_words() {
    let machine = Machine::with_sqlite();
    let mut first = machine.serve();
    let base = first.base().await;
    let second = machine.run(&["serve", "--listen", "127.0.0.1:0"]);
    let words = String::from_utf8_lossy(&second.stderr);
    assert!(!second.status.success(), "{words}");
    for part in
        ["another instance serves", "numberbank.db", "several need PostgreSQL", "NUMBERBANK_DATABASE_URL"]
    {
        assert!(words.contains(part), "{part} is not in {words}");
    }
    // The first one is none the worse for it; when it is gone, however that came, the next may serve.
    assert_eq!(Client::new(&base).get("/readyz").await.ok().body(), "ready\n");
    first.kill();
    let mut third = machine.serve();
    let base = third.base().await;
    Client::new(&base).get("/healthz").await.ok();
}

/// The migrations by name, oldest first.
fn migrations() -> Vec<String> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_sqlite_database_is_copied_beside_itself_before_it_is_migrated() {
    let machine = Machine::with_sqlite();
    let migrate = || {
        let output = machine.run(&["migrate"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let copies = || {
        let names = std::fs::read_dir(machine.dir.path()).unwrap();
        let mut names: Vec<String> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| name.contains(".before-"));
        names
    };
    // A new database has nothing to copy.
    migrate();
    assert_eq!(copies(), Vec::<String>::new());
    let added = machine.run(&["organization", "add", "--name", "Our City", "--slug", "our-city"]);
    assert!(added.status.success());

    // An older one: the last migration is taken back.
    let last = migrations().pop().unwrap();
    let version: String = last.split('_').next().unwrap().chars().filter(char::is_ascii_digit).collect();
    let file = |name: &str| machine.file(name).to_str().unwrap().to_owned();
    let down = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite").join(&last).join("down.sql");
    let mut conn = SqliteConnection::establish(&file("numberbank.db")).unwrap();
    conn.batch_execute(&std::fs::read_to_string(down).unwrap()).unwrap();
    conn.batch_execute(&format!("DELETE FROM __diesel_schema_migrations WHERE version = '{version}'"))
        .unwrap();
    let schema = |conn: &mut SqliteConnection| -> Vec<String> {
        #[derive(QueryableByName)]
        struct Made {
            #[diesel(sql_type = Text)]
            sql: String,
        }
        let made: Vec<Made> =
            diesel::sql_query("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY sql")
                .load(conn)
                .unwrap();
        made.into_iter().map(|made| made.sql).collect()
    };
    let older = schema(&mut conn);
    drop(conn);

    migrate();
    let copy = format!("numberbank.db.before-{version}");
    assert_eq!(copies(), std::slice::from_ref(&copy));
    let mut copied = SqliteConnection::establish(&file(&copy)).unwrap();
    let mut current = SqliteConnection::establish(&file("numberbank.db")).unwrap();
    assert_eq!(schema(&mut copied), older, "the copy is the database as it was");
    assert_ne!(schema(&mut current), older, "the database was migrated");
    for conn in [&mut copied, &mut current] {
        let rows: Vec<Counted> =
            diesel::sql_query("SELECT COUNT(*) AS n FROM organization").load(conn).unwrap();
        assert_eq!(rows[0].n, 1);
    }
    // A current one is not copied again.
    std::fs::remove_file(machine.file(&copy)).unwrap();
    migrate();
    assert_eq!(copies(), Vec::<String>::new());
}
