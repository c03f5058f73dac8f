//! `/v3/locations`, `/v2/networkRegions` and `/v2/locations/rtt`: where the network is. They need no token (confirmed).

use axum::extract::State;
use serde_json::{Value, json};

use super::envelope::Envelope;
use super::request::Parameters;
use crate::sandbox::app::App;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::store::locations::{self, Location};

pub(crate) async fn locations(State(app): State<App>) -> Answer<Envelope<Vec<Value>>> {
    let found = app.read_unknown(|connection| Ok(locations::list(connection)?)).await?;
    Ok(Envelope::new("Locations", found.iter().map(location_view).collect()))
}

fn location_view(location: &Location) -> Value {
    json!({
        "id": location.id,
        "name": location.name,
        "metro": location.metro,
        "market": location.market,
        "status": location.status,
        "address": {
            "street": location.street,
            "suburb": location.suburb,
            "city": location.city,
            "state": location.state,
            "postcode": location.postcode,
            "country": location.country,
        },
        "latitude": location.latitude,
        "longitude": location.longitude,
        "dataCentre": {"id": location.data_centre_id, "name": location.data_centre_name},
        "diversityZones": {"red": {"megaportSpeedMbps": [1000, 10_000, 100_000]}, "blue": {"megaportSpeedMbps": [1000, 10_000]}},
    })
}

/// The one region, with its countries; their codes of three letters are the demo's.
pub(crate) async fn regions(State(app): State<App>) -> Answer<Envelope<Value>> {
    let found = app.read_unknown(|connection| Ok(locations::list(connection)?)).await?;
    let mut countries: Vec<Value> = Vec::new();
    for Location { market, country, .. } in &found {
        match countries.iter_mut().find(|known| known["prefix"] == **market) {
            Some(known) => known["siteCount"] = json!(known["siteCount"].as_i64().unwrap_or(0) + 1),
            None => countries.push(json!({
                "siteCount": 1,
                "code": country.chars().take(3).collect::<String>().to_uppercase(),
                "prefix": market,
                "name": country,
            })),
        }
    }
    Ok(Envelope::new(
        "List all public network regions",
        json!([{"networkRegion": "MP1", "countries": countries}]),
    ))
}

/// None: nothing is measured here, as in Megaport's staging (confirmed).
pub(crate) async fn round_trip_times(parameters: Parameters) -> Answer<Envelope<[Value; 0]>> {
    for name in ["srcLocation", "year"] {
        parameters.number(name)?;
    }
    match parameters.number("month")? {
        Some(month) if !(1..=12).contains(&month) => {
            Err(Refusal::bad(format!("month must be 1 to 12, not {month}")))
        }
        _ => Ok(Envelope::new("List RTT by location", [])),
    }
}
