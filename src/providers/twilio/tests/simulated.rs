//! The client against the simulator, over real HTTP.

use super::super::simulator::{self, Simulator};
use super::*;
use crate::providers::contract;
use crate::providers::fakeservice::Weather;

fn line_to(simulator: &Simulator, clock: &Clock, time: Arc<Counted>) -> Twilio {
    let url = Url::parse(&simulator.url()).unwrap();
    let mut options = Options::at(url.clone(), url.clone(), url);
    options.page_size = 2;
    Twilio::with_time(options, clock.clone(), time)
}

fn signed(account: &simulator::SimAccount) -> Account {
    let credentials = Credentials { user: account.sid.clone(), secret: account.auth_token.clone().into() };
    Account::new(account.sid.clone()).with_credentials(credentials)
}

#[tokio::test]
async fn it_keeps_the_contract_also_in_a_rush_hour() {
    let clock = Clock::manual(noon());
    let simulator = Simulator::start(simulator::Options::new(7, clock.clone())).await.unwrap();
    let ours = simulator.accounts().remove(0);
    let theirs = simulator::SimAccount::new(&format!("AC{}", "b".repeat(32)), "their token", 7, noon());
    simulator.put_account(theirs.clone()).unwrap();
    let time = Arc::new(Counted::default());
    let twilio = line_to(&simulator, &clock, Arc::clone(&time));
    let rush_hour = Weather { rate_limit_next: 5, retry_after_ms: 2_000, ..Weather::still() };
    simulator.world().set_weather(&signed(&ours), &rush_hour).unwrap();
    let mut subject =
        contract::Subject::new(&twilio, signed(&ours), AreaCode::parse("313").unwrap(), clock.clone());
    subject.other = Some(signed(&theirs));
    subject.many = 5;
    contract::run(&subject).await.unwrap();
    assert_eq!(time.slept().len(), 5, "every refusal was waited for, and nothing else");
    assert!(time.slept().iter().all(|slept| *slept > 2_000));
    let books = simulator.world().books(&subject.account).unwrap();
    assert!(books.numbers.is_empty() && books.services.is_empty(), "the suite cleans up");
    subject.area_code = AreaCode::parse("888").unwrap();
    contract::run(&subject).await.unwrap();
}
