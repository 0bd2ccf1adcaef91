//! The frames of a film: a slow zoom into the photo with a little drift, while a band of light passes over it.

use super::Photo;
use super::h264::Frame;

/// The zoom over the whole film.
const ZOOM: f32 = 0.18;
/// The brightness of the band of light at its middle, in luma steps.
const LIGHT: i32 = 64;

/// A photo prepared for one canvas and one seed.
pub struct PreparedPhoto {
    width: usize,
    height: usize,
    luma: Plane,
    chroma: [Plane; 2],
    nearer: bool,
    drift: (f32, f32),
    light_start: f32,
}

struct Plane {
    width: usize,
    height: usize,
    samples: Vec<u8>,
}

impl PreparedPhoto {
    /// Crops the photo to the canvas and chooses the movement by the seed.
    #[must_use]
    pub fn new(photo: &Photo, width: u32, height: u32, seed: u64) -> Self {
        let rgb = photo.cover(width, height);
        let (wide, high) = (rgb.width() as usize, rgb.height() as usize);
        let mut planes = [Vec::with_capacity(wide * high), Vec::with_capacity(wide * high), Vec::with_capacity(wide * high)];
        for pixel in rgb.pixels() {
            for (plane, sample) in planes.iter_mut().zip(ycbcr(pixel.0)) {
                plane.push(sample);
            }
        }
        let [luma, blue, red] = planes.map(|samples| Plane { width: wide, height: high, samples });
        // Bits of the mixed seed choose the direction, the drift, and the start of the light.
        let mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let part = |shift: u32| f32::from((mixed >> shift) as u8) / 255.0;
        Self {
            width: width as usize,
            height: height as usize,
            luma,
            chroma: [blue, red],
            nearer: mixed >> 63 == 0,
            drift: (part(8), part(16)),
            light_start: part(24) * 0.3,
        }
    }

    /// Frame `number` of `count`.
    #[must_use]
    pub fn frame(&self, number: u32, count: u32) -> Frame {
        let time = number as f32 / count.max(2).saturating_sub(1) as f32;
        let eased = time * time * (3.0 - 2.0 * time);
        let near = if self.nearer { eased } else { 1.0 - eased };
        let columns = self.width.div_ceil(16);
        let rows = self.height.div_ceil(16);
        let mut luma = self.view(&self.luma, (columns * 16, rows * 16), 1, near);
        self.light(&mut luma, columns * 16, time);
        let chroma = self.chroma.each_ref().map(|plane| self.view(plane, (columns * 8, rows * 8), 2, near));
        Frame { columns, luma, chroma }
    }

    /// The part of a plane in the moving window, interpolated in steps of 1/256. Outside the canvas the plane's edge is repeated.
    fn view(&self, plane: &Plane, (wide, high): (usize, usize), step: usize, near: f32) -> Vec<u8> {
        let share = 1.0 - ZOOM * near;
        let across = axis(plane.width, wide, self.width / step, share, self.drift.0);
        let down = axis(plane.height, high, self.height / step, share, self.drift.1);
        let mut seen = Vec::with_capacity(wide * high);
        for &(line, under) in &down {
            let upper = plane.line(line);
            let lower = plane.line((line + 1).min(plane.height - 1));
            for &(column, right) in &across {
                let next = (column + 1).min(plane.width - 1);
                let at = |samples: &[u8], index: usize| i32::from(samples.get(index).copied().unwrap_or(128));
                let top = at(upper, column) * (256 - right) + at(upper, next) * right;
                let bottom = at(lower, column) * (256 - right) + at(lower, next) * right;
                seen.push(((top * (256 - under) + bottom * under) >> 16) as u8);
            }
        }
        seen
    }

    /// Brightens the picture where a slanted band of light passes. The band crosses the picture once.
    fn light(&self, luma: &mut [u8], stride: usize, time: f32) {
        let half = (self.width / 4) as i32;
        let reach = (self.width + self.height / 2) as f32 + 2.0 * half as f32;
        let middle = (reach * (time * 1.3 - self.light_start)) as i32 - half;
        for (row, line) in luma.chunks_mut(stride).enumerate() {
            let centre = middle - (row / 2) as i32;
            let from = (centre - half).clamp(0, stride as i32) as usize;
            let to = (centre + half).clamp(0, stride as i32) as usize;
            for (index, sample) in line.iter_mut().enumerate().take(to).skip(from) {
                let away = (index as i32 - centre).abs();
                let brighter = i32::from(*sample) + LIGHT * (half - away).max(0) / half.max(1);
                *sample = brighter.clamp(16, 235) as u8;
            }
        }
    }
}

impl Plane {
    fn line(&self, line: usize) -> &[u8] {
        self.samples.get(line * self.width..(line + 1) * self.width).unwrap_or(&[])
    }
}

/// The source position of each of `count` canvas samples: the whole sample, and the share of the next one in 1/256.
fn axis(source: usize, count: usize, visible: usize, share: f32, drift: f32) -> Vec<(usize, i32)> {
    let window = (source - 1) as f32 * share;
    let start = ((source - 1) as f32 - window) * drift;
    let place = |index: usize| {
        let at = start + window * index.min(visible - 1) as f32 / (visible.max(2) - 1) as f32;
        (at as usize, ((at - at.floor()) * 256.0) as i32)
    };
    (0..count).map(place).collect()
}

/// A pixel in YCbCr by BT.601 in studio range. A sample is never zero, as [`Frame`] requires.
fn ycbcr([red, green, blue]: [u8; 3]) -> [u8; 3] {
    let [red, green, blue] = [red, green, blue].map(i32::from);
    [
        (16 + ((66 * red + 129 * green + 25 * blue + 128) >> 8)) as u8,
        (128 + ((-38 * red - 74 * green + 112 * blue + 128) >> 8)) as u8,
        (128 + ((112 * red - 94 * green - 18 * blue + 128) >> 8)) as u8,
    ]
}
