//! `portgate approvals show`

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::list::{reading, records};
use super::{choose, view};
use crate::api::vlan::Vlan;
use crate::commands::approvals::request::{Decider, no_such_request};
use crate::domain::approvals::ids::GivenId;
use crate::domain::approvals::model::{Customer, Direction, End};
use crate::domain::approvals::{Approval, Kind, Source, Status, WaitingOn};
use crate::domain::collect::{Collected, SourceState, Wanted};
use crate::domain::ports::room::Room;
use crate::domain::ports::scan::{CustomerUse, Keep};
use crate::domain::ports::vlan::EVERY_VLAN;
use crate::domain::ports::{Share, free_vlans, percent, read_vlans};
use crate::exit::Exit;
use crate::render::bar::Meter;
use crate::render::fields;
use crate::session::connection::{self, Connection};
use crate::session::context::Context;
use crate::text::Uid;
use crate::text::moment::Moments;
use crate::text::words::shell_word;
use crate::text::{Mbps, words};

/// Show a request with the room on its port, its VLAN, and commands to accept or deny it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate approvals show 7c1e09ab
  portgate approvals show 7c1e09ab -o json | jq .room")]
pub(crate) struct ShowArgs {
    /// Request ID or its first 6 or more characters, or the UID of its VXC
    #[arg(value_name = "ID")]
    id: String,
}

/// The request, with details that help to decide it.
#[derive(Debug, Default, Serialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    pub(super) approval: Approval,
    customer_use: Option<CustomerUse>,
    room: Option<RoomOfPort>,
    pub(super) next_free_vlan: Option<Vlan>,
    /// Who decided, as text.
    #[serde(skip)]
    decided_by: Option<String>,
}

pub(in crate::commands) fn fields() -> Vec<String> {
    let (customer_use, room) = (Some(CustomerUse::default()), Some(RoomOfPort::default()));
    fields::paths_of(&Shown { approval: view::whole(), customer_use, room, ..Shown::default() })
}

/// The room on the port, or on its LAG.
#[derive(Debug, Default, Serialize)]
struct RoomOfPort {
    port_speed_mbps: Mbps,
    sold_mbps: Mbps,
    this_mbps: Option<Mbps>,
    other_pending_mbps: Mbps,
    left_after_mbps: Option<i64>,
    sold_percent: Option<u64>,
    sold_after_percent: Option<u64>,
    /// The share sold before and after this request.
    #[serde(skip)]
    share: Option<Share>,
}

/// `kind`: the only type the command handles.
pub(in crate::commands) async fn run(
    context: &Context,
    args: ShowArgs,
    kind: Option<Kind>,
) -> anyhow::Result<Exit> {
    let given = GivenId::parse(&args.id)?;
    let mut connection = connection::open(context).await?;
    let wanted = Wanted { keep: Keep::Prefixes(vec![given.text().to_owned()]), vlans: false, only: None };
    let collected = reading::read(context, &mut connection, &wanted).await?;
    let named = choose::by_list(&connection, &collected, &given).await?;
    if let Some(kind) = kind.filter(|&kind| named.lead.kind != kind) {
        return Err(choose::other_kind_error(&named, kind, "show").into());
    }
    let found = collected.approvals.iter().find(|approval| approval.id == named.id);
    // Without a marker, the ledger knows the VXC.
    let mut approval = Decider::new(context, &connection).listed_or_read(&named, found).await?;
    if approval.id == "" {
        return Err(no_such_request(given.text()).into());
    }
    collected.rooms.assign(std::iter::once(&mut approval));
    approval.account = context.account().cloned();
    let shown = look(context, &connection, &collected, &approval).await;
    let mut lines = lines(&shown, connection.clock.now(), context.moments());
    if approval.waits_on_me() {
        let call = context.invocation();
        let noun = if kind == Some(Kind::SpeedChange) { "speed" } else { "approvals" };
        let id = shell_word(approval.id.as_str());
        // With the VLAN that was requested, it would be refused.
        let vlan = if shown.approval.vlan_free == Some(false) { " --vlan next" } else { "" };
        lines.push(field("Accept", &format!("{call} {noun} accept {id}{vlan}")));
        lines.push(field("Deny", &format!("{call} {noun} deny {id}")));
    }
    context.write_record(&lines, &serde_json::to_value(&shown)?)?;
    context.terminal.say(&connection.place_and_company());
    if shown.room.is_some() && matches!(collected.queue, SourceState::Failed(_)) {
        context
            .terminal
            .warn("could not read the service approval queue: other pending doesn't include its orders");
    }
    Ok(Exit::Done)
}

