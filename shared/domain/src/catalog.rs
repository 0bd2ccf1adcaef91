//! The catalog: what a seller can order, what it costs and which model makes it. It is `infra/catalog.toml`, embedded at build.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::credits::Credits;

/// The text of the catalog that this build embeds.
const BUILT_IN: &str = include_str!("../../../infra/catalog.toml");

/// The kind of video that a seller can order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A product card that moves, in the photo's own aspect ratio, with the product only.
    Neurocard,
    /// A vertical video for a social media feed.
    Reels,
}

impl Kind {
    /// The name in button data and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Neurocard => "neurocard",
            Self::Reels => "reels",
        }
    }
}

/// The style of a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// The product alone, as it is on its card.
    Product,
    /// A blogger shows the product, in the manner of user-generated content.
    Ugc,
    /// A product ad: the camera moves around the product, without people.
    Broll,
    /// The seller's own prompt.
    Own,
}

impl Style {
    /// All styles of video.
    pub const ALL: [Self; 4] = [Self::Product, Self::Ugc, Self::Broll, Self::Own];

    /// The name in button data and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Ugc => "ugc",
            Self::Broll => "broll",
            Self::Own => "own",
        }
    }
}

/// Most videos in one order. The jobs and charges of an order are written in one transaction, whose size is limited.
pub const COUNT_MAX: u8 = 10;
/// The lowest `prompt.max_chars` of a row. A built-in prompt cut below this length would lose its essential instructions.
const PROMPT_MIN_CHARS: usize = 500;

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
    /// The numbers of videos that one order may have, ascending. A row with one number needs no question.
    pub counts: Vec<u8>,
    /// Price of one video, in credits.
    pub credits: Credits,
    /// KIE's id of the model.
    pub model: String,
    /// Usual time that the model takes for one video, in seconds.
    pub typical_secs: u32,
    /// The photo in the model's input.
    pub photo: PhotoInput,
    /// The prompt in the model's input.
    pub prompt: PromptInput,
    /// The rest of the model's input, sent unchanged.
    pub input: Map<String, Value>,
}

/// The photo in a model's input, and the limits of the photos that the model accepts.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhotoInput {
    /// Name of the input field.
    pub field: String,
    /// Whether the field is a list of URLs.
    pub list: bool,
    /// Largest file, in bytes.
    pub max_bytes: u64,
    /// Least length of the shorter side, in pixels.
    pub min_side_px: u32,
    /// Greatest ratio of the longer side to the shorter side.
    pub max_aspect: f64,
}

/// The prompt in a model's input, and its limit.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptInput {
    /// Name of the input field.
    pub field: String,
    /// Longest prompt, in characters.
    pub max_chars: usize,
}

/// All rows of the catalog.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// The rows in order of preference: the first match is offered.
    #[serde(rename = "product")]
    products: Vec<Product>,
}

/// The catalog cannot be used. No catalog was loaded.
#[derive(Debug, thiserror::Error)]
pub enum BadCatalog {
    /// The text is not TOML of the expected form.
    #[error("infra/catalog.toml cannot be read: {0}")]
    Unreadable(#[from] toml::de::Error),
    /// A row breaks a rule.
    #[error("infra/catalog.toml, product {id:?}: {what}")]
    Row {
        /// The row's id.
        id: String,
        /// The rule that the row breaks.
        what: &'static str,
    },
    /// A kind of video has no row.
    #[error("infra/catalog.toml has no product of kind {0:?}: add a row")]
    Missing(Kind),
}

impl Catalog {
    /// The catalog embedded at build.
    ///
    /// # Errors
    /// [`BadCatalog`]; a test checks that the embedded catalog is valid.
    pub fn built_in() -> Result<Self, BadCatalog> {
        Self::parse(BUILT_IN)
    }

