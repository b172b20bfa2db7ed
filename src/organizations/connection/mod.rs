//! How an organization is connected to its carrier: the account, what it signs in with (sealed), the texting
//! platform's addresses, and whether it works.
//!
//! [`own`] and [`carrier`] are the only ways to an [`Account`] with credentials, and so to a call of a carrier:
//! whoever calls one also tells what its answers say of the connection. A refusal that a person must mend is written
//! down with the organization (a banner on every page that needs the carrier), work under way waits for it, and the
//! next answer that shows that it works again lets all go on.

mod model;
mod pages;
mod routes;
mod store;
mod watched;

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::access::{Allowed, BrokenKind, ManageOrganization};
use crate::db::{Conn, DbResult, Tx};
use crate::error::{AppError, AppResult};
use crate::jobs;
use crate::kernel::ids::OrganizationId;
use crate::kernel::{Moment, Seal, SealError};
use crate::providers::{Account, Checked, Credentials, ErrorKind, Provider, ProviderError};
use crate::state::App;

use model::{Known, Typed, Unusable};
use watched::Watched;

pub use model::{Check, Entered, Kept, Place};
pub use routes::routes;

/// How long a test waits for the carrier.
const PATIENCE: Duration = Duration::from_secs(20);

/// A carrier, ready to be called in an organization's name.
#[derive(Clone)]
pub struct Carrier {
    /// Whom to call.
    pub provider: Arc<dyn Provider>,
    /// In whose name, with what it signs in with.
    pub account: Account,
}

/// The carrier of an organization, under the account it is connected with now.
///
/// # Errors
/// As [`carrier`].
pub async fn own<P>(app: &App, by: &Allowed<P>) -> AppResult<Carrier> {
    carrier(app, &place_of(by)).await
}

/// The account that an organization is connected with now.
pub fn place_of<P>(by: &Allowed<P>) -> Place {
    let organization = by.organization();
    Place {
        organization: organization.id,
        service: organization.service.clone(),
        account: organization.carrier_account.clone(),
    }
}

/// The account that the organization of this name in addresses is connected with: for the console.
///
/// # Errors
/// [`DbError::NotFound`](crate::db::DbError::NotFound) when there is none; a database error.
pub fn place_of_slug(conn: &mut Conn, slug: &str) -> DbResult<Place> {
    store::place_of_slug(conn, slug)
}

/// A carrier under the account that a row names: a number, an order, a messaging service.
///
/// # Errors
/// [`AppError::Provider`], as a carrier that refuses the credentials, when nobody entered them or the stored ones
/// cannot be read; [`AppError::Conflict`] when this version has no such provider; a database error.
pub async fn carrier(app: &App, place: &Place) -> AppResult<Carrier> {
    let inner = app.provider(&place.service)?;
    let at = place.clone();
    let (kept, broken) = app
        .db
        .read(move |conn| DbResult::Ok((store::find(conn, &at)?, store::broken(conn, at.organization)?)))
        .await?;
    let opened = match inner.connection().credentials {
        None => Ok(Account::new(place.account.clone())),
        Some(_) => open(&app.seal, place, &kept.unwrap_or_default()),
    };
    match opened {
        Ok(account) => {
            let broken = broken.map(|broken| broken.kind);
            Ok(Carrier { provider: Watched::new(inner, app, place.clone(), broken), account })
        }
        Err(unusable) => {
            let (error, at, now) = (unusable.error(), place.clone(), app.clock.now());
            let words = error.to_string();
            app.db.write(move |tx| store::mark(tx, &at, unusable.kind(), &words, now)).await?;
            Err(error.into())
        }
    }
}

fn open(seal: &Seal, place: &Place, kept: &Kept) -> Result<Account, Unusable> {
    let (user, sealed) = kept.sealed.as_ref().ok_or(Unusable::Unconnected)?;
    let secret = secret(seal, place, sealed).map_err(Unusable::Unreadable)?;
    Ok(Account::new(place.account.clone()).with_credentials(Credentials { user: user.clone(), secret }))
}

