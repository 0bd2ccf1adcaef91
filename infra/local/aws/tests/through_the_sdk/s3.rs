//! Signatures and the loopback server of the media store.

use std::time::Duration;

use crate::common::{TestEnv, env};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_smithy_async::time::TimeSource;
use bytes::Bytes;
use local_aws::net::{self, Loopback, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn presigned(env: &TestEnv, endpoint: &str, secret: &str, valid_secs: u64) -> String {
    let config = PresigningConfig::builder().start_time(env.clock.now()).expires_in(Duration::from_secs(valid_secs));
    let config = config.build().unwrap();
    let client = env.s3_client(endpoint, secret);
    client.get_object().bucket("media").key("v.mp4").presigned(config).await.unwrap().uri().to_owned()
}

async fn one_object() -> TestEnv {
    let env = env();
    env.s3.create_bucket("media");
    let client = env.s3_client("http://s3.local", "secret");
    let put = client.put_object().bucket("media").key("v.mp4").content_type("video/mp4");
    put.body(Bytes::from_static(b"0123456789").into()).send().await.unwrap();
    env
}

async fn fetch(env: &TestEnv, url: &str) -> Response {
    env.net.send(http::Request::get(url).body(Bytes::new()).unwrap()).await.unwrap()
}

fn text(reply: &Response) -> String {
    String::from_utf8_lossy(reply.body()).into_owned()
}

#[tokio::test(start_paused = true)]
async fn a_presigned_url_of_another_key_is_refused() {
    let env = one_object().await;
    let reply = fetch(&env, &presigned(&env, "http://s3.local", "wrong", 60).await).await;
    assert_eq!(reply.status().as_u16(), 403);
    assert!(text(&reply).contains("<Code>SignatureDoesNotMatch</Code>"), "{}", text(&reply));
}

#[tokio::test(start_paused = true)]
async fn a_url_without_a_signature_is_refused() {
    let env = one_object().await;
    let reply = fetch(&env, "http://s3.local/media/v.mp4").await;
    assert_eq!(reply.status().as_u16(), 403);
    assert!(text(&reply).contains("<Code>AccessDenied</Code>"), "{}", text(&reply));
}

#[tokio::test(start_paused = true)]
async fn a_presigned_url_expires_by_the_virtual_clock() {
    let env = one_object().await;
    let url = presigned(&env, "http://s3.local", "secret", 60).await;
    tokio::time::sleep(Duration::from_secs(59)).await;
    assert_eq!(fetch(&env, &url).await.status().as_u16(), 200);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let reply = fetch(&env, &url).await;
    assert_eq!(reply.status().as_u16(), 403);
    assert!(text(&reply).contains("Request has expired"), "{}", text(&reply));
}

#[tokio::test(start_paused = true)]
async fn a_test_reads_and_deletes_objects_without_the_sdk() {
    let env = one_object().await;
    assert_eq!(env.s3.keys("media"), ["v.mp4"]);
    assert_eq!(env.s3.object("media", "v.mp4").unwrap().as_ref(), b"0123456789");
    assert!(env.s3.drop_object("media", "v.mp4"));
    assert!(env.s3.object("media", "v.mp4").is_none());
}

/// Sends a plain HTTP request, as curl, KIE or Telegram would, and returns the reply.
async fn plain_get(server: &Loopback, path: &str, extra: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(server.authority()).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{extra}\r\n", server.authority());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    reply
}

#[tokio::test]
async fn other_programs_fetch_presigned_urls_on_loopback() {
    let env = one_object().await;
    let server = net::serve(env.s3.clone(), 0).await.unwrap();
    let url = presigned(&env, &server.url(), "secret", 60).await;
    let path = url.strip_prefix(&server.url()).unwrap();

    let whole = plain_get(&server, path, "").await;
    assert!(whole.starts_with("HTTP/1.1 200 OK"), "{whole}");
    let lower = whole.to_lowercase();
    assert!(lower.contains("content-type: video/mp4") && lower.contains("content-length: 10"), "{whole}");
    assert!(whole.ends_with("\r\n\r\n0123456789"), "{whole}");

    let part = plain_get(&server, path, "Range: bytes=2-3\r\n").await;
    assert!(part.starts_with("HTTP/1.1 206") && part.ends_with("\r\n\r\n23"), "{part}");

    let forged = plain_get(&server, &path.replace("v.mp4", "w.mp4"), "").await;
    assert!(forged.starts_with("HTTP/1.1 403"), "{forged}");
}
