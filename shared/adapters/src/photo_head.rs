//! Reads the head of an image that was sent as a file, so that an unusable file is refused before the seller pays.
//!
//! EXIF rotation is not read. It swaps the sides, which changes the answer only for photos under 300 pixels, and cameras make larger
//! ones (test `a_turned_photo_has_the_same_flaw_unless_it_is_tiny` of the domain).

use std::time::Duration;

use bytes::Bytes;
use domain::photo::DOWNLOAD_MAX_BYTES;

use crate::telegram::Telegram;
use crate::thumbnail::unless_it_panics;
use crate::wire::peek;

/// Bytes of a file that are loaded. A camera writes tens of kB before the size: EXIF with a thumbnail, a colour profile.
pub const PHOTO_HEAD_BYTES: usize = 256 * 1024;
/// Longest time from the request for a file to the last byte of its head. The seller waits meanwhile.
pub const PHOTO_HEAD_TIMEOUT: Duration = Duration::from_secs(1);
/// Longest side of a WebP, pixels (developers.google.com/speed/webp/faq). A greater number has scaling bits, or no decoder takes it.
const WEBP_SIDE_MAX_PX: u32 = 16_384;
/// The brands of HEIC and HEIF files, of single images and of sequences (ISO/IEC 23008-12).
const HEIC_BRANDS: [&[u8; 4]; 10] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"];

/// What the head of a file says about the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhotoHead {
    /// A JPEG, PNG or WebP image: its width and height in pixels, or `None` if the head does not have them.
    Image(Option<(u32, u32)>),
    /// A HEIC or HEIF image.
    Heic,
    /// Another file.
    Other,
}

impl PhotoHead {
    /// Reads the first bytes of a file.
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
        match head {
            [0xff, 0xd8, 0xff, ..] => Self::Image(pixels(head)),
            // A PNG begins with its size (IHDR). Xcode's variant does not, and decoders refuse it.
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', _, _, _, _, b'I', b'H', b'D', b'R', ..] => {
                Self::Image(pixels(head))
            }
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
                Self::Image(pixels(head).filter(|(width, height)| *width.max(height) <= WEBP_SIDE_MAX_PX))
            }
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] if HEIC_BRANDS.iter().any(|known| brand.starts_with(*known)) => {
                Self::Heic
            }
            _ => Self::Other,
        }
    }
}

/// The width and height that the head states. A crafted file must not end the function, as for the thumbnail's decoder.
fn pixels(head: &[u8]) -> Option<(u32, u32)> {
    let size = unless_it_panics(|| imagesize::blob_size(head).ok())?;
    let (width, height) = (u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?);
    // A JPEG may state its height after the picture, and 0 in its head.
    (width > 0 && height > 0).then_some((width, height))
}

impl Telegram {
    /// The head of the file with this `file_id`, within [`PHOTO_HEAD_TIMEOUT`]; `None` after any failure. At most
    /// [`PHOTO_HEAD_BYTES`] and the rest of one chunk are loaded.
    pub async fn photo_head(&self, file_id: &str) -> Option<PhotoHead> {
        let loaded = tokio::time::timeout(PHOTO_HEAD_TIMEOUT, self.first_bytes(file_id)).await;
        let head = loaded.unwrap_or_else(|_| Err(format!("the head was not complete within {PHOTO_HEAD_TIMEOUT:?}")));
        let head = head.inspect_err(|reason| tracing::debug!(reason, "the head of a file could not be read"));
        head.ok().map(|head| PhotoHead::of(&head))
    }

