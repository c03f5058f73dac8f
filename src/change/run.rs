//! Carries out changes of one kind, several at once, each with its own outcome. They are booked one after the other, so that
//! limits and VLANs come out as if they were sent one after the other.

use std::cell::RefCell;
use std::collections::HashMap;
use std::convert::Infallible;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::api::backend::Patience;
use crate::change::concurrency::Concurrency;
use crate::change::consent::Permit;
use crate::change::dry_run;
use crate::change::gate::Gate;
use crate::change::outcome::Outcome;
use crate::change::pace::Pace;
use crate::change::plan::Change;
use crate::change::progress::Progress;
use crate::change::renderer::{Event, Renderer, show};
use crate::change::report::Report;
use crate::change::stop::{Consent, Ended, Stop};
use crate::session::context::Context;

/// How often the progress is said with --verbose.
const BETWEEN_PROGRESS: Duration = Duration::from_secs(10);

/// Changes that are sent and wait to be read back together, at most.
const MOST_PARKED: usize = 1024;

/// Options of a run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manner {
    /// Ask once about all excesses.
    pub(crate) asks_ahead: bool,
    /// One of several changes carried out individually, such as in a review.
    pub(crate) one_of_many: bool,
    pub(crate) concurrency: Concurrency,
}

/// Carries them out, or shows what would be sent, as the permit says; and tells people how each ended.
pub(crate) async fn run<C: Change>(
    context: &Context,
    permit: &Permit,
    change: &C,
    items: Vec<C::Item>,
    manner: Manner,
) -> anyhow::Result<Report<C::Seen>> {
    // What was done before a signal, and what was not, is told whenever it comes.
    context.interrupt.leave_to_command();
    let all = items.len();
    let renderer = Renderer { context, all, many: all > 1 || manner.one_of_many };
    let mut report = Report::new(all);
    show(renderer.context, &Event::Opened(change.connection()));
    change.notes().iter().for_each(|note| show(renderer.context, &Event::Said(note)));
    if permit.dry_run {
        dry_run::run(&renderer, change, &items, manner.concurrency.fail_fast, &mut report).await?;
        return Ok(report);
    }
    let run = Run {
        renderer: &renderer,
        change,
        must_ask: permit.must_ask,
        items: &items,
        consents: RefCell::default(),
        gate: Gate::default(),
        progress: Progress::default(),
        pace: Pace::new(manner.concurrency.most, manner.concurrency.fail_fast),
    };
    if permit.must_ask {
        report.stopped_by = run.ask_about_all().await?;
    }
    if all > 1 && manner.asks_ahead && context.may_ask() && report.stopped_by.is_none() {
        report.stopped_by = run.ask_about_excesses().await?;
    }
    if report.stopped_by.is_none() {
        match context.interrupt.until_signal(change.begin(&items)).await {
            Ok(begun) => begun?,
            Err(exit) => report.stopped_by = Some(exit),
        }
    }
    match all {
        0 | 1 => run.carry_out_all(&mut report).await?,
        _ => {
            let carrying_out = Box::pin(run.carry_out_all(&mut report));
            let words = || run.progress_words();
            tokio::select! {
                done = context.terminal.with_progress(words, context.accessible(), carrying_out) => done?,
                never = run.say_progress() => match never {},
            }
        }
    }
    Ok(report)
}

pub(super) struct Run<'a, C: Change> {
    pub(super) renderer: &'a Renderer<'a>,
    pub(super) change: &'a C,
    /// Whether to ask about each change that no question was about yet.
    pub(super) must_ask: bool,
    pub(super) items: &'a [C::Item],
    /// Answers by position.
    pub(super) consents: RefCell<HashMap<usize, Consent<C::Excess>>>,
    pub(super) gate: Gate,
    pub(super) pace: Pace,
    progress: Progress,
}

/// What comes next of those that are under way.
enum Step<S> {
    Ended(usize, Box<anyhow::Result<Ended<S>>>),
    /// Another one may start.
    Free,
    /// None is under way.
    Idle,
}

