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
/// None that stays one: every error becomes a response here.
pub async fn envelope(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let session = request.get_session();
    let slot = flash::load(&session, &request);
    let site = request.app_data::<web::Data<Site>>().cloned();
    let http = request.request().clone();
    let response = match (next.call(request).await, site) {
        (Ok(response), Some(site)) => match response.response().error() {
            Some(error) => {
                let worded = respond(error, &http, &site);
                response.into_response(worded)
            }
            None => response.map_into_boxed_body(),
        },
        (Ok(response), None) => response.map_into_boxed_body(),
        (Err(error), Some(site)) => ServiceResponse::new(http.clone(), respond(&error, &http, &site)),
        (Err(error), None) => return Err(error),
    };
    flash::forget_shown(&session, &slot);
    Ok(response)
}
