//! Walks the boxes at the top level of a file while its bytes pass, and keeps the content of few of them.

use super::boxes::{HEADER_BYTES, Header, Kind, LONG_HEADER_BYTES};
use super::{BadFilm, FILE_TYPE_MAX_BYTES, FRAGMENT_INDEX_MAX_BYTES, INDEX_MAX_BYTES};

/// What the walk came upon.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// The header of a box has passed.
    Begins(Kind),
    /// The whole content of a box that is kept has passed.
    Kept(Kind, Vec<u8>),
}

/// The place in the file that the bytes have reached.
#[derive(Debug)]
enum State {
    /// In a header; these bytes of it have passed.
    Header(Vec<u8>),
    /// In a box's content. `left` is the number of bytes to come, `None` if the box reaches to the end of the file.
    Content { kind: Kind, left: Option<u64>, kept: Vec<u8> },
}

/// A walk over the top-level boxes. Each step reads at least one byte or ends a box, so that no input makes it loop.
#[derive(Debug)]
pub struct Walk(State);

impl Walk {
    pub fn new() -> Self {
        Self(State::Header(Vec::new()))
    }

    /// Reads bytes from the front of `bytes` up to the next event, or all of them.
    ///
    /// # Errors
    /// [`BadFilm`] if a header is malformed, or a kept box is over its limit. The walk cannot go on.
    pub fn step(&mut self, bytes: &mut &[u8]) -> Result<Option<Event>, BadFilm> {
        match &mut self.0 {
            State::Header(begun) => {
                let wanted = if begun.len() < HEADER_BYTES { HEADER_BYTES } else { LONG_HEADER_BYTES };
                begun.extend_from_slice(take(bytes, (wanted.saturating_sub(begun.len())) as u64));
                let Some(header) = Header::read(begun)? else { return Ok(None) };
                within_limit(header.kind, header.content.unwrap_or_default())?;
                self.0 = State::Content { kind: header.kind, left: header.content, kept: Vec::new() };
                Ok(Some(Event::Begins(header.kind)))
            }
            State::Content { kind, left, kept } => {
                let part = take(bytes, left.unwrap_or(u64::MAX));
                if limit(*kind).is_some() {
                    kept.extend_from_slice(part);
                    within_limit(*kind, kept.len() as u64)?;
                }
                *left = left.map(|left| left.saturating_sub(part.len() as u64));
                Ok(if *left == Some(0) { self.leave() } else { None })
            }
        }
    }

    /// Ends the walk at the end of the file. Returns the last box if the end of the file is its end.
    ///
    /// # Errors
    /// [`BadFilm::CutOff`] if a box or a header is not complete.
    pub fn finish(mut self) -> Result<Option<Event>, BadFilm> {
        match &self.0 {
            State::Header(begun) if begun.is_empty() => Ok(None),
            State::Content { left: None | Some(0), .. } => Ok(self.leave()),
            _ => Err(BadFilm::CutOff),
        }
    }

    fn leave(&mut self) -> Option<Event> {
        match std::mem::replace(&mut self.0, State::Header(Vec::new())) {
            State::Content { kind, kept, .. } if limit(kind).is_some() => Some(Event::Kept(kind, kept)),
            _ => None,
        }
    }
}

/// Takes at most `most` bytes from the front.
fn take<'a>(bytes: &mut &'a [u8], most: u64) -> &'a [u8] {
    let count = usize::try_from(most).unwrap_or(usize::MAX).min(bytes.len());
    let (taken, rest) = bytes.split_at_checked(count).unwrap_or_default();
    *bytes = rest;
    taken
}

/// Most bytes of content, and the error beyond it; `None` if the content is not kept.
fn limit(kind: Kind) -> Option<(usize, BadFilm)> {
    match &kind {
        b"ftyp" => Some((FILE_TYPE_MAX_BYTES, BadFilm::NotMp4)),
        b"moov" => Some((INDEX_MAX_BYTES, BadFilm::IndexTooLarge)),
        b"moof" => Some((FRAGMENT_INDEX_MAX_BYTES, BadFilm::IndexTooLarge)),
        _ => None,
    }
}

fn within_limit(kind: Kind, bytes: u64) -> Result<(), BadFilm> {
    limit(kind).map_or(Ok(()), |(most, error)| if bytes > most as u64 { Err(error) } else { Ok(()) })
}
