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
        let (uri, body) = asked(Call::SetMyCommands { commands: start(), language_code: Some("ru".into()) }).await;
        assert_eq!((uri.as_str(), body), ("http://tg/botT/setMyCommands", json!({"commands": list, "language_code": "ru"})));
        let (_, body) = asked(Call::SetMyCommands { commands: start(), language_code: None }).await;
        assert_eq!(body, json!({"commands": list}));
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
        assert_eq!(call.as_webhook_reply()["secret_token"], "hush");
        assert!(!format!("{call:?}").contains("hush"));
    }
}
