//! Measures what `formats` takes, and draws the pictures of docs/frames.md.
//!
//! - `cargo run --release -p bench -- photo` prepares large photos and prints the time and the memory of each. Linux only.
//! - `cargo run --release -p bench -- frames` writes docs/frames.md and its pictures.

mod cases;
mod measure;
mod sheets;

use std::process::ExitCode;

const USAGE: &str = "use: bench photo | bench frames";

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints for its user")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match *arguments.as_slice() {
        ["photo"] => cases::measured(),
        ["frames"] => sheets::written(),
        // A run of this command in a process of its own.
        [measure::PREPARE, path] => measure::prepare(path),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}
