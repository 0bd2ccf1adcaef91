//! Checks the content of a message: a text, or a list of text and image parts (platform.openai.com/docs/guides/images-vision). The
//! refusals are OpenAI's, as people quote them in the issues of its clients.

use std::net::IpAddr;

use serde_json::Value;
use url::{Host, Url};

use super::refusal::Refusal;

/// The allowed types of a part.
const PART_TYPES: &str = "'text' and 'image_url'";
/// The allowed details of an image.
const DETAILS: [&str; 3] = ["auto", "low", "high"];
/// The image types of a data URL.
const IMAGE_TYPES: [&str; 5] = ["image/jpeg", "image/jpg", "image/png", "image/gif", "image/webp"];

/// The texts and the images of a message, which is `messages[at]` of its request.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The texts.
    pub texts: Vec<String>,
    /// The addresses of the images.
    pub images: Vec<String>,
}

/// Checks a message's content and returns its texts and images.
pub fn read(message: &Value, role: &str, at: usize, reads_images: bool) -> Result<Content, Refusal> {
    let path = format!("messages[{at}].content");
    match message.get("content") {
        Some(Value::String(text)) => Ok(Content { texts: vec![text.clone()], images: vec![] }),
        Some(Value::Array(parts)) if parts.is_empty() => {
            let wrong = "empty array. Expected an array with minimum length 1, but got an empty array instead.";
            Err(Refusal::bad(format!("Invalid '{path}': {wrong}")).about(path, "empty_array"))
        }
        Some(Value::Array(parts)) => {
            let mut content = Content::default();
            for (number, part) in parts.iter().enumerate() {
                let place = Place { path: format!("{path}[{number}]"), at, number, role, reads_images };
                read_part(part, &place, &mut content)?;
            }
            Ok(content)
        }
        None | Some(Value::Null) if role == "assistant" => Ok(Content::default()),
        None => Err(missing(path)),
        Some(other) => Err(wrong_type(path, "one of a string or array of objects", other)),
    }
}

/// The place of a part in its request.
struct Place<'a> {
    path: String,
    at: usize,
    number: usize,
    role: &'a str,
    reads_images: bool,
}

fn read_part(part: &Value, place: &Place<'_>, content: &mut Content) -> Result<(), Refusal> {
    let path = &place.path;
    if !part.is_object() {
        return Err(wrong_type(path.clone(), "an object", part));
    }
    match string(part, path, "type")? {
        "text" => content.texts.push(string(part, path, "text")?.to_owned()),
        "image_url" if place.role != "user" => {
            let (message, role) = (format!("messages[{}]", place.at), place.role);
            let allowed = "Image URLs are only allowed for messages with role 'user'";
            let text = format!("Invalid '{message}'. {allowed}, but this message with role '{role}' contains an image URL.");
            return Err(Refusal::bad(text).about(message, "invalid_value"));
        }
        "image_url" if !place.reads_images => {
            let param = format!("messages.[{}].content.[{}].type", place.at, place.number);
            return Err(Refusal::bad("Invalid content type. image_url is only supported by certain models.").at(param));
        }
        "image_url" => content.images.push(read_image(part, path)?),
        other => return Err(unsupported(format!("{path}.type"), other, PART_TYPES)),
    }
    Ok(())
}

fn read_image(part: &Value, path: &str) -> Result<String, Refusal> {
    let path = format!("{path}.image_url");
    let image = part.get("image_url").ok_or_else(|| missing(path.clone()))?;
    let fields = image.as_object().ok_or_else(|| wrong_type(path.clone(), "an object", image))?;
    if let Some(unknown) = fields.keys().find(|name| !["url", "detail"].contains(&name.as_str())) {
        let param = format!("{path}.{unknown}");
        return Err(Refusal::bad(format!("Unknown parameter: '{param}'.")).about(param, "unknown_parameter"));
    }
    if fields.contains_key("detail") {
        let detail = string(image, &path, "detail")?;
        if !DETAILS.contains(&detail) {
            return Err(unsupported(format!("{path}.detail"), detail, "'auto', 'low', and 'high'"));
        }
    }
    let url = string(image, &path, "url")?;
    checked_url(url, &format!("{path}.url"))?;
    Ok(url.to_owned())
}

/// Checks the address of an image: https, an image as a data URL, or http on this machine.
fn checked_url(url: &str, path: &str) -> Result<(), Refusal> {
    if let Some(data) = url.strip_prefix("data:") {
        let image = data.split_once(";base64,").filter(|(kind, bytes)| IMAGE_TYPES.contains(kind) && !bytes.is_empty());
        let wrong = || Refusal::bad("Invalid MIME type. Only image types are supported.").code("invalid_image_format");
        return image.map(|_| ()).ok_or_else(wrong);
    }
    let parsed = Url::parse(url).ok().filter(|parsed| ["http", "https"].contains(&parsed.scheme()) && parsed.has_host());
    match parsed {
        None => {
            let expected = "Expected a base64-encoded data URL with an image MIME type (e.g. \
                            'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got a value without the 'data:' prefix.";
            Err(Refusal::bad(format!("Invalid image URL: '{path}'. {expected}")).about(path, "invalid_value"))
        }
        Some(parsed) if parsed.scheme() == "http" && !parsed.host().is_some_and(is_local) => {
            Err(Refusal::bad("fake: an image needs an https address").about(path, "invalid_image_url"))
        }
        Some(_) => Ok(()),
    }
}

/// Whether a host is this machine, a service of the sandbox or LocalStack.
fn is_local(host: Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            name == "localhost" || [".localhost", ".local", ".localstack.cloud"].iter().any(|end| name.ends_with(end))
        }
        Host::Ipv4(address) => IpAddr::from(address).is_loopback() || address.is_private(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// The text in a field of a part.
fn string<'a>(value: &'a Value, path: &str, name: &str) -> Result<&'a str, Refusal> {
    let path = format!("{path}.{name}");
    let field = value.get(name).ok_or_else(|| missing(path.clone()))?;
    field.as_str().ok_or_else(|| wrong_type(path, "a string", field))
}

fn missing(param: String) -> Refusal {
    Refusal::bad(format!("Missing required parameter: '{param}'.")).about(param, "missing_required_parameter")
}

fn unsupported(param: String, given: &str, supported: &str) -> Refusal {
    Refusal::bad(format!("Invalid value: '{given}'. Supported values are: {supported}.")).about(param, "invalid_value")
}

fn wrong_type(param: String, expected: &str, given: &Value) -> Refusal {
    let given = match given {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    let message = format!("Invalid type for '{param}': expected {expected}, but got {given} instead.");
    Refusal::bad(message).about(param, "invalid_type")
}
