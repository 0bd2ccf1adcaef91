//! The same event twice.

use crate::{cases::all, subject::Subject};

#[tokio::test(start_paused = true)]
async fn every_function_run_twice_on_the_same_event_does_what_once_does() {
    let mut found = Vec::new();
    let cases = all();
    for case in &cases {
        let what = format!("{}, {}", case.function, case.meets);
        let subject = Subject::open(1).await.remove(0);
        let event = (case.set)(&subject).await;
        let once = subject.attempt(event.clone(), None).await;
        let after_once = subject.state();
        let twice = subject.attempt(event, None).await;
        let mut changes = after_once.changes(&subject.state());
        changes.extend((once.answer != twice.answer).then(|| "answer".to_owned()));
        changes.sort();
        if changes != case.again {
            found.push(format!("{what}: {changes:?}, not {:?}", case.again));
        }
        let end = subject.finish().await;
        // What came twice and what came once end the same.
        let other = Subject::open(1).await.remove(0);
        let event = (case.set)(&other).await;
        other.attempt(event, None).await;
        let ended = other.finish().await;
        assert_eq!(
            (&end.stages, &end.ledger, &end.person, &end.chat),
            (&ended.stages, &ended.ledger, &ended.person, &ended.chat),
            "{what}"
        );
        assert_eq!((end.videos, end.messages, end.tasks), (ended.videos, ended.messages, ended.tasks), "{what}");
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    println!("run twice on the same event: {} events of {} functions", cases.len(), functions());
}

/// How many functions there are cases of.
pub fn functions() -> usize {
    all().iter().map(|case| case.function).collect::<std::collections::BTreeSet<_>>().len()
}
