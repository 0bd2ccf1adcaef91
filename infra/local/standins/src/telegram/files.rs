//! Files: what people sent and what the bot sent (core.telegram.org/bots/api#getfile).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Mutex};

use bytes::Bytes;
use serde_json::{Value, json};

use super::Telegram;
use super::params::Params;
use super::refusal::Refusal;
use crate::film::Photo;
use crate::{digest, lock};

/// Largest file that a bot may download, in bytes.
pub const DOWNLOAD_BYTES_MAX: usize = 20 * 1024 * 1024;

/// A link to a file is good for at least an hour; here for exactly one.
const LINK_SECS: i64 = 3600;

pub struct File {
    pub bytes: Bytes,
    /// "photos", "documents" or "videos": the beginning of its path.
    pub folder: &'static str,
    /// Whose chat it came in.
    pub chat: i64,
}

#[derive(Default)]
pub struct Files {
    files: BTreeMap<String, File>,
    /// Path to file id and the second its link ends.
    links: BTreeMap<String, (String, i64)>,
}

impl Files {
    pub fn add(&mut self, file: File) -> String {
        // The bot's own id of this file, as opaque and as long as a real one.
        let name = format!("{}:{}:{}", file.folder, self.files.len(), file.bytes.len());
        let file_id = format!("AgAC{}", digest(name.as_bytes()).get(..40).unwrap_or_default());
        self.files.insert(file_id.clone(), file);
        file_id
    }

    pub fn get(&self, file_id: &str) -> Option<&File> {
        self.files.get(file_id)
    }
}

impl Telegram {
    pub(super) fn get_file(&self, params: &Params) -> Result<Value, Refusal> {
        let file_id = params.text("file_id").ok_or_else(|| Refusal::bad("file_id not specified"))?;
        let now = self.now_secs();
        let mut world = lock(&self.inner.world);
        let files = &mut world.files;
        let file = files.files.get(file_id).ok_or_else(|| Refusal::bad("invalid file_id"))?;
        if file.bytes.len() > DOWNLOAD_BYTES_MAX {
            return Err(Refusal::bad("file is too big"));
        }
        let unique = digest(&file.bytes);
        let path = format!("{}/file_{}.bin", file.folder, file_id.get(4..16).unwrap_or_default());
        let answer = json!({
            "file_id": file_id,
            "file_unique_id": unique.get(..16),
            "file_size": file.bytes.len(),
            "file_path": path,
        });
        files.links.insert(path, (file_id.into(), now + LINK_SECS));
        Ok(answer)
    }

    /// What a download link leads to, and whose it is.
    pub(super) fn linked(&self, path: &str) -> Option<(Bytes, i64)> {
        let world = lock(&self.inner.world);
        let (file_id, until) = world.files.links.get(path)?;
        let file = world.files.get(file_id).filter(|_| self.now_secs() < *until)?;
        Some((file.bytes.clone(), file.chat))
    }

    /// Keeps a person's photo in the sizes that Telegram makes of it, smallest first: `message.photo` on the wire.
    pub(super) fn keep_photo(&self, chat: i64, bytes: &Bytes) -> Value {
        let sizes = sizes_of(bytes);
        let mut world = lock(&self.inner.world);
        sizes
            .iter()
            .map(|size| {
                let file_id = world.files.add(File { bytes: size.bytes.clone(), folder: "photos", chat });
                json!({
                    "file_id": file_id,
                    "file_unique_id": digest(&size.bytes).get(..16),
                    "file_size": size.bytes.len(),
                    "width": size.width,
                    "height": size.height,
                })
            })
            .collect()
    }
}

struct Size {
    bytes: Bytes,
    width: u32,
    height: u32,
}

/// A photo and its smaller copies. Remembered by content: stories send the same few photos over and over.
fn sizes_of(bytes: &Bytes) -> Arc<Vec<Size>> {
    static KNOWN: LazyLock<Mutex<HashMap<String, Arc<Vec<Size>>>>> = LazyLock::new(Mutex::default);
    let name = digest(bytes);
    if let Some(known) = lock(&KNOWN).get(&name) {
        return Arc::clone(known);
    }
    let made = Arc::new(make_sizes(bytes));
    let mut known = lock(&KNOWN);
    if known.len() > 64 {
        known.clear();
    }
    known.insert(name, Arc::clone(&made));
    made
}

fn make_sizes(bytes: &Bytes) -> Vec<Size> {
    // What no picture program can read arrives as it is: a story about broken photos.
    let Ok(photo) = Photo::decode(bytes) else {
        return vec![Size { bytes: bytes.clone(), width: 90, height: 90 }];
    };
    let (width, height) = photo.size();
    let smaller = [90, 320].into_iter().filter(|side| *side < width.max(height)).map(|side| {
        let (copy, (width, height)) = photo.shrunk(side);
        Size { bytes: Bytes::from(copy), width, height }
    });
    smaller.chain([Size { bytes: bytes.clone(), width, height }]).collect()
}
