//! Sends a film without sound to a Telegram chat, and sends again what Telegram made of it.

use std::time::Duration;

use adapters::telegram::{SentVideo, Telegram, TelegramError, Video, VideoShape};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use domain::{job::SentAs, view::Keyboard};

use super::{
    CaseContext,
    case::Way,
    observation::{Comparison, Notes},
};

/// A film without sound: H.264, 3 s, made by `fakes::film`.
const SILENT_FILM: &[u8] = include_bytes!("../../assets/silent-film.mp4");
/// What the film is. An upload has to state it.
const SHAPE: VideoShape = VideoShape { width: Some(54), height: Some(74), duration: Some(3) };
/// The wait between two messages. Telegram allows a chat about one a second.
const CHAT_PACE: Duration = Duration::from_millis(1200);
const CAPTION: &str = "A test of the operator: a film without sound.";

const KIND: &str = "kind of a silent film";
const OWN: &str = "sent again by its own method";
const AS_VIDEO: &str = "sent again by sendVideo";

/// Sends the film this way, then twice by its file id, and notes what Telegram makes of it.
pub async fn perform(context: &CaseContext, way: Way, notes: &mut Notes) {
    let expected = if way == Way::Address { SentAs::Animation } else { SentAs::Video };
    let Some((telegram, chat)) = &context.chat else { return notes.miss(KIND, name(expected), "no chat was given") };
    let sent = match video(context, way).await {
        Ok((video, shape)) => telegram.send_video(*chat, video, CAPTION, &Keyboard::default(), shape).await,
        Err(why) => return notes.miss(KIND, name(expected), why),
    };
    let sent = match sent {
        Ok(sent) => sent,
        Err(error) => return notes.miss(KIND, name(expected), error),
    };
    notes.note(KIND, name(expected), name(sent.sent_as), Comparison::of(sent.sent_as == expected));
    match &sent.file_id {
        Some(file_id) => again(telegram, *chat, file_id, sent.sent_as, notes).await,
        None => notes.miss(OWN, name(sent.sent_as), "Telegram gave no file id"),
    }
}

async fn video(context: &CaseContext, way: Way) -> Result<(Video, VideoShape), String> {
    let film = Bytes::from_static(SILENT_FILM);
    if way == Way::Upload {
        let length = film.len() as u64;
        return Ok((Video::Upload { body: SdkBody::from(film), length, file_name: "silent.mp4".to_owned() }, SHAPE));
    }
    // KIE's store is a public https address for a day, so the probe needs no bucket.
    let name = format!("{}.mp4", context.rng.write_id());
    let url = context.kie.upload_file(&name, "video/mp4", film).await.map_err(|error| error.to_string())?;
    Ok((Video::Url(url), VideoShape::default()))
}

async fn again(telegram: &Telegram, chat: i64, file_id: &str, sent_as: SentAs, notes: &mut Notes) {
    tokio::time::sleep(CHAT_PACE).await;
    let own = telegram.send_again(chat, file_id, sent_as, CAPTION, &Keyboard::default()).await;
    compare(OWN, Some(sent_as), own, notes);
    tokio::time::sleep(CHAT_PACE).await;
    let file = Video::FileId(file_id.to_owned());
    let as_video = telegram.send_video(chat, file, CAPTION, &Keyboard::default(), VideoShape::default()).await;
    compare(AS_VIDEO, (sent_as == SentAs::Video).then_some(SentAs::Video), as_video, notes);
}

/// `documented` is what the message holds; `None` if Telegram refuses the file id.
fn compare(question: &str, documented: Option<SentAs>, sent: Result<SentVideo, TelegramError>, notes: &mut Notes) {
    let expected = documented.map_or("refused", name);
    match sent {
        Ok(sent) => notes.note(question, expected, name(sent.sent_as), Comparison::of(documented == Some(sent.sent_as))),
        Err(error @ (TelegramError::FileUnavailable(_) | TelegramError::Refused { .. })) => {
            notes.note(question, expected, error.to_string(), Comparison::of(documented.is_none()));
        }
        Err(error) => notes.miss(question, expected, error),
    }
}

const fn name(sent_as: SentAs) -> &'static str {
    match sent_as {
        SentAs::Video => "a video",
        SentAs::Animation => "an animation",
        SentAs::Document => "a document",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use formats::film::FilmReader;

    #[test]
    fn the_silent_film_is_what_an_upload_states() {
        let mut reader = FilmReader::new();
        reader.push(SILENT_FILM);
        let film = reader.finish().unwrap();
        let stated = VideoShape { width: Some(film.width), height: Some(film.height), duration: Some(3) };
        assert_eq!((stated, film.sound, film.millis), (SHAPE, false, 3000));
    }
}
