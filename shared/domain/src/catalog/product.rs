//! One row of the catalog, and the input that its model gets.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Frame, Kind, Style};
use crate::{
    credits::Credits,
    photo::{DECODED_MAX_PX, DOWNLOAD_MAX_BYTES, ENLARGED_MAX, Facts, Flaw, Light, PHOTO_ASPECT_MAX, PREPARED_SIDE_MAX_PX},
};

/// One row of the catalog: a product, the model that makes it, and the fields of that model's input.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// The row's id; jobs store it.
    pub id: String,
    /// The kind of video.
    pub kind: Kind,
    /// The style of the video.
    pub style: Style,
    /// Whether the bot offers the row. A row that is not offered is the spare of another row.
    #[serde(default = "offered")]
    pub offered: bool,
    /// The numbers of videos that one order may have, ascending. A row with one number needs no question.
    pub counts: Vec<u8>,
    /// The proportions of the film that are offered. The first ones are the default.
    pub frames: Vec<Frame>,
    /// Name of the input field for the film's proportions, if the model makes the frame itself.
    #[serde(default)]
    pub frame_field: Option<String>,
    /// The lengths that are priced. The first one is the default.
    pub lengths: Vec<Length>,
    /// KIE's id of the model.
    pub model: String,
    /// Usual time that the model takes for one video, in seconds.
    pub typical_secs: u32,
    /// The id of the row whose model makes the video if this row's model cannot.
    pub spare: Option<String>,
    /// The photo in the model's input.
    pub photo: PhotoInput,
    /// The prompt in the model's input.
    pub prompt: PromptInput,
    /// The length in the model's input.
    pub duration: DurationInput,
    /// The rest of the model's input, sent unchanged.
    pub input: Map<String, Value>,
}

fn offered() -> bool {
    true
}

/// A length of a film, its price, and what KIE takes for it.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Length {
    /// Playing time in seconds.
    pub secs: u32,
    /// Price of one video of this length, in credits.
    pub credits: Credits,
    /// What KIE takes for the task, in KIE's credits, on the day `priced_on` of the catalog.
    pub kie_credits: f64,
}

/// The photo in a model's input, and the limits of the photos that the model accepts.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhotoInput {
    /// Name of the input field.
    pub field: String,
    /// Whether the field is a list of URLs.
    pub list: bool,
    /// What the photo is to the model.
    pub role: PhotoRole,
    /// Largest file, in bytes.
    pub max_bytes: u64,
    /// Least length of the shorter side, in pixels.
    pub min_side_px: u32,
    /// Greatest length of the longer side, in pixels.
    pub max_side_px: u32,
    /// Greatest ratio of the longer side to the shorter side.
    pub max_aspect: f64,
}

/// What the photo is to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoRole {
    /// The film begins with the photo and takes its proportions.
    FirstFrame,
    /// The film shows the product of the photo in a setting of its own.
    Reference,
}

/// The prompt in a model's input, and its limit.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptInput {
    /// Name of the input field.
    pub field: String,
    /// Longest prompt, in UTF-16 units, which the provider counts. A text has at most as many characters as units.
    pub max_chars: usize,
}

/// The length in a model's input.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DurationInput {
    /// Name of the input field.
    pub field: String,
    /// The JSON type of the seconds.
    pub form: DurationForm,
}

/// The JSON type of a length in a model's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DurationForm {
    /// A string: "8".
    Text,
    /// A number: 8.
    Number,
}

impl Product {
    /// The length that is ordered.
    #[must_use]
    pub fn default_length(&self) -> Length {
        // `Catalog::parse` refuses a row without a length.
        self.lengths.first().copied().unwrap_or(Length { secs: 0, credits: Credits(0), kie_credits: 0.0 })
    }

    /// Whether the model makes videos of exactly this length.
    #[must_use]
    pub fn offers(&self, secs: u32) -> bool {
        self.lengths.iter().any(|length| length.secs == secs)
    }

    /// Whether the model makes videos of this frame, and of a length of at least `secs`.
    #[must_use]
    pub fn is_offered(&self, frame: Frame, secs: u32) -> bool {
        self.frames.contains(&frame) && self.lengths.iter().any(|length| length.secs >= secs)
    }

