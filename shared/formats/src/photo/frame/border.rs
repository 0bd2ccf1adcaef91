//! The plain edge of a photo, and how it goes on beyond the photo.
//!
//! What goes on is made of two parts. The *background* starts with the colours along the edge. With the distance it loses its detail: first
//! small spots, then soft shadows. It follows the photo's gradient and levels off. The *grain* is the noise of the photo's own edge,
//! mirrored, because a background without noise would show where the photo ends.

use image::{Rgb, RgbImage, buffer::Pixels};

use super::smooth::{Colour, add, along, distance, mean, scaled, sub, zip};

/// Rows of the photo that are measured: a twentieth of its height, within these numbers.
const DEPTH_SHARE: usize = 20;
const DEPTH_MIN: usize = 16;
const DEPTH_MAX: usize = 64;
/// Rows of which the mean is the colour along the edge.
const EDGE_ROWS: usize = 6;
/// Differences within this many pixels are grain, larger ones are background.
const GRAIN_RADIUS_PX: usize = 3;

/// Largest grain of a plain edge: its root mean square, in grey levels. The noise of a phone in a dim room has 5.
const GRAIN_MAX: f32 = 6.0;
/// A pixel that differs more from its surroundings, in grey levels, is no noise.
const SPOT_LEVELS: f32 = 24.0;
/// Largest share of such pixels in a plain edge.
const SPOTS_MAX_SHARE: f32 = 0.004;
/// Largest step of a plain edge along a fiftieth of its length, in grey levels. A soft shadow has 8, the outline of a thing has 30.
const STEP_MAX: f32 = 10.0;
const STEP_SHARE: usize = 50;
/// Largest difference of two places of a plain edge, in grey levels.
const RANGE_MAX: f32 = 72.0;
/// Largest difference between the outer and the inner rows of a plain edge, in grey levels, in each of some sections.
const DEPTH_CHANGE_MAX: f32 = 12.0;
const SECTIONS: usize = 24;

/// Distances over which detail is lost, as shares of the edge's length.
const SPOTS_FADE_SHARE: usize = 40;
const SHADOWS_FADE_SHARE: usize = 3;
/// Widths within which colours are mixed, as shares of the edge's length.
const SPOTS_WIDTH_SHARE: usize = 64;
const SHADOWS_WIDTH_SHARE: usize = 6;
/// Distance within which a gradient levels off, as a multiple of the measured depth.
const GRADIENT_REACH: f32 = 3.0;
/// Largest change that a continued gradient adds, in grey levels. A steeper gradient levels off sooner.
const GRADIENT_MAX: f32 = 20.0;

/// A plain edge.
#[derive(Debug)]
pub(super) struct Border {
    /// The colours of the outermost rows without their grain.
    edge: Vec<Colour>,
    /// The same without small spots.
    without_spots: Vec<Colour>,
    /// The same without soft shadows.
    without_shadows: Vec<Colour>,
    /// The gradient's change in one pixel outwards.
    gradient: Colour,
    /// Rows of noise, from the edge inwards.
    grain: Vec<Vec<Colour>>,
}

