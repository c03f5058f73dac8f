//! `portgate approvals history`

mod record;

use clap::Args;

use self::record::table;
use super::choose;
use super::list::{reading, records};
use crate::api::backend::Environment;
use crate::commands::approvals::request::Decider;
use crate::commands::ledger::filter::ChangeFilter;
use crate::commands::ledger::read;
use crate::domain::approvals::ids::GivenId;
use crate::domain::approvals::{Approval, Company};
use crate::domain::collect::Wanted;
use crate::domain::ports::scan::Keep;
use crate::exit::Exit;
use crate::ledger::{Attempt, Entry, Found, Search};
use crate::session::account::AccountChoice;
use crate::session::connection::{self, Connection, sandbox_db, sandbox_key};
use crate::session::context::Context;
use crate::session::credentials::names_set_with_verb;
use crate::session::profiles::Profile;
use crate::session::target::Target;
use crate::text::amounts::parse_count;
use crate::text::name::is_same;
use crate::text::words;

pub(in crate::commands) use self::record::fields;

/// Show the decisions in the ledger, oldest first
///
/// The ledger records each decision with its reason and who made it: those made from this machine, or those of a team if
/// the ledger is in a database. With an ID, portgate also reads the request's current status, including decisions made
/// elsewhere. With `--on-behalf-of`, only decisions for that account are shown.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate approvals history --since 7d
  portgate approvals history 7c1e09ab
  portgate approvals history --everywhere --query \"[?outcome!='done']\"")]
pub(crate) struct HistoryArgs {
    /// Show one request, with its current status: full ID, or its first 6 or more characters
    #[arg(value_name = "ID", conflicts_with = "id")]
    request: Option<String>,

    /// As ID
    #[arg(long, value_name = "ID", hide = true)]
    id: Option<String>,

    #[command(flatten)]
    filter: ChangeFilter,

    /// Include all environments and companies
    #[arg(long, conflicts_with_all = ["request", "id"])]
    pub(in crate::commands) everywhere: bool,

    /// Show only the last N decisions
    #[arg(long, alias = "last", value_name = "N", value_parser = parse_count, allow_negative_numbers = true)]
    pub(in crate::commands) limit: Option<u64>,
}

impl HistoryArgs {
    pub(in crate::commands) fn names_one(&self) -> bool {
        self.request.is_some() || self.id.is_some()
    }
}

pub(super) async fn run(context: &Context, args: HistoryArgs) -> anyhow::Result<Exit> {
    let given = args.request.as_deref().or(args.id.as_deref()).map(GivenId::parse).transpose()?;
    let now = match &given {
        Some(given) => Some(read_now(context, given).await?),
        None => None,
    };
    // A sandbox's clock may be ahead of this machine's.
    let at = now.as_ref().map_or_else(|| context.clock.now(), |now| now.connection.clock.now());
    let place = match (&now, args.everywhere) {
        (Some(now), _) => Place::of_request(now),
        (None, true) => Place::default(),
        (None, false) => Place::of_target(context).await?,
    };
    let search = Search {
        decisions_only: true,
        backend: place.backend.clone(),
        request: now.as_ref().map(|now| now.approval.id.clone()),
        ..args.filter.search(at, args.limit)
    };
    let keep = |attempt: &Attempt| {
        let is_of_request = |now: &Now| {
            let Connection { backend, company, partner, .. } = &now.connection;
            let sent = &attempt.sent;
            sent.is_of(backend, company, partner.is_some()) && sent.is_about(&now.approval.id)
        };
        attempt.sent.decision().is_some()
            && now.as_ref().is_none_or(is_of_request)
            && place.has(attempt)
            && args.filter.passes(attempt, at)
    };
    let Found { attempts, all, .. } = read::find(context, &search, keep).await?;
    let now = now.map(|now| (now.approval, now.by));
    context.write_list(&table(&attempts, now, args.everywhere, context.moments()))?;
    let shown = match attempts.len() {
        0 => "no decisions in the ledger".to_owned(),
        shown => words::count_shown(shown, all, "decision", "decisions"),
    };
    context.terminal.say(&format!("{shown} · {}", context.ledger()?.place()));
    Ok(Exit::Done)
}

