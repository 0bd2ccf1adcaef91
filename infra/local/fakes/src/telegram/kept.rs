//! Keeps the chats in a folder, so that they outlast the process: as the people's phones do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Telegram;
use super::chat::Chat;
use super::files::File;
use crate::kept_file::write;
use crate::lock;

/// The file with the chats.
const CHATS: &str = "chats.json";
/// The folder with the photos and films, each under its id.
const FILES: &str = "files";
/// Ids that are skipped at a start: those of the moments before a kill were perhaps not written. The bot takes an id only once.
const SKIPPED: i64 = 10_000;
/// The beginnings of the files' paths.
const FOLDERS: [&str; 5] = ["photos", "thumbnails", "documents", "videos", "animations"];

#[derive(Serialize, Deserialize)]
struct Kept<C> {
    chats: BTreeMap<i64, C>,
    files: BTreeMap<String, KeptFile>,
    last_message: i64,
    last_update: i64,
    #[serde(default)]
    albums: i64,
    /// The updates that the bot had not taken, with their people.
    #[serde(default)]
    undelivered: Vec<(i64, Value)>,
}

#[derive(Serialize, Deserialize)]
struct KeptFile {
    folder: String,
    chat: Option<i64>,
    film: Option<(u32, u32, u64)>,
}

impl Telegram {
    /// The number of all changes so far, of every chat.
    #[must_use]
    pub fn all_changes(&self) -> usize {
        let state = lock(&self.inner.state);
        state.chats.values().map(Chat::changes).sum::<usize>() + state.other_changes
    }

    /// Writes everything into this folder. A kill leaves the former chats or the new ones, never a part.
    ///
    /// # Errors
    /// The folder cannot be written. What was kept before stays.
    pub fn keep(&self, folder: &Path) -> io::Result<()> {
        let files = folder.join(FILES);
        fs::create_dir_all(&files)?;
        let known: BTreeSet<_> = fs::read_dir(&files)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        let (chats, fresh) = {
            let state = lock(&self.inner.state);
            let kept = Kept {
                chats: state.chats.iter().map(|(id, chat)| (*id, chat)).collect(),
                files: state.files.all().map(|(id, file)| (id.clone(), KeptFile::of(file))).collect(),
                last_message: state.last_message_id,
                last_update: state.updates.newest(),
                albums: state.albums,
                undelivered: state.updates.undelivered(),
            };
            let fresh: Vec<(String, Bytes)> = state
                .files
                .all()
                .filter(|(id, _)| !known.contains(*id))
                .map(|(id, file)| (id.clone(), file.bytes.clone()))
                .collect();
            (serde_json::to_vec(&kept)?, fresh)
        };
        // The chats name the files, so the files come first.
        for (id, bytes) in fresh {
            write(&files.join(id), &bytes)?;
        }
        write(&folder.join(CHATS), &chats)
    }

    /// Reads what an earlier process kept in this folder; nothing if there is none. Returns the updates that the bot had not taken, with
    /// their people: [`Self::deliver_kept`] delivers them once the webhook is set.
    ///
    /// # Errors
    /// The folder cannot be read, or its content is damaged. Nothing is changed then.
    pub fn read_kept(&self, folder: &Path) -> io::Result<Vec<(i64, Value)>> {
        let text = match fs::read(folder.join(CHATS)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            read => read?,
        };
        let damaged = |error| io::Error::other(format!("{CHATS} is damaged: {error}"));
        let kept: Kept<Chat> = serde_json::from_slice(&text).map_err(damaged)?;
        // A kill before the chats named a file leaves it behind; its id may come again.
        for entry in fs::read_dir(folder.join(FILES))? {
            let path = entry?.path();
            let is_named = path.file_name().and_then(|name| name.to_str()).is_some_and(|id| kept.files.contains_key(id));
            if !is_named && path.is_file() {
                fs::remove_file(path)?;
            }
        }
        let mut files = Vec::new();
        for (id, KeptFile { folder: kind, chat, film }) in kept.files {
            // A file that the user deleted is gone from its chat, as on a phone.
            let Ok(bytes) = fs::read(folder.join(FILES).join(&id)) else { continue };
            let kind = FOLDERS.into_iter().find(|known| *known == kind).unwrap_or("documents");
            files.push((id, File { bytes: bytes.into(), folder: kind, chat, film }));
        }
        let mut state = lock(&self.inner.state);
        state.chats = kept.chats;
        for (id, file) in files {
            state.files.put_back(id, file);
        }
        state.last_message_id = kept.last_message + SKIPPED;
        state.updates.begin_after(kept.last_update + SKIPPED);
        state.albums = kept.albums;
        Ok(kept.undelivered)
    }
}

impl KeptFile {
    fn of(file: &File) -> Self {
        Self { folder: file.folder.to_owned(), chat: file.chat, film: file.film }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::FakeClock;
    use crate::outbound::LoopbackHttp;
    use crate::telegram::{Body, Settings};

    fn telegram() -> Telegram {
        Telegram::new(Settings::default(), FakeClock::starting_at(1_800_000_000_000), Arc::new(LoopbackHttp))
    }

    #[test]
    fn chats_outlast_the_process_and_no_id_comes_again() {
        let folder = std::env::temp_dir().join(format!("neurocards-chats-{}", std::process::id()));
        let first = telegram();
        let anna = first.person(7, "ru", "Anna");
        let hello = Body::Text { text: "hello".into(), html: "hello".into(), entities: vec![] };
        assert!(anna.written(hello).get("message").is_some());
        let file = first.keep_document(7, Bytes::from_static(b"one"), "text/plain", "a.txt");
        let changes = first.all_changes();
        first.down(7);
        assert!(first.all_changes() > changes, "an outage is a change");
        first.keep(&folder).unwrap();
        fs::write(folder.join(FILES).join("orphan"), b"left by a kill").unwrap();

        let second = telegram();
        second.read_kept(&folder).unwrap();
        assert_eq!((second.people(), second.is_down(7)), (vec![(7, "Anna".to_owned(), "ru".to_owned())], true));
        assert!(matches!(&second.chat(7)[0].body, Body::Text { text, .. } if text == "hello"));
        let id = file["file_id"].as_str().unwrap();
        assert_eq!(second.file(id), Some(Bytes::from_static(b"one")));
        assert!(!folder.join(FILES).join("orphan").exists());
        let newest = |telegram: &Telegram| {
            let state = lock(&telegram.inner.state);
            (state.updates.newest(), state.last_message_id)
        };
        let (before, after) = (newest(&first), newest(&second));
        assert!(after.0 > before.0 && after.1 > before.1, "{before:?} {after:?}");
        fs::write(folder.join(CHATS), b"{").unwrap();
        assert!(telegram().read_kept(&folder).unwrap_err().to_string().contains("chats.json is damaged"));
        fs::remove_dir_all(folder).unwrap();
    }
}
