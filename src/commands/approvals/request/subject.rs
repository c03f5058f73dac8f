//! The request to decide: finding it again and reading it.

use std::cell::OnceCell;
use std::fmt::Display;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;

use crate::api::order_approvals::{self, Entries, Filter, OrderApprovalRead};
use crate::api::vxc::VxcRead;
use crate::api::{products, vxc};
use crate::commands::approvals::request::batch::{BatchReadings, Look};
use crate::commands::approvals::request::named::{Named, entry_in};
use crate::commands::approvals::request::recent_vlans::RecentVlans;
use crate::domain::approvals::marketplace::{approval_of, doubtful_status};
use crate::domain::approvals::model::{Approval, Decision, Kind, Source, Status};
use crate::domain::approvals::queue;
use crate::domain::approvals::stage::Stage;
use crate::domain::approvals::standing::{Sought, Standing, standing_of};
use crate::domain::ports::scan::{Keep, ProductScan};
use crate::domain::ports::{PortVlans, PortsRead, read_vlans, read_with_its_lag};
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::ledger::{Attempt, Entry, RequestSeen, Step, join, name};
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::text::Uid;
use crate::text::words;

/// Everything needed to make decisions.
pub(crate) struct Decider<'a> {
    pub(crate) context: &'a Context,
    pub(crate) connection: &'a Connection,
    pub(crate) recent_vlans: RecentVlans,
    /// Shared by the requests of a large batch.
    batch: OnceCell<BatchReadings>,
}

/// The current state of a request.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) standing: Standing,
    pub(crate) approval: Approval,
    /// Whether the VXC carries the request's ID, rather than being only where it was last seen.
    pub(crate) named: bool,
}

impl<'a> Decider<'a> {
    pub(crate) fn new(context: &'a Context, connection: &'a Connection) -> Self {
        Decider { context, connection, recent_vlans: RecentVlans::default(), batch: OnceCell::new() }
    }

