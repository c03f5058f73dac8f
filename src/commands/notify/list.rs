//! `portgate notify list`

use clap::Args;

use super::settings;
use crate::api::notification_preferences::Choice;
use crate::domain::notifications::title;
use crate::exit::Exit;
use crate::render::arrange::ArrangeArgs;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::session::connection;
use crate::session::context::Context;

/// List notification groups and your subscriptions
///
/// The settings are your own; with an API key, they are those of its owner. Approval emails belong to Ordering.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate notify list
  portgate notify list -o json | jq -r '.[] | select(.subscribed) | .name'")]
#[command(mut_arg("sort", |arg| arg.help("Sort by a field, for example name or subscribed:desc; missing values come last")))]
pub(crate) struct ListArgs {
    #[command(flatten)]
    arrange: ArrangeArgs,
}

pub(super) async fn run(context: &Context, args: ListArgs) -> anyhow::Result<Exit> {
    let settings = settings::read(context, connection::open(context).await?).await?;
    let choices = settings.preferences.choices();
    let columns = vec![
        Column::text("GROUP", |choice: &Choice| title(&choice.group).to_owned()),
        Column::new("EMAIL", |choice: &Choice| match choice.subscribed {
            None => "?",
            Some(true) => "on",
            Some(false) => "off",
        }),
        Column::text("EVENTS", |choice: &Choice| choice.details.join("; ")).wrap().drop_at(1),
    ];
    let mut view = ListView::new(&choices, columns, settings::record);
    args.arrange.arrange(&mut view);
    context.write_list(&view)?;
    settings.say_whose(context);
    settings.warn_if_not_hearing(context, &settings.preferences);
    Ok(Exit::Done)
}
