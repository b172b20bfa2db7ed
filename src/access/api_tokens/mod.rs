//! API tokens: what a program asks with in an organization's name. An owner makes and revokes them; each is shown once,
//! of each only the hash is kept, and each may do one thing.

mod grant;
mod store;

pub use grant::{ChooseSender, Granted, Grants, Scope};
pub use store::ApiToken;

use super::allowed::Allowed;
use super::role::ManageOrganization;
use super::token::{Token, hash_of};
use crate::db::{Conn, DbResult, Tx};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::Moment;
use crate::kernel::ids::{ApiTokenId, OrganizationId};

/// What every token begins with, so that people and secret scanners know one when they see it.
pub const PREFIX: &str = "nb_";
/// The longest name, in characters.
const NAME_LIMIT: usize = 80;
/// So many tokens that are not revoked an organization may have.
const MOST: usize = 20;
/// So many characters of a token are kept, by which people know it again.
const HINT: usize = PREFIX.len() + 4;

/// A token that was just made.
#[derive(Debug, Clone)]
pub struct MadeToken {
    /// Its id.
    pub id: ApiTokenId,
    /// Its name.
    pub name: String,
}

/// The text of a token that programs send.
pub fn api_token_text(token: &Token) -> String {
    format!("{PREFIX}{}", token.expose())
}

/// Makes a token with which a program may ask which number texts a contact.
///
/// # Errors
/// [`AppError::Invalid`] on `name` when it is empty, too long or taken; [`AppError::Conflict`] when there are too many;
/// a database error.
pub fn make_api_token(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    name: &str,
    token: &Token,
    now: Moment,
) -> AppResult<MadeToken> {
    let wrong = |words: &str| AppError::Invalid(FieldErrors::one("name", words));
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(wrong("Say what will use it, such as Texting platform."));
    }
    if name.chars().count() > NAME_LIMIT {
        return Err(wrong("A name has at most 80 characters."));
    }
    super::store::lock_owners(tx, by.organization_id())?;
    let open: Vec<ApiToken> =
        api_tokens(tx, by)?.into_iter().filter(|one| one.revoked_at.is_none()).collect();
    if open.iter().any(|one| one.name == name) {
        return Err(wrong("A token has this name already. Revoke that one first, or choose another name."));
    }
    if open.len() >= MOST {
        let words =
            format!("An organization has at most {MOST} tokens. Revoke one that is not used any more.");
        return Err(AppError::Conflict(words));
    }
    let text = api_token_text(token);
    let new = store::NewToken {
        id: ApiTokenId::new(),
        organization_id: by.organization_id(),
        name: &name,
        scope: ChooseSender::KEY,
        token_hash: &hash_of(&text),
        hint: text.get(..HINT).unwrap_or_default(),
        made_by: by.person_id(),
        made_at: now,
    };
    store::insert(tx, &new)?;
    Ok(MadeToken { id: new.id, name })
}

/// The organization's tokens, the newest first; revoked ones too.
///
/// # Errors
/// A database error.
pub fn api_tokens(conn: &mut Conn, by: &Allowed<ManageOrganization>) -> AppResult<Vec<ApiToken>> {
    Ok(store::all(conn, by.organization_id())?)
}

/// Revokes a token: nothing is answered to it any more. One that is revoked already stays so. Let
/// [`Grants::forget`] know after the commit.
///
/// # Errors
/// [`AppError::NotFound`]; a database error.
pub fn revoke_api_token(
    tx: &mut Tx,
    by: &Allowed<ManageOrganization>,
    id: ApiTokenId,
    now: Moment,
) -> AppResult<ApiToken> {
    let token = api_tokens(tx, by)?.into_iter().find(|one| one.id == id).ok_or(AppError::NotFound)?;
    store::revoke(tx, by.organization_id(), id, now)?;
    Ok(token)
}

/// Whether an organization has a token that may be used for this.
///
/// # Errors
/// A database error.
pub fn has_api_token<S: Scope>(conn: &mut Conn, organization: OrganizationId) -> DbResult<bool> {
    store::any(conn, organization, S::KEY)
}
