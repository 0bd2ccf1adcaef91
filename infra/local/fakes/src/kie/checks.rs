//! The checks of a createTask call's input, with the texts recorded on the wire.

use serde_json::{Map, Value};

use super::models::{self, FilmRule, Kind, Model};
use super::photos::Limits;
use crate::film::Shape;

/// The order in a checked input.
#[derive(Clone, Debug)]
pub struct Ordered {
    pub images: Vec<String>,
    pub photo_limits: Limits,
    pub seconds: u32,
    pub shape: Shape,
    pub sound: bool,
    /// The price in KIE's credits.
    pub credits: f64,
}

/// A refusal: the envelope's code and message.
pub type Refusal = (i64, String);

/// KIE's text for a model that it does not have.
pub const UNKNOWN_MODEL: &str = "The model name you specified is not supported. Please verify your input and use one of \
    the supported models provided by KIE.";

/// The endings of a picture's path that KIE knows. Six users report that an address without one is refused; a query string after the
/// ending is fine.
const PICTURE_ENDINGS: [&str; 4] = [".jpg", ".jpeg", ".png", ".webp"];

/// The length of a film whose input has none, in seconds.
const DEFAULT_SECS: u32 = 6;

type Input = Map<String, Value>;

/// Checks the input of a model.
pub fn check(model: &Model, input: &Input) -> Result<Ordered, Refusal> {
    // KIE's answer if the images field has a wrong name.
    if model.id == models::KLING_3 && !input.contains_key("image_urls") && !input.contains_key("aspect_ratio") {
        return Err((422, "aspect_ratio is required for text-to-video".into()));
    }
    for field in &model.fields {
        match input.get(&field.name) {
            None | Some(Value::Null) if field.required => return Err(missing()),
            None | Some(Value::Null) => {}
            Some(value) => check_field(&field.name, &field.kind, value)?,
        }
    }
    // Stricter than KIE, which ignores unknown fields: a misspelt field is an error here.
    if let Some(unknown) = input.keys().find(|key| !model.fields.iter().any(|field| field.name == **key)) {
        return Err((422, format!("fake: {} has no input field {unknown}", model.id)));
    }
    check_together(model, input)?;
    Ok(ordered(model, input))
}

/// The rules that bind two fields.
fn check_together(model: &Model, input: &Input) -> Result<(), Refusal> {
    match model.film {
        FilmRule::Grok if is_given(input, "task_id") => {
            Err((422, "fake: grok-imagine/image-to-video by task_id: this fake has no tasks that make pictures".into()))
        }
        FilmRule::Grok if !is_given(input, "image_urls") => Err(missing()),
        // "spicy" is refused for uploaded images, and every image here is uploaded.
        FilmRule::Grok if input.get("mode").and_then(Value::as_str) == Some("spicy") => Err(out_of_range("mode")),
        // The page says that the ways exclude each other; KIE's text is not recorded.
        FilmRule::Seedance if is_given(input, "reference_image_urls") && has_frame(input) => {
            Err((422, "reference_image_urls cannot be used together with first_frame_url or last_frame_url".into()))
        }
        _ => Ok(()),
    }
}

fn has_frame(input: &Input) -> bool {
    ["first_frame_url", "last_frame_url"].iter().any(|name| is_given(input, name))
}

fn is_given(input: &Input, name: &str) -> bool {
    input.get(name).is_some_and(|value| !value.is_null())
}

fn missing() -> Refusal {
    (422, "This field is required".into())
}

fn out_of_range(name: &str) -> Refusal {
    (500, format!("{name} is not within the range of allowed options"))
}

