//! Headers of MP4 boxes, and the boxes inside a box.

use shiguredo_mp4::Decode;

use super::BadFilm;

/// Bytes of a box's header: size (4) and kind (4).
pub const HEADER_BYTES: usize = 8;
/// Bytes of a header with a 64-bit size: the number 1 (4), kind (4) and size (8).
pub const LONG_HEADER_BYTES: usize = 16;

/// The four letters that name a box.
pub type Kind = [u8; 4];

/// The header of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub kind: Kind,
    /// Bytes of the header itself.
    pub bytes: usize,
    /// Bytes that follow the header; `None` if the box reaches to the end of the file.
    pub content: Option<u64>,
}

impl Header {
    /// Reads the header at the beginning of `bytes`; `None` if it is not complete.
    ///
    /// # Errors
    /// [`BadFilm::Malformed`] if the stated size is smaller than the header.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, BadFilm> {
        let Some((size, rest)) = bytes.split_first_chunk() else { return Ok(None) };
        let Some((&kind, rest)) = rest.split_first_chunk() else { return Ok(None) };
        let (stated, bytes) = match u32::from_be_bytes(*size) {
            0 => return Ok(Some(Self { kind, bytes: HEADER_BYTES, content: None })),
            1 => match rest.first_chunk() {
                None => return Ok(None),
                Some(long) => (u64::from_be_bytes(*long), LONG_HEADER_BYTES),
            },
            short => (u64::from(short), HEADER_BYTES),
        };
        let content = stated.checked_sub(bytes as u64).ok_or(BadFilm::Malformed("a box shorter than its header"))?;
        Ok(Some(Self { kind, bytes, content: Some(content) }))
    }
}

/// A box inside another one.
#[derive(Clone, Copy, Debug)]
pub struct Child<'a> {
    pub kind: Kind,
    /// The box with its header, as the library's decoders expect it.
    pub whole: &'a [u8],
    pub content: &'a [u8],
}

impl Child<'_> {
    /// Decodes the whole box. `what` names it in the error.
    pub fn decode<T: Decode>(&self, what: &'static str) -> Result<T, BadFilm> {
        decode(self.whole, what).map(|(value, _)| value)
    }
}

/// Decodes a value at the beginning of `bytes`; returns it with the bytes behind it.
pub fn decode<'a, T: Decode>(bytes: &'a [u8], what: &'static str) -> Result<(T, &'a [u8]), BadFilm> {
    let (value, read) = T::decode(bytes).map_err(|_| BadFilm::Malformed(what))?;
    Ok((value, bytes.get(read..).unwrap_or_default()))
}

/// The boxes inside a box's content, in their order. The list ends at a size of 0 or at a rest that is shorter than a header:
/// QuickTime ends lists with four zero bytes. After an error it yields nothing more.
pub fn children(content: &[u8]) -> impl Iterator<Item = Result<Child<'_>, BadFilm>> {
    let mut rest = content;
    std::iter::from_fn(move || {
        let (child, behind) = match next(rest) {
            Ok(found) => found?,
            Err(error) => {
                rest = &[];
                return Some(Err(error));
            }
        };
        rest = behind;
        Some(Ok(child))
    })
}

fn next(bytes: &[u8]) -> Result<Option<(Child<'_>, &[u8])>, BadFilm> {
    const TOO_LONG: BadFilm = BadFilm::Malformed("a box longer than its parent");
    if bytes.len() < HEADER_BYTES {
        return Ok(None);
    }
    let header = Header::read(bytes)?.ok_or(TOO_LONG)?;
    let Some(length) = header.content else { return Ok(None) };
    let end = usize::try_from(length).ok().and_then(|length| length.checked_add(header.bytes)).ok_or(TOO_LONG)?;
    let (whole, behind) = bytes.split_at_checked(end).ok_or(TOO_LONG)?;
    let content = whole.get(header.bytes..).unwrap_or_default();
    Ok(Some((Child { kind: header.kind, whole, content }, behind)))
}
