//! The folder with everything that survives a restart. One process uses it at a time.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use fakes::{kie::Kie, telegram::Telegram};

use crate::open::App;

/// The folder of the data unless `DATA` names another.
pub(crate) const FOLDER: &str = ".data";
/// The version of the folder's content. Raise it when an older program could not go on with what this one writes.
const VERSION: &str = "1";
/// How often changed chats are written. A kill loses what happened in the chats since then; the table and the films are written at once.
const KEEP_EVERY: Duration = Duration::from_millis(100);

/// The folder, locked for this process. The lock ends with the process, however it ends.
pub(crate) struct Data {
    path: PathBuf,
    _lock: File,
}

impl Data {
    /// Opens the folder, and makes it if it does not exist.
    ///
    /// # Errors
    /// Another process has it, or it cannot be written.
    pub fn open(named: Option<PathBuf>) -> Result<Self, String> {
        let path = named.filter(|named| !named.as_os_str().is_empty()).unwrap_or_else(|| FOLDER.into());
        let unusable = |error: std::io::Error| format!("the folder {} cannot be used: {error}", path.display());
        make_private(&path).map_err(unusable)?;
        let lock = File::create(path.join("lock")).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => match fs::read_to_string(path.join("version")) {
                Ok(version) if version.trim() != VERSION => Err(format!(
                    "the folder {} is of version {} of make run, and this is version {VERSION}: choose another folder with DATA=",
                    path.display(),
                    version.trim()
                )),
                _ => fs::write(path.join("version"), VERSION).map_err(unusable).map(|()| Self { path, _lock: lock }),
            },
            Err(TryLockError::WouldBlock) => {
                Err(format!("another make run has the folder {}: stop it, or choose another folder with DATA=", path.display()))
            }
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the chats of the fake Telegram now, and from now on the chats and the fake KIE's tasks whenever they have changed.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn keep(&self, app: &App) -> Result<(), String> {
        if let Some(chats) = &app.chats {
            self.keep_chats(chats.telegram.clone())?;
        }
        if let Some(kie) = app.kie.clone() {
            self.keep_tasks(kie);
        }
        Ok(())
    }

    fn keep_chats(&self, telegram: Telegram) -> Result<(), String> {
        let folder = self.path.join("telegram");
        // The bot takes the id of an update only once. The next start skips far beyond the ids that are written here, whenever this
        // process is killed.
        telegram.keep(&folder).map_err(|error| format!("the chats cannot be kept in {}: {error}", folder.display()))?;
        tokio::spawn(async move {
            let mut kept = telegram.all_changes();
            loop {
                tokio::time::sleep(KEEP_EVERY).await;
                let changes = telegram.all_changes();
                if changes == kept {
                    continue;
                }
                let (telegram, folder) = (telegram.clone(), folder.clone());
                match tokio::task::spawn_blocking(move || telegram.keep(&folder)).await {
                    Ok(Ok(())) => kept = changes,
                    Ok(Err(error)) => not_kept("the chats", &error),
                    Err(error) => not_kept("the chats", &error),
                }
            }
        });
        Ok(())
    }

    fn keep_tasks(&self, kie: Kie) {
        let file = self.path.join("kie.json");
        tokio::spawn(async move {
            let mut kept = String::new();
            loop {
                tokio::time::sleep(KEEP_EVERY).await;
                let tasks = kie.kept();
                if tasks == kept {
                    continue;
                }
                match Kie::keep(&file, &tasks) {
                    Ok(()) => kept = tasks,
                    Err(error) => not_kept("KIE's tasks", &error),
                }
            }
        });
    }
}

/// Makes a folder that only its owner may enter: it holds keys, chats and accounts. A folder that is there stays as it is.
pub(crate) fn make_private(path: &Path) -> std::io::Result<()> {
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(path)
}

#[expect(clippy::print_stderr, reason = "the operator of this machine has to know what is not kept")]
fn not_kept(what: &str, error: &dyn std::fmt::Display) {
    eprintln!("make run: {what} are not kept: {error}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_used_by_one_process_at_a_time() {
        let folder = std::env::temp_dir().join(format!("neurocards-data-{}", std::process::id()));
        let first = Data::open(Some(folder.clone())).unwrap();
        let Err(second) = Data::open(Some(folder.clone())) else { panic!("the folder was opened twice") };
        assert!(second.contains("another make run has the folder"), "{second}");
        drop(first);
        drop(Data::open(Some(folder.clone())).unwrap());
        fs::write(folder.join("version"), "2").unwrap();
        let Err(newer) = Data::open(Some(folder.clone())) else { panic!("a newer folder was opened") };
        assert!(newer.contains("is of version 2"), "{newer}");
        fs::remove_dir_all(folder).unwrap();
    }
}
