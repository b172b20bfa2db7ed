//! SQLite's write-ahead log is carried over into the database file between commits, not within one.
//!
//! Left to itself, SQLite does so at the end of whichever commit finds the log longer than 1,000 pages, and whoever made
//! that commit waits for it: a third of the time a reservation of a thousand numbers takes. Here a thread of its own
//! does so shortly after a commit; a commit only does where the thread is [far behind](FAR_BEHIND).

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use diesel::RunQueryDsl;
use diesel::sql_types::Integer;

use super::connection::{Conn, DatabaseUrl, establish};
use super::error::DbResult;

/// The pages of the log at which a commit carries it over after all: 100 MB.
pub(super) const FAR_BEHIND: u32 = 25_000;
/// So long after the first commit the log is carried over: the commits of a moment go together.
const GATHERED: Duration = Duration::from_millis(200);

/// Tells the thread of commits. It ends with the last of these.
#[derive(Clone)]
pub(super) struct Checkpoints(SyncSender<()>);

impl Checkpoints {
    /// Starts the thread; `None` for PostgreSQL, which has its own.
    pub(super) fn start(url: &DatabaseUrl) -> Option<Checkpoints> {
        let DatabaseUrl::Sqlite(_) = url else { return None };
        let (told, commits) = sync_channel(1);
        let url = url.clone();
        let thread = std::thread::Builder::new().name("checkpoints".into());
        match thread.spawn(move || keep(&url, &commits)) {
            Ok(_) => Some(Checkpoints(told)),
            Err(error) => {
                tracing::warn!(%error, "commits carry the log over themselves, and take longer");
                None
            }
        }
    }

    /// Something was committed.
    pub(super) fn committed(&self) {
        // One that was told already comes by anyway.
        let _ = self.0.try_send(());
    }
}

fn keep(url: &DatabaseUrl, commits: &Receiver<()>) {
    let mut own = None;
    while commits.recv().is_ok() {
        let until = Instant::now() + GATHERED;
        loop {
            match commits.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => break,
                // The last connection of the pool carries over what is left as it closes.
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        if let Err(error) = carry_over(&mut own, url) {
            // The log stays as it is and nothing is lost; the next commit brings us here again.
            tracing::warn!(%error, "the write-ahead log was not carried over");
            own = None;
        }
    }
}

#[derive(diesel::QueryableByName)]
struct Done {
    #[diesel(sql_type = Integer)]
    #[diesel(column_name = busy)]
    _busy: i32,
}

/// Passively: neither readers nor the writer wait for it.
fn carry_over(own: &mut Option<Conn>, url: &DatabaseUrl) -> DbResult<()> {
    let conn = match own {
        Some(conn) => conn,
        None => own.insert(establish(url)?),
    };
    diesel::sql_query("PRAGMA wal_checkpoint(PASSIVE)").load::<Done>(conn)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection;

    use super::*;
    use crate::db::{Db, DbError};

    #[test]
    fn what_was_committed_reaches_the_file_while_the_database_is_open() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.db");
        let db = Db::open(&DatabaseUrl::sqlite_file(&path), 2).unwrap();
        let size = || std::fs::metadata(&path).unwrap().len();
        let before = size();
        let megabytes = "CREATE TABLE much (it BLOB); INSERT INTO much VALUES (zeroblob(8000000))";
        db.write_blocking(|tx| tx.batch_execute(megabytes).map_err(DbError::from)).unwrap();
        let patience = Instant::now() + Duration::from_secs(60);
        while size() < before + 8_000_000 {
            assert!(Instant::now() < patience, "the log was not carried over");
            std::thread::yield_now();
        }
    }
}
