//! Codes that an authenticator app shows: RFC 6238 with HMAC-SHA-1, six digits, a new one every 30 seconds, which
//! is what every such app knows.

use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha1::Sha1;

use crate::access::token::same;
use crate::kernel::Moment;

const PERIOD: i64 = 30;
/// RFC 4226 recommends 160 bits.
const SECRET_BYTES: usize = 20;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A new secret to share with an app.
pub(super) fn new_secret() -> SecretSlice<u8> {
    SecretSlice::from(rand::random::<[u8; SECRET_BYTES]>().to_vec())
}

fn step_at(now: Moment) -> i64 {
    now.and_utc().timestamp().div_euclid(PERIOD)
}

fn code(secret: &SecretSlice<u8>, step: i64) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.expose_secret()).ok()?;
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let offset = usize::from(hash.last()? & 0xf);
    let four: [u8; 4] = hash.get(offset..offset + 4)?.try_into().ok()?;
    Some(format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000))
}

/// The time step a code belongs to, if it is right now, or was or will be within half a minute (clocks differ), and
/// is later than the last one that was taken.
pub(super) fn step_of(secret: &SecretSlice<u8>, given: &str, now: Moment, last_step: i64) -> Option<i64> {
    let current = step_at(now);
    // All are compared, whichever fits.
    let fitting = [current - 1, current, current + 1].map(|step| {
        let fits = code(secret, step).is_some_and(|right| same(&right, given));
        (fits && step > last_step).then_some(step)
    });
    fitting.into_iter().flatten().next()
}

/// As people type it into an app: groups of four letters.
pub(super) fn secret_to_type(secret: &SecretSlice<u8>) -> String {
    let letters = base32(secret.expose_secret());
    let groups: Vec<&str> =
        letters.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(" ")
}

/// As a QR code carries it.
pub(super) fn address(secret: &SecretSlice<u8>, email: &str) -> String {
    let email: String = url::form_urlencoded::byte_serialize(email.as_bytes()).collect();
    format!("otpauth://totp/Numberbank:{email}?secret={}&issuer=Numberbank", base32(secret.expose_secret()))
}

/// RFC 4648, without padding.
fn base32(bytes: &[u8]) -> String {
    let (mut out, mut held, mut bits) = (String::new(), 0_u32, 0);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(ALPHABET[((held >> bits) & 31) as usize]));
        }
    }
    if bits > 0 {
        out.push(char::from(ALPHABET[((held << (5 - bits)) & 31) as usize]));
    }
    out
}

/// The QR code of a text: the side of its square in modules, and its dark modules as the path of an SVG.
pub(super) fn qr_code(text: &str) -> Option<(i32, String)> {
    let code = qrcodegen::QrCode::encode_text(text, qrcodegen::QrCodeEcc::Medium).ok()?;
    // A QR code needs an empty border of four modules.
    const BORDER: i32 = 4;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            path.push_str(&format!("M{} {}h1v1h-1z", x + BORDER, y + BORDER));
        }
    }
    Some((code.size() + 2 * BORDER, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rfc_secret() -> SecretSlice<u8> {
        SecretSlice::from(b"12345678901234567890".to_vec())
    }
    fn at(seconds: i64) -> Moment {
        chrono::DateTime::from_timestamp(seconds, 0).unwrap().naive_utc()
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B, the last six of eight digits.
        for (seconds, right) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(&rfc_secret(), step_at(at(seconds))).as_deref(), Some(right), "{seconds}");
        }
    }

    #[test]
    fn a_code_holds_for_a_while_and_once() {
        let (secret, now) = (rfc_secret(), at(1_111_111_109));
        let step = step_of(&secret, "081804", now, 0).unwrap();
        assert_eq!(step_of(&secret, "081804", at(1_111_111_109 + 30), 0), Some(step));
        assert_eq!(step_of(&secret, "081804", at(1_111_111_109 - 30), 0), Some(step));
        assert_eq!(step_of(&secret, "081804", at(1_111_111_109 + 60), 0), None);
        assert_eq!(step_of(&secret, "081804", now, step), None, "taken twice");
        assert_eq!(step_of(&secret, "081805", now, 0), None);
        assert_eq!(step_of(&secret, "", now, 0), None);
    }

    #[test]
    fn secrets_are_written_as_apps_read_them() {
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
        assert_eq!(secret_to_type(&rfc_secret()), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(
            address(&rfc_secret(), "a+b@example.org"),
            "otpauth://totp/Numberbank:a%2Bb%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Numberbank"
        );
        let (side, path) = qr_code(&address(&rfc_secret(), "a@example.org")).unwrap();
        assert!(side > 30 && path.starts_with("M4 4h1v1h-1z"), "{side} {path}");
    }
}
