//! The rules that a catalog must keep. A function that cannot use its catalog does not start.

use super::{Catalog, Frame, Kind, PhotoRole, Preset, Product};

/// Most videos in one order. The jobs and charges of an order are written in one transaction, whose size is limited.
pub const COUNT_MAX: u8 = 10;
/// Highest price of one video, in credits.
pub const CREDITS_MAX: u32 = 1000;
/// Longest film that a row may offer, in seconds. No model of the catalog makes a longer one.
pub const LENGTH_SECS_MAX: u32 = 60;
/// The lowest `prompt.max_chars` of a row. A built-in prompt cut below this length would lose its essential instructions.
const PROMPT_MIN_CHARS: usize = 500;

/// The catalog cannot be used. No catalog was loaded.
#[derive(Debug, thiserror::Error)]
pub enum BadCatalog {
    /// The text does not have the form of a catalog. The parser's message says where.
    #[error("infra/catalog.toml cannot be read: {0}")]
    Unreadable(String),
    /// A row breaks a rule.
    #[error("infra/catalog.toml, product {id:?}: {what}")]
    Row {
        /// The row's id.
        id: String,
        /// The rule that the row breaks.
        what: &'static str,
    },
    /// A price that all rows share is not a positive number.
    #[error("infra/catalog.toml: {0} must be a number over 0")]
    Price(&'static str),
    /// A preset breaks a rule.
    #[error("infra/catalog.toml, preset {name:?}: {what}")]
    Preset {
        /// The preset's name.
        name: String,
        /// The rule that the preset breaks.
        what: &'static str,
    },
    /// A kind of video has no row.
    #[error("infra/catalog.toml has no product of kind {0:?}: add a row")]
    Missing(Kind),
}

impl Catalog {
    /// The catalog, if it keeps every rule.
    pub(super) fn checked(self) -> Result<Self, BadCatalog> {
        for (name, price) in [("kie_credit_usd", self.kie_credit_usd), ("usd_per_credit_min", self.usd_per_credit_min)] {
            if !is_positive(price) {
                return Err(BadCatalog::Price(name));
            }
        }
        for (index, row) in self.products.iter().enumerate() {
            let is_repeated = self.products.iter().take(index).any(|other| other.id == row.id);
            let wrong = if is_repeated { Some("the id is used twice") } else { wrong_in(row).or_else(|| self.wrong_spare(row)) };
            if let Some(what) = wrong {
                return Err(BadCatalog::Row { id: row.id.clone(), what });
            }
        }
        for (index, preset) in self.presets.iter().enumerate() {
            let is_repeated = self.presets.iter().take(index).any(|other| other.name == preset.name);
            let wrong = if is_repeated { Some("the name is used twice") } else { self.wrong_preset(preset) };
            if let Some(what) = wrong {
                return Err(BadCatalog::Preset { name: preset.name.clone(), what });
            }
        }
        for kind in [Kind::Neurocard, Kind::Reels] {
            self.styles(kind).first().ok_or(BadCatalog::Missing(kind))?;
        }
        Ok(self)
    }

    fn wrong_preset(&self, preset: &Preset) -> Option<&'static str> {
        let wrong = [
            (preset.name.trim().is_empty(), "name must not be empty"),
            (preset.read_on.parse::<jiff::civil::Date>().is_err(), "read_on must be a day as YYYY-MM-DD"),
            (!preset.source.starts_with("https://"), "source must be the address of a page"),
            (!self.offered().any(|row| preset.length(row).is_some()), "no row has its frame and a length of its secs at least"),
        ];
        wrong.into_iter().find_map(|(is_wrong, what)| is_wrong.then_some(what))
    }

    fn wrong_spare(&self, row: &Product) -> Option<&'static str> {
        let spare = row.spare.as_deref()?;
        let Some(spare) = self.product(spare) else { return Some("spare must be the id of a row") };
        let longest = |row: &Product| row.lengths.iter().map(|length| length.secs).max();
        let wrong = [
            (spare.model == row.model, "the spare needs another model"),
            (!row.frames.iter().all(|frame| spare.frames.contains(frame)), "the spare needs the same frames"),
            (longest(spare) < longest(row), "the spare must offer at least the longest length of the row"),
        ];
        wrong.into_iter().find_map(|(is_wrong, what)| is_wrong.then_some(what))
    }
}

/// The first rule that a row breaks by itself.
fn wrong_in(row: &Product) -> Option<&'static str> {
    let inputs: Vec<&String> =
        [&row.photo.field, &row.prompt.field, &row.duration.field].into_iter().chain(&row.frame_field).collect();
    let has_one_field_twice =
        inputs.iter().enumerate().any(|(index, field)| inputs.iter().take(index).any(|other| other == field));
    let is_reference = row.photo.role == PhotoRole::Reference;
    let are_counts_fine =
        !row.counts.is_empty() && row.counts.is_sorted() && row.counts.iter().all(|n| (1..=COUNT_MAX).contains(n));
    let prices_are_fine = row.lengths.iter().all(|length| (1..=CREDITS_MAX).contains(&length.credits.0));
    let lengths_are_fine = row.lengths.iter().all(|length| (1..=LENGTH_SECS_MAX).contains(&length.secs));
    let wrong = [
        (row.id.is_empty() || row.model.is_empty(), "id and model must not be empty"),
        (row.lengths.is_empty() || !lengths_are_fine, "lengths must have secs from 1 to 60, the default length first"),
        (!prices_are_fine, "credits must be 1 to 1000"),
        (!row.lengths.iter().all(|length| is_positive(length.kie_credits)), "kie_credits must be a number over 0"),
        (row.frames.is_empty(), "frames must have one frame at least, the default first"),
        (is_reference != row.frame_field.is_some(), "frame_field belongs to a reference photo, and a reference photo needs it"),
        (is_reference && row.frames.contains(&Frame::Own), "a film of a reference photo cannot have the frame \"own\""),
        (row.prompt.max_chars < PROMPT_MIN_CHARS, "the built-in prompts need prompt.max_chars of 500 at least"),
        (!are_counts_fine, "counts must be numbers from 1 to 10, the smallest first"),
        (row.photo.max_aspect.partial_cmp(&1.0) != Some(std::cmp::Ordering::Greater), "photo.max_aspect must be over 1"),
        (row.photo.min_side_px > row.photo.max_side_px, "photo.min_side_px must not be over photo.max_side_px"),
        (
            inputs.iter().any(|field| row.input.contains_key(*field)),
            "input must not name the field of photo, prompt, duration or frame",
        ),
        (has_one_field_twice, "photo, prompt, duration and frame need a field each"),
    ];
    wrong.into_iter().find_map(|(is_wrong, what)| is_wrong.then_some(what))
}

fn is_positive(number: f64) -> bool {
    number.is_finite() && number > 0.0
}
