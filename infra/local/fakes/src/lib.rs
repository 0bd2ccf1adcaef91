//! Fakes of the services outside AWS: Telegram's Bot API, KIE.AI and a language model, faithful down to their error texts.
//!
//! Each fake is a cloneable handle over an axum `Router`: call it in process ([`server::call`]) under virtual
//! time, or put it on loopback ([`server::serve`]). What it calls itself goes through [`outbound::Outbound`], so
//! nothing here can reach another machine. Time is tokio's: pause it and everything here pauses too.

mod answer;
pub mod clock;
pub mod film;
pub mod kie;
pub mod llm;
pub mod outbound;
pub mod server;
pub mod telegram;

/// The value behind a lock, even if a test panicked while holding it.
pub(crate) fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// SHA-256 in hex: how bytes are compared and named in logs and transcripts.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
