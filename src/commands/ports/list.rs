//! `portgate ports list`

use std::collections::HashMap;

use clap::Args;
use serde::Serialize;

use crate::api::products::Product;
use crate::domain::approvals::Source;
use crate::domain::approvals::collect::{Collected, SourceState, Wanted, collect};
use crate::domain::approvals::marketplace::Stage;
use crate::domain::ports::percent;
use crate::domain::ports::room::{Room, Rooms};
use crate::domain::ports::scan::{Keep, Port};
use crate::exit::Exit;
use crate::render::arrange::ArrangeArgs;
use crate::render::fields::Known;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::session::connection::{self, Connection};
use crate::session::context::Context;
use crate::text::words;

/// List your ports: speed, what is sold and left, what waits, automatic approval, visibility.
///
/// The members of a LAG share one room: they stand together, and the figures of the whole LAG stand at its first port.
/// Sold is rounded up to whole percents; speeds are in Mbps.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate ports list
  portgate ports list --sort sold_percent:desc --limit 5
  portgate ports list --query '[?sold_percent > `100`].name'
  portgate ports list --all")]
pub(crate) struct ListArgs {
    /// Also ports that are cancelled or decommissioned
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    arrange: ArrangeArgs,
}

/// The fields of a port.
pub(in crate::commands) const FIELDS: Known = &[
    "uid",
    "name",
    "type",
    "location",
    "city",
    "status",
    "speed_mbps",
    "sold_mbps",
    "pending_mbps",
    "vxcs",
    "room_mbps",
    "sold_percent",
    "auto_approval",
    "visible",
    "vxc_permitted",
    "lag.id",
    "lag.ports",
    "lag.speed_mbps",
    "lag.sold_mbps",
    "lag.pending_mbps",
];

/// A port as a program reads it. The names are a promise.
#[derive(Debug, Serialize)]
struct Row {
    uid: Option<String>,
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    location: Option<String>,
    city: Option<String>,
    status: Option<String>,
    speed_mbps: Option<u64>,
    /// Of VXCs on this very port.
    sold_mbps: u64,
    pending_mbps: u64,
    vxcs: u64,
    /// Of the port, or of its LAG as a whole; negative where it is oversold.
    room_mbps: Option<i64>,
    sold_percent: Option<u64>,
    auto_approval: Option<bool>,
    visible: Option<bool>,
    vxc_permitted: Option<bool>,
    lag: Option<Lag>,
}

/// The LAG a port belongs to, as a whole.
#[derive(Debug, Clone, Serialize)]
struct Lag {
    id: String,
    ports: usize,
    speed_mbps: u64,
    sold_mbps: u64,
    pending_mbps: u64,
}

pub(super) async fn run(context: &Context, args: ListArgs) -> anyhow::Result<Exit> {
    let mut connection = connection::open(context).await?;
    let collected = read(context, &mut connection).await?;
    let (mut ports, over): (Vec<&Port>, Vec<&Port>) =
        collected.ports.iter().partition(|port| args.all || !is_over(&port.product));
    sort(&mut ports);
    let mut view = view(&ports)?;
    let found = args.arrange.arrange(&mut view);
    context.write_list(&view)?;
    let shown = view.records.len();
    let mut parts = vec![match words::count(found, "port", "ports") {
        all if shown < found => format!("{shown} of {all}"),
        all => all,
    }];
    if !over.is_empty() {
        parts.push(format!("{} over (--all)", over.len()));
    }
    parts.push(connection.place());
    parts.push(connection.company.label().to_owned());
    context.terminal.say(&parts.join(" · "));
    Ok(Exit::Done)
}

pub(super) async fn read(context: &Context, connection: &mut Connection) -> anyhow::Result<Collected> {
    let wanted = Wanted { keep: Keep::Pending, vlans: false, only: Some(Source::Marketplace) };
    let reading = collect(&connection.client, &connection.company, &wanted, connection.clock.now());
    let collected = context.during("reading your ports", reading).await?;
    if let SourceState::Skipped(error) | SourceState::Failed(error) = &collected.marketplace {
        return Err(error.clone().into());
    }
    connection.company = collected.company.clone();
    Ok(collected)
}

fn is_over(product: &Product) -> bool {
    Stage::of(product.provisioning_status.as_deref()).is_over()
}

/// By name; the members of a LAG after its first port.
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
    product.aggregation_id.clone().or_else(|| product.lag_id.clone())
}

