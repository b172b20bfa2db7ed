//! What SQLite wants done beside the commits: a thread of its own does it shortly after one. PostgreSQL has processes for
//! both.
//!
//! * The write-ahead log is carried over into the database file. Left to itself, SQLite does so at the end of whichever
//!   commit finds the log longer than 1,000 pages, and whoever made that commit waits for it: a quarter of the time a
//!   reservation of a thousand numbers takes. A commit still does where the thread is [far behind](FAR_BEHIND).
//! * The planner's statistics are renewed when tables have grown. Without any, SQLite takes an organization for ten rows,
//!   and reads all of its numbers to find thirty by their ids.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::sql_types::Integer;
use diesel::{QueryableByName, RunQueryDsl};

use super::connection::{Conn, DatabaseUrl, establish};
use super::error::DbResult;

/// The pages of the log at which a commit carries it over after all: 100 MB.
pub(super) const FAR_BEHIND: u32 = 25_000;
/// The pages of the log from which on it is begun anew, 16 MB: while commits follow one another it only ever grows.
const LONG: i32 = 4_000;
/// So long after the first commit the log is carried over: the commits of a moment go together.
const GATHERED: Duration = Duration::from_millis(200);
/// So often it is looked at whether the statistics are still right. That reads no table but those that have grown or
/// shrunk tenfold, and of these some thousand rows.
const STATISTICS: Duration = Duration::from_secs(60);

/// The one connection that writes, and the turn to do so.
pub(super) type Writer = Arc<Mutex<Option<Conn>>>;

/// Tells the thread of commits. It ends with the last of these.
#[derive(Clone)]
pub(super) struct Upkeep(SyncSender<()>);

impl Upkeep {
    /// Starts the thread, beside the connection that writes.
    pub(super) fn start(url: &DatabaseUrl, writer: &Writer) -> Option<Upkeep> {
        let (told, commits) = sync_channel(1);
        let (url, writer) = (url.clone(), writer.clone());
        let thread = std::thread::Builder::new().name("sqlite-upkeep".into());
        match thread.spawn(move || keep(&url, &writer, &commits)) {
            Ok(_) => Some(Upkeep(told)),
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

fn keep(url: &DatabaseUrl, writer: &Writer, commits: &Receiver<()>) {
    let (mut own, mut looked) = (None, None);
    while commits.recv().is_ok() {
        let until = Instant::now() + GATHERED;
        loop {
            match commits.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => break,
                // The last connection that is closed carries over what is left.
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        if let Err(error) = do_once(&mut own, &mut looked, url, writer) {
            // Nothing is lost; the next commit brings us here again.
            tracing::warn!(%error, "the write-ahead log was not carried over, or statistics not renewed");
            own = None;
        }
    }
}

fn do_once(
    own: &mut Option<Conn>,
    looked: &mut Option<Instant>,
    url: &DatabaseUrl,
    writer: &Writer,
) -> DbResult<()> {
    let conn = match own {
        Some(conn) => conn,
        None => own.insert(establish(url)?),
    };
    let turn = || writer.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if looked.is_none_or(|at| at.elapsed() >= STATISTICS) {
        *looked = Some(Instant::now());
        // It writes, and shortly: there is one writer at a time.
        let _turn = turn();
        // All tables (0x10000), analysed where that may help (2): https://sqlite.org/pragma.html#pragma_optimize
        conn.batch_execute("PRAGMA optimize = 0x10002")?;
    }
    if carry_over(conn)? > LONG {
        // What was committed meanwhile is little. With that carried over too, the next commit begins the log anew.
        let _turn = turn();
        carry_over(conn)?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Carried {
    /// The pages of the log.
    #[diesel(sql_type = Integer)]
    log: i32,
}

/// Passively: neither readers nor the writer wait for it. Answers how many pages the log has.
fn carry_over(conn: &mut Conn) -> DbResult<i32> {
    let carried: Carried = diesel::sql_query("PRAGMA wal_checkpoint(PASSIVE)").get_result(conn)?;
    Ok(carried.log)
}

#[cfg(test)]
mod tests {
    use diesel::sql_types::BigInt;

    use super::*;
    use crate::db::{Db, DbError};

    fn eventually(what: &str, is_so: impl Fn() -> bool) {
        let patience = Instant::now() + Duration::from_secs(60);
        while !is_so() {
            assert!(Instant::now() < patience, "{what}");
            std::thread::yield_now();
        }
    }

    #[test]
    fn the_log_is_carried_over_and_statistics_are_kept_while_the_database_is_open() {
        #[derive(diesel::QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            n: i64,
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.db");
        let db = Db::open(&DatabaseUrl::sqlite_file(&path), 2).unwrap();
        let size = || std::fs::metadata(&path).unwrap().len();
        let before = size();
        let much = "CREATE TABLE much (it BLOB); INSERT INTO much VALUES (zeroblob(8000000)); \
                    CREATE TABLE many (it INTEGER); CREATE INDEX many_it ON many (it); INSERT INTO many \
                    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT i FROM n";
        db.write_blocking(|tx| tx.batch_execute(much).map_err(DbError::from)).unwrap();
        eventually("the log was not carried over", || size() >= before + 8_000_000);
        let known = "SELECT COUNT(*) AS n FROM sqlite_master WHERE name = 'sqlite_stat1'";
        let of_many = "SELECT COUNT(*) AS n FROM sqlite_stat1 WHERE idx = 'many_it'";
        let one = |question: &'static str| -> bool {
            let found: Vec<Count> = db
                .read_blocking(|conn| diesel::sql_query(question).load(conn).map_err(DbError::from))
                .unwrap();
            found[0].n == 1
        };
        eventually("there are no statistics", || one(known) && one(of_many));
    }

    /// Commits that follow one another leave something uncarried each time, and the log would only grow.
    #[test]
    fn a_long_log_is_begun_anew_although_something_is_committed_meanwhile() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.db");
        let url = DatabaseUrl::sqlite_file(&path);
        drop(Db::open(&url, 2).unwrap());
        let size = || std::fs::metadata(&path).unwrap().len();
        let writer: Writer = Arc::new(Mutex::new(Some(establish(&url).unwrap())));
        let mut turn = writer.lock().unwrap();
        let conn = turn.as_mut().unwrap();
        let much = "CREATE TABLE much (it BLOB); INSERT INTO much VALUES (zeroblob(20000000))";
        conn.batch_execute(much).unwrap();
        let thread = std::thread::spawn({
            let (url, writer) = (url.clone(), writer.clone());
            move || do_once(&mut None, &mut Some(Instant::now()), &url, &writer)
        });
        eventually("the log was not carried over", || size() >= 20_000_000);
        let little = "INSERT INTO much VALUES ('little')";
        conn.batch_execute(little).unwrap();
        drop(turn);
        thread.join().unwrap().unwrap();
        let mut turn = writer.lock().unwrap();
        let conn = turn.as_mut().unwrap();
        conn.batch_execute(little).unwrap();
        let pages = carry_over(conn).unwrap();
        assert!(pages < 100, "{pages} pages");
    }
}
