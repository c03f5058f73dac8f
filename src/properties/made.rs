//! Properties of what is made: inputs in the shapes that occur, by proptest.

use std::collections::BTreeSet;

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{wire, words};
use crate::domain::approvals::ids::{GivenId, ShortIds};
use crate::render::{csv, fields, json as render_json, yaml};
use crate::text::span::parse_span;
use crate::text::{Uid, sanitize};

/// Texts that a reader could take for something else, and any other.
fn text() -> impl Strategy<Value = String> {
    let words = [
        "no",
        "on",
        "y",
        "~",
        "null",
        "True",
        "12:30",
        "1_000",
        "=",
        "0x1f",
        "017",
        "1e3",
        ".5",
        "-.inf",
        "<<",
        "2026-11-26",
        "2026-11-26T10:00:00Z",
        "- a",
        "a: b",
        "#",
        "",
        " ",
        "a\nb",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "=a",
        "'",
        "\"",
        "%",
        "1e500",
        "0o7",
        "+1",
        "1.",
        "---",
        "...",
        "!!str",
        "&a",
        "*a",
        "@",
        "`",
    ];
    prop_oneof![
        3 => proptest::sample::select(words.to_vec()).prop_map(str::to_owned),
        2 => "[a-z0-9:_.+-]{0,6}",
        1 => "\\PC{0,12}",
        1 => vec(any::<char>(), 0..6).prop_map(|all| all.into_iter().collect()),
    ]
    .prop_filter("ruamel.yaml takes it for a number, and fails", |text| {
        let digits = text.trim_start_matches(['-', '+', '0']).trim_start_matches(['x', 'o', 'b']);
        digits.is_empty() || !digits.chars().all(|one| one == '_')
    })
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        prop_oneof![any::<f64>(), -1e3..1e3, Just(1e16), Just(1e-7)].prop_map(Value::from),
        text().prop_map(Value::from),
    ]
}

fn object(of: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    vec((text(), of), 0..4).prop_map(|fields| Value::Object(fields.into_iter().collect()))
}

pub(super) fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 16, 4, |inner| {
        prop_oneof![vec(inner.clone(), 0..4).prop_map(Value::from), object(inner)]
    })
}

/// A known object with some of its fields wrong, and others beside them.
fn spoil(known: Value) -> impl Strategy<Value = Value> {
    let names: Vec<String> = known.as_object().unwrap().keys().cloned().collect();
    let wrong = vec((proptest::sample::select(names), value()), 0..3);
    (wrong, vec((text(), value()), 0..3)).prop_map(move |(wrong, more)| {
        let mut fields: Map<String, Value> = known.as_object().unwrap().clone();
        fields.extend(wrong.into_iter().chain(more));
        Value::Object(fields)
    })
}

fn key() -> Value {
    json!({"key": "3f0c2a91-7b54-4d1e-8c36-9a5e0f7d2b14", "productUid": "p", "description": "Globex projects",
        "vlan": 1500, "maxSpeed": 500, "preApproved": true, "singleUse": true, "active": true, "promoCode": "SPRING",
        "validFor": {"start": 1_790_000_000_000_u64, "end": 1_800_000_000_000_u64}})
}

fn choice() -> impl Strategy<Value = Value> {
    let group = proptest::sample::select(vec!["ORDERING", "SECURITY", "XERO"]);
    (group, value(), spoil(json!({"details": ["a"], "since": 7}))).prop_map(|(group, subscribed, rest)| {
        let mut fields = rest.as_object().unwrap().clone();
        fields.insert("messageGroup".to_owned(), group.into());
        fields.insert("subscribed".to_owned(), subscribed);
        Value::Object(fields)
    })
}

