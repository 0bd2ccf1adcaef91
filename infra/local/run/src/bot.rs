//! The real bot at Telegram: the check of its token, its commands and texts, and who gets its updates.

use std::io::{self, BufRead, IsTerminal, Write};

use adapters::telegram::{Call, TelegramError};
use ops::register::{UPDATES, register, register_texts};
use sandbox::Sandbox;
use serde_json::Value;

use crate::settings::Settings;

/// The path of the webhook on the public listener.
pub(crate) const WEBHOOK_PATH: &str = "/webhook";

/// Connects the bot: its updates come to this machine from now on, by the webhook or by polling. Returns the line for the banner.
///
/// # Errors
/// Telegram refuses the token or cannot be reached, or another program gets the bot's updates and may keep them.
pub(crate) async fn connect(sandbox: &Sandbox, settings: &Settings) -> Result<String, String> {
    let telegram = sandbox.setup().services().telegram().map_err(|error| error.to_string())?;
    let name = telegram.username().await.map_err(|error| refused(&error))?;
    let info = telegram.call(&Call::GetWebhookInfo {}).await.map_err(|error| refused(&error))?;
    let webhook = info.get("url").and_then(Value::as_str).unwrap_or_default().to_owned();
    let own = settings.public.as_ref().map(|(url, _)| format!("{url}{WEBHOOK_PATH}"));
    if !webhook.is_empty() && own.as_deref() != Some(webhook.as_str()) {
        may_take(&webhook, settings.takes_webhook)?;
    }
    let mut report = Vec::new();
    let registered = match &own {
        Some(url) => {
            let secret = sandbox.setup().secrets().telegram_webhook_secret().map_err(|error| error.to_string())?;
            register(&telegram, url, secret, settings.bot_name.as_deref(), &mut report).await
        }
        None => {
            telegram.delete_webhook().await.map_err(|error| refused(&error))?;
            register_texts(&telegram, settings.bot_name.as_deref(), &mut report).await
        }
    };
    registered.map_err(|error| error.to_string())?;
    if own.is_none() && !settings.is_draining {
        let poller = sandbox.poller(&UPDATES).map_err(|error| error.to_string())?;
        tokio::spawn(poller.run());
    }
    Ok(match own {
        Some(url) => format!("@{name}, its updates come to {url}"),
        None if settings.is_draining => format!("@{name}; its updates wait at Telegram for a day at most"),
        None => format!("@{name}, asked for its updates"),
    })
}

/// Asks whether this machine may take the bot from the program behind its webhook. Without a terminal the answer is no.
fn may_take(webhook: &str, is_allowed: bool) -> Result<(), String> {
    // The host says whose it is; the path may be a secret.
    let host = webhook.parse::<http::Uri>().ok().and_then(|url| url.host().map(str::to_owned)).unwrap_or_default();
    let question =
        format!("this bot has a webhook on {host}: the program there gets its updates, and would get none from now on");
    if is_allowed {
        return Ok(());
    }
    if io::stdin().is_terminal() {
        let mut answer = String::new();
        write!(io::stderr(), "make run: {question}. Take the bot? [y/N] ").map_err(|error| error.to_string())?;
        io::stdin().lock().read_line(&mut answer).map_err(|error| error.to_string())?;
        if matches!(answer.trim(), "y" | "Y" | "yes") {
            return Ok(());
        }
    }
    Err(format!("{question}. To take the bot, set TAKE_WEBHOOK=1. `make register` gives it back to a deployed stage"))
}

fn refused(error: &TelegramError) -> String {
    if error.is_bad_token() {
        format!("Telegram does not know this bot ({error}): check TELEGRAM_BOT_TOKEN with @BotFather")
    } else {
        format!("Telegram cannot be asked: {error}. Check the network, and TELEGRAM_API_URL if it is set")
    }
}
