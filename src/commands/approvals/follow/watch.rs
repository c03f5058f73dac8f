//! `portgate approvals watch`

use std::collections::HashSet;
use std::time::{Duration, Instant};

use clap::Args;

use crate::commands::approvals::choose;
use crate::commands::approvals::follow::poll::{self, Pace};
use crate::commands::approvals::list;
use crate::commands::approvals::list::filter::FilterArgs;
use crate::commands::approvals::list::managed;
use crate::commands::approvals::list::reading;
use crate::commands::approvals::view;
use crate::domain::approvals::ids::ShortIds;
use crate::domain::approvals::{Account, Approval};
use crate::domain::collect::{Collected, Wanted};
use crate::domain::ports::scan::Keep;
use crate::error::Error;
use crate::exit::Exit;
use crate::options::OutputFormat;
use crate::session::connection::{self, Connection};
use crate::session::context::Context;
use crate::session::place;
use crate::text::Uid;
use crate::text::amounts::parse_count;
use crate::text::words;

/// Print new requests as they arrive, until interrupted
///
/// Requests that are already pending are counted but not printed unless you use --existing. With -o json or jsonl, each request is a JSON
/// object on its own line. With --timeout, it stops after that time. Temporary failures are reported and retried, and
/// the API's Retry-After is honoured. As in a list, TAKEN marks a VLAN that is taken, OVER a port that would be
/// oversubscribed, and (new) a customer without a VXC.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate approvals watch
  portgate approvals watch --type speed-change --interval 5m
  portgate approvals watch --existing -o jsonl | while read -r one; do ...; done")]
pub(crate) struct WatchArgs {
    /// Time between checks; increased automatically if the API is slow
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = poll::parse_interval, allow_hyphen_values = true)]
    interval: Duration,

    /// Also print requests already pending
    #[arg(long)]
    existing: bool,

    /// Exit after this many requests
    #[arg(long, alias = "count", value_name = "N", value_parser = parse_count, allow_negative_numbers = true)]
    pub(in crate::commands) limit: Option<u64>,

    /// Watch all accounts that your company manages as a partner when the command starts
    #[arg(long, conflicts_with = "on_behalf_of")]
    managed: bool,

    #[command(flatten)]
    filters: FilterArgs,
}

pub(in crate::commands::approvals) async fn run(context: &Context, args: WatchArgs) -> anyhow::Result<Exit> {
    if matches!(context.output, OutputFormat::Csv | OutputFormat::Yaml) {
        return Err(Error::usage("watch doesn't support -o csv or -o yaml").hint("use -o jsonl").into());
    }
    let until = poll::deadline(context.globals.timeout);
    let (mut connection, managed) = match args.managed {
        false => (connection::open(context).await?, None),
        true => {
            let own = connection::open_own(context).await?;
            let accounts = own.managed_accounts(context).await?;
            let place = managed::place(&own, &accounts);
            (own, Some((accounts, place)))
        }
    };
    context.interrupt.leave_to_command();
    let mut watch = Watch { args, managed, seen: HashSet::new(), printed: 0, pace: None };
    loop {
        let looked = match context.interrupt.until_signal(watch.look(context, &mut connection)).await {
            Ok(looked) => looked?,
            Err(exit) => return Ok(exit),
        };
        let Some(pause) = looked else { return Ok(Exit::Done) };
        let left = until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()));
        if let Err(exit) = context.interrupt.until_signal(tokio::time::sleep(pause.min(left))).await {
            return Ok(exit);
        }
        if left <= pause {
            return watch.conclude_late();
        }
    }
}

struct Watch {
    args: WatchArgs,
    /// The managed accounts to watch, and where they are.
    managed: Option<(Vec<Account>, String)>,
    /// IDs already printed or counted.
    seen: HashSet<Uid>,
    printed: u64,
    /// Set after the first successful check.
    pace: Option<Pace>,
}

