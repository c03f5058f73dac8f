//! `portgate sandbox request`

use clap::Args;
use serde_json::{Value, json};

use crate::api::vlan::Vlan;
use crate::exit::Exit;
use crate::options::GlobalArgs;
use crate::sandbox::{self, PlacedRequest, Request};
use crate::session::connection::with_sandbox;
use crate::session::context::{Context, invocation_of};
use crate::text::Mbps;

/// Request a connection, as a customer
///
/// By default, Globex Bank requests 100 Mbps to the provider's first port.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate sandbox request
  portgate sandbox request --from initech --to MEL2-B --speed 500 --vlan 1300
  portgate sandbox request --service-key 0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9")]
pub(crate) struct RequestArgs {
    /// Customer that sends the request: customer, or a company name, short name or UID
    #[arg(long, value_name = "COMPANY")]
    from: Option<String>,

    /// Port of the customer, by name or UID [default: its first port]
    #[arg(long, value_name = "PORT")]
    from_port: Option<String>,

    /// Port to connect to, by name or UID [default: the provider's first port]
    #[arg(long, value_name = "PORT")]
    to: Option<String>,

    /// Requested speed, such as 500 Mbps or 1 Gbps [default: 100 Mbps]
    #[arg(long, value_name = "SPEED", allow_negative_numbers = true)]
    speed: Option<Mbps>,

    /// Requested VLAN at the provider's end: 2 to 4093, or 'untagged' [default: chosen by the provider]
    #[arg(long, value_name = "VLAN", allow_hyphen_values = true)]
    vlan: Option<Vlan>,

    /// Name of the VXC
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Service key to order with; it determines the port
    #[arg(long, value_name = "KEY")]
    service_key: Option<String>,
}

pub(super) async fn run(context: &Context, args: RequestArgs) -> anyhow::Result<Exit> {
    let options = super::options(context)?;
    let request = Request {
        customer: args.from,
        from_port: args.from_port,
        to_port: args.to,
        rate_limit_mbps: args.speed.map(|speed| speed.0.cast_signed()),
        vlan: args.vlan.map(i64::from),
        name: args.name,
        service_key: args.service_key,
    };
    let placed = with_sandbox(context, move || sandbox::request(&options, &request)).await?;
    let speed = format!("{} Mbps", placed.rate_limit_mbps);
    show_placed(context, &placed, &speed)
}

/// Prints the ID of the request, and the command that accepts it.
pub(super) fn show_placed(context: &Context, placed: &PlacedRequest, speed: &str) -> anyhow::Result<Exit> {
    context.write_record(std::slice::from_ref(&placed.request_uid), &record(placed))?;
    let (customer, port) = (&placed.customer, &placed.port);
    if placed.accepted {
        context
            .terminal
            .say(&format!("{customer} now has {speed} on {port}. The request was accepted automatically."));
    } else {
        context.terminal.say(&format!("{customer} requested {speed} on {port}. To accept the request, run:"));
        let id: String = placed.request_uid.chars().take(8).collect();
        let globals = GlobalArgs {
            env: Some("sandbox".to_owned()),
            act_as: placed.decided_as.clone(),
            db: context.globals.db.clone(),
            ..GlobalArgs::default()
        };
        context.terminal.say(&format!("  {} approvals accept {id}", invocation_of(&globals)));
    }
    Ok(Exit::Done)
}

/// The request in JSON. The names are stable.
pub(in crate::commands) fn record(placed: &PlacedRequest) -> Value {
    json!({
        "id": placed.request_uid,
        "vxc_uid": placed.vxc_uid,
        "name": placed.vxc_name,
        "customer": placed.customer,
        "provider": placed.provider,
        "port": placed.port,
        "rate_limit_mbps": placed.rate_limit_mbps,
        "new_rate_limit_mbps": placed.new_rate_limit_mbps,
        "status": if placed.accepted { "accepted" } else { "pending" },
    })
}
