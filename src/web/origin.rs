//! Refuses writes that another site caused in somebody's browser (cross-site request forgery).

use actix_web::http::header;
use actix_web::{HttpRequest, web};
use url::Url;

use super::site::Site;
use crate::error::{AppError, AppResult};

/// Passes requests whose page of origin was ours. The browser says so, in headers no page can set: first
/// `Sec-Fetch-Site`, else `Origin`, else `Referer`. A request with none of them is refused too.
pub(super) fn check(request: &HttpRequest) -> AppResult<()> {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let refused = || {
        tracing::warn!(
            origin = text("Origin"),
            sec_fetch_site = text("Sec-Fetch-Site"),
            "a write was refused: it does not come from a page of this site"
        );
        Err(AppError::BadRequest(
            "This did not come from a page of Numberbank, so nothing was changed. Open the page again and repeat \
             it there. If that does not help, NUMBERBANK_BASE_URL may not be the address you use."
                .into(),
        ))
    };
    match text("Sec-Fetch-Site") {
        Some("same-origin" | "none") => return Ok(()),
        Some(_) => return refused(),
        None => {}
    }
    let referer =
        text("Referer").and_then(|url| Url::parse(url).ok()).map(|url| url.origin().ascii_serialization());
    match text("Origin").map(str::to_owned).or(referer) {
        Some(origin) if is_own(request, &origin) => Ok(()),
        _ => refused(),
    }
}

/// Ours is the configured address, and the host this request was sent to.
fn is_own(request: &HttpRequest, origin: &str) -> bool {
    let configured = request.app_data::<web::Data<Site>>().is_some_and(|site| site.is_own(origin));
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let same_host = match (origin.strip_prefix("https://").or(origin.strip_prefix("http://")), host) {
        (Some(origin), Some(host)) => origin.eq_ignore_ascii_case(host),
        _ => false,
    };
    configured || same_host
}
