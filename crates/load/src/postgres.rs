//! A PostgreSQL of a test's own, from the installed programs.

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User, geteuid};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Whom its files belong to if root runs the tests: it refuses root.
const USER: &str = "postgres";

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server in a temporary folder, behind a Unix socket there. It ends with this.
pub struct Postgres {
    folder: tempfile::TempDir,
    programs: PathBuf,
    server: Child,
}

impl Postgres {
    /// Starts one with nothing in it, which a failure of the machine would spoil.
    pub fn start() -> Self {
        Self::with(&["-c", "fsync=off", "-c", "full_page_writes=off"])
    }

    /// Starts one as it is installed.
    pub fn durable() -> Self {
        Self::with(&[])
    }

    fn with(settings: &[&str]) -> Self {
        let programs = programs();
        let folder = tempfile::Builder::new().prefix("pg").tempdir().expect("a temporary folder");
        if let Some(user) = user() {
            chown(folder.path(), Some(user.uid.as_raw()), Some(user.gid.as_raw())).expect("root gives away");
        }
        let data = folder.path().join("data");
        let mut init = command(&programs, "initdb");
        init.args(["--auth=trust", "--username=test", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
        let made = init.arg("--pgdata").arg(&data).output().expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let mut server = command(&programs, "postgres");
        server.arg("-D").arg(&data).arg("-k").arg(folder.path());
        server.args(["-c", "listen_addresses="]).args(settings);
        let server = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("postgres runs");
        let this = Self { folder, programs, server };
        let begin = Instant::now();
        while !this.client("pg_isready").status().expect("pg_isready runs").success() {
            assert!(begin.elapsed() < PATIENCE, "PostgreSQL does not start");
            sleep(Duration::from_millis(50));
        }
        this
    }

    /// Makes a database, and says where it is.
    pub fn database(&self, name: &str) -> String {
        let made = self.client("createdb").arg(name).output().expect("createdb runs");
        assert!(made.status.success(), "createdb: {}", String::from_utf8_lossy(&made.stderr));
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://test@{folder}/{name}")
    }

    /// Begins something in a database, which goes on beside the test.
    pub fn begin(&self, database: &str, sql: &str) -> Child {
        self.client("psql").args(["-d", database, "-c", sql]).spawn().expect("psql runs")
    }

    /// Lets it know what is in a database, as it finds out by itself after a while.
    pub fn analyze(&self, name: &str) {
        let told = self.client("psql").args(["-c", "VACUUM ANALYZE", name]).status().expect("psql runs");
        assert!(told.success(), "VACUUM ANALYZE");
    }

    /// Bytes that a database takes.
    pub fn size(&self, name: &str) -> u64 {
        let asked = format!("SELECT pg_database_size('{name}')");
        let mut client = self.client("psql");
        let told =
            client.args(["-tA", "-c", &asked, name]).stdout(Stdio::piped()).output().expect("psql runs");
        String::from_utf8_lossy(&told.stdout).trim().parse().expect("a number")
    }

    fn client(&self, name: &str) -> Command {
        let mut client = command(&self.programs, name);
        client.arg("-h").arg(self.folder.path()).args(["-U", "test"]).stdout(Stdio::null());
        client
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let id = Pid::from_raw(self.server.id().cast_signed());
        // It may have ended before.
        let _ = kill(id, Signal::SIGINT);
        let _ = self.server.wait();
    }
}

/// Where the newest installed programs are.
fn programs() -> PathBuf {
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = installed.map(|version| version.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let others = std::env::split_paths(&path).chain(["/usr/local/pgsql/bin".into()]);
    let has_server = |folder: &PathBuf| folder.join("initdb").exists() && folder.join("postgres").exists();
    let newest = debian.filter(has_server).max();
    newest
        .or_else(|| others.into_iter().find(has_server))
        .expect("install PostgreSQL: `apt-get install postgresql`")
}

/// Whom programs run as, if that is somebody else.
fn user() -> Option<User> {
    let found = || User::from_name(USER).ok().flatten();
    geteuid().is_root().then(|| found().expect("the user `postgres` comes with PostgreSQL"))
}

fn command(programs: &Path, name: &str) -> Command {
    let mut command = Command::new(programs.join(name));
    if let Some(user) = user() {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw()).current_dir("/");
    }
    command
}
