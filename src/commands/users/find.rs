//! Finds a user by name.

use super::view;
use crate::api::employment::{self, Employment};
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::session::id_map::MOST_OFFERED;
use crate::session::owner;
use crate::text::id::names_id;
use crate::text::name::{first_found, fold, only_one};

/// Reads the company's users, and sets the company's name from them.
pub(super) async fn read_all(
    context: &Context,
    connection: &mut Connection,
) -> Result<Vec<Employment>, Error> {
    owner::check_key(context, connection).await?;
    let users = context.with_progress("reading your users", employment::list(&connection.client)).await?;
    if connection.company.name.is_none() {
        connection.company.name = users.iter().find_map(|user| user.company_name.clone());
    }
    let company = connection.company.clone();
    connection.ids.keep(&company, std::iter::empty(), |seen| {
        let named = users.iter().take(MOST_OFFERED).filter_map(|user| Some((user.email()?.to_owned(), user)));
        seen.users = named.map(|(email, user)| (email, view::name_and_role(user))).collect();
    });
    Ok(users)
}

/// How exactly a user must be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// A part of the name is enough.
    Loose,
    /// The name must be complete, as nobody confirms the change.
    Whole,
}

/// The user named by email address, number, UID or its start, full name, or an unambiguous part of the name, in any
/// case.
pub(super) fn find<'a>(
    users: &'a [Employment],
    named: &str,
    naming: Naming,
) -> Result<&'a Employment, Error> {
    let given = named.trim();
    let wanted = fold(given);
    let lower = |text: Option<&str>| fold(text.unwrap_or_default());
    let by_uid = |user: &Employment| user.uid().is_some_and(|uid| names_id(given, uid));
    let ways: [&dyn Fn(&Employment) -> bool; 3] = [
        &|user| {
            lower(user.email()) == wanted
                || lower(user.uid()) == wanted
                || user.id().is_some_and(|id| id.to_string() == wanted)
        },
        &|user| lower(user.name().as_deref()) == wanted,
        &|user| {
            lower(user.name().as_deref()).contains(&wanted)
                || lower(user.email()).starts_with(&wanted)
                || by_uid(user)
        },
    ];
    let found = if wanted.is_empty() { Vec::new() } else { first_found(users, &ways) };
    let label = |user: &&Employment| format!("{}  {}", user.email().unwrap_or("-"), user.label());
    let one = only_one(found, named, "of your users", label)
        .map_err(|error| error.hint("use the email address or the number"))?
        .ok_or_else(|| {
            Error::new(Exit::NotFound, format!("user '{named}' not found"))
                .hint(Hint::call("list your users: ", "users list"))
                .resource(named)
        })?;
    if naming == Naming::Whole && !ways[..2].iter().any(|way| way(one)) && !by_uid(one) {
        let who = format!("{} <{}>", one.label(), one.email().unwrap_or("no address"));
        return Err(Error::usage(format!("'{named}' is only part of a user's name"))
            .reason("without a confirmation prompt, the user must be named in full")
            .hint(format!("did you mean {who}? Use the email address, the number or the full name"))
            .resource(named));
    }
    Ok(one)
}

/// The number needed to change a user.
pub(super) fn user_number(user: &Employment) -> Result<i64, Error> {
    user.id().ok_or_else(|| {
        Error::new(Exit::Api, format!("the API didn't return a number for {}", user.label()))
            .hint("change this user in the Megaport Portal")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_user_is_found_by_whatever_names_no_other() {
        let user = |id: i64, name: &str, email: &str| -> Employment {
            serde_json::from_value(
                json!({"personId": id, "personUid": format!("aaaa{id}bbb"), "name": name, "email": email}),
            )
            .unwrap()
        };
        let users = [
            user(7, "Dana Reyes", "dana@examplecloud.example"),
            user(17, "Dana Reyes-Stone", "ds@examplecloud.example"),
            user(70, "Ola Dana", "ola@examplecloud.example"),
        ];
        let found = |named: &str| find(&users, named, Naming::Loose).map(|user| user.id());
        assert_eq!(found("DANA@examplecloud.example"), Ok(Some(7)));
        assert_eq!(found("7"), Ok(Some(7)), "a number is whole");
        assert_eq!(found("dana reyes"), Ok(Some(7)), "a whole name wins over a longer one");
        assert_eq!(found("stone"), Ok(Some(17)));
        assert_eq!(found("aaaa70"), Ok(Some(70)));
        let several = found("dana").unwrap_err();
        assert_eq!(several.exit, Exit::Usage);
        assert_eq!(several.hints.len(), 4, "{several:?}");
        assert_eq!(found("nobody").unwrap_err().exit, Exit::NotFound);
        let whole = |named: &str| find(&users, named, Naming::Whole).map(|user| user.id());
        assert_eq!(
            (whole("7"), whole("Ola Dana"), whole("aaaa70")),
            (Ok(Some(7)), Ok(Some(70)), Ok(Some(70)))
        );
        let part = whole("stone").unwrap_err();
        assert_eq!(part.exit, Exit::Usage);
        assert!(
            part.hints[0].text(&crate::error::Invocation::default()).contains("ds@examplecloud.example"),
            "{part:?}"
        );
        assert_eq!(found(" ").unwrap_err().exit, Exit::NotFound);
    }
}
