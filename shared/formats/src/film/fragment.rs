//! The fragments of a fragmented film (`moof`). Such a film's index lists no samples.

use std::collections::BTreeMap;

use shiguredo_mp4::FullBoxHeader;
use shiguredo_mp4::boxes::{TfhdBox, TrunBox};

use super::boxes::{Child, children, decode};
use super::{BadFilm, TRACKS_MAX};

/// The samples of all fragments that have passed, by the track's id.
#[derive(Debug, Default)]
pub struct Fragments(BTreeMap<u32, Samples>);

/// The samples of one track.
#[derive(Clone, Copy, Debug, Default)]
pub struct Samples {
    /// Number of samples.
    pub count: u64,
    /// Duration of the samples whose fragment states it, time units.
    stated: u64,
    /// Number of samples that last as long as the index says (`trex`). The index may come later.
    unstated: u64,
}

impl Samples {
    /// Duration of all samples, if `default` is the duration that the index states for a sample.
    pub fn duration(&self, default: u32) -> u64 {
        self.stated.saturating_add(self.unstated.saturating_mul(default.into()))
    }

    /// Adds the samples of one run (`trun`). Only a run that states a duration for each sample is decoded: the library allocates
    /// for every sample that any other run claims.
    fn add(&mut self, run: &Child<'_>, default: Option<u32>) -> Result<(), BadFilm> {
        const WHAT: &str = "a run of samples";
        let (header, rest) = decode::<FullBoxHeader>(run.content, WHAT)?;
        let count = u64::from(decode::<u32>(rest, WHAT)?.0);
        self.count = self.count.saturating_add(count);
        if header.flags.get() & TrunBox::FLAG_SAMPLE_DURATION_PRESENT != 0 {
            let durations = run.decode::<TrunBox>(WHAT)?.samples.into_iter().filter_map(|sample| sample.duration);
            self.stated = durations.fold(self.stated, |sum, duration| sum.saturating_add(duration.into()));
        } else if let Some(default) = default {
            self.stated = self.stated.saturating_add(count.saturating_mul(default.into()));
        } else {
            self.unstated = self.unstated.saturating_add(count);
        }
        Ok(())
    }
}

impl Fragments {
    /// The samples of a track.
    pub fn of(&self, track: u32) -> Samples {
        self.0.get(&track).copied().unwrap_or_default()
    }

    /// Reads the content of a `moof` box.
    pub fn read(&mut self, content: &[u8]) -> Result<(), BadFilm> {
        for child in children(content) {
            let child = child?;
            if child.kind == *b"traf" {
                self.read_track(child.content)?;
            }
        }
        Ok(())
    }

    fn read_track(&mut self, content: &[u8]) -> Result<(), BadFilm> {
        let mut header: Option<TfhdBox> = None;
        for child in children(content) {
            let child = child?;
            match &child.kind {
                b"tfhd" => header = Some(child.decode("the header of a fragment")?),
                b"trun" => {
                    let header = header.as_ref().ok_or(BadFilm::Malformed("samples before the header of their fragment"))?;
                    self.0.entry(header.track_id).or_default().add(&child, header.default_sample_duration)?;
                }
                _ => {}
            }
        }
        if self.0.len() > TRACKS_MAX { Err(BadFilm::Malformed("too many tracks")) } else { Ok(()) }
    }
}
