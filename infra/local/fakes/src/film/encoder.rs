//! H.264 by Cisco's OpenH264, for films that people watch. No function links it.

use openh264::OpenH264API;
use openh264::encoder::{BitRate, Encoder, EncoderConfig, FrameRate, IntraFramePeriod, RateControlMode};
use openh264::formats::YUVSlices;

use super::FRAMES_A_SECOND;
use super::h264::{Frame, ParameterSets};

/// Bits a second: 8 seconds take about 2 MB.
const BITS_A_SECOND: u32 = 2_000_000;
/// Pictures from one that stands alone to the next: a player can begin at each.
const KEY_EVERY: u32 = 2 * FRAMES_A_SECOND;

/// The kinds of NAL units (ITU-T H.264, table 7-1).
const PICTURE: u8 = 1;
const KEY_PICTURE: u8 = 5;
const SEQUENCE_SET: u8 = 7;
const PICTURE_SET: u8 = 8;

/// The pictures as MP4 samples.
pub struct Encoded {
    pub sets: ParameterSets,
    /// A sample for each picture: its NAL units, each behind its length.
    pub samples: Vec<Vec<u8>>,
    /// The numbers of the samples that stand alone, from 1.
    pub keys: Vec<u32>,
}

/// Encodes pictures of this size. A picture that the encoder refuses is left out.
pub fn encode(pictures: impl Iterator<Item = Frame>, width: u32, height: u32) -> Encoded {
    let mut encoded =
        Encoded { sets: ParameterSets { sequence: Vec::new(), picture: Vec::new() }, samples: Vec::new(), keys: Vec::new() };
    let config = EncoderConfig::new()
        .bitrate(BitRate::from_bps(BITS_A_SECOND))
        .max_frame_rate(FrameRate::from_hz(FRAMES_A_SECOND as f32))
        .rate_control_mode(RateControlMode::Bitrate)
        .intra_frame_period(IntraFramePeriod::from_num_frames(KEY_EVERY))
        .skip_frames(false);
    let Ok(mut encoder) = Encoder::with_api_config(OpenH264API::from_source(), config) else { return encoded };
    let (wide, high) = (width as usize, height as usize);
    for picture in pictures {
        let (stride, half) = (picture.columns * 16, picture.columns * 8);
        let [blue, red] = &picture.chroma;
        let planes = (
            picture.luma.get(..stride * high).unwrap_or(&[]),
            blue.get(..half * (high / 2)).unwrap_or(&[]),
            red.get(..half * (high / 2)).unwrap_or(&[]),
        );
        let Ok(stream) = encoder.encode(&YUVSlices::new(planes, (wide, high), (stride, half, half))) else { continue };
        let mut sample = Vec::new();
        let mut is_key = false;
        for layer in (0..stream.num_layers()).filter_map(|layer| stream.layer(layer)) {
            for unit in (0..layer.nal_count()).filter_map(|unit| layer.nal_unit(unit)).map(without_start_code) {
                match unit.first().map(|head| head & 0x1f) {
                    Some(SEQUENCE_SET) => unit.clone_into(&mut encoded.sets.sequence),
                    Some(PICTURE_SET) => unit.clone_into(&mut encoded.sets.picture),
                    Some(kind @ (PICTURE | KEY_PICTURE)) => {
                        is_key |= kind == KEY_PICTURE;
                        sample.extend(u32::try_from(unit.len()).unwrap_or(u32::MAX).to_be_bytes());
                        sample.extend_from_slice(unit);
                    }
                    _ => {}
                }
            }
        }
        if !sample.is_empty() {
            encoded.samples.push(sample);
            if is_key {
                encoded.keys.push(u32::try_from(encoded.samples.len()).unwrap_or(u32::MAX));
            }
        }
    }
    encoded
}

/// A NAL unit without the zeros and the one before it (annex B).
fn without_start_code(unit: &[u8]) -> &[u8] {
    let begins = unit.iter().position(|byte| *byte == 1).map_or(0, |one| one + 1);
    unit.get(begins..).unwrap_or(&[])
}
