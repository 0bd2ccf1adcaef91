//! The films are playable MP4 files.

use fakes::film::{Detail, FilmInfo, Order, Photo, Shape, is_playable, padded, photo_of, render, sample_photo};

fn order(shape: Shape, seed: u64, detail: Detail) -> Order {
    Order { shape, seconds: 5, seed, detail, sound: true }
}

#[test]
fn a_film_for_people_plays_upright_for_five_seconds() {
    let photo = Photo::decode(sample_photo()).unwrap();
    let film = render(&photo, &order(Shape::Ratio(9, 16), 1, Detail::Demo));
    let info = is_playable(&film).unwrap();
    assert_eq!((info.width, info.height, info.duration.as_secs(), info.frames), (180, 320, 5, 30));
    assert!((1_000_000..4_000_000).contains(&film.len()), "{}", film.len());
}

#[test]
fn a_card_keeps_the_photos_proportions() {
    for (width, height) in [(400, 400), (300, 400), (1600, 200), (1, 1)] {
        let photo = Photo::decode(&photo_of(width, height)).unwrap();
        let info = is_playable(&render(&photo, &order(Shape::Photo, 1, Detail::Sketch))).unwrap();
        let wanted = (f64::from(width) / f64::from(height)).min(4.0);
        let got = f64::from(info.width) / f64::from(info.height);
        assert!((got / wanted - 1.0).abs() < 0.1, "{width}x{height} became {info:?}");
    }
}

#[test]
fn the_same_order_gives_the_same_film_and_another_seed_another_film() {
    let photo = Photo::decode(&photo_of(120, 160)).unwrap();
    let film = |seed| render(&photo, &order(Shape::Photo, seed, Detail::Sketch));
    assert_eq!(film(1), film(1));
    assert_ne!(film(1), film(2));
}

#[test]
fn a_film_has_a_sound_track_if_it_is_ordered_with_one() {
    let photo = Photo::decode(&photo_of(120, 160)).unwrap();
    for seconds in [1, 5, 15] {
        let with = Order { seconds, ..order(Shape::Photo, 1, Detail::Sketch) };
        let (with, without) = (render(&photo, &with), render(&photo, &Order { sound: false, ..with }));
        let (loud, silent) = (is_playable(&with).unwrap(), is_playable(&without).unwrap());
        assert_eq!((loud.sound, silent.sound), (true, false));
        assert_eq!(FilmInfo { sound: false, ..loud }, silent, "the sound changes nothing else");
        assert!(with.windows(4).any(|part| part == b"soun") && !without.windows(4).any(|part| part == b"soun"));
    }
}

#[test]
fn a_film_with_broken_sound_is_not_playable() {
    let photo = Photo::decode(&photo_of(120, 160)).unwrap();
    let film = render(&photo, &order(Shape::Photo, 1, Detail::Sketch)).to_vec();
    let at = |needle: &[u8]| film.windows(needle.len()).position(|part| part == needle).unwrap();
    let with = |place: usize, byte: u8| {
        let mut broken = film.clone();
        broken[place] = byte;
        is_playable(&broken)
    };
    assert_eq!(with(at(&[5, 2, 0x11, 0x88]) + 2, 0x29), Err("the sound is not AAC-LC".into()));
    assert_eq!(with(at(b"soun"), b'x'), Err("a track is neither pictures nor sound".into()));
    assert_eq!(with(at(b"mp4a"), b'x'), Err("the box mp4a is missing".into()));
    let sound_sizes = film.windows(4).rposition(|part| part == b"stsz").unwrap();
    assert!(with(sound_sizes + 13, 1).unwrap_err().starts_with("frame of sound"));
}

#[test]
fn a_padded_film_has_its_size_and_still_plays() {
    let photo = Photo::decode(&photo_of(120, 160)).unwrap();
    let film = render(&photo, &order(Shape::Photo, 1, Detail::Sketch));
    let long = padded(&film, 21 * 1024 * 1024);
    assert_eq!(long.len(), 21 * 1024 * 1024);
    assert_eq!(is_playable(&long), is_playable(&film));
}

#[test]
fn a_file_that_is_cut_off_or_not_a_film_is_not_playable() {
    let photo = Photo::decode(&photo_of(120, 160)).unwrap();
    let film = render(&photo, &order(Shape::Photo, 1, Detail::Sketch));
    assert!(is_playable(&film[..film.len() / 2]).is_err());
    assert!(is_playable(b"<html>").is_err());
    assert!(is_playable(&[]).is_err());
}

#[test]
fn only_a_whole_jpeg_or_png_is_a_photo() {
    assert_eq!(Photo::decode(sample_photo()).unwrap().size(), (720, 960));
    assert!(sample_photo().len() < 60_000);
    assert!(Photo::decode(b"GIF89a").is_err());
    assert!(Photo::decode(&photo_of(50, 50)[..200]).is_err());
}
