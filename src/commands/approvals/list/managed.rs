//! Reads the requests of all accounts that a partner manages, one account after the other.

use crate::commands::approvals::list::reading::{missing_warning, read_quietly, skipped_notes};
use crate::domain::approvals::Account;
use crate::domain::collect::{Collected, Wanted};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::connection::{self, Connection};
use crate::session::context::Context;
use crate::text::words;

/// The requests of all accounts.
pub(in crate::commands::approvals) struct Managed {
    pub(in crate::commands::approvals) connection: Connection,
    pub(in crate::commands::approvals) collected: Collected,
    /// What is missing, in a sentence each, and why.
    pub(in crate::commands::approvals) failures: Vec<(String, Error)>,
    /// Where it was read, for people.
    pub(in crate::commands::approvals) place: String,
}

/// Reads them. An account that can't be read is told among the failures; the others count all the same.
pub(in crate::commands::approvals) async fn read(
    context: &Context,
    wanted: &Wanted,
) -> anyhow::Result<Managed> {
    let mut connection = connection::open_own(context).await?;
    let accounts = connection.managed_accounts(context).await?;
    let place = place(&connection, &accounts);
    let (collected, failures) = read_accounts(context, &mut connection, &accounts, wanted, true).await?;
    Ok(Managed { connection, collected, failures, place })
}

/// The environment, the company and how many accounts it manages; before the connection acts for one of them.
pub(in crate::commands::approvals) fn place(connection: &Connection, accounts: &[Account]) -> String {
    let count = words::count(accounts.len(), "managed account", "managed accounts");
    format!("{} · {count} (without your own requests)", connection.place_and_company())
}

/// Reads the requests of each account; `is_first` shows notes about sources that this key can't read.
pub(in crate::commands::approvals) async fn read_accounts(
    context: &Context,
    connection: &mut Connection,
    accounts: &[Account],
    wanted: &Wanted,
    is_first: bool,
) -> Result<(Collected, Vec<(String, Error)>), Error> {
    let mut collected = Collected::default();
    let mut failures = Vec::new();
    for account in accounts {
        connection.act_for(account)?;
        let label = account.label();
        let what = format!("reading the requests of {label}");
        match context.with_progress(&what, read_quietly(connection, wanted)).await {
            // The key's own fault is no account's.
            Err(error) if matches!(error.exit, Exit::Authentication | Exit::SessionExpired) => {
                return Err(error);
            }
            Err(error) => failures.push(failure(account, "its requests are missing here", error)),
            Ok(one) => {
                for note in skipped_notes(&one).iter().filter(|_| is_first) {
                    context.terminal.say(&format!("note: {label}: {note}"));
                }
                for (source, error) in one.failures() {
                    failures.push(failure(account, &missing_warning(source), error.clone()));
                }
                collected.add(account, one);
            }
        }
    }
    if !failures.is_empty() {
        collected.forget_completeness();
    }
    Ok((collected, failures))
}

fn failure(account: &Account, missing: &str, error: Error) -> (String, Error) {
    let label = account.label();
    let message = format!("{label}: {}", error.message);
    (format!("{label}: {missing}"), Error { message, resource: Some(account.uid.to_string()), ..error })
}
