//! Walks through the chunks of a WebP file.

/// Bytes of a chunk's name and length.
pub(super) const CHUNK_HEAD_BYTES: usize = 8;

/// A chunk of a RIFF file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk<'a> {
    pub name: [u8; 4],
    pub body: &'a [u8],
}

/// Splits the first chunk off. `None` if the bytes end before the chunk does. A chunk of an odd length is followed by one byte, which may
/// be missing at the end of the file.
pub(super) fn split(bytes: &[u8]) -> Option<(Chunk<'_>, &[u8])> {
    let (name, rest) = bytes.split_first_chunk::<4>()?;
    let (length, _) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let end = CHUNK_HEAD_BYTES.checked_add(length)?;
    let body = bytes.get(CHUNK_HEAD_BYTES..end)?;
    Some((Chunk { name: *name, body }, bytes.get(end + length % 2..).unwrap_or_default()))
}
