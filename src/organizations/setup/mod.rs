//! The first organization and its owner, on an empty database.

mod pages;
mod routes;

pub(super) use routes::routes;

use super::NewOrganization;
use crate::access::{self, NewPerson, Role};
use crate::db::Tx;
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::Moment;
use crate::kernel::ids::PersonId;

/// Makes them, once: whoever comes second finds nothing to set up.
///
/// # Errors
/// [`AppError::Invalid`] on `token` when it does not hold, [`AppError::NotFound`] when there is an organization.
pub fn set_up(
    tx: &mut Tx,
    token: &str,
    organization: &NewOrganization,
    owner: &NewPerson,
    now: Moment,
) -> AppResult<PersonId> {
    // The lock first: what is read before it may be over.
    let holds = access::lock_setup(tx, token, now)?;
    if super::any(tx)? {
        return Err(AppError::NotFound);
    }
    if !holds {
        let words = "This is not the token, or it is older than 24 hours. Make another with: numberbank \
                     setup-token";
        return Err(AppError::Invalid(FieldErrors::one("token", words)));
    }
    super::add(tx, organization, now)?;
    let person = access::add_person(tx, owner, now)?;
    access::add_membership(tx, organization.slug(), person, Role::Owner, now)?;
    access::close_setup(tx)?;
    Ok(person)
}

/// A name in addresses made of a name: `Our City Votes!` as `our-city-votes`.
fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.chars().take(40).collect::<String>().trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::slug_of;

    #[test]
    fn names_make_addresses() {
        assert_eq!(slug_of("Our City Votes!"), "our-city-votes");
        assert_eq!(slug_of("  St. John's & Co "), "st-john-s-co");
        assert_eq!(slug_of(&"a b".repeat(30)).len(), 40);
        assert_eq!(slug_of("北京"), "");
    }
}
