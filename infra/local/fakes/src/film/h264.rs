//! The simplest H.264 that every player can play: constrained baseline, intra frames only, every macroblock stored uncompressed
//! (I_PCM). Names and layouts are those of ITU-T H.264 (clause 7.3).

/// One picture in YCbCr 4:2:0. The planes are padded to whole macroblocks; samples are 16 to 240, never zero, so
/// that no picture data contains a start code (clause 7.4.1: emulation prevention).
pub struct Frame {
    /// The number of macroblocks in a row.
    pub columns: usize,
    /// The luma plane, `columns * 16` samples wide.
    pub luma: Vec<u8>,
    /// The two chroma planes, `columns * 8` samples wide.
    pub chroma: [Vec<u8>; 2],
}

/// The sequence and the picture parameter set, as NAL units.
pub struct ParameterSets {
    pub sequence: Vec<u8>,
    pub picture: Vec<u8>,
}

/// `mb_type` I_PCM (25) as Exp-Golomb, and its alignment zeros: two bytes wherever a macroblock starts aligned.
const I_PCM: [u8; 2] = [0b0000_1101, 0];

pub fn parameter_sets(width: u32, height: u32) -> ParameterSets {
    let (columns, rows) = (width.div_ceil(16), height.div_ceil(16));
    let mut sps = Bits::default();
    sps.put(8, 66).put(8, 0b1100_0000).put(8, 31); // constrained baseline, level 3.1
    sps.golomb(0).golomb(0).golomb(2).golomb(1).put(1, 0); // id, frame_num bits, order of output, references, gaps
    sps.golomb(columns - 1).golomb(rows - 1).put(1, 1).put(1, 1); // frames only, direct_8x8
    sps.put(1, 1).golomb(0).golomb((columns * 16 - width) / 2).golomb(0).golomb((rows * 16 - height) / 2);
    sps.put(1, 0).stop();
    let mut pps = Bits::default();
    pps.golomb(0).golomb(0).put(1, 0).put(1, 0).golomb(0).golomb(0).golomb(0).put(1, 0).put(2, 0);
    pps.golomb(0).golomb(0).golomb(0).put(1, 1).put(1, 0).put(1, 0).stop(); // deblocking control is present
    ParameterSets { sequence: unit(0x67, &sps.bytes), picture: unit(0x68, &pps.bytes) }
}

/// One frame as an MP4 sample: its NAL unit behind a 4-byte length.
pub fn access_unit(frame: &Frame, number: u32) -> Vec<u8> {
    let mut head = Bits::default();
    head.golomb(0).golomb(7).golomb(0).put(4, 0); // first macroblock, I slice, parameter set, frame_num
    head.golomb(number % 2).put(1, 0).put(1, 0).golomb(0).golomb(1); // neighbours differ in id; no deblocking
    head.golomb(25).align(); // the first macroblock's type; its samples follow aligned
    let mut nal = unit(0x65, &head.bytes);
    for (index, block) in blocks(frame).enumerate() {
        if index > 0 {
            nal.extend_from_slice(&I_PCM);
        }
        nal.extend_from_slice(&block);
    }
    nal.push(0x80); // rbsp_stop_one_bit
    let mut sample = u32::try_from(nal.len()).unwrap_or(u32::MAX).to_be_bytes().to_vec();
    sample.append(&mut nal);
    sample
}

/// The samples of each macroblock, row by row: 256 of luma, 64 of each chroma.
fn blocks(frame: &Frame) -> impl Iterator<Item = Vec<u8>> + '_ {
    let rows = frame.luma.len() / (frame.columns * 256);
    (0..rows * frame.columns).map(|index| {
        let (row, column) = (index / frame.columns, index % frame.columns);
        let mut block = Vec::with_capacity(384);
        for (plane, side) in [(&frame.luma, 16), (&frame.chroma[0], 8), (&frame.chroma[1], 8)] {
            for line in row * side..(row + 1) * side {
                let start = (line * frame.columns + column) * side;
                block.extend_from_slice(plane.get(start..start + side).unwrap_or(&[]));
            }
        }
        block
    })
}

/// A NAL unit: header byte and payload, with emulation prevention bytes where two zeros are followed by 0 to 3.
fn unit(header: u8, payload: &[u8]) -> Vec<u8> {
    let mut nal = vec![header];
    let mut zeros = 0;
    for &byte in payload {
        if zeros == 2 && byte <= 3 {
            nal.push(3);
            zeros = 0;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        nal.push(byte);
    }
    nal
}

/// Bits, most significant first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn put(&mut self, count: u32, value: u32) -> &mut Self {
        for place in (0..count).rev() {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= (((value >> place) & 1) as u8) << (7 - self.used % 8);
            }
            self.used += 1;
        }
        self
    }

    /// ue(v), clause 9.1. Zero is the same in se(v).
    fn golomb(&mut self, value: u32) -> &mut Self {
        let length = (value + 1).ilog2();
        self.put(length, 0).put(length + 1, value + 1)
    }

    fn align(&mut self) {
        self.used = self.used.next_multiple_of(8);
    }

    fn stop(&mut self) {
        self.put(1, 1).align();
    }
}
