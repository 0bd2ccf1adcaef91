//! The listener for `PUBLIC_URL`: the webhook, the callback and signed media, and nothing else. A proxy or a tunnel that ends TLS stands
//! before it, so it listens on loopback as well.

use std::net::Ipv4Addr;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use local_aws::net::Net;
use sandbox::{BUCKET, Sandbox};

use crate::bot::WEBHOOK_PATH;

/// Largest body of a webhook or a callback, in bytes. The functions read no larger one.
const BODY_MAX_BYTES: usize = 1024 * 1024;
/// The headers of a request that reach a function or the media store.
const HEADERS: [&str; 5] =
    ["content-type", "range", "x-telegram-bot-api-secret-token", "x-webhook-timestamp", "x-webhook-signature"];

/// The way from the listener into the sandbox.
#[derive(Clone)]
struct Inside {
    net: Net,
    webhook_url: String,
    callback_url: String,
    media_url: String,
}

/// Starts the listener for this address.
///
/// # Errors
/// The port is taken.
pub(crate) async fn listen(sandbox: &Sandbox, url: &str, port: u16) -> Result<(), String> {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
        format!("port {port} of this machine cannot be used for PUBLIC_URL: {error}. Choose another one with PUBLIC_PORT")
    })?;
    let router = router(sandbox, url);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(())
}

fn router(sandbox: &Sandbox, url: &str) -> Router {
    let (webhook_url, callback_url) = sandbox.function_urls();
    let inside = Inside { net: sandbox.net.clone(), webhook_url, callback_url, media_url: url.to_owned() };
    Router::new()
        .route(WEBHOOK_PATH, post(webhook))
        .route("/kie/{*rest}", post(callback))
        .route(&format!("/{BUCKET}/{{*key}}"), get(media))
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .with_state(inside)
}

async fn webhook(State(inside): State<Inside>, headers: HeaderMap, body: Bytes) -> Response {
    inside.send(Method::POST, &format!("{}/", inside.webhook_url), &headers, body).await
}

async fn callback(State(inside): State<Inside>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    inside.send(Method::POST, &format!("{}{path}", inside.callback_url), &headers, body).await
}

/// An object, by a presigned address only: the media store checks the signature.
async fn media(State(inside): State<Inside>, uri: Uri, method: Method, headers: HeaderMap) -> Response {
    let is_signed = uri.query().is_some_and(|query| query.contains("X-Amz-Signature="));
    if !is_signed || headers.contains_key(header::AUTHORIZATION) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    inside.send(method, &format!("{}{path}", inside.media_url), &headers, Bytes::new()).await
}

impl Inside {
    async fn send(&self, method: Method, url: &str, headers: &HeaderMap, body: Bytes) -> Response {
        let mut request = http::Request::builder().method(method).uri(url);
        for name in HEADERS {
            if let Some(value) = headers.get(name) {
                request = request.header(name, value);
            }
        }
        let Ok(request) = request.body(body) else { return StatusCode::BAD_REQUEST.into_response() };
        match self.net.send(request).await {
            Ok(answer) => answer.map(axum::body::Body::from),
            Err(_) => StatusCode::BAD_GATEWAY.into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::{body::Body, http::Request};
    use fakes::film::Detail;
    use sandbox::{Chance, Opening, Times, secret};
    use tower::ServiceExt;

    use super::*;

    const URL: &str = "https://bot.example";

    async fn status(router: &Router, request: Request<Body>) -> StatusCode {
        router.clone().oneshot(request).await.unwrap().status()
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_webhook_the_callback_and_signed_media_are_public() {
        let opening =
            Opening { media_url: Some(URL.to_owned()), ..Opening::new(Chance::real(), Times::production(), Detail::Sketch) };
        let sandbox = Sandbox::open(opening).await.unwrap();
        let router = router(&sandbox, URL);
        let ask = |method: Method, path: &str| Request::builder().method(method).uri(path).header("host", "bot.example");
        for path in [
            "/",
            "/700000001",
            "/700000001/behind",
            "/style.css",
            "/table",
            &format!("/{BUCKET}"),
            &format!("/{BUCKET}/photo/1.jpg"),
        ] {
            assert_eq!(
                status(&router, ask(Method::GET, path).body(Body::empty()).unwrap()).await,
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
        let update = |with: Option<&str>| {
            let request = ask(Method::POST, WEBHOOK_PATH).header("content-type", "application/json");
            let request =
                with.into_iter().fold(request, |request, token| request.header("x-telegram-bot-api-secret-token", token));
            request.body(Body::from("{\"update_id\":1}")).unwrap()
        };
        assert_eq!(status(&router, update(None)).await, StatusCode::UNAUTHORIZED);
        assert_eq!(status(&router, update(Some(secret("TELEGRAM_WEBHOOK_SECRET")))).await, StatusCode::OK);
        let callback = ask(Method::POST, "/kie/v2/forged").body(Body::from("{}")).unwrap();
        assert!(status(&router, callback).await.is_client_error());

        sandbox.media.put("video/1.mp4", "video/mp4", 4, "film".into()).await.unwrap();
        let signed = sandbox.media.presigned_get("video/1.mp4", Duration::from_secs(60)).await.unwrap();
        assert!(signed.starts_with(URL), "{signed}");
        let path = signed.strip_prefix(URL).unwrap();
        let got = router.clone().oneshot(ask(Method::GET, path).body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(got.status(), StatusCode::OK);
        assert_eq!(axum::body::to_bytes(got.into_body(), 100).await.unwrap(), "film");
        let other = path.replace("1.mp4", "2.mp4");
        assert_eq!(status(&router, ask(Method::GET, &other).body(Body::empty()).unwrap()).await, StatusCode::FORBIDDEN);
        assert_eq!(status(&router, ask(Method::PUT, path).body(Body::empty()).unwrap()).await, StatusCode::METHOD_NOT_ALLOWED);
    }
}
