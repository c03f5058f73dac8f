//! `/v2/managedCompanies`: the accounts that a partner manages.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::envelope::Envelope;
use super::request::{Json, Uid};
use crate::sandbox::app::Call;
use crate::sandbox::domain::session::Session;
use crate::sandbox::domain::text::check_line;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::role::Action;
use crate::sandbox::store::companies::{self, Company, NewAccount};

const LONGEST_NAME: usize = 255;

pub(crate) async fn list(call: Call) -> Answer<Envelope<Vec<Value>>> {
    let accounts = call
        .read(|session| {
            session.caller.require(Action::See)?;
            Ok(companies::managed_by(session.transaction, session.caller.company_id)?)
        })
        .await?;
    Ok(Envelope::new("Managed companies", accounts.iter().map(view).collect()))
}

/// An account as the partner sees it (confirmed, megaport-api.md).
fn view(account: &Company) -> Value {
    json!({
        "accountRef": account.account_reference,
        "accountName": account.name,
        "companyUid": account.uid,
    })
}

/// What may be said of an account.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountTerms {
    account_name: Option<String>,
    account_ref: Option<String>,
}

impl AccountTerms {
    fn name(&self) -> Answer<Option<&str>> {
        check_text("accountName", self.account_name.as_deref())
    }

    fn reference(&self) -> Answer<Option<&str>> {
        check_text("accountRef", self.account_ref.as_deref())
    }
}

fn check_text<'a>(field: &str, text: Option<&'a str>) -> Answer<Option<&'a str>> {
    let Some(text) = text.map(str::trim) else { return Ok(None) };
    if text.is_empty() || text.chars().count() > LONGEST_NAME {
        return Err(Refusal::bad(format!("{field} must have 1 to {LONGEST_NAME} characters")));
    }
    check_line(field, text)?;
    Ok(Some(text))
}

pub(crate) async fn create(
    call: Call,
    Json(terms): Json<AccountTerms>,
) -> Answer<(StatusCode, Envelope<Value>)> {
    terms.name()?.ok_or_else(|| Refusal::bad("accountName is missing"))?;
    let account = call
        .write(move |session| {
            let Session { transaction, caller, now_ms, .. } = session;
            caller.require(Action::Administer)?;
            if companies::by_id(transaction, caller.company_id)?.managed_by.is_some() {
                return Err(Refusal::forbidden("A managed account cannot manage accounts"));
            }
            let name = terms.name()?.unwrap_or_default();
            let uid = Uuid::new_v4().to_string();
            let new = NewAccount {
                uid: &uid,
                name,
                slug: &uid,
                account_reference: terms.reference()?,
                managed_by: caller.company_id,
                created_at: *now_ms,
            };
            new.insert(transaction)?;
            session.note("Managed company created", name)?;
            own_account(session, &uid)
        })
        .await?;
    Ok((StatusCode::CREATED, Envelope::new("Managed company created", view(&account))))
}

pub(crate) async fn change(
    call: Call,
    Uid(uid): Uid,
    Json(terms): Json<AccountTerms>,
) -> Answer<Envelope<Value>> {
    let account = call
        .write(move |session| {
            session.caller.require(Action::Administer)?;
            let mut account = own_account(session, &uid)?;
            let (name, reference) = (terms.name()?, terms.reference()?);
            if name.is_none() && reference.is_none() {
                return Err(Refusal::bad("The request contains no changes"));
            }
            account.name = name.map_or(account.name, str::to_owned);
            account.account_reference = reference.map(str::to_owned).or(account.account_reference);
            companies::set_account(session.transaction, &account)?;
            session.note("Managed company changed", &account.name)?;
            Ok(account)
        })
        .await?;
    Ok(Envelope::new("Managed company has been updated", view(&account)))
}

fn own_account(session: &Session<'_>, uid: &str) -> Answer<Company> {
    let account = companies::by_uid(session.transaction, uid)?
        .ok_or_else(|| Refusal::not_found(format!("There is no company {uid}")))?;
    if account.managed_by != Some(session.caller.company_id) {
        return Err(Refusal::forbidden("Your company does not manage this account"));
    }
    Ok(account)
}
