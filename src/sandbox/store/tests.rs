use super::*;

#[test]
fn an_older_file_learns_whose_people_decided() {
    let mut connection = Connection::open_in_memory().expect("memory");
    connection.pragma_update(None, "foreign_keys", false).expect("a switch");
    let migrations = Migrations::from_slice(MIGRATIONS);
    migrations.to_version(&mut connection, 1).expect("the first schema");
    let orders = [
        ("APPROVED", "'Priya Example (Technical Admin)'", Some(2)),
        ("SUPERSEDED", "'Bram Globex (Technical Admin)'", Some(1)),
        ("APPROVED", "'the automatic approval of SYD2-A'", None),
        ("WITHDRAWN", "'Globex Bank'", None),
        ("PENDING", "NULL", None),
    ];
    for (place, (status, by, _)) in orders.iter().enumerate() {
        connection
            .execute_batch(&format!(
                "INSERT INTO orders (id, uid, vxc_id, type, status, requester_company_id, approver_company_id, \
                 created_at, decided_by) VALUES ({place}, {place}, {place}, 'NEW', '{status}', 1, 2, 0, {by})"
            ))
            .expect("a row");
    }
    migrations.to_latest(&mut connection).expect("the newest schema");
    let found: Vec<Option<i64>> = connection
        .prepare("SELECT decided_by_company_id FROM orders ORDER BY id")
        .and_then(|mut all| all.query_map([], |row| row.get(0))?.collect())
        .expect("rows");
    assert_eq!(found, orders.map(|(_, _, company)| company));
}

/// A database file of this version, as a portgate wrote it.
fn file_of(version: usize) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sandbox.db");
    let mut connection = Connection::open(&path).expect("a file");
    connection.pragma_update(None, "application_id", APPLICATION_ID).expect("a mark");
    let known = version.min(MIGRATIONS.len());
    Migrations::from_slice(MIGRATIONS).to_version(&mut connection, known).expect("its schema");
    connection
        .pragma_update(None, "user_version", i64::try_from(version).expect("small"))
        .expect("a version");
    (folder, path)
}

#[test]
fn an_older_file_is_migrated_with_its_data() {
    let (_folder, path) = file_of(1);
    let older = Connection::open(&path).expect("a file");
    older
        .execute_batch(
            "PRAGMA foreign_keys = OFF; INSERT INTO orders (id, uid, vxc_id, type, status, requester_company_id, \
             approver_company_id, created_at) VALUES (7, 'kept', 1, 'NEW', 'PENDING', 1, 2, 0)",
        )
        .expect("a row");
    drop(older);
    let opened = Store::open(&path, LOCK_WAIT, |_| Ok(())).expect("the same file");
    let count = |connection: &mut Connection| {
        connection.query_row("SELECT count(*) FROM orders WHERE uid = 'kept'", (), |row| row.get::<_, i64>(0))
    };
    assert_eq!(opened.read(count).expect("a reader"), Ok(1));
    let version = |connection: &mut Connection| {
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
    };
    assert_eq!(opened.read(version).expect("a reader"), Ok(newest()));
}

#[test]
fn an_older_files_letters_are_kept() {
    let (_folder, path) = file_of(3);
    let older = Connection::open(&path).expect("a file");
    older
        .execute_batch(
            "PRAGMA foreign_keys = OFF; INSERT INTO messages (id, event_id, user_id, message_id, recipient, subject, \
             text_body, html_body, next_attempt_at, created_at) VALUES (7, 1, 1, 'x@y', 'a@b', 'S', 'T', 'H', 0, 0)",
        )
        .expect("a row");
    drop(older);
    let opened = Store::open(&path, LOCK_WAIT, |_| Ok(())).expect("the same file");
    let letter = |connection: &mut Connection| {
        let sql = "SELECT m.message_id || l.subject || l.text_body || l.html_body FROM messages m JOIN letters l ON l.id = m.id";
        connection.query_row(sql, (), |row| row.get::<_, String>(0))
    };
    assert_eq!(opened.read(letter).expect("a reader"), Ok(String::from("x@ySTH")));
    assert!(
        opened
            .read(|connection| messages::drafts(connection, i64::MAX, 9))
            .expect("a reader")
            .expect("rows")
            .is_empty()
    );
}

#[test]
fn a_newer_file_is_refused_and_left_as_it_is() {
    let (folder, path) = file_of(MIGRATIONS.len() + 1);
    let before = fs::read(&path).expect("a file");
    for opened in [Store::open(&path, LOCK_WAIT, |_| Ok(())).map(drop), Store::reset(&path, |_| Ok(()))] {
        let refused = opened.expect_err("it is too new");
        assert_eq!(refused.exit, Exit::Other);
        let why = refused.reason.expect("a reason");
        assert!(why.contains("newer version of portgate") && why.contains("version 5"), "{why}");
        assert!(before == fs::read(&path).expect("a file"));
    }
    drop(folder);
}
