//! What the reader says about films that are whole.

use super::super::{Codec, Film, FilmReader};
use super::samples::{Clip, TURNED, Track, be, boxed, of, silent, video, with_sound};
use super::{read, read_in};

const SILENT: Film =
    Film { width: 720, height: 1280, millis: 5000, codec: Codec::H264, brand: *b"isom", sound: false, index_first: true };

fn size(track: Track) -> (u32, u32) {
    let film = read(&of(track)).unwrap();
    (film.width, film.height)
}

#[test]
fn a_film_is_read_at_once_or_in_single_bytes() {
    for chunk in [1, 2, 7, 1000, usize::MAX] {
        assert_eq!(read_in(&silent().bytes(), chunk), Ok(SILENT), "{chunk}");
    }
}

#[test]
fn the_index_may_come_first_or_last() {
    let last = Clip { index_first: false, ..silent() };
    assert_eq!(read(&last.bytes()), Ok(Film { index_first: false, ..SILENT }));
}

#[test]
fn a_track_with_samples_makes_sound() {
    assert_eq!(read(&with_sound().bytes()), Ok(Film { sound: true, ..SILENT }));
    let mut empty = with_sound();
    empty.tracks[1].times = (0, 0);
    assert_eq!(read(&empty.bytes()), Ok(SILENT));
}

#[test]
fn the_sample_entry_names_the_codec() {
    let named = [(b"avc1", Codec::H264), (b"avc3", Codec::H264), (b"hvc1", Codec::H265), (b"hev1", Codec::H265)];
    let others = [(b"av01", Codec::Av1), (b"vp09", Codec::Vp9), (b"mp4v", Codec::Other(*b"mp4v"))];
    for (name, codec) in named.into_iter().chain(others) {
        let film = read(&of(Track { entry: (*name, 720, 1280), ..video() }));
        assert_eq!(film, Ok(Film { codec, ..SILENT }));
    }
}

#[test]
fn a_quarter_turn_swaps_width_and_height() {
    assert_eq!(size(Track { matrix: TURNED, ..video() }), (1280, 720));
    assert_eq!(size(Track { matrix: TURNED.map(|factor| -factor), ..video() }), (1280, 720));
    let half = [-0x1_0000, 0, 0, 0, -0x1_0000, 0, 0, 0, 0x4000_0000];
    assert_eq!(size(Track { matrix: half, ..video() }), (720, 1280));
    assert_eq!(size(Track { matrix: [0; 9], ..video() }), (720, 1280));
}

#[test]
fn pixels_that_are_not_square_widen_the_picture() {
    let pixel = |across, down| boxed(b"pasp", &[&be(across), &be(down)]);
    let coded = Track { size: (720, 576), entry: (*b"avc1", 720, 576), ..video() };
    assert_eq!(size(Track { inside: pixel(64, 45), ..coded.clone() }), (1024, 576));
    assert_eq!(size(Track { inside: pixel(1, 1), size: (1024, 576), ..coded.clone() }), (1024, 576));
    assert_eq!(size(Track { inside: pixel(0, 5), ..coded.clone() }), (720, 576));
    assert_eq!(size(Track { inside: pixel(64, 45), matrix: TURNED, ..coded }), (576, 1024));
}

#[test]
fn the_coded_size_counts_if_the_track_states_none() {
    assert_eq!(size(Track { size: (0, 0), ..video() }), (720, 1280));
}

#[test]
fn the_first_enabled_video_track_counts() {
    let other = Track { size: (100, 50), ..video() };
    let hidden = Track { enabled: false, ..other.clone() };
    let width = |tracks| read(&Clip { tracks, ..silent() }.bytes()).unwrap().width;
    assert_eq!(width(vec![video(), other.clone()]), 720);
    assert_eq!(width(vec![hidden.clone(), video(), other]), 720);
    assert_eq!(width(vec![hidden.clone(), Track { enabled: false, ..video() }]), 100);
}

#[test]
fn quicktime_lists_may_end_with_zeros() {
    let quicktime = Clip { brand: *b"qt  ", extra: vec![0; 4], ..silent() };
    assert_eq!(read(&quicktime.bytes()), Ok(Film { brand: *b"qt  ", ..SILENT }));
    assert_eq!(read(&of(Track { inside: vec![0; 12], ..video() })), Ok(SILENT));
}

#[test]
fn boxes_of_64_bit_and_of_open_size_are_walked() {
    let clip = silent();
    let start = clip.file_type();
    let long = [&be(1), &b"mdat"[..], &72_u64.to_be_bytes(), &[0; 56]].concat();
    assert_eq!(read(&[&start[..], &long, &clip.index(100)].concat()), Ok(Film { index_first: false, ..SILENT }));
    let mut open = clip.bytes();
    let media = open.len() - 72;
    open[media..media + 4].fill(0);
    assert_eq!(read(&open), Ok(SILENT));
    let mut last = clip.index(start.len() + 8);
    last[..4].fill(0);
    let film = read(&[start, boxed(b"mdat", &[&[0; 64]]), last].concat());
    assert_eq!(film, Ok(Film { index_first: false, ..SILENT }));
}

#[test]
fn empty_and_unknown_boxes_are_skipped() {
    let clip = silent();
    let skipped = [boxed(b"free", &[]), boxed(b"wide", &[]), boxed(b"uuid", &[&[7; 30]]), clip.file_type()].concat();
    assert_eq!(read(&[clip.bytes(), skipped].concat()), Ok(SILENT));
}

#[test]
fn the_first_header_tells_an_mp4() {
    let mut reader = FilmReader::new();
    reader.push(b"\0\0\0\x18fty");
    assert_eq!(reader.is_mp4(), None);
    reader.push(b"p");
    assert_eq!((reader.is_mp4(), reader.problem()), (Some(true), None));
}
