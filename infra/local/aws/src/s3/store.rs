//! Buckets and objects.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::SystemTime;

use bytes::Bytes;

use crate::lock;

/// A stored object.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub body: Bytes,
    pub e_tag: String,
    pub content_type: Option<String>,
    pub metadata: Option<s3s::dto::Metadata>,
    pub modified: SystemTime,
}

type Bucket = BTreeMap<String, Object>;

#[derive(Default)]
pub(super) struct Store(Mutex<BTreeMap<String, Bucket>>);

impl Store {
    /// Returns `false` if the bucket existed.
    pub fn create_bucket(&self, bucket: &str) -> bool {
        let mut buckets = lock(&self.0);
        let is_new = !buckets.contains_key(bucket);
        buckets.entry(bucket.to_owned()).or_default();
        is_new
    }

    /// `None` if the bucket does not exist.
    pub fn with_bucket<T>(&self, bucket: &str, action: impl FnOnce(&mut Bucket) -> T) -> Option<T> {
        lock(&self.0).get_mut(bucket).map(action)
    }

    /// The outer `None` means that the bucket does not exist.
    pub fn get(&self, bucket: &str, key: &str) -> Option<Option<Object>> {
        self.with_bucket(bucket, |objects| objects.get(key).cloned())
    }

    pub fn keys(&self, bucket: &str) -> Vec<String> {
        self.with_bucket(bucket, |objects| objects.keys().cloned().collect()).unwrap_or_default()
    }

    pub fn remove(&self, bucket: &str, key: &str) -> bool {
        self.with_bucket(bucket, |objects| objects.remove(key)).flatten().is_some()
    }
}
