//! What nobody should send, sent: each door answers as its documents say, nothing moves, and the next good thing works.

#[cfg(test)]
mod callbacks;
#[cfg(test)]
mod common;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod photos;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod updates;
#[cfg(test)]
mod words;
