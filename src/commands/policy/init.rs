//! `portgate policy init`

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};

use clap::Args;
use serde_json::json;

use super::load::FileArgs;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::files::replace_private_file;
use crate::session::context::Context;

pub(in crate::commands) const EXAMPLE: &str = include_str!("example.toml");

/// Create an example policy file
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate policy init
  portgate policy init --file night-shift.toml")]
pub(crate) struct InitArgs {
    #[command(flatten)]
    file: FileArgs,

    /// Overwrite an existing file
    #[arg(long, visible_alias = "yes", short_alias = 'y')]
    force: bool,
}

pub(super) async fn run(context: &Context, args: InitArgs) -> anyhow::Result<Exit> {
    let file = &args.file.file;
    let failed = |error: std::io::Error| {
        Error::new(Exit::Other, format!("could not write {}", file.display())).reason(error.to_string())
    };
    match OpenOptions::new().write(true).create_new(true).open(file) {
        Ok(mut new) => new.write_all(EXAMPLE.as_bytes()).and_then(|()| new.sync_all()).map_err(failed)?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if !args.force {
                if !context.may_ask() {
                    return Err(Error::usage(format!("{} already exists", file.display()))
                        .hint("use --force to overwrite it, or choose another file with --file")
                        .into());
                }
                let question = format!("{} already exists. Overwrite?", file.display());
                context.prompter().require_consent(&question, None).await?;
            }
            replace_private_file(file, EXAMPLE.as_bytes()).map_err(failed)?;
        }
        Err(error) => return Err(failed(error).into()),
    }
    let line =
        format!("created {}: it leaves all requests for manual review until you edit it", file.display());
    context.write_record(&[line], &json!({ "file": file.display().to_string() }))?;
    let next = Hint::call("edit the file, then run ", "policy check");
    context.say_next(&next.and(" and ").and_call("policy plan"));
    Ok(Exit::Done)
}
