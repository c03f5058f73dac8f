//! Possible values of the command line, with their help.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::domain::approvals::{Direction, Kind, Source};
use crate::ledger::ObjectKind;
use crate::sandbox::{NotFound, PreferencesV3};
use crate::session::profiles::KeyStore;
use crate::text::word::Word;

/// Implements `ValueEnum` from values and their help.
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
                Some(PossibleValue::new(self.word()).aliases(self.aliases()).help(help))
            }
        }
    };
}

offer!(Source: Source::Marketplace => "A VXC pending approval by its service provider",
    Source::Queue => "The service approval queue of a partner");
offer!(Kind: Kind::Connection => "A new VXC to one of your ports",
    Kind::SpeedChange => "A new speed for an existing VXC",
    Kind::TermChange => "A new contract term (queue)",
    Kind::Order => "An order of a managed account (queue)",
    Kind::Other => "A type unknown to portgate, shown as sent by the API");
offer!(ObjectKind: ObjectKind::Request => "A connection request, speed change or queue entry",
    ObjectKind::ServiceKey => "A service key",
    ObjectKind::User => "A user",
    ObjectKind::NotificationSettings => "Your notification settings",
    ObjectKind::RawRequest => "A request of portgate api");
offer!(Direction: Direction::Incoming => "From a customer's A-End to your B-End; you decide",
    Direction::Outgoing => "Your order to another company",
    Direction::Internal => "Both ends are yours");
offer!(KeyStore: KeyStore::Keyring => "The system's keyring",
    KeyStore::File => "An encrypted file, for machines without a keyring");
offer!(PreferencesV3: PreferencesV3::Destinations => "As in v2",
    PreferencesV3::Other => "In a shape unknown to clients",
    PreferencesV3::Absent => "404");
offer!(NotFound: NotFound::Status404 => "Not found",
    NotFound::Status400 => "\"Could not find a service with UID ...\"");
