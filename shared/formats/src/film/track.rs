//! One track of the index (`trak`).

use shiguredo_mp4::FullBoxHeader;
use shiguredo_mp4::boxes::{Co64Box, HdlrBox, MdhdBox, StcoBox, SttsBox, TkhdBox, VisualSampleEntryFields};

use super::boxes::{Child, Kind, children, decode};
use super::geometry::Coded;
use super::{BadFilm, Codec};

/// What a track says about itself. A part that the track lacks is `None` or 0.
#[derive(Default)]
pub struct Track {
    pub header: Option<TkhdBox>,
    /// What the track holds: `vide`, `soun` and others.
    pub handler: Kind,
    /// Time units in a second.
    pub timescale: Option<u32>,
    /// The first sample entry of a video track.
    pub picture: Option<(Codec, Coded)>,
    /// Samples that the index lists. A fragmented film lists none here.
    pub samples: u64,
    /// Duration of these samples, time units.
    pub duration: u64,
    /// Where in the file the track's last chunk begins, bytes.
    pub last_chunk: u64,
}

impl Track {
    /// Reads the content of a `trak` box.
    pub fn read(content: &[u8]) -> Result<Self, BadFilm> {
        let mut track = Self::default();
        let mut table = None;
        for child in children(content) {
            let child = child?;
            match &child.kind {
                b"tkhd" => track.header = Some(child.decode("the header of a track")?),
                b"mdia" => table = track.read_media(child.content)?,
                _ => {}
            }
        }
        if let Some(table) = table {
            track.read_table(table)?;
        }
        Ok(track)
    }

    /// Reads `mdia`; returns the content of the sample table (`stbl`) in it.
    fn read_media<'a>(&mut self, content: &'a [u8]) -> Result<Option<&'a [u8]>, BadFilm> {
        let mut table = None;
        for child in children(content) {
            let child = child?;
            match &child.kind {
                b"mdhd" => self.timescale = Some(child.decode::<MdhdBox>("the header of a media")?.timescale.get()),
                b"hdlr" => self.handler = child.decode::<HdlrBox>("the handler of a track")?.handler_type,
                b"minf" => {
                    for child in children(child.content) {
                        let child = child?;
                        table = if child.kind == *b"stbl" { Some(child.content) } else { table };
                    }
                }
                _ => {}
            }
        }
        Ok(table)
    }

    fn read_table(&mut self, content: &[u8]) -> Result<(), BadFilm> {
        for child in children(content) {
            let child = child?;
            match &child.kind {
                // The table is read last, so that the handler is known wherever it stands.
                b"stsd" if self.handler == *b"vide" => self.picture = picture(&child)?,
                b"stts" => (self.samples, self.duration) = totals(&child.decode("the sample times")?),
                b"stco" => {
                    let offsets = child.decode::<StcoBox>("the chunk offsets")?.chunk_offsets;
                    self.last_chunk = offsets.into_iter().max().unwrap_or_default().into();
                }
                b"co64" => {
                    let offsets = child.decode::<Co64Box>("the chunk offsets")?.chunk_offsets;
                    self.last_chunk = offsets.into_iter().max().unwrap_or_default();
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The number of samples, and their duration in time units.
fn totals(times: &SttsBox) -> (u64, u64) {
    times.entries.iter().fold((0, 0), |(samples, duration): (u64, u64), run| {
        let count = u64::from(run.sample_count);
        (samples.saturating_add(count), duration.saturating_add(count.saturating_mul(run.sample_delta.into())))
    })
}

/// The first entry of a sample description; `None` if it has no entry. Only the fields that all video codecs share are read.
fn picture(description: &Child<'_>) -> Result<Option<(Codec, Coded)>, BadFilm> {
    const WHAT: &str = "the sample description";
    let (_, rest) = decode::<FullBoxHeader>(description.content, WHAT)?;
    let (_count, entries) = decode::<u32>(rest, WHAT)?;
    let Some(entry) = children(entries).next().transpose()? else { return Ok(None) };
    let (fields, rest) = decode::<VisualSampleEntryFields>(entry.content, WHAT)?;
    let mut pixel = None;
    for child in children(rest) {
        let child = child?;
        if child.kind == *b"pasp" {
            let ([across, down], _) = decode::<[u32; 2]>(child.content, "the shape of a pixel")?;
            pixel = Some((across, down));
        }
    }
    Ok(Some((codec(entry.kind), Coded { size: (fields.width, fields.height), pixel })))
}

fn codec(entry: Kind) -> Codec {
    match &entry {
        b"avc1" | b"avc3" => Codec::H264,
        b"hvc1" | b"hev1" => Codec::H265,
        b"av01" => Codec::Av1,
        b"vp09" => Codec::Vp9,
        _ => Codec::Other(entry),
    }
}
