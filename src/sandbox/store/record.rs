//! Rows as structs. A field stands beside its column once: what is selected, read and written is made of that.

use rusqlite::types::{FromSql, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Params, Row};

/// What is read from a row, column after column from where `at` stands. By order, since it is made of the order in which
/// the columns are selected: a list has thousands of rows of fifty, and a look-up by name walks the columns each time.
pub(crate) trait Columns: Sized {
    fn read(row: &Row<'_>, at: &mut usize) -> rusqlite::Result<Self>;
}

impl<T: FromSql> Columns for T {
    fn read(row: &Row<'_>, at: &mut usize) -> rusqlite::Result<Self> {
        *at += 1;
        row.get(*at - 1)
    }
}

/// The columns of an outer join; they stand last.
pub(crate) fn joined<T: Columns>(row: &Row<'_>, at: &mut usize) -> rusqlite::Result<Option<T>> {
    if row.get_ref(*at)? == ValueRef::Null { Ok(None) } else { T::read(row, at).map(Some) }
}

/// What [`record`] makes a statement of: `rest` is what stands behind its tables.
pub(crate) trait Record: Columns {
    const SELECT: &'static str;

    fn get(connection: &Connection, rest: &str, params: impl Params) -> rusqlite::Result<Self> {
        connection
            .prepare_cached(&format!("{} {rest}", Self::SELECT))?
            .query_row(params, |row| Self::read(row, &mut 0))
    }

    fn find(connection: &Connection, rest: &str, params: impl Params) -> rusqlite::Result<Option<Self>> {
        Self::get(connection, rest, params).optional()
    }

    fn list(connection: &Connection, rest: &str, params: impl Params) -> rusqlite::Result<Vec<Self>> {
        connection
            .prepare_cached(&format!("{} {rest}", Self::SELECT))?
            .query_map(params, |row| Self::read(row, &mut 0))?
            .collect()
    }
}

/// Runs a statement that changes rows, and answers how many.
pub(crate) fn execute(connection: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
    connection.prepare_cached(sql)?.execute(params)
}

/// The one value that a statement answers.
pub(crate) fn value<T: FromSql>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> rusqlite::Result<T> {
    connection.prepare_cached(sql)?.query_row(params, |row| row.get(0))
}

/// A struct that is read from columns, each field beside what is selected for it; `by` names what reads it otherwise.
/// With tables it is a [`Record`]; without, a part of one, whose SQL stands there.
macro_rules! record {
    ($(#[$meta:meta])* $name:ident {
        $($(#[$field_meta:meta])* $field:ident: $type:ty = $sql:expr $(, by $read:path)?;)*
    } from $tables:literal) => {
        record! { $(#[$meta])* $name { $($(#[$field_meta])* $field: $type $(, by $read)?;)* } }

        impl $crate::sandbox::store::record::Record for $name {
            const SELECT: &'static str = record!(@select $tables, $($sql;)*);
        }
    };
    ($(#[$meta:meta])* $name:ident {
        $($(#[$field_meta:meta])* $field:ident: $type:ty $(, by $read:path)?;)*
    }) => {
        $(#[$meta])*
        pub(crate) struct $name {
            $($(#[$field_meta])* pub(crate) $field: $type,)*
        }

        impl $crate::sandbox::store::record::Columns for $name {
            fn read(row: &rusqlite::Row<'_>, at: &mut usize) -> rusqlite::Result<Self> {
                Ok($name { $($field: record!(@read row, at $(, $read)?)?,)* })
            }
        }
    };
    (@read $row:ident, $at:ident) => { $crate::sandbox::store::record::Columns::read($row, $at) };
    (@read $row:ident, $at:ident, $read:path) => { $read($row, $at) };
    (@select $tables:literal, $first:expr; $($sql:expr;)*) => {
        concat!("SELECT ", $first, $(", ", $sql,)* " FROM ", $tables)
    };
}

/// A struct that is written into the columns its fields are called by, or that stand beside them: as a new row, with
/// what the SQL at the end gives other columns, or over one that is there.
macro_rules! row {
    ($(#[$meta:meta])* $name:ident $(<$life:lifetime>)? {
        $($field:ident: $type:ty $(= $column:literal)?,)*
    } into $table:literal $(with { $($other:literal = $value:literal,)* })?) => {
        $(#[$meta])*
        pub(crate) struct $name $(<$life>)? {
            $(pub(crate) $field: $type,)*
        }

        impl $(<$life>)? $name $(<$life>)? {
            /// Adds it and answers its number.
            pub(crate) fn insert(&self, connection: &rusqlite::Connection) -> rusqlite::Result<i64> {
                let columns = [$(row!(@column $field $($column)?),)* $($($other),*)?].join(", ");
                let values = [$(row!(@mark $field),)* $($($value),*)?].join(", ");
                connection
                    .prepare_cached(&format!("INSERT INTO {} ({columns}) VALUES ({values})", $table))?
                    .execute(rusqlite::params![$(self.$field),*])?;
                Ok(connection.last_insert_rowid())
            }
        }
    };
    ($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty,)* } over $table:literal) => {
        record! { $(#[$meta])* $name { $($field: $type;)* } }

        impl $name {
            pub(crate) fn update(&self, connection: &rusqlite::Connection, id: i64) -> rusqlite::Result<()> {
                let changes = [$(concat!(stringify!($field), " = ?")),*].join(", ");
                connection
                    .prepare_cached(&format!("UPDATE {} SET {changes} WHERE id = ?", $table))?
                    .execute(rusqlite::params![$(self.$field,)* id])?;
                Ok(())
            }
        }
    };
    (@column $field:ident) => { stringify!($field) };
    (@column $field:ident $column:literal) => { $column };
    (@mark $field:ident) => { "?" };
}

/// Keeps a type in a column as the word it is called by.
macro_rules! kept_as_word {
    ($type:ty, $what:literal) => {
        impl rusqlite::types::FromSql for $type {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                let text = value.as_str()?;
                <$type>::ALL.into_iter().find(|known| known.name() == text).ok_or_else(|| {
                    rusqlite::types::FromSqlError::Other(format!("{text:?} is no {}", $what).into())
                })
            }
        }

        impl rusqlite::types::ToSql for $type {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(self.name().into())
            }
        }
    };
}

pub(crate) use row;