    /// Shares readings between these requests.
    pub(crate) fn share_readings<'n>(
        &self,
        named: impl Iterator<Item = &'n Named>,
        concurrency: usize,
    ) -> &BatchReadings {
        self.batch.get_or_init(|| BatchReadings::new(named, concurrency))
    }

    /// Readings shared by a large batch.
    pub(crate) fn batch(&self) -> Option<&BatchReadings> {
        self.batch.get()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.connection.clock.now()
    }

    /// Reads the request, checks its identity, and closes its open attempts in the ledger.
    pub(crate) async fn read(&self, named: &Named) -> Result<Reading, Error> {
        self.look(named, Look::Before).await
    }

    /// As [`Decider::read`], from a shared list where `look` allows it.
    pub(super) async fn look(&self, named: &Named, look: Look) -> Result<Reading, Error> {
        let mut reading = self.read_now(named, look).await?;
        if self.batch().is_some() && look == Look::Before && reading.standing != Standing::Pending {
            // What ends without being sent isn't taken from a list.
            reading = self.read_now(named, Look::Alone).await?;
        }
        // Of a large batch, they are closed together.
        if self.batch().is_none() || reading.standing != Standing::Pending {
            self.close_attempts(&named.id, reading.standing, &reading.approval).await;
        }
        Ok(reading)
    }

    /// The request from a list, or read if not listed; closes its open attempts in the ledger.
    pub(crate) async fn listed_or_read(
        &self,
        named: &Named,
        listed: Option<&Approval>,
    ) -> Result<Approval, Error> {
        let Some(approval) = listed else { return Ok(self.read(named).await?.approval) };
        self.close_attempts(&named.id, standing_by_status(approval), approval).await;
        Ok(approval.clone())
    }

    /// Reads the request and checks its identity.
    pub(super) async fn read_now(&self, named: &Named, look: Look) -> Result<Reading, Error> {
        match named.lead.source {
            Source::Marketplace => self.read_vxc(named, look).await,
            Source::Queue => self.read_entry(named, look).await,
        }
    }

    /// A VXC, from a list that is shared, or by itself.
    async fn vxc(&self, uid: &Uid, look: Look) -> Result<VxcRead, Error> {
        let client = &self.connection.client;
        let Some(batch) = self.batch() else { return vxc::read(client, uid).await };
        if let Some(read) = batch.vxc(self.connection, uid, look).await {
            return Ok(read);
        }
        let _free = batch.until_free().await;
        vxc::read(client, uid).await
    }

    /// A port with those it shares its room with, from a list that is shared, or by itself.
    pub(crate) async fn ports_with(&self, uid: &Uid) -> Result<Rc<PortsRead>, Error> {
        let listed = async { self.batch()?.listing(self.connection, Look::Booking).await?.ports_with(uid) };
        match listed.await {
            Some(ports) => Ok(ports),
            None => read_with_its_lag(&self.connection.client, uid, self.now()).await.map(Rc::new),
        }
    }

    /// Who has which VLAN of a port, from a list that is shared, or by itself.
    pub(super) async fn vlans_of(&self, uid: &Uid) -> Result<Rc<PortVlans>, Error> {
        let listed = async { self.batch()?.listing(self.connection, Look::Booking).await?.vlans_of(uid) };
        match listed.await {
            Some(vlans) => Ok(vlans),
            None => read_vlans(&self.connection.client, uid).await.map(Rc::new),
        }
    }

    async fn read_vxc(&self, named: &Named, look: Look) -> Result<Reading, Error> {
        let Some(vxc_uid) = named.lead.vxc_uid.as_ref() else {
            return self.read_in_list(named).await;
        };
        let read = self.vxc(vxc_uid, look).await.map_err(|error| match error.exit {
            Exit::NotFound => {
                let mut gone = no_such_request(&named.id);
                gone.http_status = error.http_status;
                gone.trace_id = error.trace_id;
                gone
            }
            _ => error.resource(named.id.clone()),
        })?;
        let sought = Sought {
            id: &named.id,
            kind: named.lead.kind,
            new_rate_limit_mbps: named.lead.new_rate_limit_mbps,
        };
        let standing = standing_of(&read.vxc, sought, self.now());
        // Without a marker, the request keeps its own ID.
        let mut vxc = read.vxc;
        let carries = vxc.vxc_approval.uid.as_ref() == Some(&named.id);
        vxc.vxc_approval.uid = Some(named.id.clone());
        let company = &self.connection.company;
        let mut approval = approval_of(&vxc, read.raw, company, None, self.now())
            .ok_or_else(|| no_such_request(&named.id))?;
        approval.kind = named.lead.kind;
        // The marker may be that of the next request.
        approval.wire_status = approval.wire_status.filter(|_| carries);
        let is_being_deployed = Stage::from_status(vxc.provisioning_status.as_deref()) == Stage::Waiting;
        if standing == Standing::Over(Status::Unknown) && is_being_deployed {
            approval.wire_status = Some(doubtful_status(&vxc));
        }
        let shown = approval.new_rate_limit_mbps.filter(|_| carries);
        approval.new_rate_limit_mbps = shown.or(named.lead.new_rate_limit_mbps);
        if standing != Standing::Pending && standing != Standing::Changed {
            approval.waiting_on = None;
            approval.status = match standing {
                Standing::Decided { decision, .. } => decision.status(),
                Standing::Over(status) => status,
                Standing::Pending | Standing::Changed => approval.status,
            };
        }
        Ok(Reading { standing, approval, named: carries })
    }

    /// A VXC that has no uid yet can be found in the product list only (confirmed: `productUid` may be missing).
    async fn read_in_list(&self, named: &Named) -> Result<Reading, Error> {
        let keep = Keep::Prefixes(vec![named.id.to_string()]);
        let new_scan = || ProductScan::new(keep.clone(), false, self.now());
        let read = products::stream(&self.connection.client, new_scan).await?.finish();
        let gap = read.gap();
        let approval = read
            .approvals
            .into_iter()
            .find(|approval| approval.id == named.id)
            .ok_or_else(|| gap.unwrap_or_else(|| no_such_request(&named.id)))?;
        let same = approval.kind == named.lead.kind
            && approval.new_rate_limit_mbps == named.lead.new_rate_limit_mbps;
        let standing = match standing_by_status(&approval) {
            Standing::Pending if !same => Standing::Changed,
            standing => standing,
        };
        Ok(Reading { standing, approval, named: true })
    }

    /// An entry of the queue, from a list that is shared, or by itself.
    async fn entry(&self, named: &Named, look: Look) -> Result<OrderApprovalRead, Error> {
        let client = &self.connection.client;
        if let Some(batch) = self.batch() {
            let shared = batch.queue(client, look).await;
            if let Some(Ok(Some(entry))) = shared.map(|shared| entry_in(&shared.entries, &named.id)) {
                return Ok(entry);
            }
            let _free = batch.until_free().await;
        }
        let filter = Filter { status: None, service_id: named.lead.service_id };
        let Entries { entries, gap } = order_approvals::list(client, &filter).await?;
        entry_in(&entries, &named.id)?.ok_or_else(|| gap.unwrap_or_else(|| no_such_request(&named.id)))
    }

    async fn read_entry(&self, named: &Named, look: Look) -> Result<Reading, Error> {
        let found = self.entry(named, look).await?;
        let approval = queue::approval_of(&found.entry, found.raw, &self.connection.company)
            .ok_or_else(|| no_such_request(&named.id))?;
        let standing = match standing_by_status(&approval) {
            Standing::Pending if approval.kind != named.lead.kind => Standing::Changed,
            Standing::Decided { .. } if approval.kind != named.lead.kind => Standing::Over(Status::Unknown),
            standing => standing,
        };
        Ok(Reading { standing, approval, named: true })
    }

    /// Adds details of the service to a queue entry, if this key can read it.
    pub(crate) async fn with_service(&self, approval: &Approval) -> Approval {
        let mut approval = approval.clone();
        let in_queue = approval.source == Source::Queue && approval.status == Status::Pending;
        if let Some(uid) = approval.vxc_uid.as_ref().filter(|_| in_queue)
            && let Ok(read) = self.vxc(uid, Look::Before).await
        {
            queue::add_service(&mut approval, &read.vxc);
        }
        approval
    }

    /// Who decided, and when, according to the backend or the ledger.
    pub(crate) async fn decided_by(&self, approval: &Approval, decision: Decision) -> String {
        let entries = self.connection.entries_about(approval.id.as_str()).await;
        let mine: Vec<_> = entries.iter().filter(|entry| entry.decision() == Some(decision)).collect();
        let moment = |entry: &Entry| self.moment(entry);
        let last_answer = |outcome: &str| {
            mine.iter()
                .rev()
                .find(|entry| entry.step == Step::Answered && entry.outcome.as_deref() == Some(outcome))
        };
        let participle = decision.participle();
        if let Some(entry) = last_answer("done").or_else(|| last_answer("conflict")) {
            let ticket = entry.object.ticket.as_ref().map(|ticket| format!(", ticket {ticket}"));
            let ticket = ticket.unwrap_or_default();
            return format!("{participle} by {} {}{ticket}", name(entry), moment(entry));
        }
        if let Some(said) = approval.decided_message.as_deref() {
            return self.context.moments().in_text(said);
        }
        let may_have = |attempt: &&Attempt| {
            attempt.sent.step == Step::Sending && matches!(attempt.outcome(), "done" | "unknown")
        };
        match join(mine.into_iter().cloned().collect()).iter().rev().find(may_have) {
            Some(Attempt { sent: entry, .. }) => format!(
                "probably {participle} by {}, who sent it {}; the ledger has no response",
                name(entry),
                moment(entry)
            ),
            None => "Megaport doesn't say who decided it".to_owned(),
        }
    }

    /// When a line was written: for people, how long ago as well, if that is some minutes or hours.
    fn moment(&self, entry: &Entry) -> String {
        let at = self.context.moments().format(entry.at);
        let age =
            Duration::try_from(self.connection.clock.now().duration_since(entry.at)).unwrap_or_default();
        let is_recent = (Duration::from_mins(1)..Duration::from_hours(24)).contains(&age);
        match is_recent && self.context.tells_people() {
            true => format!("{} ago ({at})", words::duration_in_words(age)),
            false => format!("at {at}"),
        }
    }
}

