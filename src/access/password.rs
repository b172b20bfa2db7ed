//! Passwords: argon2id, off the async threads, and as slow for people we do not know.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::error::{AppError, AppResult, FieldErrors};

/// The fewest characters a password may have.
pub const MIN_PASSWORD: usize = 12;
/// The most; longer ones would only cost time.
const MAX_PASSWORD: usize = 1_000;
/// How many passwords are checked at once: each takes 19 MiB and a core for its time.
const AT_ONCE: usize = 4;

/// A password on its way in: nothing prints it.
#[derive(Clone)]
pub struct SecretField(pub(super) SecretString);

impl<'de> serde::Deserialize<'de> for SecretField {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<SecretField, D::Error> {
        <String as serde::Deserialize>::deserialize(deserializer)
            .map(|text| SecretField(SecretString::from(text)))
    }
}

/// What forms that set a password say when its two fields differ.
const DIFFERENT: &str = "This is not the same password as above.";

impl SecretField {
    /// What was typed.
    pub fn into_inner(self) -> SecretString {
        self.0
    }
    /// The password of a form that asks for it twice.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on `password_again`.
    pub fn as_again(&self, again: &SecretField) -> AppResult<SecretString> {
        if self.0.expose_secret() == again.0.expose_secret() {
            Ok(self.0.clone())
        } else {
            Err(AppError::Invalid(FieldErrors::one("password_again", DIFFERENT)))
        }
    }
}

/// What a hash costs to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PasswordCost {
    /// As OWASP recommends.
    #[default]
    Standard,
    /// Hardly anything: tests.
    Least,
}

/// Makes and checks password hashes. Clones share their limits.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    stand_in: Arc<str>,
    turns: Arc<Semaphore>,
}

impl Passwords {
    /// With this cost.
    ///
    /// # Errors
    /// [`AppError::Internal`] when the machine gives no random bytes.
    pub fn new(cost: PasswordCost) -> AppResult<Passwords> {
        let params = match cost {
            PasswordCost::Standard => Params::DEFAULT,
            PasswordCost::Least => Params::new(8, 1, 1, None).map_err(internal)?,
        };
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let stand_in = hash_with(&argon2, uuid::Uuid::new_v4().to_string().as_bytes())?;
        Ok(Passwords { argon2, stand_in: stand_in.into(), turns: Arc::new(Semaphore::new(AT_ONCE)) })
    }

    /// The hash of a new password. Blocks: for commands, and inside the blocking pool.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on `password` when it is too short or too long.
    pub fn hash(&self, password: &SecretString) -> AppResult<String> {
        let length = password.expose_secret().chars().count();
        if length < MIN_PASSWORD {
            let words =
                format!("A password needs at least {MIN_PASSWORD} characters; this one has {length}.");
            return FieldErrors::one("password", words).into_result().map(|()| String::new());
        }
        if length > MAX_PASSWORD {
            return FieldErrors::one("password", "That password is too long.")
                .into_result()
                .map(|()| String::new());
        }
        hash_with(&self.argon2, password.expose_secret().as_bytes())
    }

    /// [`hash`](Self::hash) off the async threads, a few at once.
    ///
    /// # Errors
    /// As [`hash`](Self::hash).
    pub async fn hash_of(&self, password: SecretString) -> AppResult<String> {
        self.in_turn(move |this| this.hash(&password)).await
    }

    /// Does slow work off the async threads, a few at once.
    pub(super) async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Passwords) -> AppResult<T> + Send + 'static,
    ) -> AppResult<T> {
        let _turn = self.turns.acquire().await.map_err(internal)?;
        let this = self.clone();
        tokio::task::spawn_blocking(move || work(&this)).await.map_err(internal)?
    }

    /// Whether the password is the one that was hashed. Without a hash (nobody of that name) it takes as long and
    /// says no.
    ///
    /// # Errors
    /// [`AppError::Internal`] when the program is stopping or a stored hash cannot be read.
    pub async fn verify(&self, password: SecretString, hash: Option<String>) -> AppResult<bool> {
        let _turn = self.turns.acquire().await.map_err(internal)?;
        let this = self.clone();
        tokio::task::spawn_blocking(move || {
            let known = hash.is_some();
            let against = hash.unwrap_or_else(|| this.stand_in.to_string());
            let against = PasswordHash::new(&against).map_err(internal)?;
            let password = password.expose_secret();
            let right = password.len() <= MAX_PASSWORD * 4
                && this.argon2.verify_password(password.as_bytes(), &against).is_ok();
            Ok(right && known)
        })
        .await
        .map_err(internal)?
    }
}

fn hash_with(argon2: &Argon2<'_>, password: &[u8]) -> AppResult<String> {
    argon2.hash_password(password).map(|hash| hash.to_string()).map_err(internal)
}

fn internal(error: impl std::fmt::Display) -> AppError {
    AppError::Internal(format!("passwords: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_somebody_known_passes() {
        let passwords = Passwords::new(PasswordCost::Least).unwrap();
        let right = SecretString::from("correct horse battery");
        let hash = passwords.hash(&right).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$"), "{hash}");
        assert!(passwords.verify(right.clone(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("correct horse".into(), Some(hash)).await.unwrap());
        assert!(!passwords.verify(right, None).await.unwrap());
        assert!(matches!(passwords.hash(&"short".into()), Err(AppError::Invalid(_))));
    }
}
