//! The cases of the probe, as data that a recording keeps: a replay needs no catalog.

use domain::catalog::{Catalog, Frame, PhotoRole, Product};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Stands for the photo's address in the input of a case.
pub const PHOTO: &str = "<photo>";
/// The prompt of every film. It is short enough for every model.
const PROMPT: &str = "The product stays exactly as it is. The camera moves slowly around it.";
/// The shortest film of a model, in seconds, by the models' pages. It costs least.
const SHORTEST_SECS: [(&str, u32); 3] =
    [("grok-imagine/image-to-video", 6), ("kling-3.0/video", 3), ("bytedance/seedance-2-mini", 4)];

/// One case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// The name, for `--only` and for the file of the recording.
    pub id: String,
    /// What the case does.
    pub work: Work,
    /// Why the case runs only if it is named; `None` for a case that runs by default.
    pub skipped: Option<String>,
}

/// What a case does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Orders a film at KIE.
    Film(FilmOrder),
    /// Sends a film without sound to a Telegram chat, then again by its file id.
    SilentFilm(Way),
}

/// How a film goes to Telegram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Telegram fetches the film from an address.
    Address,
    /// The film is uploaded.
    Upload,
}

/// A photo that the probe has with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Photo {
    /// 720 x 960 pixels.
    Upright,
    /// 720 x 720 pixels.
    Square,
}

impl Photo {
    /// Width and height in pixels.
    #[must_use]
    pub const fn size(self) -> (u32, u32) {
        match self {
            Self::Upright => (720, 960),
            Self::Square => (720, 720),
        }
    }

    /// The JPEG.
    #[must_use]
    pub const fn jpeg(self) -> &'static [u8] {
        match self {
            Self::Upright => include_bytes!("../../../local/fakes/assets/sample-photo.jpg"),
            Self::Square => include_bytes!("../../assets/square-photo.jpg"),
        }
    }
}

/// Whether the path of the photo's address ends like a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extension {
    /// The path ends in `.jpg`.
    Jpg,
    /// The path has no extension.
    Missing,
}

/// A film to order, and what the documents say about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilmOrder {
    /// KIE's id of the model.
    pub model: String,
    /// The model's input; `PHOTO` stands for the photo's address.
    pub input: Value,
    /// The photo.
    pub photo: Photo,
    /// The photo's address.
    pub extension: Extension,
    /// The film's length in seconds.
    pub secs: u32,
    /// The price in KIE's credits.
    pub kie_credits: f64,
    /// The film's proportions; "own" for those of the photo.
    pub frame: Frame,
    /// Whether the film has sound.
    pub sound: bool,
}

/// Every case that the catalog gives rise to.
#[must_use]
pub fn cases(catalog: &Catalog) -> Vec<Case> {
    let mut cases = Vec::new();
    let offered: Vec<&Product> = catalog.offered().collect();
    for (index, row) in offered.iter().enumerate() {
        let same = offered.iter().take(index).find(|other| is_same_order(other, row));
        let skipped = same.map(|other| format!("the same order as row-{}", other.id));
        let order = FilmOrder::of(row, row.default_length().secs, Photo::Upright, Extension::Jpg);
        cases.push(Case { id: format!("row-{}", row.id), work: Work::Film(order), skipped });
    }
    let spares = catalog.products().iter().filter(|row| !row.offered);
    let rows: Vec<&Product> = offered.iter().copied().chain(spares).collect();
    for row in first_of_each(&rows, |row| (&row.model, &row.photo.field)) {
        let skipped = (!row.offered).then(|| "the row is a spare only".to_owned());
        let order = FilmOrder::of(row, shortest(row), Photo::Square, Extension::Jpg);
        cases.push(Case { id: format!("square-{}", row.id), work: Work::Film(order), skipped });
    }
    for (index, row) in first_of_each(&rows, |row| &row.model).into_iter().enumerate() {
        let skipped = (index > 0).then(|| "one model answers the question for a lower price".to_owned());
        let order = FilmOrder::of(row, shortest(row), Photo::Upright, Extension::Missing);
        cases.push(Case { id: format!("no-extension-{}", row.id), work: Work::Film(order), skipped });
    }
    for (id, way) in [("silent-address", Way::Address), ("silent-upload", Way::Upload)] {
        cases.push(Case { id: id.to_owned(), work: Work::SilentFilm(way), skipped: None });
    }
    cases
}

impl FilmOrder {
    fn of(row: &Product, secs: u32, photo: Photo, extension: Extension) -> Self {
        let default = row.default_length();
        let flag = |field: &str| row.input.get(field).and_then(Value::as_bool);
        Self {
            model: row.model.clone(),
            input: row.model_input(PHOTO, PROMPT, secs, row.frame(None)),
            photo,
            extension,
            secs,
            kie_credits: default.kie_credits / f64::from(default.secs.max(1)) * f64::from(secs),
            // With a first frame the film follows the photo, also against aspect_ratio.
            frame: if row.photo.role == PhotoRole::FirstFrame { Frame::Own } else { row.frame(None) },
            // A model without such a field makes sound.
            sound: flag("sound").or_else(|| flag("generate_audio")).unwrap_or(true),
        }
    }

    /// The input with this address as the photo.
    #[must_use]
    pub fn input_with(&self, url: &str) -> Value {
        fn put(value: &mut Value, url: &str) {
            match value {
                Value::String(text) if text == PHOTO => url.clone_into(text),
                Value::Array(items) => items.iter_mut().for_each(|item| put(item, url)),
                Value::Object(fields) => fields.values_mut().for_each(|field| put(field, url)),
                _ => {}
            }
        }
        let mut input = self.input.clone();
        put(&mut input, url);
        input
    }
}

impl Case {
    /// The most that KIE takes for the case, in KIE's credits.
    #[must_use]
    pub const fn kie_credits(&self) -> f64 {
        match &self.work {
            Work::Film(order) => order.kie_credits,
            Work::SilentFilm(_) => 0.0,
        }
    }
}

fn is_same_order(one: &Product, other: &Product) -> bool {
    let order = |row: &Product| FilmOrder::of(row, row.default_length().secs, Photo::Upright, Extension::Jpg);
    order(one) == order(other)
}

fn shortest(row: &Product) -> u32 {
    let known = SHORTEST_SECS.iter().find(|(model, _)| *model == row.model);
    known.map_or_else(|| row.default_length().secs, |(_, secs)| *secs)
}

/// The first row of each key, in the order of the rows.
fn first_of_each<'a, K: PartialEq>(rows: &[&'a Product], key: impl Fn(&'a Product) -> K) -> Vec<&'a Product> {
    let mut firsts: Vec<&Product> = Vec::new();
    for row in rows {
        if !firsts.iter().any(|first| key(first) == key(row)) {
            firsts.push(row);
        }
    }
    firsts
}
