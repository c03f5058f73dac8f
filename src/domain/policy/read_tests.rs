use super::*;
use crate::domain::policy::problem::Severity;
use crate::domain::ports::vlan::VlanChoice;

const HEAD: &str = "schema = \"portgate.policy/v1\"\n";

/// The problems of a rule with these lines; its header is line 2, its name line 3, what is given begins on line 4.
fn of_rule(lines: &str) -> Vec<Problem> {
    read(&format!("{HEAD}[[rule]]\nname = \"one\"\n{lines}\n")).problems
}

#[test]
fn a_whole_file_is_read() {
    let reading = read(
        r#"schema = "portgate.policy/v1"
environment = "sandbox"

[limits]
decisions_per_run = 20
denies_per_run = 5
accepted_mbps_per_run = 10000
days = ["mon", "fri"]
hours = "08:00-18:00"
time_zone = "UTC"

[[rule]]
name = "all conditions"
type = "connection"
source = ["marketplace"]
customer = ["Globex Bank", "91b7d3e2-5a4c-4e1f-8f70-1b2c3d4e5f02"]
customer_new = false
port = "SYD*"
location = "Sydney"
min_rate_mbps = 1
max_rate_mbps = 1000
room_after_min_mbps = 500
max_sold = "100%"
vlan_set = false
older_than = "1h"
expires_within = "60d"
decision = "accept"
vlan = "next"
reason = "{rule}: {customer} on {port}"

[[rule]]
name = "too much"
sold_over = "100%"
decision = "deny"
reason = "no room on {port}"

[[rule]]
name = "the rest"
match = "all"
decision = "leave"
"#,
    );
    assert_eq!(reading.problems, []);
    let policy = reading.policy.unwrap();
    assert_eq!(policy.environment, Some(Environment::Sandbox));
    let most = |key| policy.limits.quotas.iter().find(|quota| quota.key == key).map(|quota| quota.most);
    assert_eq!((most("accepted_mbps_per_run"), most("decisions_per_day")), (Some(10_000), None));
    assert_eq!(policy.limits.window.unwrap().to_string(), "mon, fri 08:00-18:00 UTC");
    let lines: Vec<(&str, usize, usize)> =
        policy.rules.iter().map(|rule| (rule.name.as_str(), rule.line, rule.conditions.len())).collect();
    assert_eq!(lines, [("all conditions", 12, 13), ("too much", 31, 1), ("the rest", 37, 0)]);
    assert!(policy.rules[0].vlan == Some(VlanChoice::Next) && policy.rules[1].vlan.is_none());
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    for (lines, line, said) in [
        ("costumer = \"Globex Bank\"\ndecision = \"accept\"", 4, "did you mean 'customer'"),
        ("decision = \"accept\"", 2, "match = \"all\""),
        ("decision = \"deny\"", 2, "no condition"),
        ("decision = \"leave\"", 2, "no condition"),
        ("match = \"all\"\ntype = \"order\"\ndecision = \"leave\"", 4, "can't be combined"),
        ("match = \"any\"\ndecision = \"leave\"", 4, "the only value is \"all\""),
        ("type = \"order\"", 2, "requires a decision"),
        ("type = \"order\"\ndecision = \"approve\"", 5, "accept, deny or leave"),
        ("type = \"orders\"\ndecision = \"deny\"", 4, "use one of connection, speed-change"),
        ("type = []\ndecision = \"deny\"", 4, "non-empty"),
        ("type = [1]\ndecision = \"deny\"", 4, "array of strings"),
        ("source = \"mail\"\ndecision = \"deny\"", 4, "marketplace, queue"),
        ("customer = \"\"\ndecision = \"deny\"", 4, "non-empty"),
        ("customer = \"Globex*\"\ndecision = \"accept\"", 4, "full names or UIDs"),
        ("customer_new = \"no\"\ndecision = \"deny\"", 4, "true or false"),
        ("max_rate_mbps = \"1000 K\"\ndecision = \"deny\"", 4, "such as 500 Mbps or 1 Gbps"),
        ("max_speed = 5\nmax_rate_mbps = 5\ndecision = \"deny\"", 5, "not both"),
        ("max_rate_mbps = -1\ndecision = \"deny\"", 4, "must be a speed"),
        ("max_rate_mbps = 1.5\ndecision = \"deny\"", 4, "must be a speed"),
        ("max_rate_mbps = 10\nmin_rate_mbps = 20\ndecision = \"deny\"", 5, "never match"),
        ("max_sold = 1.0\ndecision = \"accept\"", 4, "must be a non-empty string"),
        ("max_sold = \"1.2\"\ndecision = \"accept\"", 4, "percentage"),
        ("older_than = \"7\"\ndecision = \"deny\"", 4, "m, h, d or w"),
        ("vlan_set = 1\ndecision = \"accept\"", 4, "true or false"),
        ("type = \"connection\"\ndecision = \"accept\"\nvlan = 1201", 6, "\"next\""),
        ("type = \"connection\"\ndecision = \"deny\"\nvlan = \"next\"", 6, "accept"),
        ("vlan_set = false\ndecision = \"accept\"\nvlan = \"next\"", 6, "type = \"connection\""),
        ("type = \"order\"\ndecision = \"deny\"\nreason = \"{prot}\"", 6, "{port}"),
        ("type = \"order\"\ndecision = \"deny\"\nreason = 5", 6, "must be a non-empty string"),
    ] {
        let problems = of_rule(lines);
        assert_eq!(problems.len(), 1, "{lines}: {problems:?}");
        assert_eq!(
            (problems[0].line, problems[0].severity),
            (line, Severity::Error),
            "{lines}: {problems:?}"
        );
        assert!(problems[0].to_string().contains(said), "{lines}: {}", problems[0]);
    }
}

