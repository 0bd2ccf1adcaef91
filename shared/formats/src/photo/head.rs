//! What the head of a file says, read before any pixel is decoded.

use image::metadata::Orientation;

use super::BadPhoto;

/// Largest number of pixels of a photo. The cameras of phones make up to 50 million, unless one asks them for more.
pub const PIXELS_MAX: u64 = 50_000_000;
/// Largest memory that decoding may take, bytes. A function has 512 MB; the rest is for the process, the file and the smaller pictures
/// which are made while the decoded one is still there (some 60 MB).
pub(super) const DECODING_MAX_BYTES: u64 = 360_000_000;

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
