//! Checks the fields that a condition names against those of the record: a mistyped one would match nothing.

use jmespath::ast::{Ast, KeyValuePair};
use serde_json::Value;

use crate::commands::approvals::view;
use crate::render::query::negated_path;
use crate::text::suggest::nearest;
use crate::text::words::alternatives;

/// A field that may have any others.
const OPEN: &str = "extra";

/// What is known of a value.
#[derive(Clone)]
enum Shape<'a> {
    /// A part of the record, with the path to it.
    Known(&'a Value, String),
    /// Anything: the result of a function, or what customers may add.
    Unknown,
}

/// Checks all fields.
///
/// # Errors
/// Why there is no such field.
pub(in crate::commands::approvals) fn check(ast: &Ast) -> Result<(), String> {
    let record = serde_json::to_value(view::whole()).unwrap_or_default();
    shape_of(ast, &Shape::Known(&record, String::new())).map(|_| ())
}

/// The shape of what an expression finds in this.
fn shape_of<'a>(ast: &Ast, within: &Shape<'a>) -> Result<Shape<'a>, String> {
    let all = |parts: &[&Ast]| {
        parts.iter().try_for_each(|part| shape_of(part, within).map(|_| ()))?;
        Ok(Shape::Unknown)
    };
    match ast {
        Ast::Identity { .. } => Ok(within.clone()),
        Ast::Field { name, .. } => field(name, within),
        Ast::Subexpr { lhs, rhs, .. } => match negated_path(ast) {
            Some(negated) => all(&[&negated]),
            None => shape_of(rhs, &shape_of(lhs, within)?),
        },
        Ast::Projection { lhs, rhs, .. } => {
            shape_of(lhs, within)?;
            shape_of(rhs, &Shape::Unknown)
        }
        Ast::Not { node, .. } | Ast::Flatten { node, .. } | Ast::ObjectValues { node, .. } => all(&[node]),
        Ast::Comparison { lhs, rhs, .. } | Ast::And { lhs, rhs, .. } | Ast::Or { lhs, rhs, .. } => {
            all(&[lhs, rhs])
        }
        Ast::Function { args, .. } => all(&args.iter().collect::<Vec<_>>()),
        Ast::MultiList { elements, .. } => all(&elements.iter().collect::<Vec<_>>()),
        Ast::MultiHash { elements, .. } => {
            all(&elements.iter().map(|KeyValuePair { value, .. }| value).collect::<Vec<_>>())
        }
        // What they look at are the elements of an array, and the record has none.
        Ast::Expref { .. } | Ast::Condition { .. } => Ok(Shape::Unknown),
        Ast::Index { .. } | Ast::Slice { .. } | Ast::Literal { .. } => Ok(Shape::Unknown),
    }
}

fn full_name(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn field<'a>(name: &str, within: &Shape<'a>) -> Result<Shape<'a>, String> {
    let Shape::Known(value, path) = within else { return Ok(Shape::Unknown) };
    let full = full_name(path, name);
    if full == "room_after_mbps" {
        return Err(
            "room_after_mbps depends on which requests are selected; to limit it, use --max-sold".to_owned()
        );
    }
    let fields = match value {
        _ if path == OPEN => return Ok(Shape::Unknown),
        Value::Object(fields) => fields,
        _ => return Err(format!("requests have no field '{full}': {path} has no fields")),
    };
    match fields.get(name) {
        Some(value) => Ok(Shape::Known(value, full)),
        None => {
            let all: Vec<String> = fields.keys().map(|known| full_name(path, known)).collect();
            let hint = match nearest(name, fields.keys()) {
                Some(meant) => format!("; did you mean '{}'?", full_name(path, meant)),
                // In double quotes it is a field.
                None if name.contains(|letter: char| !letter.is_ascii_lowercase() && letter != '_') => {
                    format!("; if it is text, use single quotes: '{name}'")
                }
                None if path.is_empty() => String::new(),
                None => format!("; use {}", alternatives(&all)),
            };
            Err(format!("requests have no field '{full}'{hint}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(condition: &str) -> Result<(), String> {
        check(jmespath::compile(condition).unwrap().as_ast())
    }

    #[test]
    fn text_in_double_quotes_is_told_from_a_field() {
        let error = checked("customer.name == \"Globex Bank\"").unwrap_err();
        assert_eq!(
            error,
            "requests have no field 'Globex Bank'; if it is text, use single quotes: 'Globex Bank'"
        );
    }

    #[test]
    fn every_field_of_the_record_may_be_named() {
        for condition in [
            "customer.is_new",
            "!customer.is_new",
            "!b_end.vlan && customer.name == 'x'",
            "contains(['x'], customer.name)",
            "contains(keys(@), 'id')",
            "@.customer.name == 'x'",
            "(customer).uid == 'x'",
            "customer | name == 'x'",
            "[id, name] | [0] == 'x'",
            "{a: id}.b == `1`",
            "account.uid == 'x'",
            "extra.bEnd.locationId == `2`",
            "extra.anything.at.all == `2`",
            "a_end.* | [0] == 'x'",
            "`{\"a\": 1}`.b == `1`",
            "length(extra.tags[?name == 'x'].value) > `0`",
        ] {
            assert_eq!(checked(condition), Ok(()), "{condition}");
        }
    }

    #[test]
    fn a_mistyped_field_is_an_error_at_any_depth_and_in_any_form() {
        for (condition, told) in [
            ("custmer.name", "requests have no field 'custmer'; did you mean 'customer'?"),
            ("customer.nme == 'x'", "requests have no field 'customer.nme'; did you mean 'customer.name'?"),
            ("!customer.is_nw", "requests have no field 'customer.is_nw'; did you mean 'customer.is_new'?"),
            ("b_end.vln > `5` || id == 'x'", "did you mean 'b_end.vlan'?"),
            ("starts_with(customer.nmae, 'x')", "did you mean 'customer.name'?"),
            ("@.customer.nmae == 'x'", "did you mean 'customer.name'?"),
            ("customer | nmae == 'x'", "did you mean 'customer.name'?"),
            ("[customer.nmae] | [0] == 'x'", "did you mean 'customer.name'?"),
            ("{a: customer.nmae}.a == 'x'", "did you mean 'customer.name'?"),
            ("contains(`[\"x\"]`, account.nam)", "did you mean 'account.name'?"),
            ("customer.xyz", "use customer.uid, customer.name or customer.is_new"),
            ("status.word", "requests have no field 'status.word': status has no fields"),
            ("@.room_after_mbps > `0`", "--max-sold"),
            ("(customer || account).name", ""),
        ] {
            match checked(condition) {
                Err(why) => assert!(why.ends_with(told) && !told.is_empty(), "{condition}: {why}"),
                Ok(()) => assert_eq!(told, "", "{condition}"),
            }
        }
    }
}