    /// The shortest offered length of at least `secs`; the default length if no length is known or offered.
    #[must_use]
    pub fn length(&self, secs: Option<u32>) -> Length {
        let long_enough = self.lengths.iter().filter(|length| secs.is_some_and(|secs| length.secs >= secs));
        long_enough.min_by_key(|length| length.secs).copied().unwrap_or_else(|| self.default_length())
    }

    /// Price of one video of the default length, in credits.
    #[must_use]
    pub fn price(&self) -> Credits {
        self.default_length().credits
    }

    /// The frame of a film: the chosen one if the row offers it, else the default.
    #[must_use]
    pub fn frame(&self, chosen: Option<Frame>) -> Frame {
        let offered = chosen.filter(|frame| self.frames.contains(frame));
        // `Catalog::parse` refuses a row without a frame.
        offered.or_else(|| self.frames.first().copied()).unwrap_or(Frame::Own)
    }

    /// The frame to which a photo is extended before the model gets it for a film of this frame. A reference photo keeps its own
    /// proportions, because the model makes the frame.
    #[must_use]
    pub fn photo_frame(&self, film: Frame) -> Frame {
        match self.photo.role {
            PhotoRole::FirstFrame => film,
            PhotoRole::Reference => Frame::Own,
        }
    }

    /// The flaw of a photo for a film of this frame; `None` if no known fact is a flaw that no preparation mends.
    #[must_use]
    pub fn flaw(&self, photo: &Facts, film: Frame) -> Option<Flaw> {
        if photo.bytes.is_some_and(|bytes| bytes > DOWNLOAD_MAX_BYTES) {
            return Some(Flaw::TooLarge(DOWNLOAD_MAX_BYTES / 1_000_000));
        }
        let by_size = photo.pixels.and_then(|(width, height)| self.size_flaw(width, height, film));
        by_size.or_else(|| photo.light.and_then(Light::flaw))
    }

    /// The flaw of a photo of this size that no preparation mends; `None` if the model accepts the prepared photo.
    #[must_use]
    pub fn size_flaw(&self, width: u32, height: u32, film: Frame) -> Option<Flaw> {
        if width == 0 || height == 0 {
            return Some(Flaw::TooSmall(self.photo.min_side_px));
        }
        if u64::from(width) * u64::from(height) > DECODED_MAX_PX {
            return Some(Flaw::TooManyPixels(DECODED_MAX_PX / 1_000_000));
        }
        let (wide, high) = (f64::from(width), f64::from(height));
        let (wide, high) = match self.photo_frame(film).ratio().map(|(wide, high)| f64::from(wide) / f64::from(high)) {
            Some(ratio) if wide / high > ratio => (wide, wide / ratio),
            Some(ratio) => (high * ratio, high),
            None => (wide, high),
        };
        let (short, long) = (wide.min(high), wide.max(high));
        let is_strip = width.max(height) > width.min(height).saturating_mul(PHOTO_ASPECT_MAX);
        if is_strip || long > short * self.photo.max_aspect {
            return Some(Flaw::TooNarrow);
        }
        let scale = (f64::from(PREPARED_SIDE_MAX_PX.min(self.photo.max_side_px)) / long).min(ENLARGED_MAX);
        (short * scale < f64::from(self.photo.min_side_px)).then_some(Flaw::TooSmall(self.photo.min_side_px))
    }

    /// The model's input for one photo, prompt, length in seconds and frame. A prompt over the limit is cut.
    #[must_use]
    pub fn model_input(&self, photo_url: &str, prompt: &str, secs: u32, frame: Frame) -> Value {
        let mut input = self.input.clone();
        let photo = if self.photo.list { json!([photo_url]) } else { json!(photo_url) };
        let length = match self.duration.form {
            DurationForm::Text => json!(secs.to_string()),
            DurationForm::Number => json!(secs),
        };
        input.insert(self.photo.field.clone(), photo);
        input.insert(self.prompt.field.clone(), crate::utf16::cut(prompt, self.prompt.max_chars).into());
        input.insert(self.duration.field.clone(), length);
        if let Some(field) = &self.frame_field {
            input.insert(field.clone(), frame.name().into());
        }
        Value::Object(input)
    }
}
