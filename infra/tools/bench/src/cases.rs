//! The photos that are measured.
//!
//! Measured on a shared x86-64 core of 2026, for 9:16. The memory is that of the whole process, with the file.
//!
//! | photo | CPU, s | peak memory, MB |
//! |---|--:|--:|
//! | 12 MP JPEG, baseline and progressive | 0.15, 0.17 | 58, 81 |
//! | 12 MP PNG, 8 bits and 16 bits with alpha | 0.17, 0.38 | 78, 178 |
//! | 12 MP WebP, lossless | 0.25 | 99 |
//! | 50 MP JPEG, baseline and progressive | 0.37, 0.44 | 193, 319 |
//! | 50 MP PNG (a file of 97 MB) | 0.42 | 274 |

use formats::photo::testing::{draw::noise, encoded, jpeg};
use image::{DynamicImage, ImageBuffer, ImageFormat, Rgb, RgbImage};

use crate::measure;

/// Width and height of a phone's usual photo, pixels: 12 megapixels.
const USUAL: (u32, u32) = (4032, 3024);
/// Width and height of the largest photo that is accepted, pixels: 49.9 megapixels.
const LARGEST: (u32, u32) = (8160, 6120);
/// Step of the coefficients. With the noise it makes files as large as those of phones.
const STEP: u8 = 6;

/// A photo that is made when it is measured.
struct Case {
    name: &'static str,
    bytes: fn() -> Vec<u8>,
}

const CASES: [Case; 9] = [
    Case { name: "12 MP JPEG", bytes: || phone(USUAL, false) },
    Case { name: "12 MP JPEG, progressive", bytes: || phone(USUAL, true) },
    Case { name: "12 MP PNG", bytes: || encoded(&DynamicImage::ImageRgb8(rgb(USUAL)), ImageFormat::Png) },
    Case { name: "12 MP PNG, 16 bits, alpha", bytes: || encoded(&DynamicImage::ImageRgba16(deep(USUAL)), ImageFormat::Png) },
    Case { name: "12 MP WebP, lossless", bytes: || encoded(&DynamicImage::ImageRgb8(rgb(USUAL)), ImageFormat::WebP) },
    Case { name: "50 MP JPEG", bytes: || phone(LARGEST, false) },
    Case { name: "50 MP JPEG, progressive", bytes: || phone(LARGEST, true) },
    Case { name: "50 MP PNG", bytes: || encoded(&DynamicImage::ImageRgb8(rgb(LARGEST)), ImageFormat::Png) },
    Case { name: "50 MP JPEG, progressive, full colour", bytes: || progressive_with_full_colour(LARGEST) },
];

/// Measures every case, and returns a table.
pub(crate) fn measured() -> Result<String, String> {
    let mut table = "| photo | file, MB | wall, s | CPU, s | peak memory, MB | result |\n|---|--:|--:|--:|--:|---|".to_owned();
    for case in &CASES {
        let bytes = (case.bytes)();
        let run = measure::in_a_process(&bytes)?;
        table += &format!("\n| {} | {:.1} | {run} |", case.name, bytes.len() as f64 / 1e6);
    }
    Ok(table)
}

/// A light that falls off, with the noise of a camera.
fn light(x: u32, y: u32) -> f32 {
    let (across, down) = (x as f32 / 4032.0 - 0.5, y as f32 / 3024.0 - 0.5);
    let edge = if (x / 97 + y / 61).is_multiple_of(7) { 30.0 } else { 0.0 };
    190.0 - 60.0 * (across * across + down * down) - edge + noise(x, y) * 16.0
}

fn sample(x: u32, y: u32) -> [u8; 4] {
    [light(x, y) as u8, 120 + (x / 64 % 16) as u8, 136 - (y / 64 % 16) as u8, 0]
}

fn phone(size: (u32, u32), is_progressive: bool) -> Vec<u8> {
    jpeg::write(size, jpeg::Layout { is_progressive, step: STEP, ..jpeg::HALF_COLOUR }, sample)
}

fn progressive_with_full_colour(size: (u32, u32)) -> Vec<u8> {
    jpeg::write(size, jpeg::Layout { sampling: &[(1, 1); 3], is_progressive: true, step: STEP, ..jpeg::GREY }, sample)
}

fn rgb((width, height): (u32, u32)) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let light = light(x, y) as u8;
        Rgb([light, light.saturating_sub(4), light.saturating_sub(12)])
    })
}

fn deep((width, height): (u32, u32)) -> ImageBuffer<image::Rgba<u16>, Vec<u16>> {
    ImageBuffer::from_fn(width, height, |x, y| {
        let light = (light(x, y) * 200.0) as u16;
        image::Rgba([light, light, light / 2, if x < width / 8 { 0 } else { u16::MAX }])
    })
}
