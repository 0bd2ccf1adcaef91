//! What the head of a file says, read before any pixel is decoded.

use image::metadata::Orientation;

use super::{BadPhoto, jpeg, pixels::Pixels, png, webp};

/// Largest number of pixels of a photo. The cameras of phones make up to 50 million, unless one asks them for more.
pub const PIXELS_MAX: u64 = 50_000_000;
/// Largest memory that decoding may take, bytes. A function has 512 MB; the rest is for the process, the file and the smaller pictures
/// which are made while the decoded one is still there (some 60 MB).
pub(super) const DECODING_MAX_BYTES: u64 = 320_000_000;

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Jpeg,
    Png,
    WebP,
}

/// The head of a file that may be decoded.
#[derive(Debug)]
pub(super) struct Head {
    pub width: u32,
    pub height: u32,
    /// How the decoded pixels are turned to be upright.
    pub orientation: Orientation,
    /// The embedded colour profile.
    pub icc: Option<Vec<u8>>,
}

impl Format {
    /// The format by the first bytes; a file's name says nothing.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if bytes.starts_with(png::SIGNATURE) {
            Some(Self::Png)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Some(Self::WebP)
        } else {
            None
        }
    }

    /// Reads the head, and checks that the file is whole and that its pixels fit into the memory.
    pub(super) fn head(self, bytes: &[u8]) -> Result<Head, BadPhoto> {
        match self {
            Self::Jpeg => jpeg::head(bytes),
            Self::Png => png::head(bytes),
            Self::WebP => webp::head(bytes),
        }
    }

    /// Decodes the first picture of the file.
    pub(super) fn decode(self, bytes: &[u8], head: &Head) -> Result<Pixels, BadPhoto> {
        match self {
            Self::Jpeg => jpeg::decode(bytes, head),
            Self::Png => png::decode(bytes),
            Self::WebP => webp::decode(bytes),
        }
    }
}

impl Head {
    /// Whether upright means that width and height change places.
    pub(super) fn is_turned(&self) -> bool {
        use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
        matches!(self.orientation, Rotate90 | Rotate90FlipH | Rotate270 | Rotate270FlipH)
    }

    pub(super) fn upright_size(&self) -> (u32, u32) {
        if self.is_turned() { (self.height, self.width) } else { (self.width, self.height) }
    }
}

/// Checks a picture's size and the bytes that decoding takes for each of its pixels.
pub(super) fn check_size((width, height): (u32, u32), bytes_per_pixel: u64) -> Result<(), BadPhoto> {
    let pixels = u64::from(width) * u64::from(height);
    match pixels {
        0 => Err(BadPhoto::TooSmall { width, height }),
        _ if pixels > PIXELS_MAX => Err(BadPhoto::TooManyPixels { width, height }),
        _ if pixels * bytes_per_pixel > DECODING_MAX_BYTES => Err(BadPhoto::TooManyPixels { width, height }),
        _ => Ok(()),
    }
}
