//! PostgreSQL servers of the tests' own, in folders of their own on ports of their own.
//!
//! ```ignore
//! // Shared by the tests of this binary: an empty database for each.
//! let Some(postgres) = Postgres::shared() else { return };
//! let database = postgres.database();
//! home.keeps_secret(&database.password);
//! home.portgate("approvals list").env("PORTGATE_LEDGER", &database.address).run();
//! assert_eq!(postgres.sql(&database.name, "SELECT count(*) FROM ledger"), "0");
//!
//! // A server to be killed, which takes about 2 seconds to make.
//! let Some(mut postgres) = Postgres::start() else { return };
//! postgres.kill();
//! postgres.restart();
//! ```

mod certificates;
mod programs;
mod replica;
mod watcher;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use programs::{Programs, run};
use watcher::Watcher;

pub use replica::Replica;

/// The role that may do everything, and the name of the database that is always there.
pub const SUPERUSER: &str = "postgres";

const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
max_connections = 60
shared_buffers = 16MB
fsync = on
wal_keep_size = 64MB
dynamic_shared_memory_type = mmap
log_line_prefix = '%m [%p] %u@%d '
";

/// A server; it is killed and its folder removed with the value, and also when the process ends.
///
/// What would disturb other tests on a shared server takes it as mutable: a shared one can't be killed, for instance.
pub struct Postgres {
    programs: Programs,
    watcher: Watcher,
    port: u16,
    /// The passwords of the roles that can log in, which a replica has too.
    passwords: Arc<Mutex<HashMap<String, String>>>,
    /// The certificate of the authority that signed the server's.
    authority: Option<PathBuf>,
}

/// An empty database, and a role of the same name that owns it and may do nothing else.
pub struct Database {
    /// The name of both.
    pub name: String,
    /// The role's password.
    pub password: String,
    /// The address with which the role opens the database.
    pub address: String,
}

impl Postgres {
    /// Starts a server of the test's own; `None`, said aloud, where PostgreSQL is not installed.
    #[track_caller]
    pub fn start() -> Option<Self> {
        let mut postgres = Self::initialized()?;
        postgres.start_on_free_port();
        Some(postgres)
    }

    /// Starts a server that only accepts encrypted connections, with a certificate for `localhost` and `127.0.0.1`. The
    /// certificate that vouches for it is [`Postgres::authority`].
    #[track_caller]
    pub fn tls() -> Option<Self> {
        Self::tls_for("DNS:localhost,IP:127.0.0.1")
    }

    /// As [`Postgres::tls`], with a certificate for these names, written as `subjectAltName` of openssl.
    #[track_caller]
    pub fn tls_for(names: &str) -> Option<Self> {
        let mut postgres = Self::initialized()?;
        if run(postgres.programs.client("openssl").arg("version")).is_err() {
            return skipped("openssl");
        }
        postgres.require_encryption(names);
        postgres.start_on_free_port();
        Some(postgres)
    }

    /// The server that the tests of this process share; each makes a [`Postgres::database`] of its own.
    #[track_caller]
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Postgres>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// Makes an empty database with an owner.
    #[track_caller]
    pub fn database(&self) -> Database {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let password = self.login(&name);
        self.sql(SUPERUSER, &format!("CREATE DATABASE {name} OWNER {name}"));
        let address = self.address(&name, &name);
        Database { name, password, address }
    }

    /// Makes a role that can log in, unless it was made before, and answers its password. It is the same role in all
    /// databases of a server.
    #[track_caller]
    pub fn login(&self, name: &str) -> String {
        let plain =
            name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        assert!(plain, "a name that neither SQL nor an address would have to quote, not {name:?}");
        let mut passwords = self.passwords.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(password) = passwords.get(name) {
            return password.clone();
        }
        let password = new_password();
        let superuser = address(SUPERUSER, &passwords[SUPERUSER], self.port, SUPERUSER);
        self.sql_at(&superuser, &format!("CREATE ROLE {name} LOGIN PASSWORD '{password}'"))
            .unwrap_or_else(|output| panic!("{output}"));
        passwords.insert(name.to_owned(), password.clone());
        password
    }

    /// The address with which a role opens a database over TCP, password and all.
    #[track_caller]
    pub fn address(&self, user: &str, database: &str) -> String {
        address(user, &self.password(user), self.port, database)
    }

    /// As [`Postgres::address`], over the server's socket.
    #[track_caller]
    pub fn address_by_socket(&self, user: &str, database: &str) -> String {
        let (password, folder) = (self.password(user), self.folder().display());
        format!("postgres://{user}:{password}@/{database}?host={folder}&port={}", self.port)
    }

    /// The TCP port, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder with everything of the server; only its user can enter it.
    pub fn folder(&self) -> &Path {
        self.watcher.folder()
    }

    /// What the server has logged since it was started for the first time.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Runs SQL as the superuser: rows of values parted by `|`, without the last line's end. Several statements are one
    /// transaction.
    #[track_caller]
    pub fn sql(&self, database: &str, sql: &str) -> String {
        self.sql_at(&self.address(SUPERUSER, database), sql).unwrap_or_else(|output| panic!("{output}"))
    }

