//! Writes docs/frames.md: for each kind of photo a sheet with the photo and what is made of it.

use std::{fs, path::PathBuf};

use formats::photo::{
    Wanted, prepare,
    testing::{
        draw::{self, Background},
        encoded,
    },
};
use image::{
    DynamicImage, ImageFormat, Rgb, RgbImage,
    codecs::jpeg::JpegEncoder,
    imageops::{self, FilterType},
};

/// Height of the pictures on a sheet, pixels.
const HEIGHT_PX: u32 = 260;
/// Space around a picture on a sheet, pixels.
const GAP_PX: u32 = 12;
/// Colour of a sheet. It differs from white, so that the edges of white pictures can be seen.
const SHEET: Rgb<u8> = Rgb([196, 204, 214]);
/// Qualities of a sheet's JPEG. The first is used whose file is small enough.
const QUALITIES: [u8; 5] = [80, 70, 60, 50, 40];
/// Largest file of a sheet, bytes.
const SHEET_MAX_BYTES: usize = 40_000;

/// A sheet: its file's name, what the photo is, and the photo.
struct Sheet {
    name: &'static str,
    photo: &'static str,
    draw: fn() -> DynamicImage,
}

const SHEETS: [Sheet; 6] = [
    Sheet { name: "portrait", photo: "A studio's grey, portrait", draw: || draw::photo((900, 1200), Background::Studio).into() },
    Sheet {
        name: "landscape",
        photo: "A studio's grey, landscape",
        draw: || draw::photo((1200, 800), Background::Studio).into(),
    },
    Sheet { name: "square", photo: "A studio's grey, square", draw: || draw::photo((1000, 1000), Background::Studio).into() },
    Sheet { name: "white", photo: "White paper", draw: || draw::photo((1200, 900), Background::White).into() },
    Sheet { name: "busy", photo: "A pattern", draw: || draw::photo((1200, 900), Background::Busy).into() },
    Sheet { name: "transparent", photo: "A PNG without background", draw: || draw::cut_out((1000, 1000)).into() },
];

const TEXT: &str = "# Frames

A video has a frame: 9:16 for phones, 3:4 for a shop's page. A photo seldom has the frame's shape, and a model that gets another shape
cuts the photo. So the bot extends the photo to the frame before it sends the photo to the model. Nothing of the photo is cut off.

- **Plain edges** go on in their own colour. Shadows fade with the distance, gradients level off, and the noise of the photo goes on too.
- **Other edges** get a blurred, darker copy of the photo behind the photo.
- **Transparent parts** become white first.
- **No frame** keeps the photo's own shape.

Each sheet shows the photo, then 9:16, 3:4 and its own shape. `cargo run --release -p bench -- frames` draws this page; the photos are drawn
too.
[What marketplaces take](marketplaces.md) says which frame suits where.
";

/// Writes the page and its sheets.
pub(crate) fn written() -> Result<String, String> {
    let docs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../docs");
    let write = |name: &str, bytes: &[u8]| {
        fs::write(docs.join(name), bytes).map_err(|error| format!("docs/{name} cannot be written: {error}"))
    };
    fs::create_dir_all(docs.join("frames")).map_err(|error| format!("docs/frames cannot be made: {error}"))?;
    let mut page = TEXT.to_owned();
    for sheet in &SHEETS {
        let jpeg = sheet.jpeg()?;
        write(&format!("frames/{}.jpg", sheet.name), &jpeg)?;
        page += &format!(
            "\n## {}\n\n![{}: the photo, 9:16, 3:4, its own shape](frames/{}.jpg)\n",
            sheet.photo, sheet.photo, sheet.name
        );
    }
    write("frames.md", page.as_bytes())?;
    Ok(format!("docs/frames.md shows {} photos.", SHEETS.len()))
}

impl Sheet {
    fn jpeg(&self) -> Result<Vec<u8>, String> {
        let photo = (self.draw)();
        let bytes = encoded(&photo, ImageFormat::Png);
        let mut pictures = vec![on_checks(&photo)];
        for ratio in [Some((9, 16)), Some((3, 4)), None] {
            let prepared = prepare(&bytes, &Wanted { ratio, min_side_px: 300, max_aspect: 2.5 });
            let prepared = prepared.map_err(|bad| format!("{} cannot be prepared: {bad:?}", self.name))?;
            pictures.push(image::load_from_memory(&prepared.jpeg).map_err(|error| error.to_string())?.into_rgb8());
        }
        let sheet = side_by_side(&pictures);
        for quality in QUALITIES {
            let mut jpeg = Vec::new();
            JpegEncoder::new_with_quality(&mut jpeg, quality).encode_image(&sheet).map_err(|error| error.to_string())?;
            if jpeg.len() <= SHEET_MAX_BYTES {
                return Ok(jpeg);
            }
        }
        Err(format!("the sheet {} has more than {SHEET_MAX_BYTES} bytes", self.name))
    }
}

/// A picture with a chequered ground where it is transparent.
fn on_checks(photo: &DynamicImage) -> RgbImage {
    let mut ground = DynamicImage::ImageRgb8(RgbImage::from_fn(photo.width(), photo.height(), |x, y| {
        if (x / 40 + y / 40).is_multiple_of(2) { Rgb([255; 3]) } else { Rgb([224; 3]) }
    }));
    imageops::overlay(&mut ground, photo, 0, 0);
    ground.into_rgb8()
}

fn side_by_side(pictures: &[RgbImage]) -> RgbImage {
    let scaled = pictures.iter().map(|picture| {
        let width = picture.width() * HEIGHT_PX / picture.height();
        imageops::resize(picture, width, HEIGHT_PX, FilterType::Lanczos3)
    });
    let scaled: Vec<RgbImage> = scaled.collect();
    let width = scaled.iter().map(|picture| picture.width() + GAP_PX).sum::<u32>() + GAP_PX;
    let mut sheet = RgbImage::from_pixel(width, HEIGHT_PX + 2 * GAP_PX, SHEET);
    let mut left = GAP_PX;
    for picture in &scaled {
        imageops::replace(&mut sheet, picture, i64::from(left), i64::from(GAP_PX));
        left += picture.width() + GAP_PX;
    }
    sheet
}
