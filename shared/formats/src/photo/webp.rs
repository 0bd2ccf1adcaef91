//! WebP: the size comes from the chunks, the pixels from the `image` crate.

use std::io::Cursor;

use image::{ImageDecoder, codecs::webp::WebPDecoder, metadata::Orientation};

use super::{
    BadPhoto,
    head::{Head, check_size},
    pixels::Pixels,
    riff,
};

/// Bytes of the file's head, before its first chunk.
const FILE_HEAD_BYTES: usize = 12;
/// Bytes of a frame's place and duration, before its chunks.
const FRAME_HEAD_BYTES: usize = 16;
/// Bytes for each pixel that the decoder takes, by the chunks that a file has. Lossless pixels have four bytes, beside the three of the
/// result.
const LOSSLESS_BYTES: u64 = 7;
/// Luma and quarter-size chroma, beside the three bytes of the result.
const LOSSY_BYTES: u64 = 5;
/// As lossy with four bytes in the result, and alpha: four bytes while it is decoded, and one after.
const LOSSY_ALPHA_BYTES: u64 = 11;
/// As lossy with alpha, and the canvas on which a frame is put.
const ANIMATED_BYTES: u64 = 15;

/// What the chunks say.
#[derive(Debug, Default)]
struct Structure {
    size: (u32, u32),
    is_animated: bool,
    has_alpha_plane: bool,
    is_lossless: bool,
}

/// Reads the size, the orientation and the profile.
pub(super) fn head(bytes: &[u8]) -> Result<Head, BadPhoto> {
    let structure = structure(bytes)?;
    let bytes_per_pixel = match structure {
        Structure { is_animated: true, .. } => ANIMATED_BYTES,
        Structure { has_alpha_plane: true, .. } => LOSSY_ALPHA_BYTES,
        Structure { is_lossless: true, .. } => LOSSLESS_BYTES,
        _ => LOSSY_BYTES,
    };
    check_size(structure.size, bytes_per_pixel)?;
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|_| BadPhoto::Damaged)?;
    if decoder.dimensions() != structure.size {
        return Err(BadPhoto::Damaged);
    }
    let (width, height) = structure.size;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok(Head { width, height, orientation, icc: decoder.icc_profile().ok().flatten() })
}

/// Decodes the first picture.
pub(super) fn decode(bytes: &[u8]) -> Result<Pixels, BadPhoto> {
    Pixels::read(WebPDecoder::new(Cursor::new(bytes)).map_err(|_| BadPhoto::Damaged)?)
}

/// Walks through all chunks. The decoder takes memory for the size that a frame's own data says, before it compares that with the size of
/// the canvas. So no frame may be larger than the canvas.
fn structure(bytes: &[u8]) -> Result<Structure, BadPhoto> {
    let declared = bytes.get(4..8).and_then(<[u8]>::first_chunk).map_or(u32::MAX, |length| u32::from_le_bytes(*length));
    let declared = usize::try_from(declared).unwrap_or(usize::MAX).saturating_add(8);
    let mut rest = bytes.get(FILE_HEAD_BYTES..).unwrap_or_default();
    if declared > bytes.len() {
        return Err(BadPhoto::Damaged);
    }
    let mut structure = Structure::default();
    // The decoder reads chunks behind the declared end as well. So does the walk, but what is there need not be a chunk.
    while let Some((chunk, next)) = riff::split(rest) {
        structure.add(chunk)?;
        rest = next;
    }
    // Some encoders count a few bytes more than their chunks have, too few for another chunk.
    let walked = bytes.len().saturating_sub(rest.len()) + riff::CHUNK_HEAD_BYTES;
    if walked <= declared { Err(BadPhoto::Damaged) } else { Ok(structure) }
}

impl Structure {
    fn add(&mut self, chunk: riff::Chunk<'_>) -> Result<(), BadPhoto> {
        match &chunk.name {
            b"VP8X" => self.add_size(canvas_size(chunk.body)),
            b"VP8 " => self.add_size(lossy_size(chunk.body)),
            b"VP8L" => {
                self.is_lossless = true;
                self.add_size(lossless_size(chunk.body))
            }
            b"ALPH" => {
                self.has_alpha_plane = true;
                Ok(())
            }
            b"ANMF" => {
                self.is_animated = true;
                let mut rest = chunk.body.get(FRAME_HEAD_BYTES..).unwrap_or_default();
                while let Some((part, next)) = riff::split(rest) {
                    // A frame in a frame is no picture; the decoder does not read it.
                    if part.name != *b"ANMF" {
                        self.add(part)?;
                    }
                    rest = next;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Takes the first size as that of the picture.
    fn add_size(&mut self, size: Option<(u32, u32)>) -> Result<(), BadPhoto> {
        let (width, height) = size.ok_or(BadPhoto::Damaged)?;
        if self.size == (0, 0) {
            self.size = (width, height);
        }
        if width > self.size.0 || height > self.size.1 { Err(BadPhoto::Damaged) } else { Ok(()) }
    }
}

fn canvas_size(body: &[u8]) -> Option<(u32, u32)> {
    let [w0, w1, w2, h0, h1, h2] = *body.get(4..)?.first_chunk()?;
    Some((u32::from_le_bytes([w0, w1, w2, 0]) + 1, u32::from_le_bytes([h0, h1, h2, 0]) + 1))
}

fn lossy_size(body: &[u8]) -> Option<(u32, u32)> {
    let [w0, w1, h0, h1] = *body.get(6..)?.first_chunk()?;
    let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    Some((side(w0, w1), side(h0, h1)))
}

fn lossless_size(body: &[u8]) -> Option<(u32, u32)> {
    let bits = u32::from_le_bytes(*body.get(1..)?.first_chunk()?);
    Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
}
