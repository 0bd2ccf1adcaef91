//! Checks requests and refuses them with OpenAI's texts (platform.openai.com/docs/guides/error-codes).

use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderMap};
use serde_json::{Map, Value};

use super::Settings;
use super::content::{self, Content};
use super::refusal::Refusal;

/// The allowed fields of a request. A misspelt field is refused, as OpenAI does; other servers may accept more.
const ARGUMENTS: [&str; 35] = [
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "modalities",
    "model",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

/// The allowed roles of a message.
const ROLES: [&str; 6] = ["developer", "system", "user", "assistant", "tool", "function"];

/// The parts of a wrong key that the refusal shows: its beginning and its end. A shorter key is shown whole.
const KEY_SHOWN: (usize, usize) = (8, 4);

/// Checks the key. As OpenAI does, the refusal shows parts of a wrong key.
pub fn let_in(key: Option<&str>, headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(key) = key else { return Ok(()) };
    let refused = |message: String, code| Refusal { status: StatusCode::UNAUTHORIZED, message, param: None, code };
    let given = headers.get(AUTHORIZATION).and_then(|given| given.to_str().ok()?.strip_prefix("Bearer "));
    match given {
        Some(given) if given == key => Ok(()),
        Some(given) => {
            let shown = masked(given);
            let link = "https://platform.openai.com/account/api-keys";
            let why = format!("Incorrect API key provided: {shown}. You can find your API key at {link}.");
            Err(refused(why, Some("invalid_api_key")))
        }
        None => Err(refused(KEY_MISSING.into(), None)),
    }
}

const KEY_MISSING: &str = "You didn't provide an API key. You need to provide your API key in an Authorization header using \
    Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing \
    the API from your browser and are prompted for a username and password. You can obtain an API key from \
    https://platform.openai.com/account/api-keys.";

fn masked(key: &str) -> String {
    let (letters, (begin, end)) = (key.chars().count(), KEY_SHOWN);
    let hidden = begin..letters.saturating_sub(end);
    key.chars().enumerate().map(|(at, letter)| if hidden.contains(&at) { '*' } else { letter }).collect()
}

/// A message that passed the checks.
#[derive(Debug)]
pub struct Message {
    pub role: String,
    pub content: Content,
}

/// Checks a request by the account's settings, and returns its messages.
pub fn read(body: &[u8], settings: &Settings) -> Result<Vec<Message>, Refusal> {
    let fields: Map<String, Value> = serde_json::from_slice(body).map_err(|_| Refusal::bad(NO_JSON))?;
    if let Some(unknown) = fields.keys().find(|name| !ARGUMENTS.contains(&name.as_str())) {
        return Err(Refusal::bad(format!("Unrecognized request argument supplied: {unknown}")));
    }
    let requested = fields.get("model").and_then(Value::as_str).unwrap_or_default();
    if requested.is_empty() {
        return Err(Refusal::bad("you must provide a model parameter"));
    }
    if requested != settings.model {
        let message = format!("The model `{requested}` does not exist or you do not have access to it.");
        return Err(Refusal { status: StatusCode::NOT_FOUND, message, param: None, code: Some("model_not_found") });
    }
    if fields.get("stream").and_then(Value::as_bool) == Some(true) {
        return Err(Refusal::bad("fake: streaming is not supported").about("stream", "unsupported_value"));
    }
    checked_messages(fields.get("messages"), settings.reads_images)
}

const NO_JSON: &str = "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP \
    library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble \
    figuring out how to fix this, please contact us through our help center at help.openai.com.)";

fn checked_messages(given: Option<&Value>, reads_images: bool) -> Result<Vec<Message>, Refusal> {
    let missing = || Refusal::bad("Missing required parameter: 'messages'.").about("messages", "missing_required_parameter");
    let wrong = || {
        let message = "Invalid type for 'messages': expected an array of objects, but got something else instead.";
        Refusal::bad(message).about("messages", "invalid_type")
    };
    let messages = given.ok_or_else(missing)?.as_array().ok_or_else(wrong)?;
    if messages.is_empty() {
        return Err(Refusal::bad(EMPTY).about("messages", "empty_array"));
    }
    let mut checked = vec![];
    for (at, message) in messages.iter().enumerate() {
        let role = message.get("role").and_then(Value::as_str).unwrap_or_default();
        if !ROLES.contains(&role) {
            let message = format!("Invalid value: '{role}'. Supported values are: '{}'.", ROLES.join("', '"));
            return Err(Refusal::bad(message).about(format!("messages[{at}].role"), "invalid_value"));
        }
        checked.push(Message { role: role.to_owned(), content: content::read(message, role, at, reads_images)? });
    }
    Ok(checked)
}

const EMPTY: &str = "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.";