/// Reads the details that help to decide a request.
pub(super) async fn look(
    context: &Context,
    connection: &Connection,
    collected: &Collected,
    approval: &Approval,
) -> Shown {
    let decider = Decider::new(context, connection);
    let mut approval = context.with_progress("reading the service", decider.with_service(approval)).await;
    if approval.source == Source::Queue {
        collected.rooms.assign(std::iter::once(&mut approval));
    }
    let port = approval.my_end().and_then(|end| end.product_uid.clone());
    let room =
        port.as_ref().and_then(|port| collected.rooms.of_port(port)).map(|room| room_of(&approval, room));
    let customer_use =
        approval.customer.uid.as_ref().map(|uid| collected.customers.get(uid).cloned().unwrap_or_default());
    Box::pin(records::complete(context, connection, std::slice::from_mut(&mut approval))).await;
    let (vlan_free, next_free_vlan) = vlans(context, connection, &approval).await;
    approval.vlan_free = vlan_free.or(approval.vlan_free);
    let decided_by = match approval.decision() {
        Some(decision) => Some(decider.decided_by(&approval, decision).await),
        None => None,
    };
    Shown {
        customer_use: customer_use.filter(|_| approval.source == Source::Marketplace),
        room,
        next_free_vlan,
        decided_by,
        approval,
    }
}

/// Whether the requested VLAN is free on my port, and the next free one; `None` if unknown.
async fn vlans(
    context: &Context,
    connection: &Connection,
    approval: &Approval,
) -> (Option<bool>, Option<Vlan>) {
    if !approval.waits_on_me() || approval.kind != Kind::Connection {
        return (None, None);
    }
    let Some(port_uid) = approval.b_end.as_ref().and_then(|end| end.product_uid.clone()) else {
        return (None, None);
    };
    let asked = approval.b_end.as_ref().and_then(|end| end.vlan).filter(|&vlan| vlan != Vlan::Untagged);
    let client = &connection.client;
    let inner_vlan = approval.b_end.as_ref().and_then(|end| end.inner_vlan);
    let check = async {
        let Ok(port) = read_vlans(client, &port_uid).await else { return (None, None) };
        let vxc_uid = approval.vxc_uid.as_ref();
        let free =
            asked.map(|asked| !port.taken.iter().any(|one| one.stands_against(asked, inner_vlan, vxc_uid)));
        let next = free_vlans(client, &port_uid, &port.taken, &EVERY_VLAN, 1).await;
        (free, next.ok().and_then(|next| next.vlans.first().copied()))
    };
    context.with_progress("reading the port's VLANs", check).await
}

fn room_of(approval: &Approval, room: Room) -> RoomOfPort {
    let this_mbps = approval.added_mbps().filter(|_| approval.status == Status::Pending);
    let share = this_mbps.map(|this| Share::new(room, Mbps(0), this));
    // Of queue entries, only orders are counted as pending on the port.
    let counted = match approval.source {
        Source::Marketplace => this_mbps,
        Source::Queue => approval.added_mbps().filter(|_| approval.is_pending_order()),
    };
    RoomOfPort {
        port_speed_mbps: room.speed_mbps,
        sold_mbps: room.sold_mbps,
        this_mbps,
        other_pending_mbps: room.pending_mbps.saturating_sub(counted.unwrap_or_default()),
        left_after_mbps: this_mbps.map(|this| room.left_after(this)),
        sold_percent: percent(room.sold_mbps, room.speed_mbps),
        sold_after_percent: share.and_then(Share::after_percent),
        share,
    }
}

