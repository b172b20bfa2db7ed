//! Settings, health, static files, stopping, and the commands of the binary.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use numberbank::access::Role;
use numberbank::config::{Purpose, Settings};
use reqwest::Method;

use crate::both;
use crate::support::{Backend, Change, PASSWORD, run_with};

#[test]
fn every_fault_of_the_environment_is_reported_at_once() {
    let secret = "postgresq://numberbank:hunter2@db/numberbank";
    let environment = [
        ("NUMBERBANK_DATABASE_URL", secret),
        ("NUMBERBANK_CONNECTIONS", "0"),
        ("NUMBERBANK_LISTEN", "8080"),
        ("NUMBERBANK_BASE_URL", "https://example.org/numbers"),
        ("NUMBERBANK_TRUSTED_PROXIES", "10.0.0.1, the proxy"),
        ("NUMBERBANK_SECRET_KEY", "hunter2"),
        ("NUMBERBANK_SMTP_URL", "smtp://numbers:hunter2@mail.example.org"),
        ("NUMBERBANK_MAIL_FROM", "Numberbank"),
        ("NUMBERBANK_TWILIO_API_URL", "https://user:hunter2@api.twilio.com"),
        ("NUMBERBANK_TWILIO_MESSAGING_URL", "https://messaging.twilio.com/v1"),
        ("NUMBERBANK_TWILIO_PRICING_URL", "pricing.twilio.com"),
        ("NUMBERBANK_TWILIO_CONCURRENCY", "0"),
        ("NUMBERBANK_WORKERS", "many"),
        ("NUMBERBANK_LOG", "numberbank=loud"),
        ("NUMBERBANK_LOG_FORMAT", "xml"),
        ("NUMBERBANK_DRAIN_SECONDS", "-1"),
        ("NUMBERBANK_STOP_SECONDS", "0"),
    ];
    let lookup =
        |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into());
    let words = Settings::read(Purpose::Serve, lookup).unwrap_err().to_string();
    for (name, _) in environment {
        assert!(words.contains(name), "{name} is not in\n{words}");
    }
    assert!(!words.contains("hunter2"), "a secret is repeated in\n{words}");
    assert!(words.contains("openssl rand -hex 64"), "{words}");
}

#[test]
fn a_mail_server_needs_a_sender_and_the_other_way_round() {
    const URL: (&str, &str) = ("NUMBERBANK_SMTP_URL", "smtps://numbers:hunter2@mail.example.org");
    const FROM: (&str, &str) = ("NUMBERBANK_MAIL_FROM", "Numberbank <numbers@example.org>");
    let read = |environment: &[(&str, &str)]| {
        Settings::read(Purpose::Command, |name| {
            environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into())
        })
    };
    let settings = read(&[URL, FROM]).unwrap();
    assert_eq!(settings.smtp.as_ref().unwrap().from.email.to_string(), "numbers@example.org");
    assert!(!format!("{settings:?}").contains("hunter2"));
    assert!(read(&[]).unwrap().smtp.is_none());
    for (alone, missing) in
        [(URL, "NUMBERBANK_MAIL_FROM must be set"), (FROM, "NUMBERBANK_SMTP_URL must be set")]
    {
        let words = read(&[alone]).unwrap_err().to_string();
        assert!(words.contains(missing) && words.lines().count() == 2, "{words}");
    }
}