fn secret(seal: &Seal, place: &Place, sealed: &str) -> Result<SecretString, SealError> {
    let bytes = seal.open(&place.sealed_for(), sealed)?;
    let text = std::str::from_utf8(bytes.expose_secret()).map_err(|_| SealError::Damaged)?;
    Ok(SecretString::from(text))
}

/// What is kept of a connection; nothing when nothing was entered yet.
///
/// # Errors
/// A database error.
pub fn find(conn: &mut Conn, place: &Place) -> DbResult<Kept> {
    Ok(store::find(conn, place)?.unwrap_or_default())
}

/// The names of the other organizations with the same account: for who runs Numberbank.
///
/// # Errors
/// A database error.
pub fn sharing(conn: &mut Conn, place: &Place) -> DbResult<Vec<String>> {
    store::sharing(conn, place)
}

/// The other organizations with the same account: to be counted, never to be named to people of this one.
///
/// # Errors
/// A database error.
pub fn sharing_with(conn: &mut Conn, place: &Place) -> DbResult<Vec<OrganizationId>> {
    store::sharing_with(conn, place)
}

/// Where an organization is connected, which nobody changes until the transaction ends.
///
/// # Errors
/// A database error.
pub fn lock(tx: &mut Tx, by: &Allowed<ManageOrganization>) -> DbResult<Place> {
    store::lock(tx, by.organization_id())
}

/// The accounts of all organizations whose connection is not known to be broken: for the clock.
///
/// # Errors
/// A database error.
pub fn places(conn: &mut Conn) -> DbResult<Vec<Place>> {
    store::places(conn)
}

/// What saving did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Saved {
    /// What changed, in words without any secret.
    pub changes: Vec<String>,
    /// When the addresses changed, if they did: messaging services are to be told.
    pub new_addresses: Option<Moment>,
}

/// Saves a connection, and makes it the organization's. Call [`lock`] first, and decide by what it answers whether
/// the organization may leave the account it has.
///
/// # Errors
/// [`AppError::Internal`] when the secret cannot be sealed; a database error.
pub fn save(
    tx: &mut Tx,
    seal: &Seal,
    before: &Place,
    provider: &dyn Provider,
    entered: &Entered,
    now: Moment,
) -> AppResult<Saved> {
    let place = Place {
        organization: before.organization,
        service: provider.key().to_owned(),
        account: entered.account.id.clone(),
    };
    let (old, new) = (find(tx, before)?, find(tx, &place)?);
    let changes =
        model::changes((&before.service, &before.account, &old), provider.name(), (&place.service, entered));
    let sealed = match (&entered.account.credentials, &new.sealed) {
        (None, _) => None,
        // None was entered: the stored one stays as it is now, also when somebody replaced it since the page was sent.
        (Some(credentials), Some((user, sealed)))
            if !entered.new_secret && place == *before && *user == credentials.user =>
        {
            Some((credentials.user.as_str(), sealed.clone()))
        }
        (Some(_), _) if !entered.new_secret => {
            let words =
                "Somebody else changed the connection meanwhile. Nothing was saved; look at the page again.";
            return Err(AppError::Conflict(words.into()));
        }
        (Some(credentials), _) => {
            let secret = credentials.secret.expose_secret().as_bytes();
            let sealed = seal.close(&place.sealed_for(), secret);
            let sealed = sealed.map_err(|error| AppError::Internal(format!("the secret: {error}")))?;
            Some((credentials.user.as_str(), sealed))
        }
    };
    let sealed = sealed.as_ref().map(|(user, sealed)| (*user, sealed.as_str()));
    let new_addresses = (new.addresses != entered.addresses).then_some(now);
    store::write(tx, &place, entered, sealed, new_addresses.or(new.addresses_changed_at))?;
    if place != *before {
        store::clear(tx, before)?;
        store::move_to(tx, &place)?;
    }
    Ok(Saved { changes, new_addresses })
}