    /// As [`Postgres::sql`], with any address, which need not be of this server; where it fails, what psql said.
    pub fn sql_at(&self, address: &str, sql: &str) -> Result<String, String> {
        let mut psql = self.programs.client("psql");
        psql.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", address, "-c", sql]);
        run(&mut psql).map(|rows| rows.trim_end_matches('\n').to_owned())
    }

    /// Kills all processes of the server at once, as a power failure would, and waits until they are gone.
    #[track_caller]
    pub fn kill(&mut self) {
        self.watcher.kill(&self.programs);
    }

    /// Starts the server again on the same port, and waits until it accepts connections. One that runs is shut down first.
    #[track_caller]
    pub fn restart(&mut self) {
        self.control(&["restart", "--mode=fast"]).unwrap_or_else(|output| panic!("{output}\n{}", self.log()));
    }

    /// Suspends all processes of the server: it accepts connections and answers nothing, until [`Postgres::resume`].
    #[track_caller]
    pub fn suspend(&mut self) {
        self.watcher.suspend(&self.programs);
    }

    /// Lets a suspended server go on.
    #[track_caller]
    pub fn resume(&mut self) {
        self.watcher.resume(&self.programs);
    }
}

impl Postgres {
    /// A server with an empty data folder, not started yet.
    #[track_caller]
    fn initialized() -> Option<Self> {
        let Some(programs) = Programs::find() else {
            return skipped("PostgreSQL");
        };
        let postgres = Self::prepare(programs);
        let file = postgres.folder().join("password");
        let password = new_password();
        write(&file, &password);
        postgres.passwords.lock().unwrap().insert(SUPERUSER.to_owned(), password);
        let file = file.to_str().unwrap();
        let access = ["--username", SUPERUSER, "--auth=scram-sha-256", "--pwfile", file];
        let kind = ["--locale=C", "--encoding=UTF8", "--no-sync", "--wal-segsize=1"];
        postgres.run_server("initdb", &[&access[..], &kind].concat());
        postgres.set(SETTINGS);
        postgres.set(&format!("unix_socket_directories = '{}'", postgres.folder().display()));
        Some(postgres)
    }

    /// A server with a folder and nothing in it.
    fn prepare(programs: Programs) -> Self {
        let watcher = Watcher::start(&programs);
        Postgres { programs, watcher, port: 0, passwords: Arc::default(), authority: None }
    }

    /// Adds to the server's settings; the last of a name counts.
    fn set(&self, settings: &str) {
        let file = self.folder().join("data/postgresql.conf");
        let mut file = fs::OpenOptions::new().append(true).open(file).unwrap();
        writeln!(file, "{settings}").unwrap();
    }

    /// Starts it on another port as long as somebody else listens on the one that was free a moment ago.
    #[track_caller]
    fn start_on_free_port(&mut self) {
        for _ in 0..20 {
            self.port = free_port();
            self.set(&format!("port = {}", self.port));
            let Err(output) = self.control(&["start"]) else { return };
            let log = self.log();
            assert!(log.contains("could not bind"), "{output}\n{log}");
            fs::remove_file(self.log_path()).unwrap();
        }
        panic!("no free port for PostgreSQL");
    }

    fn control(&self, args: &[&str]) -> Result<String, String> {
        let mut command = self.programs.server("pg_ctl");
        command.args(args).args(["--wait", "--silent", "--log"]).arg(self.log_path());
        run(command.arg("--pgdata").arg(self.folder().join("data")))
    }

    /// Runs one of the server's programs on its data folder.
    #[track_caller]
    fn run_server(&self, program: &str, args: &[&str]) {
        let mut command = self.programs.server(program);
        command.args(args).arg("--pgdata").arg(self.folder().join("data"));
        run(&mut command).unwrap_or_else(|output| panic!("{output}\n{}", self.log()));
    }

    fn log_path(&self) -> PathBuf {
        self.folder().join("log")
    }

    #[track_caller]
    fn password(&self, user: &str) -> String {
        let passwords = self.passwords.lock().unwrap_or_else(PoisonError::into_inner);
        passwords.get(user).unwrap_or_else(|| panic!("no login {user}: make one first")).clone()
    }
}

/// Says that a test is skipped, or fails it where PostgreSQL is needed.
#[track_caller]
fn skipped(missing: &str) -> Option<Postgres> {
    let needed = std::env::var_os("PORTGATE_TESTS_NEED_POSTGRES").is_some();
    assert!(!needed, "{missing} is not installed");
    // Past the capture of a passing test's output: a skipped test should be seen.
    let _ = writeln!(std::io::stderr(), "skipped: {missing} is not installed");
    None
}

fn address(user: &str, password: &str, port: u16, database: &str) -> String {
    format!("postgres://{user}:{password}@127.0.0.1:{port}/{database}")
}

fn new_password() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// Writes a file that the server's user can read; the folder keeps others out.
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
}

/// A port that nothing listens on. It lies below those that systems hand out for port 0 and for outgoing connections, so
/// that nobody is given it while the server is down: not even a client that connects to it, which would reach itself.
fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let port = rand::random_range(20_000..30_000);
        let is_new = GIVEN.lock().unwrap().insert(port);
        if is_new && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
