//! Renders a film to a file, to watch it: `cargo run -p fakes --example render_film -- out.mp4 [9:16] [photo.jpg]`
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a tool run by hand")]

use fakes::film::{Detail, Order, Photo, Shape, is_playable, render, sample_photo};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let out = arguments.first().map_or("film.mp4", String::as_str);
    let ratio = arguments.get(1).and_then(|text| text.split_once(':'));
    let shape = ratio.map_or(Shape::Photo, |(w, h)| Shape::Ratio(w.parse().unwrap(), h.parse().unwrap()));
    let bytes = arguments.get(2).map_or_else(|| sample_photo().to_vec(), |path| std::fs::read(path).unwrap());

    let started = std::time::Instant::now();
    let photo = Photo::decode(&bytes).unwrap();
    let decoded = started.elapsed();
    let film = render(&photo, &Order { shape, seconds: 5, seed: 7, detail: Detail::Demo, sound: true });
    println!("decoded in {decoded:?}, decoded and rendered in {:?}, {} bytes", started.elapsed(), film.len());
    println!("{:?}", is_playable(&film));
    std::fs::write(out, &film).unwrap();
}
