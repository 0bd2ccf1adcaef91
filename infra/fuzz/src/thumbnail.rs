//! Target: the thumbnail of a photo.

use adapters::thumbnail::{THUMBNAIL_SIDE_MAX_PX, luma};
use domain::photo::Light;

/// Decodes a thumbnail and measures its light. The input is the bytes of a JPEG.
pub fn thumbnail(data: &[u8]) -> bool {
    let Some(grey) = luma(data) else { return false };
    assert!(grey.len() <= THUMBNAIL_SIDE_MAX_PX * THUMBNAIL_SIDE_MAX_PX, "{} pixels", grey.len());
    let light = Light::of(&grey);
    assert_eq!(light.is_none(), grey.is_empty());
    assert!(light.is_none_or(|light| light.dark <= light.bright), "{light:?}");
    true
}