fn view(ports: &[&Port]) -> anyhow::Result<ListView> {
    let owned: Vec<Port> = ports.iter().map(|&port| port.clone()).collect();
    let rooms = Rooms::of(&owned);
    let mut members: HashMap<String, usize> = HashMap::new();
    for port in ports {
        if let Some(lag) = lag_id(&port.product) {
            *members.entry(lag).or_default() += 1;
        }
    }
    let differ = |differs: &dyn Fn(&Product) -> bool| ports.iter().any(|port| differs(&port.product));
    let types = differ(&|product| product.product_type.as_deref().is_some_and(|kind| kind != "MEGAPORT"));
    let statuses =
        differ(&|product| product.provisioning_status.as_deref().is_some_and(|status| status != "LIVE"));
    let mut columns = vec![Column::text("PORT")];
    if types {
        columns.push(Column::fixed("TYPE").drop_at(7));
    }
    columns.push(Column::text("LOCATION").drop_at(9));
    if !members.is_empty() {
        columns.push(Column::fixed("LAG").drop_at(4));
    }
    columns.extend([
        Column::fixed("SPEED").right(),
        Column::text("SOLD").drop_at(1),
        Column::fixed("ROOM").drop_at(2).tinted(crate::render::tint::room_tint),
        Column::fixed("PENDING").right().drop_at(3),
        Column::fixed("APPROVAL").drop_at(5),
        Column::fixed("VISIBLE").drop_at(8),
    ]);
    if statuses {
        columns.push(Column::fixed("STATUS").drop_at(6));
    }
    let mut first_of: HashMap<String, String> = HashMap::new();
    let mut rows = Vec::with_capacity(ports.len());
    let mut records = Vec::with_capacity(ports.len());
    for port in ports {
        let product = &port.product;
        let lag = lag_id(product);
        let room = product.product_uid.as_deref().and_then(|uid| rooms.of_port(uid));
        let name = product
            .product_name
            .as_ref()
            .or(product.product_uid.as_ref())
            .cloned()
            .unwrap_or_else(|| "-".to_owned());
        let mut row = vec![name.clone()];
        if types {
            row.push(product.product_type.clone().unwrap_or_else(|| "-".to_owned()));
        }
        row.push(product.location_detail.name.clone().unwrap_or_else(|| "-".to_owned()));
        if !members.is_empty() {
            row.push(lag.clone().unwrap_or_else(|| "-".to_owned()));
        }
        row.push(product.port_speed.map_or_else(|| "-".to_owned(), |speed| speed.to_string()));
        match lag.as_ref().and_then(|lag| first_of.get(lag)) {
            Some(first) => row.extend([format!("with {first}"), "-".to_owned(), "-".to_owned()]),
            None => row.extend(figures(port, room)),
        }
        row.push(yes_no(product.vxc_auto_approval, "automatic", "by you"));
        row.push(yes_no(product.marketplace_visibility, "yes", "no"));
        if statuses {
            row.push(product.provisioning_status.clone().unwrap_or_else(|| "-".to_owned()));
        }
        rows.push(row);
        if let Some(lag) = &lag {
            first_of.entry(lag.clone()).or_insert(name);
        }
        let lag = lag.map(|id| {
            let room = room.unwrap_or_default();
            Lag {
                ports: members.get(&id).copied().unwrap_or(1),
                id,
                speed_mbps: room.speed_mbps,
                sold_mbps: room.sold_mbps,
                pending_mbps: room.pending_mbps,
            }
        });
        records.push(serde_json::to_value(record(port, room, lag))?);
    }
    Ok(ListView { columns, rows, records })
}

/// SOLD, ROOM and PENDING of a port, or of its LAG.
fn figures(port: &Port, room: Option<Room>) -> [String; 3] {
    let Some(room) = room else {
        return [port.sold_mbps.to_string(), "-".to_owned(), port.pending_mbps.to_string()];
    };
    let share =
        percent(room.sold_mbps, room.speed_mbps).map(|share| format!(" ({share}%)")).unwrap_or_default();
    [
        format!("{}{share}", room.sold_mbps),
        words::room(Some(room.after(0)), Some(room.speed_mbps)),
        room.pending_mbps.to_string(),
    ]
}

fn yes_no(flag: Option<bool>, yes: &str, no: &str) -> String {
    flag.map_or("?", |flag| if flag { yes } else { no }).to_owned()
}

fn record(port: &Port, room: Option<Room>, lag: Option<Lag>) -> Row {
    let product = &port.product;
    Row {
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
        room_mbps: room.map(|room| room.after(0)),
        sold_percent: room.and_then(|room| percent(room.sold_mbps, room.speed_mbps)),
        auto_approval: product.vxc_auto_approval,
        visible: product.marketplace_visibility,
        vxc_permitted: product.vxc_permitted,
        lag,
    }
}
