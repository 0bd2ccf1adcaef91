//! What a seller ordered.

use serde::{Deserialize, Serialize};

use crate::{
    catalog::{Frame, Kind, Product, Style},
    credits::Credits,
    locale::Locale,
    photo::Photo,
};

/// What a seller ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The kind of video: Neurocard or Reels.
    pub kind: Kind,
    /// The style of the video.
    pub style: Style,
    /// Id of the catalog row that makes the video.
    pub product: String,
    /// Length of the video in seconds; `None` in an order of release 0.1, which gets the row's default length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secs: Option<u32>,
    /// The film's proportions; `None` in an order of release 0.1, which gets the row's default frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<Frame>,
    /// Telegram's ids of the product's photo.
    pub photo: Photo,
    /// The seller's words about the product and the video.
    #[serde(default)]
    pub brief: Brief,
    /// The price of this job, in credits; the draft quoted it.
    pub price: Credits,
    /// Videos in the order; this job makes one of them.
    pub count: u8,
    /// The language of every message about the order.
    pub locale: Locale,
    /// The thread of the chat from which the seller ordered; `None` in a chat without topics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<i64>,
    /// Telegram's id of the message that shows the order's status.
    #[serde(default)]
    pub status_message: Option<i64>,
}

impl Order {
    /// An order of one video of the default length, without a brief.
    #[must_use]
    pub fn of_one(product: &Product, photo: Photo, locale: Locale) -> Self {
        let Product { id, kind, style, .. } = product;
        let length = product.default_length();
        Self {
            kind: *kind,
            style: *style,
            product: id.clone(),
            secs: Some(length.secs),
            frame: Some(product.frame(None)),
            photo,
            brief: Brief::default(),
            price: length.credits,
            count: 1,
            locale,
            thread: None,
            status_message: None,
        }
    }

    /// Whether the order costs no credits: only a replay is free, because every price of the catalog is at least one credit.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.price == Credits(0)
    }
}

/// The seller's words about the product and the video. They are data, never instructions to a model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    /// The seller's description of the product.
    pub about: Option<String>,
    /// The seller's wishes for the video.
    pub wishes: Option<String>,
    /// The seller's own prompt, for the style [`Style::Own`].
    pub own_prompt: Option<String>,
}

/// An order of one video of this kind in the kind's first style, for tests.
#[cfg(test)]
pub(crate) fn sample_order(kind: Kind) -> Order {
    let catalog = crate::catalog::Catalog::built_in().unwrap();
    let product = catalog.offer(kind, catalog.styles(kind)[0]).unwrap();
    Order::of_one(product, Photo::new("f", "u"), Locale::En)
}
