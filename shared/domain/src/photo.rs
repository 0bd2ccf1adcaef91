//! Whether a photo can become a video, judged before anything is paid: by what its update says, and by a look at its thumbnail.

use serde::{Deserialize, Serialize};

use crate::catalog::PhotoInput;

/// Largest file the bot can download: Telegram's getFile stops at 20 MB.
pub const DOWNLOAD_MAX_BYTES: u64 = 20_000_000;
/// A photo whose brightest parts are darker than this shows nothing. 0 is black, 255 white.
const BRIGHT_MIN: u8 = 60;
/// A photo whose grey values all lie within this range is a plain surface; a small ring on a white table is none.
const RANGE_MIN: u8 = 12;

/// A product's photo as Telegram knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// What the bot downloads it by.
    pub file_id: String,
    /// The same for the same file, always: names it in the media store.
    pub unique_id: String,
}

/// What can be known of a photo before it is downloaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Its size, where Telegram says it.
    pub bytes: Option<u64>,
    /// Width and height in pixels; unknown for files.
    pub pixels: Option<(u32, u32)>,
    /// How light and dark its thumbnail is; unknown when it could not be had quickly.
    pub light: Option<Light>,
}

/// How light and dark a picture is: its grey values, 0 to 255, but for the half percent at either end that may be noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Light {
    /// Half a percent of the picture is darker than this.
    pub dark: u8,
    /// Half a percent of the picture is lighter than this.
    pub bright: u8,
}

/// Why a photo would fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// The file is over the limit, in megabytes.
    TooLarge(u64),
    /// The shortest side is under this many pixels.
    TooSmall(u32),
    /// It is too long and narrow.
    TooNarrow,
    /// It is far too dark.
    TooDark,
    /// There is nothing on it.
    Plain,
}

impl Light {
    /// The light of a picture's grey values; `None` for an empty one.
    #[must_use]
    pub fn of(grey: &[u8]) -> Option<Self> {
        let mut sorted = grey.to_vec();
        sorted.sort_unstable();
        let last = sorted.len().checked_sub(1)?;
        let at = |per_mille: usize| sorted.get(last * per_mille / 1000).copied().unwrap_or_default();
        Some(Self { dark: at(5), bright: at(995) })
    }
}

impl Facts {
    /// Why this photo would fail with a model that takes such photos; what is unknown is not held against it.
    #[must_use]
    pub fn flaw(&self, limits: &PhotoInput) -> Option<Flaw> {
        let max_bytes = limits.max_bytes.min(DOWNLOAD_MAX_BYTES);
        if self.bytes.is_some_and(|bytes| bytes > max_bytes) {
            return Some(Flaw::TooLarge(max_bytes / 1_000_000));
        }
        if let Some((width, height)) = self.pixels {
            let (short, long) = (width.min(height), width.max(height));
            if short < limits.min_side_px {
                return Some(Flaw::TooSmall(limits.min_side_px));
            }
            if f64::from(long) > f64::from(short) * limits.max_aspect {
                return Some(Flaw::TooNarrow);
            }
        }
        match self.light {
            Some(light) if light.bright < BRIGHT_MIN => Some(Flaw::TooDark),
            Some(light) if light.bright - light.dark.min(light.bright) < RANGE_MIN => Some(Flaw::Plain),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Kind, Style};
    use proptest::prelude::*;

    fn flaw(facts: Facts) -> Option<Flaw> {
        facts.flaw(&Catalog::built_in().unwrap().offer(Kind::Reels, Style::Ugc).unwrap().photo)
    }

    fn sized(pixels: Option<(u32, u32)>, bytes: Option<u64>) -> Option<Flaw> {
        flaw(Facts { bytes, pixels, light: None })
    }

    fn lit(dark: u8, bright: u8) -> Option<Flaw> {
        flaw(Facts { light: Some(Light { dark, bright }), ..Facts::default() })
    }

    #[test]
    fn what_would_fail_by_its_size_is_known_by_its_numbers() {
        let fine = Some((600, 600));
        assert_eq!(sized(fine, Some(10_000_001)), Some(Flaw::TooLarge(10)));
        assert_eq!(sized(None, Some(10_000_001)), Some(Flaw::TooLarge(10)));
        assert_eq!(sized(Some((299, 600)), None), Some(Flaw::TooSmall(300)));
        assert_eq!(sized(Some((600, 299)), Some(1)), Some(Flaw::TooSmall(300)));
        assert_eq!(sized(Some((0, 0)), None), Some(Flaw::TooSmall(300)));
        assert_eq!(sized(Some((400, 1001)), None), Some(Flaw::TooNarrow));
        assert_eq!(sized(Some((1001, 400)), None), Some(Flaw::TooNarrow));
        for (pixels, bytes) in [(Some((300, 750)), Some(10_000_000)), (Some((750, 300)), None), (None, None)] {
            assert_eq!(sized(pixels, bytes), None, "at the very limits it is taken");
        }
    }

    #[test]
    fn darkness_and_a_plain_surface_are_seen_and_dark_products_are_not_refused() {
        assert_eq!([lit(0, 20), lit(10, 59)], [Some(Flaw::TooDark); 2]);
        assert_eq!([lit(200, 205), lit(250, 255), lit(60, 71)], [Some(Flaw::Plain); 3]);
        // A black bag before a grey wall, a white cup on a white table.
        assert_eq!([lit(5, 90), lit(220, 250), lit(0, 255)], [None; 3]);
    }

    #[test]
    fn a_small_product_on_a_white_table_is_seen() {
        let mut grey = vec![255; 5000];
        grey.extend(vec![90; 100]);
        assert_eq!(Light::of(&grey).map(|light| light.dark), Some(90));
    }

    proptest! {
        #[test]
        fn the_light_of_any_picture_lies_between_its_extremes(grey in proptest::collection::vec(any::<u8>(), 1..500)) {
            let light = Light::of(&grey).unwrap();
            let (least, most) = (grey.iter().min().unwrap(), grey.iter().max().unwrap());
            prop_assert!(least <= &light.dark && light.dark <= light.bright && light.bright <= *most);
        }
    }
}
