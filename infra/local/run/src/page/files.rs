//! The photos and films of the chats.

use std::ops::Range;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::Shared;

/// A file of the fake of Telegram, or the part of it that a player asks for.
pub(super) async fn file(State(app): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let Some(bytes) = app.chats.as_ref().and_then(|chats| chats.telegram.file(&id)) else {
        return (StatusCode::NOT_FOUND, "There is no such file.").into_response();
    };
    let kind = kind(&bytes);
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let common = [(header::CONTENT_TYPE, kind.to_owned()), (header::ACCEPT_RANGES, "bytes".to_owned())];
    match range.map(|range| part(range, bytes.len())) {
        None => (common, bytes).into_response(),
        Some(Some(part)) => {
            let said = format!("bytes {}-{}/{}", part.start, part.end.saturating_sub(1), bytes.len());
            (StatusCode::PARTIAL_CONTENT, common, [(header::CONTENT_RANGE, said)], bytes.slice(part)).into_response()
        }
        Some(None) => {
            (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, format!("bytes */{}", bytes.len()))]).into_response()
        }
    }
}

/// The media type by the first bytes. Anything else is a download, whatever its name.
fn kind(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xff, 0xd8, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "video/mp4",
        _ => "application/octet-stream",
    }
}

/// The bytes of a range with one part (RFC 9110, section 14); `None` if it lies outside the file.
fn part(range: &str, length: usize) -> Option<Range<usize>> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (start, end) = match (from.parse::<usize>(), to.parse::<usize>()) {
        (Ok(start), Ok(last)) => (start, last.saturating_add(1).min(length)),
        (Ok(start), Err(_)) if to.is_empty() => (start, length),
        (Err(_), Ok(last)) if from.is_empty() => (length.saturating_sub(last), length),
        _ => return None,
    };
    (start < end).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_player_gets_the_part_it_asks_for() {
        assert_eq!(part("bytes=0-", 10), Some(0..10));
        assert_eq!(part("bytes=2-3", 10), Some(2..4));
        assert_eq!(part("bytes=-4", 10), Some(6..10));
        assert_eq!(part("bytes=5-99", 10), Some(5..10));
        for wrong in ["bytes=10-", "bytes=3-2", "bytes=a-b", "pages=1-2", "bytes=1-2,4-5"] {
            assert_eq!(part(wrong, 10), None, "{wrong}");
        }
    }
}
