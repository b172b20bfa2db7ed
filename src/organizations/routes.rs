//! An organization's front door, and the rooms of this feature.

use actix_web::web;

use super::{joining, members, setup};
use crate::access::{Allowed, SeeNumbers, SeeSpend};
use crate::web::{Page, PageResult};

/// The routes of this room.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/o/{organization}", web::get().to(home))
        .configure(members::routes)
        .configure(joining::routes)
        .configure(setup::routes);
}

async fn home(by: Allowed<SeeSpend>) -> PageResult {
    let page = if by.may::<SeeNumbers>() { "/phone-numbers" } else { "/spend" };
    Ok(Page::redirect(by.url(page)))
}
