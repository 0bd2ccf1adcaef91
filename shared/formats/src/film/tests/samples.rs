//! Builds small films (ISO/IEC 14496-12). The samples themselves are zeros: the reader skips them.

/// The identity matrix.
pub const UPRIGHT: [i32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];
/// A turn by 90 degrees, as phones write it.
pub const TURNED: [i32; 9] = [0, 0x1_0000, 0, -0x1_0000, 0, 0, 0, 0, 0x4000_0000];

/// A film of one or more tracks.
#[derive(Clone)]
pub struct Clip {
    pub brand: [u8; 4],
    pub tracks: Vec<Track>,
    pub index_first: bool,
    /// Boxes at the end of the index.
    pub extra: Vec<u8>,
}

#[derive(Clone)]
pub struct Track {
    pub handler: [u8; 4],
    pub enabled: bool,
    pub matrix: [i32; 9],
    /// Width and height in the track's header.
    pub size: (u32, u32),
    /// The sample entry's name, width and height.
    pub entry: ([u8; 4], u16, u16),
    /// Boxes in the sample entry.
    pub inside: Vec<u8>,
    /// Number of samples, and duration of each in 1/1000 seconds.
    pub times: (u32, u32),
}

pub fn boxed(kind: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    [&be(8 + content.len()), &kind[..], &content].concat()
}

pub fn be(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap().to_be_bytes()
}

/// Five seconds upright at 720 x 1280, H.264, 24 pictures a second or so.
pub fn video() -> Track {
    Track {
        handler: *b"vide",
        enabled: true,
        matrix: UPRIGHT,
        size: (720, 1280),
        entry: (*b"avc1", 720, 1280),
        inside: boxed(b"avcC", &[&[1, 66, 0xc0, 31, 0xff, 0xe0, 0]]),
        times: (125, 40),
    }
}

pub fn audio() -> Track {
    Track { handler: *b"soun", size: (0, 0), entry: (*b"mp4a", 0, 0), inside: vec![], times: (200, 25), ..video() }
}

/// A film without sound whose index comes first.
pub fn silent() -> Clip {
    Clip { brand: *b"isom", tracks: vec![video()], index_first: true, extra: vec![] }
}

pub fn with_sound() -> Clip {
    Clip { tracks: vec![video(), audio()], ..silent() }
}

/// A film with only this video track.
pub fn of(track: Track) -> Vec<u8> {
    Clip { tracks: vec![track], ..silent() }.bytes()
}

impl Clip {
    pub fn file_type(&self) -> Vec<u8> {
        boxed(b"ftyp", &[&self.brand, &be(512), b"isom", b"mp41"])
    }

    pub fn index(&self, media: usize) -> Vec<u8> {
        let header = boxed(b"mvhd", &[&[0; 12], &be(1000), &be(999_000), &[0; 80]]);
        let tracks = self.tracks.iter().enumerate().map(|(at, track)| track.bytes(at + 1, media));
        boxed(b"moov", &[&header, &tracks.collect::<Vec<_>>().concat(), &self.extra])
    }

    pub fn bytes(&self) -> Vec<u8> {
        let (start, media) = (self.file_type(), boxed(b"mdat", &[&[0; 64]]));
        if self.index_first {
            let offset = start.len() + self.index(0).len() + 8;
            [start, self.index(offset), media].concat()
        } else {
            let offset = start.len() + 8;
            [start, media, self.index(offset)].concat()
        }
    }
}

impl Track {
    fn bytes(&self, id: usize, media: usize) -> Vec<u8> {
        let matrix = self.matrix.map(i32::to_be_bytes).concat();
        let sides = [self.size.0 << 16, self.size.1 << 16].map(u32::to_be_bytes).concat();
        let flags = [0, 0, 0, u8::from(self.enabled)];
        let header = boxed(b"tkhd", &[&flags, &[0; 8], &be(id), &[0; 4], &be(999_000), &[0; 16], &matrix, &sides]);
        let media_header = boxed(b"mdhd", &[&[0; 12], &be(1000), &be(999_000), &[0; 4]]);
        let handler = boxed(b"hdlr", &[&[0; 8], &self.handler, &[0; 12], b"test\0"]);
        let information = boxed(b"minf", &[&boxed(b"vmhd", &[&[0; 12]]), &self.table(media)]);
        let media = boxed(b"mdia", &[&media_header, &handler, &information]);
        boxed(b"trak", &[&header, &media])
    }

    fn table(&self, media: usize) -> Vec<u8> {
        let (name, width, height) = self.entry;
        let sides = [width, height].map(u16::to_be_bytes).concat();
        let entry = boxed(&name, &[&[0, 0, 0, 0, 0, 0, 0, 1], &[0; 16], &sides, &[0; 50], &self.inside]);
        let (count, delta) = (be(self.times.0 as usize), be(self.times.1 as usize));
        let times: Vec<u8> = if self.times.0 > 0 { [be(1), count, delta].concat() } else { be(0).to_vec() };
        let offsets = if self.times.0 > 0 { [be(1), be(media)].concat() } else { be(0).to_vec() };
        let description = boxed(b"stsd", &[&[0; 4], &be(1), &entry]);
        boxed(b"stbl", &[&description, &boxed(b"stts", &[&[0; 4], &times]), &boxed(b"stco", &[&[0; 4], &offsets])])
    }
}
