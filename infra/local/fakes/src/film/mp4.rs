//! MP4 around H.264 samples (ISO/IEC 14496-12 and -15). The index stands before the pictures, so that playback starts at once.

use super::boxes::{MATRIX, Media, be, boxed};
use super::h264::ParameterSets;
use super::sound;

/// The description of the video track in the index.
pub struct Track {
    pub width: u32,
    pub height: u32,
    pub seconds: u32,
    pub sets: ParameterSets,
    /// The numbers of the pictures that stand alone, from 1; `None` if every picture does.
    pub keys: Option<Vec<u32>>,
    /// Whether the film has a sound track too.
    pub sound: bool,
}

/// The whole file. `mark` goes in a box that players skip.
pub fn mux(track: &Track, samples: &[Vec<u8>], mark: &[u8]) -> Vec<u8> {
    let mut file = boxed(b"ftyp", &[b"isom", &be(512), b"isom", b"iso2", b"avc1", b"mp41"]);
    let index_size = index(track, samples, 0).len();
    let offset = file.len() + index_size + 8;
    file.extend(index(track, samples, offset));
    let frames = if track.sound { sound::frames(track.seconds) } else { Vec::new() };
    let media: Vec<&[u8]> = samples.iter().map(Vec::as_slice).chain([frames.as_slice()]).collect();
    file.extend(boxed(b"mdat", &media));
    file.extend(boxed(b"free", &[mark]));
    file
}

fn index(track: &Track, samples: &[Vec<u8>], offset: usize) -> Vec<u8> {
    // The time scale is chosen so that every sample lasts whole ticks and the film lasts exactly its seconds.
    let scale = be(samples.len() * 1000);
    let total = be(samples.len() * 1000 * track.seconds as usize);
    let header = boxed(b"mvhd", &[&[0; 12], &scale, &total, &be(0x1_0000), &[1, 0], &[0; 10], &MATRIX, &[0; 24], &be(3)]);
    let track_header = boxed(
        b"tkhd",
        &[&[0, 0, 0, 3], &[0; 8], &be(1), &[0; 4], &total, &[0; 16], &MATRIX, &fixed(track.width), &fixed(track.height)],
    );
    let header_of_kind = boxed(b"vmhd", &[&[0, 0, 0, 1], &[0; 8]]);
    let table = sample_table(track, samples, offset);
    let pictures = Media { handler: *b"vide", scale, total, header_of_kind, table };
    let pictures = boxed(b"trak", &[&track_header, &pictures.boxed()]);
    let pictures_size: usize = samples.iter().map(Vec::len).sum();
    let sound = if track.sound { sound::track(track.seconds, &total, offset + pictures_size) } else { Vec::new() };
    boxed(b"moov", &[&header, &pictures, &sound])
}

fn sample_table(track: &Track, samples: &[Vec<u8>], offset: usize) -> Vec<u8> {
    let description = boxed(b"stsd", &[&[0; 4], &be(1), &sample_entry(track)]);
    let count = be(samples.len());
    let times = boxed(b"stts", &[&[0; 4], &be(1), &count, &be(1000 * track.seconds as usize)]);
    let chunks = boxed(b"stsc", &[&[0; 4], &be(1), &be(1), &count, &be(1)]);
    let sizes: Vec<u8> = samples.iter().flat_map(|sample| be(sample.len())).collect();
    let sizes = boxed(b"stsz", &[&[0; 8], &count, &sizes]);
    let offsets = boxed(b"stco", &[&[0; 4], &be(1), &be(offset)]);
    let keys = track.keys.as_ref().map(|keys| {
        let numbers: Vec<u8> = keys.iter().flat_map(|key| key.to_be_bytes()).collect();
        boxed(b"stss", &[&[0; 4], &be(keys.len()), &numbers])
    });
    boxed(b"stbl", &[&description, &times, &keys.unwrap_or_default(), &chunks, &sizes, &offsets])
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

fn short(value: usize) -> [u8; 2] {
    u16::try_from(value).unwrap_or(u16::MAX).to_be_bytes()
}

fn fixed(side: u32) -> [u8; 4] {
    (side << 16).to_be_bytes()
}
