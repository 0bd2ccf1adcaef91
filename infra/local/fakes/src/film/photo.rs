//! Photos: the sample photo, generated photos of a given size, and decoding.

use std::collections::{BTreeMap, HashMap};
use std::io::Cursor;
use std::sync::{Arc, LazyLock, Mutex};

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, GenericImageView as _, ImageFormat, ImageReader, Rgb, RgbImage};

use crate::{digest, lock};

/// A sample product photo: a JPEG of 720x960 pixels, drawn by `examples/draw_sample_photo.rs`.
#[must_use]
pub fn sample_photo() -> &'static [u8] {
    include_bytes!("../../assets/sample-photo.jpg")
}

/// A small JPEG for environments in which every order decodes one: [`photo_of`] at the least size that every model takes.
#[must_use]
pub fn sketch_photo() -> &'static [u8] {
    static PHOTO: LazyLock<Vec<u8>> = LazyLock::new(|| photo_of(320, 400));
    &PHOTO
}

/// A JPEG of exactly this size: a bright object on a coloured background.
#[must_use]
pub fn photo_of(width: u32, height: u32) -> Vec<u8> {
    let (wide, high) = (width.max(1), height.max(1));
    let drawn = RgbImage::from_fn(wide, high, |x, y| {
        let (across, down) = (x * 255 / wide, y * 255 / high);
        let inside = across.abs_diff(128).pow(2) + down.abs_diff(128).pow(2) < 80 * 80;
        let shade = |value: u32| u8::try_from(value.min(255)).unwrap_or(u8::MAX);
        if inside { Rgb([235, shade(90 + down / 2), 70]) } else { Rgb([shade(across / 2), shade(60 + down / 2), 150]) }
    });
    let mut bytes = Vec::new();
    // Encoding into memory cannot fail.
    let _ = JpegEncoder::new_with_quality(&mut bytes, 82).encode_image(&drawn);
    bytes
}

/// Width and height of a JPEG, PNG or WebP by its header; `None` for any other file.
pub(crate) fn size_of(bytes: &[u8]) -> Option<(u32, u32)> {
    let format = image::guess_format(bytes).ok()?;
    match format {
        ImageFormat::Jpeg | ImageFormat::Png => ImageReader::with_format(Cursor::new(bytes), format).into_dimensions().ok(),
        ImageFormat::WebP => super::webp::size(bytes),
        _ => None,
    }
}

/// Most decoded photos in the cache. Simulations send the same few photos many times.
const KNOWN_MAX: usize = 64;

/// A decoded photo; cheap to clone.
#[derive(Clone)]
pub struct Photo(Arc<Decoded>);

struct Decoded {
    picture: DynamicImage,
    /// The part of the picture cropped for a canvas, by the canvas's width and height.
    covers: Mutex<BTreeMap<(u32, u32), Arc<RgbImage>>>,
}

impl Photo {
    /// Decodes all of a JPEG or a PNG.
    ///
    /// # Errors
    /// The reason why it cannot be decoded.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let format = image::guess_format(bytes).map_err(|error| error.to_string())?;
        if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png) {
            return Err(format!("the photo is {format:?}, neither JPEG nor PNG"));
        }
        static KNOWN: LazyLock<Mutex<HashMap<String, Photo>>> = LazyLock::new(Mutex::default);
        let name = digest(bytes);
        if let Some(known) = lock(&KNOWN).get(&name) {
            return Ok(known.clone());
        }
        let picture = image::load_from_memory_with_format(bytes, format).map_err(|error| error.to_string())?;
        let photo = Self(Arc::new(Decoded { picture, covers: Mutex::default() }));
        let mut known = lock(&KNOWN);
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(name, photo.clone());
        Ok(photo)
    }

    /// A generated photo of this size.
    pub(crate) fn replacement(width: u32, height: u32) -> Result<Self, String> {
        Self::decode(&photo_of(width, height))
    }

    /// Width and height in pixels.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        self.0.picture.dimensions()
    }

    /// The photo's largest middle part in the canvas's proportions, scaled to a quarter more than the canvas so that a film can
    /// zoom.
    pub(super) fn cover(&self, width: u32, height: u32) -> Arc<RgbImage> {
        let mut covers = lock(&self.0.covers);
        Arc::clone(covers.entry((width, height)).or_insert_with(|| Arc::new(self.cropped(width, height))))
    }

    fn cropped(&self, width: u32, height: u32) -> RgbImage {
        let (wide, high) = self.size();
        let part_wide = wide.min((high * width / height).max(1));
        let part_high = high.min((wide * height / width).max(1));
        let part = self.0.picture.crop_imm((wide - part_wide) / 2, (high - part_high) / 2, part_wide, part_high);
        part.resize_exact(width * 5 / 4, height * 5 / 4, FilterType::Triangle).into_rgb8()
    }

    /// A smaller copy as JPEG with its size, as Telegram makes of a photo.
    pub(crate) fn shrunk(&self, longest: u32) -> (Vec<u8>, (u32, u32)) {
        let small = DynamicImage::ImageRgb8(self.0.picture.thumbnail(longest, longest).into_rgb8());
        let mut bytes = Vec::new();
        // Encoding into memory cannot fail.
        let _ = JpegEncoder::new_with_quality(&mut bytes, 80).encode_image(&small);
        (bytes, small.dimensions())
    }
}
