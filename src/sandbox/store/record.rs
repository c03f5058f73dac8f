//! Rows as structs. Each field is declared once with its column; the SQL and the mapping are derived from that.

use rusqlite::types::{FromSql, ValueRef};
use rusqlite::{Connection, Params, Row};

/// What is read from a row: its fields from columns in their order, those of a part where the part stands.
pub(crate) trait Columns: Sized {
    /// How many columns it is read from.
    const COUNT: usize;

    /// What is selected for it from this table.
    fn select_list(table: &str) -> String;

    /// Reads it from the columns that begin at `first`.
    fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Self>;
}

/// The columns of an outer join: all NULL, even the first, where there is nothing to join.
impl<T: Columns> Columns for Option<T> {
    const COUNT: usize = T::COUNT;

    fn select_list(table: &str) -> String {
        T::select_list(table)
    }

    fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        if row.get_ref(first)? == ValueRef::Null { Ok(None) } else { T::read(row, first).map(Some) }
    }
}

/// What [`record`] makes a statement of: `rest` is what stands behind its tables.
pub(crate) trait Record: Columns {
    fn select() -> &'static str;

    fn get(connection: &Connection, rest: &str, params: impl Params) -> rusqlite::Result<Self> {
        Self::find(connection, rest, params)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    fn find(connection: &Connection, rest: &str, params: impl Params) -> rusqlite::Result<Option<Self>> {
        Ok(Self::list(connection, rest, params)?.pop())
    }

    fn list(connection: &Connection, rest: &str, params: impl Params) -> rusqlite::Result<Vec<Self>> {
        rows(connection, &format!("{} {rest}", Self::select()), params)
    }
}

/// The rows returned by a statement that selects the columns in their order.
pub(crate) fn rows<T: Columns>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> rusqlite::Result<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_map(params, |row| T::read(row, 0))?.collect()
}

/// Runs a statement that changes rows.
pub(crate) fn execute(connection: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<()> {
    changed(connection, sql, params).map(drop)
}

/// Runs a statement that changes rows, and returns whether it changed any.
pub(crate) fn changed(connection: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<bool> {
    Ok(connection.prepare_cached(sql)?.execute(params)? > 0)
}

/// The single value returned by a statement.
pub(crate) fn value<T: FromSql>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> rusqlite::Result<T> {
    connection.prepare_cached(sql)?.query_row(params, |row| row.get(0))
}

/// A struct that is read from columns. A field is read from the column it is called by, or from the SQL beside it, `in` the
/// table that `{}` stands for; one that stands `as` a table is a part with columns of its own. With tables behind it, it is a
/// [`Record`].
macro_rules! record {
    ($(#[$meta:meta])* $name:ident as $table:literal { $($fields:tt)* } from $tables:literal) => {
        record! { $(#[$meta])* $name { $($fields)* } }

        impl $crate::sandbox::store::record::Record for $name {
            fn select() -> &'static str {
                use $crate::sandbox::store::record::Columns as _;
                static SELECT: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
                    format!("SELECT {} FROM {}", $name::select_list($table), $tables)
                });
                &SELECT
            }
        }
    };
    ($(#[$meta:meta])* $name:ident {
        $($(#[$field_meta:meta])* $field:ident: $type:ty $(as $table:literal)? $(= $sql:literal)? $(= in $template:literal)?;)*
    }) => {
        $(#[$meta])*
        pub(crate) struct $name {
            $($(#[$field_meta])* pub(crate) $field: $type,)*
        }

        impl $crate::sandbox::store::record::Columns for $name {
            const COUNT: usize = 0 $(+ record!(@count $type $(, $table)?))*;

            #[allow(unused_variables, reason = "all of its columns may have SQL of their own")]
            fn select_list(table: &str) -> String {
                [$(record!(@selected table, $field, $type $(, as $table)? $(, $sql)? $(, in $template)?)),*].join(", ")
            }

            #[allow(unused_assignments, reason = "nothing follows the last field")]
            fn read(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Self> {
                let mut next = first;
                $(
                    let $field = record!(@read row, next, $type $(, $table)?);
                    next += record!(@count $type $(, $table)?);
                )*
                Ok($name { $($field,)* })
            }
        }
    };
    (@count $type:ty, $part:literal) => { <$type as $crate::sandbox::store::record::Columns>::COUNT };
    (@count $type:ty) => { 1 };
    (@selected $table:ident, $field:ident, $type:ty, as $part:literal) => {
        <$type as $crate::sandbox::store::record::Columns>::select_list($part)
    };
    (@selected $table:ident, $field:ident, $type:ty, in $template:literal) => { format!($template, $table) };
    (@selected $table:ident, $field:ident, $type:ty, $sql:literal) => { $sql.to_owned() };
    (@selected $table:ident, $field:ident, $type:ty) => { format!(concat!("{}.", stringify!($field)), $table) };
    (@read $row:ident, $next:ident, $type:ty, $part:literal) => {
        <$type as $crate::sandbox::store::record::Columns>::read($row, $next)?
    };
    (@read $row:ident, $next:ident, $type:ty) => {
        $row.get::<_, $type>($next)?
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
            /// Inserts a row and returns its ID.
            pub(crate) fn insert(&self, connection: &rusqlite::Connection) -> rusqlite::Result<i64> {
                let columns = [$(row!(@column $field $($column)?),)* $($($other),*)?].join(", ");
                let values = [$(row!(@mark $field),)* $($($value),*)?].join(", ");
                let sql = format!("INSERT INTO {} ({columns}) VALUES ({values})", $table);
                $crate::sandbox::store::record::execute(connection, &sql, rusqlite::params![$(self.$field),*])?;
                Ok(connection.last_insert_rowid())
            }
        }
    };
    ($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty,)* } over $table:literal) => {
        record! { $(#[$meta])* $name { $($field: $type;)* } }

        impl $name {
            pub(crate) fn update(&self, connection: &rusqlite::Connection, id: i64) -> rusqlite::Result<()> {
                let changes = [$(concat!(stringify!($field), " = ?")),*].join(", ");
                let sql = format!("UPDATE {} SET {changes} WHERE id = ?", $table);
                $crate::sandbox::store::record::execute(connection, &sql, rusqlite::params![$(self.$field,)* id])
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