impl Watch {
    /// Checks once, prints new requests, and returns the pause; `None` when done.
    async fn look(
        &mut self,
        context: &Context,
        connection: &mut Connection,
    ) -> anyhow::Result<Option<Duration>> {
        let started = Instant::now();
        let is_first = self.pace.is_none();
        let (collected, failure) = match (self.read(context, connection, is_first).await, &mut self.pace) {
            (Ok(read), _) => read,
            // The first check must succeed, to report wrong settings immediately.
            (Err(error), None) => return Err(error),
            (Err(error), Some(pace)) => {
                return Ok(Some(pace.ride_out(context, error.downcast::<Error>()?)?));
            }
        };
        if is_first {
            if let Some(error) = failure {
                return Err(error.into());
            }
            list::check_filters(&self.args.filters, &collected)?;
            context.learn_company(&connection.company);
            match &self.managed {
                Some((_, place)) => context.terminal.say(place),
                None => place::say_place(context, connection),
            }
        }
        if failure.is_none() && self.pace.as_ref().is_some_and(Pace::has_failed) {
            context.terminal.say("note: reading requests works again");
        }
        let now = connection.clock.now();
        if is_first {
            choose::say_left_out(context, &collected, &self.args.filters, now);
        }
        let waiting = choose::that_may_wait(&collected, &self.args.filters, now);
        let done = self.print_new(context, connection, &collected, waiting, is_first)?;
        if done || context.terminal.is_closed() {
            return Ok(None);
        }
        let pace = self.pace.get_or_insert_with(|| Pace::every(self.args.interval));
        Ok(Some(match failure {
            Some(error) => pace.ride_out(context, error)?,
            None => pace.pause_after(started.elapsed()),
        }))
    }

    /// Reads the pending requests, and why some are missing.
    async fn read(
        &self,
        context: &Context,
        connection: &mut Connection,
        is_first: bool,
    ) -> anyhow::Result<(Collected, Option<Error>)> {
        let wanted = Wanted { keep: Keep::Pending, vlans: true, only: self.args.filters.only_source() };
        if let Some((accounts, _)) = &self.managed {
            let reading = managed::read_accounts(context, connection, accounts, &wanted, is_first);
            let (collected, failures) = reading.await?;
            return Ok((collected, failures.into_iter().next().map(|(_, error)| error)));
        }
        let collected = match is_first {
            true => reading::read(context, connection, &wanted).await?,
            false => reading::read_quietly(connection, &wanted).await?,
        };
        let failure = collected.failure().map(|(_, error)| error.clone());
        Ok((collected, failure))
    }

    /// Prints unseen requests; returns whether --limit is reached.
    fn print_new(
        &mut self,
        context: &Context,
        connection: &Connection,
        collected: &Collected,
        waiting: Vec<Approval>,
        is_first: bool,
    ) -> anyhow::Result<bool> {
        let ids = ShortIds::from_ids(collected.approvals.iter().map(|approval| &approval.id));
        let mut fresh: Vec<Approval> =
            waiting.into_iter().filter(|approval| self.seen.insert(approval.id.clone())).collect();
        if is_first && !self.args.existing {
            let already = words::count(fresh.len(), "pending request", "pending requests");
            context.terminal.say(&format!("{already}; watching for new ones (Ctrl-C to stop)"));
            return Ok(false);
        }
        for approval in &mut fresh {
            let of_account =
                view::account(approval).map(|account| format!("{account}: ")).unwrap_or_default();
            if approval.account.is_none() {
                approval.account = context.account().cloned();
            }
            let at = connection.clock.now();
            let expires = match approval.expires_at {
                Some(_) => format!(", expires {}", words::expiry(approval.expires_at, at)),
                None => String::new(),
            };
            let id = ids.shorten(&approval.id);
            let sentence = view::marked_sentence(approval);
            let line = format!("{}  {id}  {of_account}{sentence}{expires}", context.moments().format(at));
            context.write_event(&line, &serde_json::to_value(&*approval)?)?;
            context.terminal.flush()?;
            self.printed += 1;
            if self.args.limit.is_some_and(|count| self.printed >= count) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The end of --timeout: an error only if --limit was not reached.
    fn conclude_late(&self) -> anyhow::Result<Exit> {
        match self.args.limit {
            None => Ok(Exit::Done),
            Some(count) => {
                let came =
                    words::count(usize::try_from(self.printed).unwrap_or(usize::MAX), "request", "requests");
                Err(Error::new(Exit::Timeout, format!("{came} of {count} arrived in time"))
                    .hint("use a longer --timeout, such as 1h")
                    .retryable()
                    .into())
            }
        }
    }
}
