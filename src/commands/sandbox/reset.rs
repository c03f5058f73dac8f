//! `portgate sandbox reset`

use clap::Args;
use serde_json::json;

use crate::exit::Exit;
use crate::sandbox::{self, Size};
use crate::session::connection::with_sandbox;
use crate::session::context::Context;
use crate::text::amounts::parse_whole;

/// Reset the sandbox to the demo data
///
/// Dates in the data are relative to the current time. With any of the size options, the sandbox gets a generated
/// company of that size instead; the same numbers generate the same company. API keys keep their client IDs and get
/// new secrets. You don't need to restart a running server.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate sandbox reset
  portgate sandbox reset --ports 2000 --vxcs 100000 --pending 5000 --db ./big.db")]
pub(crate) struct ResetArgs {
    /// Number of ports of the provider [default with other size options: 20]
    #[arg(long, value_name = "N", value_parser = parse_whole::<u32>, allow_negative_numbers = true)]
    ports: Option<u32>,

    /// Number of VXCs to these ports, including pending ones [default with other size options: 200]
    #[arg(long, value_name = "N", value_parser = parse_whole::<u32>, allow_negative_numbers = true)]
    vxcs: Option<u32>,

    /// Number of pending VXCs [default with other size options: a tenth of the VXCs]
    #[arg(long, value_name = "N", value_parser = parse_whole::<u32>, allow_negative_numbers = true)]
    pending: Option<u32>,

    /// Seed of the generated data [default: 1]
    #[arg(long, value_name = "N", value_parser = parse_whole::<u64>, allow_negative_numbers = true)]
    seed: Option<u64>,

    /// Ignored: nothing is asked
    #[arg(short, long, hide = true)]
    yes: bool,
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
            (String::from("the demo data"), None)
        }
        Some(size) => {
            context.terminal.say("Generating data...");
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
    context.terminal.say(&format!("reset the sandbox in {} to {what}", db.display()));
    Ok(Exit::Done)
}
