//! Checks of the media store: put, read, list, delete, presigned URLs.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use bytes::Bytes;
use http_body_util::Full;

use super::{Check, Target, ensure, equal, get, refused_with, text};

/// A bucket of its own for one check.
struct TestBucket<'a> {
    target: &'a Target,
    name: String,
}

impl<'a> TestBucket<'a> {
    async fn new(target: &'a Target, name: &str) -> Result<Self, String> {
        let name = format!("{}-{name}", target.prefix);
        target.s3.create_bucket().bucket(&name).send().await.map_err(text)?;
        Ok(Self { target, name })
    }

    async fn put(&self, key: &str, body: &'static [u8]) -> Result<String, String> {
        let request = self.target.s3.put_object().bucket(&self.name).key(key).content_type("video/mp4");
        let put = request.body(ByteStream::from_static(body)).send().await.map_err(text)?;
        Ok(put.e_tag().unwrap_or_default().to_owned())
    }

    async fn body(&self, key: &str) -> Result<Bytes, String> {
        let got = self.target.s3.get_object().bucket(&self.name).key(key).send().await.map_err(text)?;
        Ok(got.body.collect().await.map_err(text)?.into_bytes())
    }

    async fn presigned(&self, key: &str) -> Result<String, String> {
        let config = PresigningConfig::expires_in(Duration::from_secs(600)).map_err(text)?;
        let request = self.target.s3.get_object().bucket(&self.name).key(key);
        Ok(request.presigned(config).await.map_err(text)?.uri().to_owned())
    }
}

pub(super) async fn an_object_comes_back_with_its_type_length_and_etag(target: &Target) -> Check {
    let bucket = TestBucket::new(target, "whole").await?;
    let e_tag = bucket.put("a/b.mp4", b"hello").await?;
    // S3's ETag of a plain put: the MD5 of the body, in quotes.
    equal("etag", e_tag.as_str(), "\"5d41402abc4b2a76b9719d911017c592\"")?;
    let head = target.s3.head_object().bucket(&bucket.name).key("a/b.mp4").send().await.map_err(text)?;
    equal("type", head.content_type(), Some("video/mp4"))?;
    equal("length", head.content_length(), Some(5))?;
    equal("etag of the head", head.e_tag(), Some(e_tag.as_str()))?;
    equal("body", bucket.body("a/b.mp4").await?.as_ref(), b"hello")
}

pub(super) async fn a_streamed_object_comes_back_whole(target: &Target) -> Check {
    let bucket = TestBucket::new(target, "streamed").await?;
    let bytes = Bytes::from(vec![7_u8; 300_000]);
    let stream = ByteStream::new(SdkBody::from_body_1_x(Full::new(bytes.clone())));
    let request = target.s3.put_object().bucket(&bucket.name).key("v.mp4").content_length(300_000).body(stream);
    request.customize().disable_payload_signing().send().await.map_err(text)?;
    ensure(bucket.body("v.mp4").await? == bytes, || "the bytes differ".to_owned())
}

pub(super) async fn an_object_put_again_is_replaced(target: &Target) -> Check {
    let bucket = TestBucket::new(target, "replaced").await?;
    bucket.put("k", b"old").await?;
    bucket.put("k", b"new").await?;
    equal("body", bucket.body("k").await?.as_ref(), b"new")
}

pub(super) async fn a_missing_object_is_named_as_such(target: &Target) -> Check {
    let bucket = TestBucket::new(target, "missing").await?;
    refused_with(target.s3.get_object().bucket(&bucket.name).key("nothing").send().await, "NoSuchKey")?;
    let head = target.s3.head_object().bucket(&bucket.name).key("nothing").send().await;
    let is_not_found = head.as_ref().is_err_and(|error| error.as_service_error().is_some_and(|error| error.is_not_found()));
    equal("head says NotFound", is_not_found, true)?;
    let name = format!("{}-nowhere", target.prefix);
    refused_with(target.s3.get_object().bucket(name).key("k").send().await, "NoSuchBucket")
}

pub(super) async fn a_range_returns_just_its_bytes(target: &Target) -> Check {
    let bucket = TestBucket::new(target, "range").await?;
    bucket.put("k", b"0123456789").await?;
    for (range, expected, content_range) in [
        ("bytes=2-4", b"234".as_slice(), "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-1", b"9", "bytes 9-9/10"),
    ] {
        let got = target.s3.get_object().bucket(&bucket.name).key("k").range(range).send().await.map_err(text)?;
        equal(range, got.content_range(), Some(content_range))?;
        equal(range, got.body.collect().await.map_err(text)?.into_bytes().as_ref(), expected)?;
    }
    Ok(())
}

pub(super) async fn a_range_beyond_the_end_is_refused(target: &Target) -> Check {
    let bucket = TestBucket::new(target, "range-beyond").await?;
    bucket.put("k", b"0123456789").await?;
    let request = target.s3.get_object().bucket(&bucket.name).key("k").range("bytes=10-");
    refused_with(request.send().await, "InvalidRange")
}

pub(super) async fn a_deleted_object_is_gone_and_may_be_deleted_again(target: &Target) -> Check {
    let bucket = TestBucket::new(target, "deleted").await?;
    bucket.put("k", b"x").await?;
    for _ in 0..2 {
        target.s3.delete_object().bucket(&bucket.name).key("k").send().await.map_err(text)?;
    }
    refused_with(target.s3.get_object().bucket(&bucket.name).key("k").send().await, "NoSuchKey")
}

pub(super) async fn a_listing_shows_the_keys_under_a_prefix_in_order(target: &Target) -> Check {
    let bucket = TestBucket::new(target, "listed").await?;
    for key in ["a/2", "b/1", "a/1", "a/3"] {
        bucket.put(key, b"x").await?;
    }
    let mut keys = vec![];
    let mut token = None;
    loop {
        let request = target.s3.list_objects_v2().bucket(&bucket.name).prefix("a/").max_keys(2);
        let page = request.set_continuation_token(token).send().await.map_err(text)?;
        keys.extend(page.contents().iter().filter_map(|object| object.key().map(str::to_owned)));
        token = page.next_continuation_token().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    equal("keys", keys, ["a/1", "a/2", "a/3"].map(str::to_owned).to_vec())
}

pub(super) async fn a_presigned_url_needs_no_credentials(target: &Target) -> Check {
    let bucket = TestBucket::new(target, "presigned").await?;
    bucket.put("dir/photo one.jpg", b"jpeg").await?;
    let reply = (target.fetch)(get(&bucket.presigned("dir/photo one.jpg").await?)?).await?;
    equal("status", reply.status().as_u16(), 200)?;
    let content_type = reply.headers().get("content-type").and_then(|value| value.to_str().ok());
    equal("type", content_type, Some("video/mp4"))?;
    equal("body", reply.body().as_ref(), b"jpeg")
}

pub(super) async fn a_presigned_url_of_a_missing_object_answers_404_in_xml(target: &Target) -> Check {
    let bucket = TestBucket::new(target, "presigned-missing").await?;
    let reply = (target.fetch)(get(&bucket.presigned("nothing").await?)?).await?;
    equal("status", reply.status().as_u16(), 404)?;
    let body = String::from_utf8_lossy(reply.body());
    ensure(body.contains("<Code>NoSuchKey</Code>"), || format!("body {body}"))
}
