//! MP4 around H.264 samples (ISO/IEC 14496-12 and -15). The index stands before the pictures, so that playback starts at once.

use super::h264::ParameterSets;

/// The description of the one video track in the index.
pub struct Track {
    pub width: u32,
    pub height: u32,
    pub seconds: u32,
    pub sets: ParameterSets,
}

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

/// The whole file. `mark` goes in a box that players skip.
pub fn mux(track: &Track, samples: &[Vec<u8>], mark: &[u8]) -> Vec<u8> {
    let mut file = boxed(b"ftyp", &[b"isom", &be(512), b"isom", b"iso2", b"avc1", b"mp41"]);
    let index_size = index(track, samples, 0).len();
    let offset = file.len() + index_size + 8;
    file.extend(index(track, samples, offset));
    let pictures: Vec<&[u8]> = samples.iter().map(Vec::as_slice).collect();
    file.extend(boxed(b"mdat", &pictures));
    file.extend(boxed(b"free", &[mark]));
    file
}

fn index(track: &Track, samples: &[Vec<u8>], offset: usize) -> Vec<u8> {
    // The time scale is chosen so that every sample lasts whole ticks and the film lasts exactly its seconds.
    let scale = be(samples.len() * 1000);
    let total = be(samples.len() * 1000 * track.seconds as usize);
    let header = boxed(b"mvhd", &[&[0; 12], &scale, &total, &be(0x1_0000), &[1, 0], &[0; 10], &MATRIX, &[0; 24], &be(2)]);
    let track_header = boxed(
        b"tkhd",
        &[&[0, 0, 0, 3], &[0; 8], &be(1), &[0; 4], &total, &[0; 16], &MATRIX, &fixed(track.width), &fixed(track.height)],
    );
    let media_header = boxed(b"mdhd", &[&[0; 12], &scale, &total, &[0x55, 0xc4, 0, 0]]);
    let handler = boxed(b"hdlr", &[&[0; 8], b"vide", &[0; 12], b"NeuroCards film\0"]);
    let reference = boxed(b"dinf", &[&boxed(b"dref", &[&[0; 4], &be(1), &boxed(b"url ", &[&[0, 0, 0, 1]])])]);
    let video = boxed(b"vmhd", &[&[0, 0, 0, 1], &[0; 8]]);
    let information = boxed(b"minf", &[&video, &reference, &sample_table(track, samples, offset)]);
    let media = boxed(b"mdia", &[&media_header, &handler, &information]);
    boxed(b"moov", &[&header, &boxed(b"trak", &[&track_header, &media])])
}

fn sample_table(track: &Track, samples: &[Vec<u8>], offset: usize) -> Vec<u8> {
    let description = boxed(b"stsd", &[&[0; 4], &be(1), &sample_entry(track)]);
    let count = be(samples.len());
    let times = boxed(b"stts", &[&[0; 4], &be(1), &count, &be(1000 * track.seconds as usize)]);
    let chunks = boxed(b"stsc", &[&[0; 4], &be(1), &be(1), &count, &be(1)]);
    let sizes: Vec<u8> = samples.iter().flat_map(|sample| be(sample.len())).collect();
    let sizes = boxed(b"stsz", &[&[0; 8], &count, &sizes]);
    let offsets = boxed(b"stco", &[&[0; 4], &be(1), &be(offset)]);
    boxed(b"stbl", &[&description, &times, &chunks, &sizes, &offsets])
}

fn sample_entry(track: &Track) -> Vec<u8> {
    let ParameterSets { sequence, picture } = &track.sets;
    let profile = sequence.get(1..4).unwrap_or(&[66, 0xc0, 31]);
    let decoder =
        boxed(b"avcC", &[&[1], profile, &[0xff, 0xe1], &short(sequence.len()), sequence, &[1], &short(picture.len()), picture]);
    let resolution = be(0x48_0000);
    boxed(
        b"avc1",
        &[
            &[0, 0, 0, 0, 0, 0, 0, 1],
            &[0; 16],
            &short(track.width as usize),
            &short(track.height as usize),
            &resolution,
            &resolution,
            &[0; 4],
            &[0, 1],
            &[0; 32],
            &[0, 24, 0xff, 0xff],
            &decoder,
        ],
    )
}

/// The identity transformation: 16.16 fixed point but for its last column, 2.30.
const MATRIX: [u8; 36] = [
    0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, //
    0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, //
    0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0,
];

fn be(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes()
}

fn short(value: usize) -> [u8; 2] {
    u16::try_from(value).unwrap_or(u16::MAX).to_be_bytes()
}

fn fixed(side: u32) -> [u8; 4] {
    (side << 16).to_be_bytes()
}
