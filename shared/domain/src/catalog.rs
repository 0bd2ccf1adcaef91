//! What can be ordered, what it costs and which model makes it: `infra/catalog.toml`, embedded at build.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::credits::Credits;

/// The catalog this build was made with.
const BUILT_IN: &str = include_str!("../../../infra/catalog.toml");

/// What a person can order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A product card that moves: the photo's own aspect, the product only.
    Neurocard,
    /// A vertical video made for a feed.
    Reels,
}

impl Kind {
    /// The name in buttons' data and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Neurocard => "neurocard",
            Self::Reels => "reels",
        }
    }
}

/// How a video of a kind is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// The product alone, as it is on its card.
    Product,
    /// A blogger shows the product, as users film it themselves.
    Ugc,
    /// A product ad: the camera around the product, no people.
    Broll,
    /// The seller's own prompt.
    Own,
}

impl Style {
    /// Every style.
    pub const ALL: [Self; 4] = [Self::Product, Self::Ugc, Self::Broll, Self::Own];

    /// The name in buttons' data and logs.
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

/// Most videos of one order: each is a job and a charge in one transaction.
pub const COUNT_MAX: u8 = 10;
/// The built-in prompts, with what the seller says, are cut to fit; under this nothing of them would be left.
const PROMPT_MIN_CHARS: usize = 500;

/// One row: a product, the model that makes it, and how that model's input is spelled.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// The row's name; kept on jobs.
    pub id: String,
    /// What it is to the person.
    pub kind: Kind,
    /// How it is told.
    pub style: Style,
    /// How many videos one order may be for; the first is what is meant when nobody asks.
    pub counts: Vec<u8>,
    /// Price of one video.
    pub credits: Credits,
    /// KIE's model id.
    pub model: String,
    /// What the model usually takes, in seconds.
    pub typical_secs: u32,
    /// How the model takes the photo.
    pub photo: PhotoInput,
    /// How the model takes the prompt.
    pub prompt: PromptInput,
    /// The rest of the model's input, sent as it stands here.
    pub input: Map<String, Value>,
}

/// How a model takes the photo, and what it accepts.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhotoInput {
    /// The field's name.
    pub field: String,
    /// Whether the field is a list of addresses.
    pub list: bool,
    /// Largest file, in bytes.
    pub max_bytes: u64,
    /// Shortest side, in pixels.
    pub min_side_px: u32,
    /// Longest side divided by the shortest.
    pub max_aspect: f64,
}

/// How a model takes the prompt.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptInput {
    /// The field's name.
    pub field: String,
    /// Most characters.
    pub max_chars: usize,
}

/// All rows.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// The rows, first match wins.
    #[serde(rename = "product")]
    products: Vec<Product>,
}

/// A catalog that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadCatalog {
    /// It is not the TOML that is expected.
    #[error("infra/catalog.toml: {0}")]
    Unreadable(#[from] toml::de::Error),
    /// A row is wrong.
    #[error("infra/catalog.toml, product {id:?}: {what}")]
    Row {
        /// The row.
        id: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Something a person can order has no row.
    #[error("infra/catalog.toml has no product for {0:?}")]
    Missing(Kind),
}

impl Catalog {
    /// The catalog embedded at build.
    ///
    /// # Errors
    /// [`BadCatalog`]; a test makes sure no build ships one.
    pub fn built_in() -> Result<Self, BadCatalog> {
        Self::parse(BUILT_IN)
    }

    /// A catalog from its text.
    ///
    /// # Errors
    /// [`BadCatalog`] names the row and what is wrong.
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

    /// The row offered for a kind and style: the first one.
    #[must_use]
    pub fn offer(&self, kind: Kind, style: Style) -> Option<&Product> {
        self.products.iter().find(|row| (row.kind, row.style) == (kind, style))
    }

    /// The styles a kind is offered in, each once, in the order of the rows.
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

    /// A row by its id, as jobs keep it.
    #[must_use]
    pub fn product(&self, id: &str) -> Option<&Product> {
        self.products.iter().find(|row| row.id == id)
    }

    /// All rows.
    #[must_use]
    pub fn products(&self) -> &[Product] {
        &self.products
    }
}

impl Product {
    /// The model's input for one photo and prompt. A prompt over the limit is cut at a character.
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
    fn the_catalog_that_ships_is_good_and_offers_both_kinds() {
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
