//! `portgate sandbox serve`

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use super::DEFAULT_LISTEN;
use crate::error::Error;
use crate::exit::Exit;
use crate::sandbox::{self, Clock, Fault, MailRoute, NotFound, PreferencesV3, SmtpServer};
use crate::session::connection::in_time;
use crate::session::context::Context;
use crate::text::span::{parse_shift, parse_span};

/// How many injected faults may wait to be reported on stderr.
const FAULTS_AHEAD: usize = 64;

/// Run the sandbox as a server for any API client
///
/// Prints its URL once it is ready, and runs until it is interrupted. To test how a pipeline handles errors, use --fault to make
/// requests fail on purpose; `portgate help faults` lists all faults.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate sandbox serve --listen 127.0.0.1:8400 --db ./try.db
  portgate sandbox serve --listen 0.0.0.0:8400 --allow-remote
  portgate sandbox serve --fault 'PUT /v3/product/vxc/*: 503 after x1'
  curl -u \"$MEGAPORT_ACCESS_KEY:$MEGAPORT_SECRET_KEY\" -X POST \\
    'http://127.0.0.1:8400/oauth2/token?grant_type=client_credentials'")]
pub(crate) struct ServeArgs {
    /// Address and port to listen on; port 0 selects a free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = DEFAULT_LISTEN, value_parser = parse_listen)]
    listen: SocketAddr,

    /// Allow --listen on an address that others can reach; HTTP is not encrypted
    #[arg(long)]
    allow_remote: bool,

    /// Lifetime of access tokens, from 5m to 24h [default: set by the key, usually 24h]
    #[arg(long, value_name = "TIME", value_parser = token_life, allow_hyphen_values = true)]
    token_life: Option<Duration>,

    /// Time from the acceptance of a VXC until it is live
    #[arg(long, value_name = "TIME", value_parser = parse_span, allow_hyphen_values = true)]
    deploy_time: Option<SignedDuration>,

    /// Send emails to this SMTP server; if the URL has a password, set PORTGATE_SANDBOX_SMTP instead
    #[arg(long, value_name = "URL", value_parser = SmtpServer::parse)]
    smtp: Option<SmtpServer>,

    /// How /v3/notificationPreferences responds
    #[arg(long, value_name = "SHAPE", value_enum, hide_short_help = true)]
    v3_preferences: Option<PreferencesV3>,

    /// Status for a product that doesn't exist; Megaport may return either
    #[arg(long, value_name = "STATUS", value_enum, hide_short_help = true)]
    not_found: Option<NotFound>,

    /// Make requests fail, such as 'write: reset after'; can be repeated, see portgate help faults
    #[arg(long, value_name = "REQUESTS: FAULT", value_parser = parse_fault)]
    fault: Vec<Arc<Fault>>,

    /// Shift the clock of the sandbox, such as +59d or -2h
    #[arg(long, value_name = "OFFSET", value_parser = parse_shift, allow_hyphen_values = true)]
    clock: Option<SignedDuration>,
}

fn parse_listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "use ADDRESS:PORT, such as 127.0.0.1:8400".to_owned())
}

/// clap requires values that can be cloned.
fn parse_fault(spec: &str) -> Result<Arc<Fault>, String> {
    Fault::parse(spec).map(Arc::new)
}

/// The range that Megaport allows (confirmed, megaport-api.md).
fn token_life(text: &str) -> Result<Duration, String> {
    let life = parse_span(text)?.unsigned_abs();
    if (Duration::from_secs(5 * 60)..=Duration::from_secs(24 * 60 * 60)).contains(&life) {
        return Ok(life);
    }
    Err(format!("{text} is not a valid token lifetime: use 5m to 24h"))
}

/// Serves until SIGINT or SIGTERM.
pub(super) async fn run(context: &Context, args: ServeArgs) -> anyhow::Result<Exit> {
    if !args.listen.ip().is_loopback() && !args.allow_remote {
        return Err(Error::usage(format!("{} is not a loopback address", args.listen))
            .reason("the sandbox uses unencrypted HTTP, and anyone who can reach it can change its data")
            .hint(format!(
                "use --listen 127.0.0.1:{}, or add --allow-remote, for example in a container",
                args.listen.port()
            ))
            .into());
    }
    let mut options = super::options(context)?;
    options.token_life = args.token_life.or(options.token_life);
    options.deploy_time = args.deploy_time.map_or(options.deploy_time, SignedDuration::unsigned_abs);
    options.not_found = args.not_found.unwrap_or(options.not_found);
    options.preferences_v3 = args.v3_preferences.unwrap_or(options.preferences_v3);
    if let Some(server) = args.smtp {
        if server.has_password() {
            context.terminal.say(
                "Other users of this machine can see the password in --smtp; use PORTGATE_SANDBOX_SMTP to hide it.",
            );
        }
        options.mail = MailRoute::Smtp(server);
    }
    let mail = options.mail.describe(&options.db);
    if let Some(shift) = args.clock {
        options.clock = Clock::system().with_offset(shift);
    }
    let (tell, mut told) = mpsc::channel(FAULTS_AHEAD);
    let serving = in_time(context, sandbox::serve(options, args.listen, args.fault, tell)).await?;
    let url = format!("http://{}", serving.address()?);
    context.interrupt.leave_to_command();
    let (stop, stopped) = oneshot::channel::<()>();
    let mut server = tokio::spawn(serving.run(async {
        // Dropping the sender stops the server too.
        let _ = stopped.await;
    }));
    let ready = json!({"api_url": url, "token_url": format!("{url}/oauth2/token")});
    context.write_record(std::slice::from_ref(&url), &ready)?;
    context.terminal.say(&format!("Sending emails to {mail}"));
    context.terminal.say("The sandbox is ready. Press Ctrl-C to stop it.");
    let telling = async {
        while let Some(fault) = told.recv().await {
            context.terminal.say(&fault);
        }
        pending().await
    };
    let exit = tokio::select! {
        () = telling => Exit::Other,
        ended = &mut server => {
            ended??;
            Exit::Other
        }
        exit = context.interrupt.wait() => {
            // The terminal shows the typed ^C where the cursor is.
            if context.terminal.facts.stderr && exit == Exit::Interrupted {
                context.terminal.talk("\n");
            }
            context.terminal.say("Stopping the sandbox.");
            drop(stop);
            // An open connection must not keep the server running.
            if let Ok(ended) = tokio::time::timeout(Duration::from_secs(5), server).await {
                ended??;
            }
            exit
        }
    };
    Ok(exit)
}
