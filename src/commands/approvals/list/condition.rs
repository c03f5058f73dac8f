//! `--where`: a JMESPath condition on a request, as `-o json` shows it.

use std::str::FromStr;

use jmespath::ast::{Ast, Comparator};
use jmespath::{DEFAULT_RUNTIME, Expression, Variable};
use serde_json::Value;

use crate::commands::approvals::list::condition_fields;
use crate::domain::approvals::Approval;
use crate::error::Error;
use crate::render::query;

/// Longer texts are told by their type.
const LONGEST_TOLD: usize = 60;

/// A condition. What the request doesn't tell is neither true nor false: a part of the condition about it holds nothing, and
/// nor does its negation.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    text: String,
    whole: Part,
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Condition {}

#[derive(Debug, Clone)]
enum Part {
    Not(Box<Part>),
    And(Box<Part>, Box<Part>),
    Or(Box<Part>, Box<Part>),
    /// Unknown if one of the operands is null.
    Compares(Expression<'static>, Vec<Expression<'static>>),
    Is(Expression<'static>),
}

impl FromStr for Condition {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |why: String| Error::usage(format!("'{text}' is not a valid condition")).reason(why);
        let expression = jmespath::compile(text).map_err(|error| wrong(query::explain(&error)))?;
        let ast = expression.as_ast();
        if let Some(error) = query::fault_in(ast, "--where") {
            return Err(error);
        }
        condition_fields::check(ast).map_err(wrong)?;
        Ok(Condition { text: text.to_owned(), whole: Part::from_ast(ast) })
    }
}

impl Condition {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds for this request.
    ///
    /// # Errors
    /// A part of it is neither true nor false (exit 2).
    pub(crate) fn holds(&self, approval: &Approval) -> Result<bool, Error> {
        let record = serde_json::to_value(approval).unwrap_or_default();
        let failed = |why: String| {
            Error::usage(format!("--where '{}' failed", self.text))
                .reason(why)
                .hint("conditions must be true or false; see the fields with -o json")
        };
        self.whole.value(&record).map(|holds| holds == Some(true)).map_err(failed)
    }
}

impl Part {
    fn from_ast(ast: &Ast) -> Self {
        let expression = |ast: &Ast| Expression::new(String::new(), ast.clone(), &DEFAULT_RUNTIME);
        let both = |lhs: &Ast, rhs: &Ast| (Box::new(Part::from_ast(lhs)), Box::new(Part::from_ast(rhs)));
        let is_null = |ast: &Ast| matches!(ast, Ast::Literal { value, .. } if value.is_null());
        match ast {
            Ast::Not { node, .. } => Part::Not(Box::new(Part::from_ast(node))),
            Ast::Subexpr { .. } if let Some(negated) = query::negated_path(ast) => {
                Part::Not(Box::new(Part::from_ast(&negated)))
            }
            Ast::And { lhs, rhs, .. } => {
                let (lhs, rhs) = both(lhs, rhs);
                Part::And(lhs, rhs)
            }
            Ast::Or { lhs, rhs, .. } => {
                let (lhs, rhs) = both(lhs, rhs);
                Part::Or(lhs, rhs)
            }
            // Whether something is known can be asked.
            Ast::Comparison { comparator: Comparator::Equal | Comparator::NotEqual, lhs, rhs, .. }
                if is_null(lhs) || is_null(rhs) =>
            {
                Part::Is(expression(ast))
            }
            Ast::Comparison { lhs, rhs, .. } => {
                Part::Compares(expression(ast), vec![expression(lhs), expression(rhs)])
            }
            Ast::Function { name, args, .. } if name != "not_null" => {
                let operands = args.iter().filter(|arg| !matches!(arg, Ast::Expref { .. }));
                Part::Compares(expression(ast), operands.map(expression).collect())
            }
            _ => Part::Is(expression(ast)),
        }
    }

    /// Whether it holds; `None` if that isn't known.
    fn value(&self, record: &Value) -> Result<Option<bool>, String> {
        let search = |expression: &Expression<'static>| {
            expression.search(record).map_err(|error| query::explain(&error))
        };
        let truth = |expression| {
            let found = search(expression)?;
            match (found.is_null(), found.as_boolean()) {
                (true, _) => Ok(None),
                (false, Some(value)) => Ok(Some(value)),
                (false, None) => Err(format!("{} is neither true nor false", in_words(&found))),
            }
        };
        Ok(match self {
            Part::Not(part) => part.value(record)?.map(|value| !value),
            Part::And(lhs, rhs) => match (lhs.value(record)?, rhs.value(record)?) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Part::Or(lhs, rhs) => match (lhs.value(record)?, rhs.value(record)?) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Part::Compares(expression, operands) => {
                for operand in operands {
                    if search(operand)?.is_null() {
                        return Ok(None);
                    }
                }
                truth(expression)?
            }
            Part::Is(expression) => truth(expression)?,
        })
    }
}

/// A value as an error tells it: large ones by their type.
fn in_words(value: &Variable) -> String {
    match value {
        Variable::Object(_) => "an object".to_owned(),
        Variable::Array(_) => "an array".to_owned(),
        Variable::String(text) if text.chars().count() > LONGEST_TOLD => "a long text".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::approvals::model::example::request;

    fn holds(condition: &str, is_new: Option<bool>) -> Result<bool, Error> {
        let mut request = request("SYD1-A", Some(500));
        request.customer.is_new = is_new;
        request.customer.name = is_new.map(|_| "Globex".to_owned());
        condition.parse::<Condition>().unwrap().holds(&request)
    }

    #[test]
    fn what_is_not_known_matches_nothing() {
        for (condition, if_new, if_not_new, if_unknown) in [
            ("customer.is_new", true, false, false),
            ("!customer.is_new", false, true, false),
            ("rate_limit_mbps <= `500` && !customer.is_new", false, true, false),
            ("rate_limit_mbps == `500` || customer.is_new", true, true, true),
            ("rate_limit_mbps > `500` || !customer.is_new", false, true, false),
            ("!(rate_limit_mbps > `500` && customer.is_new)", true, true, true),
            ("customer.name != 'Initech'", true, true, false),
            ("!starts_with(customer.name, 'Ini')", true, true, false),
            ("customer.is_new == `null`", false, false, true),
            ("contains(['Globex', 'Initech'], customer.name)", true, true, false),
        ] {
            let found = [Some(true), Some(false), None].map(|is_new| holds(condition, is_new).unwrap());
            assert_eq!(found, [if_new, if_not_new, if_unknown], "{condition}");
        }
    }

    #[test]
    fn what_is_no_condition_is_an_error() {
        for wrong in
            ["rate_limit_mbps <=", "custmer.name == 'x'", "nothing(id)", "id < 'x'", "room_after_mbps > `0`"]
        {
            assert!(wrong.parse::<Condition>().is_err(), "{wrong}");
        }
        for (wrong, told) in [
            ("@", "an object is"),
            ("customer", "an object is"),
            ("[id]", "an array is"),
            ("rate_limit_mbps", "500 is"),
            ("join('', [id, id, id])", "a long text is"),
        ] {
            let error = holds(wrong, Some(true)).unwrap_err();
            assert_eq!(error.reason.unwrap(), format!("{told} neither true nor false"), "{wrong}");
        }
        for wrong in ["rate_limit_mbps", "customer.name", "!rate_limit_mbps", "id && customer.is_new"] {
            let error = holds(wrong, Some(true)).unwrap_err();
            assert!(error.reason.unwrap().contains("neither true nor false"), "{wrong}");
        }
    }
}
