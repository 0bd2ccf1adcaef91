//! A real HTTP client as the fallback of a [`super::Net`].

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;

use super::error::BoxError;
use crate::message::{Request, Response};

/// Hands a call to a real HTTP client and collects its reply.
pub(super) async fn forward(connector: &SharedHttpConnector, request: Request) -> Result<Response, ConnectorError> {
    let other = |error: BoxError| ConnectorError::other(error, None);
    let request = HttpRequest::try_from(request.map(SdkBody::from)).map_err(|error| other(error.into()))?;
    let reply = connector.call(request).await?.try_into_http1x().map_err(|error| other(error.into()))?;
    let (parts, body) = reply.into_parts();
    let body = body.collect().await.map_err(ConnectorError::io)?.to_bytes();
    Ok(Response::from_parts(parts, body))
}
