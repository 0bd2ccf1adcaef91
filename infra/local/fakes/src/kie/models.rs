//! The fields and limits of each model's `input`. Sources: the models' pages on docs.kie.ai (market/kling/kling-3.0,
//! market/kling/image-to-video, market/grok-imagine/image-to-video); texts as recorded on the wire.

use serde_json::{Map, Value};

use crate::film::Shape;

/// The order in a checked input.
#[derive(Clone, Debug)]
pub struct Ordered {
    pub images: Vec<String>,
    pub seconds: u32,
    /// The requested ratio, if any.
    pub ratio: Option<Shape>,
    /// The price in KIE's credits.
    pub credits: f64,
    /// Whether the film follows the photo's ratio, by the model's page.
    pub follows_photo: bool,
}

/// A refusal: the envelope's code and message.
pub type Refusal = (i64, String);

/// One field: its name, its allowed values, and whether it is required.
type Field = (&'static str, Kind, bool);

enum Kind {
    Text(usize),
    Images(usize),
    OneOf(&'static [&'static str]),
    Seconds(&'static [&'static str]),
    Flag,
    Anything,
}

const GROK: &[Field] = &[
    ("image_urls", Kind::Images(1), true),
    ("prompt", Kind::Text(5000), false),
    // "spicy" is refused for uploaded images, and every image here is uploaded.
    ("mode", Kind::OneOf(&["fun", "normal"]), false),
    ("duration", Kind::Seconds(&["6", "10", "15"]), false),
    ("resolution", Kind::OneOf(&["480p", "720p", "1080p"]), false),
    ("aspect_ratio", Kind::OneOf(&["2:3", "3:2", "1:1", "16:9", "9:16"]), false),
    ("nsfw_checker", Kind::Flag, false),
];

const KLING_3: &[Field] = &[
    ("prompt", Kind::Text(2500), true),
    ("image_urls", Kind::Images(2), false),
    ("sound", Kind::Flag, true),
    ("duration", Kind::OneOf(&["3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"]), true),
    ("aspect_ratio", Kind::OneOf(&["16:9", "9:16", "1:1"]), false),
    ("mode", Kind::OneOf(&["std", "pro", "4K"]), true),
    ("multi_shots", Kind::Flag, true),
    ("multi_prompt", Kind::Anything, false),
    ("kling_elements", Kind::Anything, false),
];

const KLING_2_6: &[Field] = &[
    ("prompt", Kind::Text(1000), true),
    ("image_urls", Kind::Images(1), true),
    ("sound", Kind::Flag, true),
    ("duration", Kind::OneOf(&["5", "10"]), true),
];

/// Checks the input of `model`.
pub fn check(model: &str, input: &Map<String, Value>) -> Result<Ordered, Refusal> {
    let fields = match model {
        "grok-imagine/image-to-video" => GROK,
        "kling-3.0/video" => KLING_3,
        "kling-2.6/image-to-video" => KLING_2_6,
        _ => return Err((422, UNKNOWN_MODEL.into())),
    };
    // KIE's answer if the images field has a wrong name.
    if model == "kling-3.0/video" && !input.contains_key("image_urls") && !input.contains_key("aspect_ratio") {
        return Err((422, "aspect_ratio is required for text-to-video".into()));
    }
    for (name, kind, required) in fields {
        match input.get(*name) {
            None | Some(Value::Null) if *required => {
                return Err((422, "This field is required".into()));
            }
            None | Some(Value::Null) => {}
            Some(value) => check_field(name, kind, value)?,
        }
    }
    // Stricter than KIE, which ignores unknown fields: a misspelt field is an error here.
    match input.keys().find(|key| !fields.iter().any(|(name, ..)| name == key)) {
        Some(unknown) => Err((422, format!("fake: {model} has no input field {unknown}"))),
        None => Ok(ordered(model, input)),
    }
}

const UNKNOWN_MODEL: &str = "The model name you specified is not supported. Please verify your input and use one of \
    the supported models provided by KIE.";

fn check_field(name: &str, kind: &Kind, value: &Value) -> Result<(), Refusal> {
    let out_of_range = || Err((500, format!("{name} is not within the range of allowed options")));
    match (kind, value) {
        (Kind::Anything, _) | (Kind::Flag, Value::Bool(_)) => Ok(()),
        (Kind::Text(most), Value::String(text)) if text.chars().count() > *most => {
            Err((500, format!("{name} exceeds the maximum length of {most}")))
        }
        (Kind::Text(_), Value::String(text)) if text.is_empty() => Err((422, "This field is required".into())),
        (Kind::Text(_), Value::String(_)) => Ok(()),
        (Kind::Images(most), Value::Array(urls)) => check_images(name, *most, urls),
        (Kind::OneOf(options) | Kind::Seconds(options), Value::String(text)) if options.contains(&text.as_str()) => Ok(()),
        // The newer schema of Grok Imagine: a number from 6 to 30.
        (Kind::Seconds(_), Value::Number(seconds)) if (6..=30).contains(&seconds.as_u64().unwrap_or(0)) => Ok(()),
        (Kind::OneOf(_) | Kind::Seconds(_), _) => out_of_range(),
        _ => Err((422, format!("{name} has the wrong type"))),
    }
}

fn check_images(name: &str, most: usize, urls: &[Value]) -> Result<(), Refusal> {
    if urls.is_empty() {
        return Err((422, "This field is required".into()));
    }
    let links = urls.iter().all(|url| url.as_str().is_some_and(|url| url.starts_with("http")));
    if urls.len() > most || !links {
        return Err((422, format!("{name} must hold at most {most} URLs")));
    }
    Ok(())
}

fn ordered(model: &str, input: &Map<String, Value>) -> Ordered {
    let text = |name: &str| input.get(name).and_then(Value::as_str);
    let number = input.get("duration").and_then(Value::as_u64).and_then(|seconds| u32::try_from(seconds).ok());
    let seconds = text("duration").and_then(|seconds| seconds.parse().ok()).or(number).unwrap_or(6);
    let images = input.get("image_urls").and_then(Value::as_array);
    let ratio = text("aspect_ratio").and_then(|ratio| ratio.split_once(':'));
    let ratio = ratio.and_then(|(wide, high)| Some(Shape::Ratio(wide.parse().ok()?, high.parse().ok()?)));
    Ordered {
        images: images.into_iter().flatten().filter_map(Value::as_str).map(String::from).collect(),
        seconds,
        ratio,
        credits: price(model, input, seconds),
        follows_photo: model == "kling-3.0/video",
    }
}

/// Credits by KIE's price list of October 2026.
fn price(model: &str, input: &Map<String, Value>, seconds: u32) -> f64 {
    let text = |name: &str| input.get(name).and_then(Value::as_str).unwrap_or_default();
    let sound = input.get("sound").and_then(Value::as_bool).unwrap_or(false);
    let a_second = match (model, text("mode"), text("resolution"), sound) {
        ("kling-3.0/video", "4K", ..) => 67.0,
        ("kling-3.0/video", "pro", _, sound) => {
            if sound {
                27.0
            } else {
                18.0
            }
        }
        ("kling-3.0/video", _, _, sound) => {
            if sound {
                20.0
            } else {
                14.0
            }
        }
        ("kling-2.6/image-to-video", _, _, sound) => {
            if sound {
                22.0
            } else {
                11.0
            }
        }
        (_, _, "1080p", _) => 8.0,
        (_, _, "720p", _) => 4.5,
        _ => 2.4,
    };
    a_second * f64::from(seconds)
}
