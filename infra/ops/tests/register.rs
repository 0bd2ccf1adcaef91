//! `ops register` against the fake Telegram: its settings, its output and its errors.

#[cfg(test)]
mod registering {
    use std::{future::ready, pin::Pin, process::Output, sync::Arc};

    use adapters::{
        config::Secret,
        telegram::{BotCommand, Call, CommandScope, Telegram},
        wire::Wire,
    };
    use domain::{conversation::Command, locale::Locale};
    use fakes::{
        clock::FakeClock,
        outbound::Switchboard,
        telegram::{CallFailure, NO_CHAT, Settings, Telegram as FakeTelegram},
    };
    use local_aws::net::{Net, Request, Response, Service, Tower, serve};
    use ops::register::{bot_name, register, webhook_url};
    use serde_json::{Value, json};

    const URL: &str = "https://bot.example/";
    const TOKEN: &str = "123456:token-that-nobody-may-see";
    const SECRET: &str = "secret-that-nobody-may-see";
    const UPDATES: [&str; 4] = ["message", "edited_message", "callback_query", "my_chat_member"];

    fn fake() -> FakeTelegram {
        let settings = Settings { token: TOKEN.into(), ..Settings::default() };
        FakeTelegram::new(settings, FakeClock::wall(), Arc::new(Switchboard::new()))
    }

    fn service(fake: &FakeTelegram) -> Tower<axum::Router, axum::body::Body> {
        Tower::new(fake.router())
    }

    /// Registers the bot with this token and webhook secret. Returns the output, and the error if it failed.
    async fn registered(fake: &FakeTelegram, token: &str, secret: &str) -> (String, Option<String>) {
        let net = Net::new();
        net.mount("telegram.local", service(fake));
        let telegram = Telegram::new(Wire::over(net), "http://telegram.local", Secret::new(token));
        let mut out = Vec::new();
        let result = register(&telegram, URL, Secret::new(secret), Some("NeuroCards"), &mut out).await;
        let (out, failed) = (String::from_utf8(out).unwrap(), result.err().map(|error| error.to_string()));
        for hidden in [TOKEN, SECRET, token, secret] {
            assert!(!out.contains(hidden) && !failed.as_ref().is_some_and(|text| text.contains(hidden)), "{out}{failed:?}");
        }
        (out, failed)
    }

    fn commands(locale: Locale) -> Vec<(String, String)> {
        Command::ALL.map(|command| (command.name().to_owned(), locale.command(command))).into()
    }

