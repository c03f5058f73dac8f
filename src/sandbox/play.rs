//! Simulates events outside the provider: customer requests and port failures.

use axum::http::StatusCode;
use rusqlite::Connection;
use serde_json::json;

use crate::error::Error;
use crate::exit::Exit;
use crate::sandbox::clock::rfc3339;
use crate::sandbox::domain::change::{self, Change};
use crate::sandbox::domain::decision::WantedEnd;
use crate::sandbox::domain::ordering::{self, PortOrder, VxcOrder};
use crate::sandbox::domain::session::{Caller, Session};
use crate::sandbox::event::{Event, Kind};
use crate::sandbox::events;
use crate::sandbox::keys::select;
use crate::sandbox::options::{Options, millis};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::role::Role;
use crate::sandbox::store::companies::{self, Company};
use crate::sandbox::store::orders::OrderStatus;
use crate::sandbox::store::products::{self, Product};
use crate::sandbox::store::vxcs::{self, Vxc};
use crate::text::name::is_called;
use crate::text::{sanitize, words};

/// The default requested speed, in Mbps.
const USUAL_SPEED_MBPS: i64 = 100;

/// A connection request; missing values get defaults.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The customer, named as for [`super::api_key`].
    pub customer: Option<String>,
    /// The customer's port, by name or UID.
    pub from_port: Option<String>,
    /// The requested port, by name or UID.
    pub to_port: Option<String>,
    pub rate_limit_mbps: Option<i64>,
    /// The requested VLAN at the B-End.
    pub vlan: Option<i64>,
    pub name: Option<String>,
    /// A service key to order with.
    pub service_key: Option<String>,
}

/// A speed change; missing values get defaults.
#[derive(Debug, Clone, Default)]
pub struct SpeedChange {
    /// The VXC, by name or UID.
    pub vxc: Option<String>,
    /// The new rate limit in Mbps.
    pub rate_limit_mbps: Option<i64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlacedRequest {
    pub request_uid: String,
    pub vxc_uid: String,
    pub vxc_name: String,
    pub customer: String,
    pub provider: String,
    pub port: String,
    pub rate_limit_mbps: i64,
    /// The requested rate limit of a speed change.
    pub new_rate_limit_mbps: Option<i64>,
    /// The short name of the provider, unless it is the default company.
    pub decided_as: Option<String>,
    /// Whether it was accepted automatically.
    pub accepted: bool,
}

/// A port and the state of its link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortState {
    pub uid: String,
    pub name: String,
    pub up: bool,
    pub changed: bool,
}

/// Requests a connection, as a customer.
pub fn request(options: &Options, wish: &Request) -> anyhow::Result<PlacedRequest> {
    options.change(|connection, now_ms| {
        let companies = companies::list(connection)?;
        let provider = provider(&companies)?;
        let customer = select(&companies, wish.customer.as_deref().unwrap_or("customer"))?;
        let own = products::of_company(connection, customer.id)?;
        let from = pick(&own, wish.from_port.as_deref(), |_| true)?;
        let to = match (&wish.to_port, &wish.service_key) {
            (None, Some(_)) => None,
            (wanted, _) => {
                let open = match wanted {
                    Some(_) => products::marketplace(connection)?,
                    None => products::of_company(connection, provider.id)?,
                };
                let suits = |port: &Product| port.marketplace_visibility && !port.vxc_auto_approval;
                Some(pick(&open, wanted.as_deref(), suits)?.uid.clone())
            }
        };
        let order = VxcOrder {
            product_name: wish.name.clone().unwrap_or_else(|| format!("{} link", customer.name)),
            rate_limit: wish.rate_limit_mbps.unwrap_or(USUAL_SPEED_MBPS),
            term: Some(12),
            shutdown: false,
            service_key: wish.service_key.clone(),
            cost_centre: None,
            promo_code: None,
            a_end: WantedEnd::default(),
            b_end: WantedEnd { product_uid: to, vlan: wish.vlan, inner_vlan: None },
        };
        let design = [PortOrder { product_uid: from.uid.clone(), associated_vxcs: vec![order] }];
        let session = session_for(options, connection, customer, now_ms)?;
        let placed = ordering::place_all(&session, &design).map_err(refusal_error)?;
        let vxc = &placed.first().expect("one was ordered").vxc;
        Ok(placed_request(vxc, &companies)?)
    })
}

/// Requests a higher speed for a VXC of the provider, as its customer.
pub fn speed_change(options: &Options, wish: &SpeedChange) -> anyhow::Result<PlacedRequest> {
    options.change(|connection, now_ms| {
        let companies = companies::list(connection)?;
        let provider = provider(&companies)?;
        let vxc = pick_vxc(connection, provider, wish.vxc.as_deref())?;
        let rate_limit = wish.rate_limit_mbps.unwrap_or(vxc.rate_limit_mbps * 2);
        if rate_limit <= vxc.rate_limit_mbps {
            let name = one_line(&vxc.name);
            return Err(Error::usage(format!("the speed of {name} is already {} Mbps", vxc.rate_limit_mbps))
                .reason("only a higher speed requires approval")
                .into());
        }
        let customer = companies::by_id(connection, vxc.a_end.company_id)?;
        let session = session_for(options, connection, &customer, now_ms)?;
        let change = Change { rate_limit: Some(rate_limit), ..Change::default() };
        change::apply(&session, &vxc, &change).map_err(refusal_error)?;
        Ok(placed_request(&vxcs::by_id(connection, vxc.id)?, &companies)?)
    })
}

