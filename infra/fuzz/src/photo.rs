//! Target: the photo of a product.

use formats::photo::{SIDE_MAX_PX, Wanted, prepare};

/// Shortest side that the model of this target accepts, pixels. It is short, so that small seeds are prepared.
const MIN_SIDE_PX: u32 = 8;
/// Largest longest:shortest side that the model of this target accepts.
const MAX_ASPECT: f64 = 2.5;

/// Prepares a photo in its own shape and for the frame of a phone's video. The input is the bytes of a file.
pub fn photo(data: &[u8]) -> bool {
    let prepared = [None, Some((9, 16))].map(|ratio| {
        let wanted = Wanted { ratio, min_side_px: MIN_SIDE_PX, max_aspect: MAX_ASPECT };
        let photo = prepare(data, &wanted).ok()?;
        let (long, short) = (photo.width.max(photo.height), photo.width.min(photo.height));
        assert!(short >= MIN_SIDE_PX && long <= SIDE_MAX_PX, "{long} by {short} pixels");
        assert!(f64::from(long) / f64::from(short) <= MAX_ASPECT, "{long} by {short} pixels");
        assert!(long % 2 == 0 && short % 2 == 0, "{long} by {short} pixels");
        assert!(photo.jpeg.starts_with(b"\xff\xd8") && photo.jpeg.ends_with(b"\xff\xd9"), "it is no JPEG");
        Some(photo)
    });
    prepared.iter().any(Option::is_some)
}
