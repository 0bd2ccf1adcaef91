//! Prepares a seller's photo for a model that turns a picture into a video.
//!
//! The photo comes from a stranger. It is checked, decoded within a budget of memory, scaled down, turned upright, put on white, converted
//! to sRGB, extended to the frame of the video and encoded as a plain JPEG. Nothing of the photo is cut off.

mod colour;
mod format;
mod frame;
mod head;
mod jpeg;
mod pixels;
mod plan;
mod png;
mod riff;
mod scale;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod webp;

use std::panic::AssertUnwindSafe;

use image::{DynamicImage, ExtendedColorType, ImageEncoder, RgbImage, codecs::jpeg::JpegEncoder};

pub use head::PIXELS_MAX;
pub use plan::{ENLARGEMENT_MAX, PHOTO_ASPECT_MAX, SIDE_MAX_PX};

use format::Format;
use plan::Plan;

/// Quality of the prepared JPEG, 1 to 100. At 90 no compression is visible, and the file stays below 2 MB.
const JPEG_QUALITY: u8 = 90;

/// What the model needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// Width and height of the video's frame, as a ratio: (9, 16). `None`, or a ratio with a zero, keeps the photo's own shape.
    pub ratio: Option<(u32, u32)>,
    /// Shortest side that the model accepts, pixels.
    pub min_side_px: u32,
    /// Largest longest:shortest side that the model accepts. It is checked on the prepared picture.
    pub max_aspect: f64,
}

/// A photo that the model accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// A baseline JPEG in sRGB without metadata.
    pub jpeg: Vec<u8>,
    /// Width in pixels, even.
    pub width: u32,
    /// Height in pixels, even.
    pub height: u32,
}

/// Why a photo cannot be prepared. The same bytes fail in the same way again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPhoto {
    /// By its first bytes the file is neither a JPEG nor a PNG nor a WebP.
    #[error("the file is neither a JPEG nor a PNG nor a WebP")]
    NotAnImage,
    /// The file is cut off or damaged, or it uses a part of its format that the decoder does not know.
    #[error("the file is cut off or damaged")]
    Damaged,
    /// The photo has more pixels than [`PIXELS_MAX`], or decoding it needs more memory than a function has.
    #[error("{width}x{height} px are too many to decode")]
    TooManyPixels {
        /// Width of the photo, pixels.
        width: u32,
        /// Height of the photo, pixels.
        height: u32,
    },
    /// The model needs a larger picture, and the photo would have to be enlarged more than [`ENLARGEMENT_MAX`] times.
    #[error("{width}x{height} px are too few for the model")]
    TooSmall {
        /// Width of the photo as it is viewed, pixels.
        width: u32,
        /// Height of the photo as it is viewed, pixels.
        height: u32,
    },
    /// One side is too long for the other: more than the model accepts, or more than [`PHOTO_ASPECT_MAX`] times.
    #[error("the photo is too long and narrow")]
    TooNarrow,
}

/// Makes of a photo's bytes the JPEG that the model gets. The same bytes and wishes give the same JPEG.
///
/// - The photo is turned upright by its EXIF orientation. Transparent parts become white. Of an animation only the first picture is used.
/// - The longer side has at most [`SIDE_MAX_PX`]. A smaller photo is enlarged only if the model needs it.
/// - If `wanted.ratio` is not the photo's, the photo is extended to it: by its own background if its edges are plain, otherwise by a
///   blurred copy of itself. A photo within one hundredth of the ratio is stretched by that hundredth.
///
/// The caller limits the length of `bytes`; they stay in memory beside the budget of the decoder.
///
/// # Errors
/// [`BadPhoto`] says what is wrong with the photo. The sizes are checked before any pixel is decoded.
pub fn prepare(bytes: &[u8], wanted: &Wanted) -> Result<Prepared, BadPhoto> {
    let format = Format::of(bytes).ok_or(BadPhoto::NotAnImage)?;
    unless_it_panics(|| prepare_format(format, bytes, wanted))
}

fn prepare_format(format: Format, bytes: &[u8], wanted: &Wanted) -> Result<Prepared, BadPhoto> {
    let head = format.head(bytes)?;
    let plan = Plan::new(head.upright_size(), wanted)?;
    let lying = if head.is_turned() { (plan.photo.1, plan.photo.0) } else { plan.photo };

    let pixels = format.decode(bytes, &head)?.without_alpha().ok_or(BadPhoto::Damaged)?;
    let small = scale::resize(pixels, lying).ok_or(BadPhoto::Damaged)?;
    let coloured = colour::to_srgb(small, head.icc.as_deref()).ok_or(BadPhoto::Damaged)?;
    let mut upright = DynamicImage::ImageRgb8(coloured);
    upright.apply_orientation(head.orientation);
    encode(&frame::extend(upright.into_rgb8(), plan.frame))
}

fn encode(picture: &RgbImage) -> Result<Prepared, BadPhoto> {
    let (width, height) = picture.dimensions();
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY);
    encoder.write_image(picture.as_raw(), width, height, ExtendedColorType::Rgb8).map_err(|_| BadPhoto::Damaged)?;
    Ok(Prepared { jpeg, width, height })
}

/// Takes a panic for a broken photo. Crafted bytes have made decoders panic (github.com/etemesi254/zune-image/issues/409). The decoder is
/// not used again after a panic.
fn unless_it_panics<T>(work: impl FnOnce() -> Result<T, BadPhoto>) -> Result<T, BadPhoto> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(BadPhoto::Damaged))
}
