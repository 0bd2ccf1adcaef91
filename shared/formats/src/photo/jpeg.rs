//! JPEG: the structure comes from a walk through the markers, the pixels from zune-jpeg.

mod markers;

use image::metadata::Orientation;
use zune_jpeg::zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::{ImageInfo, JpegDecoder};

use super::{
    BadPhoto,
    head::{DECODING_MAX_BYTES, Head, check_size},
    pixels::{Depth, Kind, Pixels},
};
use markers::Structure;

/// Largest number of scans of a progressive JPEG. Encoders make ten or so; each takes time for every pixel.
const SCANS_MAX: usize = 32;
/// Longest side that JPEG can express, pixels.
const SIDE_MAX_PX: usize = 65_535;
/// Least width at which the last row of blocks has more bytes than the decoder reads ahead, which are eight.
const LACK_SHOWS_PX: u32 = 512;

/// Reads the size, the orientation and the profile, and checks that the file is whole.
pub(super) fn head(bytes: &[u8]) -> Result<Head, BadPhoto> {
    let structure = Structure::read(bytes).ok_or(BadPhoto::Damaged)?;
    let size @ (width, height) = (structure.width, structure.height);
    check_size(size, structure.components())?;
    if structure.decoding_bytes() > DECODING_MAX_BYTES {
        return Err(BadPhoto::TooManyPixels { width, height });
    }
    if structure.end.is_none() || structure.lacks_parts() || structure.scans > structure.scans_max(SCANS_MAX) {
        return Err(BadPhoto::Damaged);
    }
    let mut decoder = open(bytes);
    decoder.decode_headers().map_err(|_| BadPhoto::Damaged)?;
    // The memory was computed from the walk, so the decoder has to have read the same head.
    let is_same = |info: ImageInfo| {
        (u32::from(info.width), u32::from(info.height), u64::from(info.components)) == (width, height, structure.components())
    };
    if !decoder.info().is_some_and(is_same) {
        return Err(BadPhoto::Damaged);
    }
    let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));
    Ok(Head { width, height, orientation: orientation.unwrap_or(Orientation::NoTransforms), icc: decoder.icc_profile() })
}

/// Decodes the picture. Inks are not converted to RGB, because a profile may say which colours they have.
pub(super) fn decode(bytes: &[u8], head: &Head) -> Result<Pixels, BadPhoto> {
    let structure = Structure::read(bytes).ok_or(BadPhoto::Damaged)?;
    let mut decoder = open(picture(bytes, &structure));
    decoder.decode_headers().map_err(|_| BadPhoto::Damaged)?;
    let stored = decoder.input_colorspace().ok_or(BadPhoto::Damaged)?;
    let (wanted, kind) = match stored {
        ColorSpace::Luma => (ColorSpace::Luma, Kind::Grey),
        ColorSpace::YCbCr | ColorSpace::RGB => (ColorSpace::RGB, Kind::Rgb),
        ColorSpace::YCCK => (ColorSpace::YCCK, Kind::Ycck),
        ColorSpace::CMYK if structure.is_by_adobe => (ColorSpace::CMYK, Kind::Cmyk),
        ColorSpace::CMYK => (ColorSpace::CMYK, Kind::CmykInk),
        _ => return Err(BadPhoto::Damaged),
    };
    decoder.set_options(options().jpeg_set_out_colorspace(wanted));
    let samples = decoder.decode().map_err(|_| BadPhoto::Damaged)?;
    Ok(Pixels { width: head.width, height: head.height, kind, depth: Depth::Eight, samples })
}

/// The bytes that the decoder gets. At the marker of the end it would fill missing rows; at the end of the bytes it fails. A progressive
/// JPEG needs the marker: if one lacks the last scans and was closed properly, it is decoded with less detail.
fn picture<'a>(bytes: &'a [u8], structure: &Structure) -> &'a [u8] {
    let shows = structure.is_sequential() && !structure.is_divided() && structure.width >= LACK_SHOWS_PX;
    let end = structure.end.filter(|_| shows);
    end.and_then(|end| bytes.get(..end)).unwrap_or(bytes)
}

fn open(bytes: &[u8]) -> JpegDecoder<ZCursor<&[u8]>> {
    JpegDecoder::new_with_options(ZCursor::new(bytes), options())
}

fn options() -> DecoderOptions {
    DecoderOptions::default()
        // The decoder is as quick without its unsafe code.
        .set_use_unsafe(false)
        // Without strict mode the decoder would fill missing parts with grey.
        .set_strict_mode(true)
        .set_max_width(SIDE_MAX_PX)
        .set_max_height(SIDE_MAX_PX)
        .jpeg_set_max_scans(SCANS_MAX)
}
