use super::*;

fn entry(id: &str) -> Entry {
    Entry {
        schema: SCHEMA.to_owned(),
        at: Timestamp::UNIX_EPOCH,
        step: Step::Sending,
        attempt: "a".into(),
        environment: "sandbox".into(),
        backend: "b".into(),
        company: Company::default(),
        partner: None,
        by: "me".into(),
        id: id.to_owned(),
        source: Source::Marketplace,
        kind: Kind::Connection,
        vxc_uid: None,
        customer: None,
        rate_limit_mbps: None,
        decision: Decision::Accept,
        vlan: None,
        inner_vlan: None,
        move_to: None,
        reason: None,
        rule: None,
        outcome: None,
        error: None,
    }
}

#[test]
fn accounts_and_their_partner_never_share_a_line() {
    let company = |uid: Option<&str>| Company { uid: uid.map(str::to_owned), ..Company::default() };
    let of = |uid, partner: bool| Entry {
        company: company(uid),
        partner: partner.then(Company::default),
        ..entry("x")
    };
    let seen = |entry: &Entry, uid, on_behalf| entry.is_of("b", &company(uid), on_behalf);
    let (own, media) = (of(Some("own"), false), of(Some("media"), true));
    assert!(seen(&own, Some("own"), false) && seen(&own, None, false) && seen(&media, Some("MEDIA"), true));
    assert!(!seen(&own, Some("media"), true) && !seen(&media, Some("own"), false));
    assert!(!seen(&media, None, false), "a partner whose own uid isn't known");
    assert!(!seen(&of(None, false), Some("media"), true), "a line whose company isn't known");
    assert!(!own.is_of("elsewhere", &company(Some("own")), false));
}

const PATIENCE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn half_a_line_does_not_swallow_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::new(&folder.path().join("deep/journal.jsonl"));
    journal.append(&entry("one"), PATIENCE).await.unwrap();
    let mut file = std::fs::OpenOptions::new().append(true).open(&journal.path).unwrap();
    file.write_all(b"{\"schema\":\"portgate.jour").unwrap();
    journal.append(&entry("two"), PATIENCE).await.unwrap();
    let (entries, unread) = journal.entries().unwrap();
    assert_eq!(entries.into_iter().map(|entry| entry.id).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(unread, 1);
}

#[tokio::test]
async fn lines_of_many_are_written_together_and_each_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::new(&folder.path().join("journal.jsonl"));
    let entries: Vec<Entry> = (0..50).map(|nth| entry(&nth.to_string())).collect();
    let appending = entries.iter().map(|entry| journal.append(entry, PATIENCE));
    let ended = futures_util::future::join_all(appending).await;
    assert!(ended.iter().all(Result::is_ok));
    let (read, unread) = journal.entries().unwrap();
    assert_eq!((read, unread), (entries, 0));
    std::fs::remove_file(&journal.path).unwrap();
    std::fs::create_dir(&journal.path).unwrap();
    let (one, two) = (entry("one"), entry("two"));
    let (one, two) = tokio::join!(journal.append(&one, PATIENCE), journal.append(&two, PATIENCE));
    assert!(one.is_err() && two.is_err(), "it fails for each");
}

#[tokio::test]
async fn a_line_is_written_if_the_one_who_would_write_it_is_gone() {
    use std::pin::pin;

    use futures_util::FutureExt as _;

    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::new(&folder.path().join("journal.jsonl"));
    let (one, two) = (entry("one"), entry("two"));
    {
        let mut first = pin!(journal.append(&one, PATIENCE));
        assert!(first.as_mut().now_or_never().is_none());
    }
    journal.append(&two, PATIENCE).await.unwrap();
    let (read, _) = journal.entries().unwrap();
    assert_eq!(read.last().map(|entry| entry.id.as_str()), Some("two"));
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::new(&folder.path().join("deep/journal.jsonl"));
    journal.append(&entry("one"), PATIENCE).await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&journal.path), 0o600);
    assert_eq!(mode(journal.path.parent().unwrap()), 0o700);
}
