//! Names that every test environment shares with the template.

/// The name of the sandbox's table.
pub const TABLE: &str = "neurocards";
/// Functions of the template, by the last part of their names.
pub const FUNCTIONS: [&str; 6] = ["webhook", "callback", "generator", "sender", "refunder", "sweeper"];