#[test]
fn only_serving_needs_the_secret_key() {
    let nothing = |_: &str| None;
    let settings = Settings::read(Purpose::Command, nothing).unwrap();
    assert_eq!(settings.twilio.api.as_str(), "https://api.twilio.com/");
    let words = Settings::read(Purpose::Serve, nothing).unwrap_err().to_string();
    assert!(words.contains("NUMBERBANK_SECRET_KEY must be set"), "{words}");
    let key = "0123456789abcdef".repeat(8);
    let with_key = |key: &str| {
        let key = key.to_owned();
        Settings::read(Purpose::Serve, move |name| (name == "NUMBERBANK_SECRET_KEY").then(|| key.clone()))
    };
    assert!(with_key(&key).is_ok());
    assert!(with_key(&"0".repeat(128)).unwrap_err().to_string().contains("must be random"));
    assert!(with_key(&key[1..]).is_err());
    // Base64 of 64 bytes, of both alphabets, with and without padding; 63 bytes are too few.
    let base64 = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODkrLw==";
    for fine in [
        base64,
        base64.trim_end_matches('='),
        &base64.replace("QUJD", "_-_-"),
        &base64.replace("QUJD", "/+/+"),
    ] {
        assert!(with_key(fine).is_ok(), "{fine}");
    }
    for wrong in [&base64[4..], "not a key of any kind", &format!("{base64}*")] {
        assert!(with_key(wrong).unwrap_err().to_string().contains("hexadecimal or base64"), "{wrong}");
    }
}

