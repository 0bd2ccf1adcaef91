//! Formats, orientations and colours.

use image::{ImageBuffer, Luma, Rgba, RgbaImage};
use moxcms::ColorProfile;

use super::*;
use crate::photo::testing::png_with_profile;

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 160, 0];
const BLUE: [u8; 3] = [0, 0, 255];
const GREY: [u8; 3] = [128; 3];

/// Red, green, blue and grey quarters, from the left above to the right below.
fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| match (x < width / 2, y < height / 2) {
        (true, true) => Rgb(RED),
        (false, true) => Rgb(GREEN),
        (true, false) => Rgb(BLUE),
        (false, false) => Rgb(GREY),
    })
}

fn corners(picture: &RgbImage) -> [Rgb<u8>; 4] {
    let (right, low) = (picture.width() - 9, picture.height() - 9);
    [(8, 8), (right, 8), (8, low), (right, low)].map(|(x, y)| *picture.get_pixel(x, y))
}

#[track_caller]
fn assert_corners(picture: &RgbImage, wanted: [[u8; 3]; 4], levels: u8) {
    corners(picture).into_iter().zip(wanted).for_each(|(found, wanted)| assert_near(found, wanted, levels));
}

#[test]
fn every_format_is_read() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let found = prepared(&encoded(&quarters(160, 128).into(), format), &OWN);
        assert_eq!(found.dimensions(), (160, 128), "{format:?}");
        assert_corners(&found, [RED, GREEN, BLUE, GREY], 6);
    }
}

/// Pictures of one pixel: lossy, lossy with alpha, and an animation. They are Google's, by which browsers are tested.
const WEBPS: [&[u8]; 3] = [
    b"RIFF\x22\x00\x00\x00WEBPVP8 \x16\x00\x00\x000\x01\x00\x9d\x01*\x01\x00\x01\x00\x0e\xc0\xfe%\xa4\x00\x03p\x00\x00\x00\x00",
    b"RIFFJ\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00ALPH\x0c\x00\x00\x00\x11\x07\x10\x11\xfd\x0fDD\xff\x03\x00\x00VP8 \x18\x00\x00\x00\x14\x01\x00\x9d\x01*\x01\x00\x01\x00\x00\x00\xfe\x00\x00\x0d\xc0\x00\xfe\xe6\xb5\x00\x00\x00",
    b"RIFFR\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x12\x00\x00\x00\x00\x00\x00\x00\x00\x00ANIM\x06\x00\x00\x00\xff\xff\xff\xff\x00\x00ANMF&\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00d\x00\x00\x00VP8L\x0d\x00\x00\x00/\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00",
];

#[test]
fn every_kind_of_webp_is_decoded() {
    for (bytes, channels) in WEBPS.into_iter().zip([3, 4, 4]) {
        let head = Format::WebP.head(bytes).unwrap();
        assert_eq!((head.width, head.height), (1, 1));
        assert_eq!(Format::WebP.decode(bytes, &head).unwrap().samples.len(), channels);
        (12..bytes.len() - 1).for_each(|end| assert!(Format::WebP.head(&bytes[..end]).is_err(), "{end} bytes"));
    }
}

#[test]
fn every_orientation_is_turned_upright() {
    let jpeg = encoded(&quarters(160, 96).into(), ImageFormat::Jpeg);
    // Where the upright picture has the colours of the stored one.
    let upright = [
        (1, (160, 96), [RED, GREEN, BLUE, GREY]),
        (2, (160, 96), [GREEN, RED, GREY, BLUE]),
        (3, (160, 96), [GREY, BLUE, GREEN, RED]),
        (4, (160, 96), [BLUE, GREY, RED, GREEN]),
        (5, (96, 160), [RED, BLUE, GREEN, GREY]),
        (6, (96, 160), [BLUE, RED, GREY, GREEN]),
        (7, (96, 160), [GREY, GREEN, BLUE, RED]),
        (8, (96, 160), [GREEN, GREY, RED, BLUE]),
    ];
    for (orientation, size, colours) in upright {
        let found = prepared(&turned(&jpeg, orientation), &OWN);
        assert_eq!(found.dimensions(), size, "orientation {orientation}");
        assert_corners(&found, colours, 8);
    }
    assert_eq!(prepared(&turned(&jpeg, 77), &OWN).dimensions(), (160, 96), "an unknown orientation is ignored");
}

