//! What `approvals accept`, `deny` and `apply` ask on a terminal, and what follows from the answers.

use super::Stage;

#[test]
fn approvals_accept_asks() {
    Stage::new("approvals").dialogues(&[
        ("ask_accept_all_no", "approvals accept --all", &[("[no]", "\r")]),
        ("ask_accept_no", "approvals accept 7c1e09ab", &[("[y/N]", "\r")]),
        ("ask_accept_yes", "approvals accept 7c1e09ab", &[("[y/N]", "y\r")]),
        ("ask_accept_again", "approvals accept 7c1e09ab", &[]),
        ("ask_accept_several_no", "approvals accept 33eccbef 6ac56e45 e04b77f2", &[("[y/N]", "\r")]),
        ("ask_accept_several_yes", "approvals accept 33eccbef 6ac56e45 e04b77f2", &[("[y/N]", "y\r")]),
        ("ask_accept_vlan_no", "approvals accept 9e4e7a73 --vlan next", &[("[y/N]", "\r")]),
        ("ask_accept_vlan_taken_no", "approvals accept afce3a24 --vlan 211", &[("[y/N]", "\r")]),
        ("ask_accept_queue_no", "approvals accept 274d69b0", &[("[y/N]", "\r")]),
        ("ask_accept_queue_yes", "approvals accept 274d69b0", &[("[y/N]", "y\r")]),
        ("ask_accept_interrupted", "approvals accept 41879dc0", &[("[y/N]", "\u{3}")]),
        ("ask_accept_yes_flag", "approvals accept 41879dc0 --yes", &[]),
    ]);
}

#[test]
fn approvals_deny_asks() {
    Stage::new("approvals").dialogues(&[
        ("ask_deny_no", "approvals deny 7c1e09ab --reason full", &[("[y/N]", "\r")]),
        ("ask_deny_yes", "approvals deny 7c1e09ab --reason full", &[("[y/N]", "y\r")]),
        ("ask_deny_several_no", "approvals deny 33eccbef 274d69b0 e04b77f2", &[("[y/N]", "\r")]),
        ("ask_deny_several_yes", "approvals deny 33eccbef 274d69b0 e04b77f2", &[("[y/N]", "y\r")]),
        ("ask_deny_speed_change_no", "approvals deny 06b5f74f", &[("[y/N]", "\r")]),
    ]);
}

/// One of two asks for a VLAN that is taken.
#[test]
fn approvals_of_a_filter_ask() {
    let chosen = "--customer globex --type connection";
    Stage::new("approvals").questions(&[
        ("question_accept_filter", &format!("approvals accept {chosen}"), &[("[y/N]", "\r")]),
        (
            "question_accept_filter_vlan",
            &format!("approvals accept {chosen} --vlan keep-or-next"),
            &[("[y/N]", "\r")],
        ),
        ("question_deny_filter", &format!("approvals deny {chosen}"), &[("[y/N]", "\r")]),
    ]);
}

#[test]
fn approvals_apply_and_withdraw_ask() {
    Stage::new("approvals")
        .file("decisions.csv", "id,decision,reason\n7c1e09ab,accept,\n6ac56e45,deny,the port is full\n")
        .dialogues(&[
            ("ask_apply_no", "approvals apply decisions.csv", &[("[y/N]", "\r")]),
            ("ask_apply_yes", "approvals apply decisions.csv", &[("[y/N]", "y\r")]),
            ("ask_withdraw_no", "approvals withdraw 274d69b0 --as example-media", &[("[y/N]", "\r")]),
            ("ask_withdraw_yes", "approvals withdraw 274d69b0 --as example-media", &[("[y/N]", "y\r")]),
        ]);
}

#[test]
fn approvals_choose() {
    Stage::new("approvals").dialogues(&[
        ("ask_choose_none", "approvals accept", &[("filter: ", "\u{1b}")]),
        ("ask_choose_one_no", "approvals accept", &[("filter: ", "\t\r"), ("[y/N]", "\r")]),
        ("ask_choose_one_yes", "approvals deny", &[("filter: ", "\t\r"), ("[y/N]", "y\r")]),
    ]);
}

#[test]
fn approvals_questions_at_80_and_200_columns() {
    Stage::new("approvals")
        .file("decisions.csv", "id,decision,reason\n7c1e09ab,accept,\nafce3a24,deny,the port is full\n")
        .questions(&[
            ("question_accept_one", "approvals accept 7c1e09ab", &[("[y/N]", "\r")]),
            ("question_accept_speed_change", "approvals accept e04b77f2", &[("[y/N]", "\r")]),
            ("question_accept_all", "approvals accept --all", &[("[no]", "\r")]),
            ("question_deny_one", "approvals deny afce3a24", &[("[y/N]", "\r")]),
            ("question_deny_several", "approvals deny afce3a24 e04b77f2", &[("[y/N]", "\r")]),
            ("question_apply", "approvals apply decisions.csv", &[("[y/N]", "\r")]),
            ("question_withdraw", "approvals withdraw 274d69b0 --as example-media", &[("[y/N]", "\r")]),
            ("question_pick", "approvals accept", &[("filter: ", "\t\u{1b}")]),
            ("question_pick_plain", "approvals accept --accessible", &[("cancel: ", "\r")]),
            ("question_review", "approvals review --port SIN1-A", &[("to do?", "q\r")]),
            (
                "question_review_details",
                "approvals review --port SIN1-A",
                &[("to do?", "t\r"), ("to do?", "q\r")],
            ),
            ("question_speed_accept", "speed accept e04b77f2 06b5f74f", &[("[y/N]", "\r")]),
        ]);
}

#[test]
fn approvals_done_at_80_and_200_columns() {
    let stage = || {
        let decisions = "id,decision,reason\n424e4529,accept,\n41879dc0,deny,the port is full\n";
        Stage::new("approvals").file("decisions.csv", decisions)
    };
    Stage::at_both_widths(
        stage,
        &[
            ("done_accept", "approvals accept 7c1e09ab", &[("[y/N]", "y\r")]),
            ("done_accept_several", "approvals accept 33eccbef e04b77f2", &[("[y/N]", "y\r")]),
            ("done_deny", "approvals deny 6ac56e45 --reason 'the port is full'", &[("[y/N]", "y\r")]),
            ("done_apply", "approvals apply decisions.csv", &[("[y/N]", "y\r")]),
            ("done_withdraw", "approvals withdraw 274d69b0 --as example-media", &[("[y/N]", "y\r")]),
            ("done_watch", "approvals watch --existing --count 2", &[]),
        ],
    );
}