    /// Parses and checks a catalog.
    ///
    /// # Errors
    /// [`BadCatalog`] names the row and the rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, BadCatalog> {
        let catalog: Self = toml::from_str(text)?;
        for (index, row) in catalog.products.iter().enumerate() {
            let same = |other: &&Product| other.id == row.id;
            let wrong = if row.id.is_empty() || row.model.is_empty() {
                "id and model must not be empty"
            } else if catalog.products.iter().take(index).find(same).is_some() {
                "the id is used twice"
            } else if row.credits.0 == 0 || row.credits.0 > 1000 {
                "credits must be 1 to 1000"
            } else if row.prompt.max_chars < PROMPT_MIN_CHARS {
                "the built-in prompts need prompt.max_chars of 500 at least"
            } else if row.counts.is_empty() || !row.counts.is_sorted() || !row.counts.iter().all(|n| (1..=COUNT_MAX).contains(n))
            {
                "counts must be numbers from 1 to 10, the smallest first"
            } else if row.photo.max_aspect.partial_cmp(&1.0) != Some(std::cmp::Ordering::Greater) {
                "photo.max_aspect must be over 1"
            } else if row.input.contains_key(&row.photo.field) || row.input.contains_key(&row.prompt.field) {
                "input must not name the photo's or the prompt's field"
            } else if row.photo.field == row.prompt.field {
                "photo and prompt need a field each"
            } else {
                continue;
            };
            return Err(BadCatalog::Row { id: row.id.clone(), what: wrong });
        }
        for kind in [Kind::Neurocard, Kind::Reels] {
            catalog.styles(kind).first().ok_or(BadCatalog::Missing(kind))?;
        }
        Ok(catalog)
    }

    /// The first row of this kind and style: the row that is offered.
    #[must_use]
    pub fn offer(&self, kind: Kind, style: Style) -> Option<&Product> {
        self.products.iter().find(|row| (row.kind, row.style) == (kind, style))
    }

    /// The styles of a kind, each once, in the order of the rows.
    #[must_use]
    pub fn styles(&self, kind: Kind) -> Vec<Style> {
        let mut styles = Vec::new();
        for row in self.products.iter().filter(|row| row.kind == kind) {
            if !styles.contains(&row.style) {
                styles.push(row.style);
            }
        }
        styles
    }

    /// The row with this id, which jobs store.
    #[must_use]
    pub fn product(&self, id: &str) -> Option<&Product> {
        self.products.iter().find(|row| row.id == id)
    }

    /// All rows of the catalog.
    #[must_use]
    pub fn products(&self) -> &[Product] {
        &self.products
    }
}

impl Product {
    /// The model's input for one photo and prompt. A prompt over the limit is cut.
    #[must_use]
    pub fn model_input(&self, photo_url: &str, prompt: &str) -> Value {
        let mut input = self.input.clone();
        let photo = if self.photo.list { json!([photo_url]) } else { json!(photo_url) };
        input.insert(self.photo.field.clone(), photo);
        input.insert(self.prompt.field.clone(), prompt.chars().take(self.prompt.max_chars).collect::<String>().into());
        Value::Object(input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_catalog_is_valid_and_offers_both_kinds() {
        let catalog = Catalog::built_in().unwrap();
        assert_eq!(catalog.offer(Kind::Neurocard, Style::Product).unwrap().model, "grok-imagine/image-to-video");
        assert_eq!(catalog.styles(Kind::Neurocard), [Style::Product]);
        assert_eq!(catalog.styles(Kind::Reels), [Style::Ugc, Style::Broll, Style::Own]);
        for style in catalog.styles(Kind::Reels) {
            assert_eq!(catalog.offer(Kind::Reels, style).unwrap().model, "kling-3.0/video");
        }
    }

    #[test]
    fn models_differ_in_data_only() {
        let catalog = Catalog::built_in().unwrap();
        let inputs: Vec<_> =
            catalog.products().iter().map(|row| (&row.model, row.model_input("https://photo", "a mug"))).collect();
        insta::assert_snapshot!(serde_json::to_string_pretty(&inputs).unwrap());
    }

    #[test]
    fn a_wrong_row_is_named() {
        let broken = BUILT_IN.replace("id = \"reels-ugc\"", "id = \"neurocard\"");
        assert_eq!(
            Catalog::parse(&broken).unwrap_err().to_string(),
            "infra/catalog.toml, product \"neurocard\": the id is used twice"
        );
        let free = BUILT_IN.replacen("credits = 1", "credits = 0", 1);
        assert!(Catalog::parse(&free).unwrap_err().to_string().contains("credits must be"));
        let none = BUILT_IN.replacen("counts = [1]", "counts = [3, 0]", 1);
        assert!(Catalog::parse(&none).unwrap_err().to_string().contains("counts must be"));
        let one = BUILT_IN.replace("kind = \"neurocard\"", "kind = \"reels\"");
        assert!(matches!(Catalog::parse(&one), Err(BadCatalog::Missing(Kind::Neurocard))));
        assert!(Catalog::parse("product = 1").is_err());
    }
}
