//! What `api` prints.

use serde_json::json;

use super::Stage;
use crate::common::{Answer, Script};

const ROLE: &str = "--as provider:company-admin";

#[test]
fn api_calls() {
    Stage::new("api").lines(&[
        ("get", "api GET /v2/products --query data[].productName"),
        ("get_whole", "api GET /v2/products"),
        ("get_form", "api GET /v2/products -o json --query data[0].productUid"),
        ("get_yaml", "api GET /v2/employment -o yaml"),
        ("get_csv", "api GET /v2/employment -o csv"),
        ("get_include", "api GET /v3/order_approvals -F status=PENDING --paginate --query data[].uid"),
        ("get_not_found", "api GET /v2/product/00000000-0000-4000-8000-000000000000"),
        ("get_not_found_json", "api GET /v2/product/00000000-0000-4000-8000-000000000000 -o json"),
        ("get_unknown_path", "api GET /v9/nothing"),
        ("get_dry_run", "api GET /v2/products --dry-run"),
        ("put_dry_run", "api PUT /v2/employee/2003 -F notificationEnabled=false --dry-run"),
        ("put_dry_run_json", "api PUT /v2/employee/2003 -F notificationEnabled=false --dry-run -o json"),
        ("put_refused", "api PUT /v2/employee/2003 -F notificationEnabled=false"),
        ("put", &format!("api PUT /v2/employee/2003 -F notificationEnabled=false {ROLE}")),
        ("put_json", &format!("api PUT /v2/employee/2003 -F notificationEnabled=true -o json {ROLE}")),
        ("put_bad_body", &format!("api PUT /v2/employee/2003 -f notificationEnabled=perhaps {ROLE}")),
        ("post_key", "api POST /v2/service/key -F productUid=cae89791-81bc-523d-86d7-69d51fa1ad6e -F maxSpeed=100 -F active=true -F singleUse=true"),
        ("delete_unknown", "api DELETE /v2/products"),
        ("wrong_method", "api NOPE /v2/products"),
        ("no_path", "api GET"),
        ("wrong_field", "api PUT /v2/employee/2003 -F notificationEnabled"),
        ("no_file", "api POST /v2/service/key --input nowhere.json"),
    ]);
}

#[test]
fn api_on_a_terminal() {
    Stage::new("api").dialogues(&[
        ("terminal_get", "api GET /v2/employment", &[]),
        ("terminal_put_dry_run", "api PUT /v2/employee/2003 -F notificationEnabled=false --dry-run", &[]),
    ]);
}

#[test]
fn api_done_at_80_and_200_columns() {
    Stage::at_both_widths(
        || Stage::new("api"),
        &[
            ("done_get", "api GET /v2/employment", &[]),
            (
                "done_put",
                "api PUT /v2/employee/2003 -F notificationEnabled=false --as provider:company-admin",
                &[],
            ),
        ],
    );
    // A write to a real network, or what may be one, is asked for.
    let script = Script::new()
        .on("PUT", "/v2/employee/2003", Answer::ok(json!({"notificationEnabled": false})))
        .start();
    let put = format!("api PUT /v2/employee/2003 -F notificationEnabled=false --api-url {}", script.url());
    Stage::at_both_widths(
        || Stage::bare("api").env("MEGAPORT_ACCESS_TOKEN", "scripted-token"),
        &[("question_put", &put, &[("[y/N]", "\r")]), ("done_put_elsewhere", &put, &[("[y/N]", "y\r")])],
    );
}
