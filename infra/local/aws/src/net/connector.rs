//! The AWS SDK's seam: [`Net`] as an HTTP client, and a foreign HTTP client as the fallback of a [`Net`].

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

use super::{BoxError, Net, NetError, Request, Response, tap};

impl HttpConnector for Net {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (net, caller) = (self.clone(), tap::caller());
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

/// Hands a call to a real HTTP client and collects its reply.
pub(super) async fn forward(connector: &SharedHttpConnector, request: Request) -> Result<Response, ConnectorError> {
    let other = |error: BoxError| ConnectorError::other(error, None);
    let request = HttpRequest::try_from(request.map(SdkBody::from)).map_err(|error| other(error.into()))?;
    let reply = connector.call(request).await?.try_into_http1x().map_err(|error| other(error.into()))?;
    let (parts, body) = reply.into_parts();
    let body = body.collect().await.map_err(ConnectorError::io)?.to_bytes();
    Ok(Response::from_parts(parts, body))
}

async fn request_from_sdk(request: HttpRequest) -> Result<Request, BoxError> {
    let (parts, body) = request.try_into_http1x()?.into_parts();
    let body: Bytes = body.collect().await?.to_bytes();
    Ok(Request::from_parts(parts, body))
}

fn reply_to_sdk(reply: Response) -> Result<HttpResponse, BoxError> {
    Ok(HttpResponse::try_from(reply.map(SdkBody::from))?)
}

/// Both kinds are what a socket would have raised; the SDK retries them.
fn connector_error(error: NetError) -> ConnectorError {
    match error {
        NetError::NotSent(_) => ConnectorError::io(io::Error::new(io::ErrorKind::ConnectionRefused, error).into()),
        NetError::ReplyLost(_) => ConnectorError::io(io::Error::new(io::ErrorKind::ConnectionReset, error).into()),
        NetError::Fallback(error) => error,
    }
}
