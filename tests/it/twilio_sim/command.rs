//! The command, and a world that outlives it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use numberbank::kernel::Clock;
use numberbank::providers::twilio::simulator::Options;
use serde_json::{Value, json};

use super::{SEED, Sim, texts};

#[tokio::test]
async fn a_world_with_a_folder_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { data: Some(folder.path().join("sim")), ..Options::new(SEED, Clock::system()) };
    let sim = Sim::with(options.clone()).await;
    let (number, _) = sim.buy("313").await;
    let service = sim.service("one").await;
    let pool = format!("/v1/Services/{service}/PhoneNumbers");
    sim.post(&pool, &[("PhoneNumberSid", &number)]).await;
    sim.post(&format!("/IncomingPhoneNumbers/{number}.json"), &[("SmsUrl", "https://a.example.org/")]).await;
    sim.another('b', Some(&sim.account.sid));
    let before = sim.get("/IncomingPhoneNumbers.json", &[]).await.ok();
    let (books, accounts) = (sim.books().await, sim.simulator.accounts());
    sim.simulator.stop().await;
    // Another seed changes nothing in a world that is there.
    let sim = Sim::with(Options { seed: SEED + 1, ..options }).await;
    assert_eq!(sim.simulator.accounts(), accounts);
    assert_eq!(sim.get("/IncomingPhoneNumbers.json", &[]).await.ok(), before);
    assert_eq!(sim.books().await, books);
    assert_eq!(texts(&sim.get(&pool, &[]).await.ok()["phone_numbers"], "sid"), [number]);
}

#[tokio::test]
async fn the_seed_decides_numbers_sids_and_the_usual_account() {
    let lives = async |seed| {
        let sim = Sim::with(Options::new(seed, Clock::system())).await;
        let bought = sim.buy("313").await;
        (sim.account.sid.clone(), sim.secret.clone(), bought)
    };
    let (one, again, other) = (lives(1).await, lives(1).await, lives(2).await);
    assert_eq!(one, again);
    assert!(one.0 != other.0 && one.1 != other.1 && one.2.0 != other.2.0 && one.2.1 != other.2.1);
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_numberbank"));
    command.arg("twilio-sim").args(arguments).env_clear().stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[tokio::test]
async fn the_command_says_how_to_use_it_and_serves_until_it_is_stopped() {
    let sids = ["a", "b"].map(|letter| format!("AC{}", letter.repeat(32)));
    let account =
        ["--account-sid", &sids[0], "--auth-token", "one", "--account-sid", &sids[1], "--auth-token", "two"];
    let child = command(&["--listen", "127.0.0.1:0"]).args(account).spawn().unwrap();
    let mut running = Running(child);
    let mut said = String::new();
    let mut out = BufReader::new(running.0.stdout.take().unwrap());
    while !said.contains("Ctrl-C stops") {
        assert!(out.read_line(&mut said).unwrap() > 0, "it ended:\n{said}");
    }
    let url = said.lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
    for expected in [
        format!("NUMBERBANK_TWILIO_API_URL={url}"),
        format!("NUMBERBANK_TWILIO_MESSAGING_URL={url}"),
        format!("NUMBERBANK_TWILIO_PRICING_URL={url}"),
        sids[0].clone(),
        "auth token   two".into(),
    ] {
        assert!(said.contains(&expected), "{expected} is not in\n{said}");
    }
    let http = crate::support::http().build().unwrap();
    for (sid, token, status) in [(&sids[0], "one", 200), (&sids[1], "two", 200), (&sids[0], "two", 401)] {
        let path = format!("{url}/2010-04-01/Accounts/{sid}/IncomingPhoneNumbers.json?PageSize=1");
        assert_eq!(http.get(path).basic_auth(sid, Some(token)).send().await.unwrap().status(), status);
    }
    let clock =
        http.post(format!("{url}/_sim/clock")).json(&json!({ "advance_seconds": 60 })).send().await.unwrap();
    assert_eq!(clock.status(), 409);
    let help: Value = http.get(format!("{url}/_sim/")).send().await.unwrap().json().await.unwrap();
    assert!(help["help"].to_string().contains("/_sim/faults"));
    let id = running.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(running.0.wait().unwrap().success());
}

#[test]
fn the_command_refuses_what_cannot_be() {
    for (arguments, words) in [
        (&["--account-sid", "AC1", "--auth-token", "x"][..], "32 hexadecimal digits"),
        (&["--auth-token", "x"], "an --auth-token for each --account-sid"),
        (&["--account-sid", "AC1"], "--auth-token"),
        (&["--listen", "4010"], "--listen"),
    ] {
        let output = command(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(words), "{arguments:?}: {said}");
    }
    let help = command(&["--help"]).output().unwrap();
    assert!(String::from_utf8(help.stdout).unwrap().contains("/_sim/books"));
}
