//! The operator's commands through the library of `ops`, in a sandbox. Each test checks the money invariants and the ledger's
//! guard.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod catalog;
#[cfg(test)]
mod common;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod probe;