/// Product lists with fields that are wrong, there twice, or escaped; in some a byte is damaged.
fn product_list() -> impl Strategy<Value = Vec<u8>> {
    let end = || {
        spoil(
            json!({"ownerUid": "o", "productUid": "P", "productName": "a \u{e9}\n\"", "vlan": 7, "innerVlan": null}),
        )
    };
    let marker = spoil(json!({"status": "PENDING_INTERNAL", "uid": "id", "type": "NEW", "newSpeed": "500"}));
    let vxc = (
        spoil(
            json!({"productUid": "v", "rateLimit": 500, "provisioningStatus": "LIVE", "createDate": 1_790_000_000_000_u64}),
        ),
        end(),
        end(),
        marker,
        prop_oneof![8 => Just(""), 1 => Just(r#","bEnd":{"vlan":2,"vlan":3}"#), 1 => Just(r#","vxcApproval":3"#)],
    );
    let vxc = vxc.prop_map(|(mut vxc, a_end, b_end, marker, again)| {
        (vxc["aEnd"], vxc["vxcApproval"]) = (a_end, marker);
        if again.is_empty() {
            vxc["bEnd"] = b_end;
        }
        let vxc = vxc.to_string();
        format!("{}{again}}}", &vxc[..vxc.len() - 1])
    });
    let element = prop_oneof![8 => vxc, 1 => scalar().prop_map(|value| value.to_string())];
    let product =
        (vec(element, 0..4), spoil(json!({"productUid": "p", "portSpeed": 1000, "resources": {"a": [1]}})));
    let product = product.prop_map(|(vxcs, product)| {
        let product = product.to_string();
        format!(r#"{{"associatedVxcs" : [{}],{}"#, vxcs.join(" ,"), &product[1..])
    });
    let spoil = (any::<prop::sample::Index>(), prop_oneof![4 => Just(None), 1 => any::<u8>().prop_map(Some)]);
    (vec(product, 0..3), spoil).prop_map(|(products, (at, byte))| {
        let mut list = format!(r#"{{"message":"x","data":[{}]}}"#, products.join(",")).into_bytes();
        if let Some(byte) = byte {
            let at = at.index(list.len());
            list[at] = byte;
        }
        list
    })
}

proptest! {
    #![proptest_config(super::cases(200))]

    #[test]
    fn a_product_list_is_what_serde_json_decodes(list in product_list()) {
        wire::decoded_products(&list);
    }

    #[test]
    fn replacing_a_key_loses_no_field(keys in vec(spoil(key()), 1..3)) {
        wire::service_keys(json!(keys).to_string().as_bytes());
    }

    #[test]
    fn setting_a_group_loses_no_field(choices in vec(choice(), 0..4), more in spoil(json!({"locale": "en"}))) {
        let mut document = more;
        document["destinations"] = json!({"SMS": [7], "EMAIL": choices});
        wire::preferences(document.to_string().as_bytes());
    }

    #[test]
    fn a_shown_id_names_its_own_id_and_no_other(ids in btree_set("[abAB]{5,7}[0-9a-f-]{29}", 1..12)) {
        let ids: BTreeSet<Uid> = ids.into_iter().map(Uid::from).collect();
        let short = ShortIds::from_ids(&ids);
        for id in &ids {
            for shown in [short.shorten(id).to_owned(), short.shorten(id).to_uppercase()] {
                let given = GivenId::parse(&shown).unwrap();
                let named: Vec<&Uid> = ids.iter().filter(|one| given.names(one)).collect();
                prop_assert_eq!(named, [id]);
            }
        }
    }

    #[test]
    fn a_span_is_read_from_how_it_is_written(weeks in 0..100u32, days in 0..7u32, hours in 0..24u32, seconds in 0..90u32) {
        let total = i64::from(weeks * 7 + days) * 86_400 + i64::from(hours) * 3_600 + i64::from(seconds);
        for text in [
            format!("{weeks}w{days}d{hours}h{seconds}s"),
            format!("{seconds}s {hours}h{days}d{weeks}w"),
            format!("P{weeks}W{days}DT{hours}H{seconds}S"),
            format!("{total}s"),
        ] {
            prop_assert_eq!(parse_span(&text).map(|span| span.as_secs()), Ok(total), "{}", text);
            words::amounts(text.as_bytes());
        }
    }

    #[test]
    fn json_and_csv_read_back_as_what_was_written(records in vec(object(value()), 0..4)) {
        let list = Value::from(records.clone());
        words::output(list.to_string().as_bytes());
        prop_assert_eq!(serde_json::from_str::<Value>(&render_json::pretty(&list)).unwrap(), list);
        let paths = fields::columns(&records, &[]);
        // A reader takes it for the mark of the file.
        prop_assume!(!paths.first().is_some_and(|path| path.starts_with('\u{feff}')));
        let table = csv::records(&paths, &records).unwrap();
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(table.as_bytes());
        let rows: Vec<Vec<String>> =
            reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        prop_assert_eq!(rows.len(), if paths.is_empty() { 0 } else { records.len() + 1 });
        for (record, row) in records.iter().zip(rows.iter().skip(1)) {
            for (path, cell) in paths.iter().zip(row) {
                match fields::value_at(record, path) {
                    Some(Value::String(text)) => {
                        let shown = sanitize::block(text);
                        prop_assert!(*cell == shown || cell.strip_prefix('\'') == Some(&*shown));
                    }
                    Some(plain @ (Value::Number(_) | Value::Bool(_))) => {
                        prop_assert_eq!(cell, &plain.to_string());
                    }
                    None | Some(Value::Null) => prop_assert_eq!(cell, ""),
                    Some(_) => {}
                }
            }
        }
    }

    #[test]
    fn a_vlan_that_is_free_is_nobody_s_and_is_given_once(taken in vec(2..30i64, 0..20), refused in btree_set(2..40i64, 0..8)) {
        crate::domain::ports::check_pool(&taken, &refused);
    }
}

/// Every value as YAML, read by readers of 1.1 (PyYAML) and of 1.2 (ruamel.yaml): `PORTGATE_TEST_YAML_PYTHON`, or the
/// system's Python. What it lacks is skipped with a note, or fails where `PORTGATE_TESTS_NEED_YAML` is set.
#[test]
fn yaml_is_the_same_for_readers_of_both_versions() {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut values: Vec<Value> = (0..400).map(|_| value().new_tree(&mut runner).unwrap().current()).collect();
    values.extend((0..100).map(|_| object(scalar()).new_tree(&mut runner).unwrap().current()));
    let documents: Vec<String> = values.iter().map(|value| yaml::document(value).unwrap()).collect();
    let python = std::env::var_os("PORTGATE_TEST_YAML_PYTHON").unwrap_or_else(|| "python3".into());
    for (module, read) in [
        ("yaml", "lambda text: m.load(text, Loader=m.SafeLoader)"),
        ("ruamel.yaml", "lambda text: m.YAML(typ='safe', pure=True).load(text)"),
    ] {
        let script = format!(
            "import importlib, json, sys\nm = importlib.import_module('{module}')\nread = {read}\n\
             def told(text):\n try: return json.dumps(read(text))\n \
             except Exception as error: return json.dumps('unreadable: %s' % error)\n\
             print(json.dumps([told(text) for text in json.load(sys.stdin)]))"
        );
        let has_it = Command::new(&python)
            .args(["-c", &format!("import {module}")])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !has_it {
            let needed = std::env::var_os("PORTGATE_TESTS_NEED_YAML").is_some();
            assert!(!needed, "needed, but not there: {module} for Python");
            let _ = writeln!(std::io::stderr(), "SKIPPED a reader of YAML: no {module} for Python");
            continue;
        }
        let mut child = Command::new(&python)
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = render_json::compact(&json!(documents));
        std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{module} can't read it");
        let read: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();
        for ((value, document), read) in values.iter().zip(&documents).zip(read) {
            let read: Value = serde_json::from_str(&read).unwrap();
            assert_eq!(&read, value, "{module} reads {document}");
        }
    }
}
