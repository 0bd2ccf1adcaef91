//! Exports and imports of a whole table.

#[cfg(test)]
mod bot;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod conflicts;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod forged;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod interrupted;
#[cfg(test)]
mod people;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod round_trip;
