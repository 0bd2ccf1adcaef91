//! Photos, albums and files from a person.

#![expect(clippy::indexing_slicing, reason = "JSON made here: reading what is absent gives null, writing adds it")]

use bytes::Bytes;
use futures_util::future::join_all;
use serde_json::json;

use super::Person;
use super::chat::Body;
use super::delivery::{Delivery, Queueing};
use crate::lock;

/// Most photos of one album.
const ALBUM_MAX: usize = 10;

/// The ids of albums begin after this number, so that they are as long as real ones.
const MEDIA_GROUPS_FROM: i64 = 13_900_000_000_000_000;

impl Person {
    /// Sends a photo, not as a document: the update has it in several sizes, the largest last.
    pub async fn send_photo(&self, bytes: impl Into<Bytes>) -> Delivery {
        self.send(self.photo(&bytes.into(), "", None)).await
    }

    /// Sends a photo with a caption.
    pub async fn send_photo_with_caption(&self, bytes: impl Into<Bytes>, caption: &str) -> Delivery {
        self.send(self.photo(&bytes.into(), caption, None)).await
    }

    /// Sends photos as an album without a caption: see [`Person::send_album_with_caption`].
    pub async fn send_album(&self, photos: Vec<Bytes>) -> Vec<Delivery> {
        self.send_album_with_caption(photos, "").await
    }

    /// Sends photos as an album. Each photo is a separate message and update. The photos arrive in order with the same
    /// `media_group_id`, and the first has the caption; no update has the number of photos. Photos that do not fit go into
    /// further albums. A single photo is not an album.
    pub async fn send_album_with_caption(&self, photos: Vec<Bytes>, caption: &str) -> Vec<Delivery> {
        let mut updates = Vec::new();
        let mut caption = caption;
        for album in photos.chunks(ALBUM_MAX) {
            let group = (album.len() > 1).then(|| self.new_group());
            for photo in album {
                updates.push(self.written(self.photo(photo, std::mem::take(&mut caption), group.as_deref())));
            }
        }
        join_all(updates.into_iter().map(|update| self.telegram.deliver(self.id, update, Queueing::Waits))).await
    }

    /// Sends a file as a document. A picture gets a small copy, `document.thumbnail`.
    pub async fn send_document(&self, bytes: impl Into<Bytes>, mime: &str, name: &str) -> Delivery {
        let document = self.telegram.keep_document(self.id, bytes.into(), mime, name);
        self.send(Body::Sent(json!({ "document": document }))).await
    }

    /// The fields of the message. An empty caption is left out.
    fn photo(&self, bytes: &Bytes, caption: &str, group: Option<&str>) -> Body {
        let mut fields = json!({ "photo": self.telegram.keep_photo(self.id, bytes) });
        if !caption.is_empty() {
            fields["caption"] = json!(caption);
        }
        if let Some(group) = group {
            fields["media_group_id"] = json!(group);
        }
        Body::Sent(fields)
    }

    fn new_group(&self) -> String {
        let mut state = lock(&self.telegram.inner.state);
        state.albums += 1;
        (MEDIA_GROUPS_FROM + state.albums).to_string()
    }
}
