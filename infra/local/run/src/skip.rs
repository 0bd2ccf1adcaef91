//! Skips time ahead. Every clock of this program follows tokio's, so a skip lets each timer in between fire, in its order.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

/// The file of the data folder with the time that was skipped, in milliseconds.
const FILE: &str = "skipped-ms";
/// Most time that is skipped in one folder. Media older than their presigned addresses are no use after it.
const AHEAD_MAX: Duration = Duration::from_secs(30 * 24 * 3600);

/// The time that this program's clock is ahead of the machine's.
pub(crate) struct Skips {
    file: Option<PathBuf>,
    /// Whether tokio's time is paused already, as in the tests.
    is_paused: bool,
    ahead: watch::Sender<Ahead>,
    one_at_a_time: tokio::sync::Mutex<()>,
}

/// How far ahead the clock is, and whether it is being moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ahead {
    /// The time that was skipped so far.
    pub by: Duration,
    /// Whether time is being skipped now.
    pub is_moving: bool,
}

/// Why time was not skipped.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoSkip {
    /// Another skip is under way.
    UnderWay,
    /// The clock would be too far ahead.
    TooFar,
    /// The new time cannot be written to the data folder.
    NotKept(String),
}

impl Skips {
    /// The skips of earlier runs in this folder count: a restart never goes back in time. `None` keeps nothing.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn open(folder: Option<&Path>) -> Result<Self, String> {
        let file = folder.map(|folder| folder.join(FILE));
        let by = file.as_deref().map_or(Ok(Duration::ZERO), read)?;
        let ahead = watch::Sender::new(Ahead { by, is_moving: false });
        Ok(Self { file, is_paused: false, ahead, one_at_a_time: tokio::sync::Mutex::default() })
    }

    /// The same for a test, whose time is paused already.
    #[cfg(test)]
    pub fn paused(self) -> Self {
        Self { is_paused: true, ..self }
    }

    /// How far ahead the clock is.
    pub fn ahead(&self) -> Ahead {
        *self.ahead.borrow()
    }

    /// Waits until no time is being skipped.
    pub async fn settled(&self) {
        let mut ahead = self.ahead.subscribe();
        // The sender lives as long as `self`.
        let _ahead = ahead.wait_for(|ahead| !ahead.is_moving).await;
    }

    /// Skips this time. It returns when all that had to happen in it has happened.
    ///
    /// # Errors
    /// [`NoSkip`]: no time was skipped.
    pub async fn skip(&self, by: Duration) -> Result<(), NoSkip> {
        let Ok(_alone) = self.one_at_a_time.try_lock() else { return Err(NoSkip::UnderWay) };
        let ahead = self.ahead().by + by;
        if ahead > AHEAD_MAX {
            return Err(NoSkip::TooFar);
        }
        // The file first: if this process is killed in the middle, the next one starts behind the skip, not in it.
        if let Some(file) = &self.file {
            fs::write(file, ahead.as_millis().to_string()).map_err(|error| NoSkip::NotKept(error.to_string()))?;
        }
        self.ahead.send_modify(|now| now.is_moving = true);
        let began = Instant::now();
        let end = began + by;
        {
            let _paused = (!self.is_paused).then(Paused::begin);
            // With its time paused, tokio goes from timer to timer as soon as every task waits and no thread computes for one.
            tokio::time::sleep_until(end).await;
        }
        self.ahead.send_modify(|now| *now = Ahead { by: ahead, is_moving: false });
        Ok(())
    }
}

/// While this lives, tokio's time moves only by its timers.
struct Paused;

impl Paused {
    fn begin() -> Self {
        tokio::time::pause();
        Self
    }
}

impl Drop for Paused {
    fn drop(&mut self) {
        tokio::time::resume();
    }
}

fn read(file: &Path) -> Result<Duration, String> {
    match fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Duration::ZERO),
        Err(error) => Err(format!("{} cannot be read: {error}", file.display())),
        Ok(text) => match text.trim().parse() {
            Ok(ms) => Ok(Duration::from_millis(ms).min(AHEAD_MAX)),
            Err(_) => Err(format!("{} is {text:?}, and must be a number of milliseconds", file.display())),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn timers_in_a_skip_fire_in_their_order_and_the_next_start_is_not_before_it() {
        let folder = std::env::temp_dir().join(format!("neurocards-skip-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let skips = Skips::open(Some(&folder)).unwrap();
        let (fired, mut order) = tokio::sync::mpsc::unbounded_channel();
        for secs in [1800, 60, 3000, 7200] {
            let fired = fired.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(secs)).await;
                fired.send(secs).unwrap();
            });
        }
        tokio::task::yield_now().await;
        // A thread that computes holds the time, so what it makes is not late.
        let computed = tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(50)));
        let (began, real) = (Instant::now(), std::time::Instant::now());
        skips.skip(Duration::from_secs(3600)).await.unwrap();
        assert!(computed.is_finished());
        assert!(began.elapsed() >= Duration::from_secs(3600) && real.elapsed() < Duration::from_secs(10));
        let order: Vec<u64> = std::iter::from_fn(|| order.try_recv().ok()).collect();
        assert_eq!(order, [60, 1800, 3000]);
        // The time goes on by itself again.
        let real = std::time::Instant::now();
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(real.elapsed() >= Duration::from_millis(20));
        assert_eq!(Skips::open(Some(&folder)).unwrap().ahead().by, Duration::from_secs(3600));
        assert_eq!(skips.skip(AHEAD_MAX).await, Err(NoSkip::TooFar));
        fs::remove_dir_all(folder).unwrap();
    }
}
