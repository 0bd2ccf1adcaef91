//! Target: KIE's replies to createTask and recordInfo.

use adapters::{
    callback_url::CallbackSealer,
    config::Secret,
    kie::{CreateError, Failure, Kie, PollError, Record, classify},
};
use domain::{
    classify::Class,
    ids::{DraftId, JobId, UserId},
    job::TaskId,
};
use serde_json::json;

use crate::reply::{wait, wire};

/// Longest error text that may be logged, in characters.
const ERROR_MAX_CHARS: usize = 1100;

/// Parses a reply of KIE, as the reply to createTask and as the reply to recordInfo. The input is an HTTP status line and a body.
pub fn kie_reply(data: &[u8]) -> bool {
    let Some(wire) = wire(data) else { return false };
    let kie = Kie::new(wire, "https://api.kie.ai", Secret::new("KEY"));
    let calls = async {
        let created = kie.create_task("model", &json!({"prompt": "spin"}), "https://us.example/kie").await;
        let sealer = CallbackSealer::new(&Secret::new("sample-signing-key"));
        let job = JobId { draft: DraftId(uuid::Uuid::from_u128(1)), n: 1 };
        let is_ours = |url: &str| sealer.may_be_of(url, UserId(1), job, 1);
        (created, kie.record_info(&TaskId("ee9c".to_owned()), is_ours).await)
    };
    wait(calls).is_some_and(|(created, record)| {
        let is_readable = matches!(created, Ok(_) | Err(CreateError::Refused(_))) || record.is_ok();
        check_created(created);
        check_record(record);
        is_readable
    })
}

fn check_created(created: Result<TaskId, CreateError>) {
    match created {
        Ok(task) => assert!(!task.0.is_empty()),
        Err(error) => {
            assert!(!matches!(error, CreateError::NotSent(_)), "KIE replied, so the request was sent");
            check_text(&error.to_string());
            if let CreateError::Refused(failure) = error {
                check_failure(&failure);
            }
        }
    }
}

fn check_record(record: Result<Record, PollError>) {
    match record {
        Ok(Record::Succeeded { urls, .. }) => assert!(urls.iter().all(|url| url.starts_with("http"))),
        Ok(Record::Failed { failure, .. }) => check_failure(&failure),
        Ok(Record::Missing | Record::Foreign | Record::Running) => {}
        Err(error) => check_text(&error.to_string()),
    }
}

/// Checks that an error text may be logged: it has no URL and is not too long.
fn check_text(error: &str) {
    assert!(!error.contains("://"), "the error text holds a URL: {error}");
    assert!(error.chars().count() <= ERROR_MAX_CHARS, "the error text is too long: {error}");
}

fn check_failure(failure: &Failure) {
    let diagnosis = classify(failure);
    assert_eq!(diagnosis, classify(failure));
    let may_say_why = matches!(diagnosis.class, Class::ContentRejected | Class::BadPhoto);
    assert!(diagnosis.why.is_none() || may_say_why, "{diagnosis:?}");
}