    #[tokio::test]
    async fn registering_sets_the_webhook_the_commands_and_the_menu_button() {
        let fake = fake();
        let (out, failed) = registered(&fake, TOKEN, SECRET).await;
        assert_eq!(failed, None);
        let expected = "\
webhook      https://bot.example/
commands     en for all other clients, ru for ru be kk ky uz hy az tg: /start /create /videos /balance /help /support /language /cancel
name         set for one language
description  set for 9 languages
profile      set for 9 languages
menu button  opens the commands
health       webhook set; gets message edited_message callback_query my_chat_member; waiting: 0; no error
";
        assert_eq!(out, expected);
        let webhook = fake.webhook();
        assert_eq!((webhook.url.as_str(), webhook.secret.as_deref()), (URL, Some(SECRET)));
        assert_eq!(webhook.allowed_updates, UPDATES);
        assert_eq!(fake.commands(""), commands(Locale::En));
        for code in Locale::Ru.codes() {
            assert_eq!(fake.commands(code), commands(Locale::Ru), "{code}");
            assert_eq!(fake.bot_text("description", code), Some(Locale::Ru.bot_description()));
        }
        assert_eq!(fake.bot_text("name", ""), Some("NeuroCards".to_owned()));
        assert_eq!(fake.bot_text("short_description", ""), Some(Locale::En.bot_short_description()));
        assert!(fake.commands("en").is_empty(), "English is set for all other languages, not for en");
        assert_eq!(fake.menu_button(), Some(json!({ "type": "commands" })));
        assert_eq!(fake.mistakes(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn registering_again_changes_nothing() {
        let fake = fake();
        let kept = |of: &FakeTelegram| {
            let webhook = of.webhook();
            (webhook.url, webhook.secret, webhook.allowed_updates, of.commands(""), of.commands("ru"), of.menu_button())
        };
        registered(&fake, TOKEN, SECRET).await;
        let (after_first, calls) = (kept(&fake), fake.calls().len());
        let (out, failed) = registered(&fake, TOKEN, SECRET).await;
        assert_eq!((failed, kept(&fake)), (None, after_first));
        assert_eq!(out.matches("unchanged").count(), 3, "{out}");
        let again: Vec<_> = fake.calls()[calls..].iter().map(|call| call.method.clone()).collect();
        assert!(!again.iter().any(|method| method.starts_with("setMy") || method.starts_with("deleteMy")), "{again:?}");
    }

    #[tokio::test]
    async fn the_lists_of_commands_of_an_older_bot_are_removed_in_every_scope() {
        let fake = fake();
        let net = Net::new();
        net.mount("telegram.local", service(&fake));
        let telegram = Telegram::new(Wire::over(net), "http://telegram.local", Secret::new(TOKEN));
        let old = || vec![BotCommand { command: "buy".into(), description: "Buy".into() }];
        for scope in CommandScope::ALL {
            for language_code in ["", "ru", "en", "uk"] {
                telegram
                    .call(&Call::SetMyCommands { commands: old(), scope, language_code: language_code.into() })
                    .await
                    .unwrap();
            }
        }
        let (out, failed) = registered(&fake, TOKEN, SECRET).await;
        assert_eq!(failed, None);
        assert!(out.contains("removed 14 lists of other scopes or languages"), "{out}");
        for scope in CommandScope::ALL {
            for language_code in ["", "ru", "en", "uk"] {
                let shown = telegram.call(&Call::GetMyCommands { scope, language_code: language_code.into() }).await.unwrap();
                assert!(!shown.to_string().contains("buy"), "{scope:?} {language_code:?}: {shown}");
            }
        }
    }

    #[tokio::test]
    async fn a_text_of_the_bot_that_must_wait_fails_nothing() {
        let fake = fake();
        fake.fail(NO_CHAT, "setMyDescription", 1, CallFailure::TooManyRequests(80_000));
        let (out, failed) = registered(&fake, TOKEN, SECRET).await;
        assert_eq!(failed, None);
        assert!(out.contains("description  not set: Telegram asks to wait 80000 s; register again then\n"), "{out}");
        assert!(out.contains("profile      set for 9 languages\n") && out.contains("health       webhook set"), "{out}");
    }

    #[test]
    fn a_name_has_up_to_64_characters() {
        assert_eq!(bot_name(" NeuroCards "), Ok("NeuroCards".to_owned()));
        assert!(bot_name("  ").is_err() && bot_name(&"я".repeat(64)).is_ok() && bot_name(&"я".repeat(65)).is_err());
    }

    #[tokio::test]
    async fn registering_replaces_the_webhook_of_another_program() {
        let fake = fake();
        fake.set_webhook("https://elsewhere.example/", "other");
        registered(&fake, TOKEN, SECRET).await;
        assert_eq!((fake.webhook().url.as_str(), fake.webhook().secret.as_deref()), (URL, Some(SECRET)));
    }

    /// The health line for this answer of getWebhookInfo. All other calls are answered with true.
    async fn health(shown: Value) -> Result<String, String> {
        struct Scripted(Value);
        impl Service for Scripted {
            fn call(&self, request: Request) -> Pin<Box<dyn Future<Output = Response> + Send + '_>> {
                let is_info = request.uri().path().ends_with("/getWebhookInfo");
                let result = if is_info { self.0.clone() } else { json!(true) };
                Box::pin(ready(Response::new(json!({ "ok": true, "result": result }).to_string().into())))
            }
        }
        let net = Net::new();
        net.mount("telegram.local", Scripted(shown));
        let telegram = Telegram::new(Wire::over(net), "http://telegram.local", Secret::new(TOKEN));
        let mut out = Vec::new();
        register(&telegram, URL, Secret::new(SECRET), None, &mut out).await.map_err(|error| error.to_string())?;
        Ok(String::from_utf8(out).unwrap().lines().last().unwrap_or_default().to_owned())
    }

    #[tokio::test]
    async fn the_health_line_has_the_pending_updates_and_the_last_error() {
        let shown = json!({
            "url": URL, "has_custom_certificate": false, "pending_update_count": 3, "max_connections": 40,
            "last_error_date": 1_795_000_000, "last_error_message": "Wrong response from the webhook: 503 Service Unavailable",
            // Telegram lists the kinds of updates in its own order.
            "allowed_updates": ["my_chat_member", "callback_query", "edited_message", "message"],
        });
        let line = health(shown).await.unwrap();
        let tail = "; waiting: 3; last error at 2026-11-18T11:06:40Z: Wrong response from the webhook: 503 Service Unavailable";
        assert!(line.starts_with("health       webhook set; gets ") && line.ends_with(tail), "{line}");
    }

    #[tokio::test]
    async fn a_webhook_that_another_program_sets_meanwhile_is_an_error() {
        for (shown, expected) in [
            (json!({"url": ""}), "no webhook"),
            (
                json!({"url": "https://elsewhere.example/", "allowed_updates": UPDATES}),
                "another webhook: https://elsewhere.example/",
            ),
            (json!({"url": URL, "allowed_updates": ["message"]}), "other kinds of updates: message"),
        ] {
            let text = health(shown).await.unwrap_err();
            assert!(text.starts_with(&format!("getWebhookInfo shows {expected}\n")), "{text}");
        }
        let text = health(json!({"url": 5})).await.unwrap_err();
        assert!(text.starts_with("getWebhookInfo failed: "), "{text}");
    }

    #[tokio::test]
    async fn a_wrong_token_fails_the_first_call_and_the_error_says_what_to_check() {
        let fake = fake();
        for (token, code) in [("654321:a-wrong-token", "401"), ("no-token-at-all", "404")] {
            let (out, failed) = registered(&fake, token, SECRET).await;
            let text = failed.unwrap();
            assert!(text.starts_with(&format!("setWebhook failed: refused: {code}")), "{text}");
            assert!(text.contains("check TELEGRAM_BOT_TOKEN"), "{text}");
            assert_eq!((out.as_str(), fake.webhook().url.as_str()), ("", ""));
        }
    }

    #[tokio::test]
    async fn a_malformed_secret_is_named_in_the_error() {
        let (_, failed) = registered(&fake(), TOKEN, "not a secret!").await;
        let text = failed.unwrap();
        assert!(text.starts_with("setWebhook failed") && text.contains("TELEGRAM_WEBHOOK_SECRET has to be"), "{text}");
    }

    #[tokio::test]
    async fn an_unreachable_telegram_is_an_error_that_says_to_run_it_again() {
        let telegram = Telegram::new(Wire::over(Net::new()), "http://telegram.local", Secret::new(TOKEN));
        let failed = register(&telegram, URL, Secret::new(SECRET), None, &mut Vec::new()).await.unwrap_err().to_string();
        assert!(failed.starts_with("setWebhook failed") && failed.contains("run this again"), "{failed}");
        assert!(!failed.contains(TOKEN), "{failed}");
    }

    #[test]
    fn a_webhook_is_an_https_address() {
        assert_eq!(webhook_url(URL).as_deref(), Ok(URL));
        for bad in ["http://bot.example/", "bot.example", "ftp://bot.example", ""] {
            assert!(webhook_url(bad).is_err(), "{bad}");
        }
    }

    /// Runs the `ops` program with its settings in the environment, as in a shell.
    async fn program(fake: &FakeTelegram, token: &str, arguments: &[&str]) -> Output {
        let served = serve(service(fake), 0).await.unwrap();
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_ops"));
        command.args(arguments).env_clear();
        command.envs([("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "none"), ("AWS_SECRET_ACCESS_KEY", "none")]);
        command.envs([("TELEGRAM_API_URL", served.url().as_str()), ("TELEGRAM_WEBHOOK_SECRET", SECRET)]);
        command.env("TELEGRAM_BOT_TOKEN", token).output().await.unwrap()
    }

    #[tokio::test]
    async fn the_exit_status_of_the_program_reports_success_and_failure() {
        let fake = fake();
        let arguments = ["register", "--webhook-url", URL];
        let done = program(&fake, TOKEN, &arguments).await;
        let (out, err) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
        assert!(done.status.success() && err.is_empty(), "{err}");
        assert!(out.contains("health       webhook set; "), "{out}");
        assert_eq!(fake.webhook().secret.as_deref(), Some(SECRET));

        let failed = program(&fake, "654321:a-wrong-token", &arguments).await;
        let err = String::from_utf8(failed.stderr).unwrap();
        assert_eq!((failed.status.code(), failed.stdout.as_slice()), (Some(2), &b""[..]));
        assert!(err.contains("setWebhook failed") && !err.contains("a-wrong-token"), "{err}");

        for malformed in [&["register"][..], &["register", "--webhook-url", "http://bot.example/"], &["unregister"]] {
            assert_eq!(program(&fake, TOKEN, malformed).await.status.code(), Some(2), "{malformed:?}");
        }
    }
}
