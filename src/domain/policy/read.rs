//! Reads policy files strictly: a misspelled condition must be an error, not ignored.

mod quotas;
mod values;

use toml_edit::{Document, Item, Table};

use self::values::{OLD, Reader, line_at};
use super::pattern::Pattern;
use super::problem::Problem;
use super::quota;
use super::template::Template;
use super::window::{self, Window};
use super::{Condition, Limits, Policy, Rule, SCHEMA, Span, Verdict, reach};
use crate::api::backend::Environment;
use crate::domain::approvals::second_person::SecondPerson;
use crate::domain::approvals::{Kind, Source};
use crate::domain::ports::vlan::{VlanChoice, VlanPool, VlanWish};
use crate::error::{Error, UPDATE, newer_reason, newer_version};
use crate::text::amounts::parse_percent;
use crate::text::name::Name;
use crate::text::span::parse_span;

/// The version in [`SCHEMA`].
const VERSION: u64 = 1;
const TOP: [&str; 6] = ["schema", "environment", "company", "second_person", "limits", "rule"];
const WINDOW: [&str; 3] = ["days", "hours", "time_zone"];
const CONDITIONS: [&str; 16] = [
    "type",
    "source",
    "customer",
    "customer_new",
    "port",
    "location",
    "min_speed",
    "max_speed",
    OLD[0],
    OLD[1],
    "room_after_min_mbps",
    "max_sold",
    "sold_over",
    "vlan_set",
    "older_than",
    "expires_within",
];
const DECISION: [&str; 7] = ["name", "match", "decision", "vlan", "vlan_pool", "reason", "counted_by"];
const LONGEST_NAME: usize = 64;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reading {
    /// The policy; `None` if any problem is an error.
    pub(crate) policy: Option<Policy>,
    pub(crate) problems: Vec<Problem>,
}

pub(crate) fn read(text: &str) -> Reading {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let line = line_at(text, error.span().map_or(0, |span| span.start));
            let problem =
                Problem::error(line, format!("not valid TOML: {}", error.message().replace('\n', ", ")));
            return Reading { policy: None, problems: vec![problem] };
        }
    };
    let schema = document.get("schema").and_then(Item::as_str).unwrap_or_default();
    if let Some(version) = newer_version(schema, SCHEMA) {
        // What else is wrong with it isn't known here.
        let line = Reader::new(text).line_of(document.as_table(), "schema");
        let problem = Problem::error(line, newer_reason(version, VERSION)).hint(UPDATE);
        return Reading { policy: None, problems: vec![problem] };
    }
    let mut reader = Reader::new(text);
    let policy = reader.policy(document.as_table());
    let mut problems = reader.problems;
    if !problems.iter().any(Problem::is_error) {
        problems.extend(reach::problems(&policy));
    }
    problems.sort_by_key(|problem| problem.line);
    let sound = !problems.iter().any(Problem::is_error);
    Reading { policy: sound.then_some(policy), problems }
}

