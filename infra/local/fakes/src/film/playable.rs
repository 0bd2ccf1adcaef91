//! Checks that a film plays: reads its boxes down to the length of every NAL unit and of every frame of sound.

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
    /// Whether the film has a sound track, silent or not.
    pub sound: bool,
}

/// Most time by which the sound may be shorter or longer than the pictures.
const SOUND_SLACK: Duration = Duration::from_millis(100);

/// Checks that the bytes are an MP4 with one H.264 track, and at most one AAC-LC track, whose samples are all there.
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
    let (mut pictures, mut sound) = (None, None);
    for track in all(movie, b"trak")? {
        let media = find(track, b"mdia")?;
        let place = match find(media, b"hdlr")?.get(8..12) {
            Some(b"vide") => &mut pictures,
            Some(b"soun") => &mut sound,
            _ => return Err("a track is neither pictures nor sound".into()),
        };
        if place.replace((track, media)).is_some() {
            return Err("the film has two tracks of one kind".into());
        }
    }
    let (track, media) = pictures.ok_or("the box trak is missing")?;
    let frames = check_pictures(bytes, table(media)?)?;
    let duration = seconds(header, 12)?;
    if let Some((_, media)) = sound {
        check_sound(bytes, table(media)?)?;
        if seconds(find(media, b"mdhd")?, 12)?.abs_diff(duration) > SOUND_SLACK {
            return Err("the sound is not as long as the pictures".into());
        }
    }
    let track_header = find(track, b"tkhd")?;
    Ok(FilmInfo {
        width: number(track_header, 76)? >> 16,
        height: number(track_header, 80)? >> 16,
        duration,
        frames,
        sound: sound.is_some(),
    })
}

/// The sample table of a track's media.
fn table(media: &[u8]) -> Result<&[u8], String> {
    find(find(media, b"minf")?, b"stbl")
}

fn check_pictures(bytes: &[u8], table: &[u8]) -> Result<u32, String> {
    let description = find(table, b"stsd")?.get(8..).unwrap_or(&[]);
    find(find(description, b"avc1")?.get(78..).unwrap_or(&[]), b"avcC")?;
    let samples = samples(bytes, table).map_err(|error| format!("picture {error}"))?;
    for (number, sample) in samples.iter().enumerate() {
        check_sample(sample).map_err(|error| format!("picture {number}: {error}"))?;
    }
    if samples.is_empty() {
        return Err("the film has no pictures".into());
    }
    Ok(u32::try_from(samples.len()).unwrap_or(u32::MAX))
}

fn check_sound(bytes: &[u8], table: &[u8]) -> Result<(), String> {
    let description = find(table, b"stsd")?.get(8..).unwrap_or(&[]);
    let descriptor = find(find(description, b"mp4a")?.get(28..).unwrap_or(&[]), b"esds")?;
    // The configuration stands behind its tag 5 and its length 2; the object type is its first five bits.
    let config = descriptor.windows(4).find(|part| part.starts_with(&[5, 2])).and_then(|part| part.get(2));
    if config.map(|first| first >> 3) != Some(2) {
        return Err("the sound is not AAC-LC".into());
    }
    let samples = samples(bytes, table).map_err(|error| format!("frame of sound {error}"))?;
    if samples.is_empty() || samples.iter().any(|sample| sample.is_empty()) {
        return Err("the sound has no frames".into());
    }
    let timed = number(find(table, b"stts")?, 8)?;
    if timed as usize != samples.len() {
        return Err("the sound has another number of times than of frames".into());
    }
    Ok(())
}

/// The samples of a track, which stand in the file one after the other. The fault begins with the sample's number.
fn samples<'b>(bytes: &'b [u8], table: &[u8]) -> Result<Vec<&'b [u8]>, String> {
    let sizes = find(table, b"stsz")?;
    let same = number(sizes, 4)?;
    let count = number(sizes, 8)? as usize;
    let mut place = number(find(table, b"stco")?, 8)? as usize;
    let mut samples = Vec::new();
    for index in 0..count {
        let size = if same == 0 { number(sizes, 12 + 4 * index)? } else { same } as usize;
        samples.push(bytes.get(place..place + size).ok_or_else(|| format!("{index} is cut off"))?);
        place += size;
    }
    Ok(samples)
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
    while boxes.len() >= 8 {
        let first = FirstBox::read(boxes, kind)?;
        if first.kind == kind {
            return Ok(first.content);
        }
        boxes = first.rest;
    }
    Err(format!("the box {} is missing", String::from_utf8_lossy(kind)))
}

/// The contents of all boxes of this kind among `boxes`.
fn all<'b>(mut boxes: &'b [u8], kind: &[u8; 4]) -> Result<Vec<&'b [u8]>, String> {
    let mut contents = Vec::new();
    while boxes.len() >= 8 {
        let first = FirstBox::read(boxes, kind)?;
        if first.kind == kind {
            contents.push(first.content);
        }
        boxes = first.rest;
    }
    Ok(contents)
}

/// The first of some boxes, and the boxes after it.
struct FirstBox<'b> {
    kind: &'b [u8],
    content: &'b [u8],
    rest: &'b [u8],
}

impl<'b> FirstBox<'b> {
    /// Reads the first of `boxes`; the fault names the box that is `sought`.
    fn read(boxes: &'b [u8], sought: &[u8; 4]) -> Result<Self, String> {
        let size = number(boxes, 0)? as usize;
        let whole = boxes.get(..size).filter(|_| size >= 8);
        let whole = whole.ok_or_else(|| format!("the file is cut off before the box {}", String::from_utf8_lossy(sought)))?;
        let (head, content) = whole.split_at_checked(8).unwrap_or_default();
        Ok(Self { kind: head.get(4..).unwrap_or(&[]), content, rest: boxes.get(size..).unwrap_or(&[]) })
    }
}

/// The playing time in a header: the time scale at `at`, and the ticks after it.
fn seconds(header: &[u8], at: usize) -> Result<Duration, String> {
    let scale = u64::from(number(header, at)?.max(1));
    Ok(Duration::from_millis(u64::from(number(header, at + 4)?) * 1000 / scale))
}

fn number(bytes: &[u8], at: usize) -> Result<u32, String> {
    let four = bytes.get(at..at + 4).ok_or("a box is too short")?;
    Ok(u32::from_be_bytes(four.try_into().map_err(|_| "a box is too short")?))
}
