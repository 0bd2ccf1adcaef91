//! The built-in prompt: English of 50 to 150 words around the seller's words.

use super::{Cast, Film, Shot};
use crate::{catalog::PhotoRole, job::Brief, utf16::cut};

/// Longest part of a seller's text in a built-in prompt, in UTF-16 units. It leaves room for every clause of the shortest limit.
const WORDS_MAX_UNITS: usize = 600;

/// The part of a video for its opening and for its end, in seconds at most.
const EDGE_MAX_SECS: u32 = 3;

/// The built-in prompt of a video.
pub(super) fn prompt(brief: &Brief, shot: Shot, role: PhotoRole, film: Film, cast: Cast) -> String {
    let words = |label: &str, words: Option<&str>| match words.map(plain) {
        Some(words) if !words.is_empty() => format!(" {label}: {words}."),
        _ => String::new(),
    };
    let wishes = |label| words(label, brief.wishes.as_deref());
    let about = || words("The product", brief.about.as_deref());
    match (role, shot) {
        (PhotoRole::FirstFrame, _) => first_frame(shot, film.secs, cast, &wishes("Requested mood and motion")),
        (PhotoRole::Reference, Shot::Ugc) => ugc(film, cast, &about(), &wishes("Requested mood and action")),
        (PhotoRole::Reference, _) => ad(film.secs, cast, &about(), &wishes("Requested mood and motion")),
    }
}

/// Motion only. The seller's words about the product are left out: the picture shows the product.
fn first_frame(shot: Shot, secs: u32, Cast { camera, light, .. }: Cast, wishes: &str) -> String {
    let manner = match shot {
        Shot::Card => "The framing stays close to that of the photo, and the camera makes one perfectly smooth move",
        Shot::Ad => "The camera makes one smooth move, as in a premium product film",
        Shot::Ugc => "The footage is handheld with a slight natural sway, and the camera makes one relaxed move",
    };
    format!(
        "The photo becomes one continuous shot of {secs} seconds; the picture is complete as it is. {manner}: {camera}. \
         Meanwhile, {light}.{wishes} The product stays whole, in focus and in frame. Every surface keeps the shape, colour and \
         print it has in the photo. The move settles and the last second is almost still. The sound is a quiet room tone."
    )
}

/// A blogger's video in three beats.
fn ugc(film: Film, Cast { hero, place, .. }: Cast, about: &str, wishes: &str) -> String {
    let (secs, shape) = (film.secs, film.shape());
    let edge = (secs / 4).clamp(1, EDGE_MAX_SECS);
    let last = secs.saturating_sub(edge);
    format!(
        "A {shape} phone video: one continuous handheld shot of {secs} seconds in natural light, clean footage straight from the \
         camera. It shows {hero} {place}, with the product of image 1, the reference image.{about} From 0 to {edge} seconds, the \
         person faces the camera and presents the product with both hands. From {edge} to {last} seconds, the camera comes about \
         ten percent closer while the person's fingers slowly trace the product and point out a detail; its front stays toward \
         the camera. From {last} to {secs} seconds, the person smiles with closed lips, and both are almost still.{wishes} The \
         product has its real size next to the person, and every surface keeps the shape, colour and print of image 1. The sound \
         is the natural ambience of the place and the soft touch of hands."
    )
}

/// An ad or a card of a product in surroundings of their own.
fn ad(secs: u32, Cast { place, camera, light, .. }: Cast, about: &str, wishes: &str) -> String {
    format!(
        "Premium product film: one continuous shot of {secs} seconds in soft natural light. The only subject is the product of \
         image 1, the reference image, {place}.{about} The camera makes one smooth move: {camera}. Meanwhile, {light}.{wishes} \
         The product has its real size, and every surface keeps the shape, colour and print of image 1. The move settles and the \
         last second is almost still. The sound is the natural ambience of the place."
    )
}

/// A seller's words on one line, without the full stop at the end and without quotation marks. Video models speak or print what is
/// in quotation marks.
fn plain(words: &str) -> String {
    let unquoted: String = words.chars().filter(|char| !"\"«»“”„".contains(*char)).collect();
    let line = unquoted.split_whitespace().collect::<Vec<_>>().join(" ");
    cut(&line, WORDS_MAX_UNITS).trim_end_matches(['.', ' ']).to_owned()
}
