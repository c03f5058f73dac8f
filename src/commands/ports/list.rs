//! `portgate ports list`

use std::collections::HashMap;

use clap::Args;
use serde::Serialize;

use crate::api::products::Product;
use crate::domain::approvals::Source;
use crate::domain::collect::{Collected, SourceState, Wanted, collect};
use crate::domain::ports::percent;
use crate::domain::ports::room::{Room, Rooms};
use crate::domain::ports::scan::{Keep, Port};
use crate::exit::Exit;
use crate::options::OutputFormat;
use crate::render::arrange::ArrangeArgs;
use crate::render::bar::{self, Meter};
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::render::{cell, fields};
use crate::session::connection::{self, Connection};
use crate::session::context::Context;
use crate::text::Uid;
use crate::text::{Mbps, words};

/// List your ports with their speed, sold capacity, room, pending requests and settings
///
/// The members of a LAG share their capacity: they are listed together, and the LAG's figures are shown on its first port.
/// SOLD is rounded up to a whole percentage. PENDING includes orders in the service approval queue. Speeds are in Mbps.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate ports list
  portgate ports list --usage
  portgate ports list -o html=ports.html
  portgate ports list --include-ended")]
#[command(mut_arg("sort", |arg| arg.help("Sort by a field, for example name or speed_mbps:desc; missing values come last")))]
pub(crate) struct ListArgs {
    /// Include cancelled and decommissioned ports
    #[arg(long, alias = "all")]
    include_ended: bool,

    /// Show a bar with the sold (█), requested (▒) and free (·) capacity of each port; '!' marks one that is
    /// oversubscribed if all requests are accepted
    #[arg(long)]
    usage: bool,

    #[command(flatten)]
    pub(in crate::commands) arrange: ArrangeArgs,
}

/// A port in machine-readable output. The names are stable.
#[derive(Debug, Default, Serialize)]
struct Record {
    uid: Option<Uid>,
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    location: Option<String>,
    city: Option<String>,
    status: Option<String>,
    speed_mbps: Option<Mbps>,
    /// VXCs on this port itself.
    sold_mbps: Mbps,
    pending_mbps: Mbps,
    vxcs: usize,
    /// Of the port, or of its LAG as a whole; negative if oversubscribed.
    room_mbps: Option<i64>,
    sold_percent: Option<u64>,
    auto_approval: Option<bool>,
    visible: Option<bool>,
    vxc_permitted: Option<bool>,
    lag: Option<Lag>,
}

struct Row<'a> {
    port: &'a Port,
    /// Its capacity, or that of its whole LAG.
    room: Option<Room>,
    lag: Option<String>,
    /// The first port of its LAG, which shows the figures of the LAG.
    first: Option<String>,
}

/// The LAG of a port, as a whole.
#[derive(Debug, Default, Serialize)]
struct Lag {
    id: String,
    ports: usize,
    /// Left out where it isn't known.
    #[serde(flatten)]
    room: Option<Room>,
}

pub(in crate::commands) fn fields() -> Vec<String> {
    fields::paths_of(&Record {
        lag: Some(Lag { room: Some(Room::default()), ..Lag::default() }),
        ..Record::default()
    })
}

/// The legend of a page.
const BARS: &str = "Usage: sold (blue), requested (yellow); a red frame if the port would be oversubscribed";

