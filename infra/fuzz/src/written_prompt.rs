//! Target: the language model's reply to the request for a prompt.

use adapters::prompt_writer::PromptWriter;
use domain::utf16;

use crate::reply::{wait, wire};

/// The length limit of a prompt in this target, in UTF-16 units.
const PROMPT_MAX_CHARS: usize = 200;

/// Parses a reply of a chat completions endpoint. The input is an HTTP status line and a body.
pub fn written_prompt(data: &[u8]) -> bool {
    let Some(wire) = wire(data) else { return false };
    let writer = PromptWriter::new(wire, "https://llm.example/v1", "model".to_owned(), None);
    match wait(writer.write("Write a prompt.", "a mug", None, PROMPT_MAX_CHARS)) {
        Some(Ok(prompt)) => {
            assert!(!prompt.is_empty() && utf16::length(&prompt) <= PROMPT_MAX_CHARS, "{prompt:?}");
            assert!(!prompt.contains(char::is_control), "{prompt:?}");
            assert_eq!(prompt, prompt.trim());
            true
        }
        Some(Err(error)) => {
            assert!(!error.to_string().contains("://"), "{error}");
            false
        }
        None => false,
    }
}
