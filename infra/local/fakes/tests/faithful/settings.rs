//! The settings of the bot: its webhook, its commands and its menu button.

use serde_json::{Value, json};

use crate::bot::{api, refusal, telegram};

fn command(name: &str, description: &str) -> Value {
    json!({"command": name, "description": description})
}

#[tokio::test(start_paused = true)]
async fn set_webhook_without_kinds_of_updates_keeps_the_earlier_ones() {
    let (telegram, bot) = telegram();
    let ann = telegram.person(7, "en", "Ann");
    let set = json!({"url": "http://bot.test/hook", "secret_token": "new-secret", "allowed_updates": ["callback_query"]});
    assert_eq!(api(&telegram, "setWebhook", set).await.0, 200);
    api(&telegram, "setWebhook", json!({"url": "http://bot.test/hook"})).await;
    assert!(ann.say("not wanted").await.statuses.is_empty());
    assert!(ann.tap("x").await.taken());
    assert_eq!(bot.count(), 1);
    telegram.set_webhook("http://bot.test/hook", "s3cret");
    assert!(ann.say("still not").await.statuses.is_empty());
    api(&telegram, "setWebhook", json!({"url": "http://bot.test/hook", "allowed_updates": []})).await;
    assert!(ann.say("wanted").await.taken());
    let (status, body) = api(&telegram, "setWebhook", json!({"url": "x", "secret_token": "no spaces"})).await;
    assert_eq!((status, &body["description"]), (400, &json!("Bad Request: secret token contains unallowed characters")));
}

#[tokio::test(start_paused = true)]
async fn kinds_of_updates_that_telegram_would_ignore_are_refused() {
    let (telegram, _) = telegram();
    let hook = |kinds: Value| json!({"url": "http://bot.test/hook", "allowed_updates": kinds});
    api(&telegram, "setWebhook", hook(json!(["message"]))).await;
    for (kinds, why) in [
        (json!({"message": true}), "Bad Request: parameter allowed_updates has the wrong type"),
        (json!("\"message\""), "Bad Request: parameter allowed_updates has the wrong type"),
        (json!(["message", 5]), "Bad Request: parameter allowed_updates has the wrong type"),
        (json!(["message", "callback"]), "Bad Request: unknown parameter allowed_updates.callback"),
    ] {
        assert_eq!(refusal(&telegram, "setWebhook", hook(kinds)).await, why);
    }
    assert_eq!(telegram.webhook().allowed_updates, ["message"], "refused calls change nothing");
    assert_eq!(api(&telegram, "setWebhook", hook(json!("[\"my_chat_member\"]"))).await.0, 200, "a list may be JSON text");
}

