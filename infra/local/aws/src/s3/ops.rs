//! The operations of S3 that our code uses. Source: Amazon S3 API reference.

use std::sync::Arc;

use aws_smithy_async::time::TimeSource;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use md5::{Digest, Md5};
use s3s::dto::*;
use s3s::{Body, S3Request, S3Response, S3Result, s3_error};

use super::listing;
use super::store::{Content, Object, Store};
use crate::clock::AwsClock;
use crate::sqs::message::hex;

type Reply<T> = S3Result<S3Response<T>>;

/// The handler behind `s3s`.
pub(super) struct Ops {
    pub clock: AwsClock,
    pub store: Arc<Store>,
}

#[async_trait::async_trait]
impl s3s::S3 for Ops {
    async fn create_bucket(&self, request: S3Request<CreateBucketInput>) -> Reply<CreateBucketOutput> {
        let bucket = request.input.bucket;
        if !self.store.create_bucket(&bucket) {
            return Err(s3_error!(BucketAlreadyOwnedByYou));
        }
        Ok(S3Response::new(CreateBucketOutput { location: Some(format!("/{bucket}")) }))
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> Reply<PutObjectOutput> {
        let input = request.input;
        let body = collect(input.body).await?;
        let object = Object {
            e_tag: hex(&Md5::digest(&body)),
            body: Content::Here(body),
            content_type: input.content_type,
            metadata: input.metadata,
            modified: self.clock.now(),
        };
        let e_tag = Some(ETag::Strong(object.e_tag.clone()));
        let only_if_new = input.if_none_match.is_some_and(|condition| condition.is_any());
        let stored = self.store.put(&input.bucket, input.key, object, only_if_new);
        match stored.map_err(|error| s3_error!(InternalError, "the object cannot be written: {error}"))? {
            None => Err(s3_error!(NoSuchBucket, "The specified bucket does not exist")),
            Some(false) => Err(s3_error!(PreconditionFailed)),
            Some(true) => Ok(S3Response::new(PutObjectOutput { e_tag, ..Default::default() })),
        }
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> Reply<GetObjectOutput> {
        let input = request.input;
        let object = self.object(&input.bucket, &input.key)?;
        let full_length = object.body.len();
        let content = object.body.read().map_err(|error| s3_error!(InternalError, "the object cannot be read: {error}"))?;
        let (body, content_range) = match input.range {
            None => (content, None),
            Some(range) => {
                let part = range.check(full_length)?;
                let content_range = format!("bytes {}-{}/{full_length}", part.start, part.end - 1);
                (content.slice(index(part.start)..index(part.end)), Some(content_range))
            }
        };
        Ok(S3Response::new(GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: i64::try_from(body.len()).ok(),
            body: Some(StreamingBlob::from(Body::from(body))),
            content_range,
            content_type: object.content_type,
            metadata: object.metadata,
            e_tag: Some(ETag::Strong(object.e_tag)),
            last_modified: Some(Timestamp::from(object.modified)),
            ..Default::default()
        }))
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> Reply<HeadObjectOutput> {
        let object = self.object(&request.input.bucket, &request.input.key)?;
        Ok(S3Response::new(HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: i64::try_from(object.body.len()).ok(),
            content_type: object.content_type,
            metadata: object.metadata,
            e_tag: Some(ETag::Strong(object.e_tag)),
            last_modified: Some(Timestamp::from(object.modified)),
            ..Default::default()
        }))
    }

    /// Succeeds also if the object does not exist.
    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> Reply<DeleteObjectOutput> {
        let (bucket, key) = (&request.input.bucket, &request.input.key);
        self.store.remove(bucket, key).ok_or_else(|| s3_error!(NoSuchBucket, "The specified bucket does not exist"))?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn list_objects_v2(&self, request: S3Request<ListObjectsV2Input>) -> Reply<ListObjectsV2Output> {
        let input = request.input;
        let bucket = input.bucket.clone();
        let page = self.store.with_bucket(&bucket, |objects| listing::page(objects, input));
        let page = page.ok_or_else(|| s3_error!(NoSuchBucket, "The specified bucket does not exist"))?;
        Ok(S3Response::new(page))
    }
}

impl Ops {
    fn object(&self, bucket: &str, key: &str) -> S3Result<Object> {
        match self.store.get(bucket, key) {
            Some(Some(object)) => Ok(object),
            Some(None) => Err(s3_error!(NoSuchKey, "The specified key does not exist.")),
            None => Err(s3_error!(NoSuchBucket, "The specified bucket does not exist")),
        }
    }
}

async fn collect(body: Option<StreamingBlob>) -> S3Result<Bytes> {
    let mut collected = BytesMut::new();
    let Some(mut body) = body else {
        return Ok(Bytes::new());
    };
    while let Some(chunk) = body.next().await {
        collected.extend_from_slice(&chunk.map_err(|error| s3_error!(IncompleteBody, "{error}"))?);
    }
    Ok(collected.freeze())
}

fn index(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}
