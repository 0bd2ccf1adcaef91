//! Target: KIE's replies.

use adapters::{
    callback_url::CallbackSigner,
    config::Secret,
    kie::{CreateError, Failure, Kie, PollError, Record, classify},
};
use domain::{classify::Class, job::TaskId};
use serde_json::json;

use crate::reply::{wait, wire};

/// Longest error text for a log line, characters.
const ERROR_MAX_CHARS: usize = 1100;

/// The input is the status and body of a reply. It is read as the reply to createTask and to recordInfo.
pub fn kie_reply(data: &[u8]) -> bool {
    let Some(wire) = wire(data) else { return false };
    let kie = Kie::new(wire, "https://api.kie.ai", Secret::new("KEY"));
    let talk = async {
        let created = kie.create_task("model", &json!({"prompt": "spin"}), "https://us.example/kie").await;
        let signer = CallbackSigner::new(&Secret::new("sample-signing-key"));
        let is_ours = |url: &str| signer.may_be_of(url, 1, "j", 1);
        (created, kie.record_info(&TaskId("ee9c".to_owned()), is_ours).await)
    };
    wait(talk).is_some_and(|(created, looked)| {
        let understood = matches!(created, Ok(_) | Err(CreateError::Refused(_))) || looked.is_ok();
        check_created(created);
        check_looked(looked);
        understood
    })
}

fn check_created(created: Result<TaskId, CreateError>) {
    match created {
        Ok(task) => assert!(!task.0.is_empty()),
        Err(error) => {
            assert!(!matches!(error, CreateError::NotSent(_)), "it was answered");
            check_text(&error.to_string());
            if let CreateError::Refused(failure) = error {
                check_failure(&failure);
            }
        }
    }
}

fn check_looked(looked: Result<Record, PollError>) {
    match looked {
        Ok(Record::Succeeded { urls }) => assert!(urls.iter().all(|url| url.starts_with("http"))),
        Ok(Record::Failed(failure)) => check_failure(&failure),
        Ok(Record::Missing | Record::Foreign | Record::Running) => {}
        Err(error) => check_text(&error.to_string()),
    }
}

/// Checks that an error text may be logged.
fn check_text(error: &str) {
    assert!(!error.contains("://"), "an address in an error: {error}");
    assert!(error.chars().count() <= ERROR_MAX_CHARS, "a long error: {error}");
}

fn check_failure(failure: &Failure) {
    let diagnosis = classify(failure);
    assert_eq!(diagnosis, classify(failure));
    let may_say_why = matches!(diagnosis.class, Class::ContentRejected | Class::BadPhoto);
    assert!(diagnosis.why.is_none() || may_say_why, "{diagnosis:?}");
}
