//! Registers the bot with Telegram: the webhook, the commands in every language, the menu button.
//!
//! Each call replaces the former setting, so repeating it changes nothing.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use adapters::{
    config::Secret,
    telegram::{BotCommand, Call, MenuButton, Telegram, TelegramError},
};
use domain::{conversation::Command, locale::Locale};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// The kinds of update that the webhook reads. Without them Telegram would keep the former kinds.
const UPDATES: [&str; 3] = ["message", "callback_query", "my_chat_member"];

/// Why the bot is not, or only partly, registered. Registering again is safe. No text holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// A call to Telegram failed.
    #[error("{method} failed: {error}\n{advice}")]
    Call {
        /// The Bot API's method.
        method: &'static str,
        /// Telegram's error.
        error: TelegramError,
        /// The advice to the operator.
        advice: &'static str,
    },
    /// The calls succeeded, but Telegram shows another setting.
    #[error("getWebhookInfo shows {shown}\n{ADVICE_CHANGED}")]
    Changed {
        /// The setting that Telegram shows.
        shown: String,
    },
    /// The report could not be written.
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
}

const ADVICE_TOKEN: &str =
    "Telegram does not know this token: check TELEGRAM_BOT_TOKEN with @BotFather, and TELEGRAM_API_URL if it is set.";
const ADVICE_SECRET: &str = "TELEGRAM_WEBHOOK_SECRET has to be 1-256 characters of A-Z a-z 0-9 _ -";
const ADVICE_URL: &str = "Give the stack's output WebhookUrl: an https address that Telegram can reach.";
const ADVICE_WAIT: &str = "Wait as long as Telegram says and run this again: repeating a setting changes nothing.";
const ADVICE_AGAIN: &str =
    "Check the network, and TELEGRAM_API_URL if it is set, and run this again: repeating a setting changes nothing.";
const ADVICE_REFUSED: &str = "Telegram refuses the call: this release may not match the Bot API. Use a newer release.";
const ADVICE_CHANGED: &str = "Another program sets this bot's webhook too: stop that program and run this again.";

/// Checks an address by Telegram's rules for webhooks.
///
/// # Errors
/// A text that says what is wrong with the address.
pub fn webhook_url(given: &str) -> Result<String, String> {
    let url = Url::parse(given).map_err(|error| format!("not a URL: {error}"))?;
    if url.scheme() == "https" && url.has_host() {
        Ok(given.to_owned())
    } else {
        Err("Telegram requires an https address with a host".to_owned())
    }
}

/// Registers the bot and writes the webhook's state at Telegram.
///
/// # Errors
/// [`RegisterError`] at the first call that fails; the calls before it are done.
pub async fn register(
    telegram: &Telegram,
    webhook_url: &str,
    secret: Secret,
    out: &mut (dyn Write + Send),
) -> Result<(), RegisterError> {
    let (url, allowed_updates) = (webhook_url.to_owned(), UPDATES.to_vec());
    call(telegram, Call::SetWebhook { url, secret_token: secret, allowed_updates }).await?;
    writeln!(out, "webhook      {webhook_url}")?;
    for locale in Locale::ALL {
        // People with a language that we do not have get the texts and the list of this language.
        let is_default = locale == Locale::from_language_code(None);
        let language_code = (!is_default).then(|| locale.code().to_owned());
        call(telegram, Call::SetMyCommands { commands: commands(locale), language_code }).await?;
        let whose = if is_default { "all other languages" } else { "this language" };
        writeln!(out, "commands     {} for {whose}: {}", locale.code(), names())?;
    }
    call(telegram, Call::SetChatMenuButton { menu_button: MenuButton::Commands }).await?;
    writeln!(out, "menu button  opens the commands")?;
    let info = call(telegram, Call::GetWebhookInfo {}).await?;
    health(&info, webhook_url, out)
}

fn commands(locale: Locale) -> Vec<BotCommand> {
    let listed = |command: Command| BotCommand { command: command.name().to_owned(), description: locale.command(command) };
    Command::ALL.map(listed).into()
}

fn names() -> String {
    Command::ALL.map(|command| format!("/{}", command.name())).join(" ")
}

async fn call(telegram: &Telegram, call: Call) -> Result<Value, RegisterError> {
    telegram.call(&call).await.map_err(|error| failed(call.method(), error))
}

fn failed(method: &'static str, error: TelegramError) -> RegisterError {
    RegisterError::Call { method, advice: advice(&error), error }
}

/// The advice for an error. Telegram has no codes for these errors, only texts.
fn advice(error: &TelegramError) -> &'static str {
    let says =
        |part: &str| matches!(error, TelegramError::Refused { description, .. } if description.to_lowercase().contains(part));
    match error {
        _ if error.is_bad_token() => ADVICE_TOKEN,
        _ if says("secret token") => ADVICE_SECRET,
        _ if says("webhook") => ADVICE_URL,
        TelegramError::TooManyRequests { .. } => ADVICE_WAIT,
        TelegramError::Transient(_) | TelegramError::Unknown(_) => ADVICE_AGAIN,
        _ => ADVICE_REFUSED,
    }
}

/// The state of the webhook (core.telegram.org/bots/api#webhookinfo).
#[derive(Default, Deserialize)]
#[serde(default)]
struct WebhookInfo {
    url: String,
    pending_update_count: u64,
    last_error_date: i64,
    last_error_message: String,
    allowed_updates: Vec<String>,
}

fn health(info: &Value, webhook_url: &str, out: &mut dyn Write) -> Result<(), RegisterError> {
    let unreadable = |_| failed(Call::GetWebhookInfo {}.method(), TelegramError::Unknown("an ill-formed result".to_owned()));
    let info = WebhookInfo::deserialize(info).map_err(unreadable)?;
    if info.url != webhook_url {
        let shown = if info.url.is_empty() { "no webhook".to_owned() } else { format!("another webhook: {}", info.url) };
        return Err(RegisterError::Changed { shown });
    }
    let updates = info.allowed_updates.join(" ");
    let (expected, shown) = (BTreeSet::from(UPDATES), info.allowed_updates.iter().map(String::as_str).collect());
    if expected != shown {
        return Err(RegisterError::Changed { shown: format!("other kinds of updates: {updates}") });
    }
    let pending = info.pending_update_count;
    // Telegram keeps the last error after it is fixed; its time shows its age.
    let last_error = match info.last_error_message.as_str() {
        "" => "no error".to_owned(),
        message => format!("last error at {}: {message}", Timestamp::from_second(info.last_error_date).unwrap_or_default()),
    };
    writeln!(out, "health       webhook set; gets {updates}; waiting: {pending}; {last_error}")?;
    Ok(())
}
