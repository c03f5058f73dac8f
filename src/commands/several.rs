//! Lists for several profiles, read side by side (`--all-profiles`, `--profile A,B`).

use std::cell::RefCell;
use std::rc::Rc;

use clap::{ArgMatches, FromArgMatches as _};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::commands::deferred::Deferred;
use crate::commands::{self, Command, approvals, keys, policy, ports, speed};
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::render::arrange::ArrangeArgs;
use crate::render::output::ListView;
use crate::session::beside::{Capture, Events, FIELDS};
use crate::session::context::Context;
use crate::session::credentials::names_set_with_verb;
use crate::session::profiles::{Damaged, KeyStore, Profile, ProfilesFile};
use crate::session::target::{Choice, ChosenBy, check_agrees};
use crate::session::unlock;

const PLANS_SCHEMA: &str = "portgate.plans/v1";

/// What is done once for all profiles instead of in each run.
#[derive(Default)]
pub(super) struct Common {
    arrange: ArrangeArgs,
    /// What its rows are.
    noun: &'static str,
    /// Requests of all profiles together, soonest to expire first.
    by_expiry: bool,
    /// Only the last of the decisions in the ledger.
    last: Option<u64>,
    /// The end of `watch`.
    count: Option<u64>,
    is_history: bool,
    is_watch: bool,
}

/// The fields of a list over several profiles: those of a list, and which profile each record is of.
pub(crate) fn fields(known: Vec<String>) -> Vec<String> {
    if known.is_empty() {
        return known;
    }
    let has = |path: &str| known.iter().any(|own| path.split('.').next() == Some(own));
    let mut fields: Vec<String> = FIELDS.into_iter().filter(|path| !has(path)).map(str::to_owned).collect();
    fields.extend(known);
    fields
}

/// Takes from a command what is done for all profiles together. Other commands than lists are refused: a change is for one
/// company, which must be named.
fn common(command: &mut Command) -> Result<Common, Error> {
    use approvals::Command as Approvals;
    let refused = |what: &str, hint: &str| Err(Error::usage(what).hint(hint));
    let arranged = |noun, arrange: &mut ArrangeArgs| {
        Ok(Common { noun, arrange: std::mem::take(arrange), ..Common::default() })
    };
    match command {
        Command::Approvals(Deferred(Approvals::List(args))) => {
            Ok(Common { by_expiry: true, ..arranged("requests", &mut args.arrange)? })
        }
        Command::Speed(Deferred(speed::Command::List(args))) => {
            Ok(Common { by_expiry: true, ..arranged("requests", &mut args.common.arrange)? })
        }
        Command::Ports(Deferred(ports::Command::List(args))) => arranged("ports", &mut args.arrange),
        Command::Keys(Deferred(keys::Command::List(args))) => arranged("service keys", &mut args.arrange),
        Command::Policy(Deferred(policy::Command::Plan(_))) => Ok(Common::default()),
        Command::Approvals(Deferred(Approvals::Watch(args))) => {
            Ok(Common { count: args.limit.take(), is_watch: true, ..Common::default() })
        }
        Command::Approvals(Deferred(Approvals::History(args))) if args.names_one() => refused(
            "approvals history with an ID works with one profile only",
            "use --profile with the profile of the request",
        ),
        Command::Approvals(Deferred(Approvals::History(args))) if args.everywhere => {
            refused("--everywhere includes all profiles already", "omit --all-profiles or --profile")
        }
        Command::Approvals(Deferred(Approvals::History(args))) => {
            Ok(Common { last: args.limit.take(), is_history: true, ..Common::default() })
        }
        Command::Doctor(_) => refused(
            "doctor checks one profile at a time",
            "choose one with --profile; to check the keys of all profiles: portgate auth status --all-profiles --check",
        ),
        _ => refused(
            "this command works with one profile at a time",
            "only approvals list, watch and history, speed list, ports list, keys list, policy plan, whoami, auth status \
             and auth logout accept several profiles; choose one with --profile",
        ),
    }
}

/// Whether a command reads its profiles itself, one after the other.
pub(crate) fn is_own(path: &[&str]) -> bool {
    matches!(path, ["auth", "status" | "logout"] | ["whoami"])
}

