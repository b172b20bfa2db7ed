//! What chromedriver can and WebDriver has no words for: the DevTools protocol and the console's log.

use fantoccini::Client;
use fantoccini::wd::WebDriverCompatibleCommand;
use reqwest::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

#[derive(Debug)]
struct Command {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }
    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

/// Sends a DevTools command.
pub(super) async fn devtools(client: &Client, command: &str, parameters: Value) -> Value {
    let body = json!({ "cmd": command, "params": parameters });
    let answer = client.issue_cmd(Command { path: "goog/cdp/execute", body }).await;
    answer.unwrap_or_else(|error| panic!("{command}: {error}"))
}

/// What the console said since it was asked last.
pub(super) async fn console(client: &Client) -> Vec<Value> {
    let answer =
        client.issue_cmd(Command { path: "se/log", body: json!({ "type": "browser" }) }).await.unwrap();
    answer.as_array().cloned().unwrap_or_default()
}
