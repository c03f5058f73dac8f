//! The demo's data, row by row.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use portgate::sandbox::{self, Clock};
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::common::NEW_YEAR_MS;
use crate::watch::Folder;

/// Every table as text, but for the keys' secrets, which are the file's own.
fn dump(connection: &Connection) -> String {
    let mut written = String::new();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let tables: Vec<String> = connection
        .prepare(tables)
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for table in tables {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
        let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let _ = writeln!(written, "=== {table}: {}", names.join(" "));
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for (place, name) in names.iter().enumerate() {
                let value = match row.get(place).unwrap() {
                    _ if name == "client_secret" => String::from("(secret)"),
                    Value::Null => String::from("-"),
                    Value::Integer(number) => number.to_string(),
                    Value::Real(number) => number.to_string(),
                    Value::Text(text) => text,
                    Value::Blob(_) => String::from("(blob)"),
                };
                let _ = write!(written, "{}{value}", if place == 0 { "" } else { " | " });
            }
            written.push('\n');
        }
    }
    written
}

/// `PORTGATE_REGENERATE=1` writes it anew.
#[test]
fn the_demo_is_as_written_down() {
    let dir = Folder::new();
    let db = dir.path().join("sandbox.db");
    sandbox::reset(&db, Clock::fixed_at(NEW_YEAR_MS)).unwrap();
    let written = dump(&Connection::open(&db).unwrap());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sandbox/demo.txt");
    if env::var_os("PORTGATE_REGENERATE").is_some() {
        fs::write(&path, &written).unwrap();
    }
    let expected = fs::read_to_string(path).unwrap();
    for (found, expected) in written.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(written.len(), expected.len());
}
