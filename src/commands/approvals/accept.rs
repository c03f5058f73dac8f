//! `portgate approvals accept`

use clap::Args;

use super::decide::sold::SoldArgs;
use super::decide::{self, DecideArgs, Scope};
use crate::api::vlan::Vlan;
use crate::commands::approvals::request::Order;
use crate::domain::approvals::Decision;
use crate::domain::ports::vlan::{VlanChoice, VlanPool, VlanWish};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;
use crate::text::Uid;
use crate::text::name::parse_name;

/// Accept connection requests, speed changes and queue entries
///
/// In a terminal, portgate shows what will happen and asks for confirmation. In scripts, an ID on the command line needs
/// no confirmation; filters, --all and --from-file require --yes, and --all also --max.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate approvals accept 7c1e09ab
  portgate approvals accept 7c1e09ab --vlan next --reason 'ticket 4711'
  portgate approvals accept --all --vlan keep-or-next --vlan-pool 1200-1299
  portgate approvals accept --customer globex --max-speed 1000 --yes -o json")]
pub(crate) struct AcceptArgs {
    /// VLAN for your end
    ///
    /// A number from 2 to 4093, 'untagged', 'next' for the lowest free VLAN, 'keep' for the requested one (the default; if
    /// none is requested, Megaport chooses one), or 'keep-or-next' for the requested one if it is free, else the lowest free
    /// one.
    ///
    /// In a batch, requests without a VLAN get the lowest free one if others on the same port name theirs. --vlan is ignored for speed changes and queue entries; it is an error if only such requests are selected.
    #[arg(long, value_name = "VLAN", allow_hyphen_values = true)]
    vlan: Option<VlanWish>,

    /// VLANs to choose from with --vlan next or keep-or-next, such as 1200-1299,1400
    #[arg(
        long,
        value_name = "RANGES",
        requires = "vlan",
        allow_hyphen_values = true,
        hide_short_help = true
    )]
    vlan_pool: Option<VlanPool>,

    /// Inner VLAN for your end: a number from 2 to 4093, or 'untagged'
    #[arg(long, value_name = "VLAN", allow_hyphen_values = true, hide_short_help = true)]
    inner_vlan: Option<Vlan>,

    /// Move your end to another of your ports: name or UID
    #[arg(long, value_name = "PORT", value_parser = parse_name)]
    move_to: Option<String>,

    #[command(flatten)]
    sold: SoldArgs,

    #[command(flatten)]
    common: DecideArgs,
}

pub(super) async fn run(context: &Context, args: AcceptArgs) -> anyhow::Result<Exit> {
    let vlan = args.vlan.and_then(|VlanWish(choice)| choice);
    if args.vlan_pool.is_some() && !vlan.is_some_and(VlanChoice::may_look) {
        return Err(Error::usage("--vlan-pool requires --vlan next or --vlan keep-or-next").into());
    }
    let order = Order {
        vlan,
        pool: args.vlan_pool.unwrap_or_default(),
        inner_vlan: args.inner_vlan,
        move_to: args.move_to.map(Uid::from),
        ..Order::new(Decision::Accept)
    };
    let scope = Scope { kind: None, sold: args.sold };
    decide::run(context, args.common, order, scope).await
}
