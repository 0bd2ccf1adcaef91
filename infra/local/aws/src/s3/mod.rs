//! S3 in process: objects in memory behind the `s3s` crate, which checks the SDK's and presigned signatures.
//!
//! Path-style addressing. Mount it on a [`crate::net::Net`] and, for presigned URLs that other programs fetch, also
//! [`crate::net::serve`] it and give the clients that URL as their endpoint: a signature covers the host.
//! Kept as S3 has it: ETag, Content-Type, metadata, ranges, listing with prefix, delimiter and pages, conditional puts
//! (`If-None-Match: *`), XML errors. Not kept: versions, multipart uploads, lifecycle, checksums.

mod expiry;
mod listing;
mod ops;
mod store;

use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::Full;
use s3s::auth::SimpleAuth;
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};

use crate::clock::AwsClock;
use crate::net::{Request, Response, Service, Tower};
use ops::Ops;
use store::Store;

/// The media store. Clones share the buckets.
#[derive(Clone)]
pub struct S3 {
    clock: AwsClock,
    store: Arc<Store>,
    service: Arc<Tower<S3Service, Full<Bytes>>>,
}

impl S3 {
    /// A store without buckets that accepts one key pair.
    pub fn new(clock: AwsClock, access_key: &str, secret_key: &str) -> Self {
        Self::over(Store::default(), clock, access_key, secret_key)
    }

    /// A store in this folder that accepts one key pair, with the buckets and objects that are there.
    ///
    /// # Errors
    /// The folder cannot be read or written.
    pub fn in_folder(folder: &Path, clock: AwsClock, access_key: &str, secret_key: &str) -> io::Result<Self> {
        Ok(Self::over(Store::in_folder(folder)?, clock, access_key, secret_key))
    }

    fn over(store: Store, clock: AwsClock, access_key: &str, secret_key: &str) -> Self {
        let store = Arc::new(store);
        let mut builder = S3ServiceBuilder::new(Ops { clock, store: store.clone() });
        builder.set_auth(SimpleAuth::from_single(access_key, secret_key));
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(any_time()))));
        let service = Arc::new(Tower::new(builder.build()));
        Self { clock, store, service }
    }

    /// Creates a bucket unless it exists.
    pub fn create_bucket(&self, bucket: &str) {
        self.store.create_bucket(bucket);
    }

    /// The keys of a bucket in lexicographic order.
    pub fn keys(&self, bucket: &str) -> Vec<String> {
        self.store.keys(bucket)
    }

    /// The bytes of an object.
    pub fn object(&self, bucket: &str, key: &str) -> Option<Bytes> {
        self.store.get(bucket, key)??.body.read().ok()
    }

    /// Deletes an object; returns whether it existed.
    pub fn drop_object(&self, bucket: &str, key: &str) -> bool {
        self.store.remove(bucket, key).unwrap_or_default()
    }
}

impl Service for S3 {
    fn call(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(async move {
            match expiry::refusal(&request, self.clock) {
                Some(refusal) => refusal,
                None => self.service.call(request).await,
            }
        })
    }
}

/// Accepts any signing time: `s3s` compares it with the machine's clock, and the virtual clock may be far from that.
fn any_time() -> S3Config {
    let mut config = S3Config::default();
    config.presigned_url_max_skew_time_secs = u32::MAX;
    config
}
