//! Reads the grey values of the small JPEG that Telegram keeps with a photo or file, so that the file itself need not be loaded.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use bytes::Bytes;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};

use crate::telegram::Telegram;
use crate::wire::read;

/// Largest thumbnail that is loaded or read, bytes. Telegram's thumbnails have some 20 KB.
pub const THUMBNAIL_MAX_BYTES: usize = 64 * 1024;
/// Longest side of a thumbnail that is read, pixels. Telegram's thumbnails have 320.
pub const THUMBNAIL_SIDE_MAX_PX: usize = 512;
/// Longest time from the request for a thumbnail to its last byte. The person waits meanwhile.
pub const THUMBNAIL_TIMEOUT: Duration = Duration::from_secs(1);

/// The brightness of each pixel of a JPEG (0 black, 255 white), row by row. `None` if the data is no JPEG, is incomplete, has a
/// colour space other than grey or YCbCr, or is over [`THUMBNAIL_MAX_BYTES`] or [`THUMBNAIL_SIDE_MAX_PX`]. The size is read from
/// the head, before any pixel is decoded.
#[must_use]
pub fn luma(jpeg: &[u8]) -> Option<Vec<u8>> {
    if jpeg.len() > THUMBNAIL_MAX_BYTES {
        return None;
    }
    let options = DecoderOptions::default()
        .set_use_unsafe(false)
        // Without strict mode the decoder would fill missing parts with grey.
        .set_strict_mode(true)
        .set_max_width(THUMBNAIL_SIDE_MAX_PX)
        .set_max_height(THUMBNAIL_SIDE_MAX_PX)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let decode = || JpegDecoder::new_with_options(ZCursor::new(jpeg), options).decode().ok();
    unless_it_panics(decode)
}

/// Catches a panic of a parser of pictures. The sender's app may make a document's thumbnail, and crafted bytes have made the
/// decoder panic (github.com/etemesi254/zune-image/issues/409). The parser is not used again after a panic.
pub(crate) fn unless_it_panics<T>(work: impl FnOnce() -> Option<T>) -> Option<T> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).ok().flatten()
}

impl Telegram {
    /// The grey values ([`luma`]) of the thumbnail with this `file_id`, within [`THUMBNAIL_TIMEOUT`]; `None` after any failure.
    pub async fn thumbnail(&self, file_id: &str) -> Option<Vec<u8>> {
        let loaded = tokio::time::timeout(THUMBNAIL_TIMEOUT, self.small_file(file_id)).await;
        let jpeg = loaded.unwrap_or_else(|_| Err(format!("the thumbnail was not complete within {THUMBNAIL_TIMEOUT:?}")));
        let grey = jpeg.and_then(|jpeg| luma(&jpeg).ok_or_else(|| "the thumbnail is not a small JPEG".to_owned()));
        grey.inspect_err(|reason| tracing::debug!(reason, "the thumbnail could not be read")).ok()
    }

