//! Files that are no photos, are damaged, or are made to use up memory.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::photo::testing::with_segment;

/// Longest time in which a file is refused by its head. It takes less than a millisecond.
const HEAD_MAX: Duration = Duration::from_millis(500);

fn photo(width: u32, height: u32) -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| Rgb([(x * 7) as u8, (y * 5) as u8, ((x ^ y) * 3) as u8])))
}

fn progressive() -> jpeg::Layout<'static> {
    jpeg::Layout { is_progressive: true, ..jpeg::HALF_COLOUR }
}

fn waves(x: u32, y: u32) -> [u8; 4] {
    [(x * 7) as u8, (y * 3) as u8, 128, 0]
}

/// A photo of each kind, 64 by 48 pixels.
fn samples() -> Vec<Vec<u8>> {
    let mut samples: Vec<_> =
        [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP].map(|format| encoded(&photo(64, 48), format)).into();
    samples.push(jpeg::write((64, 48), jpeg::HALF_COLOUR, waves));
    samples.push(jpeg::write((64, 48), progressive(), waves));
    samples.push(jpeg::write((64, 48), jpeg::INKS, waves));
    samples.push(turned(&samples[0], 6));
    samples
}

fn refusal(bytes: &[u8]) -> Option<BadPhoto> {
    prepare(bytes, &OWN).err()
}

#[test]
fn other_files_are_no_image() {
    for bytes in
        [&b""[..], b"\xff\xd8", b"<!DOCTYPE html><html>", b"GIF89a", b"%PDF-1.7", b"RIFF\0\0\0\0WAVE", b"\0\0\0\x18ftypheic"]
    {
        assert_eq!(prepare(bytes, &OWN), Err(BadPhoto::NotAnImage), "{bytes:?}");
    }
}

#[test]
fn a_file_that_is_cut_off_is_broken() {
    for bytes in samples() {
        assert!(refusal(&bytes).is_none());
        for end in (12..bytes.len()).step_by(7).chain(bytes.len() - 12..bytes.len()) {
            assert_eq!(refusal(&bytes[..end]), Some(BadPhoto::Damaged), "{end} of {} bytes", bytes.len());
        }
    }
}

#[test]
fn a_jpeg_that_ends_properly_but_lacks_rows_is_broken() {
    let restarting = jpeg::Layout { restart_interval: 8, ..jpeg::HALF_COLOUR };
    for bytes in [
        encoded(&photo(512, 256), ImageFormat::Jpeg),
        jpeg::write((512, 256), jpeg::HALF_COLOUR, waves),
        jpeg::write((512, 256), restarting, waves),
    ] {
        assert!(refusal(&bytes).is_none());
        for share in 40..96 {
            let cut = [&bytes[..bytes.len() * share / 100], b"\xff\xd9"].concat();
            assert_eq!(refusal(&cut), Some(BadPhoto::Damaged), "{share} hundredths");
        }
    }
}

