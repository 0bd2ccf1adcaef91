//! What an operator does, through the library of `ops`, in a sandbox: with the money invariants and the guard of the ledger.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod common;
#[cfg(test)]
mod letters;
