//! What is repeated, what is not, and what is known when no answer comes.

use std::io::Write;

use super::*;

async fn list(line: &Line) -> Result<usize, ProviderError> {
    line.twilio.list_owned(&account(), None).await.map(|page| page.items.len())
}

fn bought() -> Reply {
    Reply::Json(201, owned_json("PN1", "+13135550142").to_string())
}

#[tokio::test]
async fn a_purchase_refused_as_too_many_was_not_made_and_is_made_again() {
    let line = in_turn(vec![
        refusal(429, 20429),
        Reply::Headed(429, "{}".into(), "Retry-After: 3"),
        Reply::Headed(429, String::new(), "Retry-After: Fri, 20 Nov 2026 12:00:05 GMT"),
        bought(),
    ]);
    assert_eq!(line.buy().await.unwrap().id.as_str(), "PN1");
    assert_eq!(line.time.slept(), [100, 3_200, 5_400]);
    assert_eq!(line.server.seen().len(), 4);
}

#[tokio::test]
async fn nobody_asks_for_ever() {
    let line = line(|_, _| refusal(429, 20429));
    let error = line.buy().await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::RateLimited(Some(wait)) if !wait.is_zero()), "{error:?}");
    assert_eq!((error.carrier_code(), error.request_id()), (Some("20429"), Some("RQ0123")));
    assert_eq!(line.server.seen().len(), 6);
    assert_eq!(line.time.slept(), [100, 200, 400, 800, 1_600]);
}

#[tokio::test]
async fn a_long_wish_is_passed_on_and_the_account_keeps_still() {
    let line = in_turn(vec![
        Reply::Headed(429, "{}".into(), "Retry-After: 120"),
        owned_page(&[], None),
        owned_page(&[], None),
    ]);
    let wait = Duration::from_millis(120_100);
    assert_eq!(line.buy().await.unwrap_err().retry_after(), Some(wait));
    assert_eq!(list(&line).await.unwrap_err().retry_after(), Some(wait), "it is not even asked");
    assert_eq!(line.server.seen().len(), 1);
    let mut other = account();
    other.id = format!("AC{}", "b".repeat(32));
    assert!(line.twilio.list_owned(&other, None).await.is_ok());
}

#[tokio::test]
async fn reading_is_tried_again() {
    for bad in [
        refusal(503, 20503),
        refusal(500, 20500),
        Reply::Html(502),
        Reply::Json(503, String::new()),
        Reply::Nothing,
        Reply::Half(r#"{"incoming_phone_numbers": []}"#.into()),
        Reply::Never,
    ] {
        let line = in_turn(vec![bad.clone(), owned_page(&[("PN1", "+13135550142")], None)]);
        assert_eq!(list(&line).await, Ok(1), "{bad:?}");
        assert_eq!((line.server.seen().len(), line.time.slept()), (2, vec![200]), "{bad:?}");
    }
    for bad in [refusal(503, 20503), Reply::Html(504), Reply::Nothing] {
        let shown = format!("{bad:?}");
        let line = line(move |_, _| bad.clone());
        assert_eq!(list(&line).await.unwrap_err().kind, ErrorKind::Transient, "{shown}");
        assert_eq!((line.server.seen().len(), line.time.slept()), (4, vec![200, 400, 800]), "{shown}");
    }
}

#[tokio::test]
async fn a_slow_failure_is_not_waited_for_again() {
    let line = line(|_, _| refusal(503, 20503));
    let time = Arc::clone(&line.time);
    let twilio = line.twilio.watched(move |_| *time.now.lock().unwrap() += Duration::from_secs(41));
    let error = twilio.list_owned(&account(), None).await.unwrap_err();
    assert_eq!((error.kind, line.server.seen().len()), (ErrorKind::Transient, 1));
}

#[tokio::test]
async fn what_may_have_been_bought_is_not_bought_again() {
    for bad in [
        refusal(500, 20500),
        refusal(503, 20503),
        Reply::Html(502),
        Reply::Html(201),
        Reply::Json(201, String::new()),
        Reply::Json(201, "{}".into()),
        Reply::Json(201, owned_json("", "+13135550142").to_string()),
        Reply::Json(201, owned_json("PN1", "+13135550143").to_string()),
        Reply::Half(owned_json("PN1", "+13135550142").to_string()),
        Reply::Nothing,
        Reply::Never,
    ] {
        let shown = format!("{bad:?}");
        let line = line(move |_, _| bad.clone());
        let error = line.buy().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::AnswerLost, "{shown}");
        assert!(error.is_ambiguous() && error.to_string().contains("may have been done"), "{shown}: {error}");
        assert_eq!((line.server.seen().len(), line.time.slept()), (1, vec![]), "{shown}");
    }
}

