//! The routes. The HTTP status is 200 except for Cloudflare's refusals; the envelope's `code` is the real status.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use sha2::Digest as _;
use tokio::time::Instant;

use super::checks::{self, Ordered, Refusal, UNKNOWN_MODEL};
use super::entry::{envelope, let_in};
use super::outcome::{Outcome, Reply, TaskEnding};
use super::task::Task;
use super::{Books, Kie, TaskState, TaskView, discovery, results, uploads};
use crate::{lock, server};

pub fn router(kie: Kie) -> Router {
    Router::new()
        .route("/api/v1/jobs/createTask", post(create_task))
        .route("/api/v1/jobs/recordInfo", get(record_info))
        .route("/api/v1/chat/credit", get(credit))
        .route("/results/{file}", get(results::download))
        .route("/api/file-stream-upload", post(uploads::stream_upload))
        .route("/uploads/{*path}", get(uploads::download))
        .route("/api/v1/models", get(discovery::list))
        .route("/api/v1/models/{*rest}", get(discovery::about))
        .with_state(kie)
}

async fn create_task(State(kie): State<Kie>, headers: HeaderMap, body: Bytes) -> Response {
    kie.counted("createTask");
    if let Err(refused) = let_in(&kie, &headers) {
        return *refused.response();
    }
    match accept(&kie, &body) {
        Err((code, message)) => {
            lock(&kie.inner.books).refusals.push(message.clone());
            envelope(code, &message, &Value::Null)
        }
        Ok((_, Outcome { ending: TaskEnding::Http { status, body }, .. })) => {
            (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY), body).into_response()
        }
        Ok((_, Outcome { ending: TaskEnding::Hang, .. })) => std::future::pending().await,
        Ok((_, Outcome { reply: Reply::Lost, .. })) => server::dropped_connection(),
        Ok((id, _)) => envelope(200, "success", &json!({ "taskId": id, "recordId": id })),
    }
}

/// Checks a createTask call and starts its task, unless the scripted outcome has no task.
fn accept(kie: &Kie, body: &Bytes) -> Result<(String, Outcome), Refusal> {
    within_rate(kie)?;
    let (model, callback_url, input) = parse(body)?;
    let text = String::from_utf8_lossy(body);
    let mut books = lock(&kie.inner.books);
    let known = books.models.iter().find(|known| known.id == model).ok_or_else(|| (422, UNKNOWN_MODEL.to_owned()))?;
    let ordered = checks::check(known, &input)?;
    let outcome = next_outcome(&mut books, &text);
    match &outcome.ending {
        TaskEnding::Refuse { code, message } => return Err((*code, message.clone())),
        TaskEnding::Http { .. } | TaskEnding::Hang => return Ok((String::new(), outcome)),
        _ => {}
    }
    if books.credits - books.spent < ordered.credits {
        return Err((402, CREDITS_INSUFFICIENT.into()));
    }
    books.spent += ordered.credits;
    let id = new_id(&books, &text);
    let view = TaskView {
        id: id.clone(),
        created_ms: kie.inner.clock.now_ms(),
        model,
        input: Value::Object(input),
        callback_url,
        state: TaskState::Waiting,
        callbacks: Vec::new(),
    };
    start(kie, &mut books, view, ordered, outcome.clone());
    Ok((id, outcome))
}

const CREDITS_INSUFFICIENT: &str = "Credits insufficient : Your current balance isn't enough to run this request. \
    Please top up to continue.";

pub(super) fn start(kie: &Kie, books: &mut Books, view: TaskView, ordered: Ordered, outcome: Outcome) {
    let id = view.id.clone();
    books.order.push(id.clone());
    let task = Task {
        view,
        completed_ms: None,
        credits: ordered.credits,
        result_urls: Vec::new(),
        film: None,
        making: None,
        result: outcome.result.clone(),
    };
    books.tasks.insert(id.clone(), task);
    tokio::spawn(kie.clone().run(id, ordered, outcome));
}

fn within_rate(kie: &Kie) -> Result<(), Refusal> {
    let Some((most, window)) = kie.inner.settings.rate_limit else {
        return Ok(());
    };
    let mut books = lock(&kie.inner.books);
    let now = Instant::now();
    books.recent_creates.retain(|created| now.duration_since(*created) < window);
    if books.recent_creates.len() >= most {
        return Err((429, "Your call frequency is too high. Please try again later.".into()));
    }
    books.recent_creates.push_back(now);
    Ok(())
}

/// The model, the callback URL and the input of a createTask call.
type Call = (String, Option<String>, Map<String, Value>);

fn parse(body: &Bytes) -> Result<Call, Refusal> {
    let required = || (422, "This field is required".to_owned());
    let whole: Value = serde_json::from_slice(body).map_err(|_| required())?;
    let fields = whole.as_object().ok_or_else(required)?;
    let known = ["model", "callBackUrl", "input"];
    if let Some(unknown) = fields.keys().find(|key| !known.contains(&key.as_str())) {
        return Err((422, format!("fake: createTask has no field {unknown}")));
    }
    let model = fields.get("model").and_then(Value::as_str).ok_or_else(required)?;
    let input = fields.get("input").and_then(Value::as_object).ok_or_else(required)?;
    let callback = fields.get("callBackUrl").and_then(Value::as_str).map(String::from);
    Ok((model.into(), callback, input.clone()))
}

/// Takes the next outcome of the first script that has outcomes left and that matches the body.
fn next_outcome(books: &mut Books, body: &str) -> Outcome {
    let matching = books.scripts.iter_mut().find(|(matches, left)| !left.is_empty() && matches(body));
    matching.and_then(|(_, left)| left.pop_front()).unwrap_or_else(Outcome::success)
}

/// The id of a new task. It depends only on the body and the number of earlier tasks, so that a run can be repeated.
fn new_id(books: &Books, body: &str) -> String {
    let whole = sha2::Sha256::digest(format!("{}:{body}", books.order.len()));
    whole.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

async fn record_info(State(kie): State<Kie>, headers: HeaderMap, Query(query): Query<Map<String, Value>>) -> Response {
    kie.counted("recordInfo");
    if let Err(refused) = let_in(&kie, &headers) {
        return *refused.response();
    }
    let lag = i64::try_from(kie.inner.settings.record_lag.as_millis()).unwrap_or(i64::MAX);
    let known_until = kie.inner.clock.now_ms().saturating_sub(lag);
    let id = query.get("taskId").and_then(Value::as_str).unwrap_or_default();
    let mut books = lock(&kie.inner.books);
    match books.tasks.get_mut(id).filter(|task| task.view.created_ms <= known_until) {
        Some(task) => envelope(200, "success", &task.polled()),
        None => envelope(422, "recordInfo is null", &Value::Null),
    }
}

async fn credit(State(kie): State<Kie>, headers: HeaderMap) -> Response {
    kie.counted("credit");
    match let_in(&kie, &headers) {
        Err(refused) => *refused.response(),
        Ok(()) => envelope(200, "success", &json!(kie.credits())),
    }
}