pub(super) async fn run(context: &Context, args: ListArgs) -> anyhow::Result<Exit> {
    let mut connection = connection::open(context).await?;
    let collected = read(context, &mut connection, None).await?;
    context.learn_company(&connection.company);
    let (mut ports, over): (Vec<&Port>, Vec<&Port>) =
        collected.ports.iter().partition(|port| args.include_ended || !port.has_ended());
    sort(&mut ports);
    let is_page = context.output == OutputFormat::Html;
    let mut view = view(&ports, args.usage || is_page);
    let found = args.arrange.arrange(&mut view);
    let mut parts = vec![words::count_shown(view.table.rows.len(), found, "port", "ports")];
    if !over.is_empty() {
        parts.push(format!("{} ended (use --include-ended to include)", over.len()));
    }
    parts.push(connection.place_and_company());
    let note = parts.join(" · ");
    let company = connection.company.name.as_deref().unwrap_or("unknown company");
    context
        .write_list(&view.with_heading(format!("Ports of {company}"), vec![note.clone(), BARS.to_owned()]))?;
    context.terminal.say(&note);
    if args.usage && context.output == OutputFormat::Table {
        context.terminal.say(bar::LEGEND);
    }
    if let SourceState::Failed(error) = collected.queue {
        context
            .terminal
            .warn("could not read the service approval queue: PENDING doesn't include its orders");
        return Err(error.into());
    }
    Ok(Exit::Done)
}

pub(super) async fn read(
    context: &Context,
    connection: &mut Connection,
    only: Option<Source>,
) -> anyhow::Result<Collected> {
    let wanted = Wanted { keep: Keep::Pending, vlans: false, only };
    let reading = collect(&connection.client, &connection.company, &wanted, connection.clock.now());
    let collected = context.with_progress("reading your ports", reading).await?;
    if let SourceState::Skipped(error) | SourceState::Failed(error) = &collected.marketplace {
        return Err(error.clone().into());
    }
    connection.learn_company(&collected.company)?;
    Ok(collected)
}

/// By name, with the members of a LAG after its first port.
fn sort(ports: &mut [&Port]) {
    let name = |product: &Product| product.product_name.as_deref().unwrap_or_default().to_lowercase();
    let mut first_of: HashMap<String, (bool, String)> = HashMap::new();
    for port in ports.iter() {
        let Some(lag) = lag_id(&port.product) else { continue };
        let key = (port.product.lag_primary != Some(true), name(&port.product));
        let first = first_of.entry(lag).or_insert_with(|| key.clone());
        *first = first.clone().min(key);
    }
    ports.sort_by_cached_key(|port| {
        let own = name(&port.product);
        let lag = lag_id(&port.product);
        let head = lag
            .as_ref()
            .and_then(|lag| first_of.get(lag))
            .map_or_else(|| own.clone(), |first| first.1.clone());
        (head, lag, port.product.lag_primary != Some(true), own, port.product.product_uid.clone())
    });
}

fn lag_id(product: &Product) -> Option<String> {
    product.lag().map(str::to_owned)
}

