//! Secrets at rest: sealed with a key made from the instance's own, so that whoever reads the database alone reads
//! none of them.

use std::fmt;
use std::sync::Arc;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;

/// The first byte of what is sealed today.
const VERSION: u8 = 1;
const NONCE: usize = 12;
/// Tells a changed key from damage; says nothing about the key.
const MARK: usize = 4;

/// Seals and opens. Clones share the key.
#[derive(Clone)]
pub struct Seal(Arc<Inner>);

struct Inner {
    cipher: Aes256Gcm,
    mark: [u8; MARK],
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal")
    }
}

/// Why something sealed cannot be opened, or a secret not be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It was sealed with another key.
    #[error("it was sealed with another NUMBERBANK_SECRET_KEY than this instance has")]
    OtherKey,
    /// It is not what was sealed there.
    #[error("what is stored was changed since it was sealed")]
    Damaged,
    /// The key or the secret is of a size that cannot be.
    #[error("this cannot be sealed")]
    Unusable,
}

impl Seal {
    /// With a key made from the instance's.
    ///
    /// # Errors
    /// [`SealError::Unusable`], which does not happen with the sizes used here.
    pub fn new(instance_key: &SecretSlice<u8>) -> Result<Seal, SealError> {
        let derived = Hkdf::<Sha256>::new(None, instance_key.expose_secret());
        let (mut key, mut mark) = ([0; 32], [0; MARK]);
        derived.expand(b"numberbank: secrets at rest", &mut key).map_err(|_| SealError::Unusable)?;
        derived.expand(b"numberbank: which key", &mut mark).map_err(|_| SealError::Unusable)?;
        let cipher = Aes256Gcm::new_from_slice(&key).map_err(|_| SealError::Unusable)?;
        Ok(Seal(Arc::new(Inner { cipher, mark })))
    }

    /// Seals a secret for one place, such as `second_step:0199…`: in another it does not open.
    ///
    /// # Errors
    /// [`SealError::Unusable`] when it is larger than any secret.
    pub fn close(&self, place: &str, secret: &[u8]) -> Result<String, SealError> {
        let nonce: [u8; NONCE] = rand::random();
        let payload = Payload { msg: secret, aad: place.as_bytes() };
        let sealed =
            self.0.cipher.encrypt(Nonce::from_slice(&nonce), payload).map_err(|_| SealError::Unusable)?;
        Ok(URL_SAFE_NO_PAD.encode([&[VERSION][..], &self.0.mark, &nonce, &sealed].concat()))
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// [`SealError::OtherKey`] or [`SealError::Damaged`].
    pub fn open(&self, place: &str, sealed: &str) -> Result<SecretSlice<u8>, SealError> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| SealError::Damaged)?;
        let (&version, rest) = bytes.split_first().ok_or(SealError::Damaged)?;
        if version != VERSION || rest.len() < MARK + NONCE {
            return Err(SealError::Damaged);
        }
        let (mark, rest) = rest.split_at(MARK);
        if mark != self.0.mark {
            return Err(SealError::OtherKey);
        }
        let (nonce, sealed) = rest.split_at(NONCE);
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        let opened =
            self.0.cipher.decrypt(Nonce::from_slice(nonce), payload).map_err(|_| SealError::Damaged)?;
        Ok(SecretSlice::from(opened))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(byte: u8) -> Seal {
        Seal::new(&SecretSlice::from(vec![byte; 64])).unwrap()
    }

    #[test]
    fn only_the_same_key_and_place_open_it() {
        let sealed = seal(1).close("here", b"a secret").unwrap();
        assert_eq!(seal(1).open("here", &sealed).unwrap().expose_secret(), b"a secret");
        assert_ne!(sealed, seal(1).close("here", b"a secret").unwrap(), "the same text twice tells too much");
        assert_eq!(seal(1).open("there", &sealed).err(), Some(SealError::Damaged));
        assert_eq!(seal(2).open("here", &sealed).err(), Some(SealError::OtherKey));
        let mut bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        assert_eq!(seal(1).open("here", &URL_SAFE_NO_PAD.encode(bytes)).err(), Some(SealError::Damaged));
        for garbage in ["", "AQ", "not base64!", &sealed[..20]] {
            assert_eq!(seal(1).open("here", garbage).err(), Some(SealError::Damaged), "{garbage}");
        }
    }
}
