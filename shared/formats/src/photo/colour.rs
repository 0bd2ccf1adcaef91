//! Converts pixels to sRGB.

use std::{panic::AssertUnwindSafe, sync::Arc};

use image::RgbImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, ParsingOptions, Transform8BitExecutor, TransformOptions};

use super::pixels::{Kind, Pixels};

/// Largest profile that is read, bytes. Those of printers have up to 3 MB.
const PROFILE_MAX_BYTES: usize = 4_000_000;
/// How far a converted sample may be from its source in a profile that is sRGB by another name. Such profiles differ in rounding.
const SAME_LEVELS: u8 = 2;
/// Samples of colours by which sRGB is recognised: greys, the corners of the cube, and colours between.
const PROBE: [u8; 8] = [0, 20, 64, 100, 128, 180, 220, 255];

/// Converts pixels of eight bits without alpha. A profile that is broken, or made for other samples than the photo's, is ignored.
/// `None` if the samples are not as many as the size says.
pub(super) fn to_srgb(pixels: Pixels, icc: Option<&[u8]>) -> Option<RgbImage> {
    let Pixels { width, height, kind, mut samples, .. } = pixels;
    let (colours, layout) = match kind {
        Kind::Grey => (DataColorSpace::Gray, Layout::Gray),
        Kind::Rgb => (DataColorSpace::Rgb, Layout::Rgb),
        Kind::Cmyk | Kind::CmykInk | Kind::Ycck => (DataColorSpace::Cmyk, Layout::Rgba),
        Kind::GreyAlpha | Kind::Rgba => return None,
    };
    to_ink(kind, &mut samples);
    let converted = icc.and_then(|icc| transform(icc, colours, layout)).and_then(|transform| apply(&*transform, &samples, kind));
    RgbImage::from_raw(width, height, converted.unwrap_or_else(|| without_profile(kind, samples)))
}

/// Changes stored inks to shares of ink, 255 being full. Leaves other kinds as they are.
fn to_ink(kind: Kind, samples: &mut [u8]) {
    let (stored, _) = samples.as_chunks_mut::<4>();
    match kind {
        Kind::Cmyk => samples.iter_mut().for_each(|sample| *sample = 255 - *sample),
        Kind::Ycck => stored.iter_mut().for_each(|pixel| {
            let [y, cb, cr, black] = *pixel;
            let [c, m, yellow] = rgb_of_ycbcr(y, cb, cr);
            *pixel = [c, m, yellow, 255 - black];
        }),
        _ => {}
    }
}

/// JFIF's conversion.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a conversion of f32 to u8 saturates")]
fn rgb_of_ycbcr(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb].map(|part| part.round() as u8)
}

type Transform = Arc<Transform8BitExecutor>;

/// The conversion that a profile says, unless it changes nothing. Crafted profiles may make the library panic, as with the decoders.
fn transform(icc: &[u8], colours: DataColorSpace, layout: Layout) -> Option<Transform> {
    let make = || {
        let limits = ParsingOptions { max_profile_size: PROFILE_MAX_BYTES, ..ParsingOptions::default() };
        let profile = ColorProfile::new_from_slice_with_options(icc, limits).ok()?;
        if profile.color_space != colours {
            return None;
        }
        let srgb = ColorProfile::new_srgb();
        let transform = profile.create_transform_8bit(layout, &srgb, Layout::Rgb, TransformOptions::default()).ok()?;
        let changes = colours != DataColorSpace::Rgb || !keeps(&*transform);
        changes.then_some(transform)
    };
    std::panic::catch_unwind(AssertUnwindSafe(make)).ok().flatten()
}

/// Whether a conversion of RGB leaves the colours as they are.
fn keeps(transform: &Transform8BitExecutor) -> bool {
    let colours =
        PROBE.iter().flat_map(|red| PROBE.iter().flat_map(move |green| PROBE.iter().flat_map(move |blue| [*red, *green, *blue])));
    let source: Vec<u8> = colours.collect();
    let mut converted = vec![0; source.len()];
    transform.transform(&source, &mut converted).is_ok()
        && source.iter().zip(&converted).all(|(before, after)| before.abs_diff(*after) <= SAME_LEVELS)
}

fn apply(transform: &Transform8BitExecutor, samples: &[u8], kind: Kind) -> Option<Vec<u8>> {
    let channels = usize::try_from(kind.channels()).ok()?;
    let convert = || {
        let mut converted = vec![0; samples.len() / channels * 3];
        transform.transform(samples, &mut converted).ok().map(|()| converted)
    };
    std::panic::catch_unwind(AssertUnwindSafe(convert)).ok().flatten()
}

/// What a viewer shows that knows no profiles.
fn without_profile(kind: Kind, samples: Vec<u8>) -> Vec<u8> {
    match kind {
        Kind::Grey => samples.into_iter().flat_map(|grey| [grey; 3]).collect(),
        Kind::Cmyk | Kind::CmykInk | Kind::Ycck => {
            let (inks, _) = samples.as_chunks::<4>();
            inks.iter().flat_map(|[c, m, y, black]| [c, m, y].map(|ink| paper(*ink, *black))).collect()
        }
        _ => samples,
    }
}

/// The light that a coloured ink and black leave.
fn paper(ink: u8, black: u8) -> u8 {
    u8::try_from((u32::from(255 - ink) * u32::from(255 - black) + 127) / 255).unwrap_or(0)
}
