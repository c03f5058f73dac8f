//! The product list, decoded as it arrives: hundreds of megabytes for a large company (confirmed: can take 50 s).
//! At most one of its VXCs is held at a time; the sink decides what to keep.

use serde::de::{Error as _, IgnoredAny};
use serde_json::{Map, Value};

use crate::api::call::Call;
use crate::api::client::Client;
use crate::api::lenient::Wire as _;
use crate::api::vxc::Vxc;
use crate::api::window::{Pieces, Window};
use crate::api::wire::wire;
use crate::error::Error;
use crate::text::Uid;

wire! {
    /// A port, MCR or MVE of the company, without its VXCs (confirmed).
    pub(crate) struct Product {
        pub(crate) product_uid: Option<Uid>,
        pub(crate) product_id: Option<i64>,
        pub(crate) product_name: Option<String>,
        /// `MEGAPORT`, `MCR2`, `MVE`.
        pub(crate) product_type: Option<String>,
        pub(crate) provisioning_status: Option<String>,
        pub(crate) port_speed: Option<crate::text::Mbps>,
        pub(crate) location_id: Option<i64>,
        pub(crate) location_detail: LocationDetail,
        pub(crate) market: Option<String>,
        /// Whether others can find it in the Marketplace.
        pub(crate) marketplace_visibility: Option<bool>,
        #[serde(rename = "vxcpermitted")]
        pub(crate) vxc_permitted: Option<bool>,
        pub(crate) vxc_auto_approval: Option<bool>,
        pub(crate) company_uid: Option<Uid>,
        /// The owner's name; may be missing.
        pub(crate) company_name: Option<String>,
        pub(crate) lag_primary: Option<bool>,
        pub(crate) lag_id: Option<String>,
        pub(crate) aggregation_id: Option<String>,
    }
}

wire! {
    pub(crate) struct LocationDetail {
        pub(crate) name: Option<String>,
        pub(crate) city: Option<String>,
        pub(crate) metro: Option<String>,
        pub(crate) country: Option<String>,
    }
}

/// Identifies ports that share their capacity: the LAG's number for a member, otherwise the port's UID.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum CapacityGroup {
    Aggregation(String),
    Lag(String),
    Port(Uid),
}

impl Product {
    pub(crate) fn capacity_group(&self) -> Option<CapacityGroup> {
        match self.aggregation_and_lag() {
            (Some(aggregation), _) => Some(CapacityGroup::Aggregation(aggregation.to_owned())),
            (None, Some(lag)) => Some(CapacityGroup::Lag(lag.to_owned())),
            (None, None) => self.product_uid.clone().map(CapacityGroup::Port),
        }
    }

    /// The number of its LAG.
    pub(crate) fn lag(&self) -> Option<&str> {
        let (aggregation, lag) = self.aggregation_and_lag();
        aggregation.or(lag)
    }

    fn aggregation_and_lag(&self) -> (Option<&str>, Option<&str>) {
        // 0 means none (confirmed).
        let [aggregation, lag] = [&self.aggregation_id, &self.lag_id]
            .map(|id| id.as_deref().map(str::trim).filter(|id| !matches!(*id, "" | "0")));
        (aggregation, lag)
    }
}

/// Maximum size of what is kept of the product list, in bytes: a company may have 100,000 pending requests.
const LARGEST_KEPT: usize = 512 * 1024 * 1024;

/// Receives the list. All VXCs of a product come before the product itself.
pub(crate) trait ProductSink: Send + 'static {
    /// A VXC of the next product, and its JSON.
    fn vxc(&mut self, vxc: Vxc, json: &str);
    fn product(&mut self, product: Product);
    /// One of the VXCs could not be read, so the list is incomplete.
    fn note_unread(&mut self);
    /// Approximate size of what is kept, in bytes.
    fn kept_bytes(&self) -> usize;
}

/// Reads the product list into a sink; each try creates a new sink.
pub(crate) async fn stream<S: ProductSink>(client: &Client, sink: impl Fn() -> S) -> Result<S, Error> {
    client
        .read_streamed(&Call::get("/v2/products"), || {
            let sink = sink();
            move |pieces: Pieces<'_>| decode(pieces, sink, Part::Products)
        })
        .await
}

