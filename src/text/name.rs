//! A name as it is given to a filter.

use crate::error::Error;

/// Reads the name that a filter looks for, without the blanks around it.
/// Nothing but blanks is an error: it would fit everything, or nothing, where a variable of a script was empty.
///
/// ```
/// use portgate::text::name::parse_name;
/// assert_eq!(parse_name(" globex ").unwrap(), "globex");
/// assert!(parse_name("").is_err());
/// assert!(parse_name(" \t").is_err());
/// ```
pub fn parse_name(text: &str) -> Result<String, Error> {
    match text.trim() {
        "" => Err(Error::usage("it is empty: give a name, or leave the option out")),
        name => Ok(name.to_owned()),
    }
}
