//! The catalog: what a seller can order, what it costs and which model makes it. It is `infra/catalog.toml`, embedded at build.

mod checks;
mod frame;
mod preset;
mod product;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use checks::{BadCatalog, COUNT_MAX, CREDITS_MAX, LENGTH_SECS_MAX};
pub use frame::{FRAME_TOLERANCE, Frame};
pub use preset::Preset;
pub use product::{DurationForm, DurationInput, Length, PhotoInput, PhotoRole, Product, PromptInput};

/// The catalog that this build embeds: `infra/catalog.toml` as JSON, made by `build.rs`. A function reads it at each cold start, and JSON
/// takes a fraction of the time of TOML.
const BUILT_IN: &str = include_str!(concat!(env!("OUT_DIR"), "/catalog.json"));

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

/// All rows of the catalog.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// The day of KIE's prices in the rows, as `YYYY-MM-DD`.
    pub priced_on: String,
    /// The price of one credit of KIE, in US dollars.
    pub kie_credit_usd: f64,
    /// The least that an operator takes for one credit, in US dollars: no film may cost more at KIE than its credits bring.
    pub usd_per_credit_min: f64,
    /// The rows in order of preference: the first match is offered.
    #[serde(rename = "product")]
    products: Vec<Product>,
    /// The presets, in the order of their buttons.
    #[serde(rename = "preset", default)]
    presets: Vec<Preset>,
}

impl Catalog {
    /// The catalog embedded at build.
    ///
    /// # Errors
    /// [`BadCatalog`]; a test checks that the embedded catalog is valid.
    pub fn built_in() -> Result<Self, BadCatalog> {
        serde_json::from_str::<Self>(BUILT_IN).map_err(|error| BadCatalog::Unreadable(error.to_string()))?.checked()
    }

    /// Parses and checks the text of an `infra/catalog.toml`.
    ///
    /// # Errors
    /// [`BadCatalog`] names the row and the rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, BadCatalog> {
        toml::from_str::<Self>(text).map_err(|error| BadCatalog::Unreadable(error.to_string()))?.checked()
    }

    /// The first offered row of this kind and style.
    #[must_use]
    pub fn offer(&self, kind: Kind, style: Style) -> Option<&Product> {
        self.offered().find(|row| (row.kind, row.style) == (kind, style))
    }

    /// The rows that a seller may order, in the order of the rows.
    pub fn offered(&self) -> impl Iterator<Item = &Product> {
        self.products.iter().filter(|row| row.offered)
    }

    /// The styles of a kind, each once, in the order of the rows.
    #[must_use]
    pub fn styles(&self, kind: Kind) -> Vec<Style> {
        let mut styles = Vec::new();
        for row in self.offered().filter(|row| row.kind == kind) {
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

    /// The row whose model makes a row's video if the row's own model cannot; `None` if the row has no spare.
    #[must_use]
    pub fn spare(&self, row: &Product) -> Option<&Product> {
        self.product(row.spare.as_deref()?)
    }

    /// All rows of the catalog.
    #[must_use]
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// The presets that set a frame and a length of this row, in the order of their buttons.
    pub fn presets(&self, row: &Product) -> impl Iterator<Item = (&Preset, Length)> {
        self.presets.iter().filter_map(|preset| Some((preset, preset.length(row)?)))
    }

    /// What KIE takes for one video of this length, in US dollars.
    #[must_use]
    pub fn cost_usd(&self, length: &Length) -> f64 {
        length.kie_credits * self.kie_credit_usd
    }
}