impl Border {
    /// Measures the edge at which the rows of a photo start. `None` if it is not plain, or if the photo is too small to measure.
    pub(super) fn measure<'a>(rows: impl ExactSizeIterator<Item = Pixels<'a, Rgb<u8>>>) -> Option<Self> {
        let depth = (rows.len() / DEPTH_SHARE).clamp(DEPTH_MIN, DEPTH_MAX);
        let colours = |row: Pixels<'a, Rgb<u8>>| row.map(|pixel| pixel.0.map(f32::from)).collect();
        let strip: Vec<Vec<Colour>> = rows.take(depth).map(colours).collect();
        let length = strip.first()?.len();
        if strip.len() < DEPTH_MIN || length < DEPTH_MIN {
            return None;
        }
        let smooth = smoothed(&strip);
        let grain: Vec<Vec<Colour>> = strip.iter().zip(&smooth).map(|(row, smooth)| rows_with(row, smooth, sub)).collect();
        let profile = mean_row(smooth.get(..EDGE_ROWS)?);
        let without_spots = along(&profile, length / SPOTS_WIDTH_SHARE);
        if !is_noise(&grain) || !is_even(&without_spots) || !is_deep(&smooth) {
            return None;
        }
        Some(Self {
            edge: smooth.first()?.clone(),
            without_shadows: along(&profile, length / SHADOWS_WIDTH_SHARE),
            without_spots,
            gradient: gradient(&smooth),
            grain,
        })
    }

    /// Draws the row at a distance from the photo, in pixels; the row beside the photo has 0.
    pub(super) fn draw(&self, distance: u32, picture: &mut RgbImage, y: u32) {
        let length = self.edge.len();
        let away = distance as f32 + 0.5;
        let spots = eased(away / (length / SPOTS_FADE_SHARE).max(1) as f32);
        let shadows = eased(away / (length / SHADOWS_FADE_SHARE).max(1) as f32);
        let reach = GRADIENT_REACH * self.grain.len() as f32;
        let change = self.gradient.map(|step| levelled(step, away, reach));
        let Some(grain) = self.grain.get(mirrored(distance as usize, self.grain.len())) else { return };

        let background = self.edge.iter().zip(&self.without_spots).zip(&self.without_shadows).map(|((edge, calm), calmer)| {
            let fading = add(scaled(sub(*calm, *edge), spots), scaled(sub(*calmer, *calm), shadows));
            add(add(*edge, fading), change)
        });
        for ((x, background), grain) in (0..).zip(background).zip(grain) {
            if let Some(pixel) = picture.get_pixel_mut_checked(x, y) {
                pixel.0 = add(background, *grain).map(level);
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a conversion of f32 to u8 saturates")]
fn level(part: f32) -> u8 {
    part.round() as u8
}

/// The change at a distance of a gradient that starts with a step for each pixel and levels off.
fn levelled(step: f32, away: f32, reach: f32) -> f32 {
    let reach = reach.min(GRADIENT_MAX / step.abs().max(f32::EPSILON));
    step * reach * (1.0 - (-away / reach).exp())
}

/// 0 to 1 without a kink at either end.
fn eased(share: f32) -> f32 {
    let share = share.clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

/// A place in rows that are passed forwards and backwards.
fn mirrored(distance: usize, rows: usize) -> usize {
    let place = distance % (2 * rows).max(1);
    if place < rows { place } else { 2 * rows - 1 - place }
}

fn rows_with(one: &[Colour], other: &[Colour], with: impl Fn(Colour, Colour) -> Colour) -> Vec<Colour> {
    one.iter().zip(other).map(|(one, other)| with(*one, *other)).collect()
}

fn mean_row(rows: &[Vec<Colour>]) -> Vec<Colour> {
    let sum = rows.iter().skip(1).fold(rows.first().cloned().unwrap_or_default(), |sum, row| rows_with(&sum, row, add));
    sum.into_iter().map(|colour| scaled(colour, 1.0 / rows.len().max(1) as f32)).collect()
}

/// The rows without their grain.
fn smoothed(strip: &[Vec<Colour>]) -> Vec<Vec<Colour>> {
    let across: Vec<Vec<Colour>> = strip.iter().map(|row| along(row, 1)).collect();
    let near = |at: usize| {
        across.get(at.saturating_sub(GRAIN_RADIUS_PX)..(at + GRAIN_RADIUS_PX + 1).min(across.len())).unwrap_or_default()
    };
    (0..strip.len()).map(|at| mean_row(near(at))).collect()
}

fn is_noise(grain: &[Vec<Colour>]) -> bool {
    let pixels = grain.iter().flatten();
    let (mut squares, mut spots, mut count) = (0.0, 0.0, 0.0);
    for colour in pixels {
        let size = distance(*colour, [0.0; 3]);
        squares += size * size;
        spots += f32::from(u8::from(size > SPOT_LEVELS));
        count += 1.0;
    }
    squares <= GRAIN_MAX * GRAIN_MAX * count && spots <= SPOTS_MAX_SHARE * count
}

/// Whether the colours along the edge have no step and are near each other.
fn is_even(profile: &[Colour]) -> bool {
    let gap = (profile.len() / STEP_SHARE).max(1);
    let steps = profile.iter().zip(profile.iter().skip(gap));
    let least = profile.iter().fold([f32::MAX; 3], |least, colour| zip(least, *colour, f32::min));
    let most = profile.iter().fold([f32::MIN; 3], |most, colour| zip(most, *colour, f32::max));
    steps.into_iter().all(|(one, other)| distance(*one, *other) <= STEP_MAX) && distance(least, most) <= RANGE_MAX
}

/// Whether the inner rows have the colours of the outer ones, everywhere along the edge.
fn is_deep(rows: &[Vec<Colour>]) -> bool {
    let quarter = rows.len() / 4;
    let outer = mean_row(rows.get(..quarter).unwrap_or_default());
    let inner = mean_row(rows.get(rows.len() - quarter..).unwrap_or_default());
    let section = outer.len().div_ceil(SECTIONS).max(1);
    outer.chunks(section).zip(inner.chunks(section)).all(|(outer, inner)| distance(mean(outer), mean(inner)) <= DEPTH_CHANGE_MAX)
}

/// The change of the rows' mean colour in one pixel outwards, by least squares.
fn gradient(rows: &[Vec<Colour>]) -> Colour {
    let middle = (rows.len().saturating_sub(1)) as f32 / 2.0;
    let (mut sum, mut squares) = ([0.0; 3], 0.0);
    for (at, row) in rows.iter().enumerate() {
        let outwards = middle - at as f32;
        sum = add(sum, scaled(mean(row), outwards));
        squares += outwards * outwards;
    }
    scaled(sum, 1.0 / f32::max(squares, 1.0))
}