/// Reads one product with its VXCs into a sink: `GET /v2/product/{uid}`.
pub(crate) async fn stream_one<S: ProductSink>(
    client: &Client,
    uid: &Uid,
    sink: impl Fn() -> S,
) -> Result<S, Error> {
    let path = format!("/v2/product/{}", crate::api::vxc::path_segment(uid.as_str()));
    client
        .read_streamed(&Call::get(path), || {
            let sink = sink();
            move |pieces: Pieces<'_>| decode(pieces, sink, Part::Product)
        })
        .await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Products,
    Product,
}

/// Decodes an envelope with a list of products, or one product, in `data`.
fn decode<S: ProductSink>(pieces: Pieces<'_>, sink: S, data: Part) -> Result<S, serde_json::Error> {
    let mut reading = Reading { window: Window::new(pieces), sink };
    reading.envelope(data)?;
    match reading.window.peek()? {
        None => Ok(reading.sink),
        Some(_) => Err(serde_json::Error::custom("the response goes on after its end")),
    }
}

/// Decodes a list that arrives in pieces of this size.
#[cfg(any(test, fuzzing))]
pub(crate) fn decode_list<S: ProductSink>(
    bytes: &[u8],
    size: usize,
    sink: S,
) -> Result<S, serde_json::Error> {
    let mut mender = crate::api::mend::Mender::default();
    let last = std::iter::once((&[][..], true));
    let pieces = bytes.chunks(size.max(1)).map(|piece| (piece, false)).chain(last);
    decode(&mut pieces.map(|(piece, is_last)| mender.mend(piece.to_vec(), is_last)), sink, Part::Products)
}

struct Reading<'a, S> {
    window: Window<'a>,
    sink: S,
}

