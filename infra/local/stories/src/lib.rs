//! The stories: what the system promises, told once and run in every world.

pub mod faults;
pub mod lifecycle;
pub mod operators;
pub mod runner;
pub mod stories;
pub mod timeline;
pub mod world;
