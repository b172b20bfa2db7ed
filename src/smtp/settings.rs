//! Where the mail server is and who sends, as the environment says it.

use std::net::IpAddr;

use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use secrecy::SecretString;
use url::{Host, Url};

/// The mail server and the sender.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// Its address, with the password.
    pub url: SecretString,
    /// Who letters are from.
    pub from: Mailbox,
}

const EXAMPLE: &str = "must be the address of a mail server, such as \
     smtps://user:password@mail.example.org:465 or smtp://mail.example.org:587?tls=required";

/// Checks the address of a mail server. The words never repeat what was given: a password may stand in it.
///
/// # Errors
/// What is wrong, in words.
pub fn check_url(text: &str) -> Result<SecretString, String> {
    let url = Url::parse(text).map_err(|_| EXAMPLE.to_owned())?;
    let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
    let always_sealed = match (url.scheme(), tls.as_deref()) {
        ("smtps", _) | ("smtp", Some("required")) => true,
        ("smtp", None | Some("opportunistic")) => false,
        ("smtp", Some(_)) => return Err("must have tls=required or tls=opportunistic, or no tls=".into()),
        _ => return Err(EXAMPLE.into()),
    };
    if url.host_str().is_none_or(str::is_empty) {
        return Err(EXAMPLE.into());
    }
    if url.username().is_empty() != url.password().is_none_or(str::is_empty) {
        return Err("must name a user and a password, or neither".into());
    }
    if url.password().is_some() && !always_sealed && !is_this_machine(&url) {
        return Err("would send the password for all to read; write smtps:// or add ?tls=required".into());
    }
    AsyncSmtpTransport::<Tokio1Executor>::from_url(text).map_err(|_| EXAMPLE.to_owned())?;
    Ok(SecretString::from(text.to_owned()))
}

/// Reads who letters are from.
///
/// # Errors
/// What is wrong, in words.
pub fn sender(text: &str) -> Result<Mailbox, String> {
    text.parse().map_err(|_| {
        "must be an e-mail address, such as numbers@example.org or Numberbank <numbers@example.org>".into()
    })
}

/// Mail servers on this machine need no seal. Hosts of addresses that are not the web's are plain text.
fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain("localhost")) => true,
        Some(Host::Domain(name)) => name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The server and port, to name them.
pub(super) fn server(url: &str) -> String {
    let Ok(url) = Url::parse(url) else { return String::new() };
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whether the address says what we call ourselves: its path.
pub(super) fn names_us(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| !url.path().trim_matches('/').is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_mail_servers() {
        for fine in [
            "smtps://user:pass%40word@mail.example.org:465",
            "smtps://mail.example.org",
            "smtp://user:password@mail.example.org:587?tls=required",
            "smtp://mail.example.org:587?tls=opportunistic",
            "smtp://mail.example.org",
            "smtp://user:password@localhost:1025",
            "smtp://user:password@127.0.0.1:1025",
            "smtp://mail.example.org/numbers.example.org?tls=required",
        ] {
            assert!(check_url(fine).is_ok(), "{fine}: {:?}", check_url(fine).err());
        }
        for (wrong, words) in [
            ("mail.example.org", "must be the address"),
            ("https://mail.example.org", "must be the address"),
            ("smtp://", "must be the address"),
            ("smtp://mail.example.org?tls=perhaps", "tls=required"),
            ("smtps://user@mail.example.org", "a user and a password"),
            ("smtps://:hunter2@mail.example.org", "a user and a password"),
            ("smtp://user:hunter2@mail.example.org", "for all to read"),
            ("smtp://user:hunter2@mail.example.org?tls=opportunistic", "for all to read"),
        ] {
            let said = check_url(wrong).unwrap_err();
            assert!(said.contains(words) && !said.contains("hunter2"), "{wrong}: {said}");
        }
        assert_eq!(server("smtps://user:hunter2@mail.example.org:465/x"), "mail.example.org:465");
        assert!(names_us("smtp://h/numbers.example.org") && !names_us("smtp://h?tls=required"));
    }

    #[test]
    fn senders() {
        assert_eq!(sender("numbers@example.org").unwrap().email.to_string(), "numbers@example.org");
        assert_eq!(sender("Our City <numbers@example.org>").unwrap().name.as_deref(), Some("Our City"));
        for wrong in ["", "numbers", "numbers@", "<numbers@example.org", "a b@example.org"] {
            assert!(sender(wrong).is_err(), "{wrong}");
        }
    }
}
