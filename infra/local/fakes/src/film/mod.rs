//! Real films: H.264 in MP4, made from the order's photo. They are small, quick to make, and the same for the same order.

mod boxes;
#[cfg(feature = "smooth")]
mod encoder;
mod frames;
mod h264;
mod mp4;
mod photo;
mod playable;
mod sound;
mod webp;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;

pub(crate) use photo::size_of;
pub use photo::{Photo, photo_of, sample_photo, sketch_photo};
pub use playable::{FilmInfo, is_playable};

/// The form of a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The photo's own proportions.
    Photo,
    /// A given ratio, width to height; the photo is cropped around its middle.
    Ratio(u32, u32),
}

/// The quality of a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A film for people: about 180x320 pixels, 30 frames, 2 to 3 MB.
    Demo,
    /// A film to watch: at least 540 pixels on the shorter side, 24 pictures a second. It takes some seconds to make, by an encoder of
    /// the feature `smooth`; without that feature it is a film like [`Self::Demo`].
    Smooth,
    /// A film for simulations: the same codec and boxes, about 48x84 pixels, 3 frames, 20 kB, rendered in a millisecond.
    Sketch,
}

impl Detail {
    const fn pixels(self) -> u32 {
        match self {
            Self::Smooth if cfg!(feature = "smooth") => 540 * 960,
            Self::Demo | Self::Smooth => 180 * 320,
            Self::Sketch => 48 * 84,
        }
    }

    /// The number of pictures of a film of this length.
    const fn frames(self, seconds: u32) -> u32 {
        match self {
            Self::Smooth if cfg!(feature = "smooth") => seconds * FRAMES_A_SECOND,
            Self::Demo | Self::Smooth => 30,
            Self::Sketch => 3,
        }
    }
}

/// Pictures a second of a [`Detail::Smooth`] film.
const FRAMES_A_SECOND: u32 = 24;

/// The parameters of a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The film's proportions.
    pub shape: Shape,
    /// The film's length in seconds.
    pub seconds: u32,
    /// The seed of the movement: another seed gives another film of the same photo.
    pub seed: u64,
    /// The film's quality: its size and its number of frames.
    pub detail: Detail,
    /// Whether the film has a sound track. The sound is silence.
    pub sound: bool,
}

/// How far a film is that is being made. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicU32>);

impl Progress {
    /// The part of the pictures that are made, in percent.
    #[must_use]
    pub fn percent(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    fn reach(&self, number: u32, count: u32) {
        self.0.store(number * 100 / count.max(1), Ordering::Relaxed);
    }
}

/// Makes the film: a slow zoom over the photo while a light passes over it. The same photo and order give the same bytes.
#[must_use]
pub fn render(photo: &Photo, order: &Order) -> Bytes {
    render_with(photo, order, &Progress::default())
}

/// Makes the film as [`render`] does, and says meanwhile how far it is.
#[must_use]
pub fn render_with(photo: &Photo, order: &Order, progress: &Progress) -> Bytes {
    let (width, height) = canvas(photo, order);
    let prepared = frames::PreparedPhoto::new(photo, width, height, order.seed);
    let (seconds, sound) = (order.seconds.max(1), order.sound);
    let count = order.detail.frames(seconds);
    let pictures = (0..count).map(|number| prepared.frame(number, count)).zip(1..).map(|(picture, made)| {
        progress.reach(made, count);
        picture
    });
    #[cfg(feature = "smooth")]
    if order.detail == Detail::Smooth {
        let encoder::Encoded { sets, samples, keys } = encoder::encode(pictures, width, height);
        let track = mp4::Track { width, height, seconds, sets, keys: Some(keys), sound };
        return Bytes::from(mp4::mux(&track, &samples, &order.seed.to_be_bytes()));
    }
    let samples: Vec<Vec<u8>> = (0..).zip(pictures).map(|(number, picture)| h264::access_unit(&picture, number)).collect();
    let track = mp4::Track { width, height, seconds, sets: h264::parameter_sets(width, height), keys: None, sound };
    Bytes::from(mp4::mux(&track, &samples, &order.seed.to_be_bytes()))
}

/// The film, padded to at least `size` bytes by a box that players skip: for tests of size limits.
#[must_use]
pub fn padded(film: &Bytes, size: usize) -> Bytes {
    let missing = size.saturating_sub(film.len());
    if missing == 0 {
        return film.clone();
    }
    let filler = vec![0x4e; missing.saturating_sub(8)];
    let mut longer = film.to_vec();
    longer.extend(boxes::boxed(b"free", &[&filler]));
    Bytes::from(longer)
}

/// The width and height of a film in pixels: even numbers, of about the area of the detail, in the ordered proportions.
fn canvas(photo: &Photo, order: &Order) -> (u32, u32) {
    let (wide, high) = match order.shape {
        Shape::Photo => photo.size(),
        Shape::Ratio(wide, high) => (wide.max(1), high.max(1)),
    };
    // Beyond 4:1 the short side would have no pixels left.
    let ratio = (f64::from(wide) / f64::from(high)).clamp(0.25, 4.0);
    let height = even((f64::from(order.detail.pixels()) / ratio).sqrt());
    // Of a few heights the one whose even width comes closest to the proportions: small films would miss them by some percent.
    let sizes = (height..height + 2 * HEIGHTS_TRIED).step_by(2).map(|height| (even(f64::from(height) * ratio), height));
    let miss = |(width, height): &(u32, u32)| (f64::from(*width) / f64::from(*height) / ratio - 1.0).abs();
    sizes.min_by(|one, other| miss(one).total_cmp(&miss(other))).unwrap_or((height, height))
}

/// Even heights of a film that are tried for its proportions.
const HEIGHTS_TRIED: u32 = 8;

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sides of some hundred pixels")]
fn even(side: f64) -> u32 {
    ((side / 2.0).round() as u32).max(8) * 2
}
