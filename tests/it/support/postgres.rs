//! A throwaway PostgreSQL: one cluster a test run, one database a test, gone when the run ends, however it ends.

use std::io::Write;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{Connection, SimpleConnection};
use numberbank::db::DatabaseUrl;

static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

struct Cluster {
    sockets: PathBuf,
    _server: Child,
    /// Its standard input is closed by the system when this process ends: it waits for that.
    _watchdog: Child,
}

/// The address of a fresh database without any table; `None` as below.
pub fn empty_database() -> Option<DatabaseUrl> {
    database("template0")
}

/// The address of a fresh database, migrated. `None` when PostgreSQL is not installed: the test is skipped then,
/// unless `NUMBERBANK_TEST_POSTGRES=required`.
pub fn fresh_database() -> Option<DatabaseUrl> {
    database("numberbank")
}

fn database(template: &str) -> Option<DatabaseUrl> {
    let cluster = CLUSTER.get_or_init(Cluster::start).as_ref();
    if cluster.is_none() {
        let required = std::env::var("NUMBERBANK_TEST_POSTGRES").is_ok_and(|value| value == "required");
        assert!(!required, "PostgreSQL is not installed");
        let _ = writeln!(std::io::stderr(), "skipped: PostgreSQL is not installed");
    }
    let cluster = cluster?;
    let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::SeqCst));
    cluster.run("postgres", &format!("CREATE DATABASE {name} TEMPLATE {template}"));
    Some(cluster.url(&name))
}

impl Cluster {
    fn start() -> Option<Cluster> {
        let bin = newest_installed()?;
        let dir = std::env::temp_dir().join(format!("numberbank-pg-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir(&dir).unwrap();
        let owner = unprivileged();
        if let Some((uid, gid)) = owner {
            chown(&dir, Some(uid), Some(gid)).unwrap();
        }
        let data = dir.join("data");
        let made = as_owner(&bin.join("initdb"), owner)
            .args(["--auth=trust", "--username=postgres", "--no-sync", "--encoding=UTF8", "--locale=C", "-D"])
            .arg(&data)
            .current_dir(&dir)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let log = std::fs::File::create(dir.join("log")).unwrap();
        let server = as_owner(&bin.join("postgres"), owner)
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&dir)
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "synchronous_commit=off"])
            .args(["-c", "full_page_writes=off", "-c", "max_connections=300", "-c", "autovacuum=off"])
            .current_dir(&dir)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let watchdog = watchdog(server.id(), &dir);
        let cluster = Cluster { sockets: dir, _server: server, _watchdog: watchdog };
        cluster.wait();
        cluster.run("postgres", "CREATE DATABASE numberbank");
        numberbank::db::migrate_up(&cluster.url("numberbank")).unwrap();
        Some(cluster)
    }

    fn address(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=postgres", self.sockets.display())
    }

    fn url(&self, database: &str) -> DatabaseUrl {
        DatabaseUrl::parse(&self.address(database)).unwrap()
    }

    fn run(&self, database: &str, sql: &str) {
        diesel::PgConnection::establish(&self.address(database)).unwrap().batch_execute(sql).unwrap();
    }

    fn wait(&self) {
        let start = Instant::now();
        while let Err(error) = diesel::PgConnection::establish(&self.address("postgres")) {
            assert!(start.elapsed() < Duration::from_secs(30), "PostgreSQL does not start: {error}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Stops the server and removes its files when this process has ended, even by a kill.
fn watchdog(server: u32, dir: &Path) -> Child {
    let script = r#"cat >/dev/null; kill -QUIT "$1"
        for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || break; sleep 0.2; done
        rm -rf "$2""#;
    Command::new("sh")
        .args(["-c", script, "watchdog", &server.to_string()])
        .arg(dir)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn newest_installed() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let bins = versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("initdb").exists());
    bins.max_by_key(|bin| bin.parent().and_then(|v| v.file_name()?.to_str()?.parse::<u32>().ok()))
}

/// PostgreSQL refuses to run as root; then it runs as the user its package made.
fn unprivileged() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    if std::fs::metadata("/proc/self").map(|meta| meta.uid()).ok()? != 0 {
        return None;
    }
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap();
    let line = passwd.lines().find(|line| line.starts_with("postgres:")).expect("a user postgres");
    let fields: Vec<&str> = line.split(':').collect();
    Some((fields[2].parse().unwrap(), fields[3].parse().unwrap()))
}

fn as_owner(program: &Path, owner: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    if let Some((uid, gid)) = owner {
        command.uid(uid).gid(gid);
    }
    command
}
