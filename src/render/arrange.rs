//! `--sort` and `--limit` of all lists.

use std::cmp::Ordering;
use std::str::FromStr;

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::error::Error;
use crate::exit::Exit;
use crate::render::fields;
use crate::render::output::ListView;
use crate::text::amounts::parse_count;

/// Order and number of rows of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub(crate) struct ArrangeArgs {
    /// Sort by a field, for example customer.name or rate_limit_mbps:desc; missing values come last
    #[arg(long, value_name = "FIELD[:desc]", allow_hyphen_values = true)]
    pub(crate) sort: Option<SortKey>,

    /// Limit the number of rows
    #[arg(long, value_name = "N", value_parser = parse_count, allow_negative_numbers = true)]
    pub(crate) limit: Option<u64>,
}

/// `rate_limit_mbps:desc`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SortKey {
    pub(crate) path: String,
    /// Largest first.
    pub(crate) descending: bool,
}

impl SortKey {
    fn value_in(&self, record: &Value) -> Value {
        fields::value_at(record, &self.path).cloned().unwrap_or(Value::Null)
    }

    /// Sorts; missing values come last in both directions.
    fn sort<T>(&self, mut keyed: Vec<(Value, T)>) -> impl Iterator<Item = T> + use<T> {
        keyed.sort_by(|(one, _), (other, _)| match (one.is_null(), other.is_null()) {
            (false, false) if self.descending => compare(other, one),
            (false, false) => compare(one, other),
            (one, other) => one.cmp(&other),
        });
        keyed.into_iter().map(|(_, item)| item)
    }
}

impl FromStr for SortKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // The way of other tools.
        if let Some(path) = text.strip_prefix('-').filter(|path| !path.is_empty() && !path.contains(':')) {
            return Ok(SortKey { path: path.to_owned(), descending: true });
        }
        let (path, descending) = match text.split_once(':') {
            None | Some((_, "asc")) => (text.trim_end_matches(":asc"), false),
            Some((path, "desc")) => (path, true),
            Some((_, order)) => {
                return Err(format!("invalid order '{order}': use asc or desc after the colon"));
            }
        };
        if path.is_empty() {
            return Err("the field is missing".to_owned());
        }
        Ok(SortKey { path: path.to_owned(), descending })
    }
}

impl ArrangeArgs {
    /// Sorts a list by fields of its JSON; without `--sort` the order is kept.
    pub(crate) fn sort<T: Serialize>(&self, items: &mut Vec<T>) -> Result<(), Error> {
        let Some(key) = &self.sort else { return Ok(()) };
        let mut keyed = Vec::with_capacity(items.len());
        for item in items.drain(..) {
            let record = serde_json::to_value(&item).map_err(|error| {
                Error::new(Exit::Other, "could not sort the list").reason(error.to_string())
            })?;
            keyed.push((key.value_in(&record), item));
        }
        items.extend(key.sort(keyed));
        Ok(())
    }

    /// Sorts and limits a list that is ready to be written; returns the number of rows before.
    pub(crate) fn arrange(&self, view: &mut ListView<'_>) -> usize {
        if let Some(key) = &self.sort {
            let rows = std::mem::take(&mut view.table.rows).into_iter();
            let rows = rows.zip(std::mem::take(&mut *view.records));
            let keyed = rows.map(|(row, record)| (key.value_in(&record), (row, record))).collect();
            (view.table.rows, *view.records) = key.sort(keyed).unzip();
        }
        let all = self.cut(&mut view.table.rows);
        let left = view.table.rows.len();
        view.change_records(move |records| records.truncate(left));
        all
    }

