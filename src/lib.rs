//! portgate: the service provider's side of the Megaport Marketplace, from the command line.
//!
//! Data flows one way: arguments → command → API client → view → render.

pub mod error;
mod exit;
mod process_environment;
pub mod render;
pub mod terminal;

use std::ffi::OsString;

pub use error::Error;
pub use exit::Exit;
pub use process_environment::ProcessEnvironment;

/// Runs portgate with the given arguments (the first is the program's name) and answers the exit code.
pub fn run(args: impl IntoIterator<Item = OsString>, environment: ProcessEnvironment) -> u8 {
    let _ = (args, environment);
    Exit::Done.code()
}
