//! What comes twice, or stops half way and comes again, ends as if it had come once and gone through. Two tests, the same for
//! every function: they know only an event and what led to it ([`cases`]). After the helpers for sagas in oxidecomputer/omicron.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod state;
#[cfg(test)]
mod stopped;
#[cfg(test)]
mod subject;
#[cfg(test)]
mod twice;
#[cfg(test)]
mod watch;
