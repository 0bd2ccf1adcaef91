//! Writes JPEGs of the kinds that no library of ours writes: progressive, subsampled, of inks. The tables are those of the standard's
//! Annex K, and one pair of them serves all components.

/// How a JPEG is written.
#[derive(Clone, Copy, Debug)]
pub struct Layout<'a> {
    /// Horizontal and vertical sampling factor of each component, 1 or 2.
    pub sampling: &'a [(u32, u32)],
    /// Whether the coefficients come in several scans.
    pub is_progressive: bool,
    /// The colour transform that Adobe's marker says, if there is one: 0 none, 1 YCbCr, 2 YCCK.
    pub adobe: Option<u8>,
    /// Step of every coefficient, 1 to 255. A smaller one keeps more.
    pub step: u8,
    /// Units between two restart markers; 0 for none. For a single scan only.
    pub restart_interval: u16,
}

/// One component of grey.
pub const GREY: Layout<'static> =
    Layout { sampling: &[(1, 1)], is_progressive: false, adobe: None, step: 2, restart_interval: 0 };
/// YCbCr as phones write it.
pub const HALF_COLOUR: Layout<'static> = Layout { sampling: &[(2, 2), (1, 1), (1, 1)], ..GREY };
/// Inks.
pub const INKS: Layout<'static> = Layout { sampling: &[(1, 1); 4], adobe: Some(0), ..GREY };

const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42,
    49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];
const DC_COUNTS: [u8; 16] = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const DC_SYMBOLS: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const AC_COUNTS: [u8; 16] = [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d];
const AC_SYMBOLS: [u8; 162] = [
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71, 0x14, 0x32, 0x81,
    0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18,
    0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
    0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75,
    0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
    0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
    0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5,
    0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
];

/// Writes a JPEG. `sample` has the components of a pixel; those after the last component are not used.
#[must_use]
pub fn write((width, height): (u32, u32), layout: Layout<'_>, sample: impl Fn(u32, u32) -> [u8; 4]) -> Vec<u8> {
    let planes: Vec<Plane> = (0..layout.sampling.len()).map(|at| Plane::new((width, height), layout, at, &sample)).collect();
    let mut bytes = vec![0xff, 0xd8];
    if let Some(transform) = layout.adobe {
        segment(&mut bytes, 0xee, &[b"Adobe\0d\0\0\0\0", [transform].as_slice()].concat());
    }
    segment(&mut bytes, 0xdb, &[&[0], [layout.step; 64].as_slice()].concat());
    segment(&mut bytes, 0xc4, &[&[0x00], DC_COUNTS.as_slice(), &DC_SYMBOLS].concat());
    segment(&mut bytes, 0xc4, &[&[0x10], AC_COUNTS.as_slice(), &AC_SYMBOLS].concat());
    let [h0, h1, w0, w1] = [height, width].map(|side| u16::try_from(side).unwrap().to_be_bytes()).concat()[..] else {
        return bytes;
    };
    let mut frame = vec![8, h0, h1, w0, w1, planes.len() as u8];
    for (id, (across, down)) in (1..).zip(layout.sampling) {
        frame.extend([id, (across << 4 | down) as u8, 0]);
    }
    segment(&mut bytes, if layout.is_progressive { 0xc2 } else { 0xc0 }, &frame);

    if layout.restart_interval > 0 {
        segment(&mut bytes, 0xdd, &layout.restart_interval.to_be_bytes());
    }

    let all: Vec<usize> = (0..planes.len()).collect();
    if layout.is_progressive {
        scan(&mut bytes, &planes, &all, (0, 0), 0);
        all.iter().for_each(|plane| scan(&mut bytes, &planes, &[*plane], (1, 63), 0));
    } else {
        scan(&mut bytes, &planes, &all, (0, 63), layout.restart_interval);
    }
    bytes.extend([0xff, 0xd9]);
    bytes
}

fn segment(bytes: &mut Vec<u8>, marker: u8, body: &[u8]) {
    bytes.extend([0xff, marker]);
    bytes.extend(u16::try_from(body.len() + 2).unwrap().to_be_bytes());
    bytes.extend(body);
}

/// The quantised coefficients of a component, in zigzag order.
struct Plane {
    blocks: Vec<[i16; 64]>,
    /// Blocks in a row, with those that fill up the last unit.
    across: usize,
    /// Blocks that the picture needs, across and down.
    needed: (usize, usize),
    factors: (usize, usize),
    /// Units across and down.
    units: (usize, usize),
}

impl Plane {
    fn new((width, height): (u32, u32), layout: Layout<'_>, at: usize, sample: &impl Fn(u32, u32) -> [u8; 4]) -> Self {
        let most = |factor: fn(&(u32, u32)) -> u32| layout.sampling.iter().map(factor).max().unwrap();
        let (widest, highest) = (most(|factors| factors.0), most(|factors| factors.1));
        let (fx, fy) = layout.sampling[at];
        let units = (width.div_ceil(8 * widest), height.div_ceil(8 * highest));
        let cosines = cosines();
        let mut blocks = Vec::new();
        for (row, column) in (0..units.1 * fy).flat_map(|row| (0..units.0 * fx).map(move |column| (row, column))) {
            let pixel = |x: u32, y: u32| {
                let (x, y) = ((column * 8 + x) * widest / fx, (row * 8 + y) * highest / fy);
                f32::from(sample(x.min(width - 1), y.min(height - 1))[at]) - 128.0
            };
            blocks.push(transformed(pixel, f32::from(layout.step), &cosines));
        }
        let needed = ((width * fx).div_ceil(8 * widest) as usize, (height * fy).div_ceil(8 * highest) as usize);
        let units = (units.0 as usize, units.1 as usize);
        Self { blocks, across: units.0 * fx as usize, needed, factors: (fx as usize, fy as usize), units }
    }
}

