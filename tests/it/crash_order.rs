//! The buying job is killed at every point of an order and begun again elsewhere: nothing is bought twice, nothing is
//! lost.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use numberbank::access::{Allowed, Role, SeeOrders};
use numberbank::db::{DatabaseUrl, DbError};
use numberbank::kernel::Clock;
use numberbank::providers::fakeservice::{Options, Weather, World};
use numberbank::providers::{ErrorKind, ProviderError};
use numberbank::purchasing::OrderStatus;
use secrecy::ExposeSecret;

use crate::purchasing::{
    ORDERS, Quoted, account, ask_quote, assert_accounted, code, compare_books, order, placed, summary, work,
};
use crate::support::carrier::{Fate, Meddler};
use crate::support::{Client, PASSWORD, Scratch, TestApp};
use crate::{both, on_both};

/// After so long another instance takes a dead one's job.
fn lease_over(app: &TestApp) {
    app.advance(TimeDelta::seconds(61));
}

fn no_answer() -> ProviderError {
    ProviderError::new(ErrorKind::AnswerLost, "The carrier's answer did not arrive.")
}

both! {
    async fn killed_at_any_call_an_order_ends_as_if_it_had_not_been(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let areas = ["313", "410", "443", "734", "248", "586"];
        for made in [false, true] {
            // Prices, two searches, twelve purchases in batches of eight: each of the fifteen calls is the last once.
            for last in 1..=15 {
                let (one, other) = (areas[last % 6], areas[(last + 1) % 6]);
                let before = app.world().books(&account()).unwrap().sales();
                let id = order(&owner, &[(one, "7"), (other, "5")]).await;
                let last = u64::try_from(last).unwrap();
                let carrier =
                    Meddler::new(&app, move |nth, _| if nth < last { Fate::Pass } else { Fate::Hang { made } });
                assert!(carrier.run_or_kill(&app).await, "call {last} was never made");
                let left = summary(&app, id).await;
                assert_eq!(left.order.status, OrderStatus::Working);
                lease_over(&app);
                let done = work(&app, id).await;
                assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Complete, 12), "{last} {made}");
                let sales = app.world().books(&account()).unwrap().sales() - before;
                assert_eq!(sales, 12, "killed at call {last}, made: {made}");
            }
            assert_accounted(&app).await;
        }
    }

    async fn killed_at_any_call_an_order_that_turns_to_other_codes_ends_as_if_it_had_not_been(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let mut before = std::collections::BTreeMap::new();
        for made in [false, true] {
            let mut killed = 0;
            for last in 1_u64.. {
                // Three of 410, two of 443, the rest of 667: a search finds out when each has no more.
                for (text, left) in [("410", 60), ("443", 60), ("667", 60)] {
                    app.world().set_stock(code(text), left).unwrap();
                }
                let fields = [("area_code", "410"), ("count", "9"), ("fallback", "overlay")];
                let quote = Quoted::read(&owner.post(&format!("{ORDERS}/quote"), &fields).await.ok());
                let id = placed(&quote.send(&owner).await);
                app.world().set_stock(code("410"), 3).unwrap();
                app.world().set_stock(code("443"), 2).unwrap();
                let carrier =
                    Meddler::new(&app, move |nth, _| if nth < last { Fate::Pass } else { Fate::Hang { made } });
                let over = !carrier.run_or_kill(&app).await;
                killed += u32::from(!over);
                lease_over(&app);
                let done = work(&app, id).await;
                assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Complete, 9), "{last} {made}");
                let mut sold = std::collections::BTreeMap::new();
                for number in app.world().books(&account()).unwrap().numbers {
                    *sold.entry(number.phone_number.area_code().unwrap().to_string()).or_insert(0) += 1;
                }
                let more = |text: &str| sold[text] - before.get(text).copied().unwrap_or(0);
                assert_eq!([more("410"), more("443"), more("667")], [3, 2, 4], "killed at call {last}, made: {made}");
                before = sold;
                if over {
                    break;
                }
            }
            assert!(killed >= 17, "{killed} calls were the last");
            assert_accounted(&app).await;
        }
    }

    async fn killed_again_and_again_while_it_finds_out_what_it_has(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = order(&owner, &[("313", "20")]).await;
        // One is killed at its first purchase, the next while it looks up what became of that.
        let mut killed = 0;
        for round in 0..8_u64 {
            let verb = if round % 2 == 0 { "purchase" } else { "find_owned" };
            let carrier = Meddler::new(&app, move |_, this| {
                if this == verb { Fate::Hang { made: true } } else { Fate::Pass }
            });
            killed += u32::from(carrier.run_or_kill(&app).await);
            lease_over(&app);
        }
        assert!(killed >= 3, "{killed}");
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Complete, 20));
        assert_eq!(app.world().books(&account()).unwrap().sales(), 20);
        assert_accounted(&app).await;
    }

    async fn an_instance_that_stood_still_does_no_harm_when_it_wakes(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        for (made, area) in [(false, "313"), (true, "410")] {
            let before = app.world().books(&account()).unwrap().sales();
            let id = order(&owner, &[(area, "10")]).await;
            let carrier = Meddler::new(&app, move |_, verb| match verb {
                "purchase" => Fate::Hang { made },
                _ => Fate::Pass,
            });
            let asleep = carrier.run_until_hanging(&app).await;
            lease_over(&app);
            let done = work(&app, id).await;
            assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Complete, 10));
            // Its eight purchases go through now, of numbers that are ours since long.
            carrier.let_go();
            asleep.await.unwrap();
            assert_eq!(app.world().books(&account()).unwrap().sales() - before, 10);
            assert_eq!(summary(&app, id).await.lines.bought, 10);
            assert_accounted(&app).await;
        }
    }

    async fn what_the_carrier_cannot_say_a_person_decides(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = order(&owner, &[("313", "4")]).await;
        // Two purchases are made but not answered, and nobody says afterwards what became of them.
        let lost = Mutex::new(2_u32);
        let silent = Meddler::new(&app, move |_, verb| match verb {
            "purchase" => {
                let mut lost = lost.lock().unwrap();
                match *lost {
                    0 => Fate::Pass,
                    _ => {
                        *lost -= 1;
                        Fate::Hang { made: true }
                    }
                }
            }
            "find_owned" => Fate::Refuse(no_answer()),
            _ => Fate::Pass,
        });
        assert!(silent.run_or_kill(&app).await);
        for _ in 0..20 {
            lease_over(&app);
            silent.run_or_kill(&app).await;
        }
        let waits = summary(&app, id).await;
        assert_eq!(waits.order.status, OrderStatus::Working);
        assert!(waits.lines.unknown > 0 && waits.lines.open == 0, "{waits:?}");
        let unknown = waits.lines.unknown;
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        let text = page.text();
        assert!(text.contains("Needs attention. The carrier could not say whether it sold us"), "{text}");
        assert_eq!(page.attribute("#order", "hx-get"), None, "nothing moves, so nothing is looked for");
        let decisions = page.all("section[aria-labelledby=order-undecided] tbody tr").len();
        assert_eq!(i64::try_from(decisions).unwrap(), unknown);
        let list = owner.get(ORDERS).await.ok().text();
        assert!(list.contains("needs attention"), "{list}");

        // One is given up: its line ends, and its number is never asked for again.
        let give_up = page.attribute("form[action$=give-up]", "action").unwrap();
        owner.post(&give_up, &[]).await.is(303);
        work(&app, id).await;
        let after = summary(&app, id).await;
        assert_eq!((after.lines.unknown, after.lines.not_bought), (unknown - 1, 1));
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        if unknown > 1 {
            // The other is looked at again, now that the carrier answers.
            let check = page.attribute("form[action$=check]", "action").unwrap();
            owner.post(&check, &[]).await.is(303);
        }
        for _ in 0..10 {
            if summary(&app, id).await.lines.unknown == 0 {
                break;
            }
            owner.post(&format!("{ORDERS}/{id}/try-again"), &[]).await.is(303);
            work(&app, id).await;
        }
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Partial, 3));
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        assert!(page.text().contains("given up by Olive Owner"), "{}", page.text());
        assert_eq!(app.world().books(&account()).unwrap().sales(), 4, "three recorded, one given up");
        let number = app.world().books(&account()).unwrap().numbers;
        let second = order(&owner, &[("313", "6")]).await;
        assert_eq!(work(&app, second).await.lines.bought, 6);
        let later = app.world().books(&account()).unwrap();
        assert_eq!(later.sales(), 10);
        for bought in number {
            let still = later.numbers.iter().find(|one| one.phone_number == bought.phone_number).unwrap();
            assert_eq!(still.client_ref, bought.client_ref, "asked for again");
        }
    }

    async fn an_order_that_comes_to_a_halt_says_so_and_goes_on_when_asked(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = order(&owner, &[("313", "12")]).await;
        let down = Weather { transient_next: 1_000, ..Weather::still() };
        app.world().set_weather(&account(), &down).unwrap();
        let halted = work(&app, id).await;
        assert_eq!((halted.order.status, halted.lines.bought), (OrderStatus::Working, 0));
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok();
        let text = page.text();
        assert!(text.contains("Needs attention. Buying came to a halt"), "{text}");
        assert_eq!(page.attribute("#order", "hx-get"), None);
        app.world().set_weather(&account(), &Weather::still()).unwrap();
        let page = owner.submit(&format!("{ORDERS}/{id}/try-again"), &[]).await.ok();
        assert!(page.text().contains("Buying goes on") && !page.text().contains("Needs attention"), "{}", page.text());
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought, done.order.notice), (OrderStatus::Complete, 12, None));
        assert_accounted(&app).await;
    }

    async fn stopped_in_doubt_it_makes_sure_before_it_ends(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        for made in [false, true] {
            let before = app.world().books(&account()).unwrap().sales();
            let id = order(&owner, &[("313", "12")]).await;
            let carrier = Meddler::new(&app, move |nth, _| if nth < 6 { Fate::Pass } else { Fate::Hang { made } });
            assert!(carrier.run_or_kill(&app).await);
            owner.post(&format!("{ORDERS}/{id}/stop"), &[]).await.is(303);
            lease_over(&app);
            let done = work(&app, id).await;
            assert_eq!(done.order.status, OrderStatus::Stopped);
            let sales = app.world().books(&account()).unwrap().sales() - before;
            assert_eq!(usize::try_from(done.lines.bought).unwrap(), sales);
            assert!(sales < 12, "{sales}");
            assert_accounted(&app).await;
        }
    }

    async fn a_purchase_that_completes_later_is_asked_for_by_its_handle(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let id = order(&owner, &[("313", "12")]).await;
        let sold = AtomicU64::new(0);
        let slow = Meddler::new(&app, move |_, verb| match verb {
            // The first tells of a number sold meanwhile, later.
            "purchase" if sold.fetch_add(1, Ordering::SeqCst) < 6 => Fate::TellLater,
            // Asking for the number instead of the handle would find it, and could buy it again when it does not.
            "find_owned" => Fate::Refuse(no_answer()),
            _ => Fate::Pass,
        });
        app.world().set_weather(&account(), &Weather { sold_meanwhile_next: 1, ..Weather::still() }).unwrap();
        for _ in 0..20 {
            assert!(!slow.run_or_kill(&app).await);
            app.advance(TimeDelta::seconds(2));
        }
        let done = summary(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Complete, 12));
        assert_eq!(app.world().books(&account()).unwrap().sales(), 12);
        assert_accounted(&app).await;
    }

    async fn a_number_bought_by_other_means_is_not_taken_for_ours(app: TestApp) {
        let owner = app.sign_in(Role::Owner).await;
        let page = ask_quote(&owner, &[("313", "1")]).await.ok();
        let quote = Quoted::read(&page);
        let id = placed(&quote.send(&owner).await);
        // Killed before the purchase; meanwhile somebody buys that very number at the carrier's own pages.
        let carrier = Meddler::new(&app, |_, verb| match verb {
            "purchase" => Fate::Hang { made: false },
            _ => Fate::Pass,
        });
        assert!(carrier.run_or_kill(&app).await);
        let search = numberbank::providers::Search { area_code: code("313"), limit: 1 };
        let number = app.world().search(&search).unwrap()[0].phone_number;
        let item = numberbank::providers::PurchaseItem {
            phone_number: number,
            client_ref: numberbank::providers::ClientRef::new("by hand"),
            voice_url: None,
        };
        app.world().buy(&account(), &item).unwrap();
        lease_over(&app);
        let done = work(&app, id).await;
        assert_eq!((done.order.status, done.lines.bought), (OrderStatus::Complete, 1));
        let books = app.world().books(&account()).unwrap();
        assert_eq!(books.sales(), 2);
        let by_hand = books.numbers.iter().find(|one| one.phone_number == number).unwrap();
        assert_eq!(by_hand.client_ref, Some(item.client_ref), "it was bought over");
        let page = owner.get(&format!("{ORDERS}/{id}")).await.ok().text();
        assert!(page.contains("after the first candidate was refused: this number is in the carrier's account already"), "{page}");
    }
}

