//! Cut, changed and hostile bytes. No input makes the reader panic, loop, or state a wrong size.

use proptest::prelude::*;

use super::super::{BadFilm, FilmReader, INDEX_MAX_BYTES, SIDE_MAX_PX};
use super::read;
use super::samples::{Clip, be, boxed, silent, with_sound};

fn films() -> [Vec<u8>; 2] {
    [with_sound().bytes(), Clip { index_first: false, ..with_sound() }.bytes()]
}

/// A box inside a box, this many times. The sizes are right.
fn nested(kind: &[u8; 4], depth: usize) -> Vec<u8> {
    (1..=depth).rev().flat_map(|level| [&be(8 * level)[..], kind].concat()).collect()
}

/// Any byte. The bytes that make counts and sizes extreme are frequent.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![Just(0), Just(1), Just(255), any::<u8>()]
}

#[test]
fn a_film_that_is_cut_anywhere_is_no_film() {
    for whole in films() {
        for length in 0..whole.len() {
            let cut = read(&whole[..length]);
            assert!(matches!(cut, Err(BadFilm::NotMp4 | BadFilm::CutOff | BadFilm::NoIndex)), "{length}: {cut:?}");
        }
    }
}

#[test]
fn endless_nesting_is_skipped() {
    let depth = INDEX_MAX_BYTES / 8 - 1000;
    for kind in [b"moov", b"trak", b"mdia", b"stbl", b"stsd", b"meta"] {
        _ = read(&Clip { extra: nested(kind, depth), ..silent() }.bytes());
        _ = read(&[silent().file_type(), nested(b"moov", 10), nested(kind, depth)].concat());
    }
    let chain = [b"moov", b"trak", b"mdia", b"minf", b"stbl"];
    let deep = chain.iter().rev().fold(nested(b"stsd", 1000), |inside, kind| boxed(kind, &[&inside]));
    assert!(read(&[silent().file_type(), deep].concat()).is_err());
}

#[test]
fn a_count_without_its_entries_allocates_nothing() {
    for kind in [b"stts", b"stco"] {
        let mut bytes = silent().bytes();
        let at = bytes.windows(4).position(|four| four == kind).unwrap() + 8;
        bytes[at..at + 4].fill(0xff);
        assert!(matches!(read(&bytes), Err(BadFilm::Malformed(_))));
    }
}

#[test]
fn many_tiny_boxes_are_walked() {
    let boxes = boxed(b"free", &[]).repeat(200_000);
    assert!(read(&[silent().bytes(), boxes].concat()).is_ok());
}

proptest! {
    #[test]
    fn any_chunks_give_the_same_answer(
        first in 0_usize..2,
        sizes in prop::collection::vec(1_usize..200, 1..50),
        cut in any::<prop::sample::Index>(),
    ) {
        let whole = &films()[first];
        for bytes in [&whole[..], &whole[..cut.index(whole.len())]] {
            let mut reader = FilmReader::new();
            let (mut rest, mut sizes) = (bytes, sizes.iter().cycle());
            while !rest.is_empty() {
                let (chunk, behind) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
                reader.push(chunk);
                rest = behind;
            }
            prop_assert_eq!(reader.finish(), read(bytes));
        }
    }

    #[test]
    fn changed_bytes_end_in_an_answer(
        first in 0_usize..2,
        changes in prop::collection::vec((any::<prop::sample::Index>(), byte()), 1..12),
    ) {
        let mut bytes = films()[first].clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(film) = read(&bytes) {
            prop_assert!((1..=SIDE_MAX_PX).contains(&film.width) && (1..=SIDE_MAX_PX).contains(&film.height) && film.millis > 0);
        }
    }

    #[test]
    fn garbage_is_no_film(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read(&bytes).is_err());
        prop_assert!(read(&[silent().file_type(), bytes].concat()).is_err());
    }
}
