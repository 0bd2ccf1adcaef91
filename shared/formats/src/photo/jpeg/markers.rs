//! Walks through the markers of a JPEG up to the end of its first picture.

/// Bytes of a coefficient in the decoder.
const COEFFICIENT_BYTES: u64 = 2;
/// Pixels on a block's side.
const BLOCK_PX: u64 = 8;
/// The markers between the parts of a scan that are decoded each by itself.
const RESTART_FIRST: u8 = 0xd0;
const RESTART_LAST: u8 = 0xd7;
/// Largest number of segments. Cameras write some dozens. The decoder sorts the segments of one kind again for each that it reads.
const SEGMENTS_MAX: usize = 1000;
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
    /// Units between two restart markers; 0 if there are none.
    restart_interval: u64,
    restarts: u64,
    segments: usize,
}

impl Structure {
    /// Reads the markers. `None` if they are not in an order that encoders write, or are too many.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut structure = Self::default();
        let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
        while let Some((marker, after)) = next_marker(rest) {
            match marker {
                // Before the first scan, the decoder would take what follows for a segment.
                0x01 | RESTART_FIRST..=0xd8 if structure.scans == 0 => return None,
                RESTART_FIRST..=RESTART_LAST => {
                    structure.restarts += 1;
                    rest = after;
                }
                // Markers without a segment.
                0x01 | 0xd8 => rest = after,
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
        self.segments += 1;
        if self.segments > SEGMENTS_MAX {
            return None;
        }
        if self.scans > 0 && self.is_sequential() {
            // After its only scan a picture ends. The decoder would take what follows for the end, and leave the missing rows black.
            return None;
        }
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
            0xdd => {
                self.restart_interval = u64::from(u16::from_be_bytes(*segment.first_chunk()?));
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

    /// Whether the scan is divided by restart markers.
    pub(super) fn is_divided(&self) -> bool {
        self.restart_interval > 0
    }

    /// Whether parts are missing between the restart markers. Some encoders leave the last marker out.
    pub(super) fn lacks_parts(&self) -> bool {
        let (across, down) = self.units();
        self.is_sequential() && self.is_divided() && self.restarts + 2 < (across * down).div_ceil(self.restart_interval)
    }

    /// How many scans the picture may have.
    pub(super) fn scans_max(&self, progressive: usize) -> usize {
        if self.is_progressive { progressive } else { self.sampling.len() }
    }

    /// Bytes that decoding takes: the pixels, and the coefficients of all blocks unless the pixels come row by row.
    pub(super) fn decoding_bytes(&self) -> u64 {
        let pixels = u64::from(self.width) * u64::from(self.height) * self.components();
        let (across, down) = self.units();
        let blocks: u64 = self.sampling.iter().map(|(across, down)| u64::from(*across) * u64::from(*down)).sum();
        let coefficients = if self.is_sequential() { 0 } else { across * down * blocks * BLOCK_PX * BLOCK_PX };
        pixels + coefficients * COEFFICIENT_BYTES
    }

    /// Units of a scan, across and down. A unit has a block, or several of the components that have more samples than others.
    fn units(&self) -> (u64, u64) {
        let largest = |factor: fn(&(u8, u8)) -> u8| u64::from(self.sampling.iter().map(factor).max().unwrap_or(1));
        let is_single = self.is_sequential() && self.sampling.len() == 1;
        let (across, down) = if is_single { (1, 1) } else { (largest(|factors| factors.0), largest(|factors| factors.1)) };
        (u64::from(self.width).div_ceil(BLOCK_PX * across), u64::from(self.height).div_ceil(BLOCK_PX * down))
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
