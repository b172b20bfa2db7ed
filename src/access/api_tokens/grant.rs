//! From an `Authorization` header to what a program may do.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::{Arc, RwLock};

use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use chrono::TimeDelta;
use futures_util::future::LocalBoxFuture;

use super::store;
use crate::access::token::hash_of;
use crate::error::{AppError, AppResult};
use crate::kernel::Moment;
use crate::kernel::ids::OrganizationId;
use crate::state::App;

/// Something a token may be used for.
pub trait Scope: Send + Sync + 'static {
    /// The stored key.
    const KEY: &'static str;
}

/// Ask which number texts a contact.
#[derive(Debug, Clone, Copy)]
pub enum ChooseSender {}

impl Scope for ChooseSender {
    const KEY: &'static str = "senders";
}

/// Proof that a program came with a token of an organization that may be used for `S`. Only this module makes one.
#[derive(Debug)]
pub struct Granted<S> {
    organization: OrganizationId,
    scope: PhantomData<fn() -> S>,
}

impl<S> Clone for Granted<S> {
    fn clone(&self) -> Granted<S> {
        Granted { organization: self.organization, scope: PhantomData }
    }
}

impl<S> Granted<S> {
    /// The organization's id: what everything is scoped to.
    pub fn organization_id(&self) -> OrganizationId {
        self.organization
    }
}

/// So long a token that held is taken to hold without asking the database: platforms ask thousands of times a second.
/// An instance that revokes one forgets it at once; the others within this time.
const HOLDS: TimeDelta = TimeDelta::seconds(1);
/// More tokens than this in use at once are looked up each time.
const KEPT: usize = 10_000;

/// A token's hash and what it is used for.
type Key = (String, &'static str);

/// The tokens that held a moment ago, by hash and scope.
#[derive(Debug, Clone, Default)]
pub struct Grants(Arc<RwLock<HashMap<Key, (OrganizationId, Moment)>>>);

impl Grants {
    fn known(&self, key: &Key, now: Moment) -> Option<OrganizationId> {
        let known = self.0.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        let (organization, at) = known.get(key)?;
        (*at <= now && now - *at < HOLDS).then_some(*organization)
    }
    fn keep(&self, key: Key, organization: OrganizationId, now: Moment) {
        let mut known = self.0.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(key, (organization, now));
    }
    /// Every token is looked up when it is used next.
    pub fn forget(&self) {
        self.0.write().unwrap_or_else(|poisoned| poisoned.into_inner()).clear();
    }
}

impl<S: Scope> FromRequest for Granted<S> {
    type Error = AppError;
    type Future = LocalBoxFuture<'static, AppResult<Granted<S>>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let organization = organization(&request, S::KEY).await?;
            Ok(Granted { organization, scope: PhantomData })
        })
    }
}

async fn organization(request: &HttpRequest, scope: &'static str) -> AppResult<OrganizationId> {
    let token = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .filter(|token| token.starts_with(super::PREFIX))
        .ok_or(AppError::NotSignedIn)?;
    let missing = || AppError::Internal("the server was put together without its parts".into());
    let app = request.app_data::<web::Data<App>>().ok_or_else(missing)?;
    let grants = request.app_data::<web::Data<Grants>>().ok_or_else(missing)?;
    let (key, now) = ((hash_of(token), scope), app.clock.now());
    if let Some(organization) = grants.known(&key, now) {
        return Ok(organization);
    }
    let hash = key.0.clone();
    let found = app
        .db
        .read(move |conn| store::holding(conn, &hash, scope).map_err(AppError::from))
        .await?
        .ok_or(AppError::NotSignedIn)?;
    let (id, organization, used_at) = found;
    if used_at.is_none_or(|used| now - used >= TimeDelta::minutes(1)) {
        // That it was used is good to know; a platform gets its answer also when that cannot be written.
        let written = app.db.write(move |tx| store::used(tx, id, now)).await;
        if let Err(error) = written {
            tracing::warn!(%error, "that an API token was used is not written down");
        }
    }
    grants.keep(key, organization, now);
    Ok(organization)
}