/// Takes a port's link down or up. The default port is the provider's first one in the opposite state.
pub fn set_link(options: &Options, wanted: Option<&str>, up: bool) -> anyhow::Result<PortState> {
    options.change(|connection, now_ms| {
        let companies = companies::list(connection)?;
        let own = products::of_company(connection, provider(&companies)?.id)?;
        let port = pick(&own, wanted, |port| port.up != up).or_else(|error| match wanted {
            Some(_) => Err(error),
            None => own.first().ok_or(error),
        })?;
        let changed = products::set_up(connection, port.id, up)?;
        if changed {
            let payload = json!({
                "port": {"uid": port.uid, "name": port.name, "location": port.location_name},
                "at": rfc3339(now_ms),
            });
            let kind = if up { Kind::PortUp } else { Kind::PortDown };
            let event =
                Event { kind, company_id: port.company_id, subject_uid: &port.uid, payload, at_ms: now_ms };
            events::record(connection, &event)?;
        }
        Ok(PortState { uid: port.uid.clone(), name: port.name.clone(), up, changed })
    })
}

fn provider(companies: &[Company]) -> Result<&Company, Error> {
    select(companies, "provider")
}

/// A session of the technical admin of a company, acting for it; of the company of a managed account, its own.
fn session_for<'c>(
    options: &Options,
    transaction: &'c Connection,
    company: &Company,
    now_ms: i64,
) -> anyhow::Result<Session<'c>> {
    let user =
        companies::user_with_role(transaction, company.id, Role::TechnicalAdmin)?.ok_or_else(|| {
            Error::new(Exit::NotFound, format!("{} has no active Technical Admin to act as", company.name))
        })?;
    let caller = Caller::from_user(user, company);
    Ok(Session { transaction, caller, now_ms, deploy_ms: millis(options.deploy_time) })
}

/// The named port, or the first suitable one.
fn pick<'a>(
    ports: &'a [Product],
    wanted: Option<&str>,
    suits: impl Fn(&Product) -> bool,
) -> Result<&'a Product, Error> {
    let found = match wanted {
        Some(wanted) => {
            ports.iter().find(|port| is_called(wanted, Some(&port.name), Some(&port.uid.as_str().into())))
        }
        None => ports.iter().find(|port| suits(port)),
    };
    found.ok_or_else(|| {
        let names: Vec<&str> = ports.iter().take(20).map(|port| port.name.as_str()).collect();
        let message = match wanted {
            Some(wanted) => format!("port not found: {}", one_line(wanted)),
            None => String::from("no suitable port found"),
        };
        Error::new(Exit::NotFound, message).hint(format!("use {}", words::alternatives(&names)))
    })
}

/// The named VXC, or the first live customer VXC with nothing pending and room for twice its speed.
fn pick_vxc(connection: &Connection, provider: &Company, wanted: Option<&str>) -> anyhow::Result<Vxc> {
    if let Some(vxc) = wanted.map(|uid| vxcs::by_uid(connection, &uid.to_lowercase())).transpose()?.flatten()
    {
        return Ok(vxc);
    }
    for port in products::of_company(connection, provider.id)? {
        let mut found = None;
        let on_port = vxcs::ids_on_product(connection, port.id)?;
        vxcs::for_each(connection, on_port, |vxc| -> rusqlite::Result<()> {
            let suits = match wanted {
                Some(name) => vxc.name.eq_ignore_ascii_case(name),
                None => {
                    vxc.status == "LIVE"
                        && vxc.pending().is_none()
                        && vxc.b_end.company_id == provider.id
                        && vxc.a_end.company_id != provider.id
                        && !port.vxc_auto_approval
                        && vxc.rate_limit_mbps * 2 <= port.speed_mbps
                }
            };
            if suits && found.is_none() {
                found = Some(vxc.clone());
            }
            Ok(())
        })?;
        if let Some(vxc) = found {
            return Ok(vxc);
        }
    }
    let message = match wanted {
        Some(wanted) => format!("VXC not found: {}", one_line(wanted)),
        None => String::from("no customer VXC has room for a higher speed"),
    };
    Err(Error::new(Exit::NotFound, message).into())
}

fn placed_request(vxc: &Vxc, companies: &[Company]) -> Result<PlacedRequest, Error> {
    let order = vxc.approval.as_ref().ok_or_else(|| Error::new(Exit::Other, "the order has no ID"))?;
    let usual = provider(companies)?.id;
    let decider = companies.iter().find(|company| company.id == vxc.b_end.company_id && company.id != usual);
    Ok(PlacedRequest {
        decided_as: decider.map(|company| company.slug.clone()),
        request_uid: order.uid.clone(),
        vxc_uid: vxc.uid.clone(),
        vxc_name: vxc.name.clone(),
        customer: vxc.a_end.company_name.clone(),
        provider: vxc.b_end.company_name.clone(),
        port: vxc.b_end.product_name.clone(),
        rate_limit_mbps: vxc.rate_limit_mbps,
        new_rate_limit_mbps: order.new_rate_limit_mbps,
        accepted: order.status == OrderStatus::Approved,
    })
}

/// User input on one line, which can't pass for another line of an error.
fn one_line(text: &str) -> String {
    sanitize::line(text).into_owned()
}

/// An API refusal as an error of a command.
fn refusal_error(refusal: Refusal) -> Error {
    let exit = match refusal.status {
        StatusCode::FORBIDDEN => Exit::Forbidden,
        StatusCode::NOT_FOUND => Exit::NotFound,
        StatusCode::CONFLICT => Exit::Conflict,
        _ => Exit::Api,
    };
    let message = one_line(&refusal.message);
    // Errors of commands begin in lower case, unless a name comes first.
    let message = match message.split_once(' ') {
        Some((word @ ("A" | "An" | "The" | "This" | "These" | "No" | "Only"), rest)) => {
            format!("{} {rest}", word.to_lowercase())
        }
        _ => message,
    };
    Error { http_status: Some(refusal.status.as_u16()), ..Error::new(exit, message) }
}