pub(super) fn lines(shown: &Shown, now: Timestamp, moments: &Moments) -> Vec<String> {
    let approval = &shown.approval;
    let mut lines = Vec::new();
    let mut field = |name: &str, value: String| lines.push(field(name, &value));
    field("Request", approval.id.to_string());
    field("Type", approval.noun());
    field("Status", status_text(approval, shown.decided_by.as_deref(), moments));
    if let (Some(by), Some(until)) = (&approval.claimed_by, approval.claimed_until) {
        field("Claimed", format!("by {by}, until {}", moments.format(until)));
    }
    if let Some(by) = &approval.proposed_by {
        field("Proposed", format!("by {by}; a second person must confirm it"));
    }
    let is_me = matches!(approval.direction, Some(Direction::Internal | Direction::Outgoing));
    field("Customer", customer(&approval.customer, shown.customer_use.as_ref().filter(|_| !is_me)));
    if let Some(name) = &approval.name {
        field("Name", name.clone());
    }
    if let Some(uid) = &approval.vxc_uid {
        field("VXC", uid.to_string());
    }
    field(view::speed_title(approval), view::speed_in_words(approval));
    if let Some(term) = view::contract_term(approval) {
        field("Term", term);
    }
    if let Some(change) = approval.change_mbps().filter(|&change| change > Mbps(0)) {
        field("Change", format!("+{change} Mbps"));
    }
    if let Some(end) = &approval.a_end {
        field("A-End", end_line(end));
    }
    if let Some(end) = &approval.b_end {
        field("B-End", end_line(end));
    }
    if approval.status == Status::Pending && approval.hides_port() {
        for (name, value) in view::UNKNOWN_PORT {
            field(name, value.to_owned());
        }
    }
    if let Some(room) = &shown.room {
        field("Room", room_line(room));
        let parts = [room.sold_mbps, room.this_mbps.unwrap_or_default(), room.other_pending_mbps];
        field("Usage", usage_line(parts, room.port_speed_mbps));
        if let Some(share) = room.share {
            field("Sold", share.to_string());
        }
    }
    if approval.waits_on_me() && approval.kind == Kind::Connection && approval.b_end.is_some() {
        field("VLAN", vlan_line(shown));
    }
    if let Some(created) = approval.created_at {
        field("Created", format!("{} ({} ago)", moments.format(created), words::age(Some(created), now)));
    } else if approval.kind == Kind::SpeedChange {
        field("Created", "unknown (the API has no date for Marketplace speed changes)".to_owned());
    }
    if let Some(expires) = approval.expires_at.filter(|_| approval.status == Status::Pending) {
        field("Expires", format!("{} ({})", moments.format(expires), words::expiry(Some(expires), now)));
    }
    if let Some(message) = &approval.message {
        // For a connection, the party that must approve (confirmed); in the queue, a comment.
        let name = if approval.source == Source::Queue { "Comment" } else { "Approver" };
        field(name, message.clone());
    }
    lines
}

/// What [`lines`] doesn't have: other API fields under their original names.
pub(super) fn details(shown: &Shown) -> Vec<String> {
    let mut all = Vec::new();
    let text = |value: &Value| match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    let fields = shown.approval.extra.fields();
    let extra: Vec<(&String, String)> =
        fields.iter().filter_map(|(name, value)| Some((name, text(value)?))).collect();
    let widest = extra.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    all.push(match extra.is_empty() {
        true => "The API has no other fields.".to_owned(),
        false => "Other fields from the API:".to_owned(),
    });
    all.extend(extra.into_iter().map(|(name, value)| format!("  {name:<widest$}  {value}")));
    all
}

