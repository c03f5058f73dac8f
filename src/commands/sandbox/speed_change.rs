//! `portgate sandbox speed-change`

use clap::Args;

use super::request::show_placed;
use crate::exit::Exit;
use crate::sandbox::{self, SpeedChange};
use crate::session::connection::with_sandbox;
use crate::session::context::Context;
use crate::text::Mbps;

/// Request a speed change for a live VXC, as its customer
///
/// By default, requests twice the speed for the first VXC whose ports have room.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate sandbox speed-change
  portgate sandbox speed-change --vxc \"Globex payments\" --speed 8000")]
pub(crate) struct SpeedChangeArgs {
    /// VXC, by name or UID
    #[arg(long, value_name = "VXC")]
    vxc: Option<String>,

    /// Requested speed, such as 500 Mbps or 1 Gbps [default: twice the current speed]
    #[arg(long, value_name = "SPEED", allow_negative_numbers = true)]
    speed: Option<Mbps>,
}

pub(super) async fn run(context: &Context, args: SpeedChangeArgs) -> anyhow::Result<Exit> {
    let options = super::options(context)?;
    let wish = SpeedChange { vxc: args.vxc, rate_limit_mbps: args.speed.map(|speed| speed.0.cast_signed()) };
    let placed = with_sandbox(context, move || sandbox::speed_change(&options, &wish)).await?;
    let speed = match placed.new_rate_limit_mbps {
        Some(_) if placed.accepted => format!("{} Mbps", placed.rate_limit_mbps),
        Some(new) => format!("{} → {new} Mbps", placed.rate_limit_mbps),
        None => format!("{} Mbps", placed.rate_limit_mbps),
    };
    show_placed(context, &placed, &speed)
}
