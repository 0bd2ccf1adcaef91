//! An event that comes twice, or whose function stops half way and runs again, ends as one complete run. Two tests, the same for
//! every function, play the events of [`cases`]. They follow the helpers for sagas in oxidecomputer/omicron.

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