fn check_field(name: &str, kind: &Kind, value: &Value) -> Result<(), Refusal> {
    match (kind, value) {
        (Kind::List, Value::Array(_)) | (Kind::Flag, Value::Bool(_)) => Ok(()),
        (Kind::Text(_) | Kind::Image, Value::String(text)) if text.is_empty() => Err(missing()),
        // KIE counts as JavaScript does: in UTF-16 units.
        (Kind::Text(most), Value::String(text)) if text.encode_utf16().count() > *most => {
            Err((500, format!("{name} exceeds the maximum length of {most}")))
        }
        (Kind::Text(_), Value::String(_)) => Ok(()),
        (Kind::Image, Value::String(url)) => check_address(name, url),
        (Kind::Images(most), Value::Array(urls)) => check_images(name, *most, urls),
        (Kind::OneOf(options) | Kind::Seconds(options, ..), Value::String(text)) if options.contains(&text.as_str()) => Ok(()),
        (Kind::Seconds(_, least, most) | Kind::Integer(least, most), Value::Number(number))
            if number.as_i64().is_some_and(|number| (*least..=*most).contains(&number)) =>
        {
            Ok(())
        }
        (Kind::OneOf(_) | Kind::Seconds(..), _) | (Kind::Integer(..), Value::Number(_)) => Err(out_of_range(name)),
        _ => Err((422, format!("{name} has the wrong type"))),
    }
}

fn check_images(name: &str, most: usize, urls: &[Value]) -> Result<(), Refusal> {
    if urls.is_empty() {
        return Err(missing());
    }
    if urls.len() > most {
        return Err((422, format!("{name} must hold at most {most} URLs")));
    }
    urls.iter().try_for_each(|url| match url.as_str() {
        Some(url) => check_address(name, url),
        None => Err((422, format!("{name} must hold URLs"))),
    })
}

fn check_address(name: &str, url: &str) -> Result<(), Refusal> {
    let Some(url) = url::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https")) else {
        return Err((422, format!("{name} must hold URLs")));
    };
    let path = url.path().to_ascii_lowercase();
    if PICTURE_ENDINGS.iter().any(|ending| path.ends_with(ending)) {
        return Ok(());
    }
    Err((500, format!("{name} file type not supported")))
}

fn ordered(model: &Model, input: &Input) -> Ordered {
    let text = |name: &str| input.get(name).and_then(Value::as_str);
    let flag = |name: &str| input.get(name).and_then(Value::as_bool);
    let number = input.get("duration").and_then(Value::as_u64).and_then(|seconds| u32::try_from(seconds).ok());
    let seconds = text("duration").and_then(|seconds| seconds.parse().ok()).or(number).unwrap_or(DEFAULT_SECS);
    let ratio = text("aspect_ratio").and_then(|ratio| ratio.split_once(':'));
    let ratio = ratio.and_then(|(wide, high)| Some(Shape::Ratio(wide.parse().ok()?, high.parse().ok()?)));
    let (shape, sound) = match model.film {
        // With a photo `aspect_ratio` is ignored: the model's page, fal's schema and a user's 3:4 film say so.
        FilmRule::Kling => (Shape::Photo, flag("sound").unwrap_or(false)),
        FilmRule::Grok => (ratio.unwrap_or(Shape::Photo), true),
        FilmRule::Seedance => (ratio.unwrap_or(Shape::Photo), flag("generate_audio").unwrap_or(true)),
    };
    Ordered {
        images: images(model, input),
        photo_limits: model.photo_limits,
        seconds,
        shape,
        sound,
        credits: rate(model, input) * f64::from(seconds),
    }
}

/// The addresses of the pictures, in the order of the model's fields.
fn images(model: &Model, input: &Input) -> Vec<String> {
    let given = model.fields.iter().filter_map(|field| match (&field.kind, input.get(&field.name)?) {
        (Kind::Image, url) => Some(vec![url.clone()]),
        (Kind::Images(_), Value::Array(urls)) => Some(urls.clone()),
        _ => None,
    });
    given.flatten().filter_map(|url| url.as_str().map(String::from)).collect()
}

/// The price of a second. An input without its option pays the first rate that fits.
fn rate(model: &Model, input: &Input) -> f64 {
    let option = ["mode", "resolution"].iter().filter_map(|name| input.get(*name)?.as_str());
    let options: Vec<&str> = option.collect();
    let sound = input.get("sound").and_then(Value::as_bool).unwrap_or(false);
    let fits = |rate: &&models::Rate| {
        rate.option.is_none_or(|option| options.contains(&option)) && rate.sound.is_none_or(|priced| priced == sound)
    };
    let rates = &model.rates;
    rates.iter().find(fits).or_else(|| rates.first()).map_or(0.0, |rate| rate.credits)
}
