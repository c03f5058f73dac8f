//! `--query`: a JMESPath expression applied to the result.

use jmespath::ast::{Ast, Comparator};
use jmespath::{DEFAULT_RUNTIME, ErrorReason, Expression, JmespathError};
use serde_json::Value;

use crate::error::Error;
use crate::render::json;
use crate::text::sanitize;

/// The functions of JMESPath.
const FUNCTIONS: &str = "abs, avg, ceil, contains, ends_with, floor, join, keys, length, map, max, max_by, merge, min, \
    min_by, not_null, reverse, sort, sort_by, starts_with, sum, to_array, to_number, to_string, type, values";

#[derive(Debug, Clone)]
pub(crate) struct Query(Expression<'static>);

impl Query {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let expression = jmespath::compile(text).map_err(|error| {
            Error::usage(format!("invalid --query '{text}'"))
                .reason(explain(&error))
                .hint("use a JMESPath expression such as '[].id'; see portgate help output")
        })?;
        fault_in(expression.as_ast(), "--query").map_or(Ok(Query(expression)), Err)
    }

    /// The result of the expression. Objects have their keys sorted.
    pub(crate) fn apply(&self, value: &Value) -> Result<Value, Error> {
        let failed = |reason: String| {
            Error::usage(format!("--query '{}' failed", self.0.as_str()))
                .reason(reason)
                .hint("use -o json to see the result")
        };
        let found = self.0.search(value).map_err(|error| failed(explain(&error)))?;
        serde_json::to_value(&*found).map_err(|error| failed(error.to_string()))
    }
}

/// Why an expression can't be read or evaluated, without the parser's own terms.
pub(crate) fn explain(error: &JmespathError) -> String {
    let at = format!("(character {})", error.offset + 1);
    let ErrorReason::Parse(message) = &error.reason else {
        let text = error.reason.to_string();
        return format!("{} {at}", uncapitalise(text.trim_start_matches("Runtime error: ")));
    };
    if message.starts_with("Unable to parse literal JSON") {
        return format!("write only numbers and other JSON in backticks, and text in single quotes {at}");
    }
    let Some((expected, found)) = message.split_once(" -- found ") else {
        return format!("{} {at}", uncapitalise(message));
    };
    let number = found.strip_prefix("Number(").and_then(|rest| rest.strip_suffix(')'));
    match (found, number, expected.strip_prefix("Expected ")) {
        ("Eof", ..) => format!("the expression ends unexpectedly {at}"),
        (_, Some(number), None) => format!("write numbers in backticks: `{number}` {at}"),
        (.., Some(expected)) => format!("expected {expected} {at}"),
        _ => format!("unexpected text {at}"),
    }
}

