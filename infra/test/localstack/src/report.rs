//! The result of one part of the LocalStack tier.

/// The result of one part of the LocalStack tier.
pub struct Report {
    /// The text to print, with the timeline of a failure.
    pub text: String,
    /// Whether the part passed.
    pub passed: bool,
}
