//! How a job's video is made: by which row of the catalog, and what is known of its film.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How a job's video is made, beyond its order. A job of release 0.1.0 has none of it stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Making {
    /// Id of the spare row that makes the video; `None` while the order's own row makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spare: Option<String>,
    /// How KIE gets the photo.
    #[serde(skip_serializing_if = "is_default")]
    pub photo_route: PhotoRoute,
    /// Checks of the present task's result that found nothing there.
    #[serde(skip_serializing_if = "is_default")]
    pub absent: u32,
    /// Checks of the present task's result that found a file which is no film.
    #[serde(skip_serializing_if = "is_default")]
    pub unusable: u32,
    /// What KIE took for the tasks of the job whose results were read, in thousandths of KIE's credits.
    #[serde(skip_serializing_if = "is_default")]
    pub kie_millicredits: u64,
    /// Tasks of the job for which KIE took credits.
    #[serde(skip_serializing_if = "is_default")]
    pub kie_films: u32,
    /// The attempt whose task is the last of them; 0 if there is none. A task's result may be read several times.
    #[serde(skip_serializing_if = "is_default")]
    pub kie_attempt: u32,
    /// The film in the media store; `None` until it is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub film: Option<Film>,
    /// The film in the media store, of a job that failed because the film could not be delivered, or that sends the film of another job;
    /// `None` for every other job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<KeptFilm>,
    /// Whether a tap proved that the film is in the chat although its charge was refunded.
    #[serde(skip_serializing_if = "is_default")]
    pub arrived_unpaid: bool,
}

/// A film in the media store that another job may send: a free replay, or an order of the finished video.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFilm {
    /// Key of the film in the media store.
    pub key: String,
    /// When the film was stored: its hold counts from here.
    pub stored_at: Timestamp,
}

/// How KIE gets a job's photo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoRoute {
    /// KIE fetches it from a presigned address of the media store.
    #[default]
    Presigned,
    /// We upload it to KIE's file store first.
    Uploaded,
}

/// What a film's index says of the film.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Film {
    /// Width as it is shown, in pixels.
    pub width: u32,
    /// Height as it is shown, in pixels.
    pub height: u32,
    /// Playing time in milliseconds.
    pub millis: u64,
    /// Whether the film has sound.
    pub sound: bool,
}

impl Film {
    /// Playing time in whole seconds, rounded up: Telegram shows no zero.
    #[must_use]
    pub fn secs(&self) -> u32 {
        u32::try_from(self.millis.div_ceil(1000)).unwrap_or(u32::MAX)
    }
}

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Making {
    /// Whether nothing is known yet.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        is_default(self)
    }
}