    /// Limits the rows; returns their number before.
    pub(crate) fn cut<T>(&self, items: &mut Vec<T>) -> usize {
        let all = items.len();
        if let Some(limit) = self.limit {
            items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        all
    }
}

/// Sorts numbers by value, times by the instant, text ignoring case, false before true, and different types in that order.
fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let exact = one.as_i64().zip(other.as_i64()).map(|(one, other)| one.cmp(&other));
            exact.unwrap_or_else(|| {
                one.as_f64().unwrap_or(f64::NAN).total_cmp(&other.as_f64().unwrap_or(f64::NAN))
            })
        }
        (Value::String(one), Value::String(other)) => match (instant(one), instant(other)) {
            (None, None) => one.to_lowercase().cmp(&other.to_lowercase()).then_with(|| one.cmp(other)),
            // A time before all other text.
            (one_at, other_at) => {
                (one_at.is_none(), one_at).cmp(&(other_at.is_none(), other_at)).then_with(|| one.cmp(other))
            }
        },
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (one, other) => kind(one).cmp(&kind(other)).then_with(|| one.to_string().cmp(&other.to_string())),
    }
}

/// The instant of a time as portgate writes it. As text, `…:05.5Z` would come after `…:05.51Z`.
fn instant(text: &str) -> Option<Timestamp> {
    let may_be = text.len() >= "2026-01-31T00:00:00Z".len() && text.as_bytes()[10] == b'T';
    may_be.then(|| text.parse().ok()).flatten()
}

fn kind(value: &Value) -> u8 {
    match value {
        Value::Number(_) => 0,
        Value::String(_) => 1,
        Value::Bool(_) => 2,
        Value::Array(_) | Value::Object(_) => 3,
        Value::Null => 4,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::render::cell::Cell;
    use crate::render::table::Column;

    fn sorted(key: &str, mut items: Vec<Value>) -> Vec<Value> {
        let args = ArrangeArgs { sort: Some(key.parse().unwrap()), limit: None };
        args.sort(&mut items).unwrap();
        items.iter().map(|item| fields::value_at(item, "a.b").cloned().unwrap_or_default()).collect()
    }

    #[test]
    fn what_has_no_value_comes_last_either_way() {
        let items = || vec![json!({"a": null}), json!({"a": {"b": 10}}), json!({}), json!({"a": {"b": 9}})];
        let null = || Value::Null;
        assert_eq!(sorted("a.b", items()), [json!(9), json!(10), null(), null()]);
        assert_eq!(sorted("a.b:desc", items()), [json!(10), json!(9), null(), null()]);
    }

    #[test]
    fn a_list_ready_to_be_written_keeps_rows_and_records_together() {
        let number = Column::new("N", |number: &u64| number.to_string());
        let mut view = ListView::new([2, 3, 1], vec![number], |number| json!({"n": number}));
        let args = ArrangeArgs { sort: Some("n".parse().unwrap()), limit: Some(2) };
        assert_eq!(args.arrange(&mut view), 3);
        assert_eq!(view.table.rows, [[Cell::from("1")], [Cell::from("2")]]);
        assert_eq!(*view.records, [json!({"n": 1}), json!({"n": 2})]);
    }

    #[test]
    fn texts_sort_without_regard_to_case() {
        let items = ["b", "A", "C"].map(|text| json!({"a": {"b": text}})).to_vec();
        assert_eq!(sorted("a.b:asc", items), ["A", "b", "C"]);
    }

    #[test]
    fn times_sort_by_the_instant_whatever_their_fraction() {
        let times =
            ["2026-11-27T18:06:38.5Z", "2026-11-27T18:06:38.51Z", "2026-11-27T18:06:38Z", "note", "2026"];
        let items = times.map(|time| json!({"a": {"b": time}})).to_vec();
        assert_eq!(sorted("a.b", items.clone()), [times[2], times[0], times[1], times[4], times[3]]);
        assert_eq!(sorted("a.b:desc", items), [times[3], times[4], times[1], times[0], times[2]]);
    }

    #[test]
    fn a_wrong_order_is_refused() {
        assert!("a:up".parse::<SortKey>().unwrap_err().contains("desc"));
        assert!(":desc".parse::<SortKey>().is_err());
    }
}
