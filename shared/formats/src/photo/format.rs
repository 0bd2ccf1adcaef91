//! The formats that are read.

use super::{BadPhoto, head::Head, jpeg, pixels::Pixels, png, webp};

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Jpeg,
    Png,
    WebP,
}

impl Format {
    /// The format by the first bytes; a file's name says nothing.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if bytes.starts_with(png::SIGNATURE) {
            Some(Self::Png)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Some(Self::WebP)
        } else {
            None
        }
    }

    /// Reads the head, and checks that the file is whole and that its pixels fit into the memory.
    pub(super) fn head(self, bytes: &[u8]) -> Result<Head, BadPhoto> {
        match self {
            Self::Jpeg => jpeg::head(bytes),
            Self::Png => png::head(bytes),
            Self::WebP => webp::head(bytes),
        }
    }

    /// Decodes the first picture of the file.
    pub(super) fn decode(self, bytes: &[u8], head: &Head) -> Result<Pixels, BadPhoto> {
        match self {
            Self::Jpeg => jpeg::decode(bytes, head),
            Self::Png => png::decode(bytes),
            Self::WebP => webp::decode(bytes),
        }
    }
}