#[test]
fn the_top_and_the_limits_are_strict_too() {
    for (text, line, said) in [
        ("[[rule]]\nname = \"a\"\nmatch = \"all\"\ndecision = \"leave\"", 1, "missing schema"),
        ("\nschema = \"portgate.policy/v2\"\nnew = 5\n[[rule]]\nnew = 5", 2, "newer version of portgate"),
        ("schema = \"portgate.policy/v0\"", 1, "unsupported schema"),
        ("schema = \"portgate.policy/v1\"\nrules = []", 2, "did you mean 'rule'"),
        ("schema = \"portgate.policy/v1\"\nrule = []", 2, "[[rule]]"),
        ("schema = \"portgate.policy/v1\"\nenvironment = \"stagign\"", 2, "stagign"),
        ("schema = \"portgate.policy/v1\"\nlimits = 5", 2, "[limits]"),
        ("schema = \"portgate.policy/v1\"\n[limits]\ndecisions = 5", 3, "decisions_per_run"),
        ("schema = \"portgate.policy/v1\"\n[limits]\ndecisions_per_month = 5", 3, "decisions_per_"),
        ("schema = \"portgate.policy/v1\"\n[limits]\ndenies_per_run = \"5\"", 3, "non-negative integer"),
        (
            "schema = \"portgate.policy/v1\"\n[limits]\nhours = \"8-18\"\ntime_zone = \"UTC\"",
            3,
            "08:00-18:00",
        ),
        ("schema = \"portgate.policy/v1\"\n[limits]\nhours = \"08:00-18:00\"", 3, "requires time_zone"),
        ("schema = \"portgate.policy/v1\"\n[limits]\ntime_zone = \"UTC\"", 3, "requires days or hours"),
        ("schema = \"portgate.policy/v1\"\n[limits]\ndays = [\"funday\"]\ntime_zone = \"UTC\"", 3, "funday"),
        (
            "schema = \"portgate.policy/v1\"\n[limits]\ndays = [\"mon\"]\ntime_zone = \"Sydney\"",
            4,
            "Australia/Sydney",
        ),
        ("schema = \"portgate.policy/v1\"\n[[rule]\n", 2, "not valid TOML"),
        ("schema = \"portgate.policy/v1\"\n\nschema = \"portgate.policy/v1\"", 3, "not valid TOML"),
    ] {
        let reading = read(text);
        let errors: Vec<&Problem> = reading.problems.iter().filter(|problem| problem.is_error()).collect();
        assert_eq!(errors.len(), 1, "{text}: {errors:?}");
        assert_eq!(errors[0].line, line, "{text}: {errors:?}");
        assert!(errors[0].to_string().contains(said), "{text}: {}", errors[0]);
        assert_eq!(reading.policy, None, "{text}");
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let problems = of_rule("tpye = \"order\"\ndecision = \"yes\"\nreason = \"{\"");
    let lines: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [4, 5, 6], "{problems:?}");
}

