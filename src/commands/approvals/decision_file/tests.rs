use super::*;

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";

fn row_of(text: &str) -> Row {
    let mut file = read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(file.rows.len(), 1, "{text}");
    file.rows.remove(0)
}

#[test]
fn every_form_says_the_same() {
    let object = format!(
        r#"{{"id": "{NEW}", "decision": "accept", "vlan": 1305, "reason": "ok, go", "rate": 500, "customer": "Globex Bank", "port": "SYD1-A", "type": "connection"}}"#
    );
    let csv = format!(
        "\u{feff}ID,Decision,vlan,reason,rate,customer,port,type\r\n{NEW},Approve,1305,\"ok, go\",500,Globex Bank,SYD1-A,connection\r\n"
    );
    let plan =
        format!(r#"{{"schema": "portgate.plan/v1", "environment": "sandbox", "decisions": [{object}]}}"#);
    for text in [format!("[{object}]"), object.clone(), format!("{object}\n\n"), csv, plan] {
        let row = row_of(&text);
        assert_eq!(row.id.text(), NEW, "{text}");
        assert_eq!(
            (row.decision, row.vlan),
            (Decision::Accept, Some(VlanChoice::Exactly(crate::api::vlan::Vlan::Number(1305)))),
            "{text}"
        );
        assert_eq!(row.reason.as_deref(), Some("ok, go"), "{text}");
        let expected = Expected {
            by: Some(row.place.clone()),
            rate_mbps: Some(crate::text::Mbps(500)),
            customer: Some("Globex Bank".to_owned()),
            port: Some("SYD1-A".to_owned()),
            kind: Some(Kind::Connection),
        };
        assert_eq!(row.expected, expected, "{text}");
    }
}

#[test]
fn what_list_writes_are_expectations() {
    let json = format!(
        r#"[{{"id": "{NEW}", "decision": "deny", "type": "speed-change", "rate_limit_mbps": 200, "new_rate_limit_mbps": 1000,
            "customer": {{"uid": "u", "name": "Initech", "is_new": null}}, "a_end": {{"vlan": 5}}, "b_end": {{"product_uid": "p"}}, "extra": {{"x": {{"y": 1}}}}}}]"#
    );
    let csv = format!(
        "id,decision,type,rate_limit_mbps,new_rate_limit_mbps,customer.uid,customer.name,b_end.product_uid,b_end.vlan,extra\n{NEW},deny,speed-change,200,1000,u,Initech,p,7,\n"
    );
    for text in [json, csv] {
        let expected = row_of(&text).expected;
        assert_eq!(expected.rate_mbps, Some(crate::text::Mbps(1000)), "{text}");
        assert_eq!(
            (expected.customer.as_deref(), expected.port.as_deref()),
            (Some("u"), Some("p")),
            "{text}"
        );
    }
    assert_eq!(row_of(&format!("id,decision,reason\n{NEW},deny,'=sum")).reason.as_deref(), Some("=sum"));
}

#[test]
fn what_is_left_is_left() {
    let file = read(&format!("id,decision,vlan\n{NEW},leave,next\ne04b77f2,deny,\n")).unwrap();
    assert_eq!((file.rows.len(), file.left.len()), (1, 1));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, said) in [
        (String::new(), "contains no decisions"),
        ("[]".to_owned(), "contains no decisions"),
        ("[1]".to_owned(), "entry 1: not an object"),
        ("[{]".to_owned(), "not valid JSON"),
        (format!("{{\"id\": \"{NEW}\", \"decision\": \"deny\"}}\n{{\n"), "line 2: not valid JSON"),
        (format!("{NEW},accept\n"), "missing column 'id'"),
        (format!("id\n{NEW}\n"), "missing column 'decision'"),
        (format!("id,decision,id\n{NEW},deny,{NEW}\n"), "duplicate column 'id'"),
        (format!("id,decision\n{NEW}\n"), "not valid CSV"),
        (format!("id,decision\n{NEW},\n"), "line 2: missing decision"),
        (format!("id,decision\n{NEW},yes\n"), "line 2: invalid decision 'yes'"),
        ("id,decision\n7c1,deny\n".to_owned(), "line 2: ID '7c1' is too short"),
        (format!("id,decision,vlan\n{NEW},accept,1\n"), "line 2: '1' is not a valid VLAN"),
        (format!("id,decision,vlan\n{NEW},deny,20\n"), "a VLAN can't be set when denying"),
        (format!("id,decision,vlan_pool\n{NEW},accept,20\n"), "vlan_pool requires vlan next or keep-or-next"),
        (format!("id,decision,vlan,vlan_pool\n{NEW},accept,20,20\n"), "line 2: vlan_pool requires vlan next"),
        (format!("id,decision,rate\n{NEW},deny,fast\n"), "'fast' is not a valid speed"),
        (format!("id,decision,type\n{NEW},deny,newer\n"), "invalid type 'newer'"),
        (format!("id,decision,expct\n{NEW},deny,5\n"), "unknown column 'expct'"),
        (format!("id,decision,custmer\n{NEW},deny,5\n"), "did you mean 'customer'"),
        (
            format!("id,decision\n{NEW},deny\n{},deny\n", NEW.to_uppercase()),
            "line 3: 7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11 is already on line 2",
        ),
        (format!("id,decision\n{NEW},deny\n{NEW},accept\n"), "has a different decision on line 2"),
        (format!("id,decision\n{NEW},leave\n{NEW},accept\n"), "has a different decision on line 2"),
        (r#"{"schema": "portgate.plan/v2", "decisions": []}"#.to_owned(), "expected portgate.plan/v1"),
        (r#"{"schema": "portgate.plan/v1", "decisions": 5}"#.to_owned(), "not an array"),
    ] {
        let error = read(&text).map(|_| ()).unwrap_err();
        assert_eq!(error.exit, crate::Exit::Usage);
        assert!(error.to_string().contains(said), "{text}: {error}");
    }
}

#[test]
fn c17_what_a_german_spreadsheet_saves_is_read_and_its_lines_are_the_file_s() {
    let file =
        format!("id;decision;reason\r\n\r\n{NEW};deny;\"full; for now\"\r\n;;\r\n7c1e094f;refuse;\r\n;;\r\n");
    let told = read(&file).unwrap_err().reason.unwrap();
    assert_eq!(told, "line 5: invalid decision 'refuse': use accept, deny or leave");
    let row = row_of(&file.replace("7c1e094f;refuse;\r\n", ""));
    assert_eq!((row.place.as_str(), row.reason.as_deref()), ("line 3", Some("full; for now")));
    assert_eq!(row_of(&format!("id\tdecision\n{NEW}\taccept\n")).place, "line 2");
}

#[test]
fn every_field_of_a_list_and_of_a_plan_is_known_and_no_other() {
    let with = |column: &str| unknown_key(column, &listed());
    for column in ["account.uid", "passed_over", "b_end.location", "extra", "extra.productName"] {
        assert_eq!(with(column), None, "{column}");
    }
    for column in listed() {
        assert_eq!(with(&column), None, "{column}");
    }
    for column in ["b_end", "b_end.speed", "extras", "account"] {
        assert_eq!(with(column), Some(format!("unknown column '{column}'")));
    }
}
