//! Checks whether a photo can become a video, before the seller pays: by its size in the update or in the head of the file, and by
//! its thumbnail.

use serde::{Deserialize, Serialize};

/// Largest file that the bot can download, in bytes: Telegram's getFile serves files of up to 20 MB.
pub const DOWNLOAD_MAX_BYTES: u64 = 20_000_000;
/// Most pixels of a photo that is decoded: 50 megapixels. A larger photo needs more memory than a function has.
pub const DECODED_MAX_PX: u64 = 50_000_000;
/// Longest side of a prepared photo, in pixels. No model makes a larger picture of a larger photo.
pub const PREPARED_SIDE_MAX_PX: u32 = 2048;
/// Most that a preparation enlarges a photo. A photo enlarged further is visibly blurred.
pub const ENLARGED_MAX: f64 = 1.5;
/// Greatest ratio of a photo's longer side to its shorter side, whatever the frame: a longer strip shows no product.
pub const PHOTO_ASPECT_MAX: u32 = 10;
/// Lowest grey value of a usable photo's brightest parts: 0 is black, 255 is white. A darker photo shows no product.
const BRIGHT_MIN: u8 = 60;
/// Narrowest range of grey values in a usable photo. A narrower range is a plain surface; a small ring on a white table is wider.
const RANGE_MIN: u8 = 12;

/// Telegram's ids of a product's photo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// Telegram's `file_id`: the bot downloads the photo by it.
    pub file_id: String,
    /// Telegram's `file_unique_id`: the same for every upload of the same file.
    pub unique_id: String,
    /// Width and height in pixels, if Telegram or the head of the file states them. Those of a file do not follow its EXIF
    /// rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixels: Option<(u32, u32)>,
}

impl Photo {
    /// A photo of unknown size.
    #[must_use]
    pub fn new(file_id: impl Into<String>, unique_id: impl Into<String>) -> Self {
        Self { file_id: file_id.into(), unique_id: unique_id.into(), pixels: None }
    }

    /// The facts that are kept of a photo.
    #[must_use]
    pub fn facts(&self) -> Facts {
        Facts { pixels: self.pixels, ..Facts::default() }
    }
}

/// The facts about a photo that are known before its download.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Size in bytes; `None` if Telegram does not state it.
    pub bytes: Option<u64>,
    /// Width and height in pixels. `None` for an image sent as a file whose head states no size or was not read; its EXIF rotation
    /// is not followed.
    pub pixels: Option<(u32, u32)>,
    /// Brightness of the photo's thumbnail; `None` if the thumbnail could not be downloaded quickly.
    pub light: Option<Light>,
}

/// The range of a picture's grey values, 0 to 255, without the darkest and the brightest half percent, which may be noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Light {
    /// Grey value below which the darkest half percent lies.
    pub dark: u8,
    /// Grey value above which the brightest half percent lies.
    pub bright: u8,
}

/// The reason why a photo cannot become a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// The file is larger than this limit, in megabytes.
    TooLarge(u64),
    /// The photo has more megapixels than this limit.
    TooManyPixels(u64),
    /// The shorter side has fewer pixels than this limit.
    TooSmall(u32),
    /// The photo is too long and narrow.
    TooNarrow,
    /// The photo is too dark.
    TooDark,
    /// The photo shows a plain surface.
    Plain,
}

impl Light {
    /// The range of these grey values; `None` if there are none.
    #[must_use]
    pub fn of(grey: &[u8]) -> Option<Self> {
        let mut sorted = grey.to_vec();
        sorted.sort_unstable();
        let last = sorted.len().checked_sub(1)?;
        let at = |per_mille: usize| sorted.get(last * per_mille / 1000).copied().unwrap_or_default();
        Some(Self { dark: at(5), bright: at(995) })
    }
}

impl Light {
    /// The flaw of a photo with this light; `None` if the photo shows something.
    #[must_use]
    pub fn flaw(self) -> Option<Flaw> {
        if self.bright < BRIGHT_MIN {
            Some(Flaw::TooDark)
        } else if self.bright - self.dark.min(self.bright) < RANGE_MIN {
            Some(Flaw::Plain)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Frame, Kind, Style};
    use proptest::prelude::*;

    fn flaw(facts: Facts) -> Option<Flaw> {
        Catalog::built_in().unwrap().offer(Kind::Neurocard, Style::Product).unwrap().flaw(&facts, Frame::Own)
    }

    fn sized(pixels: Option<(u32, u32)>, bytes: Option<u64>) -> Option<Flaw> {
        flaw(Facts { bytes, pixels, light: None })
    }

    fn lit(dark: u8, bright: u8) -> Option<Flaw> {
        flaw(Facts { light: Some(Light { dark, bright }), ..Facts::default() })
    }

    #[test]
    fn a_photo_over_a_size_limit_is_refused_by_its_numbers() {
        let fine = Some((600, 600));
        assert_eq!(sized(fine, Some(20_000_001)), Some(Flaw::TooLarge(20)));
        assert_eq!(sized(None, Some(20_000_001)), Some(Flaw::TooLarge(20)));
        assert_eq!(sized(Some((199, 400)), None), Some(Flaw::TooSmall(300)));
        assert_eq!(sized(Some((400, 199)), Some(1)), Some(Flaw::TooSmall(300)));
        assert_eq!(sized(Some((0, 0)), None), Some(Flaw::TooSmall(300)));
        assert_eq!(sized(Some((400, 1001)), None), Some(Flaw::TooNarrow));
        assert_eq!(sized(Some((1001, 400)), None), Some(Flaw::TooNarrow));
        for (pixels, bytes) in [(Some((300, 750)), Some(20_000_000)), (Some((500, 200)), None), (None, None)] {
            assert_eq!(sized(pixels, bytes), None, "a photo exactly at the limits is accepted");
        }
    }

    #[test]
    fn a_dark_photo_and_a_plain_surface_are_refused_and_a_dark_product_is_not() {
        assert_eq!([lit(0, 20), lit(10, 59)], [Some(Flaw::TooDark); 2]);
        assert_eq!([lit(200, 205), lit(250, 255), lit(60, 71)], [Some(Flaw::Plain); 3]);
        // The grey values of a black bag before a grey wall, of a white cup on a white table, and of the full range.
        assert_eq!([lit(5, 90), lit(220, 250), lit(0, 255)], [None; 3]);
    }

    #[test]
    fn a_small_product_on_a_white_table_counts() {
        let mut grey = vec![255; 5000];
        grey.extend(vec![90; 100]);
        assert_eq!(Light::of(&grey).map(|light| light.dark), Some(90));
    }

    proptest! {
        /// The head's reader leaves out a file's EXIF rotation, which swaps the sides.
        #[test]
        fn a_turned_photo_has_the_same_flaw_unless_it_is_tiny(width in 300_u32..9000, height in 300_u32..9000) {
            let catalog = Catalog::built_in().unwrap();
            for (product, frame) in catalog.offered().flat_map(|row| row.frames.iter().map(move |frame| (row, *frame))) {
                let flaw = |width, height| product.size_flaw(width, height, frame);
                prop_assert_eq!(flaw(width, height), flaw(height, width), "{} {}", product.id, frame.name());
            }
        }

        #[test]
        fn the_light_of_any_picture_lies_between_its_extremes(grey in proptest::collection::vec(any::<u8>(), 1..500)) {
            let light = Light::of(&grey).unwrap();
            let (least, most) = (grey.iter().min().unwrap(), grey.iter().max().unwrap());
            prop_assert!(least <= &light.dark && light.dark <= light.bright && light.bright <= *most);
        }
    }
}
