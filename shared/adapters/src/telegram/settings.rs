//! Settings of the whole bot, set once after a deployment.

use serde::Serialize;

/// One command in the list that Telegram shows for "/".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BotCommand {
    /// The command without its slash: 1-32 of `a-z 0-9 _`.
    pub command: String,
    /// What the command does, 1-256 characters.
    pub description: String,
}

/// The chats in which a list of commands is shown (core.telegram.org/bots/api#botcommandscope).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CommandScope {
    /// Every chat without a list of a narrower scope.
    Default,
    /// All private chats.
    AllPrivateChats,
    /// All groups.
    AllGroupChats,
    /// The administrators of all groups.
    AllChatAdministrators,
}

impl CommandScope {
    /// The scopes that are not about one chat.
    pub const ALL: [Self; 4] = [Self::Default, Self::AllPrivateChats, Self::AllGroupChats, Self::AllChatAdministrators];
}

/// A text that people see before they write to the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BotText {
    /// The bot's name, up to 64 characters.
    Name,
    /// The text of an empty chat with the bot, up to 512 characters.
    Description,
    /// The text of the bot's profile and of links to the bot, up to 120 characters.
    ShortDescription,
}

impl BotText {
    /// The field of the text in a call and in its answer.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Description => "description",
            Self::ShortDescription => "short_description",
        }
    }
}

/// What the menu button next to the text field opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum MenuButton {
    /// The list of commands.
    Commands,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::telegram::{Call, Telegram};
    use crate::testing::{Answer, Script};
    use serde_json::{Value, json};

    async fn asked(call: Call) -> (String, Value) {
        let script = Script::new([Answer::json(200, r#"{"ok":true,"result":true}"#)]);
        Telegram::new(script.wire(), "http://tg", Secret::new("T")).call(&call).await.unwrap();
        let seen = &script.seen()[0];
        (seen.uri.clone(), seen.json())
    }

    fn start() -> Vec<BotCommand> {
        vec![BotCommand { command: "start".into(), description: "Make a video".into() }]
    }

    #[tokio::test]
    async fn commands_are_set_for_one_language_or_for_the_rest() {
        let list = json!([{"command": "start", "description": "Make a video"}]);
        let (uri, body) =
            asked(Call::SetMyCommands { commands: start(), scope: CommandScope::AllPrivateChats, language_code: "ru".into() })
                .await;
        assert_eq!(
            (uri.as_str(), body),
            (
                "http://tg/botT/setMyCommands",
                json!({"commands": list, "scope": {"type": "all_private_chats"}, "language_code": "ru"})
            )
        );
        let (_, body) =
            asked(Call::SetMyCommands { commands: start(), scope: CommandScope::Default, language_code: String::new() }).await;
        assert_eq!(body, json!({"commands": list, "scope": {"type": "default"}}));
    }

    #[tokio::test]
    async fn a_text_of_the_bot_is_read_and_set_under_its_own_name() {
        let language_code = || "ru".to_owned();
        let (uri, body) = asked(Call::GetMyText { text: BotText::ShortDescription, language_code: language_code() }).await;
        assert_eq!((uri.as_str(), body), ("http://tg/botT/getMyShortDescription", json!({"language_code": "ru"})));
        let (uri, body) =
            asked(Call::SetMyText { text: BotText::Name, value: "Neuro".into(), language_code: String::new() }).await;
        assert_eq!((uri.as_str(), body), ("http://tg/botT/setMyName", json!({"name": "Neuro"})));
    }

    #[tokio::test]
    async fn the_menu_button_opens_the_commands() {
        let (uri, body) = asked(Call::SetChatMenuButton { menu_button: MenuButton::Commands }).await;
        assert_eq!((uri.as_str(), body), ("http://tg/botT/setChatMenuButton", json!({"menu_button": {"type": "commands"}})));
    }

    #[tokio::test]
    async fn the_webhook_info_is_read_without_a_parameter() {
        let (uri, body) = asked(Call::GetWebhookInfo {}).await;
        assert_eq!((uri.as_str(), body), ("http://tg/botT/getWebhookInfo", json!({})));
    }

    #[test]
    fn a_webhook_secret_is_sent_but_not_printed() {
        let call =
            Call::SetWebhook { url: "https://x/".into(), secret_token: Secret::new("hush"), allowed_updates: vec!["message"] };
        assert!(!format!("{call:?}").contains("hush"));
        assert_eq!(call.as_webhook_reply()["secret_token"], "hush");
    }
}