pub(crate) async fn run(context: &Context, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let common = common(&mut Command::from_arg_matches(matches)?)?;
    let file = context.profiles()?;
    let Chosen { profiles, damaged } = choose(context, &file)?;
    if let Some(set) = names_set_with_verb(&context.environment) {
        context.terminal.say(&format!("note: {set} ignored: each profile uses its own key"));
    }
    // Asked for once, before the runs, which ask nothing; what is wrong with it is told by each that needs it.
    let in_file =
        |profile: &&Profile| profile.store == KeyStore::File && profile.key_source() == Some("file");
    if let Some(profile) = profiles.iter().copied().find(in_file).filter(|_| context.may_ask()) {
        unlock::store_of(context, profile).await?;
    }
    let events = Rc::new(Events::default());
    events.left.set(common.count);
    let awaited = Awaited::new(&profiles);
    let (is_watch, mut runs) = (common.is_watch, Vec::new());
    for (position, profile) in profiles.iter().enumerate() {
        let capture = Rc::new(Capture::new(profile, &events));
        let own = context.for_profile(profile, &capture)?;
        let mut command = Command::from_arg_matches(matches)?;
        self::common(&mut command)?;
        let awaited = &awaited;
        runs.push(Box::pin(async move {
            let ended = Box::pin(commands::run(&own, command)).await;
            drop(own);
            let are_others_awaited = awaited.end(position, capture);
            let name = &profile.name;
            match &ended {
                Err(error) if is_watch => {
                    context.terminal.warn(&format!("profile '{name}' is no longer watched: {error:#}"));
                }
                Err(error) if are_others_awaited => {
                    context.terminal.warn(&failure_of(profile, error).to_string());
                    awaited.told.borrow_mut().push(position);
                }
                _ => {}
            }
            ended
        }));
    }
    let ended = match is_watch {
        true => tokio::select! {
            biased;
            () = events.over.notified() => return Ok(Exit::Done),
            ended = join_all(runs) => ended,
        },
        false => {
            context.interrupt.leave_to_command();
            let reading = Box::pin(context.interrupt.until_signal(join_all(runs)));
            match context.terminal.with_progress(|| awaited.words(), context.accessible(), reading).await {
                Ok(ended) => ended,
                Err(exit) => return write_read(context, &common, awaited, exit),
            }
        }
    };
    let told = awaited.told.take();
    let (whole, documents) = results(awaited);
    if !common.is_watch {
        write(context, &common, whole, documents)?;
    }
    let exit = conclude(context, (&profiles, &damaged), ended, &told)?;
    match events.left.get().filter(|left| *left > 0 && exit == Exit::Done) {
        None => Ok(exit),
        Some(left) => {
            let count = common.count.unwrap_or_default();
            Err(Error::new(Exit::Timeout, format!("{} of {count} requests arrived in time", count - left))
                .hint("use a longer --timeout, such as 1h")
                .retryable()
                .into())
        }
    }
}

/// The runs that haven't ended, and the results of those that have.
struct Awaited<'p> {
    profiles: &'p [&'p Profile],
    /// By position.
    captures: RefCell<Vec<Option<Rc<Capture>>>>,
    /// Positions of those whose failure was told when it came.
    told: RefCell<Vec<usize>>,
}

impl<'p> Awaited<'p> {
    fn new(profiles: &'p [&'p Profile]) -> Self {
        let captures = profiles.iter().map(|_| None).collect();
        Awaited { profiles, captures: RefCell::new(captures), told: RefCell::default() }
    }

    /// Takes the result of a run; returns whether others haven't ended.
    fn end(&self, position: usize, capture: Rc<Capture>) -> bool {
        let mut captures = self.captures.borrow_mut();
        captures[position] = Some(capture);
        captures.iter().any(Option::is_none)
    }

    fn names(&self) -> Vec<&'p str> {
        let captures = self.captures.borrow();
        let open = self.profiles.iter().zip(captures.iter()).filter(|(_, capture)| capture.is_none());
        open.map(|(profile, _)| profile.name.as_str()).collect()
    }

    fn words(&self) -> String {
        format!("reading {}", self.names().join(", "))
    }
}

/// What was read, in the order of the profiles.
fn results(awaited: Awaited<'_>) -> (ListView<'static>, Vec<Value>) {
    let (mut whole, mut documents) = (None::<ListView<'_>>, Vec::new());
    for capture in awaited.captures.into_inner().into_iter().flatten() {
        let Some((view, document)) = Rc::into_inner(capture).map(Capture::into_result) else { continue };
        documents.extend(document);
        let Some(view) = view else { continue };
        match &mut whole {
            None => whole = Some(view),
            Some(whole) => {
                whole.table.append(view.table);
                whole.records.extend_from_slice(&view.records);
                whole.heading.notes.extend(view.heading.notes);
            }
        }
    }
    (whole.unwrap_or_else(|| ListView::of_records(Vec::new())), documents)
}

/// Writes what was read before a signal, and names the profiles that weren't.
fn write_read(context: &Context, common: &Common, awaited: Awaited<'_>, exit: Exit) -> anyhow::Result<Exit> {
    let names = awaited.names();
    let message = format!("interrupted before everything was read; not read: {}", names.join(", "));
    if names.len() < awaited.profiles.len() {
        let (whole, documents) = results(awaited);
        write(context, common, whole, documents)?;
    }
    Err(Error::new(exit, message).into())
}

/// The profiles that are named, and those of them that can't be used.
#[derive(Default)]
pub(super) struct Chosen<'f> {
    pub(super) profiles: Vec<&'f Profile>,
    pub(super) damaged: Vec<&'f Damaged>,
}

/// As [`chosen`], but no profiles at all are an empty list.
pub(super) fn chosen_or_none<'f>(context: &Context, file: &'f ProfilesFile) -> Result<Chosen<'f>, Error> {
    if file.names().is_empty() { Ok(Chosen::default()) } else { choose(context, file) }
}

