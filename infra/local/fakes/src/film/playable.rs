//! Checks that a film plays: reads its boxes down to the length of every NAL unit.

use std::time::Duration;

/// The properties that a player reads before it plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilmInfo {
    /// The width in pixels.
    pub width: u32,
    /// The height in pixels.
    pub height: u32,
    /// The playing time.
    pub duration: Duration,
    /// The number of pictures.
    pub frames: u32,
}

/// Checks that the bytes are an MP4 with one H.264 track whose pictures are all there.
///
/// # Errors
/// The first fault that would stop a player.
pub fn is_playable(bytes: &[u8]) -> Result<FilmInfo, String> {
    if find(bytes, b"ftyp").is_err() {
        return Err("not an MP4: the box ftyp is missing".into());
    }
    find(bytes, b"mdat")?;
    let movie = find(bytes, b"moov")?;
    let header = find(movie, b"mvhd")?;
    let track = find(movie, b"trak")?;
    let track_header = find(track, b"tkhd")?;
    let table = find(find(find(track, b"mdia")?, b"minf")?, b"stbl")?;
    let description = find(table, b"stsd")?.get(8..).unwrap_or(&[]);
    find(find(description, b"avc1")?.get(78..).unwrap_or(&[]), b"avcC")?;

    let scale = u64::from(number(header, 12)?.max(1));
    let sizes = find(table, b"stsz")?;
    let frames = number(sizes, 8)?;
    let mut place = number(find(table, b"stco")?, 8)? as usize;
    for frame in 0..frames {
        let size = number(sizes, 12 + 4 * frame as usize)? as usize;
        let sample = bytes.get(place..place + size).ok_or_else(|| format!("picture {frame} is cut off"))?;
        check_sample(sample).map_err(|error| format!("picture {frame}: {error}"))?;
        place += size;
    }
    if frames == 0 {
        return Err("the film has no pictures".into());
    }
    Ok(FilmInfo {
        width: number(track_header, 76)? >> 16,
        height: number(track_header, 80)? >> 16,
        duration: Duration::from_millis(u64::from(number(header, 16)?) * 1000 / scale),
        frames,
    })
}

/// A sample consists of NAL units, each behind its length, and nothing else.
fn check_sample(mut sample: &[u8]) -> Result<(), String> {
    while !sample.is_empty() {
        let length = number(sample, 0)? as usize;
        let unit = sample.get(4..4 + length).filter(|unit| !unit.is_empty()).ok_or("a NAL unit is cut off")?;
        if !matches!(unit.first().map(|head| head & 0x1f), Some(1..=12)) {
            return Err("an unknown kind of NAL unit".into());
        }
        sample = sample.get(4 + length..).unwrap_or(&[]);
    }
    Ok(())
}

/// The content of the first box of this kind among `boxes`.
fn find<'b>(mut boxes: &'b [u8], kind: &[u8; 4]) -> Result<&'b [u8], String> {
    let name = String::from_utf8_lossy(kind);
    while boxes.len() >= 8 {
        let size = number(boxes, 0)? as usize;
        let whole =
            boxes.get(..size).filter(|_| size >= 8).ok_or_else(|| format!("the file is cut off before the box {name}"))?;
        if whole.get(4..8) == Some(kind) {
            return Ok(whole.get(8..).unwrap_or(&[]));
        }
        boxes = boxes.get(size..).unwrap_or(&[]);
    }
    Err(format!("the box {name} is missing"))
}

fn number(bytes: &[u8], at: usize) -> Result<u32, String> {
    let four = bytes.get(at..at + 4).ok_or("a box is too short")?;
    Ok(u32::from_be_bytes(four.try_into().map_err(|_| "a box is too short")?))
}
