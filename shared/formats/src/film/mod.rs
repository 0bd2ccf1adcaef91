//! Reads what a finished MP4 is while its bytes pass, without decoding it: size, duration, codec, sound, completeness.
//!
//! **Library.** `shiguredo_mp4` decodes each single box. It has no dependencies, no unsafe code, no recursion. It allocates for
//! the bytes that are there, not for the count that a box claims (`fragment.rs` has the one exception). The way down to those
//! boxes is walked here, because a library that decodes the whole index refuses a playable film for a box that has no effect.
//! `mp4-atom` 0.17 decodes any box inside any box: an index of 320 KB overflows its stack, which aborts the process. `mp4parse`
//! has a licence outside `deny.toml` (MPL-2.0). `re_mp4` needs the whole file and seeks in it.
//!
//! **Answers to unusual films**
//! - The first box must be `ftyp`. Any brand is accepted, QuickTime's too.
//! - Of several video tracks the first enabled one counts; if none is enabled, the first one.
//! - Duration is the sum of that track's sample durations, in the index and in the fragments. Headers that claim a duration
//!   (`mvhd`, `mdhd`, `mehd`) and edit lists are not used. A film cut between two fragments has the duration of its rest.
//! - At the top level a size of 0 means "to the end of the file". Inside another box it ends the list, as in QuickTime.
//! - A second index is an error. Later `ftyp` boxes and unknown boxes are skipped.

mod boxes;
mod fragment;
mod geometry;
mod index;
mod reader;
#[cfg(test)]
mod tests;
mod track;
mod walk;

pub use reader::FilmReader;

/// Largest index (`moov`) that is read, bytes. The index of a film of 50 MB has some 100 KB.
pub const INDEX_MAX_BYTES: usize = 4 * 1024 * 1024;
/// Largest index of one fragment (`moof`) that is read, bytes. A fragment of a few seconds has some 2 KB.
pub const FRAGMENT_INDEX_MAX_BYTES: usize = 256 * 1024;
/// Longest file type box (`ftyp`) that is read, bytes of its content. It lists brands of 4 bytes each, usually about four.
pub const FILE_TYPE_MAX_BYTES: usize = 4 * 1024;
/// Most tracks in a film. KIE's films have one or two.
pub const TRACKS_MAX: usize = 32;
/// Longest side of a film, pixels. No codec level that phones play goes beyond it.
pub const SIDE_MAX_PX: u32 = 16_384;

/// What a finished film is, according to its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Film {
    /// Width on the screen in pixels, after pixel aspect ratio and rotation.
    pub width: u32,
    /// Height on the screen in pixels, after pixel aspect ratio and rotation.
    pub height: u32,
    /// Duration of the pictures, milliseconds, rounded down.
    pub millis: u64,
    /// Codec of the pictures.
    pub codec: Codec,
    /// Major brand of the file, such as `isom` or `qt  `.
    pub brand: [u8; 4],
    /// Whether an audio track has samples. The samples may be silent.
    pub sound: bool,
    /// Whether the index (`moov`) precedes the media (`mdat`), so that playback can start before the whole file is loaded.
    pub index_first: bool,
}

/// Codec of a film's pictures, by the name of its sample entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// H.264, AVC.
    H264,
    /// H.265, HEVC.
    H265,
    /// AV1.
    Av1,
    /// VP9.
    Vp9,
    /// Another codec, with the four letters of its sample entry.
    Other([u8; 4]),
}

/// Why a file is no playable film.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFilm {
    /// The file does not begin with a file type box (`ftyp`), or that box is longer than [`FILE_TYPE_MAX_BYTES`].
    #[error("the file is not an MP4")]
    NotMp4,
    /// A box is longer than the file, or the media that the index points to lies behind the file's end.
    #[error("the film is cut off")]
    CutOff,
    /// The file has no index (`moov`).
    #[error("the film has no index")]
    NoIndex,
    /// The index is larger than [`INDEX_MAX_BYTES`], or a fragment's index larger than [`FRAGMENT_INDEX_MAX_BYTES`].
    #[error("the film's index is too large")]
    IndexTooLarge,
    /// The film has no video track, or the track has no pixels or no duration.
    #[error("the film has no picture")]
    NoPicture,
    /// A part of the file contradicts the format (ISO/IEC 14496-12). The text names the part.
    #[error("the film is malformed: {0}")]
    Malformed(&'static str),
}