/// Whose decisions are shown; those of everybody by default.
#[derive(Default)]
struct Place {
    /// Whether the backend is unknown, so that nothing can be of it.
    is_nowhere: bool,
    backend: Option<String>,
    account: Option<AccountChoice>,
    company: Option<Company>,
}

impl Place {
    fn of_request(now: &Now) -> Self {
        Place { backend: Some(now.connection.backend.clone()), ..Place::default() }
    }

    /// The backend of this run, with the company and the account as far as they are known without a request.
    async fn of_target(context: &Context) -> anyhow::Result<Self> {
        let target = context.target()?;
        let backend = connection::backend_name(&context.globals, &context.paths, &target);
        let account =
            AccountChoice::resolve(&context.globals, &context.environment, target.profile.as_ref())?;
        let company = own_company(context, &target).await?;
        Ok(Place { is_nowhere: backend.is_none(), backend, account, company })
    }

    fn has(&self, attempt: &Attempt) -> bool {
        !self.is_nowhere
            && self.backend.as_ref().is_none_or(|backend| *backend == attempt.sent.backend)
            && self.account.as_ref().is_none_or(|account| is_on_behalf_of(attempt, account))
            && self.company.as_ref().is_none_or(|company| may_be_of(attempt, company))
    }
}

/// The current state of a request.
struct Now {
    approval: Approval,
    by: Option<String>,
    connection: Connection,
}

/// Reads the request, which also closes interrupted attempts in the ledger.
async fn read_now(context: &Context, given: &GivenId) -> anyhow::Result<Now> {
    let mut connection = connection::open(context).await?;
    let wanted = Wanted { keep: Keep::Prefixes(vec![given.text().to_owned()]), vlans: false, only: None };
    let collected = reading::read(context, &mut connection, &wanted).await?;
    let named = choose::by_list(&connection, &collected, given).await?;
    let decider = Decider::new(context, &connection);
    let listed = collected.approvals.iter().find(|listed| listed.id == named.id);
    let reading = decider.listed_or_read(&named, listed);
    let approval = context.with_progress("reading the request", reading).await?;
    let mut approval = approval;
    records::complete(context, &connection, std::slice::from_mut(&mut approval)).await;
    let by = match approval.decision() {
        Some(_) if approval.decided_by.is_some() => approval.decided_by.clone(),
        Some(decision) => Some(decider.decided_by(&approval, decision).await),
        None => None,
    };
    Ok(Now { approval, by, connection })
}

fn is_on_behalf_of(attempt: &Attempt, account: &AccountChoice) -> bool {
    let Entry { partner, company, .. } = &attempt.sent;
    partner.is_some() && account.names(company.uid.as_ref(), company.name.as_deref())
}

/// The company of the profile or key in use, as far as it is known without a request: several companies share a ledger.
async fn own_company(context: &Context, target: &Target) -> anyhow::Result<Option<Company>> {
    // A key of the environment may be another company's.
    let profile = target.profile.as_ref().filter(|_| names_set_with_verb(&context.environment).is_none());
    let named = profile.filter(|profile| profile.company_uid.is_some() || profile.company_name.is_some());
    if let Some(Profile { company_uid, company_name, .. }) = named {
        return Ok(Some(Company { uid: company_uid.clone(), name: company_name.clone(), id: None }));
    }
    if target.environment != Environment::Sandbox || !sandbox_db(&context.globals, &context.paths).exists() {
        return Ok(None);
    }
    let key = sandbox_key(context).await?;
    Ok(Some(Company { uid: Some(key.company_uid.into()), name: Some(key.company_name), id: None }))
}

/// Whether the company decided it, as far as that is known.
fn may_be_of(attempt: &Attempt, company: &Company) -> bool {
    let own = attempt.sent.partner.as_ref().unwrap_or(&attempt.sent.company);
    match (&own.uid, &company.uid, &own.name, &company.name) {
        (Some(uid), Some(wanted), ..) => uid == wanted,
        (_, _, Some(name), Some(wanted)) => is_same(name, wanted),
        _ => true,
    }
}
