//! `portgate doctor`: checks everything that a command needs, from the settings to the token.

mod check;
mod local;
mod remote;

use clap::Args;
use serde_json::json;

use self::check::{Check, Outcome};
use crate::exit::Exit;
use crate::render::fields;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::session::context::Context;
use crate::text::words;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate doctor
  portgate doctor --profile lab
  portgate doctor -o json")]
pub(crate) struct DoctorArgs {}

pub(super) fn fields() -> Vec<String> {
    fields::paths_of(&Check::default())
}

pub(super) async fn run(context: &Context, _: DoctorArgs) -> anyhow::Result<Exit> {
    let mut checks = Vec::new();
    if let Some(file) = local::settings(context, &mut checks) {
        match context.target() {
            Err(error) => checks.push(Check::failed("profiles", &error)),
            Ok(target) => {
                local::profiles(&target, &file, &mut checks);
                local::stores(context, &file, &mut checks).await?;
                local::ledger(context, &mut checks).await;
                local::network(context, &mut checks);
                remote::run(context, &target, &mut checks).await?;
            }
        }
    }
    let call = context.invocation();
    checks.iter_mut().for_each(|check| check.spell_hints(&call));
    if context.tells_people() {
        for line in checks.iter().flat_map(|check| check.lines(context.terminal.facts.width)) {
            context.terminal.result_row(&line)?;
        }
        context.terminal.flush()?;
    } else {
        let columns = vec![
            Column::new("CHECK", |check: &Check| check.check),
            Column::new("RESULT", |check: &Check| check.result.word()),
            Column::text("DETAIL", |check: &Check| check.detail.clone()),
            Column::text("WHAT TO DO", |check: &Check| check.hint.clone()),
        ];
        context.write_list(&ListView::new(&checks, columns, |check| json!(check)))?;
    }
    let count = |outcome| checks.iter().filter(|check| check.result == outcome).count();
    let (failed, warned) = (count(Outcome::Failed), count(Outcome::Warning));
    let checked = words::count(checks.len(), "check", "checks");
    let warned = words::count(warned, "warning", "warnings");
    context.terminal.say(&format!("{checked} · {failed} failed · {warned}"));
    // The first that failed is the cause of later ones.
    Ok(checks.iter().find_map(|check| check.exit).unwrap_or(Exit::Done))
}
