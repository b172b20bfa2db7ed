//! How many times a second a texting platform is told which number texts a contact.
//!
//! ```sh
//! cargo bench --bench senders [-- --seconds 10 --connections 32]
//! ```
//!
//! The whole application over HTTP, with the load generator beside it on the same machine: a campaign of 1,000 numbers
//! in 50 area codes; contacts of these and of others, each another one.
#![allow(clippy::unwrap_used)]

#[allow(unused_imports)]
#[path = "../it/support/mod.rs"]
mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use numberbank::access::{self, ManageOrganization, Role, Token};

use support::{Backend, Change, TestApp, run_with};

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Numbers of a started campaign, straight into the database. Answers the campaign's id.
async fn campaign(app: &TestApp) -> String {
    let id = "01930000-0000-7000-8000-00000000c001";
    let codes: Vec<&str> = CODES.split_whitespace().collect();
    assert_eq!(codes.len(), 50);
    let mut sql = format!(
        "INSERT INTO campaign (id, organization_id, name, state, contacts_per_number, strategy, picker, created_by, \
         created_at, started_at, contacts) SELECT '{id}', o.id, 'Fall GOTV', 'started', 200, 'best', 'numberbank', p.id, \
         '2026-11-01 10:00:00', '2026-11-01 10:00:00', 200000 FROM organization o, person p \
         WHERE o.slug = 'our-city' AND p.email = 'admin@example.org';"
    );
    for (nth, code) in codes.iter().enumerate() {
        sql.push_str(&format!("INSERT INTO campaign_need VALUES ('{id}', '{code}', 4000);"));
        for line in 0..20 {
            let number = nth * 20 + line;
            sql.push_str(&format!(
                "INSERT INTO owned_phone_number (id, organization_id, service, carrier_account, service_id, phone_number, \
                 area_code, kind, monthly_price, bought_at, renews_on, campaign_id, hold) \
                 SELECT '01930000-0000-7000-8000-{number:012}', o.id, 'fakeservice', 'our-city', 'PN{number}', \
                 '+1{code}555{line:04}', '{code}', 'local', 1150000, '2026-11-01 10:00:00', '2026-12-01', '{id}', \
                 'in_use' FROM organization o WHERE o.slug = 'our-city';"
            ));
        }
    }
    app.sql(sql.leak()).await;
    id.to_owned()
}

const CODES: &str = "201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 239 240 \
                     248 251 252 253 254 256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 310 312 313 314";

/// Asks over one connection until it is stopped. Answers how often, and each call's time.
fn asks(address: &str, head: &str, stop: &AtomicBool, seed: usize) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut took, mut buffer) = (Vec::new(), [0u8; 4096]);
    let others = ["313", "248", "415", "947", "616", "702"];
    let mut nth = seed * 7_919;
    while !stop.load(Ordering::Relaxed) {
        nth += 1;
        let code = others[nth % others.len()];
        let body = format!("{{\"contact\":\"+1{code}{:03}{:04}\"}}", 200 + nth / 10_000 % 800, nth % 10_000);
        let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        let start = Instant::now();
        stream.write_all(request.as_bytes()).unwrap();
        let mut got = 0;
        loop {
            let read = stream.read(&mut buffer[got..]).unwrap();
            assert!(read > 0, "the connection was closed");
            got += read;
            if buffer[..got].ends_with(b"}") {
                break;
            }
        }
        took.push(start.elapsed());
        assert!(buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer[..got]));
    }
    took
}

async fn measure(backend: Backend, seconds: u64, connections: usize) {
    run_with(backend, Change { live: true, ..Change::default() }, move |app| async move {
        let campaign = campaign(&app).await;
        let (by, token) = (app.allowed::<ManageOrganization>(Role::Owner).await, Token::new());
        let (now, new) = (app.app().clock.now(), token.clone());
        app.write(move |tx| access::make_api_token(tx, &by, "Platform", &new, now)).await;
        let address = app.base().trim_start_matches("http://").to_owned();
        let head = format!(
            "POST /api/v1/campaigns/{campaign}/sender HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\n",
            access::api_token_text(&token)
        );
        let took = tokio::task::spawn_blocking(move || {
            let stop = AtomicBool::new(false);
            std::thread::scope(|scope| {
                let threads: Vec<_> = (0..connections)
                    .map(|seed| {
                        let (address, head, stop) = (&address, &head, &stop);
                        scope.spawn(move || asks(address, head, stop, seed))
                    })
                    .collect();
                std::thread::sleep(Duration::from_secs(seconds));
                stop.store(true, Ordering::Relaxed);
                threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
            })
        });
        let mut took = took.await.unwrap();
        took.sort_unstable();
        let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        say(&format!(
            "{backend:?}: {} answers a second over {connections} connections; p50 {:.2} ms, p99 {:.2} ms",
            took.len() as u64 / seconds,
            at(0.5),
            at(0.99)
        ));
    })
    .await;
}

#[tokio::main]
async fn main() {
    let (mut seconds, mut connections) = (10, 32);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut number = || arguments.next().and_then(|text| text.parse::<u64>().ok()).expect("a number");
        match name.as_str() {
            "--seconds" => seconds = number(),
            "--connections" => connections = number(),
            // What cargo says to every benchmark.
            "--bench" => {}
            other => panic!("{other} is not understood"),
        }
    }
    for backend in [Backend::Sqlite, Backend::Postgres] {
        measure(backend, seconds, usize::try_from(connections).expect("few")).await;
    }
}
