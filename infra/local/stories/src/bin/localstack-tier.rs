//! The LocalStack tier of `make test`: the template deployed, the real binaries, the same stories.

use std::{path::PathBuf, process::ExitCode};
#[expect(clippy::print_stderr, reason = "a test run is there to be read")]
fn main() -> ExitCode {
    eprintln!("to be written {:?}", PathBuf::new());
    ExitCode::FAILURE
}