pub(super) fn field(name: &str, value: &str) -> String {
    format!("{name:<12} {value}")
}

fn status_text(approval: &Approval, decided_by: Option<&str>, moments: &Moments) -> String {
    match (approval.status, approval.waiting_on, decided_by) {
        (Status::Pending, Some(WaitingOn::Me), _) => "pending, waiting for you".to_owned(),
        (Status::Pending, Some(WaitingOn::Them), _) => "pending, waiting for the other party".to_owned(),
        // It begins with the status.
        (_, _, Some(by)) if by.starts_with(approval.status_label()) => by.to_owned(),
        (_, _, Some(by)) => format!("{} ({by})", approval.status_label()),
        (_, _, None) => match &approval.decided_message {
            Some(said) => format!("{} ({})", approval.status_label(), moments.in_text(said)),
            None => approval.status_label().to_owned(),
        },
    }
}

fn customer(customer: &Customer, used: Option<&CustomerUse>) -> String {
    let name =
        customer.name.as_deref().or(customer.uid.as_ref().map(Uid::as_str)).unwrap_or("unknown company");
    match used {
        Some(used) if used.live_vxcs > 0 => {
            let live = words::count(used.live_vxcs, "live VXC", "live VXCs");
            let since =
                used.since.map(|since| format!(", since {}", &since.to_string()[..10])).unwrap_or_default();
            format!("{name}: {live} with {}{since}", words::mbps(used.sold_mbps))
        }
        Some(_) => format!("{name}: new, no VXCs with you yet"),
        None => name.to_owned(),
    }
}

fn end_line(end: &End) -> String {
    let mut parts = vec![end.product_name.clone().unwrap_or_else(|| "unknown port".to_owned())];
    parts.extend(end.location.clone());
    if let Some(vlan) = end.vlan {
        parts.push(format!("VLAN {vlan}"));
    }
    if let Some(inner) = end.inner_vlan {
        parts.push(format!("inner VLAN {inner}"));
    }
    parts.extend(end.product_uid.clone().map(String::from));
    parts.join(", ")
}

fn room_line(room: &RoomOfPort) -> String {
    let mut sold = format!("{} of {} Mbps sold", room.sold_mbps, room.port_speed_mbps);
    let over = room.sold_mbps.saturating_sub(room.port_speed_mbps);
    if over > Mbps(0) {
        sold.push_str(&format!(" (OVER by {over} Mbps)"));
    }
    let this = room.this_mbps.map(|this| format!("this request {this}, ")).unwrap_or_default();
    let pending = format!("{this}other pending {}", room.other_pending_mbps);
    let left = match room.left_after_mbps {
        None => String::new(),
        Some(over @ ..0) => format!("; {} Mbps if accepted", words::room(Some(over), None)),
        Some(left) => format!("; {left} Mbps left if accepted"),
    };
    format!("{sold}; {pending}{left}")
}

/// The bar of what is sold, this request and other pending ones, with its legend.
fn usage_line(parts: [Mbps; 3], speed_mbps: Mbps) -> String {
    let meter = Meter::new(parts, speed_mbps);
    let over = if meter.is_over() { "  ! OVER if all are accepted" } else { "" };
    format!("{}  █ sold  ▓ this  ▒ other pending{over}", meter.drawn().text)
}

fn vlan_line(shown: &Shown) -> String {
    let asked = shown.approval.b_end.as_ref().and_then(|end| end.vlan);
    let first = match (asked, shown.approval.vlan_free) {
        (Some(vlan), Some(true)) => format!("{vlan} is free"),
        (Some(vlan), Some(false)) => format!("{vlan} TAKEN"),
        (Some(vlan), None) => format!("{vlan} requested"),
        (None, _) => "none requested".to_owned(),
    };
    match shown.next_free_vlan {
        Some(next) => format!("{first}; next free VLAN: {next}"),
        None => first,
    }
}
