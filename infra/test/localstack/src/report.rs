//! How a part of the tier went.

/// How a part of the tier went.
pub struct Report {
    /// As it is printed, with the timeline where that helps.
    pub text: String,
    /// Whether it ended as it has to.
    pub passed: bool,
}
