use super::*;

type Row = [&'static str; 4];

fn lines(rows: &[Row], width: Option<usize>) -> Vec<String> {
    let columns = vec![
        Column::new("ID", |row: &Row| row[0]),
        Column::text("NAME", |row: &Row| row[1]),
        Column::new("VLAN", |row: &Row| row[2]).drop_at(1),
        Column::new("AGE", |row: &Row| row[3]).drop_at(2),
    ];
    Table::new(rows, columns).lines(width, false)
}

#[test]
fn narrow_terminals_drop_columns_in_order_and_never_cut_what_is_fixed() {
    let rows = [["0123456789", "a name as long as this one is", "1201", "51d"]];
    let wide = lines(&rows, Some(200)).concat();
    assert!(wide.contains("AGE") && wide.contains("VLAN"));
    let narrow = lines(&rows, Some(34)).concat();
    assert!(!narrow.contains("AGE") && narrow.contains("VLAN"), "{narrow}");
    let narrower = lines(&rows, Some(12)).concat();
    assert!(narrower.contains("0123456789"), "{narrower}");
    for width in 22..200 {
        let table = lines(&rows, Some(width));
        assert!(table.iter().all(|line| line.width() <= width), "{width}: {table:?}");
    }
}

#[test]
fn what_does_not_fit_into_a_line_and_must_not_be_dropped_is_in_a_second_one() {
    let lines = |width: usize| {
        let columns = vec![
            Column::new("ID", |row: &Row| row[0]),
            Column::text("NAME", |row: &Row| row[1]),
            Column::text("VLAN", |row: &Row| row[2]).move_below(),
            Column::new("AGE", |row: &Row| row[3]).drop_at(2),
        ];
        Table::new(&[["7c1e09ab", "a long name of a customer", "1201 TAKEN", "51d"]], columns)
            .lines(Some(width), false)
    };
    assert_eq!(lines(60).len(), 2);
    let narrower = lines(40);
    assert!(narrower.len() == 2 && !narrower[0].contains("AGE"), "{narrower:#?}");
    assert_eq!(
        lines(35),
        [
            "ID        NAME                  AGE",
            "          VLAN",
            "7c1e09ab  a long name of a cu…  51d",
            "          1201 TAKEN",
        ]
    );
    for width in 20..200 {
        let table = lines(width);
        assert!(table.iter().all(|line| line.width() <= width), "{width}: {table:?}");
        assert!(table.concat().contains("1201 TAKEN"), "{width}: {table:?}");
    }
}

#[test]
fn text_that_wraps_is_whole_at_any_width() {
    const WHY: &str = "no: the role may not subscribe, e-mail is off";
    let lines = |width: Option<usize>| {
        let id = Column::new("ID", |row: &[&'static str; 2]| row[0]);
        let why = Column::text("WHY", |row: &[&'static str; 2]| row[1]).wrap();
        Table::new(&[["5001", WHY], ["5002", ""]], vec![id, why]).lines(width, false)
    };
    for width in 14..60 {
        let table = lines(Some(width));
        assert!(table.iter().all(|line| line.width() <= width), "{width}: {table:?}");
        let body: String = table[1..].concat().replace("5001", "").replace("5002", "").replace(' ', "");
        assert_eq!(body, WHY.replace(' ', ""), "{width}");
    }
    assert_eq!(lines(None).len(), 3, "piped, a row is a line");
}

#[test]
fn text_that_wraps_stays_with_its_row() {
    let columns = vec![
        Column::new("ID", |row: &Row| row[0]),
        Column::text("WHY", |row: &Row| row[1]).wrap(),
        Column::new("VLAN", |row: &Row| row[2]).move_below(),
        Column::new("AGE", |row: &Row| row[3]).move_below(),
    ];
    let rows = [["7c1e09ab", "not accepted: it is taken", "1201", "51d"], ["afce3a24", "-", "210", "3h"]];
    assert_eq!(
        Table::new(&rows, columns).lines(Some(26), false),
        [
            "ID        WHY",
            "          VLAN  AGE",
            "7c1e09ab  not accepted: it",
            "          is taken",
            "          1201  51d",
            "afce3a24  -",
            "          210   3h",
        ]
    );
}

#[test]
fn a_cell_with_line_breaks_and_escapes_stays_one_row() {
    let column = Column::text("NAME", |name: &&'static str| *name);
    let table = Table::new(&["a\nb\u{1b}[2Jc\td"], vec![column]).lines(None, false);
    assert_eq!(table, ["NAME", "a\\nb\\u{1b}[2Jc\\td"]);
}

#[test]
fn columns_are_as_wide_as_their_widest_cell() {
    let table = lines(&[["7c1e09ab", "Globex Bank", "1", "5d"]], None);
    assert_eq!(table, ["ID        NAME         VLAN  AGE", "7c1e09ab  Globex Bank  1     5d"]);
}
