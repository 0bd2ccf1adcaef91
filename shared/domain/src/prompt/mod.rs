//! The prompt for a video model: the assignment for the prompt writer (a language model), and the built-in prompt for when the
//! writer is switched off or fails. docs/prompts.md gives the reason of each clause.
//!
//! A prompt follows the photo's role in the row that makes the video, because a spare row may use the photo in another role. A first
//! frame gets motion only; a reference gets the surroundings, the action and the sound.
//!
//! A seller's words are data. They reach the prompt writer as JSON strings in a message of their own, never in the instructions.

mod built_in;
mod cast;
mod instructions;

use serde_json::json;

use crate::{
    catalog::{Frame, Kind, PhotoRole, Product, Style},
    ids::JobId,
    job::Order,
    utf16::cut,
};
use cast::Cast;

/// The source of a job's prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// The seller's own prompt.
    Own(String),
    /// The prompt writer writes it from this assignment; the built-in prompt is the fallback.
    Written(Assignment),
}

/// The input of the prompt writer, next to the photo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The instructions. They state that the material and the photo are data.
    pub instructions: String,
    /// The seller's words, and what distinguishes this video from the others of its order, as a JSON object.
    pub material: String,
    /// Longest prompt that the video model takes, in UTF-16 units.
    pub max_chars: usize,
    /// The fallback if the prompt writer is switched off or fails.
    pub built_in: String,
}

/// What a prompt describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shot {
    /// A product card that moves, with the framing of the photo.
    Card,
    /// A product ad without people.
    Ad,
    /// A video as a blogger films it.
    Ugc,
}

/// The length and the proportions of the video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Film {
    /// Playing time in seconds.
    secs: u32,
    /// The proportions.
    frame: Frame,
}

impl Film {
    /// The adjective for the proportions.
    fn shape(self) -> &'static str {
        match self.frame {
            Frame::Vertical | Frame::Card | Frame::Own => "vertical",
            Frame::Square => "square",
        }
    }
}

impl Shot {
    fn of(order: &Order) -> Self {
        match (order.kind, order.style) {
            (Kind::Neurocard, _) => Self::Card,
            (Kind::Reels, Style::Ugc) => Self::Ugc,
            (Kind::Reels, _) => Self::Ad,
        }
    }
}

/// The prompt of one video of an order, for the model of the row `product`: the order's own row or its spare.
#[must_use]
pub fn of(order: &Order, job: JobId, product: &Product) -> Prompt {
    let max_chars = product.prompt.max_chars;
    if let (Style::Own, Some(own)) = (order.style, &order.brief.own_prompt) {
        return Prompt::Own(cut(own, max_chars));
    }
    let (shot, role) = (Shot::of(order), product.photo.role);
    let film = Film { secs: product.length(order.secs).secs, frame: product.frame(order.frame) };
    let cast = Cast::of(shot, job);
    Prompt::Written(Assignment {
        instructions: instructions::instructions(shot, role, film, max_chars),
        material: material(order, shot, role, cast),
        max_chars,
        built_in: cut(&built_in::prompt(&order.brief, shot, role, film, cast), max_chars),
    })
}

/// The message of the prompt writer's user: the seller's words, and the part of the cast that the prompt needs.
fn material(order: &Order, shot: Shot, role: PhotoRole, cast: Cast) -> String {
    let product = order.brief.about.as_deref().unwrap_or("unknown; it is on the photo");
    let wishes = order.brief.wishes.as_deref().unwrap_or("none");
    let Cast { hero, place, camera, light } = cast;
    let material = match (role, shot) {
        (PhotoRole::FirstFrame, _) => json!({"product": product, "wishes": wishes, "camera": camera, "light": light}),
        (PhotoRole::Reference, Shot::Ugc) => json!({"product": product, "wishes": wishes, "hero": hero, "place": place}),
        (PhotoRole::Reference, _) => {
            json!({"product": product, "wishes": wishes, "place": place, "camera": camera, "light": light})
        }
    };
    material.to_string()
}

#[cfg(test)]
mod tests;
