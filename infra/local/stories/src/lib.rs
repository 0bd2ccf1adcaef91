//! The stories: what the system promises, told once and run in every world.

pub mod calls;
pub mod cost;
pub mod faults;
pub mod lifecycle;
pub mod operators;
pub mod permissions;
pub mod runner;
pub mod stories;
pub mod template;
pub mod timeline;
pub mod world;