    async fn first_bytes(&self, file_id: &str) -> Result<Bytes, String> {
        let file = self.get_file(file_id).await.map_err(|error| error.to_string())?;
        let download = self.download(&file, DOWNLOAD_MAX_BYTES).await.map_err(|error| error.to_string())?;
        // The rest is dropped unread, which closes the connection.
        let (head, _rest) = peek(download.body, PHOTO_HEAD_BYTES, PHOTO_HEAD_TIMEOUT).await.map_err(|error| error.to_string())?;
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::testing::{Answer, Script};
    use image::{ImageFormat, RgbImage};
    use proptest::prelude::*;
    use std::sync::{Arc, atomic::AtomicUsize, atomic::Ordering};

    const READY: &str = r#"{"ok":true,"result":{"file_id":"D","file_unique_id":"d","file_path":"documents/file_1.jpg"}}"#;
    const SIZED: PhotoHead = PhotoHead::Image(Some((40, 24)));

    fn encoded(format: ImageFormat) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        RgbImage::new(40, 24).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn jpeg() -> Vec<u8> {
        encoded(ImageFormat::Jpeg)
    }

    /// The marker of a JPEG's size, and the place of the marker's second byte.
    fn frame(jpeg: &[u8]) -> usize {
        jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap() + 1
    }

    fn webp(chunk: &[u8]) -> Vec<u8> {
        [b"RIFF\x40\0\0\0WEBP", chunk, &[0; 32]].concat()
    }

    /// The three kinds of WebP, of 40x24 pixels: lossy, lossless, and with more chunks.
    fn webps() -> [Vec<u8>; 3] {
        let lossless = (39_u32 | (23 << 14)).to_le_bytes();
        [
            webp(b"VP8 \x20\0\0\0\x10\0\0\x9d\x01\x2a\x28\0\x18\0"),
            webp(&[b"VP8L\x20\0\0\0\x2f", &lossless[..]].concat()),
            webp(b"VP8X\x0a\0\0\0\0\0\0\0\x27\0\0\x17\0\0"),
        ]
    }

    async fn photo_head(answers: impl IntoIterator<Item = Answer>) -> (Option<PhotoHead>, Script) {
        let script = Script::new(answers);
        (Telegram::new(script.wire(), "http://tg", Secret::new("1:TOKEN")).photo_head("D").await, script)
    }

    #[test]
    fn the_size_is_read_in_each_format() {
        let mut progressive = jpeg();
        let at = frame(&progressive);
        progressive[at] = 0xc2;
        for head in [jpeg(), progressive, encoded(ImageFormat::Png)].into_iter().chain(webps()) {
            assert_eq!(PhotoHead::of(&head), SIZED, "{head:?}");
        }
    }

    #[test]
    fn the_size_is_found_behind_long_metadata() {
        // Metadata with a JPEG inside, as EXIF has for its thumbnail: three segments of the greatest length.
        let inner = [&b"\xff\xe1\xff\xffExif\0\0\xff\xd8\xff\xc0\0\x11\x08\0\x01\0\x01"[..], &[0xff; 65_535 - 19]].concat();
        assert_eq!(inner.len(), 2 + 65_535);
        let head = [&jpeg()[..2], &inner.repeat(3), &jpeg()[2..]].concat();
        assert_eq!(PhotoHead::of(&head[..PHOTO_HEAD_BYTES.min(head.len())]), SIZED);
        let longer = [&jpeg()[..2], &inner.repeat(4), &jpeg()[2..]].concat();
        assert_eq!(PhotoHead::of(&longer[..PHOTO_HEAD_BYTES]), PhotoHead::Image(None));
    }

    #[test]
    fn a_head_without_a_usable_size_is_still_an_image() {
        let mut sized_later = jpeg();
        let at = frame(&sized_later);
        sized_later[at + 4..at + 6].fill(0);
        let scaled = webp(b"VP8 \x20\0\0\0\x10\0\0\x9d\x01\x2a\x28\x40\x18\0");
        for head in [&jpeg()[..20], &encoded(ImageFormat::Png)[..18], &webps()[0][..20], &sized_later, &scaled] {
            assert_eq!(PhotoHead::of(head), PhotoHead::Image(None), "{head:?}");
        }
    }

    #[test]
    fn another_file_is_no_image_whatever_its_name() {
        for brand in HEIC_BRANDS {
            assert_eq!(PhotoHead::of(&[b"\0\0\0\x24ftyp", &brand[..], b"\0\0\0\0mif1"].concat()), PhotoHead::Heic);
        }
        let others: [&[u8]; 9] = [
            b"",
            b"\xff\xd8",
            b"<!DOCTYPE html><title>photo.jpg</title>",
            b"%PDF-1.7",
            b"GIF89a\x28\0\x18\0",
            b"MZ",
            b"RIFF\x40\0\0\0WAVEfmt ",
            b"\0\0\0\x20ftypisom\0\0\0\0",
            b"\x89PNG\r\n\x1a\n\0\0\0\x04CgBI\x50\0\x20\x06",
        ];
        for head in others {
            assert_eq!(PhotoHead::of(head), PhotoHead::Other, "{head:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_bytes_come_the_size_is_none_or_the_same_in_a_shorter_head(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
            format in 0..5_usize,
            cut in any::<prop::sample::Index>(),
        ) {
            let [lossy, lossless, extended] = webps();
            let mut bytes = [jpeg(), encoded(ImageFormat::Png), lossy, lossless, extended][format].clone();
            for (at, value) in changes {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            let whole = PhotoHead::of(&bytes);
            let shorter = PhotoHead::of(&bytes[..cut.index(bytes.len())]);
            prop_assert!([whole, PhotoHead::Image(None), PhotoHead::Other].contains(&shorter), "{whole:?} {shorter:?}");
            if let PhotoHead::Image(Some((width, height))) = whole {
                prop_assert!(width > 0 && height > 0);
            }
        }
    }

    #[tokio::test]
    async fn a_large_file_is_loaded_only_up_to_its_head() {
        let mut piece = jpeg();
        piece.resize(16 * 1024, 0);
        let read = Arc::new(AtomicUsize::new(0));
        let body = Answer::Pieces { piece: piece.into(), count: 1000, read: Arc::clone(&read) };
        let (head, script) = photo_head([Answer::json(200, READY), body]).await;
        assert_eq!(head, Some(SIZED));
        assert_eq!(read.load(Ordering::Relaxed), PHOTO_HEAD_BYTES / (16 * 1024));
        assert_eq!(Arc::strong_count(&read), 1, "the rest of the body was dropped");
        assert_eq!(script.seen()[0].json()["file_id"], "D");
        assert_eq!(script.seen()[1].uri, "http://tg/file/bot1:TOKEN/documents/file_1.jpg");
    }

    #[tokio::test]
    async fn a_file_shorter_than_a_head_is_loaded_whole() {
        let html = "<html>sign in to download photo.jpg</html>";
        let heic = b"\0\0\0\x24ftypheic\0\0\0\0mif1heic";
        let expected = [
            (jpeg(), SIZED),
            (jpeg()[..20].to_vec(), PhotoHead::Image(None)),
            (html.into(), PhotoHead::Other),
            (heic.to_vec(), PhotoHead::Heic),
            (vec![], PhotoHead::Other),
        ];
        for (body, head) in expected {
            assert_eq!(photo_head([Answer::json(200, READY), Answer::with(200, [], body)]).await.0, Some(head));
        }
    }

    #[tokio::test]
    async fn any_failure_is_no_head() {
        let ready = || Answer::json(200, READY);
        let too_big = r#"{"ok":false,"error_code":400,"description":"Bad Request: file is too big"}"#;
        let unreadable = [
            vec![Answer::NeverArrived],
            vec![Answer::json(400, too_big)],
            vec![Answer::json(429, r#"{"ok":false,"error_code":429,"parameters":{"retry_after":5}}"#)],
            vec![ready(), Answer::with(404, [], "<html>404 Not Found</html>")],
            vec![ready(), Answer::with(502, [], "<html>502 Bad Gateway</html>")],
            vec![ready(), Answer::Lost],
        ];
        for answers in unreadable {
            assert_eq!(photo_head(answers.clone()).await.0, None, "{answers:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_head_is_given_up() {
        let read = Arc::new(AtomicUsize::new(0));
        let stalled = Answer::Pieces { piece: jpeg().into(), count: 1, read: Arc::clone(&read) };
        let ready = || Answer::json(200, READY);
        for answers in [vec![Answer::Silence], vec![ready(), Answer::Silence], vec![ready(), stalled]] {
            let started = tokio::time::Instant::now();
            assert_eq!(photo_head(answers).await.0, None);
            assert_eq!(started.elapsed(), PHOTO_HEAD_TIMEOUT);
        }
        assert_eq!((read.load(Ordering::Relaxed), Arc::strong_count(&read)), (1, 1));
    }
}
