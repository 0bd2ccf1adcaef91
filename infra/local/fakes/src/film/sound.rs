//! A silent sound track: AAC-LC (ISO/IEC 14496-3) in MP4 (14496-14). Every frame is the same.

use super::boxes::{MATRIX, Media, be, boxed};

/// Samples a second.
const RATE: usize = 48_000;
/// Samples in a frame of AAC-LC.
const FRAME_SAMPLES: usize = 1024;
/// One channel of silence: the shortest single channel element and the end of the frame.
const SILENCE: [u8; 6] = [0x00, 0xc8, 0x00, 0x80, 0x23, 0x80];
/// `AudioSpecificConfig`: object type 2 (AAC-LC), frequency index 3 (48 kHz), one channel.
const CONFIG: [u8; 2] = [0x11, 0x88];

/// The number of frames that last at least `seconds`.
const fn count(seconds: u32) -> usize {
    (seconds as usize * RATE).div_ceil(FRAME_SAMPLES)
}

/// The frames of a track, one after the other.
pub fn frames(seconds: u32) -> Vec<u8> {
    SILENCE.repeat(count(seconds))
}

/// The track in the index. `total` is the film's duration in ticks of the film; the frames begin at `offset`.
pub fn track(seconds: u32, total: &[u8; 4], offset: usize) -> Vec<u8> {
    let header = boxed(
        b"tkhd",
        // Track 2, full volume (8.8 fixed point), no width and no height.
        &[&[0, 0, 0, 3], &[0; 8], &be(2), &[0; 4], total, &[0; 12], &[1, 0, 0, 0], &MATRIX, &[0; 8]],
    );
    let frames = be(count(seconds));
    let times = boxed(b"stts", &[&[0; 4], &be(1), &frames, &be(FRAME_SAMPLES)]);
    let chunks = boxed(b"stsc", &[&[0; 4], &be(1), &be(1), &frames, &be(1)]);
    // All frames have one size, so the box needs no table.
    let sizes = boxed(b"stsz", &[&[0; 4], &be(SILENCE.len()), &frames]);
    let offsets = boxed(b"stco", &[&[0; 4], &be(1), &be(offset)]);
    let description = boxed(b"stsd", &[&[0; 4], &be(1), &sample_entry()]);
    let media = Media {
        handler: *b"soun",
        scale: be(RATE),
        total: be(count(seconds) * FRAME_SAMPLES),
        header_of_kind: boxed(b"smhd", &[&[0; 8]]),
        table: boxed(b"stbl", &[&description, &times, &chunks, &sizes, &offsets]),
    };
    boxed(b"trak", &[&header, &media.boxed()])
}

fn sample_entry() -> Vec<u8> {
    // One channel of 16 bits; the rate is 16.16 fixed point.
    let format = [0, 1, 0, 16, 0, 0, 0, 0];
    boxed(b"mp4a", &[&[0, 0, 0, 0, 0, 0, 0, 1], &[0; 8], &format, &be(RATE << 16), &boxed(b"esds", &[&[0; 4], &descriptor()])])
}

/// `ES_Descriptor` (14496-1, 7.2.6): audio (stream type 5) in MPEG-4 (object type 0x40).
fn descriptor() -> Vec<u8> {
    let tagged = |tag: u8, parts: &[&[u8]]| {
        let content = parts.concat();
        let mut bytes = vec![tag, u8::try_from(content.len()).unwrap_or(u8::MAX)];
        bytes.extend(content);
        bytes
    };
    let config = tagged(5, &[&CONFIG]);
    let decoder = tagged(4, &[&[0x40, 0x15], &[0; 3], &be(64_000), &be(64_000), &config]);
    tagged(3, &[&[0, 2, 0], &decoder, &tagged(6, &[&[2]])])
}
