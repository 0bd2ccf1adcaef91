//! Extends a photo to the frame of the video. Nothing of the photo is cut off or covered.

mod backdrop;
mod border;
mod smooth;

use image::{RgbImage, imageops};

use border::Border;

/// Puts a photo into the middle of a frame that is as wide and higher, or as high and wider, or the same. If the photo's edges are plain,
/// the frame continues them. Otherwise the frame shows a blurred copy of the photo behind it.
pub(super) fn extend(photo: RgbImage, frame: (u32, u32)) -> RgbImage {
    if photo.dimensions() == frame {
        return photo;
    }
    if photo.width() == frame.0 {
        return continued_down(&photo, frame).unwrap_or_else(|| on_backdrop(&photo, frame));
    }
    // What is added at the sides is added above and below of the turned photo.
    match continued_down(&imageops::rotate90(&photo), (frame.1, frame.0)) {
        Some(turned) => imageops::rotate270(&turned),
        None => on_backdrop(&photo, frame),
    }
}

/// Pixels above and below a photo in a frame, or to the left and right.
fn margins(photo: u32, frame: u32) -> (u32, u32) {
    let both = frame.saturating_sub(photo);
    (both / 2, both - both / 2)
}

/// Continues the upper and the lower edge. `None` if one of them is not plain.
fn continued_down(photo: &RgbImage, (width, height): (u32, u32)) -> Option<RgbImage> {
    let (above, below) = margins(photo.height(), height);
    let upper = Border::measure(photo.rows())?;
    let lower = Border::measure(photo.rows().rev())?;
    let mut framed = RgbImage::new(width, height);
    imageops::replace(&mut framed, photo, 0, i64::from(above));
    let edge = above + photo.height();
    for distance in 0..above {
        upper.draw(distance, &mut framed, above - 1 - distance);
    }
    for distance in 0..below {
        lower.draw(distance, &mut framed, edge + distance);
    }
    Some(framed)
}

fn on_backdrop(photo: &RgbImage, (width, height): (u32, u32)) -> RgbImage {
    let mut framed = backdrop::behind(photo, (width, height));
    let ((left, _), (above, _)) = (margins(photo.width(), width), margins(photo.height(), height));
    imageops::replace(&mut framed, photo, i64::from(left), i64::from(above));
    framed
}