impl Reader<'_> {
    fn policy(&mut self, table: &Table) -> Policy {
        self.check_keys(table, &TOP);
        match table.get("schema").map(Item::as_str) {
            Some(Some(SCHEMA)) => {}
            None => self.problems.push(
                Problem::error(1, "missing schema")
                    .hint(format!("start the file with schema = \"{SCHEMA}\"")),
            ),
            Some(_) => self.note_problem(
                table,
                "schema",
                format!("unsupported schema: this version of portgate reads \"{SCHEMA}\""),
            ),
        }
        let environment = self.text(table, "environment").and_then(|name| {
            let read = Environment::parse(&name);
            if read.is_err() {
                let known = Environment::NAMES.join(", ");
                self.note_problem(
                    table,
                    "environment",
                    format!("unknown environment '{name}': use one of {known}"),
                );
            }
            read.ok()
        });
        let company = self.text(table, "company");
        let second_person = self.text(table, "second_person").and_then(|text| {
            SecondPerson::parse(&text).map_err(|why| self.note_problem(table, "second_person", why)).ok()
        });
        let limits = match table.get("limits") {
            None => Limits::default(),
            Some(item) => match item.as_table() {
                Some(limits) => self.limits(limits),
                None => {
                    self.note_problem(table, "limits", "limits must be a table: [limits]");
                    Limits::default()
                }
            },
        };
        let mut rules: Vec<Rule> = Vec::new();
        match table.get("rule") {
            None => {
                self.problems.push(Problem::warning(1, "no rules: all requests are left for manual review"))
            }
            Some(item) => match item.as_array_of_tables() {
                None => self.note_problem(table, "rule", "rules must be tables, each starting with [[rule]]"),
                Some(tables) => {
                    for table in tables {
                        let rule = self.rule(table);
                        if let Some(other) =
                            rules.iter().find(|other| other.name == rule.name && !rule.name.is_empty())
                        {
                            let message = format!(
                                "the name '{}' is already used by the rule on line {}",
                                rule.name, other.line
                            );
                            self.note_problem(table, "name", message);
                        }
                        rules.push(rule);
                    }
                }
            },
        }
        Policy { environment, company, second_person, rules, limits, hash: String::new() }
    }

    fn limits(&mut self, table: &Table) -> Limits {
        let known: Vec<&str> = quota::KEYS.iter().map(|(key, ..)| *key).chain(WINDOW).collect();
        self.check_keys(table, &known);
        let days: Vec<_> = self
            .texts(table, "days")
            .iter()
            .filter_map(|day| self.value_or_note(table, "days", window::parse_day(day)))
            .collect();
        let hours = self.text(table, "hours");
        let hours = hours.and_then(|hours| self.value_or_note(table, "hours", window::parse_hours(&hours)));
        let name = self.text(table, "time_zone");
        let zone = name
            .as_deref()
            .and_then(|name| self.value_or_note(table, "time_zone", window::parse_time_zone(name)));
        let wants_window = table.contains_key("days") || table.contains_key("hours");
        if wants_window && name.is_none() && !table.contains_key("time_zone") {
            let key = if table.contains_key("hours") { "hours" } else { "days" };
            self.note_problem(
                table,
                key,
                format!("{key} requires time_zone, for example time_zone = \"UTC\""),
            );
        }
        if !wants_window && table.contains_key("time_zone") {
            self.note_problem(table, "time_zone", "time_zone requires days or hours");
        }
        let window = zone.zip(name).filter(|_| wants_window);
        Limits {
            quotas: self.quotas(table),
            window: window.map(|(time_zone, time_zone_name)| Window {
                days,
                hours,
                time_zone,
                time_zone_name,
            }),
        }
    }

    fn rule(&mut self, table: &Table) -> Rule {
        let quotas = quota::RULE_KEYS.iter().map(|(key, _)| *key);
        let known: Vec<&str> = DECISION.into_iter().chain(quotas).chain(CONDITIONS).collect();
        let understood = self.check_keys(table, &known);
        let line = self.line(table.span());
        let name = self.text(table, "name").unwrap_or_default();
        if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            self.note_problem(
                table,
                "name",
                format!("a rule's name must be one line of at most {LONGEST_NAME} characters"),
            );
        }
        if !table.contains_key("name") {
            self.problems.push(
                Problem::error(line, "the rule requires a name")
                    .hint("add a name: plans and the ledger show which rule decided"),
            );
        }
        let verdict = match self.text(table, "decision").as_deref() {
            Some("accept") => Verdict::Accept,
            Some("deny") => Verdict::Deny,
            Some("leave") => Verdict::Leave,
            Some(other) => {
                self.note_problem(
                    table,
                    "decision",
                    format!("invalid decision '{other}': use accept, deny or leave"),
                );
                Verdict::Leave
            }
            None => {
                if !table.contains_key("decision") {
                    self.problems.push(
                        Problem::error(line, "the rule requires a decision")
                            .hint("add decision = \"accept\", \"deny\" or \"leave\""),
                    );
                }
                Verdict::Leave
            }
        };
        let given = CONDITIONS.iter().filter(|key| table.contains_key(key)).count();
        let conditions = self.conditions(table);
        // An unknown key may be a misspelled condition.
        if understood {
            self.check_scope(table, line, given);
        }
        let vlan = self.vlan(table, verdict, &conditions);
        let vlan_pool = self.vlan_pool(table, vlan);
        let reason = self.text(table, "reason");
        let reason = reason.and_then(|reason| self.value_or_note(table, "reason", Template::parse(&reason)));
        let quotas = self.rule_quotas(table, verdict);
        let counted_by = self.counted_by(table, &quotas);
        Rule { name, line, verdict, conditions, vlan, vlan_pool, reason, quotas, counted_by }
    }

    fn check_scope(&mut self, table: &Table, line: usize, conditions: usize) {
        let all = self.text(table, "match");
        match (all.as_deref(), conditions) {
            (None, 0) if !table.contains_key("match") => self.problems.push(
                Problem::error(line, "the rule has no conditions and would match everything")
                    .hint("add a condition, or match = \"all\" if this is intended"),
            ),
            (Some("all"), 0) | (None, _) => {}
            (Some("all"), _) => {
                self.note_problem(table, "match", "match = \"all\" can't be combined with conditions")
            }
            (Some(other), _) => self.note_problem(
                table,
                "match",
                format!("invalid match '{other}': the only value is \"all\""),
            ),
        }
    }

    fn vlan(&mut self, table: &Table, verdict: Verdict, conditions: &[Condition]) -> Option<VlanChoice> {
        let item = table.get("vlan")?;
        let wish = item.as_str().and_then(|word| word.parse().ok());
        let message = match wish {
            Some(VlanWish(None)) => return None,
            Some(VlanWish(Some(VlanChoice::Next | VlanChoice::KeepOrNext))) if verdict != Verdict::Accept => {
                "vlan requires decision = \"accept\"".to_owned()
            }
            Some(VlanWish(Some(VlanChoice::Next | VlanChoice::KeepOrNext)))
                if !conditions.contains(&Condition::Type(vec![Kind::Connection])) =>
            {
                "vlan requires type = \"connection\": other requests don't get a VLAN".to_owned()
            }
            Some(VlanWish(choice @ Some(VlanChoice::KeepOrNext))) => return choice,
            Some(VlanWish(choice @ Some(VlanChoice::Next))) => {
                if !conditions.contains(&Condition::VlanSet(false)) {
                    let line = self.line_of(table, "vlan");
                    self.problems.push(
                        Problem::warning(line, "vlan = \"next\" replaces the requested VLAN")
                            .hint("use \"keep-or-next\" to assign one only if none was requested or it is taken"),
                    );
                }
                return choice;
            }
            _ => "vlan must be \"keep\", \"next\" or \"keep-or-next\": one VLAN can't be given to several requests; to \
                  ask whether one is set, write vlan_set"
                .to_owned(),
        };
        self.note_problem(table, "vlan", message);
        None
    }

    fn vlan_pool(&mut self, table: &Table, vlan: Option<VlanChoice>) -> VlanPool {
        let Some(text) = self.text(table, "vlan_pool") else { return VlanPool::default() };
        if vlan.is_none() {
            self.note_problem(table, "vlan_pool", "vlan_pool requires vlan = \"next\" or \"keep-or-next\"");
        }
        let pool = text.parse().map_err(|error: Error| error.message);
        self.value_or_note(table, "vlan_pool", pool).unwrap_or_default()
    }

    fn conditions(&mut self, table: &Table) -> Vec<Condition> {
        let mut conditions = Vec::new();
        let kinds: Vec<Kind> = self.words(table, "type");
        if !kinds.is_empty() {
            conditions.push(Condition::Type(kinds));
        }
        let sources: Vec<Source> = self.words(table, "source");
        if !sources.is_empty() {
            conditions.push(Condition::Source(sources));
        }
        let customers = self.texts(table, "customer");
        if let Some(starred) = customers.iter().find(|name| name.contains('*')) {
            self.note_problem(
                table,
                "customer",
                format!("'{starred}': customers must be full names or UIDs, because anyone could choose a name that matches a pattern"),
            );
        }
        if !customers.is_empty() {
            let customers = customers.iter().map(|name| Name::new(name)).collect();
            conditions.push(Condition::Customer(customers));
        }
        conditions.extend(self.switch(table, "customer_new").map(Condition::CustomerNew));
        for (key, make) in
            [("port", Condition::Port as fn(Vec<Pattern>) -> Condition), ("location", Condition::Location)]
        {
            let patterns: Vec<Pattern> =
                self.texts(table, key).iter().map(|text| Pattern::new(text)).collect();
            if !patterns.is_empty() {
                conditions.push(make(patterns));
            }
        }
        let least = self.speed(table, &["min_speed", OLD[0]]);
        let most = self.speed(table, &["max_speed", OLD[1]]);
        if let (Some(least), Some(most)) = (least, most)
            && least > most
        {
            self.note_problem(
                table,
                if table.contains_key("min_speed") { "min_speed" } else { OLD[0] },
                "the minimum speed is greater than the maximum: the rule can never match",
            );
        }
        conditions.extend(least.map(Condition::MinRate));
        conditions.extend(most.map(Condition::MaxRate));
        conditions.extend(self.speed(table, &["room_after_min_mbps"]).map(Condition::RoomAfterMin));
        for (key, make) in
            [("max_sold", Condition::MaxSold as fn(u32) -> Condition), ("sold_over", Condition::SoldOver)]
        {
            let share = self.text(table, key);
            conditions.extend(
                share.and_then(|share| self.value_or_note(table, key, parse_percent(&share))).map(make),
            );
        }
        conditions.extend(self.switch(table, "vlan_set").map(Condition::VlanSet));
        for (key, make) in [
            ("older_than", Condition::OlderThan as fn(Span) -> Condition),
            ("expires_within", Condition::ExpiresWithin),
        ] {
            let time = self.text(table, key).and_then(|text| {
                self.value_or_note(table, key, parse_span(&text)).map(|duration| Span { text, duration })
            });
            conditions.extend(time.map(make));
        }
        conditions
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
