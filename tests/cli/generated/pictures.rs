//! The pictures of a terminal in the README and the book: what commands print, as SVG.

use std::collections::BTreeMap;

use super::compare;
use crate::common::{Home, without_paste_marks};

const POLICY: &str = r#"
schema = "portgate.policy/v1"

[[rule]]
name = "small and known"
type = "connection"
port = ["SYD*", "MEL*"]
customer_new = false
max_speed = "200 Mbps"
max_sold = "90%"
decision = "accept"

[[rule]]
name = "review big changes"
type = "speed-change"
min_speed = "1 Gbps"
decision = "leave"
"#;

#[test]
fn the_pictures_are_up_to_date() {
    let home = Home::new();
    home.write("portgate-policy.toml", POLICY);
    let pictures = [
        ("approvals-list.svg", printed(&home, "approvals list")),
        ("ports-list.svg", printed(&home, "ports list --usage")),
        ("policy-plan.svg", printed(&home, "policy plan")),
        // The last, because it decides.
        ("accept.svg", answered(&home, "approvals accept 7c1e09")),
    ];
    let pictures: BTreeMap<String, String> =
        pictures.into_iter().map(|(name, seen)| (name.to_owned(), picture(&seen))).collect();
    compare("docs/src/pictures", &pictures);
}

/// A command and what it prints in colour.
fn printed(home: &Home, command: &str) -> String {
    let run = home.portgate(command).env("MEGAPORT_ENVIRONMENT", "sandbox").env("CLICOLOR_FORCE", "1").run();
    let run = run.exits(0);
    format!("{}{}{}", prompt(command), run.stdout, run.stderr)
}

/// A command whose question is answered with yes.
fn answered(home: &Home, command: &str) -> String {
    let run = home.portgate(command).env("MEGAPORT_ENVIRONMENT", "sandbox");
    let mut terminal = run.in_terminal(120, 40);
    terminal.expect("[y/N]");
    terminal.send_line("y");
    let seen = without_paste_marks(&terminal.exits(0)).replace('\r', "");
    // What was drawn before a line was cleared isn't seen: the progress of slow work.
    let lines = seen.trim_start().lines();
    let lines = lines.map(|line| line.rsplit("\u{1b}[2K").next().unwrap_or_default());
    format!("{}{}", prompt(command), lines.collect::<Vec<_>>().join("\n"))
}

fn prompt(command: &str) -> String {
    format!("\u{1b}[1;32m$\u{1b}[0m \u{1b}[1mportgate {command}\u{1b}[0m\n")
}

/// The SVG of what is seen. How long a command took differs from run to run.
fn picture(seen: &str) -> String {
    let lines: Vec<String> = seen
        .trim_end()
        .lines()
        .map(|line| match line.rsplit_once(" · ") {
            Some((before, last)) if last.ends_with(" s") => format!("{before} · 0.1 s"),
            _ => line.to_owned(),
        })
        .collect();
    let svg = anstyle_svg::Term::new().palette(anstyle_svg::WIN10_CONSOLE).render_svg(&lines.join("\n"));
    assert!(!svg.contains('\u{1b}'), "{svg}");
    svg
}
