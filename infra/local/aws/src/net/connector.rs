//! [`Net`] as the HTTP client of the AWS SDK.

use std::fmt;
use std::io;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::BodyExt;

use super::error::{BoxError, NetError};
use super::interceptor;
use super::network::Net;
use crate::message::{Request, Response};

impl HttpConnector for Net {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (net, caller) = (self.clone(), interceptor::caller());
        HttpConnectorFuture::new(async move {
            let request = request_from_sdk(request).await.map_err(|error| ConnectorError::other(error, None))?;
            let reply = net.send_as(caller, request).await.map_err(connector_error)?;
            reply_to_sdk(reply).map_err(|error| ConnectorError::other(error, None))
        })
    }
}

impl HttpClient for Net {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl fmt::Debug for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Net")
    }
}

async fn request_from_sdk(request: HttpRequest) -> Result<Request, BoxError> {
    let (parts, body) = request.try_into_http1x()?.into_parts();
    let body: Bytes = body.collect().await?.to_bytes();
    Ok(Request::from_parts(parts, body))
}

fn reply_to_sdk(reply: Response) -> Result<HttpResponse, BoxError> {
    Ok(HttpResponse::try_from(reply.map(SdkBody::from))?)
}

/// The error of a socket that refuses or resets a connection, which the SDK retries.
fn connector_error(error: NetError) -> ConnectorError {
    match error {
        NetError::NotSent(_) => ConnectorError::io(io::Error::new(io::ErrorKind::ConnectionRefused, error).into()),
        NetError::ReplyLost(_) => ConnectorError::io(io::Error::new(io::ErrorKind::ConnectionReset, error).into()),
        NetError::Fallback(error) => error,
    }
}
