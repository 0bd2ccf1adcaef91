//! The check that every expectation of a scenario uses.

/// Returns the text of `otherwise` as an error unless `holds` is true.
pub fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
