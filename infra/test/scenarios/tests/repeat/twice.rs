//! Handles the same event twice, and compares the end with a single run.

use crate::{cases::all, subject::Subject};

#[tokio::test(start_paused = true)]
async fn a_function_run_twice_on_one_event_ends_as_if_run_once() {
    let mut found = Vec::new();
    let cases = all();
    for case in &cases {
        let name = format!("{}, {}", case.function, case.meets);
        let subject = Subject::open(1).await.remove(0);
        let event = (case.set)(&subject).await;
        let once = subject.attempt(event.clone(), None).await;
        let after_once = subject.state();
        let twice = subject.attempt(event, None).await;
        let mut changes = after_once.changes(&subject.state());
        changes.extend((once.answer != twice.answer).then(|| "answer".to_owned()));
        changes.sort();
        if changes != case.again {
            found.push(format!("{name}: the second run changed {changes:?}, not {:?}", case.again));
        }
        let end = subject.finish().await;
        // Another environment gets the event once: its end must be the same.
        let other = Subject::open(1).await.remove(0);
        let event = (case.set)(&other).await;
        other.attempt(event, None).await;
        let ended = other.finish().await;
        assert_eq!(
            (&end.stages, &end.ledger, &end.person, &end.chat),
            (&ended.stages, &ended.ledger, &ended.person, &ended.chat),
            "{name}"
        );
        assert_eq!((end.videos, end.messages, end.tasks), (ended.videos, ended.messages, ended.tasks), "{name}");
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    println!("run twice on the same event: {} events of {} functions", cases.len(), functions());
}

/// Returns the number of functions that have cases.
pub fn functions() -> usize {
    all().iter().map(|case| case.function).collect::<std::collections::BTreeSet<_>>().len()
}
