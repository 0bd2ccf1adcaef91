//! Scales pixels before anything else is done with them, so that the rest of the work is small.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};

use super::pixels::{Depth, Pixels};

/// Scales pixels of eight bits without alpha. `None` if the samples are not as many as the size says.
pub(super) fn resize(pixels: Pixels, (width, height): (u32, u32)) -> Option<Pixels> {
    if (pixels.width, pixels.height) == (width, height) {
        return Some(pixels);
    }
    let pixel_type = match pixels.kind.channels() {
        1 => PixelType::U8,
        3 => PixelType::U8x3,
        _ => PixelType::U8x4,
    };
    let source = ImageRef::new(pixels.width, pixels.height, &pixels.samples, pixel_type).ok()?;
    let mut scaled = Image::new(width, height, pixel_type);
    // No fourth channel is alpha here: it is the black of inks.
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom)).use_alpha(false);
    Resizer::new().resize(&source, &mut scaled, &options).ok()?;
    Some(Pixels { width, height, kind: pixels.kind, depth: Depth::Eight, samples: scaled.into_vec() })
}
