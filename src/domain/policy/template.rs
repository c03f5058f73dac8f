//! Reasons with placeholders: `no room on {port}`.

use crate::domain::approvals::Approval;

pub(crate) const PLACEHOLDERS: [&str; 7] =
    ["customer", "port", "speed_mbps", "room_after_mbps", "type", "id", "rule"];

/// Maximum length of a reason in characters, before and after substitution.
pub(crate) const LONGEST: usize = 500;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Blank(&'static str),
}

impl Template {
    /// Parses a reason. `{{` and `}}` are literal braces.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("the reason is empty".to_owned());
        }
        if text.chars().count() > LONGEST {
            return Err(format!("the reason is longer than {LONGEST} characters"));
        }
        if text.chars().any(char::is_control) {
            return Err("the reason must be one line without control characters".to_owned());
        }
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
                continue;
            }
            let (name, after) = match rest.split_once('}') {
                Some(found) if brace == "{" => found,
                _ => {
                    return Err(format!("unmatched '{brace}': use '{brace}{brace}' for a literal brace"));
                }
            };
            let name = if name == "rate_mbps" { "speed_mbps" } else { name };
            let known = PLACEHOLDERS.into_iter().find(|known| *known == name).ok_or_else(|| {
                let known: Vec<String> = PLACEHOLDERS.iter().map(|name| format!("{{{name}}}")).collect();
                format!("unknown placeholder {{{name}}}: use one of {}", known.join(", "))
            })?;
            parts.push(Part::Text(std::mem::take(&mut plain)));
            parts.push(Part::Blank(known));
            rest = after;
        }
        plain.push_str(rest);
        parts.push(Part::Text(plain));
        Ok(Template { text: text.to_owned(), parts })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Fills in the placeholders, with external names sanitized. The error is the placeholder whose value is unknown.
    pub(crate) fn fill(
        &self,
        approval: &Approval,
        rule: &str,
        room_after_mbps: Option<i64>,
    ) -> Result<String, &'static str> {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Blank(name) => {
                    let value = value(name, approval, rule, room_after_mbps).ok_or(*name)?;
                    filled.extend(value.chars().filter(|character| !character.is_control()));
                }
            }
        }
        if filled.chars().count() > LONGEST {
            filled = filled.chars().take(LONGEST - 1).chain(['…']).collect();
        }
        Ok(filled)
    }
}

fn value(name: &str, approval: &Approval, rule: &str, room_after_mbps: Option<i64>) -> Option<String> {
    let customer = &approval.customer;
    match name {
        "customer" => customer.name.clone().or_else(|| customer.uid.clone().map(String::from)),
        "port" => {
            let end = approval.my_end()?;
            end.product_name.clone().or_else(|| end.product_uid.clone().map(String::from))
        }
        "speed_mbps" => approval.asked_mbps().map(|mbps| mbps.to_string()),
        "room_after_mbps" => room_after_mbps.map(|mbps| mbps.to_string()),
        "type" => Some(approval.kind.noun().to_owned()),
        "id" => Some(approval.id.to_string()),
        "rule" => Some(rule.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_names_known_values_only() {
        assert!(Template::parse("no room on {port}").is_ok());
        assert!(Template::parse("no room on {prot}").unwrap_err().contains("{port}"));
        assert!(Template::parse("no room on {port").is_err());
    }
}