/// A PNG's head that claims a size.
fn claiming(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = encoded(&photo(8, 8), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    bytes
}

#[test]
fn a_plain_jpeg_is_whole() {
    let white = |_, _| [255, 128, 128, 0];
    for width in [16, 128, 512, 1000] {
        for layout in [jpeg::GREY, jpeg::HALF_COLOUR] {
            for restart_interval in [0, 1, 3, 4, 1000] {
                let bytes = jpeg::write((width, 160), jpeg::Layout { restart_interval, ..layout }, white);
                assert_eq!(prepare(&bytes, &Wanted { max_aspect: 10.0, ..OWN }).err(), None, "{width} {restart_interval}");
            }
        }
    }
}

#[test]
fn a_jpeg_with_another_scan_in_its_scan_is_broken() {
    let bytes = jpeg::write((64, 48), jpeg::HALF_COLOUR, waves);
    let scan = bytes.windows(2).rposition(|pair| pair == [0xff, 0xda]).unwrap();
    let middle = (scan + bytes.len()) / 2;
    let twice = [&bytes[..middle], &bytes[scan..]].concat();
    assert_eq!(refusal(&twice), Some(BadPhoto::Damaged));
    let interrupted = [&bytes[..middle], b"\xff\xfe\0\x02\xff\xd9"].concat();
    assert_eq!(refusal(&interrupted), Some(BadPhoto::Damaged));
}

#[test]
fn a_jpeg_of_many_segments_is_refused_quickly() {
    let jpeg = jpeg::write((64, 48), jpeg::HALF_COLOUR, waves);
    let extended =
        [b"http://ns.adobe.com/xmp/extension/\0".as_slice(), &[b'0'; 32], &[0, 0, 0xff, 0xff, 0, 0, 0, 1], b"x"].concat();
    let segment = with_segment(&jpeg, 0xe1, &extended)[2..extended.len() + 6].to_vec();
    let with = |count| [&jpeg[..2], &segment.repeat(count), &jpeg[2..]].concat();
    assert_eq!(refusal(&with(300)), None);
    let started = Instant::now();
    assert_eq!(refusal(&with(200_000)), Some(BadPhoto::Damaged));
    assert!(started.elapsed() < HEAD_MAX);
}

#[test]
fn a_head_that_hides_another_is_broken() {
    let jpeg = jpeg::write((64, 48), jpeg::HALF_COLOUR, waves);
    // To one reader a marker without a segment comes first, to another a segment that covers the frame header behind it.
    for marker in [0x01, 0xd0, 0xd8] {
        assert_eq!(refusal(&with_segment(&jpeg, marker, &jpeg[2..200])), Some(BadPhoto::Damaged), "{marker:x}");
    }
}

#[test]
fn a_claimed_size_is_refused_by_the_head() {
    let started = Instant::now();
    for (width, height) in [(50_000, 50_000), (u32::MAX, u32::MAX), (10_000, 5_001), (1 << 31, 1)] {
        assert_eq!(prepare(&claiming(width, height), &TALL), Err(BadPhoto::TooManyPixels { width, height }));
    }
    assert_eq!(prepare(&claiming(0, 7), &TALL), Err(BadPhoto::TooSmall { width: 0, height: 7 }));
    assert!(started.elapsed() < HEAD_MAX);
}

#[test]
fn a_webp_that_claims_a_size_is_refused_by_the_head() {
    let started = Instant::now();
    let mut lossless = encoded(&photo(8, 8), ImageFormat::WebP);
    lossless[21..25].copy_from_slice(&(16_382_u32 | 16_382 << 14).to_le_bytes());
    assert_eq!(prepare(&lossless, &TALL), Err(BadPhoto::TooManyPixels { width: 16_383, height: 16_383 }));
    // A small canvas with a large frame.
    let lossy = b"\x30\x01\0\x9d\x01\x2a\xff\x3f\xff\x3f\0\0";
    let mut hidden = b"RIFF\x2a\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x63\0\0\x63\0\0VP8 \x0c\0\0\0".to_vec();
    hidden.extend(lossy);
    assert_eq!(prepare(&hidden, &TALL), Err(BadPhoto::Damaged));
    assert!(started.elapsed() < HEAD_MAX);
}

#[test]
fn a_jpeg_that_needs_much_memory_is_refused_by_the_head() {
    let started = Instant::now();
    let sized = |layout, width: u16, height: u16| {
        let mut bytes = jpeg::write((16, 16), layout, waves);
        let frame = bytes.windows(2).position(|pair| pair[0] == 0xff && matches!(pair[1], 0xc0 | 0xc2)).unwrap();
        bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
        bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
        prepare(&bytes, &OWN)
    };
    let full_colour = jpeg::Layout { sampling: &[(1, 1); 3], ..progressive() };
    let too_many = Err(BadPhoto::TooManyPixels { width: 8000, height: 6000 });
    assert_eq!(sized(full_colour, 8000, 6000), too_many, "its coefficients take twice the memory of its pixels");
    assert_eq!(sized(jpeg::Layout { is_progressive: true, ..jpeg::INKS }, 8000, 6000), too_many);
    assert_eq!(sized(jpeg::HALF_COLOUR, 65_535, 65_535), Err(BadPhoto::TooManyPixels { width: 65_535, height: 65_535 }));
    assert_eq!(sized(jpeg::HALF_COLOUR, 0, 9), Err(BadPhoto::TooSmall { width: 0, height: 9 }));
    assert!(started.elapsed() < HEAD_MAX);
}

#[test]
fn a_jpeg_of_many_scans_is_broken() {
    let bytes = jpeg::write((64, 48), progressive(), waves);
    let last = bytes.windows(2).rposition(|pair| pair == [0xff, 0xda]).unwrap();
    let many = [&bytes[..bytes.len() - 2], &bytes[last..bytes.len() - 2].repeat(40), b"\xff\xd9"].concat();
    assert_eq!(prepare(&many, &OWN), Err(BadPhoto::Damaged));
}

#[test]
fn a_panic_is_a_broken_photo() {
    assert_eq!(unless_it_panics(|| -> Result<(), BadPhoto> { panic!("index out of bounds") }), Err(BadPhoto::Damaged));
}

/// Checks whatever a file was made of.
fn check(result: &Result<Prepared, BadPhoto>) {
    if let Ok(prepared) = result {
        let found = picture(prepared);
        assert!(found.width().max(found.height()) <= SIDE_MAX_PX && found.width().min(found.height()) >= 2);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_bytes_come_it_ends(
        sample in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let samples = samples();
        let mut bytes = samples[sample.index(samples.len())].clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        check(&prepare(&bytes, &OWN));
        check(&prepare(&bytes, &Wanted { min_side_px: 64, ..TALL }));
    }

    #[test]
    fn any_size_fits_any_frame(size in (1..400_u32, 1..400_u32), ratio in prop::option::of((1..20_u32, 1..20_u32)), min_side_px in 0..500_u32) {
        let wanted = Wanted { ratio, min_side_px, max_aspect: 4.0 };
        if let Ok(plan) = Plan::new(size, &wanted) {
            let (long, short) = (plan.frame.0.max(plan.frame.1), plan.frame.0.min(plan.frame.1));
            prop_assert!(short >= min_side_px && long <= SIDE_MAX_PX && long % 2 == 0 && short % 2 == 0, "{plan:?}");
            prop_assert!(f64::from(long) / f64::from(short) <= 4.0, "{plan:?}");
            prop_assert!(plan.photo.0 <= plan.frame.0 && plan.photo.1 <= plan.frame.1, "{plan:?}");
            prop_assert!(plan.photo.0 == plan.frame.0 || plan.photo.1 == plan.frame.1, "{plan:?}");
            prop_assert!(f64::from(plan.photo.0) <= f64::from(size.0) * ENLARGEMENT_MAX + 2.0, "{plan:?}");
        }
    }
}
