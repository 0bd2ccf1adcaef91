//! Photos for the tests, the benchmark, the pictures in the docs and the fuzz seeds. They are drawn, so that no file has to be kept.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "only tools run by hand and tests call it, with sizes that fit"
)]

pub mod draw;
pub mod jpeg;

use std::io::Cursor;

use image::{DynamicImage, ImageEncoder, ImageFormat, codecs::png::PngEncoder};

/// A picture as a file of a format.
#[must_use]
pub fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A picture as a PNG with a colour profile.
#[must_use]
pub fn png_with_profile(picture: &DynamicImage, icc: Vec<u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(icc).unwrap();
    let (width, height) = (picture.width(), picture.height());
    encoder.write_image(picture.as_bytes(), width, height, picture.color().into()).unwrap();
    bytes
}

/// A JPEG with an EXIF orientation, 1 to 8.
#[must_use]
pub fn turned(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let tiff = [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".as_slice(), &[orientation, 0, 0, 0, 0, 0, 0, 0]].concat();
    with_segment(jpeg, 0xe1, &[b"Exif\0\0", tiff.as_slice()].concat())
}

/// A JPEG with a segment after its first marker.
#[must_use]
pub fn with_segment(jpeg: &[u8], marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, body, &jpeg[2..]].concat()
}
