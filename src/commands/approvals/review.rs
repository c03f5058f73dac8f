//! `portgate approvals review`

use std::str::FromStr as _;

use clap::Args;

use super::choose::{self, Chosen};
use super::decide;
use super::decide::decisions::{Decisions, Task};
use super::decide::sold::SoldArgs;
use super::list;
use super::show::{self, Shown};
use crate::api::vlan::Vlan;
use crate::change::document::Summary;
use crate::change::report::{self, Report};
use crate::change::{self, Manner, OutcomeKind, Permit, consent};
use crate::commands::approvals::decision::{Decider, Order, Outcome, action_of};
use crate::commands::approvals::filter::FilterArgs;
use crate::domain::approvals::{Approval, Decision, Kind, Source, Status};
use crate::domain::collect::{Collected, Wanted};
use crate::domain::ports::scan::Keep;
use crate::domain::ports::vlan::VlanChoice;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::options::ConsentArgs;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::session::profiles::Limits;
use crate::terminal::prompt::{Choice, Typed};
use crate::text::name::parse_text;

/// Review pending requests one by one
///
/// For each request, type accept, deny, skip, details or quit (or the first letter; t for details) and press Enter. At a
/// reason or VLAN prompt, Esc goes back. Each request is read again before your decision is sent, and portgate asks again
/// before overselling a port. Nothing is sent for skipped requests. Requires a terminal.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate approvals review
  portgate approvals review --port SYD1-A --expires-within 14d
  portgate approvals review --type speed-change --ticket CHG-1234")]
pub(crate) struct ReviewArgs {
    /// Ticket to record with every decision of this review, before the reason
    #[arg(long, value_name = "TICKET", allow_hyphen_values = true, value_parser = parse_text)]
    ticket: Option<String>,

    #[command(flatten)]
    sold: SoldArgs,

    #[command(flatten)]
    filters: FilterArgs,
}

/// The user's choice for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Accept,
    Deny,
    Skip,
    Details,
    Quit,
}

const ANSWERS: [Choice<Answer>; 5] = [
    Choice { key: 'a', name: "accept", answer: Answer::Accept },
    Choice { key: 'd', name: "deny", answer: Answer::Deny },
    Choice { key: 's', name: "skip", answer: Answer::Skip },
    Choice { key: 't', name: "details", answer: Answer::Details },
    Choice { key: 'q', name: "quit", answer: Answer::Quit },
];
/// Enter alone skips the request.
const DEFAULT: usize = 2;

/// The answer to the VLAN prompt.
enum VlanAnswer {
    Given(VlanChoice),
    LeftToMegaport,
    Back,
}

/// The result of reviewing one request.
enum Ended {
    Decided(Box<Report<Approval>>),
    Skipped,
    Quit,
}

pub(super) async fn run(context: &Context, args: ReviewArgs) -> anyhow::Result<Exit> {
    if let Some(why) = context.why_not_ask() {
        return Err(Error::usage(format!("review requires a terminal ({why})"))
            .because("stdin and stderr must be terminals, and input must not be disabled")
            .hint(
                Hint::call("list requests with `", "approvals list").and("`, then accept or deny them by ID"),
            )
            .into());
    }
    let ticket = decide::reason_with_ticket(None, args.ticket.as_deref())?;
    let (mut connection, permit) = consent::open(context, ConsentArgs::default()).await?;
    let reasons_are_asked: Option<fn(Error) -> Error> = None;
    let permit =
        permit.check(decide::check_words(&connection.limits, reasons_are_asked, ticket.is_some()))?;
    let wanted = Wanted { keep: Keep::Pending, vlans: true, only: args.filters.only() };
    let collected = list::read(context, &mut connection, &wanted).await?;
    let failure = collected.failure().map(|(_, error)| error.clone());
    if let Some((source, _)) = collected.failure() {
        context.terminal.warn(&list::missing(source));
    }
    list::check_ports(&args.filters.port, &collected)?;
    let now = connection.clock.now();
    let waiting = choose::understood(context, &collected, choose::by_filter(&collected, &args.filters, now));
    consent::say_place(context, &connection);
    context.terminal.say(&match waiting.len() {
        0 => "no matching requests are waiting for you".to_owned(),
        1 => "1 request is waiting for you".to_owned(),
        many => format!("{many} requests are waiting for you"),
    });
    choose::say_left_out(context, &collected, &args.filters, now);
    let decider = Decider::new(context, &connection);
    let ceiling = args.sold.ceiling(context, &connection.limits)?;
    let mut walk = Walk {
        context,
        connection: &connection,
        decisions: Decisions::new(&decider, (), ceiling, &permit),
        permit,
        collected,
        ticket: args.ticket,
    };
    context.interrupt.leave_to_command();
    let report = walk.go_through(waiting).await?;
    let left = report.left;
    say_counts(context, &report.outcomes, left);
    let write = |outcomes: &[Outcome]| report::write(context, outcomes, left);
    let exit = report.end(context, walk.permit, write)?;
    failure.map_or(Ok(exit), |error| Err(error.into()))
}

