//! The three people of the demonstration, and the secrets of its directory.

use std::io::Write;
use std::path::Path;

use secrecy::{ExposeSecret, SecretSlice, SecretString};

use crate::access::{self, NewPerson, Passwords, Role};
use crate::config::Settings;
use crate::error::{AppError, AppResult};
use crate::organizations::{self, NewOrganization};
use crate::state::App;

/// Letters and digits that are not mistaken for one another.
const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// Somebody who can sign in.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct SignIn {
    /// Their role.
    pub role: Role,
    /// Their name.
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// Their password: made for this directory, kept in it, printed at each start.
    pub password: String,
}

/// Reads the sign-ins of a directory, or makes them.
pub(super) fn sign_ins(file: &Path) -> AppResult<Vec<SignIn>> {
    if let Ok(text) = std::fs::read_to_string(file) {
        return serde_json::from_str(&text)
            .map_err(|error| AppError::Conflict(format!("{} cannot be read: {error}", file.display())));
    }
    let person = |role, name: &str, email: &str| SignIn {
        role,
        name: name.into(),
        email: email.into(),
        password: password(),
    };
    let made = vec![
        person(Role::Owner, "Demo owner", "owner@example.org"),
        person(Role::Admin, "Demo admin", "admin@example.org"),
        person(Role::SpendViewer, "Demo viewer", "viewer@example.org"),
    ];
    let text = serde_json::to_string_pretty(&made).map_err(|error| AppError::Internal(error.to_string()))?;
    write_secret(file, text.as_bytes())?;
    Ok(made)
}

fn password() -> String {
    let mut letters = (0..16).map(|_| char::from(ALPHABET[rand::random_range(0..ALPHABET.len())]));
    let mut group = || letters.by_ref().take(4).collect::<String>();
    [group(), group(), group(), group()].join("-")
}

/// Reads the key that seals this directory's cookies, or makes it: people stay signed in across restarts.
pub(super) fn secret_key(file: &Path) -> AppResult<SecretSlice<u8>> {
    if let Ok(bytes) = std::fs::read(file)
        && bytes.len() >= 64
    {
        return Ok(SecretSlice::from(bytes));
    }
    let key = Settings::passing_key();
    write_secret(file, key.expose_secret())?;
    Ok(key)
}

/// Writes a file that only its owner can read.
fn write_secret(path: &Path, bytes: &[u8]) -> AppResult<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| AppError::Conflict(format!("{} cannot be written: {error}", path.display())))
}

/// Adds the organization and its people.
pub(super) async fn add(app: &App, settings: &Settings, sign_ins: &[SignIn]) -> AppResult<()> {
    let passwords = Passwords::new(settings.password_cost)?;
    let mut people = Vec::new();
    for sign_in in sign_ins {
        let secret = SecretString::from(sign_in.password.clone());
        people.push((NewPerson::new(&sign_in.email, &sign_in.name, &secret, &passwords)?, sign_in.role));
    }
    let organization = NewOrganization::new(
        super::SLUG,
        "Great Lakes Votes",
        "fakeservice",
        super::SLUG,
        "America/Detroit",
    )?;
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            organizations::add(tx, &organization, now)?;
            for (person, role) in &people {
                let id = access::add_person(tx, person, now)?;
                access::add_membership(tx, super::SLUG, id, *role, now)?;
            }
            AppResult::Ok(())
        })
        .await
}
