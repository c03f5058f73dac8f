//! The words of the domain, as the command line offers them.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::domain::approvals::{Direction, Kind, Source};
use crate::sandbox::{NotFound, PreferencesV3};
use crate::text::word::Word;

/// Offers each word of a type with what it means.
macro_rules! offer {
    ($type:ty: $($value:path => $help:literal),+ $(,)?) => {
        impl ValueEnum for $type {
            fn value_variants<'a>() -> &'a [Self] {
                Self::ALL
            }

            fn to_possible_value(&self) -> Option<PossibleValue> {
                let help = match self {
                    $($value => $help,)+
                };
                Some(PossibleValue::new(self.word()).help(help))
            }
        }
    };
}

offer!(Source: Source::Marketplace => "A VXC that waits for its service provider",
    Source::Queue => "The partner's service approval queue");
offer!(Kind: Kind::Connection => "A new VXC to one of my ports",
    Kind::SpeedChange => "More speed for a VXC that is up",
    Kind::TermChange => "Another contract term (queue)",
    Kind::Order => "A managed account's order (queue)",
    Kind::Other => "One that portgate doesn't know, shown by its name on the wire");
offer!(Direction: Direction::Incoming => "The customer's A-End to my B-End: mine to decide",
    Direction::Outgoing => "My own order to another company",
    Direction::Internal => "Both ends are mine");
offer!(PreferencesV3: PreferencesV3::Destinations => "The same as the second version",
    PreferencesV3::Other => "A shape that no client knows",
    PreferencesV3::Absent => "Not found");
offer!(NotFound: NotFound::Status404 => "Not found",
    NotFound::Status400 => "\"Could not find a service with UID ...\"");