both! {
    async fn health_and_readiness_are_told_to_anybody(app: TestApp) {
        let client = app.client();
        assert_eq!(client.get("/healthz").await.ok().body(), "alive\n");
        assert_eq!(client.get("/readyz").await.ok().body(), "ready\n");
        // A database that lacks a migration is not ready; the process lives all the same.
        app.sql("DELETE FROM __diesel_schema_migrations").await;
        assert_eq!(client.get("/readyz").await.is(503).body(), "the database is not up to date\n");
        client.get("/healthz").await.ok();
    }

    async fn a_failure_of_ours_shows_an_id_and_no_cause(app: TestApp) {
        let client = app.sign_in(Role::Owner).await;
        app.sql("ALTER TABLE membership RENAME TO elsewhere").await;
        let page = client.get("/account").await.is(500);
        let id = page.header("x-request-id").to_owned();
        assert!(!id.is_empty() && page.text().contains(&id), "{}", page.text());
        for cause in ["membership", "table", "relation", "Diesel"] {
            assert!(!page.text().contains(cause), "{}", page.text());
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_page_too() {
    run_with(Backend::Sqlite, Change::default(), |app| async move {
        let client = app.client();
        let page = client.get("/no/such/page").await.is(404);
        assert_eq!(page.all("h1"), ["Page not found"]);
        client.get("/static/missing/css/none.css").await.is(404);
        let answer = client.send(client.request(Method::PUT, "/login").header("Origin", app.base())).await;
        assert!(matches!(answer.status(), 404 | 405), "{}", answer.status());
        // An id that is none, and a form that lacks a field.
        let owner = app.sign_in(Role::Owner).await;
        owner.post("/o/our-city/members/7/role", &[("role", "ADMIN")]).await.is(404);
        let id = app.person_id("admin@example.org").await;
        owner.post(&format!("/o/our-city/members/{id}/role"), &[("role", "KING")]).await.is(400);
    })
    .await;
}

#[tokio::test]
async fn static_files_are_kept_until_they_change() {
    run_with(Backend::Sqlite, Change::default(), |app| async move {
        let client = app.client();
        let page = client.get("/login").await.ok();
        let sheet = page.attribute("link[rel=stylesheet]", "href").unwrap();
        let answer = client.get(&sheet).await.ok();
        assert_eq!(answer.header("content-type"), "text/css; charset=utf-8");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let tag = answer.header("etag").to_owned();
        let again = client.request(Method::GET, &sheet).header("If-None-Match", &tag);
        client.send(again).await.is(304);
        // An address of another version is answered, but kept by nobody.
        let old = sheet.replace(sheet.split('/').nth(2).unwrap(), "0000000000000000");
        assert_eq!(client.get(&old).await.ok().header("cache-control"), "no-cache");
        let packed = client.request(Method::GET, &sheet).header("Accept-Encoding", "gzip");
        assert_eq!(client.send_raw(packed).await.headers()["content-encoding"], "gzip");
        for asset in page.attributes("link[href], script[src]", &["href", "src"]) {
            client.get(&asset).await.ok();
        }
    })
    .await;
}

#[tokio::test]
async fn a_stopping_server_says_so_before_it_stops() {
    let slow: fn(&mut Settings) = |settings| settings.drain = Duration::from_millis(400);
    run_with(Backend::Sqlite, Change { settings: Some(slow), ..Change::default() }, |app| async move {
        let (client, stop) = (app.client(), app.stop_handle());
        client.get("/readyz").await.ok();
        let stopping = tokio::spawn(async move { stop.gracefully().await });
        tokio::task::yield_now().await;
        assert_eq!(client.get("/readyz").await.is(503).body(), "stopping\n");
        // Pages are still answered meanwhile.
        client.get("/login").await.ok();
        stopping.await.unwrap();
        assert!(reqwest::get(format!("{}/healthz", app.base())).await.is_err());
    })
    .await;
}

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Home {
        Home(tempfile::tempdir().unwrap())
    }
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_numberbank"));
        command.args(arguments).current_dir(self.0.path()).env_clear().stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self.command(arguments).spawn().unwrap();
        // A command that refuses its arguments may not read on.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }
    #[track_caller]
    fn says(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
    #[track_caller]
    fn refuses(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        assert!(!output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    }
}

fn add_user<'a>(email: &'a str, role: &'a str) -> Vec<&'a str> {
    vec![
        "user",
        "add",
        "--email",
        email,
        "--name",
        "Ada Lovelace",
        "--organization",
        "our-city",
        "--role",
        role,
    ]
}

#[tokio::test]
async fn the_commands_make_an_organization_that_people_can_sign_in_to() {
    let home = Home::new();
    assert!(home.says(&["migrate"], "").contains("up to date"));
    let add =
        ["organization", "add", "--name", "Our City", "--slug", "our-city", "--time-zone", "America/Detroit"];
    assert!(home.says(&add, "").contains("/o/our-city"));
    assert!(home.refuses(&add, "").contains("already"));
    let unknown =
        home.refuses(&["organization", "add", "--name", "X", "--slug", "xx", "--service", "carrier"], "");
    assert!(unknown.contains("no provider carrier; it has: fakeservice"), "{unknown}");
    let short = home.refuses(&add_user("ada@example.org", "OWNER"), "too short\n");
    assert!(short.contains("at least 12 characters") && !short.contains("too short"), "{short}");
    assert!(home.refuses(&add_user("ada", "OWNER"), "correct horse battery\n").contains("e-mail"));
    assert!(home.refuses(&add_user("ada@example.org", "KING"), "").contains("SPEND_VIEWER"));
    // The rest of the input is not the password.
    let words = home.says(&add_user("Ada@Example.org", "OWNER"), &format!("{PASSWORD}\nmore\n"));
    assert_eq!(words, "Added Ada Lovelace, owner of our-city.\n");
    assert!(
        home.refuses(&add_user("ada@example.org", "OWNER"), "correct horse battery\n").contains("already")
    );
    home.says(&["organization", "add", "--name", "Elsewhere", "--slug", "elsewhere"], "");
    let member =
        ["member", "add", "--email", "ada@example.org", "--organization", "elsewhere", "--role", "admin"];
    assert_eq!(home.says(&member, ""), "ada@example.org is admin of elsewhere.\n");
    let nowhere =
        ["member", "add", "--email", "ada@example.org", "--organization", "nowhere", "--role", "admin"];
    assert!(home.refuses(&nowhere, "").contains("no organization nowhere"));

    assert!(home.refuses(&["setup-token"], "").contains("there is an organization already"));
    let off = ["user", "two-steps-off", "--email", "ada@example.org"];
    assert!(home.refuses(&off, "").contains("does not sign in in two steps"));
    let reset = |email| home.run(&["user", "reset-link", "--email", email], "");
    assert!(String::from_utf8_lossy(&reset("nobody@example.org").stderr).contains("nobody with the address"));
    let link = String::from_utf8(reset("ada@example.org").stdout).unwrap();
    let link = link.lines().last().unwrap().strip_prefix("http://127.0.0.1:8080").unwrap().to_owned();

    let serving = Serving::start(&home);
    let client = crate::support::Client::new(&serving.base);
    let new = "four other good words";
    client.post(&link, &[("password", new), ("password_again", new)]).await.is(303);
    client.post("/login", &[("email", "ada@example.org"), ("password", PASSWORD)]).await.is(422);
    let page = client.submit("/login", &[("email", "ada@example.org"), ("password", new)]).await.ok();
    assert_eq!(page.all("main li"), ["Elsewhere admin", "Our City owner"]);
    let (code, log) = serving.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("path=\"/login\"") && !log.contains(PASSWORD) && !log.contains(new), "{log}");
    // The link was used up; all the same it is nobody's business.
    assert!(log.contains("path=\"/reset/\"") && !log.contains(&link), "{log}");
    assert!(log.contains("client=127.0.0.1"), "{log}");
    assert!(!log.contains("/setup"), "{log}");
}

#[tokio::test]
async fn an_empty_database_is_set_up_with_the_token_of_the_log_or_of_the_command() {
    let home = Home::new();
    let by_command = home.says(&["setup-token"], "");
    let by_command =
        by_command.lines().last().unwrap().strip_prefix("http://127.0.0.1:8080").unwrap().to_owned();
    let mut serving = Serving::start(&home);
    let in_log = serving.line_with("/setup?token=");
    let (_, in_log) = in_log.trim().split_once(&serving.base).unwrap();
    let client = crate::support::Client::new(&serving.base);
    for link in [in_log, &by_command] {
        assert_eq!(client.get(link).await.ok().all("h1"), ["Set up Numberbank"]);
    }
    let token = in_log.split_once('=').unwrap().1;
    let fields = [
        ("token", token),
        ("organization", "Our City"),
        ("time_zone", "America/Detroit"),
        ("name", "Ada Lovelace"),
        ("email", "ada@example.org"),
        ("password", PASSWORD),
        ("password_again", PASSWORD),
    ];
    client.submit("/setup", &fields).await.ok();
    client.get(in_log).await.is(404);
    let (_, log) = serving.stop();
    assert_eq!(log.matches(token).count(), 1, "only where it is printed:\n{log}");
}

#[tokio::test]
async fn only_a_trusted_proxy_says_who_calls() {
    for (trusted, limited) in [("127.0.0.0/8", false), ("10.0.0.0/8", true)] {
        let settings: fn(&mut Settings) = if limited {
            |settings| trusting(settings, "10.0.0.0/8")
        } else {
            |settings| trusting(settings, "127.0.0.0/8")
        };
        run_with(
            Backend::Sqlite,
            Change { settings: Some(settings), ..Change::default() },
            |app| async move {
                let client = app.client();
                let attempt = async |address: &str| {
                    let request = client.request(Method::POST, "/login").header("Origin", app.base());
                    let request = request.header("X-Forwarded-For", format!("198.51.100.1, {address}"));
                    let fields = [("email", "owner@example.org"), ("password", "not the password")];
                    client.send(request.form(&fields)).await.status()
                };
                assert_eq!(attempt("203.0.113.1").await, 422, "{trusted}");
                assert_eq!(attempt("203.0.113.1").await, 429, "{trusted}");
                // Another client of the proxy; without trust, whatever is said, it is the same machine that calls.
                assert_eq!(attempt("203.0.113.2").await, if limited { 429 } else { 422 }, "{trusted}");
            },
        )
        .await;
    }
}

fn trusting(settings: &mut Settings, network: &str) {
    settings.trusted_proxies = vec![network.parse().unwrap()];
    settings.sign_ins_per_address = numberbank::access::Limits::new(1, 600);
}

#[tokio::test]
async fn htmx_shows_what_went_wrong() {
    run_with(Backend::Sqlite, Change::default(), |app| async move {
        let page = app.sign_in(Role::Owner).await.get("/account").await.ok();
        let config = page.attribute("meta[name=htmx-config]", "content").unwrap();
        let config: serde_json::Value = serde_json::from_str(&config).unwrap();
        let rule = |status: &str| {
            let rules = config["responseHandling"].as_array().unwrap();
            rules
                .iter()
                .find(|rule| {
                    let code = rule["code"].as_str().unwrap();
                    code == status || code.starts_with('[') && code[1..3].contains(&status[..1])
                })
                .unwrap()
                .clone()
        };
        for status in ["400", "403", "404", "409", "429", "500", "502", "503"] {
            let rule = rule(status);
            assert_eq!((&rule["swap"], &rule["target"]), (&true.into(), &"#trouble".into()), "{status}");
        }
        // A form with errors goes where the form is.
        assert_eq!((&rule("422")["swap"], &rule("422")["target"]), (&true.into(), &serde_json::Value::Null));
        assert_eq!(page.all("main #trouble").len(), 1);
        assert_eq!(app.client().get("/login").await.ok().all("main #trouble").len(), 1);
    })
    .await;
}

struct Serving {
    child: std::process::Child,
    base: String,
    log: BufReader<std::process::ChildStderr>,
    read: String,
}

impl Serving {
    fn start(home: &Home) -> Serving {
        let mut child = home
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .env("NUMBERBANK_SECRET_KEY", "0123456789abcdef".repeat(8))
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut read = String::new();
        let port = loop {
            let before = read.len();
            assert!(log.read_line(&mut read).unwrap() > 0, "it ended:\n{read}");
            if let Some((_, rest)) = read[before..].split_once("port=") {
                break rest.split_whitespace().next().unwrap().to_owned();
            }
        };
        Serving { child, base: format!("http://127.0.0.1:{port}"), log, read }
    }
    /// Reads the log on, to a line with these words.
    fn line_with(&mut self, words: &str) -> String {
        loop {
            let before = self.read.len();
            assert!(self.log.read_line(&mut self.read).unwrap() > 0, "it ended:\n{}", self.read);
            if self.read[before..].contains(words) {
                return self.read[before..].to_owned();
            }
        }
    }
    /// As an operator's machine does: SIGTERM.
    fn stop(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        while self.log.read_line(&mut self.read).unwrap() > 0 {}
        (self.child.wait().unwrap().code(), self.read)
    }
}

#[test]
fn serve_says_what_is_missing() {
    let words = Home::new().refuses(&["serve"], "");
    assert!(words.contains("NUMBERBANK_SECRET_KEY must be set"), "{words}");
    let help = Home::new().says(&["--help"], "");
    for (name, ..) in numberbank::config::NAMES {
        assert!(help.contains(name), "{name} is not explained");
    }
}

#[test]
fn a_connection_is_tested_at_the_console() {
    let console = Home::new();
    let add =
        |slug, service| ["organization", "add", "--name", "Our City", "--slug", slug, "--service", service];
    console.says(&add("our-city", "fakeservice"), "");
    console.says(&add("not-yet", "twilio"), "");
    let key = "0123456789abcdef".repeat(8);
    let check = |slug: &str, key: Option<&str>| {
        let mut command = console.command(&["connection", "check", "--organization", slug]);
        command.envs(key.map(|key| ("NUMBERBANK_SECRET_KEY", key)));
        let output = command.output().unwrap();
        let words = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(words).unwrap())
    };
    let (works, words) = check("our-city", Some(&key));
    assert!(works && words.contains("The connection works."), "{words}");
    let (works, words) = check("not-yet", Some(&key));
    assert!(!works && words.contains("Nobody entered the account's key yet."), "{words}");
    assert!(words.contains("An owner enters the account and its key in the settings."), "{words}");
    let (works, words) = check("nobody", Some(&key));
    assert!(!works && words.contains("there is no organization nobody"), "{words}");
    // With a key made up for the moment every stored secret would look lost.
    let (works, words) = check("our-city", None);
    assert!(!works && words.contains("NUMBERBANK_SECRET_KEY must be set"), "{words}");
}
