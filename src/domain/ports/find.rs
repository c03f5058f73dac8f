//! Finds a port by name or UID.

use crate::api::products::Product;
use crate::error::Error;
use crate::exit::Exit;
use crate::text::Uid;
use crate::text::name::{first_found, fold, is_same, only_one};

/// The one of these ports that is named: by uid, by its whole name, or by a start of either that fits no other; any
/// case. None is called so: exit 8; more than one may be meant: exit 2, with the candidates.
pub(crate) fn find_port<'a>(
    ports: impl IntoIterator<Item = &'a Product> + Clone,
    named: &str,
) -> Result<&'a Product, Error> {
    let given = named.trim();
    let name = |port: &Product| port.product_name.clone().unwrap_or_default();
    let begins = |port: &Product| fold(&name(port)).starts_with(&fold(given));
    let found = first_found(
        ports,
        &[
            &|port| port.product_uid.as_ref().is_some_and(|uid| *uid == *given),
            &|port| is_same(&name(port), given),
            &|port| begins(port) || port.product_uid.as_ref().is_some_and(|uid| uid.is_named(given)),
        ],
    );
    let found = if given.is_empty() { Vec::new() } else { found };
    only_one_port(found, named)
        .map_err(|error| error.hint("use more of the name, or the UID"))?
        .ok_or_else(|| no_such_port(named))
}

/// The only port that was found for a name, if any.
pub(crate) fn only_one_port<'a>(found: Vec<&'a Product>, named: &str) -> Result<Option<&'a Product>, Error> {
    only_one(found, named, "of your ports", |port| {
        let uid = port.product_uid.as_ref().map(Uid::as_str);
        let name = port.product_name.as_deref().or(uid).unwrap_or("unnamed port");
        format!("{}  {name}", uid.unwrap_or("-"))
    })
}

pub(crate) fn no_such_port(named: &str) -> Error {
    Error::new(Exit::NotFound, format!("no port found with name or UID '{named}'")).resource(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(uid: &str, name: &str) -> Product {
        Product { product_uid: Some(uid.into()), product_name: Some(name.to_owned()), ..Product::default() }
    }

    #[test]
    fn a_whole_name_wins_over_the_start_of_another() {
        let ports = [port("a1d0f6c4-1", "SYD1"), port("a1d0f6c4-2", "SYD1-B"), port("b27c5e90-1", "MEL2")];
        let found = |named: &str| find_port(&ports, named).map(|port| port.product_uid.clone());
        assert_eq!(found("syd1").unwrap(), Some("a1d0f6c4-1".into()));
        assert_eq!(found("m").unwrap(), Some("b27c5e90-1".into()));
        assert_eq!(found("B27C5E").unwrap(), Some("b27c5e90-1".into()));
        assert_eq!(found("A1D0F6C4-2").unwrap(), Some("a1d0f6c4-2".into()));
        let several = found("sy").unwrap_err();
        assert_eq!(several.exit, Exit::Usage);
        assert!(
            several
                .hints
                .iter()
                .any(|hint| hint.text(&crate::error::Invocation::default()).contains("SYD1-B")),
            "{several:?}"
        );
        assert_eq!(found("a1d0f6").unwrap_err().exit, Exit::Usage);
        // Five characters of a uid are no name.
        assert_eq!(found("b27c5").unwrap_err().exit, Exit::NotFound);
        assert_eq!(found("").unwrap_err().exit, Exit::NotFound);
    }
}
