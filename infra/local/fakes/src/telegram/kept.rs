//! Keeps the chats in a folder, so that they outlast the process: as the people's phones do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::Telegram;
use super::chat::Chat;
use super::files::File;
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
    albums: i64,
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
        lock(&self.inner.state).chats.values().map(Chat::changes).sum()
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

    /// Reads what an earlier process kept in this folder; nothing if there is none.
    ///
    /// # Errors
    /// The folder cannot be read, or its content is damaged. Nothing is changed then.
    pub fn read_kept(&self, folder: &Path) -> io::Result<()> {
        let text = match fs::read(folder.join(CHATS)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            read => read?,
        };
        let kept: Kept<Chat> = serde_json::from_slice(&text)?;
        let mut files = Vec::new();
        for (id, KeptFile { folder: kind, chat, film }) in kept.files {
            let bytes = fs::read(folder.join(FILES).join(&id))?;
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
        Ok(())
    }
}

impl KeptFile {
    fn of(file: &File) -> Self {
        Self { folder: file.folder.to_owned(), chat: file.chat, film: file.film }
    }
}

/// Writes a file beside its place, and moves it there once its bytes are on the disk.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = fs::File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(new, path)
}
