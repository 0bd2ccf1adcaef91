//! The answer to a request: scripted, or the fake's own.

use serde_json::{Value, json};

use super::Request;
use crate::digest;

/// The number of the user's last words that the fake repeats.
const REPEATED_WORDS: usize = 12;

/// The number of characters that count as a token.
const TOKEN_CHARS: usize = 4;

/// The scripted reply to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The model answers with this text.
    Says(String),
    /// The server answers with this HTTP status and body, which need not be JSON.
    Status(u16, String),
    /// The server never answers.
    Hangs,
    /// The model answers with this text in quotes and in a code block, as models do despite their instructions.
    Fenced(String),
}

/// The text in quotes, in a code block.
pub fn fenced(text: &str) -> String {
    format!("```\n\"{text}\"\n```")
}

/// The fake's own answer: a video prompt with the last of the user's words.
pub fn own_words(request: &Request) -> String {
    let words: Vec<&str> = request.user.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let last = words.get(words.len().saturating_sub(REPEATED_WORDS)..).unwrap_or_default();
    format!("Slow camera push-in on the product in soft studio light: {}.", last.join(" "))
}

/// The `chat.completion` object of the request with this number.
pub fn completion(request: &Request, number: usize, content: &str) -> Value {
    let id = digest(format!("{number}:{}:{}", request.system, request.user).as_bytes());
    let tokens = |text: &str| text.chars().count().div_ceil(TOKEN_CHARS);
    let (prompt, completion) = (tokens(&request.system) + tokens(&request.user), tokens(content));
    json!({
        "id": format!("chatcmpl-{}", id.get(..29).unwrap_or_default()),
        "object": "chat.completion",
        "created": request.at_ms.div_euclid(1000),
        "model": request.model,
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": content, "refusal": null },
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": { "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion },
    })
}
