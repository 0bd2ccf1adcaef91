//! The films are playable MP4 files.

use fakes::film::{Detail, Order, Photo, Shape, is_playable, padded, photo_of, render, sample_photo};

fn order(shape: Shape, seed: u64, detail: Detail) -> Order {
    Order { shape, seconds: 5, seed, detail }
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
