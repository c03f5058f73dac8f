//! Rows as structs. Each field is declared once with its column; the SQL and the mapping are derived from that.

use rusqlite::types::{FromSql, ValueRef};
use rusqlite::{Connection, Params, Row};

/// What is read from a row, by the names of its columns: a field's own, behind a prefix that tells parts apart.
pub(crate) trait Columns: Sized {
    /// What is selected for it, `table` in place of `{}`.
    fn selected(prefix: &str, table: &str) -> String;

    /// What reads it from rows with columns of these names, which are looked up only here: a list has thousands of rows.
    fn reader(names: &[&str], prefix: &str) -> rusqlite::Result<Reader<Self>>;
}

pub(crate) type Reader<T> = Box<dyn Fn(&Row<'_>) -> rusqlite::Result<T>>;

/// The columns of an outer join: all NULL, the `id` too, where there is nothing to join.
impl<T: Columns + 'static> Columns for Option<T> {
    fn selected(prefix: &str, table: &str) -> String {
        T::selected(prefix, table)
    }

    fn reader(names: &[&str], prefix: &str) -> rusqlite::Result<Reader<Self>> {
        let (id, read) = (place(names, prefix, "id")?, T::reader(names, prefix)?);
        Ok(Box::new(
            move |row| if row.get_ref(id)? == ValueRef::Null { Ok(None) } else { read(row).map(Some) },
        ))
    }
}

/// Where the column of a field stands.
pub(crate) fn place(names: &[&str], prefix: &str, field: &str) -> rusqlite::Result<usize> {
    let found = names.iter().position(|name| name.strip_prefix(prefix) == Some(field));
    found.ok_or_else(|| rusqlite::Error::InvalidColumnName(format!("{prefix}{field}")))
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

/// The rows returned by a statement.
pub(crate) fn rows<T: Columns>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> rusqlite::Result<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let read = T::reader(&statement.column_names(), "")?;
    statement.query_map(params, read)?.collect()
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

/// A struct that is read from columns. A field is read from the column it is called by, or from the SQL beside it; one that
/// stands `as` a table is a part with columns of its own. `{}` is that table. With tables behind it, it is a [`Record`].
macro_rules! record {
    ($(#[$meta:meta])* $name:ident as $table:literal { $($fields:tt)* } from $tables:literal) => {
        record! { $(#[$meta])* $name { $($fields)* } }

        impl $crate::sandbox::store::record::Record for $name {
            fn select() -> &'static str {
                use $crate::sandbox::store::record::Columns as _;
                static SELECT: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
                    format!("SELECT {} FROM {}", $name::selected("", $table), $tables)
                });
                &SELECT
            }
        }
    };
    ($(#[$meta:meta])* $name:ident {
        $($(#[$field_meta:meta])* $field:ident: $type:ty $(as $table:literal)? $(= $sql:literal)?;)*
    }) => {
        $(#[$meta])*
        pub(crate) struct $name {
            $($(#[$field_meta])* pub(crate) $field: $type,)*
        }

        impl $crate::sandbox::store::record::Columns for $name {
            fn selected(prefix: &str, table: &str) -> String {
                [$(record!(@selected prefix, table, $field, $type $(, as $table)? $(, $sql)?)),*].join(", ")
            }

            fn reader(
                names: &[&str],
                prefix: &str,
            ) -> rusqlite::Result<$crate::sandbox::store::record::Reader<Self>> {
                $(let $field = record!(@reader names, prefix, $field, $type $(, $table)?);)*
                Ok(Box::new(move |row| Ok($name { $($field: $field(row)?,)* })))
            }
        }
    };
    (@selected $prefix:ident, $table:ident, $field:ident, $type:ty, as $part:literal) => {
        <$type as $crate::sandbox::store::record::Columns>::selected(concat!(stringify!($field), "."), $part)
    };
    (@selected $prefix:ident, $table:ident, $field:ident, $type:ty $(, $sql:literal)?) => {{
        let sql = [$($sql,)? concat!("{}.", stringify!($field))][0].replace("{}", $table);
        format!("{sql} AS \"{}{}\"", $prefix, stringify!($field))
    }};
    (@reader $names:ident, $prefix:ident, $field:ident, $type:ty, $part:literal) => {
        <$type as $crate::sandbox::store::record::Columns>::reader($names, concat!(stringify!($field), "."))?
    };
    (@reader $names:ident, $prefix:ident, $field:ident, $type:ty) => {{
        let place = $crate::sandbox::store::record::place($names, $prefix, stringify!($field))?;
        move |row: &rusqlite::Row<'_>| row.get::<_, $type>(place)
    }};
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
