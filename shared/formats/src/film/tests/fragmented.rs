//! Fragmented films: the index lists no samples, each fragment lists its own.

use super::super::{BadFilm, Codec, FRAGMENT_INDEX_MAX_BYTES, TRACKS_MAX};
use super::samples::{Clip, Track, audio, be, boxed, video, with_sound};
use super::{read, read_in};

/// Duration of a sample whose fragment states none.
const DEFAULT: usize = 40;

fn run(flags: usize, count: usize, rest: &[u8]) -> Vec<u8> {
    boxed(b"trun", &[&be(flags), &be(count), rest])
}

/// A fragment of one track: its header with a default duration or without, and its samples.
fn fragment(track: usize, default: Option<usize>, run: &[u8]) -> Vec<u8> {
    let header = match default {
        Some(default) => boxed(b"tfhd", &[&be(0x8), &be(track), &be(default)]),
        None => boxed(b"tfhd", &[&be(0), &be(track)]),
    };
    boxed(b"moof", &[&boxed(b"mfhd", &[&[0; 8]]), &boxed(b"traf", &[&header, run])])
}

fn film(fragments: &[Vec<u8>]) -> Vec<u8> {
    let empty = |track: Track| Track { times: (0, 0), ..track };
    let defaults = |track| boxed(b"trex", &[&[0; 4], &be(track), &be(1), &be(DEFAULT), &[0; 8]]);
    let clip = Clip {
        tracks: vec![empty(video()), empty(audio())],
        extra: boxed(b"mvex", &[&defaults(1), &defaults(2)]),
        ..with_sound()
    };
    let media = boxed(b"mdat", &[&[0; 64]]);
    let pairs = fragments.iter().flat_map(|fragment| [fragment.clone(), media.clone()]);
    [clip.file_type(), clip.index(0)].into_iter().chain(pairs).collect::<Vec<_>>().concat()
}

#[test]
fn the_durations_of_all_fragments_add_up() {
    let stated = run(0x100, 3, &[be(10), be(20), be(30)].concat());
    let whole = film(&[
        fragment(1, None, &run(0, 100, &[])),
        fragment(1, Some(50), &run(0, 10, &[])),
        fragment(1, Some(50), &stated),
        fragment(2, None, &run(0, 1, &[])),
    ]);
    for chunk in [1, usize::MAX] {
        let film = read_in(&whole, chunk).unwrap();
        assert_eq!((film.width, film.height, film.codec), (720, 1280, Codec::H264));
        assert_eq!(film.millis, 100 * DEFAULT as u64 + 500 + 60);
        assert!(film.sound && film.index_first);
    }
}

#[test]
fn a_fragmented_film_is_silent_without_samples_of_sound() {
    assert!(!read(&film(&[fragment(1, None, &run(0, 100, &[]))])).unwrap().sound);
}

#[test]
fn a_fragmented_film_without_fragments_has_no_picture() {
    assert_eq!(read(&film(&[])), Err(BadFilm::NoPicture));
    assert_eq!(read(&film(&[fragment(2, None, &run(0, 100, &[]))])), Err(BadFilm::NoPicture));
}

#[test]
fn the_rest_of_a_film_that_was_cut_between_fragments_counts() {
    let second = fragment(1, None, &run(0, 25, &[]));
    let one = film(std::slice::from_ref(&second));
    let two = film(&[second.clone(), second]);
    assert_eq!(read(&two).unwrap().millis, 2000);
    assert_eq!(read(&two[..one.len()]).unwrap().millis, 1000);
    assert_eq!(read(&two[..one.len() + 20]), Err(BadFilm::CutOff));
}

#[test]
fn a_run_that_claims_billions_of_samples_allocates_nothing() {
    let claimed = film(&[fragment(1, Some(0), &run(0, u32::MAX as usize, &[])), fragment(1, None, &run(0, 25, &[]))]);
    assert_eq!(read(&claimed).unwrap().millis, 1000);
    let without_content = film(&[fragment(1, None, &run(0x100, u32::MAX as usize, &be(1)))]);
    assert_eq!(read(&without_content), Err(BadFilm::Malformed("a run of samples")));
}

#[test]
fn fragments_have_limits() {
    let padded = boxed(b"moof", &[&vec![0; FRAGMENT_INDEX_MAX_BYTES + 1]]);
    assert_eq!(read(&film(&[padded])), Err(BadFilm::IndexTooLarge));
    let tracks: Vec<_> = (1..=TRACKS_MAX + 1).map(|track| fragment(track, None, &run(0, 1, &[]))).collect();
    assert_eq!(read(&film(&tracks)), Err(BadFilm::Malformed("too many tracks")));
    let headless = boxed(b"moof", &[&boxed(b"traf", &[&run(0, 1, &[])])]);
    assert_eq!(read(&film(&[headless])), Err(BadFilm::Malformed("samples before the header of their fragment")));
}
