//! A standby that receives each commit before the client hears of it.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Instant;

use super::programs::WATCHDOG;
use super::{Postgres, SUPERUSER};

/// A server that follows another, until it is promoted. It can do all that [`Postgres`] can.
pub struct Replica(Postgres);

impl Deref for Replica {
    type Target = Postgres;

    fn deref(&self) -> &Postgres {
        &self.0
    }
}

impl DerefMut for Replica {
    fn deref_mut(&mut self) -> &mut Postgres {
        &mut self.0
    }
}

impl Postgres {
    /// Starts a standby of this server. From then on, a commit here returns only once the standby has it on disk, and waits
    /// for ever while the standby is gone. Queries of the standby may see it later, but it is there after a promotion.
    /// A server can have one standby.
    #[track_caller]
    pub fn replica(&mut self) -> Replica {
        assert_eq!(self.sql(SUPERUSER, "SHOW synchronous_standby_names"), "", "there is a standby already");
        let mut standby = Postgres::prepare(self.programs.clone());
        standby.passwords = Arc::clone(&self.passwords);
        standby.authority.clone_from(&self.authority);
        let primary = format!(
            "host=127.0.0.1 port={} user={SUPERUSER} password={} application_name=replica",
            self.port,
            self.password(SUPERUSER)
        );
        standby.run_server(
            "pg_basebackup",
            &["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--dbname", &primary],
        );
        standby.start_on_free_port();

        self.sql(SUPERUSER, "ALTER SYSTEM SET synchronous_standby_names = 'replica'");
        self.sql(SUPERUSER, "SELECT pg_reload_conf()");
        let until = Instant::now() + WATCHDOG;
        let states = "SELECT state, sync_state FROM pg_stat_replication";
        while self.sql(SUPERUSER, states) != "streaming|sync" {
            assert!(Instant::now() < until, "the standby doesn't follow:\n{}", standby.log());
        }
        // Commits wait once the checkpointer has read the setting, which it does before each checkpoint.
        self.sql(SUPERUSER, "CHECKPOINT");
        Replica(standby)
    }

    /// The address of whichever of the two accepts writes.
    pub fn address_of_both(&self, replica: &Replica, user: &str, database: &str) -> String {
        let hosts = format!("127.0.0.1:{},127.0.0.1:{}", self.port, replica.port);
        let password = self.password(user);
        format!("postgres://{user}:{password}@{hosts}/{database}?target_session_attrs=read-write")
    }
}

impl Replica {
    /// Makes it a server of its own, which accepts writes and waits for no standby: the setting was made on the primary
    /// after the copy.
    #[track_caller]
    pub fn promote(&mut self) {
        self.run_server("pg_ctl", &["promote", "--wait"]);
        assert_eq!(self.sql(SUPERUSER, "SELECT pg_is_in_recovery()"), "f");
        assert_eq!(self.sql(SUPERUSER, "SHOW synchronous_standby_names"), "");
    }
}
