//! Tests of [`prepare`](super::prepare) from bytes to bytes.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use super::testing::{encoded, jpeg, turned};
use super::*;

mod frames;
mod hostile;
mod kinds;

/// Keeps the photo's shape and asks for no size.
const OWN: Wanted = Wanted { ratio: None, min_side_px: 2, max_aspect: 2.5 };
/// The frame of a video for phones.
const TALL: Wanted = Wanted { ratio: Some((9, 16)), min_side_px: 300, max_aspect: 2.5 };

fn picture(prepared: &Prepared) -> RgbImage {
    let decoded = image::load_from_memory(&prepared.jpeg).unwrap();
    assert_eq!((decoded.width(), decoded.height()), (prepared.width, prepared.height));
    assert_eq!((prepared.width % 2, prepared.height % 2), (0, 0));
    decoded.into_rgb8()
}

fn prepared(bytes: &[u8], wanted: &Wanted) -> RgbImage {
    picture(&prepare(bytes, wanted).unwrap())
}

#[track_caller]
fn assert_near(found: Rgb<u8>, wanted: [u8; 3], levels: u8) {
    let is_near = found.0.iter().zip(wanted).all(|(found, wanted)| found.abs_diff(wanted) <= levels);
    assert!(is_near, "{found:?} instead of {wanted:?}");
}

fn plain(width: u32, height: u32, colour: [u8; 3]) -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_pixel(width, height, Rgb(colour)))
}
