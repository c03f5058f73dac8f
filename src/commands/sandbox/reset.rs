//! `portgate sandbox reset`

use clap::Args;
use serde_json::json;

use crate::exit::Exit;
use crate::sandbox::{self, Size};
use crate::session::connection::with_sandbox;
use crate::session::context::Context;

/// Start the sandbox over, with the demo's data as of now
///
/// With a size, a company of that size is made instead, the same for the same numbers. API keys keep their client IDs
/// and get new secrets. A running server notices by itself.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate sandbox reset
  portgate sandbox reset --ports 2000 --vxcs 100000 --pending 5000 --db ./big.db")]
pub(crate) struct ResetArgs {
    /// Ports of the provider [default with another size: 20]
    #[arg(long, value_name = "N")]
    ports: Option<u32>,

    /// VXCs to them, the pending ones among them [default with another size: 200]
    #[arg(long, value_name = "N")]
    vxcs: Option<u32>,

    /// VXCs that wait for a decision [default with another size: a tenth]
    #[arg(long, value_name = "N")]
    pending: Option<u32>,

    /// Another number makes another company [default: 1]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

impl ResetArgs {
    fn size(&self) -> Option<Size> {
        let asked =
            self.ports.is_some() || self.vxcs.is_some() || self.pending.is_some() || self.seed.is_some();
        let vxcs = self.vxcs.unwrap_or_else(|| self.pending.unwrap_or(0).max(200));
        asked.then(|| Size {
            ports: self.ports.unwrap_or(20),
            vxcs,
            pending: self.pending.unwrap_or(vxcs / 10),
            seed: self.seed.unwrap_or(1),
        })
    }
}

pub(super) async fn run(context: &Context, args: &ResetArgs) -> anyhow::Result<Exit> {
    let options = super::options(context)?;
    let (db, clock) = (options.db, options.clock);
    let file = db.clone();
    let (what, size) = match args.size() {
        None => {
            with_sandbox(context, move || sandbox::reset(&file, clock)).await?;
            (String::from("the demo's data"), None)
        }
        Some(size) => {
            context.terminal.say("Making the data ...");
            with_sandbox(context, move || sandbox::reset_sized(&file, clock, &size)).await?;
            let Size { ports, vxcs, pending, .. } = size;
            (format!("{ports} ports and {vxcs} VXCs, {pending} of them pending"), Some(size))
        }
    };
    let object = json!({
        "db": db.display().to_string(),
        "ports": size.map(|size| size.ports),
        "vxcs": size.map(|size| size.vxcs),
        "pending": size.map(|size| size.pending),
        "seed": size.map(|size| size.seed),
    });
    context.write_record(&[], &object)?;
    context.terminal.say(&format!("The sandbox in {} starts over with {what}.", db.display()));
    Ok(Exit::Done)
}
