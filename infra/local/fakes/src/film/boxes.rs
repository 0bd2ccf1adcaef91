//! The boxes that both tracks of an MP4 have (ISO/IEC 14496-12).

/// One box: size, kind, content.
pub fn boxed(kind: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let size = 8 + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut bytes = Vec::with_capacity(size);
    bytes.extend_from_slice(&be(size));
    bytes.extend_from_slice(kind);
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes
}

/// The media of one track. The times are big-endian.
pub struct Media {
    pub handler: [u8; 4],
    pub scale: [u8; 4],
    pub total: [u8; 4],
    /// The header that only this kind of media has: `vmhd` or `smhd`.
    pub header_of_kind: Vec<u8>,
    pub table: Vec<u8>,
}

impl Media {
    pub fn boxed(&self) -> Vec<u8> {
        let header = boxed(b"mdhd", &[&[0; 12], &self.scale, &self.total, &[0x55, 0xc4, 0, 0]]);
        let handler = boxed(b"hdlr", &[&[0; 8], &self.handler, &[0; 12], b"NeuroCards film\0"]);
        let reference = boxed(b"dinf", &[&boxed(b"dref", &[&[0; 4], &be(1), &boxed(b"url ", &[&[0, 0, 0, 1]])])]);
        let information = boxed(b"minf", &[&self.header_of_kind, &reference, &self.table]);
        boxed(b"mdia", &[&header, &handler, &information])
    }
}

/// The identity transformation: 16.16 fixed point but for its last column, 2.30.
pub const MATRIX: [u8; 36] = [
    0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, //
    0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, //
    0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0,
];

pub fn be(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes()
}
