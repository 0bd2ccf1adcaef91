//! Bad input to every entry point: each function answers as documented, changes nothing, and handles the next good input.

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
