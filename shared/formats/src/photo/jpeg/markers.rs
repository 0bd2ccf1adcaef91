//! Walks through the markers of a JPEG up to the end of its first picture.

/// Bytes of a coefficient in the decoder.
const COEFFICIENT_BYTES: u64 = 2;
/// Pixels on a block's side.
const BLOCK_PX: u64 = 8;
/// Bytes of a marker.
const MARKER_BYTES: usize = 2;
/// Largest sampling factor of a component, by the standard.
const SAMPLING_MAX: u8 = 4;

/// What the markers say.
#[derive(Debug, Default)]
pub(super) struct Structure {
    pub width: u32,
    pub height: u32,
    pub scans: usize,
    /// Place of the marker that ends the picture.
    pub end: Option<usize>,
    /// Whether Adobe's marker is there: then inks are stored inverted.
    pub is_by_adobe: bool,
    is_progressive: bool,
    /// Horizontal and vertical sampling factor of each component.
    sampling: Vec<(u8, u8)>,
    /// Components of the first scan.
    first_scan: usize,
}

impl Structure {
    /// Reads the markers. `None` if there is no frame header before the first scan, or no scan, or a segment has no length.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut structure = Self::default();
        let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
        while let Some((marker, after)) = next_marker(rest) {
            match marker {
                // Markers without a segment.
                0x01 | 0xd0..=0xd8 => rest = after,
                0xd9 => {
                    structure.end = bytes.len().checked_sub(after.len() + MARKER_BYTES);
                    break;
                }
                _ => {
                    let Some((segment, next)) = split_segment(after) else { break };
                    structure.add(marker, segment)?;
                    rest = next;
                }
            }
        }
        (structure.scans > 0).then_some(structure)
    }

    fn add(&mut self, marker: u8, segment: &[u8]) -> Option<()> {
        match marker {
            0xc0..=0xc2 => self.add_frame(segment, marker == 0xc2),
            0xda if self.sampling.is_empty() => None,
            0xda => {
                if self.scans == 0 {
                    self.first_scan = usize::from(*segment.first()?);
                }
                self.scans += 1;
                Some(())
            }
            0xee => {
                self.is_by_adobe |= segment.starts_with(b"Adobe");
                Some(())
            }
            _ => Some(()),
        }
    }

    fn add_frame(&mut self, segment: &[u8], is_progressive: bool) -> Option<()> {
        let [_precision, h0, h1, w0, w1, _components] = *segment.first_chunk()?;
        if !self.sampling.is_empty() {
            return None;
        }
        self.height = u32::from(u16::from_be_bytes([h0, h1]));
        self.width = u32::from(u16::from_be_bytes([w0, w1]));
        self.is_progressive = is_progressive;
        let (components, _) = segment.get(6..)?.as_chunks::<3>();
        self.sampling = components.iter().map(|[_, factors, _]| (factors >> 4, factors & 15)).collect();
        let is_valid = |factor| (1..=SAMPLING_MAX).contains(&factor);
        self.sampling.iter().all(|(across, down)| is_valid(*across) && is_valid(*down)).then_some(())
    }

    /// Bytes of a decoded pixel.
    pub(super) fn components(&self) -> u64 {
        self.sampling.len() as u64
    }

    /// Whether the picture has a single scan, from which the pixels come row by row.
    pub(super) fn is_sequential(&self) -> bool {
        !self.is_progressive && self.first_scan == self.sampling.len()
    }

    /// How many scans the picture may have.
    pub(super) fn scans_max(&self, progressive: usize) -> usize {
        if self.is_progressive { progressive } else { self.sampling.len() }
    }

    /// Bytes that decoding takes: the pixels, and the coefficients of all blocks unless the first scan of a sequential JPEG has everything.
    pub(super) fn decoding_bytes(&self) -> u64 {
        let pixels = u64::from(self.width) * u64::from(self.height) * self.components();
        if self.is_sequential() {
            return pixels;
        }
        let largest = |factor: fn(&(u8, u8)) -> u8| u64::from(self.sampling.iter().map(factor).max().unwrap_or(1));
        let units_across = u64::from(self.width).div_ceil(BLOCK_PX * largest(|sampling| sampling.0));
        let units_down = u64::from(self.height).div_ceil(BLOCK_PX * largest(|sampling| sampling.1));
        let blocks: u64 = self.sampling.iter().map(|(across, down)| u64::from(*across) * u64::from(*down)).sum();
        pixels + units_across * units_down * blocks * BLOCK_PX * BLOCK_PX * COEFFICIENT_BYTES
    }
}

/// The next marker and what follows it. Skips what is between markers: the data of a scan, in which 0xff is followed by 0, and fill bytes.
/// A restart marker in a scan is returned as any other.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let mut rest = bytes;
    loop {
        let at = rest.iter().position(|byte| *byte == 0xff)?;
        rest = rest.get(at + 1..)?;
        match *rest.first()? {
            0x00 | 0xff => {}
            marker => return Some((marker, rest.get(1..)?)),
        }
    }
}

/// Splits a segment off by its length, which counts its own two bytes.
fn split_segment(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = usize::from(u16::from_be_bytes(*bytes.first_chunk()?));
    Some((bytes.get(2..length)?, bytes.get(length..)?))
}
