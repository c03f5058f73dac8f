//! The product list, decoded as it arrives: hundreds of megabytes for a large company (confirmed: can take 50 s).
//! At most one of its VXCs is held at a time; the sink decides what to keep.

use std::cell::Cell;
use std::fmt;
use std::io::{self, Read};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::api::body::Body;
use crate::api::client::{Call, Client};
use crate::api::lenient::{self, Wire as _};
use crate::api::vxc::Vxc;
use crate::error::Error;

lenient::wire! {
    /// A port, MCR or MVE of the company, without its VXCs (confirmed).
    pub(crate) struct Product {
        pub(crate) product_uid: Option<String>,
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
        pub(crate) company_uid: Option<String>,
        /// The owner's name; may be missing.
        pub(crate) company_name: Option<String>,
        pub(crate) lag_primary: Option<bool>,
        pub(crate) lag_id: Option<String>,
        pub(crate) aggregation_id: Option<String>,
    }
}

lenient::wire! {
    pub(crate) struct LocationDetail {
        pub(crate) name: Option<String>,
        pub(crate) city: Option<String>,
        pub(crate) metro: Option<String>,
        pub(crate) country: Option<String>,
    }
}

impl Product {
    /// Identifies ports that share their capacity: the LAG's number for a member, otherwise the port's UID.
    pub(crate) fn capacity_group(&self) -> Option<String> {
        match self.aggregation_and_lag() {
            (Some(aggregation), _) => Some(format!("aggregation {aggregation}")),
            (None, Some(lag)) => Some(format!("lag {lag}")),
            (None, None) => self.product_uid.clone(),
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

/// Maximum size of what is kept of a list, and of one element, in bytes.
pub(crate) const LARGEST_KEPT: usize = 100 * 1024 * 1024;

/// Receives the list. All VXCs of a product come before the product itself.
pub(crate) trait ProductSink: Send + 'static {
    /// A VXC of the next product, and its JSON.
    fn vxc(&mut self, vxc: Vxc, raw: &RawValue);
    fn product(&mut self, product: Product);
    /// One of the VXCs could not be read, so the list is incomplete.
    fn unread(&mut self);
    /// Approximate size of what is kept, in bytes.
    fn kept(&self) -> usize;
}

/// Reads the product list into a sink; each try creates a new sink.
pub(crate) async fn stream<S: ProductSink>(client: &Client, sink: impl Fn() -> S) -> Result<S, Error> {
    client
        .read_streamed(&Call::get("/v2/products"), || {
            let sink = sink();
            move |body: Body<'_>| decode(body, sink, Part::Products)
        })
        .await
}

/// Reads one product with its VXCs into a sink: `GET /v2/product/{uid}`.
pub(crate) async fn stream_one<S: ProductSink>(
    client: &Client,
    uid: &str,
    sink: impl Fn() -> S,
) -> Result<S, Error> {
    let path = format!("/v2/product/{}", crate::api::vxc::path_segment(uid));
    client
        .read_streamed(&Call::get(path), || {
            let sink = sink();
            move |body: Body<'_>| decode(body, sink, Part::Product)
        })
        .await
}

/// Decodes an envelope with a list of products, or one product, in `data`.
fn decode<S: ProductSink>(body: Body<'_>, sink: S, data: Part) -> Result<S, serde_json::Error> {
    let meter = Cell::new(0);
    match body {
        Body::Whole(bytes) => decode_from(serde_json::Deserializer::from_slice(bytes), sink, data, &meter),
        Body::Streaming(reader) => {
            let reader = Metered { reader, meter: &meter };
            decode_from(serde_json::Deserializer::from_reader(reader), sink, data, &meter)
        }
    }
}

/// At once, or as it arrives.
#[cfg(any(test, fuzzing))]
pub(crate) fn decode_list<S: ProductSink>(
    bytes: &[u8],
    streams: bool,
    sink: S,
) -> Result<S, serde_json::Error> {
    let mut reader = bytes;
    decode(if streams { Body::Streaming(&mut reader) } else { Body::Whole(bytes) }, sink, Part::Products)
}

/// Limits the size of an element; the meter is reset after each.
struct Metered<'a, R> {
    reader: R,
    meter: &'a Cell<usize>,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.meter.set(self.meter.get().saturating_add(read));
        match self.meter.get() > LARGEST_KEPT {
            true => Err(io::Error::other("an element is larger than 100 MiB")),
            false => Ok(read),
        }
    }
}

fn decode_from<'de, S: ProductSink>(
    mut json: serde_json::Deserializer<impl serde_json::de::Read<'de>>,
    mut sink: S,
    data: Part,
    meter: &Cell<usize>,
) -> Result<S, serde_json::Error> {
    let envelope = PartSeed { sink: &mut sink, part: Part::Envelope, data, meter };
    envelope.deserialize(&mut json)?;
    json.end()?;
    Ok(sink)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Envelope,
    Products,
    Product,
    Vxcs,
}

