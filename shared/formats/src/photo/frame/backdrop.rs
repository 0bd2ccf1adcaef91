//! A blurred copy of the photo, which fills the frame behind the photo.

use image::{
    RgbImage,
    imageops::{self, FilterType},
};

/// Longest side of the copy on which the blur is computed, pixels. Enlarging the copy blurs it further.
const SMALL_SIDE_PX: f64 = 96.0;
/// Standard deviation of the blur on the small copy, pixels.
const BLUR_PX: f32 = 3.0;
/// Brightness of the copy. The photo in front of it stays the brightest part.
const BRIGHTNESS: f32 = 0.62;

/// A picture of the frame's size. The photo is enlarged until it covers the frame, and its middle is used.
pub(super) fn behind(photo: &RgbImage, (width, height): (u32, u32)) -> RgbImage {
    let (across, down) = (f64::from(width), f64::from(height));
    let zoom = f64::max(across / f64::from(photo.width()), down / f64::from(photo.height()));
    let part = (side(across / zoom), side(down / zoom));
    let middle = ((photo.width().saturating_sub(part.0)) / 2, (photo.height().saturating_sub(part.1)) / 2);
    let part = imageops::crop_imm(photo, middle.0, middle.1, part.0, part.1).to_image();

    let shrink = SMALL_SIDE_PX / across.max(down);
    let small = imageops::resize(&part, side(across * shrink), side(down * shrink), FilterType::Triangle);
    let mut small = imageops::blur(&small, BLUR_PX);
    small.iter_mut().for_each(|part| *part = darker(*part));
    imageops::resize(&small, width, height, FilterType::CatmullRom)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a conversion of f64 to u32 saturates, and sides are positive"
)]
fn side(length: f64) -> u32 {
    (length.round() as u32).max(1)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a conversion of f32 to u8 saturates")]
fn darker(part: u8) -> u8 {
    (f32::from(part) * BRIGHTNESS).round() as u8
}