#[tokio::test(start_paused = true)]
async fn commands_are_cleaned_and_kept_by_language_and_scope() {
    let (telegram, _) = telegram();
    let list = |name: &str, language: &str| json!({"commands": [command(name, " Go ")], "language_code": language});
    assert_eq!(api(&telegram, "setMyCommands", list("/start", "ru")).await.0, 200);
    assert_eq!(api(&telegram, "setMyCommands", list(" help", "")).await.0, 200);
    assert_eq!(telegram.commands("ru"), [("start".to_owned(), "Go".to_owned())]);
    assert_eq!(telegram.commands(""), [("help".to_owned(), "Go".to_owned())]);
    assert!(telegram.commands("en").is_empty());
    let (_, got) = api(&telegram, "getMyCommands", json!({"language_code": "ru"})).await;
    assert_eq!(got["result"], json!([command("start", "Go")]));
    let private = json!({"scope": {"type": "all_private_chats"}});
    assert_eq!(api(&telegram, "getMyCommands", private).await.1["result"], json!([]));
    assert_eq!(api(&telegram, "setMyCommands", json!({"commands": []})).await.0, 200);
    assert!(telegram.commands("").is_empty());
    assert!(telegram.mistakes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn invalid_commands_are_refused_with_telegram_s_texts() {
    let (telegram, _) = telegram();
    let many: Vec<Value> = (0..101).map(|number| command(&format!("c{number}"), "x")).collect();
    let cases = [
        (json!({}), "expected an Array of BotCommand"),
        (json!(["start"]), "can't parse BotCommand: expected an Object"),
        (json!([{"command": "start"}]), "can't parse BotCommand: Can't find field \"description\""),
        (json!([{"command": true, "description": "x"}]), "can't parse BotCommand: Field \"command\" must be a String"),
        (json!([command("/", "x")]), "command must be non-empty"),
        (json!([command(&"c".repeat(33), "x")]), "command length must not exceed 32"),
        (json!([command("start", " ")]), "command description must be non-empty"),
        (json!([command("start", &"д".repeat(257))]), "command description length must not exceed 256"),
        (json!([command("Start", "x")]), "BOT_COMMAND_INVALID"),
        (json!(many), "BOT_COMMANDS_TOO_MUCH"),
    ];
    let count = cases.len();
    for (commands, why) in cases {
        let why = format!("Bad Request: {why}");
        assert_eq!(refusal(&telegram, "setMyCommands", json!({"commands": commands})).await, why);
    }
    assert_eq!(telegram.mistakes().len(), count, "every refusal counts as a mistake of the bot");
    let most: Vec<Value> = many.into_iter().take(100).collect();
    assert_eq!(api(&telegram, "setMyCommands", json!({"commands": most})).await.0, 200);
    let longest = json!({"commands": [command(&"c".repeat(32), &"д".repeat(256))]});
    assert_eq!(api(&telegram, "setMyCommands", longest).await.0, 200);
    for language in ["rus", "RU", "р"] {
        let why = refusal(&telegram, "getMyCommands", json!({"language_code": language})).await;
        assert_eq!(why, "Bad Request: invalid language code specified");
    }
    let why = refusal(&telegram, "getMyCommands", json!({"scope": {"type": "everybody"}})).await;
    assert_eq!(why, "Bad Request: can't parse BotCommandScope: Unsupported type specified");
}

#[tokio::test(start_paused = true)]
async fn the_menu_button_is_set_for_all_chats_or_for_one() {
    let (telegram, _) = telegram();
    telegram.person(7, "en", "Ann");
    assert_eq!(telegram.menu_button(), None);
    let commands = json!({"type": "commands"});
    assert_eq!(api(&telegram, "setChatMenuButton", json!({"menu_button": commands})).await.0, 200);
    assert_eq!(telegram.menu_button(), Some(commands.clone()));
    let app = json!({"type": "web_app", "text": "Open", "web_app": {"url": "https://example.com/app"}});
    assert_eq!(api(&telegram, "setChatMenuButton", json!({"chat_id": 7, "menu_button": app})).await.0, 200);
    assert_eq!(telegram.menu_button(), Some(commands), "the button of one chat does not change the default");
    assert_eq!(api(&telegram, "getChatMenuButton", json!({"chat_id": 7})).await.1["result"], app);
    assert_eq!(api(&telegram, "setChatMenuButton", json!({})).await.0, 200);
    assert_eq!(telegram.menu_button(), Some(json!({"type": "default"})));
    assert!(telegram.mistakes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn invalid_menu_buttons_are_refused_with_telegram_s_texts() {
    let (telegram, _) = telegram();
    let app = |text: &str, url: &str| json!({"type": "web_app", "text": text, "web_app": {"url": url}});
    for (button, why) in [
        (json!([]), "can't parse menu button: MenuButton must be an Object"),
        (json!({}), "can't parse menu button: Can't find field \"type\""),
        (json!({"type": "url"}), "can't parse menu button: MenuButton has unsupported type"),
        (json!({"type": "commands", "text": "Menu"}), "unknown parameter menu_button.text"),
        (json!({"type": "web_app", "text": "Open"}), "can't parse menu button: Can't find field \"web_app\""),
        (app("", "https://example.com"), "menu button text must be non-empty"),
        (app("x", "http://example.com"), "menu button Web App URL 'http://example.com' is invalid: Only HTTPS links are allowed"),
    ] {
        let why = format!("Bad Request: {why}");
        assert_eq!(refusal(&telegram, "setChatMenuButton", json!({"menu_button": button})).await, why);
    }
    for (chat, why) in [(8, "user not found"), (-8, "invalid chat_id specified")] {
        let why = format!("Bad Request: {why}");
        assert_eq!(refusal(&telegram, "setChatMenuButton", json!({"chat_id": chat})).await, why);
    }
    assert_eq!(telegram.menu_button(), None);
}
