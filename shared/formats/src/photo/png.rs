//! PNG: the size comes from the first chunk, the pixels from the `image` crate.

use std::io::Cursor;

use image::{ImageDecoder, Limits, codecs::png::PngDecoder, metadata::Orientation};

use super::{
    BadPhoto,
    head::{Head, check_size},
    pixels::Pixels,
};

/// The first bytes of a PNG.
pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Largest memory for a row, a profile and texts, bytes. The pixels are counted apart.
const METADATA_MAX_BYTES: u64 = 16_000_000;

/// Reads the size, the orientation and the profile.
pub(super) fn head(bytes: &[u8]) -> Result<Head, BadPhoto> {
    let first = first_chunk(bytes).ok_or(BadPhoto::Damaged)?;
    // The decoder turns palettes into RGB, with alpha if a colour is transparent.
    check_size((first.width, first.height), first.bytes_per_pixel)?;
    if !is_whole(bytes) {
        return Err(BadPhoto::Damaged);
    }
    let mut decoder = open(bytes)?;
    if decoder.dimensions() != (first.width, first.height) {
        return Err(BadPhoto::Damaged);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let icc = decoder.icc_profile().ok().flatten();
    Ok(Head { width: first.width, height: first.height, orientation, icc })
}

/// Decodes the picture.
pub(super) fn decode(bytes: &[u8]) -> Result<Pixels, BadPhoto> {
    Pixels::read(open(bytes)?)
}

fn open(bytes: &[u8]) -> Result<PngDecoder<Cursor<&[u8]>>, BadPhoto> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(METADATA_MAX_BYTES);
    PngDecoder::with_limits(Cursor::new(bytes), limits).map_err(|_| BadPhoto::Damaged)
}

struct FirstChunk {
    width: u32,
    height: u32,
    /// Bytes of a decoded pixel, at most.
    bytes_per_pixel: u64,
}

fn first_chunk(bytes: &[u8]) -> Option<FirstChunk> {
    let body = bytes.strip_prefix(SIGNATURE)?.strip_prefix(b"\0\0\0\x0dIHDR")?;
    let [w0, w1, w2, w3, h0, h1, h2, h3, depth, colour] = *body.first_chunk()?;
    let channels = match colour {
        0 => 2, // grey; one grey may be transparent
        4 => 2,
        2 => 4, // RGB; one colour may be transparent
        3 | 6 => 4,
        _ => return None,
    };
    let (width, height) = (u32::from_be_bytes([w0, w1, w2, w3]), u32::from_be_bytes([h0, h1, h2, h3]));
    Some(FirstChunk { width, height, bytes_per_pixel: if depth == 16 { 2 * channels } else { channels } })
}

/// Whether the chunks follow each other up to the last one. Of a file that was cut off, the decoder may have all the pixels it needs.
fn is_whole(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(SIGNATURE.len()..).unwrap_or_default();
    while let Some((length, next)) = rest.split_first_chunk::<4>() {
        let Some(end) = usize::try_from(u32::from_be_bytes(*length)).ok().and_then(|length| length.checked_add(8)) else {
            return false;
        };
        if next.starts_with(b"IEND") {
            return next.len() >= end;
        }
        let Some(after) = next.get(end..) else { return false };
        rest = after;
    }
    false
}
