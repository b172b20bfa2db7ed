//! What one-time links carry: 32 random bytes as text. Only their hash is kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A token, seen once by whoever asked for it.
#[derive(Debug, Clone)]
pub struct Token(SecretString);

impl Token {
    /// A new one.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Token {
        Token(SecretString::from(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())))
    }
    /// The text that stands in the link.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
    pub(super) fn hash(&self) -> String {
        hash_of(self.expose())
    }
}

/// What is kept of a token. Its 256 bits cannot be guessed, so no slow hash is needed.
pub(super) fn hash_of(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}

/// Compares without telling by its time where two texts differ.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_their_hash_is_not_the_token() {
        let (one, other) = (Token::new(), Token::new());
        assert_ne!(one.expose(), other.expose());
        assert_eq!(one.expose().len(), 43);
        assert_eq!(one.hash(), hash_of(one.expose()));
        assert!(!one.hash().contains(one.expose()));
        assert!(same(&one.hash(), &hash_of(one.expose())) && !same(&one.hash(), &other.hash()));
        assert!(!format!("{one:?}").contains(one.expose()));
    }
}
