//! Tests of the whole reader on films that are built box by box.

mod errors;
mod facts;
mod fragmented;
mod hostile;
mod samples;

use super::{BadFilm, Film, FilmReader};

/// What a file is that passes in chunks of this size.
fn read_in(bytes: &[u8], chunk: usize) -> Result<Film, BadFilm> {
    let mut reader = FilmReader::new();
    bytes.chunks(chunk).for_each(|chunk| reader.push(chunk));
    reader.finish()
}

/// What a file is that passes at once.
fn read(bytes: &[u8]) -> Result<Film, BadFilm> {
    read_in(bytes, bytes.len().max(1))
}