/// The program itself, on a database, with its practice world in a file.
struct Program<'a> {
    scratch: &'a Scratch,
    dir: tempfile::TempDir,
}

struct Serving {
    child: Child,
    base: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let database = match self.scratch.url() {
            DatabaseUrl::Postgres(url) => url.expose_secret().to_owned(),
            DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_numberbank"));
        command.args(arguments).current_dir(self.dir.path()).env_clear();
        command.env("NUMBERBANK_DATABASE_URL", database);
        command.env("NUMBERBANK_SECRET_KEY", "0123456789abcdef".repeat(8));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
    fn says(&self, arguments: &[&str], input: &str) {
        let mut child = self.command(arguments).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    fn serve(&self) -> Serving {
        let mut child = self.command(&["serve", "--listen", "127.0.0.1:0"]).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut read = String::new();
        let port = loop {
            let before = read.len();
            assert!(log.read_line(&mut read).unwrap() > 0, "it ended:\n{read}");
            if let Some((_, rest)) = read[before..].split_once("port=") {
                break rest.split_whitespace().next().unwrap().to_owned();
            }
        };
        // Somebody must read what it says, or it stops to wait for a reader.
        std::thread::spawn(move || log.lines().map_while(Result::ok).for_each(drop));
        Serving { child, base: format!("http://127.0.0.1:{port}") }
    }
}

async fn sign_in(serving: &Serving) -> Client {
    let client = Client::new(&serving.base);
    let answer = client.post("/login", &[("email", "ada@example.org"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status(), 303, "{}", answer.body());
    client
}

/// Watches the order as its page does until it shows this.
async fn watch(client: &Client, page: &str, shows: impl Fn(&str, &str) -> bool) {
    for _ in 0..1_200 {
        let answer = client.get_fragment(&format!("{page}/progress"), "order").await.ok();
        let (count, pill) = (answer.all("h2")[0].clone(), answer.all(".page-head .pill")[0].clone());
        if shows(&count, &pill) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never came so far: {}", client.get(page).await.text());
}

on_both! {
    async fn the_program_is_killed_three_times_in_the_middle_of_an_order(db: Scratch) {
        let program = Program { scratch: &db, dir: tempfile::tempdir().unwrap() };
        program.says(&["migrate"], "");
        program.says(&["organization", "add", "--name", "Our City", "--slug", "our-city"], "");
        let ada = ["user", "add", "--email", "ada@example.org", "--name", "Ada", "--organization", "our-city", "--role", "OWNER"];
        program.says(&ada, &format!("{PASSWORD}\n"));
        let mut serving = program.serve();
        let mut owner = sign_in(&serving).await;
        let quote = Quoted::read(&ask_quote(&owner, &[("443", "30"), ("410", "20")]).await.ok());
        let id = placed(&quote.send(&owner).await);
        let page = format!("{ORDERS}/{id}");
        for bought in [5, 15, 25] {
            let count = |text: &str| text.split(' ').next().unwrap().parse::<u32>().unwrap();
            watch(&owner, &page, |text, _| count(text) >= bought).await;
            // SIGKILL, with eight purchases under way.
            serving.child.kill().unwrap();
            serving.child.wait().unwrap();
            drop(serving);
            // A minute passes, as far as the dead instance's lease is concerned.
            let gone = "UPDATE job_request SET lease_until = '2026-01-01 00:00:00' WHERE status = 'running'";
            let connection = db.open().await;
            connection.write(move |tx| tx.batch_execute(gone).map_err(DbError::from)).await.unwrap();
            drop(connection);
            serving = program.serve();
            owner = sign_in(&serving).await;
        }
        watch(&owner, &page, |_, pill| pill == "complete").await;
        let text = owner.get(&page).await.ok().text();
        assert!(text.contains("50 of 50 bought") && text.contains("$57.50 charged now and each month"), "{text}");
        drop(serving);

        let world = World::open(&program.dir.path().join("fakeservice.db"), 0, Clock::system(), Options::default()).unwrap();
        let books = world.books(&account()).unwrap();
        assert_eq!(books.sales(), 50);
        let connection = db.open().await;
        let app = db.app().await;
        let by: Allowed<SeeOrders> = connection
            .read(move |conn| Allowed::from_console(conn, &app.providers, app.clock.now(), "our-city", "ada@example.org"))
            .await
            .unwrap();
        compare_books(&connection, by.organization_id(), &books).await;
    }
}
