//! Names that every test environment shares with the template.

/// The name of the sandbox's table.
pub const TABLE: &str = "neurocards";
/// Names of the template's functions, without the stack's prefix.
pub const FUNCTIONS: [&str; 6] = ["webhook", "callback", "generator", "sender", "refunder", "sweeper"];
