//! `portgate ledger verify`

use clap::Args;
use serde::Serialize;

use crate::error::Error;
use crate::exit::Exit;
use crate::ledger::{ChainEnd, Verified};
use crate::session::context::Context;
use crate::text::words;

/// Faults that are listed; the rest is counted.
const MOST_SHOWN: usize = 20;

/// Check that no entry of the ledger was changed, removed, added or moved
///
/// Each entry contains a hash of its text and the hash of the entry before. If the last entries were removed, the others are
/// still consistent: to notice that, keep the head that portgate prints with `--verbose` and in result documents, and
/// check it with `--head`. Exits with code 13 if the ledger was altered.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate ledger verify
  portgate ledger verify --head 5f3a9c0e17b2d486")]
pub(crate) struct VerifyArgs {
    /// Require an entry with this hash, or its first 12 or more digits
    #[arg(long, value_name = "HASH", value_parser = parse_hash)]
    head: Option<String>,
}

/// What was found. The field names are stable.
#[derive(Debug, Default, Serialize)]
struct Record {
    ok: bool,
    path: String,
    entries: u64,
    /// The hash of the last entry; null where the ledger has several chains.
    head: Option<String>,
    chains: Vec<ChainRecord>,
    /// Whether the entry of `--head` is there; null without it.
    has_head: Option<bool>,
    faults: Vec<FaultRecord>,
}

/// The entries of one backend and company in a database; in files, all of them.
#[derive(Debug, Default, Serialize)]
pub(in crate::commands) struct ChainRecord {
    pub(super) chain: String,
    entries: u64,
    pub(super) head: String,
}

impl From<&ChainEnd> for ChainRecord {
    fn from(chain: &ChainEnd) -> Self {
        let ChainEnd { place, entries, head } = chain.clone();
        ChainRecord { chain: place, entries, head: head.hash }
    }
}

#[derive(Debug, Default, Serialize)]
pub(in crate::commands) struct FaultRecord {
    file: String,
    line: u64,
    fault: String,
}

pub(in crate::commands) fn fields() -> Vec<String> {
    crate::render::fields::paths_of(&Record::default())
}

fn parse_hash(text: &str) -> Result<String, String> {
    let hash = text.trim().to_ascii_lowercase();
    match (12..=64).contains(&hash.len()) && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(hash),
        false => Err("a hash has 64 hexadecimal digits; enter at least the first 12".to_owned()),
    }
}

pub(super) async fn run(context: &Context, args: VerifyArgs) -> anyhow::Result<Exit> {
    let ledger = context.ledger()?;
    let checking = ledger.verify(args.head.as_deref());
    let verified = context.with_progress("checking the ledger", checking).await?;
    let has_head = args.head.is_some().then_some(verified.has_wanted);
    let is_ok = verified.faults.is_empty() && verified.has_wanted;
    let record = Record {
        ok: is_ok,
        path: ledger.place(),
        entries: verified.count(),
        head: verified.head().map(|head| head.hash.clone()),
        chains: verified.chains().map(ChainRecord::from).collect(),
        has_head,
        faults: verified
            .faults
            .iter()
            .map(|fault| FaultRecord {
                file: fault.place.clone(),
                line: fault.line,
                fault: fault.kind.to_string(),
            })
            .collect(),
    };
    context.write_record(&lines(&record, &verified), &serde_json::to_value(&record)?)?;
    if is_ok {
        return Ok(Exit::Done);
    }
    let error = Error::new(Exit::Conflict, "the ledger is not as portgate wrote it");
    Err(match has_head {
        Some(false) if verified.faults.is_empty() => {
            error.reason("it has no entry with the hash of --head: entries at the end may be missing")
        }
        _ => error.reason(words::count(record.faults.len(), "fault", "faults")),
    }
    .hint("compare it with a backup, or with the result documents of your pipelines")
    .into())
}

fn lines(record: &Record, verified: &Verified) -> Vec<String> {
    let faults = verified.faults.iter().take(MOST_SHOWN);
    let mut lines: Vec<String> =
        faults.map(|fault| format!("{}:{}: {}", fault.place, fault.line, fault.kind)).collect();
    if verified.faults.len() > MOST_SHOWN {
        lines.push(format!("and {} more", verified.faults.len() - MOST_SHOWN));
    }
    let state = if record.ok { "intact" } else { "not intact" };
    match &record.head {
        Some(head) => lines.push(format!("{state}: {}, head {head}", verified.count_words())),
        None => {
            lines.extend(record.chains.iter().map(|chain| format!("{}: head {}", chain.chain, chain.head)));
            let chains = words::count(record.chains.len(), "chain", "chains");
            lines.push(format!("{state}: {} in {chains}", verified.count_words()));
        }
    }
    lines
}
