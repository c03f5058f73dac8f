//! What the inputs in `shared/findings/cases.md` found broken, each test named after its number.

use crate::common::wire::Circuit;
use crate::common::{Home, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
const LATE: &str = "7c1e094f-8b60-4d2a-b9e4-5a1c3f7d2e12";
const SPEED: &str = "e04b77f2-6c15-4a8e-8d37-9b2f1e0c4d13";

#[test]
fn c03_every_id_of_a_file_is_decided_whatever_its_form_or_none() {
    let utf16 = |text: &str| -> Vec<u8> {
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let table = format!("id,customer\n{NEW}\n{LATE}\n{SPEED}\n").replace(",customer", "");
    let forms: [Vec<u8>; 8] = [
        format!("{NEW} {LATE} {SPEED}\n").into(),
        format!("{NEW}, {LATE};\t{SPEED} # the last\n").into(),
        format!("\u{feff}\"{NEW}\"\r\n\r\n'{LATE}'\r\n{SPEED}").into(),
        utf16(&format!("ID\r\n{NEW}\r\n{LATE}\r\n{SPEED}\r\n")),
        table.into(),
        format!("{{\"id\":\"{NEW}\"}}\n{{\"id\":\"{LATE}\",\"name\":\"x\"}}\n{{\"id\":\"{SPEED}\"}}\n")
            .into(),
        format!("[\"{NEW}\",\n \"{LATE}\", \"{SPEED}\"]").into(),
        format!("[{{\"id\":\"{NEW}\"}}, {{\"id\":\"{LATE}\"}}, {{\"id\":\"{SPEED}\"}}]").into(),
    ];
    for form in forms {
        let circuits =
            [Circuit::of("vxc-new"), Circuit::of("vxc-new-late"), Circuit::under("port-mel2-b", "vxc-speed")];
        let script = Script::new().marketplace_of(&circuits.each_ref()).start();
        let shown = String::from_utf8_lossy(&form).into_owned();
        let outcome = Home::new().approvals("accept --from-file - --yes", &script).stdin(form).run();
        assert_eq!((outcome.code, script.writes().len()), (0, 3), "{shown}\n{outcome}");
    }
    for (wrong, place) in [
        (format!("{NEW} Globex (new)\n"), "line 1"),
        (format!("{NEW}\n{{\"uid\":\"{LATE}\"}}\n"), "line 2"),
        (format!("[\"{NEW}\", 7]"), "entry 2"),
        (format!("{NEW}\n{{\"id\":\n"), "line 2"),
    ] {
        let script = Script::new().marketplace(&Circuit::of("vxc-new")).start();
        let outcome = Home::new().approvals("accept --from-file - --yes", &script).stdin(wrong.clone()).run();
        outcome.exits(2).stderr_has(place);
        assert!(script.writes().is_empty(), "{wrong}");
    }
}
