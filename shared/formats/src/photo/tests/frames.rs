//! Sizes and frames.

use super::*;
use crate::photo::testing::draw::{self, Background};

const RATIOS: [Option<(u32, u32)>; 5] = [Some((9, 16)), Some((3, 4)), Some((1, 1)), Some((16, 9)), None];

fn wanted(ratio: Option<(u32, u32)>) -> Wanted {
    Wanted { ratio, ..OWN }
}

#[track_caller]
fn assert_ratio(picture: &RgbImage, (across, down): (u32, u32)) {
    // Each side is rounded to an even number of pixels.
    let right = f64::from(picture.height()) * f64::from(across) / f64::from(down);
    assert!((f64::from(picture.width()) - right).abs() <= 4.0, "{:?} is not {across}:{down}", picture.dimensions());
}

/// Where a photo is in its frame: left, top, width and height.
fn place(photo: (u32, u32), frame: (u32, u32)) -> (u32, u32, u32, u32) {
    let zoom = f64::min(f64::from(frame.0) / f64::from(photo.0), f64::from(frame.1) / f64::from(photo.1));
    let side = |side: u32| (f64::from(side) * zoom).round() as u32;
    let (width, height) = (side(photo.0).min(frame.0), side(photo.1).min(frame.1));
    ((frame.0 - width) / 2, (frame.1 - height) / 2, width, height)
}

#[test]
fn every_photo_has_the_ratio_of_the_frame_and_is_whole() {
    for size in [(360, 480), (480, 270), (400, 400), (270, 480)] {
        for background in [Background::White, Background::Studio, Background::Busy] {
            let photo = draw::photo(size, background);
            for ratio in RATIOS {
                let found = prepared(&encoded(&photo.clone().into(), ImageFormat::Png), &wanted(ratio));
                assert_ratio(&found, ratio.unwrap_or(size));
                assert!(found.width() >= size.0 - 4 && found.height() >= size.1 - 4, "nothing is cut off or made smaller");
                let (left, top, width, height) = place(size, found.dimensions());
                if (width, height) == size {
                    assert_unchanged(&photo, &found, (left, top));
                }
            }
        }
    }
}

/// Checks that a photo is in a picture. JPEG changes every pixel a little.
#[track_caller]
fn assert_unchanged(photo: &RgbImage, picture: &RgbImage, (left, top): (u32, u32)) {
    let differences = photo.enumerate_pixels().flat_map(|(x, y, pixel)| {
        let found = picture.get_pixel(left + x, top + y);
        pixel.0.into_iter().zip(found.0).map(|(one, other)| f64::from(one.abs_diff(other)))
    });
    let mean = differences.sum::<f64>() / f64::from(3 * photo.width() * photo.height());
    assert!(mean < 4.0, "the photo differs by {mean} levels");
}

/// The difference between two rows: the mean of all differences, with their signs, in stretches of 16 pixels. Noise cancels out.
fn step(picture: &RgbImage, y: u32) -> f64 {
    let difference = |x: u32| f64::from(picture.get_pixel(x, y)[1]) - f64::from(picture.get_pixel(x, y - 1)[1]);
    let stretches = (0..picture.width() / 16).map(|at| (at * 16..at * 16 + 16).map(difference).sum::<f64>() / 16.0);
    stretches.map(f64::abs).fold(0.0, f64::max)
}

#[test]
fn a_plain_background_goes_on_without_a_seam() {
    for background in [Background::White, Background::Studio] {
        let size = (640, 480);
        let bytes = encoded(&draw::photo(size, background).into(), ImageFormat::Png);
        for ratio in [(9, 16), (3, 4), (1, 1)] {
            let found = prepared(&bytes, &wanted(Some(ratio)));
            let (_, top, _, height) = place(size, found.dimensions());
            // The rows of the photo's own edge, and around the joins. JPEG's blocks make steps of their own.
            let own =
                (1..16).map(|inside| step(&found, top + inside).max(step(&found, top + height - inside))).fold(0.0, f64::max);
            for join in [top - 1, top, top + 1, top + height - 1, top + height, top + height + 1] {
                let step = step(&found, join);
                assert!(step <= own + 1.5, "{background:?} {ratio:?}: a step of {step} at row {join}, inside {own}");
            }
        }
    }
}

#[test]
fn a_plain_background_goes_on_at_the_sides_too() {
    let size = (360, 640);
    let bytes = encoded(&draw::photo(size, Background::Studio).into(), ImageFormat::Png);
    let found = image::imageops::rotate90(&prepared(&bytes, &wanted(Some((1, 1)))));
    let (_, top, _, height) = place((size.1, size.0), found.dimensions());
    for join in [top, top + height] {
        assert!(step(&found, join) <= 3.0, "a step of {} at row {join}", step(&found, join));
    }
}

