//! What a seller ordered.

use serde::{Deserialize, Serialize};

use crate::{
    catalog::{Kind, Product, Style},
    credits::Credits,
    locale::Locale,
    photo::Photo,
};

/// What a person ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Neurocard or Reels.
    pub kind: Kind,
    /// How it is told.
    pub style: Style,
    /// The catalog row that makes it.
    pub product: String,
    /// The product's photo as Telegram knows it.
    pub photo: Photo,
    /// What the person said about it.
    #[serde(default)]
    pub brief: Brief,
    /// What this job costs; frozen in the draft.
    pub price: Credits,
    /// How many videos the order is for; this job is one of them.
    pub count: u8,
    /// The language to speak to this person about it.
    pub locale: Locale,
    /// The message in the chat that shows how the order is doing.
    #[serde(default)]
    pub status_message: Option<i64>,
}

impl Order {
    /// An order of one video with nothing said about it.
    #[must_use]
    pub fn of_one(product: &Product, photo: Photo, locale: Locale) -> Self {
        let Product { id, kind, style, credits, .. } = product;
        Self {
            kind: *kind,
            style: *style,
            product: id.clone(),
            photo,
            brief: Brief::default(),
            price: *credits,
            count: 1,
            locale,
            status_message: None,
        }
    }
}

/// What a person said about the product and the video. Their words, never instructions to anybody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    /// What the product is.
    pub about: Option<String>,
    /// What they wish for in the video.
    pub wishes: Option<String>,
    /// Their own prompt, for the style of that name.
    pub own_prompt: Option<String>,
}

/// An order of one video of this kind in its first style, for tests of the domain.
#[cfg(test)]
pub(crate) fn sample_order(kind: Kind) -> Order {
    let catalog = crate::catalog::Catalog::built_in().unwrap();
    let product = catalog.offer(kind, catalog.styles(kind)[0]).unwrap();
    Order::of_one(product, Photo { file_id: "f".into(), unique_id: "u".into() }, Locale::En)
}
