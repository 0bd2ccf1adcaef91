//! Files that are no playable film.

use super::super::{BadFilm, FILE_TYPE_MAX_BYTES, FilmReader, INDEX_MAX_BYTES, SIDE_MAX_PX, TRACKS_MAX};
use super::read;
use super::samples::{Clip, Track, audio, be, boxed, of, silent, video};

fn malformed(bytes: &[u8]) -> &'static str {
    match read(bytes) {
        Err(BadFilm::Malformed(what)) => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn another_format_is_no_mp4() {
    let page = b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>";
    for bytes in [&b""[..], b"\0", b"\0\0\0\x18fty", page, b"{\"code\":500}", b"\x1aE\xdf\xa3\x01\0\0\0webm", &[0; 64]] {
        assert_eq!(read(bytes), Err(BadFilm::NotMp4));
    }
    assert_eq!(read(b"\0\0\0\x05ftyp"), Err(BadFilm::NotMp4));
    let mut reader = FilmReader::new();
    reader.push(page);
    assert_eq!((reader.is_mp4(), reader.problem()), (Some(false), Some(BadFilm::NotMp4)));
}

#[test]
fn a_file_without_an_index_is_no_film() {
    let start = silent().file_type();
    assert_eq!(read(&start), Err(BadFilm::NoIndex));
    assert_eq!(read(&[start, boxed(b"mdat", &[&[0; 64]])].concat()), Err(BadFilm::NoIndex));
}

#[test]
fn a_box_that_is_longer_than_the_file_is_cut_off() {
    let whole = silent().bytes();
    for size in [100_u32, 0x7fff_ffff, u32::MAX] {
        let two_gigabytes = [&size.to_be_bytes(), &b"free"[..], &[0; 8]].concat();
        assert_eq!(read(&[&whole[..], &two_gigabytes].concat()), Err(BadFilm::CutOff));
    }
    let longest = [&be(1), &b"free"[..], &u64::MAX.to_be_bytes(), &[0; 8]].concat();
    assert_eq!(read(&[&whole[..], &longest].concat()), Err(BadFilm::CutOff));
    assert_eq!(read(&[&whole[..], &[0; 3]].concat()), Err(BadFilm::CutOff));
}

#[test]
fn media_behind_the_end_of_the_file_is_cut_off() {
    let clip = silent();
    let without_media = [clip.file_type(), clip.index(5000)].concat();
    assert_eq!(read(&without_media), Err(BadFilm::CutOff));
}

#[test]
fn an_index_over_the_limit_is_not_read() {
    let start = silent().file_type();
    let claimed = [&start[..], &0x7fff_ffff_u32.to_be_bytes(), b"moov"].concat();
    let mut reader = FilmReader::new();
    reader.push(&claimed);
    assert_eq!(reader.problem(), Some(BadFilm::IndexTooLarge));
    let open = [&start[..], &be(0), b"moov", &vec![0; INDEX_MAX_BYTES + 1]].concat();
    assert_eq!(read(&open), Err(BadFilm::IndexTooLarge));
    let padded = |bytes| Clip { extra: boxed(b"free", &[&vec![0; bytes]]), ..silent() };
    let most = INDEX_MAX_BYTES - (padded(0).index(0).len() - 8);
    assert!(read(&padded(most).bytes()).is_ok());
    assert_eq!(read(&padded(most + 1).bytes()), Err(BadFilm::IndexTooLarge));
    assert_eq!(read(&boxed(b"ftyp", &[&[0; FILE_TYPE_MAX_BYTES + 1]])), Err(BadFilm::NotMp4));
}

#[test]
fn a_film_needs_pixels_and_seconds() {
    let blank = Track { size: (0, 0), entry: (*b"avc1", 0, 0), ..video() };
    let flat = Track { entry: (*b"avc1", 720, 0), ..blank.clone() };
    let empty = Track { times: (0, 0), ..video() };
    let instant = Track { times: (125, 0), ..video() };
    for track in [blank, flat, empty, instant, audio()] {
        assert_eq!(read(&of(track)), Err(BadFilm::NoPicture));
    }
    assert_eq!(read(&Clip { tracks: vec![], ..silent() }.bytes()), Err(BadFilm::NoPicture));
}

#[test]
fn a_side_over_the_limit_is_malformed() {
    let wide = |side| of(Track { size: (side, 100), ..video() });
    assert!(read(&wide(SIDE_MAX_PX)).is_ok());
    assert_eq!(malformed(&wide(SIDE_MAX_PX + 1)), "a side over the limit");
    assert_eq!(malformed(&wide(65_535)), "a side over the limit");
    let stretched = [i32::MAX, 0, 0, 0, i32::MIN, 0, 0, 0, 0];
    assert_eq!(malformed(&of(Track { matrix: stretched, ..video() })), "a side over the limit");
    let pixel = boxed(b"pasp", &[&[0xff; 4], &be(1)]);
    assert_eq!(malformed(&of(Track { inside: pixel, ..video() })), "a side over the limit");
}

#[test]
fn a_box_that_contradicts_its_parent_is_malformed() {
    let with = |extra| Clip { extra, ..silent() }.bytes();
    assert_eq!(malformed(&with([&be(9), &b"udta"[..]].concat())), "a box longer than its parent");
    assert_eq!(malformed(&with([&be(1), &b"udta"[..]].concat())), "a box longer than its parent");
    assert_eq!(malformed(&with([&be(1), &b"udta"[..], &[0xff; 8]].concat())), "a box longer than its parent");
    assert_eq!(malformed(&with([&be(7), &b"udta"[..]].concat())), "a box shorter than its header");
    assert_eq!(malformed(&[&silent().bytes()[..], &be(7), b"free"].concat()), "a box shorter than its header");
}

#[test]
fn parts_that_must_be_single_or_few_are_counted() {
    let clip = silent();
    assert_eq!(malformed(&[clip.bytes(), clip.index(100)].concat()), "a second index");
    let many = |count| Clip { tracks: vec![video(); count], ..silent() }.bytes();
    assert!(read(&many(TRACKS_MAX)).is_ok());
    assert_eq!(malformed(&many(TRACKS_MAX + 1)), "too many tracks");
}

#[test]
fn a_track_without_its_parts_is_malformed() {
    let without = |kind: &[u8; 4]| {
        let mut bytes = silent().bytes();
        let at = bytes.windows(4).position(|four| four == kind).unwrap();
        bytes[at..at + 4].copy_from_slice(b"free");
        bytes
    };
    assert_eq!(malformed(&without(b"tkhd")), "a track without a header");
    assert_eq!(malformed(&without(b"mdhd")), "a track without a time scale");
    assert_eq!(malformed(&without(b"stsd")), "a track without a sample description");
    for kind in [b"trak", b"mdia", b"hdlr", b"minf", b"stbl", b"stts"] {
        assert!(matches!(read(&without(kind)), Err(BadFilm::NoPicture | BadFilm::Malformed(_))), "{kind:?}");
    }
}