fn uncapitalise(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Checks a valid expression before the command runs: unknown functions, and comparisons of text by order, for which
/// JMESPath returns nothing without an error.
pub(crate) fn fault_in(ast: &Ast, option: &str) -> Option<Error> {
    let fault_in = |ast: &Ast| fault_in(ast, option);
    let is_text = |side: &Ast| matches!(side, Ast::Literal { value, .. } if value.is_string());
    match ast {
        Ast::Function { name, args, .. } => match DEFAULT_RUNTIME.get_function(name) {
            Some(_) => args.iter().find_map(&fault_in),
            None => Some(
                Error::usage(format!("{option}: unknown function '{name}'"))
                    .hint(format!("available functions: {FUNCTIONS}")),
            ),
        },
        Ast::Comparison { comparator, lhs, rhs, .. }
            if !matches!(comparator, Comparator::Equal | Comparator::NotEqual) && (is_text(lhs) || is_text(rhs)) =>
        {
            Some(
                Error::usage(format!("{option}: text, including times, can't be compared with <, <=, > or >="))
                    .hint("sort them with sort_by, or filter with jq: -o json | jq '.[] | select(.created_at > \"2026\")'"),
            )
        }
        Ast::Comparison { lhs, rhs, .. }
        | Ast::And { lhs, rhs, .. }
        | Ast::Or { lhs, rhs, .. }
        | Ast::Projection { lhs, rhs, .. }
        | Ast::Subexpr { lhs, rhs, .. } => fault_in(lhs).or_else(|| fault_in(rhs)),
        Ast::Condition { predicate, then, .. } => {
            fault_in(predicate).or_else(|| fault_in(then))
        }
        Ast::Expref { ast, .. } => fault_in(ast),
        Ast::Flatten { node, .. } | Ast::Not { node, .. } | Ast::ObjectValues { node, .. } => {
            fault_in(node)
        }
        Ast::MultiList { elements, .. } => elements.iter().find_map(fault_in),
        Ast::MultiHash { elements, .. } => elements.iter().find_map(|pair| fault_in(&pair.value)),
        Ast::Identity { .. }
        | Ast::Field { .. }
        | Ast::Index { .. }
        | Ast::Literal { .. }
        | Ast::Slice { .. } => None,
    }
}

/// A query's result for a shell: text as is, lists one element per line, nested lists separated by tabs, everything
/// else as JSON. Nothing for null and empty lists.
pub(crate) fn plain(value: &Value) -> String {
    let row = |value: &Value| match value {
        Value::Array(cells) => {
            cells.iter().map(line_of).collect::<Option<Vec<_>>>().map(|cells| cells.join("\t"))
        }
        other => line_of(other),
    };
    match value {
        Value::Null => String::new(),
        Value::String(text) => format!("{text}\n"),
        Value::Array(elements) => match elements.iter().map(row).collect::<Option<Vec<_>>>() {
            Some(lines) => lines.iter().map(|line| format!("{line}\n")).collect(),
            None => json::pretty(value),
        },
        other => json::pretty(other),
    }
}

/// A value sharing a line with others: line breaks are escaped.
fn line_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(sanitize::line(text).into_owned()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// The path of which this is the negation. JMESPath takes `!customer.is_new` for the field of a negation, which has none.
pub(crate) fn negated_path(ast: &Ast) -> Option<Ast> {
    let Ast::Subexpr { offset, lhs, rhs } = ast else { return None };
    let lhs = match &**lhs {
        Ast::Not { node, .. } => node.clone(),
        other => Box::new(negated_path(other)?),
    };
    Some(Ast::Subexpr { offset: *offset, lhs, rhs: rhs.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_listed_is_one() {
        for name in FUNCTIONS.split(", ") {
            assert!(DEFAULT_RUNTIME.get_function(name).is_some(), "{name}");
        }
    }

    #[test]
    fn faults_are_found_wherever_they_stand() {
        for expression in
            ["[].nope(@)", "{a: nope(@)}", "[nope(@)]", "[?nope(id)]", "a || nope(b)", "sort_by(@, &nope(a))"]
        {
            assert!(Query::parse(expression).is_err(), "{expression}");
        }
    }

    #[test]
    fn a_forged_line_in_a_list_stays_one_line() {
        assert_eq!(plain(&serde_json::json!(["a\nb"])), "a\\nb\n");
    }

    #[test]
    fn a_query_chooses_and_is_written_plainly() {
        let ids = Query::parse("[?type=='connection'].id").unwrap();
        let list = serde_json::json!([{"id": "a", "type": "connection"}, {"id": "b", "type": "order"}]);
        assert_eq!(ids.apply(&list).unwrap(), serde_json::json!(["a"]));
        assert!(Query::parse("[?type==").is_err());
        assert!(Query::parse("count(@)").is_err());
        assert_eq!(plain(&serde_json::json!(["a", 2, null])), "a\n2\n\n");
        assert_eq!(plain(&serde_json::json!([["a", 2], ["b", true]])), "a\t2\nb\ttrue\n");
        assert_eq!(plain(&serde_json::json!("as\nit is")), "as\nit is\n");
    }
}