fn say_counts(context: &Context, outcomes: &[Outcome], skipped: usize) {
    let ended = |decision: Decision| {
        outcomes.iter().filter(|one| one.action == action_of(decision) && one.kind.is_ok()).count()
    };
    let decided = [(ended(Decision::Accept), "accepted"), (ended(Decision::Deny), "denied")];
    let said: Vec<String> = decided
        .into_iter()
        .chain(Summary::of(outcomes, skipped).others())
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if !said.is_empty() {
        context.terminal.say(&format!("review: {}", said.join(", ")));
    }
}

/// A review in progress.
struct Walk<'a> {
    context: &'a Context,
    connection: &'a Connection,
    permit: Permit,
    decisions: Decisions<'a, ()>,
    collected: Collected,
    ticket: Option<String>,
}

impl Walk<'_> {
    /// Reviews all requests, until the user quits or a signal arrives.
    async fn go_through(&mut self, waiting: Vec<Approval>) -> anyhow::Result<Report<Approval>> {
        let all = waiting.len();
        let mut report = Report::new(0);
        for (index, approval) in waiting.into_iter().enumerate() {
            match Box::pin(self.review_one(approval, &format!("{} of {all}", index + 1))).await {
                Ok(Ended::Decided(decided)) => {
                    let errors = decided.outcomes.iter().filter_map(|outcome| outcome.error.as_ref());
                    for error in errors.filter(|_| !self.context.tells_people()) {
                        self.context.terminal.warn(&error.to_string());
                    }
                    report.absorb(*decided);
                }
                Ok(Ended::Skipped) => {}
                Ok(Ended::Quit) => break,
                Err(error) if Error::exit_of(&error).is_signal() => {
                    report.stopped_by = Some(Error::exit_of(&error));
                }
                Err(error) => return Err(error),
            }
            report.stopped_by = report.stopped_by.or(self.context.interrupt.signal());
            if report.stopped_by.is_some() {
                break;
            }
        }
        report.left = all - report.outcomes.len();
        Ok(report)
    }

    /// Shows a request, asks for a decision, and carries it out.
    async fn review_one(&mut self, mut approval: Approval, place: &str) -> anyhow::Result<Ended> {
        let terminal = &self.context.terminal;
        let mut shown = self.show(&mut approval, place).await?;
        loop {
            let answer = self
                .until_signal(self.context.prompter().choose("What do you want to do?", &ANSWERS, DEFAULT))
                .await?;
            let order = match answer {
                Answer::Quit => return Ok(Ended::Quit),
                Answer::Skip => return Ok(Ended::Skipped),
                Answer::Details => {
                    for line in show::details(&shown, self.connection.clock.now()) {
                        terminal.say(&line);
                    }
                    continue;
                }
                Answer::Accept => self.order_of(Decision::Accept, &approval, &shown).await?,
                Answer::Deny => self.order_of(Decision::Deny, &approval, &shown).await?,
            };
            let Some(order) = order else { continue };
            // The user may decline to oversell the port.
            let Some(report) = self.decide(&approval, order).await? else { continue };
            match report.outcomes.first() {
                Some(Outcome { kind: OutcomeKind::Conflict, seen: Some(seen), .. })
                    if seen.status == Status::Pending =>
                {
                    approval = Approval { customer: approval.customer.clone(), ..seen.clone() };
                    shown = self.show(&mut approval, place).await?;
                }
                _ => return Ok(Ended::Decided(Box::new(report))),
            }
        }
    }

    /// Carries out a decision on the request as shown. `None` if the user declined to exceed a limit.
    async fn decide(
        &mut self,
        approval: &Approval,
        order: Order,
    ) -> anyhow::Result<Option<Report<Approval>>> {
        let is_accepted = order.decision == Decision::Accept;
        let task = Task { seen: Some(approval.clone()), ..Task::new(Chosen::of(approval), order) };
        let manner = Manner { one_of_many: true, ..Manner::default() };
        let carrying_out = change::run(self.context, &self.permit, &mut self.decisions, vec![task], manner);
        let report = Box::pin(carrying_out).await?;
        let kind = report.outcomes.first().map_or(OutcomeKind::Skipped, |ended| ended.kind);
        match (kind, report.stopped_by) {
            (OutcomeKind::Skipped, Some(exit)) => return Err(Error::new(exit, "interrupted").into()),
            (OutcomeKind::Skipped, None) => return Ok(None),
            _ => {}
        }
        if let Some(asked) = approval.added_mbps().filter(|_| kind == OutcomeKind::Done) {
            for port in approval.ports_taken() {
                self.collected.rooms.settle(port, asked, is_accepted);
            }
        }
        Ok(Some(report))
    }

    /// Shows a request as `show` does, but on stderr, as part of the question.
    async fn show(&self, approval: &mut Approval, place: &str) -> Result<Shown, Error> {
        self.collected.rooms.assign(std::iter::once(&mut *approval));
        let looking = show::look(self.context, self.connection, &self.collected, approval);
        let shown = self.until_signal(async { Ok(looking.await) }).await?;
        self.context.terminal.say("");
        self.context.terminal.say(place);
        for line in show::lines(&shown, self.connection.clock.now()) {
            self.context.terminal.say(&line);
        }
        Ok(shown)
    }

    /// Asks for the VLAN and the reason; `None` if the user went back.
    async fn order_of(
        &self,
        decision: Decision,
        approval: &Approval,
        shown: &Shown,
    ) -> Result<Option<Order>, Error> {
        let mut order = Order::new(decision);
        let asked = approval.b_end.as_ref().and_then(|end| end.vlan);
        let taken = asked.filter(|_| shown.approval.vlan_free == Some(false));
        if decision == Decision::Accept
            && approval.source == Source::Marketplace
            && approval.kind == Kind::Connection
            && approval.b_end.is_some()
            && (asked.is_none() || taken.is_some())
        {
            match self.ask_vlan(taken, shown.next_free_vlan).await? {
                VlanAnswer::Given(vlan) => order.vlan = Some(vlan),
                VlanAnswer::LeftToMegaport => {}
                VlanAnswer::Back => return Ok(None),
            }
        }
        let Limits { require_reason, .. } = self.connection.limits;
        let reason = if decision == Decision::Deny || require_reason {
            let empty = if require_reason { "" } else { " (optional)" };
            match self.until_signal(self.context.prompter().text_or_back(&format!("Reason{empty}"))).await? {
                Typed::Text(reason) => Some(reason),
                Typed::Nothing if require_reason => {
                    self.context.terminal.say("your profile requires a reason; nothing was sent");
                    return Ok(None);
                }
                Typed::Nothing => None,
                Typed::Back => return Ok(None),
            }
        } else {
            None
        };
        match decide::reason_with_ticket(reason.as_deref(), self.ticket.as_deref()) {
            Ok(reason) => Ok(Some(Order { reason, ..order })),
            Err(error) => {
                self.context.terminal.say(&error.message);
                Ok(None)
            }
        }
    }

    /// Asks for a VLAN if the request has none, or one that is taken.
    async fn ask_vlan(&self, taken: Option<Vlan>, next_free: Option<Vlan>) -> Result<VlanAnswer, Error> {
        let next = next_free.map_or_else(|| "next".to_owned(), |vlan| format!("next ({vlan})"));
        let question = match taken {
            Some(taken) => format!("VLAN {taken} is taken. Use another: a number, {next}, or untagged"),
            None => format!("VLAN: a number, {next}, untagged, or empty to let Megaport choose"),
        };
        loop {
            match self.until_signal(self.context.prompter().text_or_back(&question)).await? {
                Typed::Back => return Ok(VlanAnswer::Back),
                Typed::Nothing if taken.is_some() => return Ok(VlanAnswer::Back),
                Typed::Nothing => return Ok(VlanAnswer::LeftToMegaport),
                Typed::Text(typed) => match VlanChoice::from_str(&typed) {
                    Ok(choice) => return Ok(VlanAnswer::Given(choice)),
                    Err(error) => self.context.terminal.say(&error.message),
                },
            }
        }
    }

    /// Runs `work` until it ends or a signal arrives.
    async fn until_signal<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        match self.context.interrupt.until_signal(work).await {
            Ok(done) => done,
            Err(exit) => Err(Error::new(exit, "interrupted")),
        }
    }
}
