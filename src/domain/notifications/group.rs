//! The notification groups, in any spelling.

use crate::domain::role::bare;
use crate::error::Error;
use crate::text::suggest::did_you_mean;

/// The groups that have been seen, as people read them: the seven of the public documentation, then internal ones, which
/// are shown if they come and never invented. The API spells them in capitals, with `_` between words.
const KNOWN: [&str; 10] = [
    "Security",
    "People",
    "Company",
    "Financial",
    "Ordering",
    "Service Status",
    "Services",
    "System",
    "API",
    "Xero",
];
/// How many of them are offered when somebody asks for one that isn't there.
const PUBLIC: usize = 7;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    title: &'static str,
}

impl Group {
    /// Reads a group in any case, with spaces, hyphens, underscores or nothing between its words. An unknown one is
    /// exit 2, with the one that was probably meant.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let wanted = bare(text);
        if let Some(title) = KNOWN.into_iter().find(|known| bare(known) == wanted) {
            return Ok(Group { title });
        }
        let error = Error::usage(format!("unknown notification group '{text}'")).resource(text);
        let known: Vec<String> = public_groups().collect();
        Err(error
            .hint_each(did_you_mean(&slug(text), KNOWN.map(slug)))
            .hint(format!("use one of {}", known.join(", "))))
    }

    pub(crate) fn is_spelled(&self, wire: &str) -> bool {
        bare(self.title) == bare(wire)
    }

    pub(crate) fn title(&self) -> &'static str {
        self.title
    }
}

pub(crate) fn public_groups() -> impl Iterator<Item = String> {
    KNOWN[..PUBLIC].iter().map(|known| slug(known))
}

pub(crate) fn is_ordering(wire: &str) -> bool {
    bare(wire) == "ordering"
}

/// A group of the API as people read it: `Service Status`.
pub(crate) fn title(wire: &str) -> &str {
    KNOWN.into_iter().find(|known| bare(known) == bare(wire)).unwrap_or(wire)
}

/// A group as the command line takes it: `service-status`.
pub(crate) fn slug(group: &str) -> String {
    group.to_lowercase().replace(['_', ' '], "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_several_spellings() {
        for text in ["service-status", "SERVICE_STATUS", "Service Status", "servicestatus"] {
            assert!(Group::parse(text).unwrap().is_spelled("SERVICE_STATUS"));
        }
        assert!(
            Group::parse("odrering").unwrap_err().hints[0]
                .text(&crate::error::Invocation::default())
                .contains("ordering")
        );
        assert_eq!(title("SERVICE_STATUS"), "Service Status");
        assert_eq!(title("NEW_THINGS"), "NEW_THINGS");
        assert_eq!(crate::domain::notifications::slug("SERVICE_STATUS"), "service-status");
    }
}
