//! Registers the bot with Telegram: the webhook, the commands of every scope and language, the menu button, and the texts that people
//! see before they write to the bot.
//!
//! Repeating it changes nothing. The commands and the texts are read first and set only where they differ: Telegram limits how often a bot
//! changes its texts.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use adapters::{
    config::Secret,
    telegram::{BotCommand, BotText, Call, CommandScope, MenuButton, Telegram, TelegramError},
};
use domain::{conversation::Command, locale::Locale};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// The kinds of update that the webhook reads. Without them Telegram would keep the former kinds.
pub const UPDATES: [&str; 4] = ["message", "edited_message", "callback_query", "my_chat_member"];

/// Languages without texts of ours, in which a program for the same sellers may have left a list of commands.
const OTHER_LANGUAGES: [&str; 4] = ["uk", "ka", "tr", "zh"];

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

/// Checks a name by Telegram's limit.
///
/// # Errors
/// A text that says what is wrong with the name.
pub fn bot_name(given: &str) -> Result<String, String> {
    match given.trim().chars().count() {
        1..=64 => Ok(given.trim().to_owned()),
        count => Err(format!("a name has 1 to 64 characters, not {count}")),
    }
}

/// Registers the bot and writes the webhook's state at Telegram. Without a name the bot keeps the name that BotFather knows.
///
/// # Errors
/// [`RegisterError`] at the first call that fails; the calls before it are done.
pub async fn register(
    telegram: &Telegram,
    webhook_url: &str,
    secret: Secret,
    name: Option<&str>,
    out: &mut (dyn Write + Send),
) -> Result<(), RegisterError> {
    let (url, allowed_updates) = (webhook_url.to_owned(), UPDATES.to_vec());
    call(telegram, Call::SetWebhook { url, secret_token: secret, allowed_updates }).await?;
    writeln!(out, "webhook      {webhook_url}")?;
    register_texts(telegram, name, out).await?;
    let info = call(telegram, Call::GetWebhookInfo {}).await?;
    health(&info, webhook_url, out)
}

/// Registers everything but the webhook: the commands, the menu button and the texts. A bot that asks for its updates has no webhook.
///
/// # Errors
/// [`RegisterError`] at the first call that fails; the calls before it are done.
pub async fn register_texts(telegram: &Telegram, name: Option<&str>, out: &mut (dyn Write + Send)) -> Result<(), RegisterError> {
    match set_commands(telegram).await {
        Ok(removed) => {
            writeln!(out, "commands     {}: {}", languages(), names())?;
            if removed > 0 {
                writeln!(out, "commands     removed {removed} lists of other scopes or languages")?;
            }
        }
        // People can use the bot without the list.
        Err(RegisterError::Call { error: TelegramError::TooManyRequests { retry_after }, .. }) => {
            writeln!(out, "commands     not set: Telegram asks to wait {} s; register again then", retry_after.as_secs())?;
        }
        Err(error) => return Err(error),
    }
    for text in [BotText::Name, BotText::Description, BotText::ShortDescription] {
        writeln!(out, "{:12} {}", label(text), set_text(telegram, text, name).await?)?;
    }
    call(telegram, Call::SetChatMenuButton { menu_button: MenuButton::Commands }).await?;
    writeln!(out, "menu button  opens the commands")?;
    Ok(())
}

/// The language codes that have texts and commands of their own, each with its language. The empty code is for all other clients.
fn codes() -> impl Iterator<Item = (&'static str, Locale)> {
    let default = Locale::from_language_code(None);
    let own = Locale::ALL.into_iter().filter(move |locale| *locale != default);
    std::iter::once(("", default)).chain(own.flat_map(|locale| locale.codes().iter().map(move |code| (*code, locale))))
}

/// The languages, each with the codes of the clients that begin in it.
fn languages() -> String {
    let codes = |locale: Locale| {
        if locale == Locale::from_language_code(None) { "all other clients".to_owned() } else { locale.codes().join(" ") }
    };
    Locale::ALL.map(|locale| format!("{} for {}", locale.code(), codes(locale))).join(", ")
}

/// Sets the commands in our languages and removes the lists of the four scopes, in these and a few neighbouring languages, which an older
/// program may have left. Lists of a single chat and of other languages stay. Returns the number of removed lists.
async fn set_commands(telegram: &Telegram) -> Result<usize, RegisterError> {
    let mut removed = 0;
    let others = Locale::from_language_code(None).codes().iter().chain(&OTHER_LANGUAGES).map(|code| (*code, None));
    let all: Vec<(&str, Option<Locale>)> = codes().map(|(code, locale)| (code, Some(locale))).chain(others).collect();
    for scope in CommandScope::ALL {
        for (code, locale) in &all {
            let language_code = || (*code).to_owned();
            let shown = call(telegram, Call::GetMyCommands { scope, language_code: language_code() }).await?;
            let ours = locale.filter(|_| scope == CommandScope::Default).map(commands).unwrap_or_default();
            if serde_json::to_value(&ours).is_ok_and(|ours| ours == shown) {
                continue;
            }
            if ours.is_empty() {
                call(telegram, Call::DeleteMyCommands { scope, language_code: language_code() }).await?;
                removed += 1;
            } else {
                call(telegram, Call::SetMyCommands { commands: ours, scope, language_code: language_code() }).await?;
            }
        }
    }
    Ok(removed)
}

/// Sets a text in every language in which it differs, and says what was done. Telegram allows few changes a day: a wait that it asks for is
/// reported and ends nothing, because people can use the bot without the text.
async fn set_text(telegram: &Telegram, text: BotText, name: Option<&str>) -> Result<String, RegisterError> {
    let mut changed = 0;
    for (code, locale) in codes() {
        let value = match text {
            BotText::Name => match name {
                Some(name) => name.to_owned(),
                None => return Ok("left as it is: BotName is not set".to_owned()),
            },
            BotText::Description => locale.bot_description(),
            BotText::ShortDescription => locale.bot_short_description(),
        };
        let language_code = || code.to_owned();
        let step = async {
            let shown = telegram.call(&Call::GetMyText { text, language_code: language_code() }).await?;
            if shown.get(text.field()).and_then(Value::as_str) == Some(value.as_str()) {
                return Ok(0);
            }
            telegram.call(&Call::SetMyText { text, value: value.clone(), language_code: language_code() }).await.map(|_| 1)
        };
        match step.await {
            Ok(times) => changed += times,
            Err(TelegramError::TooManyRequests { retry_after }) => {
                return Ok(format!("not set: Telegram asks to wait {} s; register again then", retry_after.as_secs()));
            }
            Err(error) => return Err(failed(Call::SetMyText { text, value, language_code: language_code() }.method(), error)),
        }
    }
    Ok(match changed {
        0 => "unchanged".to_owned(),
        1 => "set for one language".to_owned(),
        _ => format!("set for {changed} languages"),
    })
}

fn label(text: BotText) -> &'static str {
    match text {
        BotText::Name => "name",
        BotText::Description => "description",
        BotText::ShortDescription => "profile",
    }
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
