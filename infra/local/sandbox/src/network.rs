//! The sandbox's wire under the functions' HTTP client, with the errors of the real network.

use std::{error::Error, io};

use adapters::wire::{Wire, never_arrived};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture},
    orchestrator::HttpRequest,
    result::ConnectorError,
};
use local_aws::net::Net;

/// The functions' HTTP client over the sandbox's wire.
pub(crate) fn as_a_network(net: Net) -> Wire {
    Wire::over(Network(net))
}

/// The wire as a network: its refused connections are known to have sent nothing, as those of the real client are.
#[derive(Clone, Debug)]
struct Network(Net);

impl HttpConnector for Network {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let reply = HttpConnector::call(&self.0, request);
        HttpConnectorFuture::new(async move { reply.await.map_err(as_the_client_says) })
    }
}

fn as_the_client_says(error: ConnectorError) -> ConnectorError {
    let socket = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    match socket.filter(|error| error.kind() == io::ErrorKind::ConnectionRefused) {
        Some(refused) => never_arrived(&refused.to_string()),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use adapters::wire::WireError;
    use bytes::Bytes;
    use futures_util::{FutureExt, future::BoxFuture};
    use local_aws::net::{Action, CallInfo, Interceptor, Request, Response, Service};

    use super::*;

    struct Strikes(Action);

    impl Interceptor for Strikes {
        fn before(&self, _: &CallInfo) -> Action {
            self.0.clone()
        }
    }

    struct Empty;

    impl Service for Empty {
        fn call(&self, _: Request) -> BoxFuture<'_, Response> {
            std::future::ready(http::Response::new(Bytes::new())).boxed()
        }
    }

    async fn struck_by(action: Action) -> WireError {
        let net = Net::new();
        net.mount("here.local", Empty);
        net.intercept(Arc::new(Strikes(action)));
        let request = http::Request::post("http://here.local/").body("x".into()).unwrap();
        as_a_network(net).send(request, Duration::from_secs(1)).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_refused_connection_is_known_to_have_sent_nothing_and_a_lost_reply_is_not() {
        assert!(matches!(struck_by(Action::RefuseNotSent).await, WireError::NotSent(_)));
        assert!(matches!(struck_by(Action::LoseReply).await, WireError::Unknown(_)));
    }
}
