//! Reads a film while its bytes pass.

use std::panic::AssertUnwindSafe;

use super::boxes::Kind;
use super::fragment::Fragments;
use super::index::{Index, Whole};
use super::walk::{Event, Walk};
use super::{BadFilm, Film};

/// Reads a film while its bytes pass. It holds at most one index ([`super::INDEX_MAX_BYTES`]) at a time, never pictures or sound.
pub struct FilmReader {
    walk: Walk,
    /// Bytes that have passed.
    bytes: u64,
    /// Whether the first box is a file type box; `None` before its header has passed.
    is_mp4: Option<bool>,
    brand: Option<Kind>,
    index: Option<Index>,
    fragments: Fragments,
    media_first: bool,
    /// Why this is no film. The bytes that follow are only counted.
    problem: Option<BadFilm>,
}

impl Default for FilmReader {
    fn default() -> Self {
        Self::new()
    }
}

impl FilmReader {
    /// A reader before the first byte.
    #[must_use]
    pub fn new() -> Self {
        Self {
            walk: Walk::new(),
            bytes: 0,
            is_mp4: None,
            brand: None,
            index: None,
            fragments: Fragments::default(),
            media_first: false,
            problem: None,
        }
    }

    /// Takes the next bytes of the file. Chunks may have any size.
    pub fn push(&mut self, chunk: &[u8]) {
        self.bytes = self.bytes.saturating_add(chunk.len() as u64);
        let mut rest = chunk;
        while self.problem.is_none() && !rest.is_empty() {
            let event = self.walk.step(&mut rest);
            self.go_on(event);
        }
    }

    /// Whether the file is an MP4 by its first box. `None` until that box's header has passed: 8 bytes, or 16 if the box has a
    /// 64-bit size.
    #[must_use]
    pub fn is_mp4(&self) -> Option<bool> {
        self.is_mp4
    }

    /// Why the bytes so far cannot become a playable film, whatever follows; `None` if they can.
    #[must_use]
    pub fn problem(&self) -> Option<BadFilm> {
        self.problem
    }

    /// What the film is, after its last byte.
    ///
    /// # Errors
    /// [`BadFilm`]: the file should not be sent as a video.
    pub fn finish(mut self) -> Result<Film, BadFilm> {
        if self.problem.is_none() && self.is_mp4 == Some(true) {
            let walk = std::mem::replace(&mut self.walk, Walk::new());
            self.go_on(walk.finish());
        }
        if let Some(problem) = self.problem {
            return Err(problem);
        }
        let brand = self.brand.ok_or(BadFilm::NotMp4)?;
        let index = self.index.as_ref().ok_or(BadFilm::NoIndex)?;
        index.film(&Whole { brand, fragments: &self.fragments, index_first: !self.media_first, bytes: self.bytes })
    }

    fn go_on(&mut self, event: Result<Option<Event>, BadFilm>) {
        let taken = event.and_then(|event| event.map_or(Ok(()), |event| self.take(event)));
        if let Err(problem) = taken {
            // A first header that makes no sense is the beginning of another format.
            let is_mp4 = *self.is_mp4.get_or_insert(false);
            self.problem = Some(if is_mp4 { problem } else { BadFilm::NotMp4 });
        }
    }

    fn take(&mut self, event: Event) -> Result<(), BadFilm> {
        match event {
            Event::Begins(kind) => {
                if !*self.is_mp4.get_or_insert(kind == *b"ftyp") {
                    return Err(BadFilm::NotMp4);
                }
                self.media_first |= kind == *b"mdat" && self.index.is_none();
                Ok(())
            }
            Event::Kept(kind, content) => unless_it_panics(|| self.read(kind, &content)),
        }
    }

    fn read(&mut self, kind: Kind, content: &[u8]) -> Result<(), BadFilm> {
        match &kind {
            b"ftyp" if self.brand.is_none() => {
                self.brand = Some(*content.first_chunk().ok_or(BadFilm::Malformed("a file type without a brand"))?);
            }
            b"moov" if self.index.is_some() => return Err(BadFilm::Malformed("a second index")),
            b"moov" => self.index = Some(Index::read(content)?),
            b"moof" => self.fragments.read(content)?,
            _ => {}
        }
        Ok(())
    }
}

/// Catches a panic of the decoder. What it read before is not used again: a problem ends the reading.
fn unless_it_panics(work: impl FnOnce() -> Result<(), BadFilm>) -> Result<(), BadFilm> {
    let done = std::panic::catch_unwind(AssertUnwindSafe(work));
    done.unwrap_or(Err(BadFilm::Malformed("content that makes the decoder panic")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_in_the_decoder_is_a_malformed_film() {
        let error = unless_it_panics(|| panic!("index out of bounds")).unwrap_err();
        assert_eq!(error, BadFilm::Malformed("content that makes the decoder panic"));
        assert_eq!(unless_it_panics(|| Ok(())), Ok(()));
    }
}
