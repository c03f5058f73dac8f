//! `portgate ports vlans`

use clap::Args;
use serde_json::{Value, json};

use super::list;
use crate::api::products::Product;
use crate::api::vlan::Vlan;
use crate::commands::ports::with_ports_hint;
use crate::domain::approvals::Source;
use crate::domain::ports::vlan::EVERY_VLAN;
use crate::domain::ports::{FreeVlans, PortVlans, TakenVlan, find_port, free_vlans, read_vlans};
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::render::fields;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::session::owner;
use crate::text::Uid;
use crate::text::id::WHOLE;
use crate::text::name::parse_name;
use crate::text::words;

/// Number of free VLANs shown with the taken ones.
const FREE_BESIDE: usize = 5;

/// Show the taken VLANs of a port and who uses them, or free ones with --free
///
/// A free VLAN may be taken by someone else before you use it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate ports vlans SYD1-A
  portgate ports vlans SYD1-A --free 5
  portgate ports vlans SYD1-A --free 1 -o json | jq '.[0].vlan'")]
pub(crate) struct VlansArgs {
    /// Port: its name or UID, or an unambiguous start of either (at least 6 characters of a UID)
    #[arg(value_name = "PORT", value_parser = parse_name)]
    port: String,

    /// List this many free VLANs, lowest first, instead of the taken ones; 10 without a number
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "10", value_parser = parse_free, allow_negative_numbers = true)]
    free: Option<u16>,
}

fn parse_free(text: &str) -> Result<u16, String> {
    let number = text.trim().parse().ok().filter(|number| (1..=4092).contains(number));
    number.ok_or_else(|| "use a number from 1 to 4092".to_owned())
}

pub(super) async fn run(context: &Context, args: VlansArgs) -> anyhow::Result<Exit> {
    let mut connection = owner::open(context).await?;
    let uid = match args.port.trim() {
        whole if is_uid(whole) => whole.to_ascii_lowercase().into(),
        named => {
            let collected = list::read(context, &mut connection, Some(Source::Marketplace)).await?;
            let ports = collected.ports.iter().map(|port| &port.product);
            let uid = find_port(ports, named).map_err(with_ports_hint)?.product_uid.clone();
            uid.ok_or_else(|| Error::new(Exit::Api, format!("the API didn't return a UID for '{named}'")))?
        }
    };
    let reading = read_vlans(&connection.client, &uid);
    let port = context.with_progress("reading the port", reading).await.map_err(with_ports_hint)?;
    if let (None, Some(name)) = (&connection.company.name, &port.product.company_name) {
        connection.company.name = Some(name.clone());
    }
    match args.free {
        Some(wanted) => list_free(context, &connection, &port, &uid, usize::from(wanted)).await,
        None => list_taken(context, &connection, &port, &uid).await,
    }
}

fn is_uid(text: &str) -> bool {
    text.len() == WHOLE && text.chars().all(|character| character.is_ascii_hexdigit() || character == '-')
}

async fn list_free(
    context: &Context,
    connection: &Connection,
    port: &PortVlans,
    uid: &Uid,
    wanted: usize,
) -> anyhow::Result<Exit> {
    let asking = free_vlans(&connection.client, uid, &port.taken, &EVERY_VLAN, wanted);
    let free = context.with_progress("asking for free VLANs", asking).await?;
    let columns = vec![
        Column::new("VLAN", |vlan: &Vlan| vlan.to_string()).right(),
        Column::new("STATE", |_: &Vlan| "free"),
    ];
    let view = ListView::new(&free.vlans, columns, |vlan| json!({"vlan": vlan, "state": "free"}));
    if free.vlans.is_empty() {
        return Err(Error::new(Exit::Conflict, format!("{} has no free VLAN", label(&port.product, uid)))
            .hint(Hint::call("use another port: ", "ports list"))
            .resource(uid.as_str())
            .into());
    }
    context.write_list(&view)?;
    let mut parts = vec![format!("{} free", free.vlans.len())];
    if free.vlans.len() < wanted {
        parts.push(format!("fewer than the {wanted} requested"));
    }
    parts.push(format!("{} taken", port.taken.len()));
    say(context, connection, port, uid, parts);
    say_unconfirmed(context, &free);
    Ok(Exit::Done)
}

async fn list_taken(
    context: &Context,
    connection: &Connection,
    port: &PortVlans,
    uid: &Uid,
) -> anyhow::Result<Exit> {
    context.write_list(&taken_view(&port.taken))?;
    let mut parts = vec![format!("{} taken", words::count(port.taken.len(), "VLAN", "VLANs"))];
    // Free VLANs are an addition to the list: failing to read them is not an error.
    let asking = free_vlans(&connection.client, uid, &port.taken, &EVERY_VLAN, FREE_BESIDE);
    let free = context.with_progress("asking for free VLANs", asking).await.ok();
    if let Some(free) = &free {
        let numbers: Vec<String> = free.vlans.iter().map(ToString::to_string).collect();
        parts.push(if numbers.is_empty() {
            "none free".to_owned()
        } else {
            format!("lowest free: {}", numbers.join(", "))
        });
    }
    say(context, connection, port, uid, parts);
    if let Some(free) = &free {
        say_unconfirmed(context, free);
    }
    Ok(Exit::Done)
}

fn taken_view(taken: &[TakenVlan]) -> ListView<'_> {
    let columns = vec![
        Column::new("VLAN", |one: &TakenVlan| one.vlan.to_string()).right(),
        Column::new("INNER", |one: &TakenVlan| one.inner_vlan.map(|vlan| vlan.to_string()))
            .right()
            .only_if(taken.iter().any(|one| one.inner_vlan.is_some()))
            .drop_at(0),
        Column::new("STATE", |one: &TakenVlan| if one.pending { "pending" } else { "taken" }),
        Column::text("CUSTOMER", |one: &TakenVlan| one.customer.clone()).drop_at(1),
        Column::text("VXC", |one: &TakenVlan| one.vxc_name.clone()).drop_at(2),
    ];
    ListView::new(taken, columns, record)
}

fn record(one: &TakenVlan) -> Value {
    json!({
        "vlan": one.vlan,
        "state": if one.pending { "pending" } else { "taken" },
        "inner_vlan": one.inner_vlan,
        "customer": one.customer,
        "vxc_name": one.vxc_name,
        "vxc_uid": one.vxc_uid,
    })
}

pub(in crate::commands) fn fields() -> Vec<String> {
    let (inner_vlan, customer, vxc_name, vxc_uid) = (None, None, None, None);
    let one = TakenVlan { vlan: Vlan::Untagged, inner_vlan, customer, vxc_name, vxc_uid, pending: false };
    fields::paths_of(&record(&one))
}

fn label<'a>(product: &'a Product, uid: &'a Uid) -> &'a str {
    product.product_name.as_deref().unwrap_or(uid.as_str())
}

fn say(context: &Context, connection: &Connection, port: &PortVlans, uid: &Uid, what: Vec<String>) {
    let mut parts = vec![label(&port.product, uid).to_owned()];
    parts.extend(what);
    parts.push(connection.place_and_company());
    context.terminal.say(&parts.join(" · "));
}

fn say_unconfirmed(context: &Context, free: &FreeVlans) {
    if !free.confirmed {
        context
            .terminal
            .say("note: the API can't confirm free VLANs here; these are not used by any VXC on the port");
    }
}
