//! The size of a WebP picture. The fakes do not decode WebP.

/// Width and height in pixels, by the header of the first chunk (RFC 9649); `None` if it is no WebP.
pub fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    let chunk = bytes.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WEBP")?;
    let at = |place: usize| chunk.get(8 + place).copied().map(u32::from);
    let short = |place: usize| Some(at(place)? | (at(place + 1)? << 8));
    match chunk.get(..4)? {
        // Each side is 14 bits behind the frame tag and the start code.
        b"VP8 " => Some((short(6)? & 0x3fff, short(8)? & 0x3fff)),
        // Behind the signature each side is 14 bits, less one.
        b"VP8L" => {
            let bits = short(1)? | (short(3)? << 16);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        // Behind the flags each side is 24 bits, less one.
        b"VP8X" => Some(((short(4)? | (at(6)? << 16)) + 1, (short(7)? | (at(9)? << 16)) + 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_webp_has_its_size_in_its_first_chunk() {
        let file = |kind: &[u8; 4], content: &[u8]| [b"RIFF", &[0; 4][..], b"WEBP", kind, &[0; 4], content].concat();
        let lossy = file(b"VP8 ", &[0, 0, 0, 0x9d, 0x01, 0x2a, 0x2c, 0x01, 0x90, 0x01]);
        assert_eq!(size(&lossy), Some((300, 400)));
        let bits = (299_u32 | (399 << 14)).to_le_bytes();
        assert_eq!(size(&file(b"VP8L", &[&[0x2f][..], &bits].concat())), Some((300, 400)));
        assert_eq!(size(&file(b"VP8X", &[0, 0, 0, 0, 0x2b, 0x01, 0, 0x8f, 0x01, 0])), Some((300, 400)));
        assert_eq!((size(b"RIFF"), size(&file(b"WAVE", &[0; 20]))), (None, None));
    }
}
