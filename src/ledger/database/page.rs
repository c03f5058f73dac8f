//! Asks for a page of changes.

use tokio_postgres::types::ToSql;

use crate::ledger::Search;

/// The columns that say who made a change.
const NAMES: [&str; 4] = ["actor", "client", "key_owner", "login"];
/// Where a filter picks more customers, the newest changes are looked through instead of those of each.
pub(super) const MOST_CUSTOMERS: usize = 500;

/// Asks for the first line of attempts, the newest first: the attempt, its time and its place.
pub(super) fn query(
    search: &Search,
    customers: Option<&[String]>,
    before: Option<&(String, i64)>,
    most: usize,
) -> (String, Vec<Box<dyn ToSql + Sync>>) {
    let mut conditions = vec!["is_first".to_owned()];
    if search.decisions_only {
        conditions.push("type = 'request' AND action IN ('accept', 'deny')".to_owned());
    }
    let mut values: Vec<Box<dyn ToSql + Sync>> = Vec::new();
    let mut require = |condition: &dyn Fn(&str) -> String, value: Box<dyn ToSql + Sync>| {
        values.push(value);
        conditions.push(condition(&format!("${}", values.len())));
    };
    if let Some((at, id)) = before {
        require(&|at| format!("at <= ({at}::text)::timestamptz"), Box::new(at.clone()));
        require(&|at| format!("(at < ({at}::text)::timestamptz OR id < {id})"), Box::new(at.clone()));
    }
    if let Some(since) = search.since {
        require(&|since| format!("at >= ({since}::text)::timestamptz"), Box::new(since.to_string()));
    }
    if let Some(request) = &search.request {
        require(
            &|id| format!("object = {id} AND type = 'request'"),
            Box::new(request.lower_case().into_owned()),
        );
    }
    if let Some(backend) = &search.backend {
        let chains =
            |backend: &str| format!("chain IN (SELECT id FROM portgate.chain WHERE backend = {backend})");
        require(&chains, Box::new(backend.clone()));
    }
    if let Some(ticket) = &search.ticket {
        require(&|ticket| format!("{} = {}", name_of("ticket"), name_of(ticket)), Box::new(ticket.clone()));
    }
    if let Some(rule) = &search.rule {
        require(&|rule| format!("{} = {}", name_of("rule"), name_of(rule)), Box::new(rule.clone()));
    }
    if let (None, Some(customer)) = (customers, plain(search.customer.as_ref())) {
        require(&|part| has_name("customer", part), Box::new(customer.clone()));
    }
    // Their attempts are few.
    let is_open = search.outcomes.len() == 1 && search.outcomes[0] == "unknown";
    let entries = match is_open {
        true => {
            "(SELECT entry.* FROM portgate.open_attempt JOIN portgate.entry ON id = open_attempt.entry OFFSET 0) AS entry"
        }
        false => "portgate.entry",
    };
    let ended = "(SELECT FROM portgate.entry AS ended WHERE ended.attempt = entry.attempt AND ended.outcome";
    match search.outcomes.iter().any(|outcome| outcome == "unknown") {
        false if search.outcomes.is_empty() => {}
        false => require(
            &|outcomes| format!("EXISTS {ended} = ANY({outcomes}))"),
            Box::new(search.outcomes.clone()),
        ),
        true => {}
    }
    // Each name has an index, from which the newest are read.
    let mut names = vec![String::new()];
    if let Some(by) = &search.by {
        values.push(Box::new(by.clone()));
        let is = |name: String| format!(" AND {name} = {}", name_of(&format!("${}", values.len())));
        names = NAMES.map(|column| is(name_of(column))).to_vec();
    }
    let conditions = conditions.join(" AND ");
    let of_customer = customers.map(|hashes| {
        values.push(Box::new(hashes.to_vec()));
        values.len()
    });
    let newest_first = format!("ORDER BY at DESC, id DESC LIMIT {most}");
    let of_name = |name: &String| {
        match of_customer {
        None => format!("(SELECT attempt, at, id FROM {entries} WHERE {conditions}{name} {newest_first})"),
        Some(place) => format!(
            "(SELECT found.* FROM unnest(${place}::text[]) AS wanted, LATERAL (
                SELECT attempt, at, id FROM {entries} WHERE {conditions}{name} AND md5(customer) = wanted {newest_first}
            ) AS found {newest_first})"
        ),
    }
    };
    let newest: Vec<String> = names.iter().map(of_name).collect();
    // By the time: an output that is called like it would be sorted as text.
    let asking = format!(
        "SELECT attempt, at::text AS time, id FROM ({}) AS newest ORDER BY at DESC, id DESC LIMIT {most}",
        newest.join(" UNION "),
    );
    (asking, values)
}

/// Asks for the hashes of the customers whose name has this part, or may have it: at most one more than is useful.
pub(super) fn customers_with(part: &str) -> (String, Box<dyn ToSql + Sync>) {
    let has_name = has_name("name", "$1");
    let most = MOST_CUSTOMERS + 1;
    (
        format!("SELECT md5(name) AS hash FROM portgate.customer WHERE {has_name} LIMIT {most}"),
        Box::new(part.to_owned()),
    )
}

/// Part of a customer's name, if it can be compared here.
pub(super) fn plain(part: Option<&String>) -> Option<&String> {
    part.filter(|wanted| wanted.is_ascii())
}

/// Whether a name has this part. What isn't plain text is compared by whoever asks.
fn has_name(name: &str, part: &str) -> String {
    format!(
        "(position(lower({part}) IN regexp_replace(lower({name}), '\\s+', ' ', 'g')) > 0 OR {name} ~ '[^[:ascii:]]')"
    )
}

/// A name as the indexes have it.
fn name_of(text: &str) -> String {
    format!("md5(lower({text}))")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_sorted_by_the_time_and_not_by_its_text() {
        let (asking, _) = query(&Search::default(), None, None, 50);
        // PostgreSQL calls a cast column by the column's name, and sorts by an output before a column.
        assert!(asking.starts_with("SELECT attempt, at::text AS time, id FROM ("), "{asking}");
        assert!(asking.ends_with(") AS newest ORDER BY at DESC, id DESC LIMIT 50"), "{asking}");
    }
}
