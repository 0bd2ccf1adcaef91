//! A preset: the frame and the length of a video for one place where it is shown.

use serde::Deserialize;

use super::{Frame, Kind, Length, Product};

/// What one marketplace or feed takes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// The label of its button: a proper name, the same in every language.
    pub name: String,
    /// The kind whose orders have the preset; every kind if missing.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// The proportions of its videos.
    pub frame: Frame,
    /// The least length of its videos, in seconds.
    pub secs: u32,
    /// The day on which the source was read, as `YYYY-MM-DD`.
    pub read_on: String,
    /// The address of the page that states these figures.
    pub source: String,
}

impl Preset {
    /// The shortest length of this row that the preset takes; `None` if the row has no such length, not the preset's frame, or another
    /// kind.
    #[must_use]
    pub fn length(&self, row: &Product) -> Option<Length> {
        let is_of_kind = self.kind.is_none_or(|kind| kind == row.kind);
        (is_of_kind && row.is_offered(self.frame, self.secs)).then(|| row.length(Some(self.secs)))
    }
}
