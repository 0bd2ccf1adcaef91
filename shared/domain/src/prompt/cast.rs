//! What distinguishes the videos of an order: hero, place, camera move and light.

use super::Shot;
use crate::ids::JobId;

/// The hero, the place, the camera move and the light of one video. A prompt uses those that the photo's role needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cast {
    pub(super) hero: &'static str,
    pub(super) place: &'static str,
    pub(super) camera: &'static str,
    pub(super) light: &'static str,
}

const HEROES: [&str; 7] = [
    "a young woman with curly hair",
    "a man in his thirties with a short beard",
    "a student in a hoodie",
    "an elegant woman in her fifties",
    "a sporty woman with a ponytail",
    "a father with a warm smile",
    "a young man in glasses",
];

const PLACES: [&str; 7] = [
    "in a bright kitchen in the morning",
    "in a cosy living room with plants",
    "on a city street at golden hour",
    "in a minimalist studio with soft daylight",
    "on the sunny terrace of a small cafe",
    "at a tidy desk by a large window",
    "in a park in late spring",
];

/// Moves that stay inside the picture: a pull-back or a wide orbit would make the model invent what the photo does not show.
const MOVES: [&str; 7] = [
    "a slow push-in of about ten percent, straight toward the product",
    "a slow arc of about five degrees to the left, centred on the product",
    "a slow diagonal push-in of about ten percent, from the lower right toward the product",
    "a slow push-in of about fifteen percent, straight toward the product",
    "a slow arc of about five degrees to the right, centred on the product",
    "a slow diagonal push-in of about ten percent, from the lower left toward the product",
    "a slow rising push-in of about eight percent, aimed at the product",
];

/// Moves that keep the framing of a product card, and its flat lettering parallel to the frame.
const CARD_MOVES: [&str; 3] = [
    "a very slow push-in of about five percent, straight toward the product",
    "a very slow push-in of about eight percent, straight toward the product",
    "a very slow push-in of about six percent, aimed slightly above the middle of the product",
];

/// Motions of light only, without a source: a window, the sun, steam or fabric would appear also where the photo has none.
const LIGHTS: [&str; 7] = [
    "a soft band of light glides once across the product from left to right",
    "fine dust floats slowly through the light near the product",
    "the soft shadow of the product shifts slowly to one side",
    "a small highlight travels slowly along the product's edge",
    "a soft band of light glides once across the product from right to left",
    "the reflections on the product drift slowly across its surface",
    "the soft light on the product grows gently brighter",
];

impl Cast {
    /// The cast of a job. No two videos of an order share a hero, a place, a camera move or a light, unless the list is shorter than
    /// the order.
    pub(super) fn of(shot: Shot, job: JobId) -> Self {
        // The draft's id is the seed: another order starts elsewhere in the lists, and a retry of this job uses the same.
        let seed = job.draft.0.as_u128() % 1_000_003;
        let (first, second) = (seed + u128::from(job.n), seed / 7 + u128::from(job.n));
        let camera = if shot == Shot::Card { pick(&CARD_MOVES, first) } else { pick(&MOVES, first) };
        Self { hero: pick(&HEROES, first), place: pick(&PLACES, second), camera, light: pick(&LIGHTS, second) }
    }
}

fn pick(list: &[&'static str], at: u128) -> &'static str {
    let at = u128::try_from(list.len()).ok().and_then(|length| usize::try_from(at.checked_rem(length)?).ok());
    at.and_then(|at| list.get(at).copied()).unwrap_or_default()
}
