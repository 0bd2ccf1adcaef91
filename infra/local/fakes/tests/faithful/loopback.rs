//! The fakes over real sockets, on this machine only.

use bytes::Bytes;
use fakes::outbound::{LoopbackHttp, Outbound as _};
use fakes::server::serve;
use http::Request;

use crate::bot::{Bot, telegram};

#[tokio::test]
async fn every_host_name_connects_to_this_machine_and_stays_in_the_host_header() {
    let router = axum::Router::new()
        .route("/host", axum::routing::get(async |headers: http::HeaderMap| headers["host"].to_str().unwrap().to_owned()));
    let (address, served) = serve(router).await.unwrap();
    assert!(address.ip().is_loopback());
    let name = format!("abc.lambda-url.us-east-1.localhost.localstack.cloud:{}", address.port());
    let request = Request::get(format!("http://{name}/host")).body(Bytes::new()).unwrap();
    assert_eq!(LoopbackHttp.send(request).await.unwrap().body(), &name);
    served.abort();
}

#[tokio::test]
async fn the_fake_serves_real_http() {
    let (telegram, _) = telegram();
    telegram.person(7, "en", "Ann");
    let (address, served) = serve(telegram.router()).await.unwrap();
    let send = async |text: &str| {
        let uri = format!("http://api.telegram.org:{}/bot123456:test-token/sendMessage?chat_id=7&text={text}", address.port());
        LoopbackHttp.send(Request::get(uri).body(Bytes::new()).unwrap()).await
    };
    assert_eq!(send("hello").await.unwrap().status(), 200);
    telegram.fail(7, "sendMessage", 1, fakes::telegram::CallFailure::LoseReply);
    assert!(send("lost").await.is_err());
    assert_eq!(telegram.transcript(7), "bot: hello\nbot: lost\n");
    served.abort();
}

#[tokio::test]
async fn https_and_closed_ports_are_errors() {
    let (address, served) = serve(Bot::default().router()).await.unwrap();
    served.abort();
    let _ = served.await;
    for uri in ["https://example.com/".to_owned(), format!("http://example.com:{}/", address.port())] {
        assert!(LoopbackHttp.send(Request::get(uri).body(Bytes::new()).unwrap()).await.is_err());
    }
}
