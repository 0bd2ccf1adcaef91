//! A film without its pictures and sound: what a recording keeps of a result.
//!
//! The boxes that describe the film are kept, the boxes of its media are replaced by zeros of the same length. A reader of the index
//! finds the same film. Descriptions of the maker inside the index (`udta`, `meta`, `uuid`) are zeros too: they can name a task.

use serde::{Deserialize, Serialize};

/// The boxes at the top level that describe the film.
const KEPT: [&[u8; 4]; 5] = [b"ftyp", b"moov", b"moof", b"sidx", b"styp"];
/// The boxes inside the index that are walked, and those that are replaced by zeros.
const WALKED: [&[u8; 4]; 2] = [b"moov", b"trak"];
const BLANKED: [&[u8; 4]; 3] = [b"udta", b"meta", b"uuid"];
/// Bytes of a box's header, and of one with a long size.
const HEADER_BYTES: usize = 8;
const LONG_HEADER_BYTES: usize = 16;

/// The parts of a film, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skeleton(Vec<Part>);

/// Some bytes, and zeros behind them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    hex: String,
    zeros: usize,
}

impl Skeleton {
    /// The skeleton of a film.
    #[must_use]
    pub fn of(film: &[u8]) -> Self {
        let mut parts = Vec::new();
        let mut rest = film;
        while !rest.is_empty() {
            let (whole, behind) = first_box(rest);
            let header = header_bytes(whole);
            let is_kept = kind(whole).is_some_and(|kind| KEPT.contains(&&kind));
            let described = if is_kept { blanked(whole) } else { whole.get(..header).unwrap_or(whole).to_vec() };
            parts.push(Part { hex: hex(&described), zeros: whole.len() - described.len() });
            rest = behind;
        }
        Self(parts)
    }

    /// A film with this skeleton; its media are zeros.
    #[must_use]
    pub fn film(&self) -> Vec<u8> {
        let mut film = Vec::new();
        for part in &self.0 {
            film.extend(unhex(&part.hex));
            film.resize(film.len() + part.zeros, 0);
        }
        film
    }
}

/// The first box with its header, and the bytes behind it. A box that is cut off reaches to the end.
fn first_box(bytes: &[u8]) -> (&[u8], &[u8]) {
    let size = match bytes.first_chunk().map(|size| u32::from_be_bytes(*size)) {
        Some(1) => bytes.get(HEADER_BYTES..).and_then(<[u8]>::first_chunk).map(|size| u64::from_be_bytes(*size)),
        size => size.map(u64::from),
    };
    let size = size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size >= HEADER_BYTES);
    size.and_then(|size| bytes.split_at_checked(size)).unwrap_or((bytes, &[]))
}

fn header_bytes(bytes: &[u8]) -> usize {
    if bytes.starts_with(&1_u32.to_be_bytes()) { LONG_HEADER_BYTES } else { HEADER_BYTES }
}

fn kind(bytes: &[u8]) -> Option<[u8; 4]> {
    bytes.get(4..).and_then(<[u8]>::first_chunk).copied()
}

/// A box whose descriptions of the maker are zeros.
fn blanked(whole: &[u8]) -> Vec<u8> {
    let (header, content) = whole.split_at_checked(header_bytes(whole)).unwrap_or((whole, &[]));
    let mut kept = header.to_vec();
    match kind(whole) {
        Some(kind) if BLANKED.contains(&&kind) => kept.resize(whole.len(), 0),
        Some(kind) if WALKED.contains(&&kind) => {
            let mut rest = content;
            while !rest.is_empty() {
                let (child, behind) = first_box(rest);
                kept.extend(blanked(child));
                rest = behind;
            }
        }
        _ => kept.extend_from_slice(content),
    }
    kept
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks_exact(2).filter_map(|pair| std::str::from_utf8(pair).ok());
    pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use formats::film::{Film, FilmReader};

    const FILM: &[u8] = include_bytes!("../../assets/silent-film.mp4");

    fn read(film: &[u8]) -> Film {
        let mut reader = FilmReader::new();
        film.chunks(1000).for_each(|chunk| reader.push(chunk));
        reader.finish().unwrap()
    }

    #[test]
    fn a_skeleton_is_the_same_film_to_a_reader_and_has_no_pictures() {
        let skeleton = Skeleton::of(FILM);
        let film = skeleton.film();
        assert_eq!((read(&film), film.len()), (read(FILM), FILM.len()));
        let kept: usize = skeleton.0.iter().map(|part| part.hex.len() / 2).sum();
        assert!(kept < 2000 && skeleton.0.iter().any(|part| part.zeros > 500), "{kept} bytes are kept");
        assert_eq!(Skeleton::of(&film), skeleton);
    }

    #[test]
    fn descriptions_of_the_maker_become_zeros() {
        let boxed = |kind: &[u8; 4], content: &[u8]| {
            [&u32::try_from(content.len() + 8).unwrap().to_be_bytes()[..], kind, content].concat()
        };
        let index = boxed(b"moov", &[boxed(b"trak", &boxed(b"udta", b"task 17")), boxed(b"mvhd", b"kept")].concat());
        let film = Skeleton::of(&[boxed(b"uuid", b"signed by"), index.clone()].concat()).film();
        assert_eq!(film.len(), index.len() + 17);
        let holds = |part: &[u8]| film.windows(part.len()).any(|window| window == part);
        assert!(holds(b"kept") && holds(b"udta") && !holds(b"task 17") && !holds(b"signed by"));
    }

    #[test]
    fn any_bytes_have_a_skeleton_of_their_length() {
        for bytes in [&b""[..], b"x", b"\0\0\0\x01mdat", b"\0\0\0\0mdatrest", b"\xff\xff\xff\xffmoovcut", b"\0\0\0\x03ftyp"] {
            assert_eq!(Skeleton::of(bytes).film().len(), bytes.len(), "{bytes:?}");
        }
    }
}
