//! The fake language model: its checks, its answers and its scripted replies.

use std::time::Duration;

use bytes::Bytes;
use fakes::clock::FakeClock;
use fakes::llm::{Llm, Reply, Settings};
use fakes::server::call;
use http::Request;
use serde_json::{Value, json};

use crate::bot::{START_MS, send};

const PHOTO: &str = "https://bucket.s3.amazonaws.com/photos/5/mug?X-Amz-Signature=0f";

fn llm() -> Llm {
    Llm::new(Settings::default(), FakeClock::starting_at(START_MS))
}

fn request(key: Option<&str>, body: impl ToString) -> Request<Bytes> {
    let mut request = Request::post("/v1/chat/completions").header("content-type", "application/json");
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    request.body(Bytes::from(body.to_string())).unwrap()
}

fn asking(user: &str) -> Value {
    json!({
        "model": "test-model",
        "messages": [{"role": "system", "content": "Write prompts."}, {"role": "user", "content": user}],
        "max_tokens": 300,
    })
}

async fn ask(llm: &Llm, body: Value) -> (u16, Value) {
    send(llm.router(), request(Some("llm-test-key"), body)).await
}

fn content(answer: &Value) -> &str {
    answer["choices"][0]["message"]["content"].as_str().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_request_is_answered_with_a_completion_that_repeats_the_users_words() {
    let llm = llm();
    let (status, answer) = ask(&llm, asking("{\"wish\": \"steam rises from the blue mug\"}")).await;
    assert_eq!((status, &answer["object"], &answer["model"]), (200, &json!("chat.completion"), &json!("test-model")));
    assert!(answer["id"].as_str().unwrap().starts_with("chatcmpl-"));
    assert_eq!(answer["created"], json!(START_MS / 1000));
    let choice = &answer["choices"][0];
    assert_eq!((&choice["message"]["role"], &choice["finish_reason"]), (&json!("assistant"), &json!("stop")));
    assert!(content(&answer).ends_with(": wish steam rises from the blue mug."), "{}", content(&answer));
    let (prompt, completion) = (&answer["usage"]["prompt_tokens"], &answer["usage"]["completion_tokens"]);
    assert_eq!(answer["usage"]["total_tokens"], json!(prompt.as_u64().unwrap() + completion.as_u64().unwrap()));
    let (_, again) = ask(&llm, asking("{\"wish\": \"steam rises from the blue mug\"}")).await;
    assert_eq!(content(&again), content(&answer), "the same answer to the same request");
    assert_ne!(again["id"], answer["id"]);
}

#[tokio::test(start_paused = true)]
async fn requests_are_kept_with_the_texts_of_their_messages_and_parts() {
    let llm = llm();
    tokio::time::advance(Duration::from_secs(5)).await;
    let parts = json!([{"type": "text", "text": "a mug"}, {"type": "image_url", "image_url": {"url": PHOTO, "detail": "low"}}]);
    let messages = json!([{"role": "developer", "content": "Be short."}, {"role": "user", "content": parts}]);
    ask(&llm, json!({"model": "test-model", "messages": messages})).await;
    let requests = llm.requests();
    let [kept] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((kept.at_ms, kept.model.as_str()), (START_MS + 5000, "test-model"));
    assert_eq!((kept.system.as_str(), kept.user.as_str()), ("Be short.", "a mug"));
    assert_eq!(kept.photos, [PHOTO]);
    assert!(llm.refusals().is_empty());
}

#[tokio::test(start_paused = true)]
async fn each_matching_request_gets_the_next_scripted_reply() {
    let llm = llm();
    let limit = json!({"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}});
    let replies = vec![
        Reply::Says("A mug spins.".into()),
        Reply::Fenced("A mug spins.".into()),
        Reply::Status(429, limit.to_string()),
        Reply::Hangs,
    ];
    llm.script("say \"mug\"", replies);
    assert!(content(&ask(&llm, asking("shoes")).await.1).ends_with(": shoes."));
    let mug = || asking("say \"mug\"");
    assert_eq!(content(&ask(&llm, mug()).await.1), "A mug spins.");
    assert_eq!(content(&ask(&llm, mug()).await.1), "```\n\"A mug spins.\"\n```");
    assert_eq!(ask(&llm, mug()).await, (429, limit));
    let hanging = call(llm.router(), request(Some("llm-test-key"), mug()));
    assert!(tokio::time::timeout(Duration::from_secs(600), hanging).await.is_err());
    assert!(content(&ask(&llm, mug()).await.1).ends_with(": say mug."), "after the script the fake gives its own answers again");
    assert_eq!(llm.requests().len(), 6, "every request is kept");
}

#[tokio::test(start_paused = true)]
async fn an_invalid_request_is_refused_with_openai_s_text() {
    let llm = llm();
    let with = |name: &str, value: Value| {
        let mut body = asking("a mug");
        body[name] = value;
        body.to_string()
    };
    let key = Some("llm-test-key");
    for (key, body, status, code, says) in [
        (None, asking("x").to_string(), 401, json!(null), "You didn't provide an API key."),
        (
            Some("sk-wrong-key-1234"),
            asking("x").to_string(),
            401,
            json!("invalid_api_key"),
            "Incorrect API key provided: sk-wrong",
        ),
        (key, "{".into(), 400, json!(null), "We could not parse the JSON body of your request."),
        (key, with("model", json!(null)), 400, json!(null), "you must provide a model parameter"),
        (key, with("model", json!("gpt-0")), 404, json!("model_not_found"), "The model `gpt-0` does not exist"),
        (key, json!({"model": "test-model"}).to_string(), 400, json!("missing_required_parameter"), "Missing required parameter"),
        (key, with("messages", json!("hello")), 400, json!("invalid_type"), "Invalid type for 'messages'"),
        (key, with("messages", json!([])), 400, json!("empty_array"), "Invalid 'messages': empty array."),
        (key, with("messages", json!([{"role": "bot"}])), 400, json!("invalid_value"), "Invalid value: 'bot'."),
        (key, with("max_token", json!(5)), 400, json!(null), "Unrecognized request argument supplied: max_token"),
        (key, with("stream", json!(true)), 400, json!("unsupported_value"), "fake: streaming is not supported"),
    ] {
        let (got, answer) = send(llm.router(), request(key, body)).await;
        let error = &answer["error"];
        assert_eq!((got, &error["code"], &error["type"]), (status, &code, &json!("invalid_request_error")), "{answer}");
        assert!(error["message"].as_str().unwrap().starts_with(says), "{answer}");
    }
    assert_eq!((llm.refusals().len(), llm.requests().len()), (11, 0));
}

/// A request whose user message has this content.
fn showing(content: Value) -> Value {
    json!({"model": "test-model", "messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": content}]})
}

fn image(image_url: Value) -> Value {
    showing(json!([{"type": "text", "text": "a mug"}, {"type": "image_url", "image_url": image_url}]))
}

#[tokio::test(start_paused = true)]
async fn an_image_is_at_an_https_address_on_this_machine_or_in_the_request() {
    let llm = llm();
    let sandbox = "http://media.s3.local/photos/5/mug?X-Amz-Expires=60";
    let inline = "data:image/png;base64,aW1nIGJ5dGVzIGhlcmU=";
    for url in [PHOTO, inline, sandbox, "http://127.0.0.1:4566/media/mug", "http://localhost:4566/media/mug"] {
        let (status, answer) = ask(&llm, image(json!({"url": url}))).await;
        assert_eq!(status, 200, "{url}: {answer}");
        assert_eq!(llm.requests().pop().unwrap().photos, [url]);
    }
    ask(&llm, asking("no photo")).await;
    assert!(llm.requests().pop().unwrap().photos.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_invalid_content_is_refused_with_openai_s_text() {
    let llm = llm();
    let at = |rest: &str| json!(format!("messages[1].content{rest}"));
    let of_system = json!({"model": "test-model", "messages": [
        {"role": "system", "content": [{"type": "image_url", "image_url": {"url": PHOTO}}]},
    ]});
    let prefix = "Invalid image URL: 'messages[1].content[1].image_url.url'. Expected a base64-encoded data URL";
    let refused = [
        (showing(json!(7)), at(""), json!("invalid_type"), "Invalid type for 'messages[1].content': expected one of a string or"),
        (showing(json!([])), at(""), json!("empty_array"), "Invalid 'messages[1].content': empty array."),
        (showing(json!(["a mug"])), at("[0]"), json!("invalid_type"), "Invalid type for 'messages[1].content[0]': expected an"),
        (
            showing(json!([{"text": "a mug"}])),
            at("[0].type"),
            json!("missing_required_parameter"),
            "Missing required parameter: ",
        ),
        (
            showing(json!([{"type": "image", "image": PHOTO}])),
            at("[0].type"),
            json!("invalid_value"),
            "Invalid value: 'image'. Supported values are: 'text' and 'image_url'.",
        ),
        (showing(json!([{"type": "text"}])), at("[0].text"), json!("missing_required_parameter"), "Missing required parameter: "),
        (
            image(json!(PHOTO)),
            at("[1].image_url"),
            json!("invalid_type"),
            "Invalid type for 'messages[1].content[1].image_url': expected an object, but got a string instead.",
        ),
        (image(json!({})), at("[1].image_url.url"), json!("missing_required_parameter"), "Missing required parameter: "),
        (
            image(json!({"url": PHOTO, "detail": "tiny"})),
            at("[1].image_url.detail"),
            json!("invalid_value"),
            "Invalid value: 'tiny'. Supported values are: 'auto', 'low', and 'high'.",
        ),
        (
            image(json!({"url": PHOTO, "width": 512})),
            at("[1].image_url.width"),
            json!("unknown_parameter"),
            "Unknown parameter: 'messages[1].content[1].image_url.width'.",
        ),
        (image(json!({"url": "photos/5/mug"})), at("[1].image_url.url"), json!("invalid_value"), prefix),
        (image(json!({"url": "ftp://host/mug"})), at("[1].image_url.url"), json!("invalid_value"), prefix),
        (image(json!({"url": "http://example.com/mug"})), at("[1].image_url.url"), json!("invalid_image_url"), "fake: an image"),
        (image(json!({"url": "data:,"})), json!(null), json!("invalid_image_format"), "Invalid MIME type. Only image types"),
        (
            of_system,
            json!("messages[0]"),
            json!("invalid_value"),
            "Invalid 'messages[0]'. Image URLs are only allowed for messages",
        ),
    ];
    let count = refused.len();
    for (body, param, code, says) in refused {
        let (status, answer) = ask(&llm, body).await;
        let error = &answer["error"];
        assert_eq!((status, &error["param"], &error["code"]), (400, &param, &code), "{answer}");
        assert!(error["message"].as_str().unwrap().starts_with(says), "{answer}");
    }
    assert_eq!((llm.refusals().len(), llm.requests().len()), (count, 0));
}

#[tokio::test(start_paused = true)]
async fn a_text_only_model_refuses_an_image_and_answers_a_text() {
    let llm = Llm::new(Settings { reads_images: false, ..Settings::default() }, FakeClock::starting_at(START_MS));
    let (status, answer) = ask(&llm, image(json!({"url": PHOTO}))).await;
    let error = &answer["error"];
    assert_eq!((status, &error["param"], &error["code"]), (400, &json!("messages.[1].content.[1].type"), &json!(null)));
    assert_eq!(error["message"], "Invalid content type. image_url is only supported by certain models.");
    assert_eq!(ask(&llm, asking("a mug")).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_key_is_shown_with_its_middle_hidden_as_openai_does() {
    let llm = llm();
    let (_, answer) = send(llm.router(), request(Some("sk-wrong-key-1234"), asking("x"))).await;
    assert!(answer["error"]["message"].as_str().unwrap().contains("provided: sk-wrong*****1234. You"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn without_a_key_in_its_settings_every_request_is_accepted() {
    let llm = Llm::new(Settings { key: None, ..Settings::default() }, FakeClock::starting_at(START_MS));
    assert_eq!(send(llm.router(), request(None, asking("x"))).await.0, 200);
    assert_eq!(send(llm.router(), request(Some("any"), asking("x"))).await.0, 200);
}