#[tokio::test]
async fn what_could_not_be_sent_was_not_bought() {
    let mut line = line(|_, _| Reply::Nothing);
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    line.twilio.options.api = Url::parse(&format!("http://{gone}")).unwrap();
    let error = line.buy().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Transient, "{error}");
    assert!(line.time.slept().is_empty());
    assert_eq!(list(&line).await.unwrap_err().kind, ErrorKind::Transient);
    assert_eq!(line.time.slept().len(), 3);
}

#[tokio::test]
async fn removing_twice_is_removing() {
    let id = crate::providers::RemoteNumberId::new("PN1");
    for bad in [Reply::Nothing, refusal(503, 20503), refusal(429, 20429)] {
        let line = in_turn(vec![bad.clone(), refusal(404, 20404)]);
        assert_eq!(line.twilio.release(&account(), &id).await, Ok(()), "{bad:?}");
        assert_eq!(line.server.seen().len(), 2);
    }
    let line = in_turn(vec![Reply::Json(204, String::new())]);
    assert_eq!(line.twilio.release(&account(), &id).await, Ok(()));
    assert!(line.server.seen()[0].is("DELETE", "/IncomingPhoneNumbers/PN1.json"));
}

#[tokio::test]
async fn something_in_between_cannot_say_that_a_thing_is_gone() {
    let id = crate::providers::RemoteNumberId::new("PN1");
    for bad in [Reply::Html(404), Reply::Json(404, String::new()), Reply::Json(404, "null".into())] {
        let shown = format!("{bad:?}");
        let line = line(move |_, _| bad.clone());
        assert_eq!(
            line.twilio.release(&account(), &id).await.unwrap_err().kind,
            ErrorKind::Unknown,
            "{shown}"
        );
        assert_eq!(line.twilio.find_by_id(&account(), &id).await.unwrap_err().kind, ErrorKind::Unknown);
    }
    let line = in_turn(vec![refusal(404, 20404)]);
    assert_eq!(line.twilio.find_by_id(&account(), &id).await, Ok(None));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let line = in_turn(vec![Reply::Headed(307, "{}".into(), "Location: http://127.0.0.1:1/elsewhere")]);
    assert_eq!(line.buy().await.unwrap_err().kind, ErrorKind::Unknown);
    assert_eq!(line.server.seen().len(), 1);
}

#[tokio::test]
async fn nothing_is_sent_without_credentials() {
    let line = line(|_, _| Reply::Html(200));
    let error = line.twilio.list_owned(&Account::new("AC1"), None).await.unwrap_err();
    assert!(error.broken_connection(), "{error:?}");
    assert!(line.server.seen().is_empty());
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn requests_are_logged_with_their_id_and_without_secrets() {
    let log = Log::default();
    let kept = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || kept.clone())
        .with_ansi(false)
        .finish();
    // While there is only one subscriber, what another test logs first from its own thread is off for all.
    let _second = tracing::Dispatch::new(tracing_subscriber::fmt().with_writer(std::io::sink).finish());
    let _guard = tracing::subscriber::set_default(subscriber);
    let line = in_turn(vec![refusal(401, 20003), bought()]);
    let refused = line.buy().await.unwrap_err();
    line.buy().await.unwrap();
    let request = &line.server.seen()[0];
    assert!(request.header("authorization").unwrap().starts_with("Basic "), "it does sign in");
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(log.matches("RQ0123").count(), 2, "{log}");
    let encoded = request.header("authorization").unwrap().trim_start_matches("Basic ").to_owned();
    let told = format!("{log}{refused:?}{refused}{:?}", account());
    assert!(!told.contains(SECRET) && !told.contains(&encoded), "{told}");
}
