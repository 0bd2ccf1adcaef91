//! Who may read the page and post to it: this machine's browser, from the page itself.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::open::App;

/// Scripts, styles and pictures come from the page only, and no other page may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Refuses a request by another name of this machine (DNS rebinding), and a post from another web page.
pub(super) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if let Some(refusal) = refusal(&app.hosts, request.method(), request.headers()) {
        return (StatusCode::FORBIDDEN, refusal).into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    response
}

fn refusal(hosts: &[String], method: &Method, headers: &HeaderMap) -> Option<&'static str> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if !text(header::HOST).is_some_and(|host| hosts.iter().any(|own| own == host)) {
        return Some("This page answers to 127.0.0.1 and localhost only.");
    }
    let is_own = |origin: &str| hosts.iter().any(|host| origin.strip_prefix("http://") == Some(host));
    let is_post = method != Method::GET && method != Method::HEAD;
    if is_post && text(header::ORIGIN).is_some_and(|origin| !is_own(origin)) {
        return Some("Only this page may post to itself.");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_s_names_are_answered_and_only_the_page_posts() {
        let hosts = ["127.0.0.1:8787".to_owned(), "localhost:8787".to_owned()];
        let asked = |method: Method, host: &str, origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            refusal(&hosts, &method, &headers).is_none()
        };
        assert!(asked(Method::GET, "127.0.0.1:8787", None) && asked(Method::GET, "localhost:8787", None));
        assert!(
            asked(Method::POST, "localhost:8787", Some("http://localhost:8787")) && asked(Method::POST, "localhost:8787", None)
        );
        for host in ["evil.example:8787", "127.0.0.1:80", "127.0.0.1", "127.0.0.1:8787.evil.example"] {
            assert!(!asked(Method::GET, host, None), "{host}");
        }
        for origin in ["http://evil.example", "null", "https://localhost:8787", "http://localhost:8788"] {
            assert!(!asked(Method::POST, "localhost:8787", Some(origin)), "{origin}");
        }
    }
}
