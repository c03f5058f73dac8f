//! Words and values that are taken.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;

use crate::common::Home;

#[test]
fn d19_a_default_can_be_said() {
    let home = Home::new();
    let create = "--env sandbox keys create --port SYD1-A --expires-in 30d --dry-run -o json";
    let usual = home.portgate(create).run().exits(0).json();
    for default in ["--single-use", "--approval-needed", "--active", "--no-vlan"] {
        let said = home.portgate(&format!("{create} {default}")).run().exits(0).json();
        let body = |document: &serde_json::Value| {
            let mut body = document["would_send"][0]["body"].clone();
            assert!(body.is_object(), "{document}");
            body["validFor"] = serde_json::Value::Null;
            body
        };
        assert_eq!(body(&said), body(&usual), "{default}");
    }
    for (one, other) in
        [("--single-use", "--multi-use"), ("--pre-approved", "--approval-needed"), ("--active", "--inactive")]
    {
        home.portgate(&format!("{create} {one} {other}")).run().exits(2);
    }
    let file = home.write("key.json", r#"{"port": "SYD1-A", "no_expiry": true, "vlan": 7}"#);
    let from = format!("--env sandbox keys create --from-file {} --no-vlan --dry-run", file.display());
    let shown = home.portgate(&from).run();
    assert!(!shown.exits(0).stdout.contains("\"vlan\": 7"), "{shown}");
}

#[test]
fn d23_the_sandbox_listens_elsewhere_if_it_is_allowed_to() {
    let home = Home::new();
    let refused = home.portgate("sandbox serve --listen 0.0.0.0:0").run();
    refused.exits(2).stderr_has("--allow-remote");
    let mut server = home.portgate("sandbox serve --listen 0.0.0.0:0 --allow-remote").spawn();
    let mut url = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let port = url.trim().strip_prefix("http://0.0.0.0:").unwrap_or_else(|| panic!("{url}"));
    TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn d10_what_is_shown_as_a_word_is_taken_as_one() {
    let home = Home::new();
    let listed = home.portgate("--env sandbox approvals list --status any --waiting-on any").run();
    let shown = |title: &str| -> Vec<String> {
        let mut lines = listed.exits(0).stdout.lines();
        let header = lines.next().unwrap();
        let (start, end) = (header.find(title).unwrap(), header.find(title).unwrap() + title.len());
        let mut words: Vec<String> = lines
            .map(|line| {
                let rest: String = line.chars().skip(start).collect();
                rest.split("  ").next().unwrap().trim().to_owned()
            })
            .filter(|word| word != "-")
            .collect();
        words.sort();
        words.dedup();
        assert!(!words.is_empty() && end > start, "{title}: {listed}");
        words
    };
    for (title, option) in
        [("TYPE", "--type"), ("STATUS", "--status"), ("WAITING ON", "--waiting-on"), ("SOURCE", "--source")]
    {
        for word in shown(title) {
            for word in [word.clone(), word.to_uppercase()] {
                let line = format!("--env sandbox approvals list {option} {word} -o json");
                home.portgate(&line).run().exits(0).json();
            }
        }
    }
    let old = home.portgate("--env sandbox approvals list --status approved -o json").run().exits(0).json();
    let new = home.portgate("--env sandbox approvals list --status accepted -o json").run().exits(0).json();
    assert_eq!(old, new);
    assert_eq!(new[0]["status"], "accepted");
    let roles = home.portgate("--env sandbox users list --query [].role").run();
    for role in roles.exits(0).stdout.lines() {
        home.portgate("--env sandbox users list --role").arg(role).run().exits(0);
    }
    let groups = home.portgate("--env sandbox notify list --fields group -o csv").run();
    for group in groups.exits(0).stdout.lines().skip(1) {
        home.portgate("--env sandbox notify subscribe --dry-run").arg(group).run().exits(0);
    }
    home.write("policy.toml", "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"a\"\ntype = [\"New\", \"speed\"]\nmax_speed = \"1g\"\ndecision = \"accept\"\n");
    home.portgate("policy check --file").arg(home.path().join("policy.toml")).run().exits(0);
}

#[test]
fn d10_a_speed_is_taken_with_any_unit_and_called_speed_everywhere() {
    let home = Home::new();
    let of = |option: &str, speed: &str| {
        home.portgate("--env sandbox approvals list --query [].id -o json").arg(option).arg(speed).run()
    };
    let usual = of("--max-speed", "500").exits(0).stdout.clone();
    for speed in ["500M", "500m", "500 Mbps", "500mbps", "500 Mbit/s", "0.5g", "0.5 Gbps", " 500 "] {
        assert_eq!(of("--max-speed", speed).exits(0).stdout, usual, "{speed}");
        assert_eq!(of("--max-rate", speed).exits(0).stdout, usual, "{speed}");
    }
    let large = of("--max-speed", "1000").exits(0).stdout.clone();
    assert_ne!(large, usual);
    for speed in ["1g", "1G", "1 Gbps", "1.0 Gbit/s"] {
        assert_eq!(of("--max-speed", speed).exits(0).stdout, large, "{speed}");
    }
    for (speeds, advice) in [
        (
            &["fast", "10T", "500K", "1,5g", "500 Mbps/s", "M", ""][..],
            "use Mbps or Gbps, such as 500 Mbps or 1 Gbps",
        ),
        (&["0", "-5", "0 Gbps"], "it must be at least 1 Mbps"),
        (&["1.5", "1.2345g", ".5g", "5.g"], "use a whole number of Mbps, or up to 3 decimals with Gbps"),
        (&["99999999999999999999", "99999999999999999999g"], "it is too high"),
    ] {
        for speed in speeds {
            let says = format!("'{speed}' is not a valid speed: {advice}\",");
            of("--max-speed", speed).exits(2).stderr_has(&says);
        }
    }
    for speed in ["500 MB/s", "1 GB", "500 MBps"] {
        of("--max-speed", speed).exits(2).stderr_has("in bits per second");
    }
    let id = home.portgate("--env sandbox approvals list --customer globex --query [0].id").run().stdout;
    let id = id.trim();
    for option in ["--expect-speed", "--expect-rate"] {
        let line = format!("--env sandbox approvals accept {id} --dry-run {option}");
        home.portgate(&line).arg("0.5 Gbps").run().exits(0);
        home.portgate(&line).arg("1g").run().exits(13);
    }
    let mut tree = portgate::command();
    tree.build();
    fn walk(command: &clap::Command) {
        for arg in command.get_arguments() {
            let long = arg.get_long().unwrap_or_default();
            assert!(!long.contains("rate"), "{}: --{long}", command.get_name());
        }
        command.get_subcommands().for_each(walk);
    }
    walk(&tree);
}

#[test]
fn d10_habits_of_other_tools_get_a_hint() {
    let home = Home::new();
    for (line, tip) in [
        ("approvals accept 7c1e09ab --force", "use --yes"),
        ("approvals list --json", "use -o json"),
        ("approvals list --format=json", "use -o FORMAT"),
        ("approvals list --debug", "use -v, or -vv"),
        ("approvals list --silent", "use -q"),
        ("approvals list --jq .[].id", "use --query EXPRESSION"),
        ("approvals list --sort-by id", "use --sort FIELD"),
        ("approvals list --top 5", "use --limit N"),
        ("keys create --bandwidth 5", "use --max-speed SPEED"),
        ("approvals ls", "use portgate approvals list"),
        ("approvals get 7c1e09ab", "use portgate approvals show"),
        ("keys describe 7c1e09ab", "use portgate keys show"),
        ("profile rm lab", "use portgate profile remove"),
        ("profile delete lab", "use portgate profile remove"),
        ("notify disable ordering", "use portgate notify unsubscribe"),
        ("approve 7c1e09ab", "use portgate approvals accept"),
        ("login", "use portgate auth login"),
        ("logout", "use portgate auth logout"),
        ("ls", "use portgate approvals list"),
        ("keys new", "use portgate keys create"),
        ("completion bash", "use portgate completions"),
        ("approvals logs", "use portgate approvals history"),
        ("approvals accept -f decisions.csv", "use --from-file FILE"),
        ("approvals accept --file=decisions.csv", "use --from-file FILE"),
        ("approvals accept 7c1e09ab -f", "use --yes"),
        ("approvals apply --file decisions.csv", "use FILE without an option"),
        ("approvals list --force", "omit it: this command doesn't ask for confirmation"),
        ("approvals list --all", "use --waiting-on any, or --status any to include those decided"),
        ("ports list -a", "use --include-ended"),
        ("approvals list --page 2", "use --limit N"),
        ("ports list --offset 20", "use --limit N"),
        ("approvals list --token x", "set MEGAPORT_ACCESS_TOKEN"),
        ("whoami --access-token x", "set MEGAPORT_ACCESS_TOKEN"),
        ("approvals list --api-key x", "set MEGAPORT_ACCESS_KEY and MEGAPORT_SECRET_KEY"),
        ("completions tcsh", "there is no script for tcsh: use bash, zsh, fish or powershell"),
        ("approvals list --direction in", "use incoming"),
        ("approvals list --status all", "use any"),
        ("approvals deny 7c1e09ab -m full", "use --reason TEXT"),
        ("approvals deny 7c1e09ab --message full", "use --reason TEXT"),
        ("keys create --note x", "use --description TEXT"),
        ("approvals list --search globex", "use --customer NAME, or --where CONDITION"),
        ("profile switch lab", "use portgate profile use"),
        ("auth switch lab", "use portgate profile use"),
        ("status", "use portgate auth status"),
    ] {
        home.portgate(line).run().exits(2).stdout_is("").stderr_has("  next: ").stderr_has(tip);
        let json = home.portgate(&format!("-o json {line}")).run();
        assert!(json.exits(2).error()["hint"].to_string().contains(tip), "{json}");
    }
    // A guess is near, or it isn't shown.
    for (line, wild) in [
        ("approvals list --paje 2", "--managed"),
        ("completions csh", "'zsh'"),
        ("profile rename lab", "remove'"),
        ("approvals review --yes", "doesn't ask"),
    ] {
        let refused = home.portgate(line).run();
        assert!(!refused.exits(2).stderr.contains(wild), "{refused}");
    }
    home.portgate("approvals list --costumer x").run().exits(2).stderr_has("'--customer'");
    home.portgate("approvals list --stat x").run().exits(2).stderr_has("'--status'");
    home.portgate("auth status --al").run().exits(2).stderr_has("'--all-profiles'");
    // What a command can't do is not proposed.
    let refused = home.portgate("approvals list --force").run();
    assert!(!refused.exits(2).stderr.contains("--yes"), "{refused}");
}

#[test]
fn only_visible_names_are_suggested() {
    let home = Home::new();
    let commands = home.portgate("--env sandbox").run();
    commands.exits(2).stderr_has("[subcommands: approvals, speed, keys, notify, ");
    for hidden in ["approval,", "service-keys", "notifications", "user,"] {
        assert!(!commands.stderr.contains(hidden), "{hidden}: {commands}");
    }
    let near = home.portgate("approvalls").run();
    near.exits(2).stderr_has("'approvals'").stderr_lacks("'approval'");
    // The former name of --limit.
    home.portgate("approvals history --lasd 3").run().exits(2).stderr_lacks("--last");
}

#[test]
fn d10_a_duration_with_a_wrong_unit_gets_a_sentence_that_helps() {
    let home = Home::new();
    let of = |time: &str| home.portgate("--env sandbox approvals list --older-than").arg(time).run();
    for time in ["7days", "7 days", "7 Days", "7D", "1 week", "2W", "90 MIN", "P1DT12H"] {
        of(time).exits(0);
    }
    for time in ["1 month", "2months", "1y", "1 Year", "3M"] {
        of(time).exits(2).stderr_has(&format!(
            "'{time}' is in months or years, which vary: use days or weeks, for example 30d or 52w"
        ));
    }
    let units = "use a number with s, m, h, d or w, for example 90s, 2h or 7d";
    for time in ["7 moons", "soon", "d", "-7d", ""] {
        of(time).exits(2).stderr_has(&format!("is not a valid duration: {units}"));
    }
    // No option guesses a unit.
    let no_unit = format!("'7' has no unit: {units}");
    of("7").exits(2).stderr_has(&no_unit);
    for option in [
        "approvals list --timeout",
        "approvals wait 7c1e09ab --interval",
        "approvals list --newer-than",
        "keys rotate 8ea6f3bf --overlap",
        "approvals history --since",
    ] {
        home.portgate(&format!("--env sandbox {option} 7")).run().exits(2).stderr_has(&no_unit);
    }
    home.portgate("approvals list").env("PORTGATE_TIMEOUT", "7").run().exits(2).stderr_has(&no_unit);
    home.portgate("help options")
        .run()
        .exits(0)
        .stdout_has("TIME is a number with a unit: s, m, h, d or w, such as 90s, 2h or 7d.");
}

#[test]
fn d21_what_other_tools_take_is_taken() {
    let home = Home::new();
    let given = home.portgate("--env sandbox api GET /v2/products --query length(data)").run();
    for line in ["api /v2/products", "api v2/products", "api get /v2/products"] {
        let line = format!("--env sandbox {line} --query length(data)");
        home.portgate(&line).run().is(0, &given.exits(0).stdout, "");
    }
    for none in ["api", "api POST"] {
        home.portgate(&format!("--env sandbox {none}")).run().exits(2).stderr_has("no path given");
    }
    home.portgate("--env sandbox api /v2/products POST")
        .run()
        .exits(2)
        .stderr_has("unexpected argument 'POST'");
    home.portgate("--env sandbox api FETCH /v2")
        .run()
        .exits(2)
        .stderr_has("use GET, POST, PUT, PATCH or DELETE");

    let list = |more: &str| home.portgate(&format!("--env sandbox approvals list {more}")).run();
    let sorted = list("--sort rate_limit_mbps:desc -o json").exits(0).stdout.clone();
    for way in ["--sort -rate_limit_mbps", "--sort=-rate_limit_mbps", "--sort -Rate_Limit_Mbps"] {
        assert_eq!(list(&format!("{way} -o json")).exits(0).stdout, sorted, "{way}");
    }
    list("--sort -nothing").exits(2).stderr_has("unknown field 'nothing'");
    list("--sort -").exits(2);
    let usual = list("--fields id,customer.name -o json").exits(0).stdout.clone();
    for fields in ["ID,customer.name", "Id,Customer.Name"] {
        assert_eq!(list(&format!("--fields {fields} -o json")).exits(0).stdout, usual, "{fields}");
    }
    assert_eq!(list("--fields HELP").exits(0).stdout, list("--fields help").exits(0).stdout);
}

#[test]
fn d21_a_value_of_several_words_without_quotes_is_told_how_to_be_quoted() {
    let home = Home::new();
    let run = |args: &str| home.portgate(&format!("--env sandbox {args}")).run();
    for (args, quoted) in [
        ("approvals list --speed-above 500 Mbps", "--speed-above '500 Mbps'"),
        ("approvals list --speed-above=500 Mbps -o json", "--speed-above '500 Mbps'"),
        ("approvals list --older-than 7 days --utc", "--older-than '7 days'"),
        ("approvals list --customer Northern Data Centre", "--customer 'Northern Data Centre'"),
        ("keys create --port SYD1-A --max-speed 1 Gbps", "--max-speed '1 Gbps'"),
    ] {
        let refused = run(args);
        refused.exits(2).stderr_has(&format!("to pass several words as one value, quote them: {quoted}"));
    }
    for args in [
        "approvals accept --speed-above 500 Mbps",
        "approvals accept 7c1e09ab --expect-speed 500 Mbps",
        "approvals deny 7c1e09ab --reason no room",
    ] {
        run(args).exits(2).stderr_has("quote the whole value, for example --speed-above '500 Mbps'");
    }
    run("policy check other.toml")
        .exits(2)
        .stderr_has("to check another file, use --file")
        .stderr_lacks("quote");
    run("approvals deny 7c1e09ab --vlan 3")
        .exits(2)
        .stderr_has("unexpected argument '--vlan'")
        .stderr_lacks("next:");
    for args in ["approvals show 7c1e09ab afce3a24", "approvals list --utc x", "ports list -o json x y"] {
        let refused = run(args);
        refused.exits(2);
        assert!(!refused.stderr.contains("quote"), "{args}: {}", refused.stderr);
    }
}

#[test]
fn d22_one_thing_has_one_name() {
    let home = Home::new();
    home.portgate("--env sandbox approvals accept 7c1e09ab --yes").run().exits(0);
    let history =
        |more: &str| home.portgate(&format!("--env sandbox approvals history {more} -o json")).run();
    let limited = history("--limit 1").exits(0).json();
    assert_eq!(limited.as_array().unwrap().len(), 1);
    assert_eq!(history("--last 1").exits(0).json(), limited);
    for option in ["--limit", "--count"] {
        let watched =
            home.portgate(&format!("--env sandbox approvals watch --existing {option} 2 -o jsonl")).run();
        assert_eq!(watched.exits(0).stdout.lines().count(), 2, "{watched}");
    }
    let ports = |more: &str| home.portgate(&format!("--env sandbox ports list {more} -o json")).run();
    assert_eq!(ports("--all").exits(0).stdout, ports("--include-ended").exits(0).stdout);
}

#[test]
fn d10_a_reason_of_a_policy_names_the_speed() {
    let home = Home::new();
    let plan = |placeholder: &str| {
        let rule = "[[rule]]\nname = \"a\"\nmatch = \"all\"\ndecision = \"deny\"\n";
        let reason = format!("reason = \"no {{{placeholder}}} Mbps\"\n");
        home.write("portgate-policy.toml", format!("schema = \"portgate.policy/v1\"\n{rule}{reason}"));
        let plan = home
            .portgate("--env sandbox policy plan --query")
            .arg("decisions[?starts_with(id, '7c1e09ab')].reason | [0]");
        plan.run().exits(0).stdout.trim().to_owned()
    };
    assert_eq!(plan("speed_mbps"), "no 500 Mbps");
    assert_eq!(plan("rate_mbps"), "no 500 Mbps", "the former name");
}
