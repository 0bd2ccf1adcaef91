//! The size that a video track has on the screen.

use shiguredo_mp4::boxes::TkhdBox;

use super::{BadFilm, SIDE_MAX_PX};

/// The number 1 as a 16.16 fixed-point number.
const ONE: u128 = 1 << 16;

/// What the sample entry of a video track says about its pictures.
#[derive(Clone, Copy, Debug)]
pub struct Coded {
    /// Width and height of the coded pictures, pixels.
    pub size: (u16, u16),
    /// Width and height of one pixel on the screen, if stated (`pasp`).
    pub pixel: Option<(u32, u32)>,
}

/// Width and height on the screen in pixels, (0, 0) if the film states none.
///
/// A stated pixel shape counts before the track's own size, as in players, because some encoders state the coded size there. The
/// size of the track counts before the coded one. The track's matrix then turns and scales the picture; the result is the
/// smallest upright rectangle around it.
///
/// # Errors
/// [`BadFilm::Malformed`] if a side is longer than [`SIDE_MAX_PX`].
pub fn on_screen(track: &TkhdBox, coded: Coded) -> Result<(u32, u32), BadFilm> {
    let (width, height) = upright(track, coded);
    // Columns a, b, (u,) c, d of the matrix. The rest moves the picture, which does not change its size.
    let [a, b, _, c, d, ..] = track.matrix.map(|factor| u128::from(factor.unsigned_abs()));
    let turned = match (a, b, c, d) {
        // Some encoders leave the matrix empty.
        (0, 0, 0, 0) => (width, height),
        _ => ((a * width + c * height) / ONE, (b * width + d * height) / ONE),
    };
    Ok((side(turned.0)?, side(turned.1)?))
}

fn upright(track: &TkhdBox, coded: Coded) -> (u128, u128) {
    let (width, height) = (u128::from(coded.size.0), u128::from(coded.size.1));
    let stated = (whole(track.width.integer), whole(track.height.integer));
    match coded.pixel {
        Some((across, down)) if across != down && across > 0 && down > 0 => {
            (width * u128::from(across) / u128::from(down), height)
        }
        _ if stated.0 > 0 && stated.1 > 0 && !track.flag_track_size_is_aspect_ratio => stated,
        _ => (width, height),
    }
}

/// The library reads the unsigned integer part of a side as a signed number.
fn whole(integer: i16) -> u128 {
    u128::from(integer.cast_unsigned())
}

fn side(pixels: u128) -> Result<u32, BadFilm> {
    let pixels = u32::try_from(pixels).ok().filter(|pixels| *pixels <= SIDE_MAX_PX);
    pixels.ok_or(BadFilm::Malformed("a side over the limit"))
}
