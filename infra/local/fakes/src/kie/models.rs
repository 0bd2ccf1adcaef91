//! The models: the fields and limits of each one's `input`, its price, and what it makes of a photo. One table serves the checks of
//! createTask, the charge and the discovery endpoints.
//!
//! Sources: the models' pages on docs.kie.ai (market/kling/kling-3.0, market/kling/image-to-video, market/grok-imagine/image-to-video,
//! market/bytedance/seedance-2) as mirrored 2026-06-30, and the prices of GET /api/v1/models as recorded 2026-10-01.

use super::photos::Limits;

/// One model.
#[derive(Clone, Debug)]
pub struct Model {
    pub id: &'static str,
    pub title: &'static str,
    pub provider: &'static str,
    pub fields: Vec<Field>,
    pub rates: Vec<Rate>,
    pub photo_limits: Limits,
    pub film: FilmRule,
    /// Whether KIE's catalog has the model's schema.
    pub has_schema: bool,
}

/// One field of an input.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub kind: Kind,
    pub required: bool,
}

/// The values that a field may have.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A text of at most this many UTF-16 units.
    Text(usize),
    /// The address of one picture.
    Image,
    /// The addresses of at most this many pictures.
    Images(usize),
    OneOf(Vec<&'static str>),
    /// Seconds as one of these texts, or as a whole number in the range.
    Seconds(Vec<&'static str>, i64, i64),
    /// A whole number in the range.
    Integer(i64, i64),
    Flag,
    List,
}

/// The price of a second of film.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// The value of the model's `mode` or `resolution`; `None` if the price has no such part.
    pub option: Option<&'static str>,
    /// The value of `sound`; `None` if the price does not depend on it.
    pub sound: Option<bool>,
    /// KIE's credits for a second.
    pub credits: f64,
}

/// The proportions and the sound of a model's films.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilmRule {
    /// The film follows the photo, also against `aspect_ratio`; it has sound if `sound` is set.
    Kling,
    /// The film follows the photo unless `aspect_ratio` is set; it has sound.
    Grok,
    /// The film has the ratio of `aspect_ratio`; "adaptive" is that of the photo. It has sound unless `generate_audio` is off.
    Seedance,
}

pub const GROK: &str = "grok-imagine/image-to-video";
pub const KLING_3: &str = "kling-3.0/video";
pub const KLING_2_6: &str = "kling-2.6/image-to-video";
pub const SEEDANCE: &str = "bytedance/seedance-2-mini";

/// The models at the start of a run.
pub fn all() -> Vec<Model> {
    vec![grok(), kling_3(), kling_2_6(), seedance()]
}

fn field(name: &str, kind: Kind, required: bool) -> Field {
    Field { name: name.to_owned(), kind, required }
}

fn optional(name: &str, kind: Kind) -> Field {
    field(name, kind, false)
}

fn required(name: &str, kind: Kind) -> Field {
    field(name, kind, true)
}

fn one_of<const N: usize>(options: [&'static str; N]) -> Kind {
    Kind::OneOf(options.into())
}

const fn rate(option: &'static str, credits: f64) -> Rate {
    Rate { option: Some(option), sound: None, credits }
}

fn grok() -> Model {
    Model {
        id: GROK,
        title: "Grok Imagine Image to Video",
        provider: "Grok",
        fields: vec![
            // Either a picture's address, or the task and the index of a picture that Grok made.
            optional("image_urls", Kind::Images(7)),
            optional("task_id", Kind::Text(100)),
            optional("index", Kind::Integer(0, 5)),
            optional("prompt", Kind::Text(5000)),
            optional("mode", one_of(["fun", "normal", "spicy"])),
            optional("duration", Kind::Seconds(vec!["6", "10", "15"], 6, 30)),
            optional("resolution", one_of(["480p", "720p", "1080p"])),
            optional("aspect_ratio", one_of(["2:3", "3:2", "1:1", "16:9", "9:16"])),
            optional("nsfw_checker", Kind::Flag),
        ],
        rates: vec![rate("480p", 2.4), rate("720p", 4.5), rate("1080p", 8.0)],
        photo_limits: Limits::KLING,
        film: FilmRule::Grok,
        has_schema: true,
    }
}

fn kling_3() -> Model {
    let rate = |option, sound, credits| Rate { option: Some(option), sound: Some(sound), credits };
    let durations = one_of(["3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"]);
    Model {
        id: KLING_3,
        title: "Kling 3.0",
        provider: "Kling",
        fields: vec![
            required("prompt", Kind::Text(2500)),
            optional("image_urls", Kind::Images(2)),
            required("sound", Kind::Flag),
            required("duration", durations),
            optional("aspect_ratio", one_of(["16:9", "9:16", "1:1"])),
            required("mode", one_of(["std", "pro", "4K"])),
            required("multi_shots", Kind::Flag),
            optional("multi_prompt", Kind::List),
            optional("kling_elements", Kind::List),
        ],
        rates: vec![
            rate("std", false, 14.0),
            rate("std", true, 20.0),
            rate("pro", false, 18.0),
            rate("pro", true, 27.0),
            Rate { option: Some("4K"), sound: None, credits: 67.0 },
        ],
        photo_limits: Limits::KLING,
        film: FilmRule::Kling,
        has_schema: true,
    }
}

fn kling_2_6() -> Model {
    let rate = |sound, credits| Rate { option: None, sound: Some(sound), credits };
    Model {
        id: KLING_2_6,
        title: "Kling 2.6 Image to Video",
        provider: "Kling",
        fields: vec![
            required("prompt", Kind::Text(1000)),
            required("image_urls", Kind::Images(1)),
            required("sound", Kind::Flag),
            required("duration", one_of(["5", "10"])),
        ],
        rates: vec![rate(false, 11.0), rate(true, 22.0)],
        photo_limits: Limits::KLING,
        film: FilmRule::Kling,
        has_schema: true,
    }
}

fn seedance() -> Model {
    Model {
        id: SEEDANCE,
        title: "Seedance 2.0 Mini",
        provider: "ByteDance",
        fields: vec![
            // The sources name no limit of this prompt; 2500 is that of infra/catalog.toml.
            required("prompt", Kind::Text(2500)),
            optional("first_frame_url", Kind::Image),
            optional("last_frame_url", Kind::Image),
            // The sources name no limit; 9 is that of Seedance 2 at its maker.
            optional("reference_image_urls", Kind::Images(9)),
            optional("resolution", one_of(["480p", "720p"])),
            optional("aspect_ratio", one_of(["16:9", "4:3", "1:1", "3:4", "9:16", "21:9", "adaptive"])),
            optional("duration", Kind::Integer(4, 15)),
            optional("generate_audio", Kind::Flag),
            optional("web_search", Kind::Flag),
            optional("nsfw_checker", Kind::Flag),
        ],
        rates: vec![rate("480p", 3.8), rate("720p", 8.2)],
        photo_limits: Limits::SEEDANCE,
        film: FilmRule::Seedance,
        has_schema: true,
    }
}
