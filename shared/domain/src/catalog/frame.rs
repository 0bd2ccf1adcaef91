//! The frame: the proportions that a film of a product has.

use serde::{Deserialize, Serialize};

/// How far a film's proportions may be from its frame's: 2 %.
pub const FRAME_TOLERANCE: f64 = 0.02;

/// The proportions of a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Frame {
    /// 9 to 16, upright: the feeds of social media.
    #[serde(rename = "9:16")]
    Vertical,
    /// 3 to 4, upright: the product cards of marketplaces.
    #[serde(rename = "3:4")]
    Card,
    /// 1 to 1.
    #[serde(rename = "1:1")]
    Square,
    /// The proportions of the seller's photo.
    #[serde(rename = "own")]
    Own,
}

impl Frame {
    /// Every frame.
    pub const ALL: [Self; 4] = [Self::Vertical, Self::Card, Self::Square, Self::Own];

    /// The name in the catalog, logs and pages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Vertical => "9:16",
            Self::Card => "3:4",
            Self::Square => "1:1",
            Self::Own => "own",
        }
    }

    /// Width to height; `None` for the photo's own proportions.
    #[must_use]
    pub fn ratio(self) -> Option<(u32, u32)> {
        match self {
            Self::Vertical => Some((9, 16)),
            Self::Card => Some((3, 4)),
            Self::Square => Some((1, 1)),
            Self::Own => None,
        }
    }

    /// Whether a film of this size has this frame, within [`FRAME_TOLERANCE`]. `photo` is the size of the photo that the model
    /// got: the frame [`Frame::Own`] takes its proportions, or the turned ones, because a file may state its size before its EXIF
    /// rotation. Without the photo's size every film has that frame.
    #[must_use]
    pub fn holds(self, film: (u32, u32), photo: Option<(u32, u32)>) -> bool {
        match (self.ratio(), photo) {
            (Some(ratio), _) => is_alike(film, ratio),
            (None, Some((width, height))) => is_alike(film, (width, height)) || is_alike(film, (height, width)),
            (None, None) => true,
        }
    }
}

/// Whether a film of this size has this ratio, within [`FRAME_TOLERANCE`].
fn is_alike((width, height): (u32, u32), (wide, high): (u32, u32)) -> bool {
    let wanted = f64::from(wide) * f64::from(height);
    let got = f64::from(width) * f64::from(high);
    (got - wanted).abs() <= FRAME_TOLERANCE * wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_may_miss_its_frame_by_two_percent() {
        assert!(Frame::Vertical.holds((720, 1280), None) && Frame::Vertical.holds((716, 1284), None));
        assert!(!Frame::Vertical.holds((720, 1200), None) && !Frame::Vertical.holds((1280, 720), None));
        assert!(Frame::Own.holds((540, 960), Some((1080, 1920))) && !Frame::Own.holds((960, 960), Some((1080, 1920))));
        assert!(Frame::Own.holds((960, 960), None));
    }

    #[test]
    fn a_frame_is_stored_under_its_name() {
        for frame in Frame::ALL {
            assert_eq!(serde_json::to_value(frame).unwrap(), frame.name());
        }
    }
}
