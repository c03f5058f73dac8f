//! `portgate approvals review`

mod order;
mod way;
use clap::Args;

use self::way::Way;
use crate::change::document::Summary;
use crate::change::output;
use crate::change::report::Report;
use crate::change::{self, Manner, OutcomeKind, Permit, consent};
use crate::commands::approvals::choose::{self, Chosen};
use crate::commands::approvals::decide;
use crate::commands::approvals::decide::consequence::consequence_of_accepting;
use crate::commands::approvals::decide::decisions::Decisions;
use crate::commands::approvals::decide::sold::SoldArgs;
use crate::commands::approvals::decide::task::Task;
use crate::commands::approvals::list;
use crate::commands::approvals::list::filter::FilterArgs;
use crate::commands::approvals::list::reading;
use crate::commands::approvals::request::{Decider, Order, Outcome, action_of};
use crate::commands::approvals::show::{self, Shown};
use crate::domain::approvals::{Approval, Decision, Status};
use crate::domain::collect::{Collected, Wanted};
use crate::domain::ports::scan::Keep;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::options::ConsentArgs;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::session::place;
use crate::terminal::prompt::Choice;
use crate::text::name::parse_text;

/// Review pending requests one by one
///
/// For each request, type accept, deny, skip, details or quit (or the first letter; t for details) and press Enter. Type
/// back to return to the previous request, and undo to return to the one you skipped last. A decision can't be undone. At a reason or VLAN prompt, Esc
/// goes back. Each request is read again before your decision is sent, and portgate asks again before denying a request or
/// oversubscribing a port. Nothing is sent for skipped requests. Requires a terminal.
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
    Back,
    Undo,
    Quit,
}

const ANSWERS: [Choice<Answer>; 7] = [
    Choice { key: 'a', name: "accept", answer: Answer::Accept },
    Choice { key: 'd', name: "deny", answer: Answer::Deny },
    Choice { key: 's', name: "skip", answer: Answer::Skip },
    Choice { key: 't', name: "details", answer: Answer::Details },
    Choice { key: 'b', name: "back", answer: Answer::Back },
    Choice { key: 'u', name: "undo skip", answer: Answer::Undo },
    Choice { key: 'q', name: "quit", answer: Answer::Quit },
];
/// Enter alone skips the request.
const DEFAULT: usize = 2;
const QUESTION: &str = "What do you want to do?";

/// The result of reviewing one request.
enum Ended {
    Decided(Box<Report<Approval>>),
    Skipped,
    /// The user goes back to the previous request.
    Back,
    /// The user undoes the last skip.
    Undo,
    Quit,
}

pub(super) async fn run(context: &Context, args: ReviewArgs) -> anyhow::Result<Exit> {
    if let Some(why) = context.why_not_ask() {
        return Err(Error::usage("review requires a terminal")
            .reason(why)
            .hint(Hint::call("list requests with ", "approvals list").and(", then accept or deny them by ID"))
            .into());
    }
    decide::reason_with_ticket(None, args.ticket.as_deref())?;
    let (mut connection, permit) = consent::open(context, ConsentArgs::default()).await?;
    let wanted = Wanted { keep: Keep::Pending, vlans: true, only: args.filters.only_source() };
    let collected = reading::read(context, &mut connection, &wanted).await?;
    let failure = collected.failure().map(|(_, error)| error.clone());
    if let Some((source, _)) = collected.failure() {
        context.terminal.warn(&reading::missing_warning(source));
    }
    list::check_filters(&args.filters, &collected)?;
    let now = connection.clock.now();
    let waiting =
        choose::keep_understood(context, &collected, choose::by_filter(&collected, &args.filters, now));
    place::say_place(context, &connection);
    let ticket = match args.ticket {
        None if connection.limits.require_ticket && !waiting.is_empty() => {
            Some(decide::ask_ticket(context).await?)
        }
        given => given,
    };
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
        permit: permit.without_question(),
        collected,
        ticket,
        filters: args.filters.words(),
    };
    context.interrupt.leave_to_command();
    let report = walk.go_through(waiting).await?;
    let left = report.left;
    say_counts(context, &report.outcomes, left);
    let write = |outcomes: &[Outcome]| output::write(context, outcomes, left);
    let exit = report.end(context, walk.permit, write)?;
    failure.map_or(Ok(exit), |error| Err(error.into()))
}

fn say_counts(context: &Context, outcomes: &[Outcome], skipped: usize) {
    let ended = |decision: Decision| {
        outcomes.iter().filter(|one| one.action == action_of(decision) && one.kind.is_ok()).count()
    };
    let decided = [(ended(Decision::Accept), "accepted"), (ended(Decision::Deny), "denied")];
    // Those after the one at which it ended were not even seen.
    let word = |kind, word| if kind == OutcomeKind::Skipped { "left" } else { word };
    let summary = Summary::count(outcomes, skipped);
    let others = summary.counts_not_ok();
    let said: Vec<String> = decided
        .into_iter()
        .chain(others.map(|(count, kind, what)| (count, word(kind, what))))
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
    /// In words.
    filters: Vec<String>,
}

