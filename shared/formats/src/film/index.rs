//! The index of a film (`moov`), and what it says about the film.

use std::collections::BTreeMap;

use shiguredo_mp4::boxes::TrexBox;

use super::boxes::{Kind, children};
use super::fragment::Fragments;
use super::geometry::on_screen;
use super::track::Track;
use super::{BadFilm, Film, TRACKS_MAX};

/// The parts of an index that describe the film.
pub struct Index {
    tracks: Vec<Track>,
    /// Durations of fragmented samples whose fragment states none, time units, by the track's id (`trex`).
    defaults: BTreeMap<u32, u32>,
}

/// What is known about the whole file beside its index.
pub struct Whole<'a> {
    pub brand: Kind,
    pub fragments: &'a Fragments,
    pub index_first: bool,
    /// Bytes of the file.
    pub bytes: u64,
}

impl Index {
    /// Reads the content of a `moov` box.
    pub fn read(content: &[u8]) -> Result<Self, BadFilm> {
        let mut index = Self { tracks: Vec::new(), defaults: BTreeMap::new() };
        for child in children(content) {
            let child = child?;
            match &child.kind {
                b"trak" => index.tracks.push(Track::read(child.content)?),
                b"mvex" => index.read_defaults(child.content)?,
                _ => {}
            }
            if index.tracks.len().max(index.defaults.len()) > TRACKS_MAX {
                return Err(BadFilm::Malformed("too many tracks"));
            }
        }
        Ok(index)
    }

    fn read_defaults(&mut self, content: &[u8]) -> Result<(), BadFilm> {
        for child in children(content) {
            let child = child?;
            if child.kind == *b"trex" {
                let default: TrexBox = child.decode("the defaults of fragments")?;
                self.defaults.insert(default.track_id, default.default_sample_duration);
            }
        }
        Ok(())
    }

    /// What the film is.
    pub fn film(&self, file: &Whole<'_>) -> Result<Film, BadFilm> {
        if self.tracks.iter().any(|track| track.samples > 0 && track.last_chunk >= file.bytes) {
            return Err(BadFilm::CutOff);
        }
        let track = self.picture_track().ok_or(BadFilm::NoPicture)?;
        let header = track.header.as_ref().ok_or(BadFilm::Malformed("a track without a header"))?;
        let timescale = track.timescale.ok_or(BadFilm::Malformed("a track without a time scale"))?;
        let (codec, coded) = track.picture.ok_or(BadFilm::Malformed("a track without a sample description"))?;
        let (width, height) = on_screen(header, coded)?;
        let millis = u128::from(self.samples(track, file.fragments).1) * 1000 / u128::from(timescale.max(1));
        if width == 0 || height == 0 || millis == 0 {
            return Err(BadFilm::NoPicture);
        }
        let sound = self.tracks.iter().any(|track| track.handler == *b"soun" && self.samples(track, file.fragments).0 > 0);
        let millis = u64::try_from(millis).unwrap_or(u64::MAX);
        Ok(Film { width, height, millis, codec, brand: file.brand, sound, index_first: file.index_first })
    }

    /// The first enabled video track, or the first video track if none is enabled.
    fn picture_track(&self) -> Option<&Track> {
        let mut videos = self.tracks.iter().filter(|track| track.handler == *b"vide");
        let enabled = |track: &&Track| track.header.as_ref().is_some_and(|header| header.flag_track_enabled);
        videos.clone().find(enabled).or_else(|| videos.next())
    }

    /// The number of a track's samples, and their duration in time units.
    fn samples(&self, track: &Track, fragments: &Fragments) -> (u64, u64) {
        let Some(header) = &track.header else { return (track.samples, track.duration) };
        let default = self.defaults.get(&header.track_id).copied().unwrap_or_default();
        let more = fragments.of(header.track_id);
        (track.samples.saturating_add(more.count), track.duration.saturating_add(more.duration(default)))
    }
}