#[test]
fn a_turned_photo_is_framed_upright() {
    let jpeg = encoded(&quarters(640, 360).into(), ImageFormat::Jpeg);
    assert_eq!(prepared(&turned(&jpeg, 6), &TALL).dimensions(), (360, 640), "it has the frame's ratio once it is upright");
}

#[test]
fn subsampled_and_progressive_jpegs_are_read() {
    // Y, Cb and Cr of a light and a dark grey.
    let grey = |x: u32, _| if x < 80 { [200, 128, 128, 0] } else { [60, 128, 128, 0] };
    for is_progressive in [false, true] {
        for sampling in [[(1, 1), (1, 1), (1, 1)], [(2, 2), (1, 1), (1, 1)], [(2, 1), (1, 1), (1, 1)], [(1, 2), (1, 1), (1, 1)]] {
            let layout = jpeg::Layout { sampling: &sampling, is_progressive, ..jpeg::HALF_COLOUR };
            for size in [(160, 96), (161, 97), (167, 103)] {
                let found = prepared(&jpeg::write(size, layout, grey), &OWN);
                assert_corners(&found, [[200; 3], [60; 3], [200; 3], [60; 3]], 4);
            }
        }
    }
}

#[test]
fn a_display_p3_photo_gets_srgb_colours() {
    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    let red = prepared(&png_with_profile(&plain(64, 64, [200, 50, 50]), p3.clone()), &OWN);
    // Computed by the matrices and curves of both spaces.
    assert_near(*red.get_pixel(32, 32), [218, 24, 40], 3);
    let grey = prepared(&png_with_profile(&plain(64, 64, [128; 3]), p3.clone()), &OWN);
    assert_near(*grey.get_pixel(32, 32), [128; 3], 2);
    let out_of_range = prepared(&png_with_profile(&plain(64, 64, RED), p3), &OWN);
    assert_near(*out_of_range.get_pixel(32, 32), RED, 3);
}

#[test]
fn an_srgb_profile_changes_nothing() {
    let picture = DynamicImage::ImageRgb8(quarters(96, 96));
    let srgb = ColorProfile::new_srgb().encode().unwrap();
    let without = prepare(&encoded(&picture, ImageFormat::Png), &OWN).unwrap();
    assert_eq!(prepare(&png_with_profile(&picture, srgb), &OWN).unwrap(), without);
}

#[test]
fn a_broken_or_foreign_profile_is_ignored() {
    let picture = DynamicImage::ImageRgb8(quarters(96, 96));
    let without = prepare(&encoded(&picture, ImageFormat::Png), &OWN).unwrap();
    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    let grey = ColorProfile::new_gray_with_gamma(2.2).encode().unwrap();
    for profile in [b"no profile".to_vec(), p3[..200].to_vec(), grey, vec![0xff; 1000]] {
        assert_eq!(prepare(&png_with_profile(&picture, profile), &OWN).unwrap(), without);
    }
}

#[test]
fn a_grey_photo_becomes_rgb() {
    let grey = encoded(
        &DynamicImage::ImageLuma8(quarters(96, 96).into_raw().chunks(3).map(|rgb| rgb[0]).collect::<Vec<_>>().into_grey(96)),
        ImageFormat::Png,
    );
    assert_corners(&prepared(&grey, &OWN), [[255; 3], [0; 3], [0; 3], [128; 3]], 3);
    let jpeg = jpeg::write((96, 96), jpeg::GREY, |x, _| [if x < 48 { 40 } else { 220 }; 4]);
    assert_corners(&prepared(&jpeg, &OWN), [[40; 3], [220; 3], [40; 3], [220; 3]], 3);
    let linear = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    let linear = png_with_profile(&DynamicImage::ImageLuma8(ImageBuffer::from_pixel(64, 64, Luma([55]))), linear);
    assert_near(*prepared(&linear, &OWN).get_pixel(32, 32), [128; 3], 4);
}

