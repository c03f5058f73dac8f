//! `portgate users list`

use clap::Args;

use super::{find, view};
use crate::api::employment::Employment;
use crate::domain::notifications::{could_hear, hearing};
use crate::domain::role::{Role, role_of};
use crate::error::Error;
use crate::exit::Exit;
use crate::render::arrange::ArrangeArgs;
use crate::session::connection;
use crate::session::context::Context;
use crate::text::words;

/// List your company's users, their roles and whether they can receive approval emails
///
/// A user receives approval emails if they are active, have email turned on, have a role that can subscribe (Company Admin, Technical
/// Admin, Technical Contact) and a subscription to Ordering. Subscriptions are only visible to the users themselves.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate users list
  portgate users list --role technical-admin
  portgate users list --approval-emails -o json | jq -r '.[].email'")]
#[command(mut_arg("sort", |arg| arg.help("Sort by a field, for example name or role:desc; missing values come last")))]
pub(crate) struct ListArgs {
    /// Show only users with this role, for example company-admin or read-only
    #[arg(long, value_name = "ROLE", value_parser = parse_role)]
    role: Vec<Role>,

    /// Show only users who can receive approval emails
    #[arg(long, alias = "could-hear")]
    approval_emails: bool,

    #[command(flatten)]
    arrange: ArrangeArgs,
}

fn parse_role(text: &str) -> Result<Role, Error> {
    Role::parse(text).ok_or_else(|| {
        let known: Vec<&str> = Role::ALL.into_iter().map(Role::name).collect();
        Error::usage(format!("unknown role '{text}': use one of {}", known.join(", ")))
    })
}

pub(super) async fn run(context: &Context, args: ListArgs) -> anyhow::Result<Exit> {
    let mut connection = connection::open(context).await?;
    let all = find::read_all(context, &mut connection).await?;
    let mut users: Vec<&Employment> = all
        .iter()
        .filter(|user| args.role.is_empty() || role_of(user).is_some_and(|role| args.role.contains(&role)))
        .filter(|user| !args.approval_emails || hearing(user).could == Some(true))
        .collect();
    users.sort_by_cached_key(|user| (user.label().to_lowercase(), user.id()));
    let mut view = view::list(&users, connection.clock.now());
    let found = args.arrange.arrange(&mut view);
    context.write_list(&view)?;
    let parts = [
        words::count_shown(view.table.rows.len(), found, "user", "users"),
        format!(
            "{} of {} can receive approval emails if subscribed to Ordering",
            could_hear(&all, None),
            all.len()
        ),
        connection.place_and_company(),
    ];
    context.terminal.say(&parts.join(" · "));
    Ok(Exit::Done)
}
