//! The texts of the bot that people see before they write to it (core.telegram.org/bots/api#setmyname, #setmydescription,
//! #setmyshortdescription; texts of refusals from tdlib/td, BotInfoManager.cpp).

use serde_json::{Value, json};

use super::Telegram;
use super::params::Params;
use super::refusal::Refusal;
use crate::lock;

/// A text's field and its greatest length, in characters.
type Text = (&'static str, usize);

pub const NAME: Text = ("name", 64);
pub const DESCRIPTION: Text = ("description", 512);
pub const SHORT_DESCRIPTION: Text = ("short_description", 120);

impl Telegram {
    /// The text that the bot set in this field for a language code ("" for all others); `None` if it set none.
    #[must_use]
    pub fn bot_text(&self, field: &str, language_code: &str) -> Option<String> {
        lock(&self.inner.state).texts.get(&(field.to_owned(), language_code.to_owned())).cloned()
    }

    pub(super) fn set_my_text(&self, params: &Params, (field, max): Text) -> Result<Value, Refusal> {
        let key = (field.to_owned(), language(params)?);
        let text = params.text(field).unwrap_or_default().trim();
        if text.chars().count() > max {
            return Err(Refusal::bad(format!("{field} length must not exceed {max}")));
        }
        let mut state = lock(&self.inner.state);
        // An empty text removes the text of the language.
        if text.is_empty() {
            state.texts.remove(&key)
        } else {
            state.texts.insert(key, text.to_owned())
        };
        Ok(json!(true))
    }

    pub(super) fn get_my_text(&self, params: &Params, (field, _): Text) -> Result<Value, Refusal> {
        let language = language(params)?;
        let own = self.bot_text(field, &language).or_else(|| self.bot_text(field, ""));
        Ok(json!({ field: own.unwrap_or_default() }))
    }
}

fn language(params: &Params) -> Result<String, Refusal> {
    let language = params.text("language_code").unwrap_or_default();
    let two_letters = language.len() == 2 && language.bytes().all(|byte| byte.is_ascii_lowercase());
    if language.is_empty() || two_letters {
        Ok(language.to_owned())
    } else {
        Err(Refusal::bad("invalid language code specified"))
    }
}