impl<C: Change> Run<'_, C> {
    /// Carries out all of them, and reports each in the order given.
    async fn carry_out_all(&self, report: &mut Report<C::Seen>) -> anyhow::Result<()> {
        let mut running = FuturesUnordered::new();
        let (mut started, mut reported) = (0, 0);
        let mut ended: HashMap<usize, Ended<C::Seen>> = HashMap::new();
        let mut failure = None;
        loop {
            let is_stopped = failure.is_some() || report.stopped_by.is_some() || self.stop().is_some();
            let is_open = started < self.items.len() && !is_stopped;
            if is_open && self.may_start(running.len()) {
                running.push(self.carry_out_at(started));
                started += 1;
                continue;
            }
            match self.step(&mut running, is_open).await {
                Step::Ended(position, one) => match *one {
                    Ok(one) => {
                        one.iter().for_each(|outcome| self.learn(position, outcome));
                        ended.insert(position, one);
                    }
                    Err(error) => failure = failure.or(Some(error)),
                },
                Step::Free => {}
                Step::Idle => break,
            }
            while let Some(one) = ended.remove(&reported) {
                self.report(report, reported, one);
                reported += 1;
            }
        }
        if let Some(error) = failure {
            return Err(error);
        }
        for position in reported..self.items.len() {
            let stop = report.stopped_by.map(Stop::Signal).or_else(|| self.stop());
            self.report(report, position, Err(stop.expect("only a stop leaves some")));
        }
        report.tell_unsent(self.renderer, C::NOUN);
        Ok(())
    }

    /// Waits until one ends, or another may start.
    async fn step<F>(&self, running: &mut FuturesUnordered<F>, is_open: bool) -> Step<C::Seen>
    where
        F: Future<Output = (usize, anyhow::Result<Ended<C::Seen>>)>,
    {
        poll_fn(|task| match running.poll_next_unpin(task) {
            Poll::Ready(Some((position, ended))) => Poll::Ready(Step::Ended(position, Box::new(ended))),
            Poll::Ready(None) => Poll::Ready(Step::Idle),
            Poll::Pending if is_open && self.may_start(running.len()) => Poll::Ready(Step::Free),
            Poll::Pending => {
                let parked = self.change.parked_count();
                self.renderer.context.interrupt.note_sent(parked);
                // Read back early enough that the others needn't wait for it.
                if running.len() <= parked + self.gate.blocked_count() || parked >= MOST_PARKED / 2 {
                    self.change.hurry();
                }
                Poll::Pending
            }
        })
        .await
    }

    fn progress_words(&self) -> String {
        let words = self.progress.words(self.items.len());
        if self.pace.is_paused() { format!("{words}; waiting for the rate limit") } else { words }
    }

    /// Says how far it is from time to time, with --verbose where no terminal shows it.
    async fn say_progress(&self) -> Infallible {
        let context = self.renderer.context;
        if context.globals.verbose == 0 || context.terminal.facts.stderr {
            std::future::pending::<()>().await;
        }
        loop {
            tokio::time::sleep(BETWEEN_PROGRESS).await;
            show(self.renderer.context, &Event::Progress(self.progress_words()));
        }
    }

    fn learn(&self, position: usize, outcome: &Outcome<C::Seen>) {
        self.pace.learn(position, outcome);
        self.progress.add(outcome.kind);
    }

    fn may_start(&self, running: usize) -> bool {
        running.saturating_sub(self.change.parked_count()) < self.pace.now() && running < MOST_PARKED
    }

    /// Why nothing more is started.
    fn stop(&self) -> Option<Stop> {
        let signal = self.renderer.context.interrupt.signal().map(Stop::Signal);
        signal.or_else(|| self.pace.halt_error().map(Stop::Halt))
    }

    fn report(&self, report: &mut Report<C::Seen>, position: usize, ended: Ended<C::Seen>) {
        match ended {
            Ok(outcome) => report.add(self.renderer, outcome),
            Err(stop) => report.leave(self.change.subject(&self.items[position]), stop),
        }
        report.stopped_by = report.stopped_by.or(self.renderer.context.interrupt.signal());
    }

    async fn carry_out_at(&self, position: usize) -> (usize, anyhow::Result<Ended<C::Seen>>) {
        let carrying_out = self.carry_out(position, &self.items[position]);
        let ended = Patience::operation(Box::pin(carrying_out)).await;
        self.gate.pass(position);
        (position, ended)
    }
}
