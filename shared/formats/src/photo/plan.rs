//! Decides the sizes of the prepared picture and of the photo in it.

use super::{BadPhoto, Wanted};

/// Longest side of a prepared picture, pixels. Models scale larger pictures down themselves.
pub const SIDE_MAX_PX: u32 = 2048;
/// How many times a photo may be enlarged to reach the model's shortest side. More makes it blurred.
pub const ENLARGEMENT_MAX: f64 = 1.5;
/// How many times longer than its shorter side a photo may be. In a frame, a longer strip would be too thin to show a product.
pub const PHOTO_ASPECT_MAX: u32 = 10;
/// How far a photo's ratio may be from the frame's without being extended. A stretch of a hundredth is not visible; an added strip of
/// a few pixels is.
const RATIO_TOLERANCE: f64 = 0.01;
/// Absorbs the rounding of floating-point numbers where two sizes are compared.
const ROUNDING: f64 = 1e-9;

/// The sizes of a prepared picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Width and height of the picture, pixels, both even.
    pub frame: (u32, u32),
    /// Width and height of the photo in the picture, pixels. One of them is the frame's, none is larger.
    pub photo: (u32, u32),
}

impl Plan {
    /// Plans for a photo of a size. The photo is at least one pixel wide and high.
    pub(super) fn new((width, height): (u32, u32), wanted: &Wanted) -> Result<Self, BadPhoto> {
        if u64::from(width.max(height)) > u64::from(width.min(height)) * u64::from(PHOTO_ASPECT_MAX) {
            return Err(BadPhoto::TooNarrow);
        }
        let own = f64::from(width) / f64::from(height);
        let ratio = match wanted.ratio {
            Some((across, down)) if across > 0 && down > 0 => f64::from(across) / f64::from(down),
            _ => own,
        };
        let is_extended = (own / ratio - 1.0).abs() > RATIO_TOLERANCE;
        let framed = if own > ratio {
            (f64::from(width), f64::from(width) / ratio)
        } else {
            (f64::from(height) * ratio, f64::from(height))
        };
        let frame = frame(framed, wanted).map_err(|bad| match bad {
            BadPhoto::TooSmall { .. } => BadPhoto::TooSmall { width, height },
            other => other,
        })?;
        let photo = match is_extended {
            false => frame,
            true if own > ratio => (frame.0, round(f64::from(frame.0) / own).clamp(1, frame.1)),
            true => (round(f64::from(frame.1) * own).clamp(1, frame.0), frame.1),
        };
        Ok(Self { frame, photo })
    }
}

/// The size of the picture, from the size it would have if the photo were not scaled.
fn frame((width, height): (f64, f64), wanted: &Wanted) -> Result<(u32, u32), BadPhoto> {
    let (long, short) = (width.max(height), width.min(height));
    let least = wanted.min_side_px.max(2).next_multiple_of(2);
    let mut scale = (f64::from(SIDE_MAX_PX) / long).min(1.0);
    if short * scale < f64::from(least) {
        scale = f64::from(least) / short;
    }
    if scale > ENLARGEMENT_MAX + ROUNDING {
        return Err(BadPhoto::TooSmall { width: 0, height: 0 });
    }
    // The shorter side is rounded up and the longer one down, so that rounding makes no picture too narrow for the model.
    let short_px = up_to_even(short * scale);
    let long_px = down_to_even(long * scale).max(short_px);
    if long_px > SIDE_MAX_PX || f64::from(long_px) / f64::from(short_px) > wanted.max_aspect {
        return Err(BadPhoto::TooNarrow);
    }
    Ok(if width < height { (short_px, long_px) } else { (long_px, short_px) })
}

/// The whole number next to a side's length. Lengths here are below [`SIDE_MAX_PX`] times [`PHOTO_ASPECT_MAX`].
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a conversion of f64 to u32 saturates, and sides are positive"
)]
fn round(side: f64) -> u32 {
    side.round() as u32
}

fn up_to_even(side: f64) -> u32 {
    round((side / 2.0 - ROUNDING).ceil()).saturating_mul(2)
}

fn down_to_even(side: f64) -> u32 {
    round((side / 2.0 + ROUNDING).floor()).saturating_mul(2)
}
