//! Which managed account a partner's run acts for: flag > variable > profile.

use std::fmt;

use crate::api::managed_companies::ManagedCompany;
use crate::domain::approvals::Account;
use crate::error::Error;
use crate::exit::Exit;
use crate::options::GlobalArgs;
use crate::process_environment::ProcessEnvironment;
use crate::session::profiles::Profile;
use crate::text::Uid;
use crate::text::name::{first_found, is_same, only_one};

pub(crate) const VARIABLE: &str = "MEGAPORT_MANAGED_ACCOUNT_UID";
/// What names no account, where a weaker setting names one.
const NONE: &str = "none";
/// Accounts named in the error for one that isn't there.
const MOST_NAMED: usize = 10;

/// The setting that names an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Setting {
    Flag,
    Variable,
    /// Of this name.
    Profile(String),
}

impl fmt::Display for Setting {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setting::Flag => text.write_str("--on-behalf-of"),
            Setting::Variable => text.write_str(VARIABLE),
            Setting::Profile(name) => write!(text, "managed_account of profile '{name}'"),
        }
    }
}

/// An account as it was named, before anything is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccountChoice {
    pub(crate) given: String,
    /// The setting it comes from.
    pub(crate) from: Setting,
}

impl AccountChoice {
    /// The account that `--on-behalf-of`, the variable or the profile names, or none. An empty text is a usage error: a
    /// script whose variable isn't set must not act for the partner.
    pub(crate) fn resolve(
        globals: &GlobalArgs,
        environment: &ProcessEnvironment,
        profile: Option<&Profile>,
    ) -> Result<Option<Self>, Error> {
        let of_profile = || {
            let profile = profile?;
            let given = profile.managed_account.as_deref()?;
            Some((given, Setting::Profile(profile.name.clone())))
        };
        let of_variable = environment.text_or_error(VARIABLE)?.map(|given| (given, Setting::Variable));
        let of_flag = globals.on_behalf_of.as_deref().map(|given| (given, Setting::Flag));
        let Some((given, from)) = of_flag.or(of_variable).or_else(of_profile) else { return Ok(None) };
        match given.trim() {
            "" => Err(Error::usage(format!("{from} is empty"))
                .reason("a managed account is required")
                .hint("use its UID or name; to act for your own company, use --on-behalf-of none")),
            given if given.eq_ignore_ascii_case(NONE) => Ok(None),
            given => Ok(Some(AccountChoice { given: given.to_owned(), from })),
        }
    }

    /// Whether it names this account.
    pub(crate) fn names(&self, uid: Option<&Uid>, name: Option<&str>) -> bool {
        uid.is_some_and(|uid| *uid == *self.given) || name.is_some_and(|name| is_same(name, &self.given))
    }

    /// The account it names, by its whole UID or else by its name.
    pub(crate) fn find(&self, accounts: &[Account]) -> Result<Account, Error> {
        let by_uid = |account: &Account| account.uid == *self.given;
        let by_name =
            |account: &Account| account.name.as_deref().is_some_and(|name| is_same(name, &self.given));
        let found = first_found(accounts, &[&by_uid, &by_name]);
        let label = |account: &&Account| {
            format!("{}  {}", account.uid, account.name.as_deref().unwrap_or("without a name"))
        };
        let found = only_one(found, &self.given, "managed accounts", label)
            .map_err(|error| error.reason(self.origin()).hint("name it by its UID"))?;
        found.cloned().ok_or_else(|| self.unknown_error(accounts))
    }

    fn unknown_error(&self, accounts: &[Account]) -> Error {
        let named = if self.is_uid() {
            format!("with UID {}", self.given)
        } else {
            format!("named '{}'", self.given)
        };
        let error = Error::new(Exit::NotFound, format!("your company doesn't manage an account {named}"));
        let error = error.resource(&self.given);
        // What is typed needs no explanation.
        let error = if self.from == Setting::Flag { error } else { error.reason(self.origin()) };
        let named: Vec<String> =
            accounts.iter().take(MOST_NAMED).map(|one| format!("{} ({})", one.label(), one.uid)).collect();
        let error = match accounts.len() {
            0 => error.hint(
                "your company doesn't manage any accounts; only a partner's key can act on behalf of others",
            ),
            all if all > named.len() => {
                error.hint(format!("use one of the {all} accounts it manages, such as {}", named.join(", ")))
            }
            _ => error.hint(format!("use one of the accounts it manages: {}", named.join(", "))),
        };
        if self.from == Setting::Flag {
            error
        } else {
            error.hint("--on-behalf-of none acts for your own company")
        }
    }

