use tokio::time::Instant;

use super::*;
use crate::testing::{Answer, Script};

const URL: &str = "https://api.openai.com/v1/chat/completions";
const PHOTO: &str = "https://bucket.s3.amazonaws.com/photos/5/ring?X-Amz-Signature=SIGNATURE";

fn writer(script: &Script) -> PromptWriter {
    PromptWriter::new(script.wire(), "https://api.openai.com/v1", "gpt".into(), Some(Secret::new("KEY")))
}

async fn write(answers: impl IntoIterator<Item = Answer>) -> (Result<String, WriterError>, Script) {
    write_about(None, answers).await
}

async fn write_about(
    photo_url: Option<&str>,
    answers: impl IntoIterator<Item = Answer>,
) -> (Result<String, WriterError>, Script) {
    let script = Script::new(answers);
    (writer(&script).write("Write a prompt.", "A ring", photo_url, 100).await, script)
}

/// A reply in OpenAI's format.
fn reply(content: Value, finish_reason: &str) -> Answer {
    let message = json!({"role": "assistant", "content": content, "refusal": null});
    let choices = json!([{"index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason}]);
    Answer::json(200, json!({"id": "chatcmpl-1", "object": "chat.completion", "choices": choices}).to_string())
}

fn spins() -> Answer {
    reply(json!("The ring spins."), "stop")
}

#[tokio::test]
async fn a_prompt_is_written_by_the_model() {
    let (prompt, script) = write([spins()]).await;
    assert_eq!(prompt.unwrap(), "The ring spins.");
    let seen = &script.seen()[0];
    assert_eq!((seen.method.as_str(), seen.uri.as_str()), ("POST", URL));
    assert_eq!((seen.header("authorization"), seen.header("content-type")), ("Bearer KEY", "application/json"));
    let expected = json!({
        "model": "gpt", "max_tokens": 800, "temperature": 0.8,
        "messages": [{"role": "system", "content": "Write a prompt."}, {"role": "user", "content": "A ring"}],
    });
    assert_eq!(seen.json(), expected);
}

#[tokio::test]
async fn the_model_sees_the_photo_next_to_the_text() {
    let (prompt, script) = write_about(Some(PHOTO), [spins()]).await;
    assert_eq!(prompt.unwrap(), "The ring spins.");
    let parts = json!([
        {"type": "text", "text": "A ring"},
        {"type": "image_url", "image_url": {"url": PHOTO, "detail": "low"}},
    ]);
    assert_eq!(script.seen()[0].json()["messages"][1], json!({"role": "user", "content": parts}));
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_refuses_the_photo_is_asked_once_without_it() {
    let started = Instant::now();
    for status in PHOTO_REFUSED {
        let (prompt, script) = write_about(Some(PHOTO), [Answer::json(status, "{}"), spins()]).await;
        let contents: Vec<_> = script.seen().iter().map(|seen| seen.json()["messages"][1]["content"].clone()).collect();
        assert_eq!((prompt.as_deref(), contents.len()), (Ok("The ring spins."), 2), "{status}");
        assert!(contents[0].is_array() && contents[1] == "A ring", "{status}: {contents:?}");
    }
    assert_eq!(started.elapsed(), Duration::ZERO, "a refusal of the photo is no reason to pause");
    let (error, script) = write_about(Some(PHOTO), [Answer::json(400, "{}"), Answer::json(400, "{}")]).await;
    assert_eq!((error, script.seen().len()), (Err(WriterError::Refused { status: 400 }), 2));
}

#[tokio::test(start_paused = true)]
async fn a_refused_photo_leaves_the_retry_and_the_limit_of_time() {
    let (prompt, script) = write_about(Some(PHOTO), [Answer::json(500, ""), Answer::json(503, ""), spins()]).await;
    assert_eq!((prompt.as_deref(), script.seen().len()), (Ok("The ring spins."), 3));
    let started = Instant::now();
    let (error, script) = write_about(Some(PHOTO), [Answer::json(400, ""), Answer::Silence]).await;
    assert!(matches!(error, Err(WriterError::Unavailable(_))), "{error:?}");
    assert_eq!((started.elapsed(), script.seen().len()), (WRITE_TIMEOUT, 2));
    assert!(PHOTO_VALID_FOR > WRITE_TIMEOUT);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_key_or_a_busy_endpoint_is_no_refusal_of_the_photo() {
    for status in [301, 401, 403] {
        let (error, script) = write_about(Some(PHOTO), [Answer::json(status, "{}")]).await;
        assert_eq!((error, script.seen().len()), (Err(WriterError::Refused { status }), 1));
    }
    for answer in [Answer::json(429, "{}"), Answer::json(503, ""), Answer::NeverArrived] {
        let (prompt, script) = write_about(Some(PHOTO), [answer.clone(), spins()]).await;
        assert_eq!(prompt.as_deref(), Ok("The ring spins."), "{answer:?}");
        assert!(script.seen()[1].json()["messages"][1]["content"].is_array(), "the retry shows the photo: {answer:?}");
    }
}

#[tokio::test]
async fn no_error_shows_the_address_of_the_photo() {
    for answer in [Answer::json(401, PHOTO), Answer::Lost, Answer::with(200, [], PHOTO)] {
        let error = write_about(Some(PHOTO), [answer.clone()]).await.0.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("SIGNATURE"), "{answer:?}: {error:?}");
    }
}

#[tokio::test]
async fn the_address_may_be_whole_and_the_key_absent() {
    for address in ["https://api.openai.com/v1/", URL, "https://api.openai.com/v1/chat/completions/"] {
        let script = Script::new([spins()]);
        PromptWriter::new(script.wire(), address, "gpt".into(), None).write("i", "m", None, 100).await.unwrap();
        let seen = &script.seen()[0];
        assert_eq!((seen.uri.as_str(), seen.header("authorization")), (URL, ""));
    }
}

#[tokio::test]
async fn the_answer_may_come_in_parts() {
    let parts =
        json!([{"type": "thinking", "thinking": []}, {"type": "text", "text": "It spins."}, {"type": "text", "text": "Slowly."}]);
    assert_eq!(write([reply(parts, "stop")]).await.0.unwrap(), "It spins. Slowly.");
}

#[tokio::test]
async fn the_answer_is_unwrapped_and_cut() {
    let wrapped = reply(json!("```\n**Prompt:** \"The ring spins. It glows.\"\n```"), "length");
    let script = Script::new([wrapped]);
    assert_eq!(writer(&script).write("i", "m", None, 20).await.unwrap(), "The ring spins.");
}

#[tokio::test]
async fn the_limit_counts_utf_16_units() {
    let script = Script::new([reply(json!("🎬🎬🎬"), "stop")]);
    assert_eq!(writer(&script).write("i", "m", None, 4).await.unwrap(), "🎬🎬");
}

#[tokio::test(start_paused = true)]
async fn a_brief_failure_is_tried_once_more() {
    let quick = [Answer::NeverArrived, Answer::json(429, "{}"), Answer::json(500, "{}"), Answer::with(503, [], "<html>")];
    for answer in quick {
        let (prompt, script) = write([answer.clone(), spins()]).await;
        assert_eq!((prompt.as_deref(), script.seen().len()), (Ok("The ring spins."), 2), "{answer:?}");
        let (error, script) = write([answer.clone(), answer.clone()]).await;
        assert!(matches!(error, Err(WriterError::Unavailable(_))), "{answer:?}: {error:?}");
        assert_eq!(script.seen().len(), 2);
    }
}

#[tokio::test]
async fn a_lost_connection_is_not_tried_again() {
    let (error, script) = write([Answer::Lost]).await;
    assert!(matches!(error, Err(WriterError::Unavailable(_))), "{error:?}");
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn all_attempts_together_end_at_the_limit() {
    for answers in [vec![Answer::Silence], vec![Answer::json(503, ""), Answer::Silence]] {
        let (started, attempts) = (Instant::now(), answers.len());
        let (error, script) = write(answers).await;
        assert!(matches!(error, Err(WriterError::Unavailable(_))), "{error:?}");
        assert_eq!((started.elapsed(), script.seen().len()), (WRITE_TIMEOUT, attempts));
    }
}

#[tokio::test]
async fn a_refusal_is_final_and_shows_only_its_status() {
    let body = r#"{"error":{"message":"Incorrect API key provided: KEY. See https://platform.openai.com"}}"#;
    for status in [301, 400, 401, 404] {
        let error = write([Answer::json(status, body)]).await.0.unwrap_err();
        assert_eq!(error, WriterError::Refused { status });
        let text = format!("the language model's endpoint refused the request: HTTP {status}; check its address, model and key");
        assert_eq!(error.to_string(), text);
    }
}

#[tokio::test]
async fn an_answer_without_a_prompt_is_unreadable() {
    let unreadable = [
        Answer::with(200, [], "<html>"),
        Answer::json(200, "{}"),
        Answer::json(200, r#"{"choices":[]}"#),
        reply(Value::Null, "stop"),
        reply(json!(" \n"), "stop"),
        reply(json!([{"type": "image"}]), "stop"),
        reply(json!("Half a pro"), "content_filter"),
    ];
    for answer in unreadable {
        let error = write([answer.clone()]).await.0.unwrap_err();
        assert!(matches!(error, WriterError::Unreadable(_)), "{answer:?}: {error}");
    }
}

#[tokio::test]
async fn a_reply_over_the_limit_is_not_read() {
    let error = write([reply(json!("a ".repeat(REPLY_MAX_BYTES / 2)), "stop")]).await.0.unwrap_err();
    assert!(matches!(error, WriterError::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn the_key_is_not_printed_even_if_it_cannot_be_sent() {
    let script = Script::new([]);
    let writer = PromptWriter::new(script.wire(), "https://x/v1", "gpt".into(), Some(Secret::new("KEY\n")));
    let error = writer.write("i", "m", None, 100).await.unwrap_err();
    assert!(!format!("{writer:?} {error} {error:?}").contains("KEY"));
}