/// Decodes part of the response into the sink.
struct PartSeed<'a, S> {
    sink: &'a mut S,
    part: Part,
    /// The content of the envelope.
    data: Part,
    /// Bytes read since the last element ended.
    meter: &'a Cell<usize>,
}

impl<S: ProductSink> PartSeed<'_, S> {
    fn below(&mut self, part: Part) -> PartSeed<'_, S> {
        PartSeed { sink: self.sink, part, data: self.data, meter: self.meter }
    }

    /// Resets the meter after an element.
    fn check_kept<E: serde::de::Error>(&self) -> Result<(), E> {
        self.meter.set(0);
        match self.sink.kept() > LARGEST_KEPT {
            true => Err(E::custom("the list exceeds 100 MiB")),
            false => Ok(()),
        }
    }
}

impl<'de, S: ProductSink> DeserializeSeed<'de> for PartSeed<'_, S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.part {
            Part::Envelope | Part::Product => deserializer.deserialize_map(self),
            Part::Products => deserializer.deserialize_seq(self),
            Part::Vxcs => deserializer.deserialize_option(self),
        }
    }
}

impl<'de, S: ProductSink> Visitor<'de> for PartSeed<'_, S> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.part {
            Part::Envelope => "an object with `data`",
            Part::Products => "a list of products",
            Part::Product => "a product",
            Part::Vxcs => "a list of VXCs",
        })
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut fields = Map::new();
        let mut has_data = false;
        while let Some(key) = map.next_key::<String>()? {
            match (self.part, key.as_str()) {
                (Part::Envelope, "data") => {
                    has_data = true;
                    map.next_value_seed(self.below(self.data))?;
                }
                (Part::Product, "associatedVxcs") => map.next_value_seed(self.below(Part::Vxcs))?,
                // Large, and not needed.
                (Part::Envelope, _) | (_, "resources" | "associatedIxs") => {
                    map.next_value::<IgnoredAny>()?;
                }
                _ => {
                    fields.insert(key, map.next_value()?);
                }
            }
        }
        match self.part {
            Part::Envelope if !has_data => return Err(serde::de::Error::missing_field("data")),
            Part::Envelope => {}
            _ => self.sink.product(Product::from_wire(Value::Object(fields))),
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        if self.part == Part::Products {
            while list.next_element_seed(self.below(Part::Product))?.is_some() {
                self.check_kept()?;
            }
            return Ok(());
        }
        while let Some(raw) = list.next_element::<Box<RawValue>>()? {
            // One malformed element must not hide the others.
            match serde_json::from_str::<Vxc>(raw.get()) {
                Ok(vxc) => self.sink.vxc(vxc, &raw),
                Err(_) => self.sink.unread(),
            }
            self.check_kept()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq)]
    struct Seen {
        vxcs: Vec<(String, usize)>,
        products: Vec<String>,
        unread: usize,
    }

    impl ProductSink for Seen {
        fn vxc(&mut self, vxc: Vxc, _: &RawValue) {
            self.vxcs.push((vxc.product_uid.unwrap_or_default(), self.products.len()));
        }
        fn product(&mut self, product: Product) {
            self.products.push(product.product_uid.unwrap_or_default());
        }
        fn unread(&mut self) {
            self.unread += 1;
        }
        fn kept(&self) -> usize {
            self.vxcs.len() * 1024 * 1024
        }
    }

    /// Decodes it both ways, which must come to the same.
    fn decoded(json: &[u8]) -> Result<Seen, serde_json::Error> {
        let whole = decode(Body::Whole(json), Seen::default(), Part::Products);
        let streamed = decode(Body::Streaming(&mut &json[..]), Seen::default(), Part::Products);
        assert_eq!(whole.as_ref().ok(), streamed.as_ref().ok());
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
        assert_eq!(seen.vxcs, [("v1".to_owned(), 0), ("v2".to_owned(), 2)]);
        assert_eq!(seen.unread, 2);
    }

    #[test]
    fn a_list_that_never_ends_is_given_up() {
        struct Endless<'a> {
            piece: &'a [u8],
            at: usize,
        }
        impl Read for Endless<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                for byte in buffer.iter_mut() {
                    *byte = self.piece[self.at % self.piece.len()];
                    self.at += 1;
                }
                Ok(buffer.len())
            }
        }
        let long = format!("\"{}\",", "x".repeat(1 << 20));
        for (start, piece, why) in [
            (r#"{"data":[{"associatedVxcs":["#, r#"{"productUid":"v"},"#, "exceeds 100 MiB"),
            (r#"{"data":[{"productName":["#, &long, "larger than 100 MiB"),
        ] {
            let mut reader = start.as_bytes().chain(Endless { piece: piece.as_bytes(), at: 0 });
            let mut reader = io::BufReader::with_capacity(1 << 16, &mut reader);
            let error = decode(Body::Streaming(&mut reader), Seen::default(), Part::Products).unwrap_err();
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
