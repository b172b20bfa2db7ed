//! Making connections of either kind.

use std::fmt;
use std::path::{Path, PathBuf};

use diesel::connection::{Connection, SimpleConnection, TransactionManager};
use diesel::r2d2::ManageConnection;
use diesel::{PgConnection, QueryableByName, RunQueryDsl, SqliteConnection};
use secrecy::{ExposeSecret, SecretString};

use super::error::{DbError, DbResult};
use super::upkeep::FAR_BEHIND;

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// PostgreSQL: production, several instances.
    Postgres(PgConnection),
    /// SQLite, compiled in: one instance.
    Sqlite(SqliteConnection),
}

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
}

/// Where the database is. Printing it never shows a password.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// A connection address `postgres://user:password@host/database`.
    Postgres(SecretString),
    /// A file.
    Sqlite(PathBuf),
}

impl DatabaseUrl {
    /// Reads `postgres://…`, `postgresql://…`, `sqlite:path` or `sqlite://path`.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn parse(text: &str) -> Result<DatabaseUrl, String> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(DatabaseUrl::Postgres(SecretString::from(text.to_owned())));
        }
        let path = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:"));
        match path {
            Some("") => Err("the sqlite address names no file; write sqlite:numberbank.db".into()),
            Some(path) => Ok(DatabaseUrl::Sqlite(PathBuf::from(path))),
            None => Err("must begin with postgres:// or sqlite:".into()),
        }
    }

    /// The address of a SQLite file.
    pub fn sqlite_file(path: &Path) -> DatabaseUrl {
        DatabaseUrl::Sqlite(path.to_owned())
    }

    /// Which database it names.
    pub fn kind(&self) -> Kind {
        match self {
            DatabaseUrl::Postgres(_) => Kind::Postgres,
            DatabaseUrl::Sqlite(_) => Kind::Sqlite,
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DatabaseUrl::Postgres(_) => f.write_str("postgres://(address kept secret)"),
            DatabaseUrl::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}

/// Makes and checks the pool's connections. The derived `Conn::establish` tries each kind in turn, and SQLite
/// accepts any text as a file name, so the kind is chosen here by the address.
pub(super) struct Connector {
    url: DatabaseUrl,
}

impl Connector {
    pub(super) fn new(url: DatabaseUrl) -> Connector {
        Connector { url }
    }
}

/// PostgreSQL takes a page read out of turn for four times as dear as the next one, which holds for turning disks. Where
/// nobody told it otherwise, a thousand numbers of a hundred thousand are then found by reading them all, though each
/// has its index.
const RANDOM_PAGES: &str =
    "SELECT set_config('random_page_cost', '1.1', FALSE) WHERE current_setting('random_page_cost') = '4'";

/// Opens one connection.
pub(super) fn establish(url: &DatabaseUrl) -> DbResult<Conn> {
    match url {
        DatabaseUrl::Postgres(address) => {
            let mut conn = PgConnection::establish(address.expose_secret())
                .map_err(|error| DbError::NoConnection(without_address(&error.to_string(), address)))?;
            conn.batch_execute("SET TIME ZONE 'UTC'; SET lock_timeout = '60s'")?;
            conn.batch_execute(RANDOM_PAGES)?;
            Ok(Conn::Postgres(conn))
        }
        DatabaseUrl::Sqlite(path) => {
            let name = path
                .to_str()
                .ok_or_else(|| DbError::NoConnection(format!("{} is not valid UTF-8", path.display())))?;
            let mut conn = SqliteConnection::establish(name)
                .map_err(|error| DbError::NoConnection(format!("{name}: {error}")))?;
            // Money: what is committed must survive a power cut, hence FULL.
            conn.batch_execute(&format!(
                "PRAGMA busy_timeout = 20000; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; \
                 PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = {FAR_BEHIND};"
            ))?;
            Ok(Conn::Sqlite(conn))
        }
    }
}

/// Deadlocks are known by their English words ([`DbError::is_contention`]): libpq's code is not to be had. Warns where the
/// server speaks another language; then a transaction that met one is not begun again.
pub(super) fn listen(conn: &mut Conn) {
    #[derive(QueryableByName)]
    struct Setting {
        #[diesel(sql_type = diesel::sql_types::Text)]
        language: String,
    }
    let asked = diesel::sql_query("SELECT current_setting('lc_messages') AS language");
    let language = match asked.get_result::<Setting>(conn) {
        Ok(setting) => setting.language,
        Err(error) => return tracing::warn!(%error, "the server's language is not known"),
    };
    if !is_english(&language) {
        tracing::warn!(
            lc_messages = language,
            "PostgreSQL's messages are not in English: set lc_messages to C or en_US.UTF-8, or a deadlock is an error \
             on somebody's page instead of a second try"
        );
    }
}

fn is_english(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    ["c", "posix", ""].contains(&locale.split('.').next().unwrap_or_default()) || locale.starts_with("en")
}

/// Whether a connection may not be used again.
pub(super) fn is_broken(conn: &mut Conn) -> bool {
    std::thread::panicking() || <Conn as Connection>::TransactionManager::is_broken_transaction_manager(conn)
}

/// libpq repeats what it cannot read: the address and every part of a password in it are taken out of its words.
fn without_address(message: &str, address: &SecretString) -> String {
    let address = address.expose_secret();
    let mut said = message.trim().replace(address, "(address)");
    for secret in secrets(address) {
        said = said.replace(&secret, "(hidden)");
    }
    said
}

/// The password of an address and its pieces, the longest first: one with a `/`, `@` or `%` that was not encoded is
/// cut apart by whoever reads it.
fn secrets(address: &str) -> Vec<String> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let login = rest.rsplit_once('@').map_or("", |(login, _)| login);
    let in_login = login.split_once(':').map(|(_, password)| password);
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    let in_query = query.split('&').filter_map(|pair| pair.split_once('='));
    let whole = in_login
        .into_iter()
        .chain(in_query.filter(|(name, _)| name.contains("password")).map(|(_, password)| password));
    let mut secrets = Vec::new();
    for password in whole {
        let pair = format!("p={password}");
        let decoded =
            url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned());
        secrets.extend([Some(password.to_owned()), decoded].into_iter().flatten());
        let pieces = password.split(|letter: char| !letter.is_alphanumeric());
        secrets.extend(pieces.filter(|piece| piece.chars().count() >= 3).map(str::to_owned));
    }
    secrets.retain(|secret| !secret.is_empty());
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

impl ManageConnection for Connector {
    type Connection = Conn;
    type Error = DbError;

    fn connect(&self) -> Result<Conn, DbError> {
        establish(&self.url)
    }
    fn is_valid(&self, conn: &mut Conn) -> Result<(), DbError> {
        Ok(conn.batch_execute("SELECT 1")?)
    }
    fn has_broken(&self, conn: &mut Conn) -> bool {
        is_broken(conn)
    }
}

#[cfg(test)]
mod tests {
    use super::is_english;

    #[test]
    fn english_is_known_by_its_locales() {
        for locale in ["C", "C.UTF-8", "POSIX", "en_US.UTF-8", "en_GB", "English_United States.1252", ""] {
            assert!(is_english(locale), "{locale}");
        }
        for locale in ["de_DE.UTF-8", "fr_CA", "cs_CZ.UTF-8", "ca_ES"] {
            assert!(!is_english(locale), "{locale}");
        }
    }
}