impl<S: ProductSink> Reading<'_, S> {
    fn envelope(&mut self, data: Part) -> Result<(), serde_json::Error> {
        self.window.step(b'{', "an object with `data`")?;
        let (mut is_first, mut has_data) = (true, false);
        while let Some(name) = self.window.next_name(is_first)? {
            is_first = false;
            if name != "data" {
                self.window.value::<IgnoredAny>()?;
                continue;
            }
            has_data = true;
            match data {
                Part::Products => self.products()?,
                Part::Product => self.product()?,
            }
        }
        has_data.then_some(()).ok_or_else(|| serde_json::Error::missing_field("data"))
    }

    fn products(&mut self) -> Result<(), serde_json::Error> {
        self.window.step(b'[', "a list of products")?;
        let mut is_first = true;
        while self.window.has_element(is_first)? {
            is_first = false;
            self.product()?;
            self.end_element()?;
        }
        Ok(())
    }

    fn product(&mut self) -> Result<(), serde_json::Error> {
        self.window.step(b'{', "a product")?;
        let mut fields = Map::new();
        let mut is_first = true;
        while let Some(name) = self.window.next_name(is_first)? {
            is_first = false;
            match name.as_str() {
                "associatedVxcs" => self.vxcs()?,
                // Large, and not needed.
                "resources" | "associatedIxs" => _ = self.window.value::<IgnoredAny>()?,
                _ => _ = fields.insert(name, self.window.value()?),
            }
        }
        self.sink.product(Product::from_wire(Value::Object(fields)));
        Ok(())
    }

    fn vxcs(&mut self) -> Result<(), serde_json::Error> {
        if self.window.peek()? == Some(b'n') {
            return self.window.value();
        }
        self.window.step(b'[', "a list of VXCs")?;
        let mut is_first = true;
        while self.window.has_element(is_first)? {
            is_first = false;
            // One malformed element must not hide the others.
            match self.window.element()? {
                (Some(vxc), json) => self.sink.vxc(vxc, json),
                (None, _) => self.sink.note_unread(),
            }
            self.end_element()?;
        }
        Ok(())
    }

    fn end_element(&mut self) -> Result<(), serde_json::Error> {
        self.window.end_element();
        match self.sink.kept_bytes() > LARGEST_KEPT {
            true => Err(serde_json::Error::custom("what is needed of the list exceeds 512 MiB")),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq)]
    struct Seen {
        vxcs: Vec<(Uid, usize)>,
        products: Vec<Uid>,
        unread: usize,
    }

    impl ProductSink for Seen {
        fn vxc(&mut self, vxc: Vxc, _: &str) {
            self.vxcs.push((vxc.product_uid.unwrap_or_default(), self.products.len()));
        }
        fn product(&mut self, product: Product) {
            self.products.push(product.product_uid.unwrap_or_default());
        }
        fn note_unread(&mut self) {
            self.unread += 1;
        }
        fn kept_bytes(&self) -> usize {
            self.vxcs.len() * 1024 * 1024
        }
    }

    /// Decodes it whole and in pieces, which must come to the same.
    fn decoded(json: &[u8]) -> Result<Seen, serde_json::Error> {
        let whole = decode_list(json, json.len(), Seen::default());
        for size in [1, 7, 64] {
            let pieced = decode_list(json, size, Seen::default());
            assert_eq!(whole.as_ref().ok(), pieced.as_ref().ok(), "in pieces of {size}");
        }
        whole
    }

    #[test]
    fn vxcs_come_before_their_product_whatever_the_order_of_fields() {
        let json = r#"{"message":"x","data":[
            {"associatedVxcs":[{"productUid":"v1","rateLimit":"500"},7,null],"productUid":"p1"},
            {"productUid":"p2","associatedVxcs":null},
            {"productUid":"p3","associatedVxcs":[{"productUid":"v2","aEnd":"strange"}]}]}"#;
        let seen = decoded(json.as_bytes()).unwrap();
        assert_eq!(seen.products, ["p1", "p2", "p3"]);
        assert_eq!(seen.vxcs, [("v1".into(), 0), ("v2".into(), 2)]);
        assert_eq!(seen.unread, 2);
    }

    #[test]
    fn a_name_that_is_there_twice_leaves_in_doubt_only_a_vxc_that_has_it_itself() {
        let json = r#"{"data":[{"associatedVxcs":[
            {"productUid":"v1","aEnd":{"vlan":7,"vlan":8,"other":1,"other":2}},
            {"productUid":"v2","vxcApproval":{"uid":"a"},"vxcApproval":{"uid":"b"}},
            {"productUid":"v3","other":1,"other":2}]}]}"#;
        let seen = decoded(json.as_bytes()).unwrap();
        assert_eq!(seen.vxcs, [("v1".into(), 0), ("v3".into(), 0)]);
        assert_eq!(seen.unread, 1);
    }

    #[test]
    fn a_list_that_never_ends_is_given_up() {
        let long = format!("\"{}\",", "x".repeat(1 << 20));
        for (start, piece, why) in [
            (r#"{"data":[{"associatedVxcs":["#, r#"{"productUid":"v"},"#, "exceeds 512 MiB"),
            (r#"{"data":[{"productName":["#, &long, "larger than 100 MiB"),
            (r#"{"data":[{"#, &format!("\"productName\":{long}"), "larger than 100 MiB"),
        ] {
            let endless = std::iter::repeat_with(|| piece.repeat((1 << 16) / piece.len() + 1).into_bytes());
            let mut pieces = std::iter::once(start.as_bytes().to_vec()).chain(endless);
            let error = decode(&mut pieces, Seen::default(), Part::Products).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }

    #[test]
    fn a_cut_list_is_an_error() {
        let whole = r#"{"data":[{"productUid":"p1","associatedVxcs":[]}]}"#;
        for cut in 0..whole.len() {
            assert!(decoded(&whole.as_bytes()[..cut]).is_err(), "cut at {cut}");
        }
        assert!(decoded(b"{\"message\":\"no data\"}").is_err());
        // Nothing is not an empty list: a gate must not be green on it.
        assert!(decoded(b"{\"data\":null}").is_err());
    }
}