fn cosines() -> [[f32; 8]; 8] {
    std::array::from_fn(|frequency| {
        let scale = if frequency == 0 { 0.125_f32.sqrt() } else { 0.5 };
        std::array::from_fn(|at| scale * ((2 * at + 1) as f32 * frequency as f32 * std::f32::consts::PI / 16.0).cos())
    })
}

/// The discrete cosine transform of a block, quantised.
fn transformed(pixel: impl Fn(u32, u32) -> f32, step: f32, cosine: &[[f32; 8]; 8]) -> [i16; 64] {
    let rows: [[f32; 8]; 8] = std::array::from_fn(|y| {
        let row: [f32; 8] = std::array::from_fn(|x| pixel(x as u32, y as u32));
        std::array::from_fn(|frequency| (0..8).map(|x| row[x] * cosine[frequency][x]).sum())
    });
    std::array::from_fn(|at| {
        let (down, across) = (ZIGZAG[at] / 8, ZIGZAG[at] % 8);
        ((0..8).map(|y| rows[y][across] * cosine[down][y]).sum::<f32>() / step).round() as i16
    })
}

fn scan(bytes: &mut Vec<u8>, planes: &[Plane], chosen: &[usize], band: (usize, usize), restart_interval: u16) {
    let mut head = vec![chosen.len() as u8];
    chosen.iter().for_each(|plane| head.extend([*plane as u8 + 1, 0x00]));
    head.extend([band.0 as u8, band.1 as u8, 0]);
    segment(bytes, 0xda, &head);
    let mut writer = Writer { bytes, bits: 0, count: 0, dc: codes(&DC_COUNTS, &DC_SYMBOLS), ac: codes(&AC_COUNTS, &AC_SYMBOLS) };
    let mut before = [0; 4];
    let mut unit = 0;
    let mut restart = |writer: &mut Writer<'_>, before: &mut [i32; 4]| {
        if restart_interval > 0 && unit > 0 && unit % u32::from(restart_interval) == 0 {
            writer.fill();
            writer.bytes.extend([0xff, 0xd0 + (unit / u32::from(restart_interval) - 1) as u8 % 8]);
            *before = [0; 4];
        }
        unit += 1;
    };
    if let [only] = *chosen {
        let plane = &planes[only];
        for (row, column) in (0..plane.needed.1).flat_map(|row| (0..plane.needed.0).map(move |column| (row, column))) {
            restart(&mut writer, &mut before);
            writer.block(&plane.blocks[row * plane.across + column], &mut before[only], band);
        }
    } else {
        let units = planes[0].units;
        for (row, column) in (0..units.1).flat_map(|row| (0..units.0).map(move |column| (row, column))) {
            restart(&mut writer, &mut before);
            for at in chosen {
                let (plane, before) = (&planes[*at], &mut before[*at]);
                for (y, x) in (0..plane.factors.1).flat_map(|y| (0..plane.factors.0).map(move |x| (y, x))) {
                    let block = (row * plane.factors.1 + y) * plane.across + column * plane.factors.0 + x;
                    writer.block(&plane.blocks[block], before, band);
                }
            }
        }
    }
    writer.fill();
}

/// The code of each symbol, with its length in bits.
fn codes(counts: &[u8], symbols: &[u8]) -> [(u32, u32); 256] {
    let mut table = [(0, 0); 256];
    let (mut code, mut symbols) = (0, symbols.iter());
    for (length, count) in (1..).zip(counts) {
        for symbol in symbols.by_ref().take(usize::from(*count)) {
            table[usize::from(*symbol)] = (code, length);
            code += 1;
        }
        code <<= 1;
    }
    table
}

struct Writer<'a> {
    bytes: &'a mut Vec<u8>,
    bits: u32,
    count: u32,
    dc: [(u32, u32); 256],
    ac: [(u32, u32); 256],
}

impl Writer<'_> {
    fn put(&mut self, bits: u32, count: u32) {
        for at in (0..count).rev() {
            self.bits = self.bits << 1 | (bits >> at & 1);
            self.count += 1;
            if self.count == 8 {
                let byte = self.bits as u8;
                self.bytes.push(byte);
                if byte == 0xff {
                    self.bytes.push(0);
                }
                (self.bits, self.count) = (0, 0);
            }
        }
    }

    /// Fills the last byte with ones.
    fn fill(&mut self) {
        self.put(0x7f, (8 - self.count) % 8);
    }

    /// Writes a value after the symbol that says its length.
    fn value(&mut self, (code, length): (u32, u32), value: i32, size: u32) {
        self.put(code, length);
        self.put(if value < 0 { value - 1 } else { value } as u32, size);
    }

    fn block(&mut self, block: &[i16; 64], before: &mut i32, (first, last): (usize, usize)) {
        let size = |value: i32| 32 - value.unsigned_abs().leading_zeros();
        if first == 0 {
            let change = i32::from(block[0]) - *before;
            *before = i32::from(block[0]);
            self.value(self.dc[size(change) as usize], change, size(change));
        }
        let mut zeros = 0;
        for value in block.iter().take(last + 1).skip(first.max(1)).map(|value| i32::from(*value)) {
            if value == 0 {
                zeros += 1;
                continue;
            }
            for _ in 0..zeros / 16 {
                self.put(self.ac[0xf0].0, self.ac[0xf0].1);
            }
            self.value(self.ac[(zeros % 16) << 4 | size(value) as usize], value, size(value));
            zeros = 0;
        }
        if last > 0 && zeros > 0 {
            self.put(self.ac[0].0, self.ac[0].1);
        }
    }
}
