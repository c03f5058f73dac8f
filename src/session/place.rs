//! Where a command works: the environment and the company, shown before anything is asked or sent.

use crate::api::backend::Environment;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::text::tone::{Tone, Toned};

/// Shows the environment and the company on stderr, once in a command.
pub(crate) fn say_place(context: &Context, connection: &Connection) {
    say_place_with(context, connection, "");
}

/// The same, with more of it: " · settings of Ana Ruiz".
pub(crate) fn say_place_with(context: &Context, connection: &Connection, more: &str) {
    if context.is_place_shown.replace(true) {
        return;
    }
    if connection.environment == Environment::Production && context.may_ask() {
        // Make production stand out.
        let rest = format!(" · {} · live circuits, billed to customers{more}", connection.acting_as());
        context.terminal.say_toned(&[Toned::new(Tone::Loud, "PRODUCTION"), rest.into()]);
    } else {
        context.terminal.say(&format!("{}{more}", connection.place_and_company()));
    }
}
