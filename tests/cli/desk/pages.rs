//! Pages written to a file, and what lists say besides their rows.

use crate::common::Home;

#[test]
fn a_page_is_written_to_a_file() {
    let home = Home::new();
    home.portgate("policy init --env sandbox").run().exits(0);
    for (args, title) in [
        ("ports list -o html=page.html", "Ports of Example Cloud Connect"),
        ("policy plan --output=html=page.html", "Plan of portgate-policy.toml"),
    ] {
        let run = home.portgate(args).arg("--env").arg("sandbox").run();
        run.exits(0).stdout_is("").stderr_has("wrote page.html");
        let page = std::fs::read_to_string(home.path().join("page.html")).unwrap();
        assert!(page.contains(&format!("<title>{title}</title>")), "{page}");
    }
    for (args, said) in [
        ("ports list -o html page.html", "use -o html=FILE, or portgate ports list -o html > FILE"),
        ("policy plan --output html page.html", "use -o html=FILE, or portgate policy plan -o html > FILE"),
        ("ports list -o html=", "the file is missing: use -o html=FILE"),
        ("approvals show 7c1e09ab -o html=page.html", "`portgate approvals show` can't write HTML"),
        ("ports list -o csv=page.csv", "invalid value 'csv=page.csv'"),
    ] {
        home.portgate(args).arg("--env").arg("sandbox").run().exits(2).stderr_has(said).stdout_is("");
    }
    let run = home.portgate("ports list --env sandbox -o html=no/such/page.html").run();
    run.exits(1).stderr_has("could not write no/such/page.html");
    let seen = home.portgate("ports list --env sandbox -o html").in_terminal(100, 30).exits(0);
    assert!(seen.contains("note: to write the page to a file, use -o html=FILE"), "{seen}");
}

#[test]
fn an_empty_inbox_has_the_header_of_other_lists() {
    let home = Home::new();
    let inbox = home.portgate("sandbox inbox -o csv").run();
    inbox.exits(0).stdout_has("id,message_id,to,");
    assert_eq!(inbox.stdout.lines().count(), 1, "{inbox}");
}

#[test]
fn a_bar_has_a_legend() {
    let home = Home::new();
    let run = |args: &str| home.portgate(&format!("--env sandbox ports list {args}")).run();
    run("--usage")
        .exits(0)
        .stderr_has("█ sold  ▒ requested  · free  ! oversubscribed if all requests are accepted");
    run("").exits(0).stderr_lacks("▒");
    run("--usage -o json").exits(0).stderr_lacks("▒");
}

#[test]
fn free_vlans_are_ten_without_a_number() {
    let home = Home::new();
    let run = home.portgate("--env sandbox ports vlans SYD1-A --free -o json").run();
    assert_eq!(run.exits(0).json().as_array().unwrap().len(), 10);
}

#[test]
fn what_needs_no_confirmation_takes_yes() {
    Home::new().portgate("sandbox reset -y").run().exits(0);
}
