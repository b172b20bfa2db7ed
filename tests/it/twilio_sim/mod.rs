//! The simulated Twilio, over real HTTP. Every answer is judged by Twilio's specification, and so is every request
//! that the simulator accepts.

mod accounts;
mod command;
mod faults;
mod money;
mod numbers;
mod paging;
mod services;
mod spec;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use numberbank::kernel::Clock;
use numberbank::providers::twilio::simulator::{Options, SimAccount, Simulator};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::twilio_spec;

const SEED: u64 = 7;

/// A simulator and somebody who signs in.
struct Sim {
    simulator: Simulator,
    http: reqwest::Client,
    clock: Clock,
    account: SimAccount,
    user: String,
    secret: String,
}

/// An answer.
#[derive(Debug)]
struct Got {
    status: u16,
    body: Value,
    headers: reqwest::header::HeaderMap,
}

type Pairs<'a> = &'a [(&'a str, &'a str)];

impl Sim {
    async fn start() -> Sim {
        let start: NaiveDate = "2026-01-31".parse().unwrap();
        Sim::with(Options::new(SEED, Clock::manual(start.and_hms_opt(12, 0, 0).unwrap()))).await
    }
    async fn with(options: Options) -> Sim {
        let clock = options.clock.clone();
        let simulator = Simulator::start(options).await.unwrap();
        let account = simulator.accounts().remove(0);
        let (user, secret) = (account.sid.clone(), account.auth_token.clone());
        Sim { simulator, http: crate::support::http().build().unwrap(), clock, account, user, secret }
    }
    /// Makes another account with its own token.
    fn another(&self, letter: char, owner: Option<&str>) -> SimAccount {
        let sid = format!("AC{}", letter.to_string().repeat(32));
        let mut account = SimAccount::new(&sid, &format!("token {letter}"), SEED, self.clock.now());
        account.owner = owner.map(str::to_owned);
        self.simulator.put_account(account.clone()).unwrap();
        account
    }
    /// The same simulator as somebody else sees it.
    fn sign_in(&mut self, account: &SimAccount) -> SimAccount {
        (self.user, self.secret) = (account.sid.clone(), account.auth_token.clone());
        std::mem::replace(&mut self.account, account.clone())
    }

    /// A path: what begins without `/v1` is of the account on api.twilio.com.
    fn path(&self, path: &str) -> String {
        if path.starts_with("/v1") || path.starts_with("/2010") || path.starts_with("/_sim") {
            return path.to_owned();
        }
        format!("/2010-04-01/Accounts/{}{path}", self.account.sid)
    }
    fn request(&self, method: Method, path: &str, query: Pairs) -> reqwest::RequestBuilder {
        let mut url = url::Url::parse(&format!("{}{}", self.simulator.url(), self.path(path))).unwrap();
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.http.request(method, url).basic_auth(&self.user, Some(&self.secret))
    }
    /// Calls and judges.
    async fn call(&self, method: Method, path: &str, query: Pairs<'_>, form: Pairs<'_>) -> Got {
        let mut request = self.request(method.clone(), path, query);
        if !form.is_empty() {
            request = request.form(form);
        }
        let request = request.build().unwrap();
        let url = request.url().clone();
        let response = self.http.execute(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
        if let Some(operation) = twilio_spec::find(method.as_str(), url.path()) {
            assert_eq!(operation.answer_faults(status, &body), [""; 0], "{body:#}");
            if status < 400 {
                let query: Vec<_> = url.query_pairs().into_owned().collect();
                let form: Vec<_> = form.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
                assert_eq!(operation.request_faults(url.path(), &query, &form), [""; 0]);
                assert_missing_nothing(operation, status, &body);
            }
        } else {
            assert!(status >= 400, "{method} {url} is answered, but the specification has no such operation");
        }
        Got { status, body, headers }
    }
    async fn get(&self, path: &str, query: Pairs<'_>) -> Got {
        self.call(Method::GET, path, query, &[]).await
    }
    async fn post(&self, path: &str, form: Pairs<'_>) -> Got {
        self.call(Method::POST, path, &[], form).await
    }
    async fn delete(&self, path: &str) -> Got {
        self.call(Method::DELETE, path, &[], &[]).await
    }
    /// Follows a link as it was given.
    async fn follow(&self, link: &str) -> Got {
        let url = url::Url::parse(&self.simulator.url()).unwrap().join(link).unwrap();
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let query: Vec<(&str, &str)> = query.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        self.get(url.path(), &query).await
    }
    /// Asks the control endpoint.
    async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let mut request = self.http.request(method, format!("{}/_sim/{path}", self.simulator.url()));
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let (status, body) = (response.status(), response.json::<Value>().await.unwrap());
        assert_eq!(status, 200, "{path}: {body}");
        body
    }
    /// Lets something go wrong.
    async fn fault(&self, fault: Value) {
        self.control(Method::POST, "faults", fault).await;
    }
    /// The carrier's books of the account.
    async fn books(&self) -> Value {
        let all = self.control(Method::GET, "books", Value::Null).await;
        all["accounts"][&self.account.sid].clone()
    }

    /// Numbers for sale in an area code.
    async fn search(&self, area_code: &str) -> Vec<String> {
        let kind = if area_code.starts_with('8') { "TollFree" } else { "Local" };
        let path = format!("/AvailablePhoneNumbers/US/{kind}.json");
        let found = self.get(&path, &[("AreaCode", area_code), ("SmsEnabled", "true")]).await.ok();
        texts(&found["available_phone_numbers"], "phone_number")
    }
    /// Buys a number of an area code; answers its SID and the number.
    async fn buy(&self, area_code: &str) -> (String, String) {
        let number = self.search(area_code).await.remove(0);
        let bought = self.post("/IncomingPhoneNumbers.json", &[("PhoneNumber", &number)]).await;
        assert_eq!(bought.status, 201);
        (bought.text("sid"), number)
    }
    /// Makes a service; answers its SID.
    async fn service(&self, name: &str) -> String {
        let made = self.post("/v1/Services", &[("FriendlyName", name)]).await;
        assert_eq!(made.status, 201);
        made.text("sid")
    }
}

impl Got {
    fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }
    fn text(&self, key: &str) -> String {
        self.body[key].as_str().unwrap_or_else(|| panic!("no {key} in {}", self.body)).to_owned()
    }
    #[track_caller]
    fn refused(&self, status: u16, code: u32) {
        assert_eq!((self.status, &self.body["code"]), (status, &json!(code)), "{}", self.body);
        assert_eq!(self.body["more_info"], format!("https://www.twilio.com/docs/errors/{code}"));
    }
}

fn texts(list: &Value, key: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| item[key].as_str().unwrap().to_owned()).collect()
}

/// Every key that the specification has is in the answer, but for these.
fn assert_missing_nothing(operation: twilio_spec::Operation, status: u16, body: &Value) {
    let paging =
        ["page", "page_size", "start", "end", "first_page_uri", "previous_page_uri", "next_page_uri"];
    let may_be_missing = |place: &String| {
        // The search has no pages; the example of the specification leaves these keys out, too.
        operation.path.contains("/AvailablePhoneNumbers/") && paging.contains(&place.trim_start_matches('/'))
    };
    let missing: BTreeSet<String> =
        operation.missing(status, body).into_iter().filter(|place| !may_be_missing(place)).collect();
    assert!(missing.is_empty(), "{} {}: {missing:?}", operation.method, operation.path);
}
