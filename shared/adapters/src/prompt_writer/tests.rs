use tokio::time::Instant;

use super::*;
use crate::testing::{Answer, Script};

const URL: &str = "https://api.openai.com/v1/chat/completions";

fn writer(script: &Script) -> PromptWriter {
    PromptWriter::new(script.wire(), "https://api.openai.com/v1", "gpt".into(), Some(Secret::new("KEY")))
}

async fn write(answers: impl IntoIterator<Item = Answer>) -> (Result<String, WriterError>, Script) {
    let script = Script::new(answers);
    (writer(&script).write("Write a prompt.", "A ring", 100).await, script)
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
async fn the_address_may_be_whole_and_the_key_absent() {
    for address in ["https://api.openai.com/v1/", URL, "https://api.openai.com/v1/chat/completions/"] {
        let script = Script::new([spins()]);
        PromptWriter::new(script.wire(), address, "gpt".into(), None).write("i", "m", 100).await.unwrap();
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
    assert_eq!(writer(&script).write("i", "m", 20).await.unwrap(), "The ring spins.");
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
    let error = writer.write("i", "m", 100).await.unwrap_err();
    assert!(!format!("{writer:?} {error} {error:?}").contains("KEY"));
}