/// Tests a connection and writes down what was found.
///
/// # Errors
/// [`AppError::Conflict`] when this version has no such provider; a database error. What the carrier refuses is a
/// [`Check`] that does not work.
pub async fn test(app: &App, place: &Place) -> AppResult<Check> {
    let asked = match carrier(app, place).await {
        Ok(carrier) => match tokio::time::timeout(PATIENCE, carrier.provider.check(&carrier.account)).await {
            Ok(answer) => answer,
            Err(_) => {
                let words = format!("The carrier did not answer within {} seconds.", PATIENCE.as_secs());
                Err(ProviderError::new(ErrorKind::Transient, words))
            }
        },
        Err(AppError::Provider(error)) => Err(error),
        Err(other) => return Err(other),
    };
    let now = app.clock.now();
    let refused = matches!(&asked, Err(error) if error.kind == ErrorKind::Auth);
    let (check, checked) = judged(asked, now);
    let (at, kept, works) = (place.clone(), check.clone(), check.works);
    let check = app
        .db
        .write(move |tx| {
            store::lock(tx, at.organization)?;
            let mut check = kept.clone();
            // What could not even be tried has a next step of its own.
            let broken = store::broken(tx, at.organization)?.filter(|_| refused).map(|broken| broken.kind);
            if let Some(kind @ (BrokenKind::Unreadable | BrokenKind::Unconnected)) = broken {
                check.next_step = Some(kind.next_step().to_owned());
            }
            store::write_check(tx, &at, &check, checked.as_ref())?;
            if works {
                store::clear(tx, &at)?;
                jobs::hurry(tx, at.organization, now)?;
            }
            DbResult::Ok(check)
        })
        .await?;
    if works {
        jobs::wake(app);
    }
    Ok(check)
}

fn judged(asked: Result<Checked, ProviderError>, at: Moment) -> (Check, Option<Checked>) {
    match asked {
        Ok(checked) => {
            let words = [&["The connection works.".to_owned()][..], &checked.notes].concat().join(" ");
            let check =
                Check { at, works: true, words, carrier_code: None, carrier_words: None, next_step: None };
            (check, Some(checked))
        }
        Err(error) => {
            let check = Check {
                at,
                works: false,
                words: error.to_string(),
                carrier_code: error.carrier_code().map(str::to_owned),
                carrier_words: error.carrier_words().map(str::to_owned),
                next_step: Some(error.next_step().to_owned()),
            };
            (check, None)
        }
    }
}

/// Nobody entered what the carrier asks for yet: said on every page that needs it.
///
/// # Errors
/// A database error.
pub fn is_unconnected(tx: &mut Tx, organization: OrganizationId, now: Moment) -> DbResult<()> {
    let place = store::lock(tx, organization)?;
    let unusable = Unusable::Unconnected;
    store::mark(tx, &place, BrokenKind::Unconnected, &unusable.error().to_string(), now)
}

/// Reads what was typed, with the secret that is stored already where none was typed.
fn read(
    seal: &Seal,
    provider: &dyn Provider,
    at: &Place,
    kept: &Kept,
    typed: &Typed,
) -> Result<Entered, AppError> {
    const AGAIN: &str = "Enter the secret: the stored one belongs to another account or key.";
    const UNREADABLE: &str = "Enter the secret again: the stored one cannot be read with the \
                              NUMBERBANK_SECRET_KEY of this instance.";
    const FIRST: &str = "Enter the secret.";
    let same = at.service == provider.key() && at.account == typed.account.trim();
    let known = match &kept.sealed {
        None => Known::Ask(FIRST),
        Some((user, sealed)) if same && user == typed.user() => match secret(seal, at, sealed) {
            Ok(secret) => Known::Secret(secret),
            Err(_) => Known::Ask(UNREADABLE),
        },
        Some(_) => Known::Ask(AGAIN),
    };
    typed.read(&provider.connection(), &known).map_err(AppError::Invalid)
}
