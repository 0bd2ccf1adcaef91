//! Draws `assets/sample-photo.jpg`: a hand-cream bottle on a warm table. `cargo run -p fakes --example draw_sample_photo`
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a drawing tool run by hand")]

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};

const WIDE: u32 = 720;
const HIGH: u32 = 960;

fn main() {
    let drawn = RgbImage::from_fn(WIDE, HIGH, |x, y| {
        let mut sum = [0.0_f32; 3];
        for sub in 0..9 {
            let color = paint(x as f32 + (sub % 3) as f32 / 3.0, y as f32 + (sub / 3) as f32 / 3.0);
            (0..3).for_each(|part| sum[part] += color[part] / 9.0);
        }
        Rgb(sum.map(|part| part.clamp(0.0, 255.0) as u8))
    });
    let file = std::fs::File::create(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/sample-photo.jpg")).unwrap();
    JpegEncoder::new_with_quality(file, 84).encode_image(&drawn).unwrap();
}

type Color = [f32; 3];

fn mix(one: Color, other: Color, share: f32) -> Color {
    let share = share.clamp(0.0, 1.0);
    [0, 1, 2].map(|part| one[part] + (other[part] - one[part]) * share)
}

/// The distance of a point from a box with rounded corners, in pixels; negative inside the box.
fn rounded(x: f32, y: f32, middle: (f32, f32), half: (f32, f32), radius: f32) -> f32 {
    let (dx, dy) = ((x - middle.0).abs() - half.0 + radius, (y - middle.1).abs() - half.1 + radius);
    dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - radius
}

fn paint(x: f32, y: f32) -> Color {
    let ground = background(x, y);
    let across = (x - 360.0) / 150.0;
    // The light comes from the left, the right edge is soft, and one narrow highlight shines.
    let shade = 0.78 + 0.30 * (-(across + 0.45).powi(2) * 3.0).exp() - 0.28 * across.max(0.0).powi(2);
    let gloss = 90.0 * (-((across + 0.62) * 14.0).powi(2)).exp();
    let lit = |color: Color| color.map(|part| part * shade + gloss);
    if rounded(x, y, (360.0, 235.0), (62.0, 62.0), 12.0) < 0.0 {
        let ribs = if ((x - 298.0) / 9.0).fract() < 0.35 { 0.88 } else { 1.0 };
        return lit([58.0 * ribs, 47.0 * ribs, 43.0 * ribs]);
    }
    if rounded(x, y, (360.0, 312.0), (50.0, 26.0), 6.0) < 0.0 {
        return lit([226.0, 150.0, 104.0]);
    }
    if rounded(x, y, (360.0, 560.0), (150.0, 236.0), 56.0) < 0.0 {
        return lit(bottle(x, y));
    }
    ground
}

fn bottle(x: f32, y: f32) -> Color {
    let glass = mix([244.0, 176.0, 124.0], [222.0, 132.0, 88.0], (y - 330.0) / 460.0);
    if rounded(x, y, (360.0, 575.0), (118.0, 130.0), 10.0) > 0.0 {
        return glass;
    }
    let paper = [250.0, 245.0, 236.0];
    let ink = [92.0, 64.0, 52.0];
    // A leaf is the intersection of two circles, with a rib.
    let (leaf_x, leaf_y) = (x - 360.0, y - 528.0);
    let leaf = (leaf_x - 26.0).hypot(leaf_y) < 52.0 && (leaf_x + 26.0).hypot(leaf_y) < 52.0;
    if leaf {
        let rib = leaf_x.abs() < 1.6 || ((leaf_y + leaf_x.abs() * 0.9).rem_euclid(15.0) < 2.0);
        return if rib { [222.0, 232.0, 206.0] } else { [104.0, 142.0, 92.0] };
    }
    let bar = |middle: f32, half: f32, thick: f32| rounded(x, y, (360.0, middle), (half, thick), thick) < 0.0;
    if bar(612.0, 78.0, 7.0) || bar(640.0, 52.0, 4.0) || bar(656.0, 60.0, 4.0) {
        return ink;
    }
    let edge = rounded(x, y, (360.0, 575.0), (110.0, 122.0), 6.0).abs() < 1.2;
    if edge { [214.0, 178.0, 150.0] } else { paper }
}

fn background(x: f32, y: f32) -> Color {
    let glow = (-(((x - 250.0) / 420.0).powi(2) + ((y - 330.0) / 420.0).powi(2))).exp();
    let wall = mix([214.0, 196.0, 184.0], [252.0, 240.0, 226.0], glow);
    let table = mix([196.0, 152.0, 118.0], [158.0, 112.0, 82.0], (y - 745.0) / 215.0);
    let grain = 5.0 * ((y * 0.35 + (x * 0.011).sin() * 9.0).sin() + (y * 0.9 + x * 0.02).sin() * 0.5);
    let table = table.map(|part| part + grain);
    let horizon = mix(wall, table, (y - 742.0) / 6.0);
    let shadow = (-(((x - 420.0) / 210.0).powi(2) + ((y - 800.0) / 30.0).powi(2))).exp();
    mix(horizon, [60.0, 40.0, 30.0], shadow * 0.62)
}
