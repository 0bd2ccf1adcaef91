//! The stores for the operator's command line: `scripts/ops local` finds their address and keys in the data folder.

use std::{net::Ipv4Addr, path::Path, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use local_aws::net::Net;
use sandbox::{BUCKET, Sandbox, TABLE, queue_url};

use crate::keys::write_private;

/// The file with the settings of the operator's command line, as lines `NAME=value`.
const FILE: &str = "operator.env";
/// Largest request, in bytes: DynamoDB's own limit of a transaction is 4 MB.
const BODY_MAX_BYTES: usize = 16 * 1024 * 1024;

/// The way from the listener to the stores.
struct Stores {
    net: Net,
    host: String,
    key: String,
}

/// Starts the listener and writes its settings into the folder.
///
/// # Errors
/// No port is free, or the folder cannot be written.
pub(crate) async fn listen(sandbox: &Sandbox, folder: &Path, key: &str) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("the stores cannot be opened for scripts/ops: {error}");
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
    let host = listener.local_addr().map_err(failed)?.to_string();
    let mut lines = vec![
        format!("AWS_ENDPOINT_URL=http://{host}"),
        "AWS_REGION=us-east-1".to_owned(),
        format!("AWS_ACCESS_KEY_ID={key}"),
        "AWS_SECRET_ACCESS_KEY=local".to_owned(),
        format!("TABLE_NAME={TABLE}"),
        format!("MEDIA_BUCKET={BUCKET}"),
    ];
    for (name, queue) in [("GENERATE_QUEUE_URL", "generate"), ("SEND_QUEUE_URL", "send"), ("PARKED_QUEUE_URL", "parked")] {
        lines.push(format!("{name}={}", queue_url(queue)));
    }
    write_private(&folder.join(FILE), format!("{}\n", lines.join("\n")).as_bytes()).map_err(failed)?;
    let router = router(Stores { net: sandbox.net.clone(), host, key: key.to_owned() });
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(())
}

fn router(stores: Stores) -> Router {
    Router::new().fallback(pass).layer(DefaultBodyLimit::max(BODY_MAX_BYTES)).with_state(Arc::new(stores))
}

/// Passes a request of DynamoDB or SQS to its store. The key is in a file that only its owner may read, and a web page can neither know it
/// nor use another name of this machine.
async fn pass(State(stores): State<Arc<Stores>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let text = |name: header::HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_ours = text(header::AUTHORIZATION).contains(&format!("Credential={}/", stores.key));
    if text(header::HOST) != stores.host || !is_ours {
        return (StatusCode::FORBIDDEN, "The stores answer to scripts/ops of the owner of the data folder.").into_response();
    }
    let target = text(header::HeaderName::from_static("x-amz-target")).to_owned();
    let host = match target.split('.').next().unwrap_or_default() {
        service if service.starts_with("DynamoDB") => "dynamodb.local",
        "AmazonSQS" => "sqs.local",
        _ => return (StatusCode::NOT_FOUND, "Only DynamoDB and SQS are here.").into_response(),
    };
    let Ok(body) = axum::body::to_bytes(body, BODY_MAX_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let inside = http::Request::post(format!("http://{host}/"))
        .header("content-type", parts.headers.get(header::CONTENT_TYPE).cloned().unwrap_or(header::HeaderValue::from_static("")))
        .header("x-amz-target", target);
    let Ok(inside) = inside.body(body) else { return StatusCode::BAD_REQUEST.into_response() };
    match stores.net.send(inside).await {
        Ok(answer) => answer.map(|body: Bytes| Body::from(body)),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use fakes::film::Detail;
    use sandbox::{Chance, Opening, Times};
    use tower::ServiceExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_the_owner_of_the_key_reads_the_stores() {
        let sandbox = Sandbox::open(Opening::new(Chance::real(), Times::production(), Detail::Sketch)).await.unwrap();
        let router = router(Stores { net: sandbox.net.clone(), host: "127.0.0.1:1".to_owned(), key: "k".to_owned() });
        let scan = |host: &str, key: &str, target: &str| {
            let request = axum::http::Request::post("/").header("host", host).header("x-amz-target", target);
            let request = request
                .header("authorization", format!("AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/dynamodb/aws4_request"));
            request.body(Body::from(format!("{{\"TableName\":\"{TABLE}\"}}"))).unwrap()
        };
        let status = async |request: Request| router.clone().oneshot(request).await.unwrap().status();
        let all = "DynamoDB_20120810.Scan";
        assert_eq!(status(scan("127.0.0.1:1", "k", all)).await, StatusCode::OK);
        assert_eq!(status(scan("127.0.0.1:1", "other", all)).await, StatusCode::FORBIDDEN);
        assert_eq!(status(scan("evil.example:1", "k", all)).await, StatusCode::FORBIDDEN);
        assert_eq!(status(scan("127.0.0.1:1", "k", "AmazonSSM.GetParameter")).await, StatusCode::NOT_FOUND);
    }
}
