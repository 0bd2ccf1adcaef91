//! Draws a bottle in front of several backgrounds.

use image::{Rgb, RgbImage, Rgba, RgbaImage};

type Colour = [f32; 3];

/// What is behind the bottle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Background {
    /// White paper with a soft shadow.
    White,
    /// A studio's grey, darker to the corners and downwards, with a camera's noise.
    Studio,
    /// A cloth with dots and stripes.
    Busy,
}

/// A photo of the bottle.
#[must_use]
pub fn photo((width, height): (u32, u32), background: Background) -> RgbImage {
    let set = Set::new(width, height);
    RgbImage::from_fn(width, height, |x, y| {
        let ground = set.background(x, y, background);
        let noise = if background == Background::White { 0.0 } else { noise(x, y) * 5.0 - 2.5 };
        let (colour, cover) = set.bottle(x, y);
        Rgb(mix(ground, colour, cover).map(|part| (part + noise).round() as u8))
    })
}

/// The bottle without a background.
#[must_use]
pub fn cut_out((width, height): (u32, u32)) -> RgbaImage {
    let set = Set::new(width, height);
    RgbaImage::from_fn(width, height, |x, y| {
        let ([r, g, b], cover) = set.bottle(x, y);
        let [r, g, b, alpha] = [r, g, b, cover * 255.0].map(|part| part.round() as u8);
        Rgba([r, g, b, alpha])
    })
}

/// Noise of a place, 0 to 1.
#[must_use]
pub fn noise(x: u32, y: u32) -> f32 {
    let mut hash = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77);
    hash = (hash ^ hash >> 15).wrapping_mul(0x2c1b_3c6d);
    hash = (hash ^ hash >> 12).wrapping_mul(0x297a_2d39);
    (hash ^ hash >> 15) as f32 / u32::MAX as f32
}

fn mix(one: Colour, other: Colour, share: f32) -> Colour {
    let share = share.clamp(0.0, 1.0);
    std::array::from_fn(|at| one[at] + (other[at] - one[at]) * share)
}

/// The distance of a point from a box with rounded corners; negative inside.
fn rounded((x, y): (f32, f32), middle: (f32, f32), half: (f32, f32), radius: f32) -> f32 {
    let (dx, dy) = ((x - middle.0).abs() - half.0 + radius, (y - middle.1).abs() - half.1 + radius);
    dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - radius
}

/// The bottle and its surroundings.
struct Set {
    width: f32,
    height: f32,
    /// Pixels of a unit. The bottle is one unit high.
    unit: f32,
}

impl Set {
    fn new(width: u32, height: u32) -> Self {
        let (width, height) = (width as f32, height as f32);
        Self { width, height, unit: 0.72 * width.min(height) }
    }

    /// A pixel in units from the middle of the picture.
    fn place(&self, x: u32, y: u32) -> (f32, f32) {
        ((x as f32 + 0.5 - self.width / 2.0) / self.unit, (y as f32 + 0.5 - self.height / 2.0) / self.unit)
    }

    /// The bottle's colour, and how much of the pixel it covers.
    fn bottle(&self, x: u32, y: u32) -> (Colour, f32) {
        let place = self.place(x, y);
        let cover = |outline: f32| (0.5 - outline * self.unit).clamp(0.0, 1.0);
        let body = rounded(place, (0.0, 0.12), (0.22, 0.38), 0.08);
        let cap = rounded(place, (0.0, -0.38), (0.1, 0.11), 0.02);
        let label = rounded(place, (0.0, 0.16), (0.17, 0.2), 0.02);
        let across = place.0 / 0.22;
        let shade = 0.80 + 0.28 * (-(across + 0.45).powi(2) * 3.0).exp() - 0.25 * across.max(0.0).powi(2);
        let glass = mix([60.0, 140.0, 130.0], [40.0, 100.0, 105.0], place.1 + 0.4);
        let stripe = if (place.1 - 0.16).abs() < 0.015 { [180.0, 70.0, 60.0] } else { [244.0, 238.0, 226.0] };
        let painted = mix(mix(glass, [52.0, 44.0, 42.0], cover(cap)), stripe, cover(label));
        (painted.map(|part| (part * shade).clamp(0.0, 255.0)), cover(body.min(cap)))
    }

    fn background(&self, x: u32, y: u32, background: Background) -> Colour {
        let (across, down) = self.place(x, y);
        let shadow = (-((across - 0.08) / 0.34).powi(2) - ((down - 0.52) / 0.06).powi(2)).exp();
        let ground = match background {
            Background::White => [255.0; 3],
            Background::Studio => {
                let (side, fall) = (across * self.unit / self.width, down * self.unit / self.height);
                let light = 214.0 - 60.0 * (side * side + fall * fall) - 22.0 * (fall + 0.5);
                [light, light - 3.0, light - 9.0]
            }
            Background::Busy => {
                let dot = ((across * 3.0).fract().abs() - 0.5).hypot((down * 3.0).fract().abs() - 0.5) < 0.3;
                let stripe = ((across + down) * 6.0).sin() > 0.4;
                if dot {
                    [226.0, 120.0, 70.0]
                } else if stripe {
                    [70.0, 90.0, 150.0]
                } else {
                    [238.0, 216.0, 170.0]
                }
            }
        };
        mix(ground, [60.0, 58.0, 56.0], shadow * 0.55)
    }
}