/// The profiles that are named, or all of the environment that is named.
fn choose<'f>(context: &Context, file: &'f ProfilesFile) -> Result<Chosen<'f>, Error> {
    let asked = Choice::from_settings(&context.globals, &context.environment)?;
    let Some(names) = context.globals.profile.as_deref() else {
        let (fitting, others): (Vec<&Profile>, Vec<&Profile>) = file
            .profiles()
            .iter()
            .partition(|profile| check_agrees(asked.as_ref(), profile, ChosenBy::Flag).is_ok());
        // One of an unknown backend may be of this one.
        let fits = |rest: &Profile| check_agrees(asked.as_ref(), rest, ChosenBy::Flag).is_ok();
        let damaged =
            file.damaged_profiles().iter().filter(|one| one.rest.as_deref().is_none_or(fits)).collect();
        let chosen = Chosen { profiles: fitting, damaged };
        if let ([], [damaged]) = (&chosen.profiles[..], &chosen.damaged[..]) {
            return Err(damaged.error());
        }
        if chosen.profiles.is_empty() && chosen.damaged.is_empty() {
            let what = if others.is_empty() { "no profiles yet" } else { "no profiles of this environment" };
            return Err(Error::usage(what).hint(Hint::login("create one: ", "")));
        }
        if !others.is_empty() {
            let count = crate::text::words::count(others.len(), "profile", "profiles");
            context.terminal.say(&format!("note: {count} of other environments not included"));
        }
        return Ok(chosen);
    };
    let mut chosen: Vec<&Profile> = Vec::new();
    for name in names.split(',').map(str::trim) {
        if name.is_empty() {
            return Err(Error::usage(format!("--profile '{names}' has an empty name")));
        }
        let profile = file.get(name)?;
        check_agrees(asked.as_ref(), profile, ChosenBy::Flag)?;
        if !chosen.iter().any(|known| known.name == profile.name) {
            chosen.push(profile);
        }
    }
    context.warn_all(&file.faults_beside(None));
    Ok(Chosen { profiles: chosen, damaged: Vec::new() })
}

fn write(
    context: &Context,
    common: &Common,
    mut whole: ListView<'_>,
    documents: Vec<Value>,
) -> anyhow::Result<()> {
    if documents.is_empty() {
        if common.is_history {
            // Decisions of all profiles, oldest first.
            let order = ArrangeArgs { sort: "at".parse().ok(), limit: None };
            order.arrange(&mut whole);
            let last = common.last.map_or(usize::MAX, |last| usize::try_from(last).unwrap_or(usize::MAX));
            let over = whole.records.len().saturating_sub(last);
            whole.records.drain(..over);
            whole.table.rows.drain(..over);
        }
        let mut arrange = common.arrange.clone();
        if common.by_expiry && arrange.sort.is_none() {
            arrange.sort = "expires_at".parse().ok();
        }
        let found = arrange.arrange(&mut whole);
        context.write_list(&whole)?;
        if whole.records.len() < found {
            context.terminal.say(&format!(
                "{} of {found} {} in all profiles",
                whole.records.len(),
                common.noun
            ));
        }
        return Ok(());
    }
    let document = json!({"schema": PLANS_SCHEMA, "plans": documents, "decisions": *whole.records});
    context.write_document(&document, "decisions")
}

/// Why a run failed, with the profile's name.
fn failure_of(profile: &Profile, error: &anyhow::Error) -> Error {
    let found = Error::in_chain(error).cloned();
    let found = found.unwrap_or_else(|| Error::new(Exit::Other, format!("{error:#}")));
    let message = format!("profile '{}': {}", profile.name, found.message);
    Error { message, ..found }
}

/// How it ends: with the code of what failed, whatever the others showed.
fn conclude(
    context: &Context,
    (profiles, damaged): (&[&Profile], &[&Damaged]),
    ends: Vec<anyhow::Result<Exit>>,
    told: &[usize],
) -> anyhow::Result<Exit> {
    let mut failures: Vec<Error> = damaged.iter().map(|one| one.error()).collect();
    let mut failed: Vec<&str> = damaged.iter().map(|one| one.name.as_str()).collect();
    let mut done = Exit::Done;
    let mut untold: Vec<String> = failures.iter().map(ToString::to_string).collect();
    for (position, (profile, end)) in profiles.iter().zip(ends).enumerate() {
        match end {
            Ok(Exit::Done) => {}
            Ok(exit) => done = exit,
            Err(error) => {
                let failure = failure_of(profile, &error);
                if !told.contains(&position) {
                    untold.push(failure.to_string());
                }
                failures.push(failure);
                failed.push(&profile.name);
            }
        }
    }
    if failures.len() < 2 {
        return failures.pop().map_or(Ok(done), |error| Err(error.into()));
    }
    for failure in &untold {
        context.terminal.warn(failure);
    }
    let first = failures[0].exit;
    let message = format!("{} of {} profiles failed", failures.len(), profiles.len() + damaged.len());
    Err(Error::new(first, message)
        .hint(format!(
            "to see the error of one profile, run the command with --profile, such as --profile {}",
            failed[0]
        ))
        .into())
}
