//! A task's photos: their fetch, and the checks that only the pixels allow. A photo that is not taken fails the task.

use std::time::Duration;

use bytes::Bytes;
use http::Request;

use super::Kie;
use crate::film::{self, Photo};

/// Largest photo that KIE takes, in bytes.
const PHOTO_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Longest wait for the server of a photo. KIE does not document its limit.
const PHOTO_PATIENCE: Duration = Duration::from_secs(60);

/// Least length of a photo's side, in pixels: Kling's and Seedance's pages.
const SIDE_MIN_PX: u32 = 300;

/// Greatest ratio of a photo's longer side to its shorter side: Kling's and Seedance's pages.
const RATIO_MAX: f64 = 2.5;

/// The limits of a model's photos, and the texts of the model's maker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    side_max_px: u32,
    maker: Maker,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Maker {
    Kling,
    ByteDance,
}

impl Limits {
    /// The limits of Kling. Those of Grok Imagine are not recorded; here they are the same.
    pub const KLING: Self = Self { side_max_px: 4096, maker: Maker::Kling };
    /// The limits of Seedance.
    pub const SEEDANCE: Self = Self { side_max_px: 6000, maker: Maker::ByteDance };
}

/// Why a task fails: `failCode` and `failMsg`.
pub type Failure = (&'static str, String);

/// The photo cannot be fetched. KIE's pages and users have the text with the code 400.
fn fetch_failed() -> Failure {
    ("400", "Image fetch failed. Check access settings or use our File Upload API instead.".into())
}

/// The file is no photo. Users report the text without its code.
fn wrong_format() -> Failure {
    ("400", "Incorrect image format".into())
}

impl Kie {
    /// Fetches and checks every photo, and returns the first, which the film shows.
    pub(super) async fn fetch_photos(&self, urls: &[String], limits: Limits) -> Result<Photo, Failure> {
        let mut first = None;
        for url in urls {
            let photo = check(&self.fetch_photo(url).await.map_err(|_| fetch_failed())?, limits)?;
            first.get_or_insert(photo);
        }
        first.ok_or_else(fetch_failed)
    }

    async fn fetch_photo(&self, url: &str) -> Result<Bytes, String> {
        let answer = match self.own_upload(url) {
            Some(upload) => upload.ok_or("the upload is not kept")?,
            None => self.fetch_foreign_photo(url).await?,
        };
        if answer.len() > PHOTO_BYTES_MAX {
            return Err("the photo is larger than 10 MB".into());
        }
        Ok(answer)
    }

    async fn fetch_foreign_photo(&self, url: &str) -> Result<Bytes, String> {
        let request = Request::get(url).body(Bytes::new()).map_err(|error| error.to_string())?;
        let answer = tokio::time::timeout(PHOTO_PATIENCE, self.inner.outbound.send(request)).await;
        let answer = answer.map_err(|_| "the server of the photo did not answer in time")??;
        if answer.status() != http::StatusCode::OK {
            return Err(format!("the server of the photo answered HTTP {}", answer.status()));
        }
        Ok(answer.into_body())
    }
}

/// Checks a photo's format and pixels.
fn check(bytes: &Bytes, limits: Limits) -> Result<Photo, Failure> {
    let (width, height) = film::size_of(bytes).ok_or_else(wrong_format)?;
    let (short, long) = (width.min(height), width.max(height));
    if short < SIDE_MIN_PX {
        return Err(too_small(limits.maker, width, height));
    }
    if long > limits.side_max_px {
        return Err(too_large(limits, width, height));
    }
    if f64::from(long) > f64::from(short) * RATIO_MAX {
        // ByteDance's API has the text with the code 400; for KIE users report it without a code.
        return Err(("400", "Aspect ratio must be between 0.4 and 2.5".into()));
    }
    // The fakes do not decode WebP: the film shows a generated photo of the same size.
    let photo = if bytes.starts_with(b"RIFF") { Photo::replacement(width, height) } else { Photo::decode(bytes) };
    photo.map_err(|_| wrong_format())
}

fn too_small(maker: Maker, width: u32, height: u32) -> Failure {
    match maker {
        // A user's photo of 338x191 failed 32 times with this text; a client records it as the vendor's error 500.
        Maker::Kling => ("500", "Image pixel is invalid".into()),
        // Users record the text with HTTP 400 and the code InvalidParameter: 80x107, 153x161.
        Maker::ByteDance => ("400", out_of_bounds("least", SIDE_MIN_PX, width < SIDE_MIN_PX, (width, height))),
    }
}

fn too_large(limits: Limits, width: u32, height: u32) -> Failure {
    match limits.maker {
        // A client of KIE records 422 for a side over 4096 px.
        Maker::Kling => ("422", "Images size exceeds limit".into()),
        // Clients know the same text for both bounds and both sides.
        Maker::ByteDance => ("400", out_of_bounds("most", limits.side_max_px, width > limits.side_max_px, (width, height))),
    }
}

/// ByteDance's text for a side out of bounds. The width is named first.
fn out_of_bounds(bound: &str, limit: u32, is_width: bool, (width, height): (u32, u32)) -> String {
    let side = if is_width { "width" } else { "height" };
    format!(
        "Error while downloading image, error: expected the {side} to be at {bound} {limit}px, but received a \
         {width}x{height}px image instead"
    )
}
