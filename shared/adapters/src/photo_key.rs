//! The keys of prepared photos in the media store. KIE, the language model and their logs see the key in the photo's address, so the
//! key contains no id of the seller and cannot be guessed.

use domain::{catalog::Frame, ids::UserId};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::config::Secret;

/// Prefix of the hashed text, so that a hash made with the same key for another purpose is no key of a photo.
const PURPOSE: &[u8] = b"neurocards photo key 1\n";
/// Bytes of HMAC-SHA256 that are kept: 160 bits.
const MAC_BYTES: usize = 20;

/// Makes the keys of prepared photos.
#[derive(Clone)]
pub struct PhotoKeys(Hmac<Sha256>);

impl std::fmt::Debug for PhotoKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PhotoKeys(***)")
    }
}

impl PhotoKeys {
    /// The keys that this secret makes.
    #[must_use]
    pub fn new(key: &Secret) -> Self {
        let mut mac = key.hmac_sha256();
        mac.update(PURPOSE);
        Self(mac)
    }

    /// The key of a person's photo, prepared for a frame: the same for every order of the same photo and frame, and with the
    /// extension by which KIE knows the file's type. `unique_id` is Telegram's id of the file. `min_side_px` is the model's least
    /// length of a side, to which a small photo is enlarged. `version` is that of the preparation, so that a changed preparation
    /// makes new photos.
    #[must_use]
    pub fn key(&self, user: UserId, unique_id: &str, frame: Frame, min_side_px: u32, version: u32) -> String {
        let mut mac = self.0.clone();
        // The number before the text says where the text ends.
        let named = format!("{}/{version}/{}/{min_side_px}/{}/{unique_id}", user.0, frame.name(), unique_id.len());
        mac.update(named.as_bytes());
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        let name: String = whole.iter().take(MAC_BYTES).map(|byte| format!("{byte:02x}")).collect();
        format!("photos/{name}.jpg")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_key_is_the_same_for_the_same_photo_and_frame_only() {
        let keys = PhotoKeys::new(&Secret::new("signing-key"));
        let one = keys.key(UserId(42), "AQAD", Frame::Vertical, 300, 1);
        assert_eq!(one, keys.key(UserId(42), "AQAD", Frame::Vertical, 300, 1));
        let others = [
            keys.key(UserId(43), "AQAD", Frame::Vertical, 300, 1),
            keys.key(UserId(42), "AQAE", Frame::Vertical, 300, 1),
            keys.key(UserId(42), "AQAD", Frame::Own, 300, 1),
            keys.key(UserId(42), "AQAD", Frame::Vertical, 300, 2),
            keys.key(UserId(42), "AQAD", Frame::Vertical, 400, 1),
            PhotoKeys::new(&Secret::new("another")).key(UserId(42), "AQAD", Frame::Vertical, 300, 1),
        ];
        let all: BTreeSet<&String> = others.iter().chain([&one]).collect();
        assert_eq!(all.len(), 7);
    }

    #[test]
    fn a_key_contains_no_id_and_ends_as_kie_expects() {
        let key = PhotoKeys::new(&Secret::new("signing-key")).key(UserId(7_000_000_001), "AQADyL0xG5", Frame::Own, 300, 1);
        assert!(key.starts_with("photos/") && key.ends_with(".jpg") && key.len() == 51, "{key}");
        assert!(!key.contains("7000000001") && !key.contains("AQAD"), "{key}");
    }
}
