//! Which changes of a list are not compatible.

use serde_json::Value;

/// Things by name, each with facts: no thing may go, and no fact may change. New things and new facts are compatible.
pub(super) fn facts(before: &Value, now: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (name, facts) in before.as_object().into_iter().flatten() {
        let Some(other) = now.get(name) else {
            found.push(format!("{name} was removed"));
            continue;
        };
        for (fact, value) in facts.as_object().into_iter().flatten() {
            match other.get(fact) {
                None => found.push(format!("{name}: {fact} was removed")),
                Some(changed) if changed != value => {
                    found.push(format!("{name}: {fact} was {value} and is {changed}"));
                }
                Some(_) => {}
            }
        }
    }
    found
}

/// The words of an array.
pub(super) fn words(value: Option<&Value>) -> Vec<&str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_goes_or_changes_is_found_and_what_is_added_is_not() {
        let before = json!({ "13": { "type": "conflict", "meaning": "taken" }, "20": { "type": "pending" } });
        let same = facts(&before, &before);
        assert_eq!(same, [""; 0]);
        let more = json!({ "13": { "type": "conflict", "meaning": "taken" }, "20": { "type": "pending", "more": 1 },
            "21": { "type": "new" } });
        assert_eq!(facts(&before, &more), [""; 0]);
        let changed = json!({ "13": { "type": "clash" } });
        assert_eq!(
            facts(&before, &changed),
            ["13: type was \"conflict\" and is \"clash\"", "13: meaning was removed", "20 was removed"]
        );
    }
}
