//! What `approvals wait`, `watch` and `review` print.

use super::Stage;

#[test]
fn approvals_wait() {
    Stage::new("approvals").prepare("approvals accept 7c1e09ab").prepare("approvals deny 6ac56e45").lines(&[
        ("wait_accepted", "approvals wait 7c1e09ab"),
        ("wait_accepted_json", "approvals wait 7c1e09ab -o json"),
        ("wait_denied", "approvals wait 6ac56e45"),
        ("wait_denied_json", "approvals wait 6ac56e45 -o json"),
        ("wait_denied_until_live", "approvals wait 6ac56e45 --until live"),
        ("wait_not_found", "approvals wait 00000000"),
        ("wait_nothing", "approvals wait"),
        ("wait_wrong_interval", "approvals wait 7c1e09ab --interval often"),
    ]);
}

#[test]
fn approvals_wait_until_live() {
    Stage::new("approvals")
        .env("PORTGATE_SANDBOX_DEPLOY_TIME", "0s")
        .prepare("approvals accept 7c1e09ab")
        .lines(&[
            ("wait_live", "approvals wait 7c1e09ab --until live"),
            ("wait_live_json", "approvals wait 7c1e09ab --until live -o json"),
            ("wait_live_csv", "approvals wait 7c1e09ab --until live -o csv"),
        ])
        .on_terminals(&[("wait_live_terminal", "approvals wait 7c1e09ab --until live")]);
}

#[test]
fn approvals_watch() {
    Stage::new("approvals").lines(&[
        ("watch", "approvals watch --existing --count 2"),
        ("watch_more", "approvals watch --existing --count 6"),
        ("watch_jsonl", "approvals watch --existing --count 2 -o jsonl"),
        ("watch_json", "approvals watch --existing --count 1 -o json"),
        ("watch_csv", "approvals watch --existing --count 2 -o csv"),
        ("watch_wrong_interval", "approvals watch --interval 0s"),
    ]);
}

#[test]
fn approvals_review() {
    Stage::new("approvals").lines(&[("review_off_terminal", "approvals review")]).dialogues(&[
        ("review_nothing_json", "approvals review --customer nobody -o json", &[]),
        ("review_nothing", "approvals review --customer nobody", &[]),
    ]);
}
