//! `make cost`: measures an order and an idle month, and writes docs/cost.md.

use std::process::ExitCode;

use cost::page::Page;

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints for its user")]
fn main() -> ExitCode {
    match written() {
        Ok(summary) => {
            println!("{summary}\ndocs/cost.md has the details.");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("cost: {error}");
            ExitCode::FAILURE
        }
    }
}

fn written() -> Result<String, String> {
    let page = Page::measured()?;
    std::fs::write(Page::path(), page.text()?).map_err(|error| format!("docs/cost.md cannot be written: {error}"))?;
    page.summary()
}
