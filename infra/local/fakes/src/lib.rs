//! Fakes of the services outside AWS: Telegram's Bot API, KIE.AI and a language model, faithful down to their error texts.
//!
//! Each fake is a cloneable handle over an axum `Router`: call it in process ([`server::call`]) under virtual time, or serve it
//! on loopback ([`server::serve`]). A fake makes its own calls through [`outbound::Outbound`], so that it cannot reach another
//! machine. Time is tokio's: a test that pauses it pauses the fakes too.

mod answer;
pub mod clock;
pub mod film;
mod kept_file;
pub mod kie;
pub mod llm;
pub mod outbound;
pub mod server;
pub mod telegram;

/// Locks a mutex, also after a test panicked while holding it.
pub(crate) fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// SHA-256 in hex, by which bytes are compared and named in transcripts.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
