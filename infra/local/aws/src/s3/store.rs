//! Buckets and objects, in memory or in a folder.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::lock;

/// A stored object.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub body: Content,
    pub e_tag: String,
    pub content_type: Option<String>,
    pub metadata: Option<s3s::dto::Metadata>,
    pub modified: SystemTime,
}

/// The bytes of an object.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// In memory.
    Here(Bytes),
    /// In a file of this length.
    File(PathBuf, u64),
}

/// What is written beside the bytes of an object.
#[derive(Serialize, Deserialize)]
struct Label {
    key: String,
    e_tag: String,
    content_type: Option<String>,
    metadata: Option<s3s::dto::Metadata>,
    modified_ms: u64,
}

type Bucket = BTreeMap<String, Object>;

#[derive(Default)]
pub(super) struct Store {
    buckets: Mutex<BTreeMap<String, Bucket>>,
    folder: Option<PathBuf>,
}

impl Store {
    /// A store in this folder, with the objects that are there.
    pub fn in_folder(folder: &Path) -> io::Result<Self> {
        let mut buckets = BTreeMap::new();
        fs::create_dir_all(folder)?;
        for bucket in fs::read_dir(folder)? {
            let bucket = bucket?;
            // A file manager leaves files of its own.
            if !bucket.path().is_dir() {
                continue;
            }
            let name = bucket.file_name().into_string().map_err(|_| io::Error::other("a bucket's name is no text"))?;
            buckets.insert(name, objects_in(&bucket.path())?);
        }
        Ok(Self { buckets: Mutex::new(buckets), folder: Some(folder.to_owned()) })
    }

    /// Returns `false` if the bucket existed.
    pub fn create_bucket(&self, bucket: &str) -> bool {
        let mut buckets = lock(&self.buckets);
        let is_new = !buckets.contains_key(bucket);
        buckets.entry(bucket.to_owned()).or_default();
        is_new
    }

    /// `None` if the bucket does not exist.
    pub fn with_bucket<T>(&self, bucket: &str, action: impl FnOnce(&Bucket) -> T) -> Option<T> {
        lock(&self.buckets).get(bucket).map(action)
    }

    /// Stores an object; `Some(false)` if the key is taken and the object is wanted as a new one only.
    pub fn put(&self, bucket: &str, key: String, object: Object, only_if_new: bool) -> io::Result<Option<bool>> {
        let mut buckets = lock(&self.buckets);
        let Some(objects) = buckets.get_mut(bucket) else { return Ok(None) };
        if only_if_new && objects.contains_key(&key) {
            return Ok(Some(false));
        }
        let object = match &self.folder {
            Some(folder) => filed(&folder.join(bucket), &key, object)?,
            None => object,
        };
        objects.insert(key, object);
        Ok(Some(true))
    }

    /// The outer `None` means that the bucket does not exist.
    pub fn get(&self, bucket: &str, key: &str) -> Option<Option<Object>> {
        self.with_bucket(bucket, |objects| objects.get(key).cloned())
    }

    pub fn keys(&self, bucket: &str) -> Vec<String> {
        self.with_bucket(bucket, |objects| objects.keys().cloned().collect()).unwrap_or_default()
    }

    /// Returns whether the object existed; `None` if the bucket does not exist.
    pub fn remove(&self, bucket: &str, key: &str) -> Option<bool> {
        let removed = lock(&self.buckets).get_mut(bucket)?.remove(key);
        if let Some(Object { body: Content::File(path, _), .. }) = &removed {
            // The label first: an object without one is not there. What stays is overwritten by the next object of this key.
            let _gone = fs::remove_file(label_of(path)).and_then(|()| fs::remove_file(path));
        }
        Some(removed.is_some())
    }
}

impl Content {
    pub fn len(&self) -> u64 {
        match self {
            Self::Here(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            Self::File(_, length) => *length,
        }
    }

    pub fn read(&self) -> io::Result<Bytes> {
        match self {
            Self::Here(bytes) => Ok(bytes.clone()),
            Self::File(path, _) => fs::read(path).map(Bytes::from),
        }
    }
}

/// Writes an object into its bucket's folder: the bytes, then the label that makes them an object.
fn filed(folder: &Path, key: &str, object: Object) -> io::Result<Object> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("{}.object", crate::sqs::message::hex(key.as_bytes())));
    let modified_ms = object.modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let label = Label {
        key: key.to_owned(),
        e_tag: object.e_tag.clone(),
        content_type: object.content_type.clone(),
        metadata: object.metadata.clone(),
        modified_ms: u64::try_from(modified_ms).unwrap_or(u64::MAX),
    };
    write(&path, &object.body.read()?)?;
    write(&label_of(&path), &serde_json::to_vec(&label)?)?;
    let body = Content::File(path, object.body.len());
    Ok(Object { body, ..object })
}

fn label_of(object: &Path) -> PathBuf {
    object.with_extension("label")
}

/// Writes a file beside its place, and moves it there once its bytes are on the disk.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = fs::File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(new, path)
}

fn objects_in(folder: &Path) -> io::Result<Bucket> {
    let mut objects = Bucket::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if is_hidden || path.extension().is_none_or(|kind| kind != "label") {
            continue;
        }
        let damaged = |error| io::Error::other(format!("{} is damaged: {error}", path.display()));
        let label = serde_json::from_slice(&fs::read(&path)?).map_err(damaged)?;
        let Label { key, e_tag, content_type, metadata, modified_ms } = label;
        let body = path.with_extension("object");
        // Without its bytes a label is no object.
        let Ok(length) = fs::metadata(&body).map(|file| file.len()) else { continue };
        let modified = SystemTime::UNIX_EPOCH + Duration::from_millis(modified_ms);
        objects.insert(key, Object { body: Content::File(body, length), e_tag, content_type, metadata, modified });
    }
    Ok(objects)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_in_a_folder_has_its_objects_after_a_restart() {
        let folder = std::env::temp_dir().join(format!("neurocards-store-{}", std::process::id()));
        let object = |text: &'static str| Object {
            body: Content::Here(Bytes::from_static(text.as_bytes())),
            e_tag: text.to_owned(),
            content_type: Some("video/mp4".to_owned()),
            metadata: None,
            modified: SystemTime::UNIX_EPOCH + Duration::from_millis(1500),
        };
        let store = Store::in_folder(&folder).unwrap();
        assert!(store.create_bucket("media"));
        assert_eq!(store.put("media", "videos/1/a.mp4".into(), object("one"), false).unwrap(), Some(true));
        assert_eq!(store.put("media", "videos/1/a.mp4".into(), object("two"), true).unwrap(), Some(false));
        assert_eq!(store.put("media", "videos/1/b.mp4".into(), object("three"), true).unwrap(), Some(true));
        assert_eq!(store.put("none", "x".into(), object("x"), false).unwrap(), None);
        assert_eq!(store.remove("media", "videos/1/b.mp4"), Some(true));
        let again = Store::in_folder(&folder).unwrap();
        assert_eq!(again.keys("media"), ["videos/1/a.mp4"]);
        let kept = again.get("media", "videos/1/a.mp4").unwrap().unwrap();
        assert_eq!((kept.body.read().unwrap(), kept.body.len(), kept.e_tag.as_str()), (Bytes::from_static(b"one"), 3, "one"));
        assert_eq!((kept.content_type.as_deref(), kept.modified), (Some("video/mp4"), object("one").modified));
        fs::remove_dir_all(folder).unwrap();
    }
}
