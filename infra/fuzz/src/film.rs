//! Target: a finished film.

use formats::film::{BadFilm, Film, FilmReader, SIDE_MAX_PX};

/// Bytes of the small chunks. Headers of 8 and 16 bytes do not fit into them.
const SMALL_CHUNK_BYTES: usize = 7;

/// Reads a film at once and in small chunks. The input is the bytes of an MP4.
pub fn film(data: &[u8]) -> bool {
    let at_once = read(data, data.len().max(1));
    assert_eq!(at_once, read(data, SMALL_CHUNK_BYTES), "the chunks change the answer");
    let Ok(film) = at_once else { return false };
    let sides = 1..=SIDE_MAX_PX;
    assert!(sides.contains(&film.width) && sides.contains(&film.height) && film.millis > 0, "{film:?}");
    true
}

fn read(data: &[u8], chunk: usize) -> Result<Film, BadFilm> {
    let mut reader = FilmReader::new();
    data.chunks(chunk).for_each(|chunk| reader.push(chunk));
    reader.finish()
}