/// What the ledger says of a request.
pub(crate) fn request_seen(approval: &Approval) -> RequestSeen {
    let (customer, end) = (&approval.customer, approval.my_end());
    RequestSeen {
        vxc_uid: approval.vxc_uid.clone(),
        customer: customer.name.clone().or_else(|| customer.uid.clone().map(String::from)),
        customer_uid: customer.uid.clone(),
        port: end.and_then(|end| end.product_name.clone()),
        port_uid: end.and_then(|end| end.product_uid.clone()),
        added_mbps: approval.added_mbps(),
        rate_limit_mbps: match approval.kind {
            Kind::SpeedChange => approval.new_rate_limit_mbps,
            _ => approval.rate_limit_mbps,
        },
        ..RequestSeen::new(approval.source, approval.kind)
    }
}

/// The standing of a request with a reported status.
pub(super) fn standing_by_status(approval: &Approval) -> Standing {
    match (approval.decision(), approval.status) {
        (Some(decision), _) => Standing::Decided { decision, certain: true },
        (None, Status::Pending) => Standing::Pending,
        (None, status) => Standing::Over(status),
    }
}

pub(crate) fn no_such_request(id: &(impl Display + ?Sized)) -> Error {
    Error::new(Exit::NotFound, format!("no request found with ID {id}"))
        .hint(
            Hint::call("list all requests with ", "approvals list --waiting-on any --status any")
                .and("; this one may belong to another environment or company"),
        )
        .resource(id.to_string())
}
