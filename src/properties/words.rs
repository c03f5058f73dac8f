//! Text on its way to people and programs, and the amounts they give.

use jiff::SignedDuration;
use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

use crate::api::vlan::Vlan;
use crate::domain::ports::vlan::{VlanChoice, VlanWish};
use crate::render::{csv, json, yaml};
use crate::text::Mbps;
use crate::text::amounts::{parse_count, parse_percent, parse_retries};
use crate::text::id::names_id;
use crate::text::moment::{Moment, parse_moment};
use crate::text::name::{fold, is_same, only_looks_like};
use crate::text::span::{parse_limit, parse_shift, parse_span};
use crate::text::{fit, sanitize as harmless};

/// 100 years, in milliseconds.
const LONGEST_SPAN: i128 = 36_500 * 86_400_000;

/// What people see can't drive a terminal, and fits where it is cut to fit. The first byte is the width.
pub(super) fn sanitize(input: &[u8]) {
    let Some((&width, text)) = input.split_first() else { return };
    let (text, width) = (String::from_utf8_lossy(text), usize::from(width));
    let (line, block) = (harmless::line(&text), harmless::block(&text));
    assert!(!line.contains(harmless::drives_terminal));
    assert!(!block.contains(|one| one != '\n' && harmless::drives_terminal(one)));
    assert_eq!(block.matches('\n').count(), text.matches('\n').count());
    assert_eq!(harmless::line(&line), line);
    assert!(line.len() <= text.len() * 9 + 9);
    let cut = fit::cut(&line, width);
    assert!(cut.width() <= width.max(1), "{cut:?} in {width}");
    assert!(cut == *line || line.starts_with(cut.trim_end_matches('…')));
    let wrapped = fit::wrap(&line, width);
    let unbroken = |text: &str| text.chars().filter(|one| !matches!(one, ' ' | '\n')).collect::<String>();
    assert_eq!(unbroken(&wrapped), unbroken(&line));
}

/// What is read as an amount is within its bounds, and is read again from how it is written.
pub(super) fn amounts(input: &[u8]) {
    let text = &*String::from_utf8_lossy(input);
    if let Ok(span) = parse_span(text) {
        assert!((0..=LONGEST_SPAN).contains(&span.as_millis()), "{text}");
        assert_eq!(parse_span(&format!("{span:#}")), Ok(span));
        assert_eq!(parse_span(&span.to_string()), Ok(span));
    }
    if let Ok(shift) = parse_shift(text) {
        assert!(shift.abs().as_millis() <= LONGEST_SPAN);
        let sign = if shift.is_negative() { '-' } else { '+' };
        let milliseconds = SignedDuration::from_millis_i128(shift.abs().as_millis());
        assert_eq!(
            parse_shift(&format!("{sign}{}ms", milliseconds.as_millis())).map(|read| read.as_millis()),
            Ok(shift.as_millis())
        );
    }
    if let Ok(limit) = parse_limit(text) {
        assert!(!limit.is_zero());
    }
    match parse_moment(text) {
        Ok(Moment::At(at)) => assert_eq!(parse_moment(&at.to_string()), Ok(Moment::At(at)), "{text}"),
        Ok(Moment::Span(span)) => assert_eq!(parse_span(text), Ok(span)),
        Err(_) => assert!(parse_span(text).is_err(), "{text}"),
    }
    if let Ok(speed) = text.parse::<Mbps>() {
        assert!(speed.0 > 0);
        assert_eq!(speed.to_string().parse(), Ok(speed));
        // Without a unit, it is a number of Mbps.
        if !text.contains(char::is_alphabetic) {
            assert_eq!(parse_count(text), Ok(speed.0));
        }
    }
    if let Ok(percent) = parse_percent(text) {
        assert_eq!(parse_percent(&format!("{percent}%")), Ok(percent));
    }
    let _ = parse_retries(text);
    if let Ok(vlan) = text.parse::<Vlan>() {
        assert!(vlan.exists());
        assert_eq!(vlan.to_string().parse(), Ok(vlan));
        assert_eq!(Vlan::from(i64::from(vlan)), vlan);
        assert_eq!(text.parse(), Ok(VlanWish(Some(VlanChoice::Exactly(vlan)))));
    }
}

/// Folding is done once and for all; being the same and looking alike go both ways and shut each other out. The two names
/// are parted by a line break.
pub(super) fn names(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (one, other) = text.split_once('\n').unwrap_or((&text, ""));
    let name = fold(one);
    assert_eq!(fold(&name), name, "{one:?}");
    assert!(!name.contains(harmless::drives_terminal));
    assert!(is_same(one, one) && !only_looks_like(one, one));
    assert_eq!(is_same(one, other), is_same(other, one));
    assert_eq!(only_looks_like(one, other), only_looks_like(other, one));
    assert!(!(is_same(one, other) && only_looks_like(one, other)));
    assert!(!names_id(one, other) || other.len() >= one.len());
}

/// JSON reads back as what it was; CSV has a cell for every one; both forms and YAML can't drive a terminal.
pub(super) fn output(input: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(input) else { return };
    for text in [json::pretty(&value), json::compact(&value)] {
        assert!(!text.contains(|one| one != '\n' && harmless::drives_terminal(one)));
        assert_eq!(serde_json::from_str::<Value>(&text).ok().as_ref(), Some(&value));
    }
    yaml::document(&value).expect("every value can be written");
    let table = csv::query_result(&value).expect("every value can be written");
    let mut reader =
        ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(table.as_bytes());
    let rows: Vec<::csv::StringRecord> = reader.records().map(|row| row.expect("CSV is read back")).collect();
    if let Some(elements) = value.as_array().filter(|elements| !elements.is_empty()) {
        let heading = usize::from(!elements.iter().all(Value::is_array));
        let empty = elements.iter().filter(|element| element.as_array().is_some_and(Vec::is_empty)).count();
        if rows.len() != elements.len() + heading {
            assert!(empty > 0 || elements.iter().all(Value::is_object), "{table:?}");
        }
    }
    for cell in rows.iter().flatten().filter(|cell| cell.parse::<f64>().is_err()) {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "a formula: {cell:?}");
    }
}
