//! Files that people and the bot sent (core.telegram.org/bots/api#getfile).

#![expect(clippy::indexing_slicing, reason = "JSON made here: reading what is absent gives null, writing adds it")]

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

/// How long a link to a file is valid. Telegram promises at least an hour; here it is exactly one.
const LINK_SECS: i64 = 3600;

/// The longest sides of a photo's smaller copies, and of the picture in front of a file.
const SMALL_SIDE: u32 = 90;
const THUMBNAIL_SIDE: u32 = 320;

/// Most photos whose copies are cached.
const REMEMBERED_MAX: usize = 64;

pub struct File {
    pub bytes: Bytes,
    /// The beginning of the file's path: "photos", "thumbnails", "documents", "videos" or "animations".
    pub folder: &'static str,
    /// The chat in which the file was sent, if any.
    pub chat: Option<i64>,
    /// Width, height and seconds of a video or an animation, as Telegram states them.
    pub film: Option<(u32, u32, u64)>,
}

#[derive(Default)]
pub struct Files {
    files: BTreeMap<String, File>,
    /// From the path to the file id and the second in which its link expires.
    links: BTreeMap<String, (String, i64)>,
}

impl Files {
    /// Every file, by its id.
    pub fn all(&self) -> impl Iterator<Item = (&String, &File)> {
        self.files.iter()
    }

    /// Puts back a file of an earlier run.
    pub fn put_back(&mut self, file_id: String, file: File) {
        self.files.insert(file_id, file);
    }

    pub fn add(&mut self, file: File) -> String {
        // The bot's id of this file: opaque and as long as a real one.
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
        let mut state = lock(&self.inner.state);
        let files = &mut state.files;
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

    /// The file behind a download link, and its chat.
    pub(super) fn linked(&self, path: &str) -> Option<(Bytes, Option<i64>)> {
        let state = lock(&self.inner.state);
        let (file_id, until) = state.files.links.get(path)?;
        let file = state.files.get(file_id).filter(|_| self.now_secs() < *until)?;
        Some((file.bytes.clone(), file.chat))
    }

    /// Stores a person's photo in the sizes that Telegram makes of it, smallest first; returns `message.photo`.
    pub(super) fn keep_photo(&self, chat: i64, bytes: &Bytes) -> Value {
        let copies = copies_of(bytes);
        let files = &mut lock(&self.inner.state).files;
        copies.sizes.iter().map(|size| files.photo_size(size, "photos", chat)).collect()
    }

    /// Stores a person's file, with a thumbnail if it is a picture; returns `message.document`.
    pub(super) fn keep_document(&self, chat: i64, bytes: Bytes, mime: &str, name: &str) -> Value {
        let (unique, size, copies) = (digest(&bytes), bytes.len(), copies_of(&bytes));
        let files = &mut lock(&self.inner.state).files;
        let file_id = files.add(File { bytes, folder: "documents", chat: Some(chat), film: None });
        let mut document = json!({
            "file_id": file_id,
            "file_unique_id": unique.get(..16),
            "file_name": name,
            "mime_type": mime,
            "file_size": size,
        });
        if let Some(thumbnail) = &copies.thumbnail {
            document["thumbnail"] = files.photo_size(thumbnail, "thumbnails", chat);
        }
        document
    }
}

impl Files {
    /// Stores one size of a picture; returns its `PhotoSize`.
    fn photo_size(&mut self, size: &Size, folder: &'static str, chat: i64) -> Value {
        let file_id = self.add(File { bytes: size.bytes.clone(), folder, chat: Some(chat), film: None });
        json!({
            "file_id": file_id,
            "file_unique_id": digest(&size.bytes).get(..16),
            "file_size": size.bytes.len(),
            "width": size.width,
            "height": size.height,
        })
    }
}

#[derive(Clone)]
struct Size {
    bytes: Bytes,
    width: u32,
    height: u32,
}

/// The copies that Telegram makes of a picture.
struct Copies {
    /// For a photo: the smaller copies, then the photo itself.
    sizes: Vec<Size>,
    /// For a file: its thumbnail; `None` if it is no picture.
    thumbnail: Option<Size>,
}

/// The copies of a picture, cached by content: scenarios send the same few photos many times.
fn copies_of(bytes: &Bytes) -> Arc<Copies> {
    static KNOWN: LazyLock<Mutex<HashMap<String, Arc<Copies>>>> = LazyLock::new(Mutex::default);
    let name = digest(bytes);
    if let Some(known) = lock(&KNOWN).get(&name) {
        return Arc::clone(known);
    }
    let made = Arc::new(make_copies(bytes));
    let mut known = lock(&KNOWN);
    if known.len() > REMEMBERED_MAX {
        known.clear();
    }
    known.insert(name, Arc::clone(&made));
    made
}

fn make_copies(bytes: &Bytes) -> Copies {
    let whole = |width, height| Size { bytes: bytes.clone(), width, height };
    // An undecodable photo arrives unchanged, for tests with broken photos.
    let Ok(photo) = Photo::decode(bytes) else {
        return Copies { sizes: vec![whole(SMALL_SIDE, SMALL_SIDE)], thumbnail: None };
    };
    let (width, height) = photo.size();
    let longest = width.max(height);
    let copy = |side: u32| {
        let (copy, (width, height)) = photo.shrunk(side.min(longest));
        Size { bytes: Bytes::from(copy), width, height }
    };
    let thumbnail = copy(THUMBNAIL_SIDE);
    let small = (SMALL_SIDE < longest).then(|| copy(SMALL_SIDE));
    let medium = (THUMBNAIL_SIDE < longest).then(|| thumbnail.clone());
    let sizes = small.into_iter().chain(medium).chain([whole(width, height)]).collect();
    Copies { sizes, thumbnail: Some(thumbnail) }
}