fn view<'p>(ports: &[&'p Port], with_usage: bool) -> ListView<'p> {
    let owned: Vec<Port> = ports.iter().map(|&port| port.clone()).collect();
    let rooms = Rooms::from_ports(&owned);
    let mut lags: HashMap<String, Vec<&Port>> = HashMap::new();
    for &port in ports {
        if let Some(lag) = lag_id(&port.product) {
            lags.entry(lag).or_default().push(port);
        }
    }
    let differ = |differs: &dyn Fn(&Product) -> bool| ports.iter().any(|port| differs(&port.product));
    let types = differ(&|product| {
        product.product_type.as_deref().is_some_and(|kind| !kind.eq_ignore_ascii_case("MEGAPORT"))
    });
    let statuses =
        differ(&|product| product.provisioning_status.as_deref().is_some_and(|status| status != "LIVE"));
    let row = |&port: &&'p Port| {
        let room = port.product.product_uid.as_ref().and_then(|uid| rooms.of_port(uid));
        let lag = lag_id(&port.product);
        let first =
            lag.as_ref().and_then(|lag| lags[lag].first()).filter(|first| !std::ptr::eq(**first, port));
        Row { port, room, lag, first: first.map(|first| name(&first.product)) }
    };
    let rows: Vec<Row<'_>> = ports.iter().map(row).collect();
    let columns = vec![
        Column::text("PORT", |row: &Row<'_>| name(&row.port.product)),
        Column::new("TYPE", |row: &Row<'_>| row.port.product.product_type.clone()).only_if(types).drop_at(7),
        Column::text("LOCATION", |row: &Row<'_>| row.port.product.location_detail.name.clone()).drop_at(9),
        Column::new("LAG", |row: &Row<'_>| row.lag.clone()).only_if(!lags.is_empty()).drop_at(4),
        Column::new("SPEED", |row: &Row<'_>| row.port.product.port_speed).right(),
        Column::new("USAGE", |row: &Row<'_>| {
            let room = row.room.filter(|_| row.first.is_none());
            room.map(|room| Meter::new([room.sold_mbps, Mbps(0), room.pending_mbps], room.speed_mbps))
        })
        .only_if(with_usage),
        Column::text("SOLD", sold).drop_at(1),
        Column::new("ROOM", |row: &Row<'_>| {
            let room = row.room.filter(|_| row.first.is_none());
            cell::room(room.map(|room| room.left_after(Mbps(0))), room.map(|room| room.speed_mbps))
        })
        .drop_at(2),
        Column::new("PENDING", |row: &Row<'_>| {
            let pending = row.room.map_or(row.port.pending_mbps, |room| room.pending_mbps);
            Some(pending).filter(|_| row.first.is_none())
        })
        .right()
        .drop_at(3),
        Column::new("APPROVAL", |row: &Row<'_>| {
            yes_no(row.port.product.vxc_auto_approval, "automatic", "manual")
        })
        .drop_at(5),
        Column::new("VISIBLE", |row: &Row<'_>| yes_no(row.port.product.marketplace_visibility, "yes", "no"))
            .drop_at(8),
        Column::new("STATUS", |row: &Row<'_>| row.port.product.provisioning_status.clone())
            .only_if(statuses)
            .drop_at(6),
    ];
    ListView::new(rows, columns, move |row| record(row, &lags))
}

fn name(product: &Product) -> String {
    product
        .product_name
        .as_deref()
        .or(product.product_uid.as_ref().map(Uid::as_str))
        .unwrap_or("-")
        .to_owned()
}

/// What is sold on a port, or on its LAG.
fn sold(row: &Row<'_>) -> String {
    match (&row.first, row.room) {
        (Some(first), _) => format!("with {first}"),
        (None, None) => row.port.sold_mbps.to_string(),
        (None, Some(room)) => {
            let share = percent(room.sold_mbps, room.speed_mbps).map(|share| format!(" ({share}%)"));
            format!("{}{}", room.sold_mbps, share.unwrap_or_default())
        }
    }
}

fn yes_no(flag: Option<bool>, yes: &'static str, no: &'static str) -> &'static str {
    flag.map_or("?", |flag| if flag { yes } else { no })
}

fn record(row: &Row<'_>, lags: &HashMap<String, Vec<&Port>>) -> Record {
    let &Row { port, room, .. } = row;
    let product = &port.product;
    let ports = |lag: &String| lags.get(lag).map_or(1, Vec::len);
    let lag = row.lag.clone().map(|id| Lag { ports: ports(&id), id, room });
    Record {
        uid: product.product_uid.clone(),
        name: product.product_name.clone(),
        kind: product.product_type.clone(),
        location: product.location_detail.name.clone(),
        city: product.location_detail.city.clone(),
        status: product.provisioning_status.clone(),
        speed_mbps: product.port_speed,
        sold_mbps: port.sold_mbps,
        pending_mbps: port.pending_mbps,
        vxcs: port.vxcs,
        room_mbps: room.map(|room| room.left_after(Mbps(0))),
        sold_percent: room.and_then(|room| percent(room.sold_mbps, room.speed_mbps)),
        auto_approval: product.vxc_auto_approval,
        visible: product.marketplace_visibility,
        vxc_permitted: product.vxc_permitted,
        lag,
    }
}