#[test]
fn names_are_unique() {
    let twice = "[[rule]]\nname = \"one\"\ntype = \"order\"\ndecision = \"leave\"\n";
    let problems = read(&format!("{HEAD}{twice}{twice}")).problems;
    assert_eq!(problems[0].line, 7, "{problems:?}");
    assert!(problems[0].message.contains("line 2"), "{problems:?}");
}

#[test]
fn rules_that_are_never_reached_are_warned_of() {
    let rules = |above: &str, below: &str| {
        let reading = read(&format!(
            "{HEAD}[[rule]]\nname = \"above\"\n{above}\ndecision = \"leave\"\n[[rule]]\nname = \"below\"\n{below}\ndecision = \"deny\"\n"
        ));
        assert!(reading.policy.is_some(), "{:?}", reading.problems);
        reading.problems.iter().any(|problem| problem.message.contains("matches everything first"))
    };
    for (above, below, unreachable) in [
        ("match = \"all\"", "type = \"order\"", true),
        ("match = \"all\"", "match = \"all\"", true),
        ("type = \"order\"", "match = \"all\"", false),
        ("type = [\"order\", \"connection\"]", "type = \"order\"\nmax_rate_mbps = 5", true),
        ("max_rate_mbps = 1000", "max_rate_mbps = 500", true),
        ("max_rate_mbps = 500", "max_rate_mbps = 1000", false),
        ("port = \"SYD*\"", "port = [\"SYD1-A\", \"syd2-a\"]", true),
        ("port = \"SYD1-A\"", "port = \"SYD*\"", false),
        ("customer = \"Globex Bank\"", "customer = \"globex bank\"", true),
        ("older_than = \"7d\"", "older_than = \"2w\"", true),
        ("type = \"order\"\nreason = \"for {port}\"", "type = \"order\"", false),
    ] {
        assert_eq!(rules(above, below), unreachable, "{above} / {below}");
    }
}

#[test]
fn rules_that_ask_for_the_unknowable_are_warned_of() {
    for (lines, warned) in [
        ("type = \"speed-change\"\nsource = \"marketplace\"\nolder_than = \"7d\"", true),
        ("type = \"speed-change\"\nolder_than = \"7d\"", false),
        ("type = \"speed-change\"\nexpires_within = \"7d\"", true),
        ("source = \"queue\"\nport = \"SYD1-A\"", true),
        ("type = \"order\"\nmax_sold = \"90%\"", true),
        ("type = \"connection\"\nolder_than = \"7d\"", false),
    ] {
        let problems = of_rule(&format!("{lines}\ndecision = \"deny\""));
        assert_eq!(problems.iter().any(|problem| problem.message.contains("never known")), warned, "{lines}");
    }
    let next = of_rule("type = \"connection\"\ndecision = \"accept\"\nvlan = \"next\"");
    assert_eq!((next[0].line, next[0].severity), (6, Severity::Warning), "{next:?}");
}

#[test]
fn a_problem_has_its_line() {
    let text = "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"a\"\ncostumer = \"Globex Bank\"\ndecision = \"accept\"";
    assert_eq!(read(text).problems[0].line, 4);
}