#[test]
fn a_gradient_goes_on_and_levels_off() {
    let gradient = RgbImage::from_fn(600, 400, |_, y| Rgb([(120 + y / 5) as u8; 3]));
    let found = prepared(&encoded(&gradient.into(), ImageFormat::Png), &wanted(Some((1, 1))));
    let middle: Vec<u8> = found.rows().map(|mut row| row.nth(300).unwrap()[0]).collect();
    assert!(middle.windows(2).all(|pair| pair[1] + 1 >= pair[0] && pair[1] <= pair[0] + 2), "it has no step: {middle:?}");
    assert!(middle[0] <= 120 && middle[0] >= 105 && middle[599] >= 199 && middle[599] <= 215, "{} to {}", middle[0], middle[599]);
}

#[test]
fn a_busy_background_is_framed_by_a_darker_copy() {
    let bytes = encoded(&draw::photo((480, 270), Background::Busy).into(), ImageFormat::Png);
    let found = prepared(&bytes, &TALL);
    let mean = |rows: std::ops::Range<u32>| {
        let parts = rows.clone().flat_map(|y| found.rows().nth(y as usize).unwrap()).flat_map(|pixel| pixel.0).map(f64::from);
        parts.sum::<f64>() / f64::from(3 * found.width() * (rows.end - rows.start))
    };
    let (_, top, _, height) = place((480, 270), found.dimensions());
    assert!(mean(0..top) < 0.8 * mean(top..top + height));
    assert!((1..top - 8).all(|y| step(&found, y) < 4.0), "the copy is blurred");
}

#[test]
fn a_thing_that_touches_the_edge_is_not_stretched_into_the_frame() {
    let mut photo = draw::photo((480, 270), Background::White);
    (100..200).for_each(|x| (0..60).for_each(|y| photo.put_pixel(x, y, Rgb([30, 30, 30]))));
    let found = prepared(&encoded(&photo.into(), ImageFormat::Png), &TALL);
    assert!(found.get_pixel(4, 4)[1] < 200, "the frame shows a copy");
}

#[test]
fn a_cut_out_stands_on_white() {
    let found = prepared(&encoded(&draw::cut_out((400, 300)).into(), ImageFormat::Png), &TALL);
    assert_eq!(found.dimensions(), (400, 710));
    (0..400).for_each(|x| assert_near(*found.get_pixel(x, 8), [255; 3], 0));
}

#[test]
fn a_large_photo_is_scaled_down_and_a_small_one_is_kept() {
    let bytes = encoded(&plain(3000, 2000, [90; 3]), ImageFormat::Png);
    assert_eq!(prepared(&bytes, &OWN).dimensions(), (2048, 1366));
    assert_eq!(prepared(&bytes, &TALL).dimensions(), (1152, 2048));
    assert_eq!(prepared(&encoded(&plain(333, 251, [90; 3]), ImageFormat::Png), &OWN).dimensions(), (332, 252));
}

#[test]
fn a_small_photo_is_enlarged_as_far_as_the_model_needs() {
    let wanted = Wanted { min_side_px: 300, ..OWN };
    let prepare = |side| prepare(&encoded(&plain(side, side, [90; 3]), ImageFormat::Png), &wanted).map(|found| found.width);
    assert_eq!([prepare(310), prepare(300), prepare(250), prepare(200)], [Ok(310), Ok(300), Ok(300), Ok(300)]);
    assert_eq!(prepare(199), Err(BadPhoto::TooSmall { width: 199, height: 199 }));
    let framed = Wanted { ratio: Some((9, 16)), ..wanted };
    let strip = encoded(&plain(300, 100, [90; 3]), ImageFormat::Png);
    assert_eq!(prepared(&strip, &framed).dimensions(), (300, 532), "the frame makes the shorter side longer");
}

#[test]
fn a_long_photo_is_refused_unless_a_frame_extends_it() {
    let strip = encoded(&plain(3000, 500, [90; 3]), ImageFormat::Png);
    assert_eq!(prepare(&strip, &OWN), Err(BadPhoto::TooNarrow));
    assert_eq!(prepared(&strip, &TALL).dimensions(), (1152, 2048));
    let limit = encoded(&plain(1000, 400, [90; 3]), ImageFormat::Png);
    assert_eq!(prepared(&limit, &OWN).dimensions(), (1000, 400));
    assert_eq!(prepare(&encoded(&plain(1010, 400, [90; 3]), ImageFormat::Png), &OWN), Err(BadPhoto::TooNarrow));
}

#[test]
fn a_thin_strip_is_refused_before_it_is_decoded() {
    let strip = encoded(&plain(1, 50_000, [90; 3]), ImageFormat::Png);
    for ratio in RATIOS {
        assert_eq!(prepare(&strip, &wanted(ratio)), Err(BadPhoto::TooNarrow));
    }
}
