//! Whether a request comes from htmx, and from where on the page.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

/// What htmx says about its request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Htmx {
    /// Whether htmx sent it.
    pub is_htmx: bool,
    /// Whether it stands for a whole page: an ordinary link or form that htmx follows.
    pub boosted: bool,
    /// The id of the element that takes the answer.
    pub target: Option<String>,
    /// The address of the page it was sent from.
    pub current_url: Option<String>,
}

impl Htmx {
    /// Reads the headers.
    pub fn of(request: &HttpRequest) -> Htmx {
        let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let is_true = |name: &str| text(name) == Some("true");
        Htmx {
            is_htmx: is_true("HX-Request"),
            boosted: is_true("HX-Boosted") || is_true("HX-History-Restore-Request"),
            target: text("HX-Target").map(str::to_owned),
            current_url: text("HX-Current-URL").map(str::to_owned),
        }
    }
    /// Whether a part of a page is wanted rather than a page.
    pub fn wants_fragment(&self) -> bool {
        self.is_htmx && !self.boosted
    }
    /// Whether the part wanted is the one with this id.
    pub fn targets(&self, id: &str) -> bool {
        self.wants_fragment() && self.target.as_deref() == Some(id)
    }
}

impl FromRequest for Htmx {
    type Error = Infallible;
    type Future = Ready<Result<Htmx, Infallible>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Htmx::of(request)))
    }
}