    /// Adds to the error of a list that couldn't be read what it was read for.
    pub(crate) fn unread_error(&self, error: Error) -> Error {
        let message =
            format!("could not check whether your company manages '{}': {}", self.given, error.message);
        let error = Error { message, ..error };
        match error.exit {
            Exit::Forbidden | Exit::NotFound => {
                error.hint("only a partner's key can act on behalf of others; --on-behalf-of none acts for your own company")
            }
            _ => error,
        }
    }

    fn is_uid(&self) -> bool {
        let is_part = |character: char| character == '-' || character.is_ascii_hexdigit();
        self.given.len() == 36 && self.given.chars().all(is_part)
    }

    fn origin(&self) -> String {
        let what = if self.is_uid() { "UID" } else { "name" };
        match &self.from {
            from @ Setting::Flag => format!("the {what} was given with {from}"),
            from => format!("the {what} is set by {from}"),
        }
    }
}

/// The accounts of a list, each once, and how many of its elements name none.
pub(crate) fn accounts_of(listed: Vec<ManagedCompany>) -> (Vec<Account>, usize) {
    let mut accounts: Vec<Account> = Vec::with_capacity(listed.len());
    let mut unread = 0;
    for ManagedCompany { company_uid, account_name } in listed {
        match company_uid.filter(|uid| !uid.as_str().trim().is_empty()) {
            None => unread += 1,
            Some(uid) if accounts.iter().any(|known| known.uid == uid) => {}
            Some(uid) => accounts.push(Account { uid, name: account_name, shares_name: false }),
        }
    }
    for at in 0..accounts.len() {
        let name = accounts[at].name.clone();
        let shares = |(other, account): (usize, &Account)| match (&name, &account.name) {
            (Some(name), Some(others)) => other != at && is_same(name, others),
            _ => false,
        };
        accounts[at].shares_name = accounts.iter().enumerate().any(shares);
    }
    (accounts, unread)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(flag: Option<&str>, variable: &str, profile: Option<&str>) -> Result<Option<String>, Error> {
        let globals = GlobalArgs { on_behalf_of: flag.map(str::to_owned), ..GlobalArgs::default() };
        let environment = ProcessEnvironment::from_variables([(VARIABLE, variable)]);
        let mut of_file = Profile::new("p", crate::api::backend::Environment::Staging, None);
        of_file.managed_account = profile.map(str::to_owned);
        let choice = AccountChoice::resolve(&globals, &environment, Some(&of_file))?;
        Ok(choice.map(|choice| format!("{} from {}", choice.given, choice.from)))
    }

    #[test]
    fn a_flag_is_stronger_than_the_variable_and_that_than_the_profile() {
        let ok = |flag, variable, profile| resolve(flag, variable, profile).unwrap().unwrap_or_default();
        assert_eq!(ok(Some(" f "), "v", Some("p")), "f from --on-behalf-of");
        assert_eq!(ok(None, "v", Some("p")), "v from MEGAPORT_MANAGED_ACCOUNT_UID");
        assert_eq!(ok(None, "", Some("p")), "p from managed_account of profile 'p'");
        assert_eq!(ok(None, "", None), "");
        assert_eq!(ok(Some("none"), "v", Some("p")), "");
        assert_eq!(ok(None, "None", Some("p")), "");
        for empty in [resolve(Some(""), "v", None), resolve(None, "  ", Some("p"))] {
            assert_eq!(empty.unwrap_err().exit, Exit::Usage);
        }
    }

    #[test]
    fn accounts_are_told_apart() {
        let listed = [("u-1", "Example Media"), ("U-1", "again"), ("u-2", "EXAMPLE  media"), ("", "nobody")]
            .map(|(uid, name)| ManagedCompany {
                company_uid: Some(uid.into()),
                account_name: Some(name.to_owned()),
            });
        let (accounts, unread) = accounts_of(listed.into());
        let labels: Vec<String> = accounts.iter().map(Account::label).collect();
        assert_eq!(labels, ["Example Media (u-1)", "EXAMPLE  media (u-2)"]);
        assert_eq!(unread, 1);
    }
}
