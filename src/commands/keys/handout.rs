//! The text that a customer receives with a key.

use jiff::Timestamp;

use crate::domain::keys::KeyRecord;
use crate::text::words;

/// The text, line by line, including the full key.
pub(super) fn lines(key: &KeyRecord, location: Option<&str>) -> Vec<String> {
    let provider = key.company_name.as_deref().unwrap_or("us");
    let mut lines = vec![
        format!("You can connect to {provider} on the Megaport network with this service key:"),
        String::new(),
    ];
    let mut field = |name: &str, value: String| lines.push(format!("  {name:<9} {value}"));
    field("Key", key.key.clone());
    field("Port", [Some(key.port()), location].into_iter().flatten().collect::<Vec<_>>().join(", "));
    field(
        "Speed",
        key.max_speed_mbps.map_or("as agreed".to_owned(), |speed| format!("up to {}", words::mbps(speed))),
    );
    field(
        "Use",
        match key.single_use {
            Some(true) => "for one connection",
            Some(false) => "for any number of connections",
            None => "as agreed",
        }
        .to_owned(),
    );
    field(
        "Approval",
        if key.pre_approved == Some(true) {
            "not required: orders are deployed immediately"
        } else {
            "we approve each request"
        }
        .to_owned(),
    );
    if let Some(vlan) = key.vlan {
        field("VLAN", format!("{vlan} on our end"));
    }
    field("Valid", validity(key.starts_at, key.expires_at));
    lines.push(String::new());
    lines.extend(
        [
            "In the Megaport Portal, choose your port or cloud router, add a connection, select the service",
            "key option, and enter the key above. With the API or a tool based on it, order a VXC with the",
            "key as \"serviceKey\".",
            "",
            "Treat the key like a password: anyone who has it can request a connection with it.",
        ]
        .map(str::to_owned),
    );
    lines
}

fn validity(starts: Option<Timestamp>, expires: Option<Timestamp>) -> String {
    match (starts, expires) {
        (Some(starts), Some(expires)) => format!("from {starts:.0} until {expires:.0} (UTC)"),
        (None, Some(expires)) => format!("until {expires:.0} (UTC)"),
        (Some(starts), None) => format!("from {starts:.0} (UTC)"),
        (None, None) => "until further notice".to_owned(),
    }
}
