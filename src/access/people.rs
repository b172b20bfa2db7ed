//! People and memberships, as commands and the members' page make them.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::members::keeps_an_owner;
use super::password::Passwords;
use super::role::Role;
use super::{resets, store};
use crate::db::{Conn, DbError, DbResult, Tx};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::kernel::Moment;
use crate::kernel::ids::{OrganizationId, PersonId};

/// A person to add, checked, with the password already hashed: hashing has no place in a transaction.
#[derive(Debug, Clone)]
pub struct NewPerson {
    email: String,
    name: String,
    password_hash: String,
}

impl NewPerson {
    /// Checks the fields and hashes the password. Blocks.
    ///
    /// # Errors
    /// [`AppError::Invalid`] with every fault.
    pub fn new(
        email: &str,
        name: &str,
        password: &SecretString,
        passwords: &Passwords,
    ) -> AppResult<NewPerson> {
        let mut errors = FieldErrors::new();
        let email = normal_email(email).unwrap_or_else(|words| {
            errors.add("email", words);
            String::new()
        });
        let name = name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 120 {
            errors.add("name", "Give a name of at most 120 characters.");
        }
        let password_hash = match passwords.hash(password) {
            Ok(hash) => hash,
            Err(AppError::Invalid(faults)) => {
                faults.iter().for_each(|(field, words)| errors.add(field, words));
                String::new()
            }
            Err(other) => return Err(other),
        };
        errors.into_result()?;
        Ok(NewPerson { email, name, password_hash })
    }

    /// [`new`](Self::new) off the async threads, a few at once.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub async fn prepare(
        email: String,
        name: String,
        password: SecretString,
        passwords: &Passwords,
    ) -> AppResult<NewPerson> {
        passwords.in_turn(move |passwords| NewPerson::new(&email, &name, &password, passwords)).await
    }

    pub(super) fn has_email(&self, email: &str) -> bool {
        self.email == email
    }
}

/// The address in the one form it is stored and looked up in.
///
/// # Errors
/// A sentence, when it is no address.
pub fn normal_email(text: &str) -> Result<String, &'static str> {
    let email = text.trim().to_lowercase();
    let parts = email.split_once('@');
    let fine = parts.is_some_and(|(name, host)| {
        !name.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !host.starts_with('.')
            && !host.ends_with('.')
    });
    // Lower case of other alphabets differs between the databases; the CHECK of the column would refuse it.
    if fine && email.len() <= 254 && email.is_ascii() && !email.contains(char::is_whitespace) {
        Ok(email)
    } else {
        Err("Give an e-mail address, such as ada@example.org.")
    }
}

/// Adds a person who may sign in.
///
/// # Errors
/// [`AppError::Invalid`] on `email` when somebody has that address.
pub fn add_person(tx: &mut Tx, person: &NewPerson, now: Moment) -> AppResult<PersonId> {
    if store::person_by_email(tx, &person.email)?.is_some() {
        return Err(taken(&person.email));
    }
    let id = PersonId::new();
    store::insert_person(tx, id, &person.email, &person.name, &person.password_hash, now).map_err(
        |error| match error {
            DbError::Duplicate(_) => taken(&person.email),
            other => other.into(),
        },
    )?;
    Ok(id)
}

fn taken(email: &str) -> AppError {
    AppError::Invalid(FieldErrors::one(
        "email",
        format!("There is a person with the address {email} already."),
    ))
}

/// Makes a person one of those who run Numberbank, or no longer: from the console. An open link for a new password holds no
/// more: the owner who may have made it does not reach everything.
///
/// # Errors
/// A database error.
pub fn set_operator(tx: &mut Tx, person: PersonId, operator: bool, now: Moment) -> AppResult<()> {
    store::write_operator(tx, person, operator)?;
    if operator {
        resets::withdraw_of(tx, person, now)?;
    }
    Ok(())
}

/// The person with this address.
///
/// # Errors
/// [`AppError::Invalid`] on `email` when there is none.
pub fn find_person(conn: &mut Conn, email: &str) -> AppResult<PersonId> {
    let known =
        normal_email(email).ok().map(|email| store::person_by_email(conn, &email)).transpose()?.flatten();
    known.map(|(id, _)| id).ok_or_else(|| {
        AppError::Invalid(FieldErrors::one("email", format!("There is nobody with the address {email}.")))
    })
}

/// Makes a person a member of an organization, or changes what they are there.
///
/// # Errors
/// [`AppError::Invalid`] on `organization` when there is none of that name, [`AppError::Conflict`] when no owner would
/// be left there.
pub fn add_membership(
    tx: &mut Tx,
    slug: &str,
    person: PersonId,
    role: Role,
    now: Moment,
) -> AppResult<OrganizationId> {
    let id = store::organization_by_slug(tx, slug)?.ok_or_else(|| {
        AppError::Invalid(FieldErrors::one("organization", format!("There is no organization {slug}.")))
    })?;
    if role != Role::Owner {
        keeps_an_owner(tx, id, person)?;
    }
    store::put_membership(tx, id, person, role, now)?;
    resets::withdraw_of(tx, person, now)?;
    Ok(id)
}

/// The names of people, also of those who left: for "placed by" and the like.
///
/// # Errors
/// A database error.
pub fn names(conn: &mut Conn, people: &[PersonId]) -> DbResult<BTreeMap<PersonId, String>> {
    Ok(store::names(conn, people)?.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::normal_email;

    #[test]
    fn addresses_have_one_form() {
        assert_eq!(normal_email(" Ada@Example.ORG ").as_deref(), Ok("ada@example.org"));
        for wrong in
            ["", "ada", "@example.org", "ada@", "a@b@c", "ada lovelace@example.org", "ådå@example.org"]
        {
            assert!(normal_email(wrong).is_err(), "{wrong}");
        }
    }
}