impl Walk<'_> {
    /// Reviews all requests, until the user quits or a signal arrives.
    async fn go_through(&mut self, waiting: Vec<Approval>) -> anyhow::Result<Report<Approval>> {
        let mut report = Report::new(0);
        let mut way = Way::new(waiting.len());
        let mut next = way.next(0);
        while report.stopped_by.is_none() {
            let ended = match next {
                Some(at) => Box::pin(self.review_one(&waiting, at, &way)).await,
                // The last skip can be undone, too.
                None if way.skipped_count() > 0 => self.ask_at_end(&way).await,
                None => break,
            };
            let at = next.unwrap_or(waiting.len());
            let back = match ended {
                Ok(Ended::Decided(decided)) => {
                    let errors = decided.outcomes.iter().filter_map(|outcome| outcome.error.as_ref());
                    for error in errors.filter(|_| !self.context.tells_people()) {
                        self.context.terminal.warn(&error.to_string());
                    }
                    report.absorb(*decided);
                    way.decide(at);
                    None
                }
                Ok(Ended::Skipped) => {
                    way.skip(at);
                    None
                }
                Ok(Ended::Back) => way.previous(at),
                Ok(Ended::Undo) => way.last_skipped(),
                Ok(Ended::Quit) => break,
                Err(error) if Error::exit_of(&error).is_signal() => {
                    report.stopped_by = Some(Error::exit_of(&error));
                    None
                }
                Err(error) => return Err(error),
            };
            back.into_iter().for_each(|earlier| way.open(earlier));
            next = back.or_else(|| way.next(at + 1));
            report.stopped_by = report.stopped_by.or(self.context.interrupt.signal());
        }
        report.left = waiting.len() - report.outcomes.len();
        Ok(report)
    }

    /// Asks what to do after the last request.
    async fn ask_at_end(&self, way: &Way) -> anyhow::Result<Ended> {
        self.context.terminal.say("");
        self.context.terminal.say(&format!("no more requests; {} skipped", way.skipped_count()));
        let answers =
            ANSWERS.into_iter().filter(|choice| matches!(choice.answer, Answer::Undo | Answer::Quit));
        let answers: Vec<Choice<Answer>> = answers.collect();
        Ok(match self.until_signal(self.context.prompter().choose(QUESTION, &answers, 1)).await? {
            Answer::Undo => Ended::Undo,
            _ => Ended::Quit,
        })
    }

    /// Shows a request, asks for a decision, and carries it out.
    async fn review_one(&mut self, waiting: &[Approval], at: usize, way: &Way) -> anyhow::Result<Ended> {
        let mut approval = waiting[at].clone();
        let place = format!("{} of {}", at + 1, waiting.len());
        let place = [vec![place], self.filters.clone()].concat().join(" · ");
        let answers = ANSWERS.into_iter().filter(|choice| match choice.answer {
            Answer::Back => way.previous(at).is_some(),
            Answer::Undo => way.last_skipped().is_some(),
            _ => true,
        });
        let answers: Vec<Choice<Answer>> = answers.collect();
        let terminal = &self.context.terminal;
        let mut start = terminal.place();
        let mut shown = self.show(&mut approval, &place).await?;
        let mut is_detailed = false;
        loop {
            let answer =
                self.until_signal(self.context.prompter().choose(QUESTION, &answers, DEFAULT)).await?;
            let order = match answer {
                Answer::Quit => return Ok(Ended::Quit),
                Answer::Skip => return Ok(Ended::Skipped),
                Answer::Back => return Ok(Ended::Back),
                Answer::Undo => return Ok(Ended::Undo),
                Answer::Details => {
                    is_detailed = !is_detailed;
                    if !self.context.accessible() && terminal.erase_since(start) {
                        self.draw(&shown, &place);
                    } else {
                        is_detailed = true;
                    }
                    for line in show::details(&shown).iter().filter(|_| is_detailed) {
                        terminal.say(line);
                    }
                    continue;
                }
                Answer::Accept => self.order_of(Decision::Accept, &approval, &shown).await?,
                Answer::Deny => self.order_of(Decision::Deny, &approval, &shown).await?,
            };
            let Some(order) = order else { continue };
            // The user may decline to oversubscribe the port.
            let Some(report) = self.decide(&approval, order).await? else { continue };
            match report.outcomes.first() {
                Some(Outcome { kind: OutcomeKind::Conflict, seen: Some(seen), .. })
                    if seen.status == Status::Pending =>
                {
                    approval = Approval { customer: approval.customer.clone(), ..seen.clone() };
                    start = self.context.terminal.place();
                    shown = self.show(&mut approval, &place).await?;
                    is_detailed = false;
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
        let task = Task { seen: Some(approval.clone()), ..Task::new(Chosen::from_approval(approval), order) };
        let manner = Manner { one_of_many: true, ..Manner::default() };
        let carrying_out = change::run(self.context, &self.permit, &self.decisions, vec![task], manner);
        let report = Box::pin(carrying_out).await?;
        self.decisions.forget_waiting(&report.outcomes);
        let kind = report.outcomes.first().map_or(OutcomeKind::Skipped, |ended| ended.kind);
        match (kind, report.stopped_by) {
            (OutcomeKind::Skipped, Some(exit)) => return Err(Error::interruption(exit).into()),
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
        self.draw(&shown, place);
        Ok(shown)
    }

    fn draw(&self, shown: &Shown, place: &str) {
        self.context.terminal.say("");
        self.context.terminal.say(place);
        for line in show::lines(shown, self.connection.clock.now(), self.context.moments()) {
            self.context.terminal.say_field(&line);
        }
        let accepted = consequence_of_accepting(&shown.approval);
        self.context.terminal.say_field(&show::field("Effect", &format!("if you accept: {accepted}")));
    }

    /// Runs `work` until it ends or a signal arrives.
    async fn until_signal<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        match self.context.interrupt.until_signal(work).await {
            Ok(done) => done,
            Err(exit) => Err(Error::interruption(exit)),
        }
    }
}