trait IntoGrey {
    fn into_grey(self, width: u32) -> image::GrayImage;
}

impl IntoGrey for Vec<u8> {
    fn into_grey(self, width: u32) -> image::GrayImage {
        let height = u32::try_from(self.len()).unwrap() / width;
        image::GrayImage::from_raw(width, height, self).unwrap()
    }
}

#[test]
fn inks_become_rgb() {
    // Cyan at the left, half black at the right.
    let inks = |x: u32, _| if x < 48 { [255, 0, 0, 0] } else { [0, 0, 0, 128] };
    let (cyan, half) = ([0, 255, 255], [127; 3]);
    let stored = |x, y| inks(x, y).map(|ink: u8| 255 - ink);
    let adobe = jpeg::write((96, 96), jpeg::INKS, stored);
    assert_corners(&prepared(&adobe, &OWN), [cyan, half, cyan, half], 4);
    let standard = jpeg::write((96, 96), jpeg::Layout { adobe: None, ..jpeg::INKS }, inks);
    assert_corners(&prepared(&standard, &OWN), [cyan, half, cyan, half], 4);
    // YCbCr of the inks (255, 0, 0), which is that of red.
    let ycck = |x: u32, _| if x < 48 { [76, 85, 255, 255] } else { [0, 128, 128, 127] };
    let ycck = jpeg::write((96, 96), jpeg::Layout { adobe: Some(2), ..jpeg::INKS }, ycck);
    assert_corners(&prepared(&ycck, &OWN), [cyan, half, cyan, half], 4);
}

#[test]
fn transparent_parts_become_white() {
    let mut cut_out = RgbaImage::from_pixel(96, 96, Rgba([10, 20, 30, 0]));
    cut_out.put_pixel(40, 40, Rgba([200, 0, 0, 255]));
    for x in 48..96 {
        (0..96).for_each(|y| cut_out.put_pixel(x, y, Rgba([200, 0, 0, 128])));
    }
    let picture = DynamicImage::ImageRgba8(cut_out);
    let (white, half) = ([255; 3], [227, 127, 127]);
    for bytes in [
        encoded(&picture, ImageFormat::Png),
        encoded(&picture, ImageFormat::WebP),
        encoded(&DynamicImage::ImageRgba16(picture.to_rgba16()), ImageFormat::Png),
    ] {
        assert_corners(&prepared(&bytes, &OWN), [white, half, white, half], 4);
    }
    let grey = DynamicImage::ImageLumaA8(picture.to_luma_alpha8());
    assert_near(*prepared(&encoded(&grey, ImageFormat::Png), &OWN).get_pixel(8, 8), white, 2);
    let grey = DynamicImage::ImageLumaA16(picture.to_luma_alpha16());
    assert_near(*prepared(&encoded(&grey, ImageFormat::Png), &OWN).get_pixel(8, 8), white, 2);
}

#[test]
fn sixteen_bits_become_eight() {
    let deep = DynamicImage::ImageRgb16(DynamicImage::ImageRgb8(quarters(96, 96)).to_rgb16());
    assert_corners(&prepared(&encoded(&deep, ImageFormat::Png), &OWN), [RED, GREEN, BLUE, GREY], 6);
    let deep = DynamicImage::ImageLuma16(ImageBuffer::from_pixel(64, 64, Luma([0x80ff])));
    assert_near(*prepared(&encoded(&deep, ImageFormat::Png), &OWN).get_pixel(8, 8), [0x81; 3], 1);
}

#[test]
fn the_jpeg_is_plain_and_always_the_same() {
    let bytes = turned(&encoded(&quarters(400, 300).into(), ImageFormat::Jpeg), 6);
    let first = prepare(&bytes, &TALL).unwrap();
    assert_eq!(prepare(&bytes, &TALL).unwrap(), first);
    let mut markers =
        first.jpeg.windows(2).filter(|pair| pair[0] == 0xff && (0xc0..=0xfe).contains(&pair[1])).map(|pair| pair[1]);
    assert!(markers.clone().any(|marker| marker == 0xc0), "it is baseline");
    assert!(!markers.any(|marker| (0xe1..=0xef).contains(&marker)), "it has no metadata");
}
