//! A port as people name it.

use crate::domain::ports::scan::Port;
use crate::error::Error;
use crate::exit::Exit;

/// The shortest start of a uid that names a port.
const SHORTEST_UID: usize = 6;
/// Candidates named in the error for a name that may mean several.
const MOST_CANDIDATES: usize = 10;

/// The one of these ports that is named: by uid, by its whole name, or by a start of either that fits no other; any
/// case. None is called so: exit 8; more than one may be meant: exit 2, with the candidates.
pub(crate) fn find_port<'a>(ports: &'a [Port], named: &str) -> Result<&'a Port, Error> {
    let wanted = named.trim().to_lowercase();
    let uid = |port: &Port| port.product.product_uid.clone().unwrap_or_default().to_lowercase();
    let name = |port: &Port| port.product.product_name.clone().unwrap_or_default().to_lowercase();
    let by = |fits: &dyn Fn(&Port) -> bool| ports.iter().filter(|port| fits(port)).collect::<Vec<_>>();
    let none = |found: &Vec<&Port>| found.is_empty();
    let mut found = Vec::new();
    if !wanted.is_empty() {
        found = by(&|port| uid(port) == wanted);
        if none(&found) {
            found = by(&|port| name(port) == wanted);
        }
        if none(&found) {
            found = by(&|port| {
                name(port).starts_with(&wanted)
                    || (wanted.len() >= SHORTEST_UID && uid(port).starts_with(&wanted))
            });
        }
    }
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(Error::new(Exit::NotFound, format!("none of your ports is called '{named}'"))
            .hint("see them with: portgate ports list")
            .about(named)),
        several => {
            let mut error =
                Error::usage(format!("'{named}' may mean {} of your ports", several.len())).about(named);
            for port in several.iter().take(MOST_CANDIDATES) {
                let uid = port.product.product_uid.as_deref().unwrap_or("-");
                error = error.hint(format!("{uid}  {}", label(port)));
            }
            Err(error.hint("give more of the name, or the uid"))
        }
    }
}

fn label(port: &Port) -> &str {
    port.product.product_name.as_deref().or(port.product.product_uid.as_deref()).unwrap_or("unnamed port")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::products::Product;

    fn port(uid: &str, name: &str) -> Port {
        let product = Product {
            product_uid: Some(uid.to_owned()),
            product_name: Some(name.to_owned()),
            ..Product::default()
        };
        Port { product, ..Port::default() }
    }

    #[test]
    fn a_whole_name_wins_over_the_start_of_another() {
        let ports = [port("a1d0f6c4-1", "SYD1"), port("a1d0f6c4-2", "SYD1-B"), port("b27c5e90-1", "MEL2")];
        let found = |named: &str| find_port(&ports, named).map(|port| port.product.product_uid.clone());
        assert_eq!(found("syd1").unwrap().as_deref(), Some("a1d0f6c4-1"));
        assert_eq!(found("m").unwrap().as_deref(), Some("b27c5e90-1"));
        assert_eq!(found("B27C5E").unwrap().as_deref(), Some("b27c5e90-1"));
        assert_eq!(found("A1D0F6C4-2").unwrap().as_deref(), Some("a1d0f6c4-2"));
        let several = found("sy").unwrap_err();
        assert_eq!(several.exit, Exit::Usage);
        assert!(several.hints.iter().any(|hint| hint.contains("SYD1-B")), "{several:?}");
        assert_eq!(found("a1d0f6").unwrap_err().exit, Exit::Usage);
        // Five characters of a uid are no name.
        assert_eq!(found("b27c5").unwrap_err().exit, Exit::NotFound);
        assert_eq!(found("").unwrap_err().exit, Exit::NotFound);
    }
}
