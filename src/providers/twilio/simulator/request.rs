//! A request as it came in, and the answer as it goes out; nothing of any web server.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use serde_json::Value;

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `POST` ...
    pub method: String,
    /// Its path.
    pub path: String,
    /// Its query, read.
    pub query: Vec<(String, String)>,
    /// Its `Authorization` header.
    pub authorization: Option<String>,
    /// The media type of its body.
    pub content_type: String,
    /// Its body.
    pub body: Vec<u8>,
    /// Where it was sent to, such as `http://127.0.0.1:4010`.
    pub base: String,
}

impl Request {
    /// Its body read as a form.
    pub fn form(&self) -> Vec<(String, String)> {
        pairs(&self.body)
    }
    /// The user and the password it signs in with.
    pub fn signed(&self) -> Option<(String, String)> {
        let coded = self.authorization.as_deref()?.strip_prefix("Basic ")?;
        let text = String::from_utf8(BASE64_STANDARD.decode(coded.trim()).ok()?).ok()?;
        text.split_once(':').map(|(user, secret)| (user.to_owned(), secret.to_owned()))
    }
}

/// Reads a query or a form.
pub fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

/// The value of a key.
pub fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.as_str())
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers beside the media type.
    pub headers: Vec<(&'static str, String)>,
    /// The media type.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
    /// How it ends.
    pub ending: Ending,
}

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It arrives whole.
    Whole,
    /// The connection is closed in the middle of the body.
    Truncated,
    /// The connection is closed before anything is answered.
    HungUp,
}

impl Reply {
    /// An answer in JSON; `null` is no body at all.
    pub fn json(status: u16, body: &Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        Reply { status, headers: Vec::new(), content_type: "application/json", body, ending: Ending::Whole }
    }
    /// No answer.
    pub fn hung_up() -> Reply {
        Reply { ending: Ending::HungUp, ..Reply::json(500, &Value::Null) }
    }
    /// A proxy's page.
    pub fn html(status: u16) -> Reply {
        let body =
            format!("<html>\n<head><title>{status}</title></head>\n<body>Bad Gateway</body>\n</html>\n");
        Reply { content_type: "text/html", body, ..Reply::json(status, &Value::Null) }
    }
}

/// A request that was answered, for whoever wants to know what was really sent. Secrets are not in it.
#[derive(Debug, Clone, Serialize)]
pub struct Seen {
    /// The account that signed in, if one did.
    pub account: Option<String>,
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// Its query.
    pub query: Vec<(String, String)>,
    /// Its form.
    pub form: Vec<(String, String)>,
    /// The status of the answer; none when there was no answer.
    pub status: Option<u16>,
}