    async fn small_file(&self, file_id: &str) -> Result<Bytes, String> {
        let file = self.get_file(file_id).await.map_err(|error| error.to_string())?;
        let download = self.download(&file, THUMBNAIL_MAX_BYTES as u64).await.map_err(|error| error.to_string())?;
        read(download.body, THUMBNAIL_MAX_BYTES, THUMBNAIL_TIMEOUT).await.map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::testing::{Answer, Script};
    use image::{DynamicImage, ImageFormat, RgbImage};
    use proptest::prelude::*;

    const READY: &str = r#"{"ok":true,"result":{"file_id":"T","file_unique_id":"t","file_path":"thumbnails/file_1.jpg"}}"#;

    /// A picture that is black on the left and orange (luma 173) on the right.
    fn picture(width: u32, height: u32) -> DynamicImage {
        let colour = |x, _| if x < width / 2 { image::Rgb([0, 0, 0]) } else { image::Rgb([255, 165, 0]) };
        DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, colour))
    }

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        encoded(&picture(width, height), ImageFormat::Jpeg)
    }

    async fn thumbnail(answers: impl IntoIterator<Item = Answer>) -> (Option<Vec<u8>>, Script) {
        let script = Script::new(answers);
        (Telegram::new(script.wire(), "http://tg", Secret::new("1:TOKEN")).thumbnail("T").await, script)
    }

    #[test]
    fn grey_values_come_row_by_row() {
        for source in [picture(40, 24), DynamicImage::ImageLuma8(picture(40, 24).to_luma8())] {
            let grey = luma(&encoded(&source, ImageFormat::Jpeg)).unwrap();
            assert_eq!(grey.len(), 40 * 24);
            for row in grey.chunks(40) {
                assert!(row[4] < 8 && row[35].abs_diff(173) < 8, "{row:?}");
            }
        }
    }

    #[test]
    fn an_incomplete_or_other_file_has_no_grey_values() {
        let whole = jpeg(64, 64);
        assert!(luma(&whole).is_some());
        assert_eq!(luma(&whole[..whole.len() * 3 / 4]), None);
        assert_eq!(luma(&encoded(&picture(8, 8), ImageFormat::Png)), None);
        for bytes in [&b""[..], b"\xff\xd8", b"\xff\xd8\xff\xd9", b"hello"] {
            assert_eq!(luma(bytes), None);
        }
    }

    #[test]
    fn a_large_one_is_not_read() {
        assert!(luma(&jpeg(512, 8)).is_some() && luma(&jpeg(8, 512)).is_some());
        assert_eq!((luma(&jpeg(513, 8)), luma(&jpeg(8, 513))), (None, None));
        let mut padded = jpeg(8, 8);
        padded.resize(THUMBNAIL_MAX_BYTES, 0);
        assert!(luma(&padded).is_some());
        padded.push(0);
        assert_eq!(luma(&padded), None);
    }

    #[test]
    fn a_panic_in_the_decoder_is_no_thumbnail() {
        assert_eq!(unless_it_panics(|| -> Option<u8> { panic!("index out of bounds") }), None);
        assert_eq!(unless_it_panics(|| Some(1)), Some(1));
    }

    proptest! {
        #[test]
        fn whatever_bytes_come_it_ends(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
            let mut bytes = jpeg(40, 24);
            for (at, value) in changes {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            let grey = luma(&bytes);
            prop_assert!(grey.is_none_or(|grey| grey.len() <= THUMBNAIL_SIDE_MAX_PX * THUMBNAIL_SIDE_MAX_PX));
        }
    }

    #[tokio::test]
    async fn a_thumbnail_is_loaded_by_its_id() {
        let (grey, script) = thumbnail([Answer::json(200, READY), Answer::with(200, [], jpeg(40, 24))]).await;
        assert_eq!(grey.unwrap().len(), 40 * 24);
        assert_eq!(script.seen()[0].json()["file_id"], "T");
        assert_eq!(script.seen()[1].uri, "http://tg/file/bot1:TOKEN/thumbnails/file_1.jpg");
    }

    #[tokio::test]
    async fn any_failure_is_no_thumbnail() {
        let ready = || Answer::json(200, READY);
        let unreadable = [
            vec![Answer::NeverArrived],
            vec![Answer::json(429, r#"{"ok":false,"error_code":429,"parameters":{"retry_after":5}}"#)],
            vec![ready(), Answer::with(404, [], "")],
            vec![ready(), Answer::Lost],
            vec![ready(), Answer::with(200, [], "hello")],
            vec![ready(), Answer::with(200, [], vec![0; THUMBNAIL_MAX_BYTES + 1])],
        ];
        for answers in unreadable {
            assert_eq!(thumbnail(answers.clone()).await.0, None, "{answers:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_thumbnail_is_given_up() {
        for answers in [vec![Answer::Silence], vec![Answer::json(200, READY), Answer::Silence]] {
            let started = tokio::time::Instant::now();
            assert_eq!(thumbnail(answers).await.0, None);
            assert_eq!(started.elapsed(), THUMBNAIL_TIMEOUT);
        }
    }
}
