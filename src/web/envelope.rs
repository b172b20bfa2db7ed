//! What surrounds every route, inside the session: the waiting message is read, and errors get their words.

use actix_session::SessionExt;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, web};

use super::error::respond;
use super::flash;
use super::site::Site;

/// The innermost middleware.
///
/// # Errors
/// Those of middlewares further inside, of which there are none: what routes return is a response here.
pub async fn envelope(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let session = request.get_session();
    let slot = flash::load(&session, &request);
    let site = request.app_data::<web::Data<Site>>().cloned();
    // The router needs the request to itself, so no clone of it may be kept meanwhile.
    let response = next.call(request).await?;
    let response = match (response.response().error(), site) {
        (Some(error), Some(site)) => {
            let worded = respond(error, response.request(), &site);
            response.into_response(worded)
        }
        _ => response.map_into_boxed_body(),
    };
    flash::forget_shown(&session, &slot);
    Ok(response)
}
