//! Decoded pixels, as a decoder returns them.

use image::{ColorType, ImageDecoder};

use super::BadPhoto;

/// What the samples of a pixel mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    /// Inks as Adobe stores them: 0 is full ink, 255 is none.
    Cmyk,
    /// Inks as the standard has them: 255 is full ink.
    CmykInk,
    /// The three coloured inks as YCbCr, with 255 as full ink; black as Adobe stores it.
    Ycck,
}

/// A sample's width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    Eight,
    /// Two bytes in the machine's order.
    Sixteen,
}

/// Pixels row by row, with no bytes between the rows.
#[derive(Debug)]
pub(super) struct Pixels {
    pub width: u32,
    pub height: u32,
    pub kind: Kind,
    pub depth: Depth,
    pub samples: Vec<u8>,
}

impl Pixels {
    /// Decodes the picture of a decoder whose size was checked.
    pub(super) fn read(decoder: impl ImageDecoder) -> Result<Self, BadPhoto> {
        let (kind, depth) = match decoder.color_type() {
            ColorType::L8 => (Kind::Grey, Depth::Eight),
            ColorType::La8 => (Kind::GreyAlpha, Depth::Eight),
            ColorType::Rgb8 => (Kind::Rgb, Depth::Eight),
            ColorType::Rgba8 => (Kind::Rgba, Depth::Eight),
            ColorType::L16 => (Kind::Grey, Depth::Sixteen),
            ColorType::La16 => (Kind::GreyAlpha, Depth::Sixteen),
            ColorType::Rgb16 => (Kind::Rgb, Depth::Sixteen),
            ColorType::Rgba16 => (Kind::Rgba, Depth::Sixteen),
            _ => return Err(BadPhoto::Damaged),
        };
        let (width, height) = decoder.dimensions();
        let length = usize::try_from(decoder.total_bytes()).map_err(|_| BadPhoto::Damaged)?;
        let mut samples = vec![0; length];
        decoder.read_image(&mut samples).map_err(|_| BadPhoto::Damaged)?;
        Ok(Self { width, height, kind, depth, samples })
    }

    /// The same pixels with eight bits a sample and on white. The result takes the place of the source, because a copy would take as much
    /// memory again. `None` if the samples are not as many as the size says.
    pub(super) fn without_alpha(mut self) -> Option<Self> {
        let samples = &mut self.samples;
        match (self.kind, self.depth) {
            (Kind::GreyAlpha, Depth::Eight) => compact(samples, |[grey, alpha]: [u8; 2]| [on_white(grey, alpha)]),
            (Kind::GreyAlpha, Depth::Sixteen) => compact(samples, |[a, b, c, d]: [u8; 4]| [on_white(high(a, b), high(c, d))]),
            (Kind::Rgba, Depth::Eight) => {
                compact(samples, |[r, g, b, alpha]: [u8; 4]| [r, g, b].map(|part| on_white(part, alpha)))
            }
            (Kind::Rgba, Depth::Sixteen) => compact(samples, |[a, b, c, d, e, f, g, h]: [u8; 8]| {
                [high(a, b), high(c, d), high(e, f)].map(|part| on_white(part, high(g, h)))
            }),
            (Kind::Grey | Kind::Rgb, Depth::Sixteen) => compact(samples, |[a, b]: [u8; 2]| [high(a, b)]),
            (_, Depth::Eight) => {}
            (Kind::Cmyk | Kind::CmykInk | Kind::Ycck, Depth::Sixteen) => return None,
        }
        self.depth = Depth::Eight;
        self.kind = match self.kind {
            Kind::GreyAlpha => Kind::Grey,
            Kind::Rgba => Kind::Rgb,
            other => other,
        };
        let size = u64::from(self.width) * u64::from(self.height) * self.kind.channels();
        (u64::try_from(self.samples.len()) == Ok(size)).then_some(self)
    }
}

impl Kind {
    /// Samples of a pixel.
    pub(super) fn channels(self) -> u64 {
        match self {
            Self::Grey => 1,
            Self::GreyAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk | Self::CmykInk | Self::Ycck => 4,
        }
    }
}

/// Replaces each `FROM` bytes by `TO` bytes, `TO` being less, and frees what is left over.
fn compact<const FROM: usize, const TO: usize>(bytes: &mut Vec<u8>, change: impl Fn([u8; FROM]) -> [u8; TO]) {
    const { assert!(TO <= FROM) };
    let (mut read, mut written) = (0, 0);
    while let Some(&from) = bytes.get(read..).and_then(<[u8]>::first_chunk) {
        let Some(place) = bytes.get_mut(written..).and_then(<[u8]>::first_chunk_mut) else { break };
        *place = change(from);
        read += FROM;
        written += TO;
    }
    bytes.truncate(written);
    bytes.shrink_to_fit();
}

/// A 16-bit sample with eight bits.
fn high(first: u8, second: u8) -> u8 {
    let sample = u32::from(u16::from_ne_bytes([first, second]));
    u8::try_from((sample * 255 + 32_767) / 65_535).unwrap_or(u8::MAX)
}

/// A sample on white.
fn on_white(part: u8, alpha: u8) -> u8 {
    let (part, alpha) = (u32::from(part), u32::from(alpha));
    u8::try_from((part * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX)
}
