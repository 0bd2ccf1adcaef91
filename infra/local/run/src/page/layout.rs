//! The frame of the page: the people, the chat, and what is behind it.

use domain::{conversation::Command, locale::Locale};
use maud::{DOCTYPE, Markup, html};

use super::{NO_ACCOUNT, Subject, chat, faults, ids, making, queues::short, shared};
use crate::{
    App,
    people::{Chats, Contact},
};

/// The page of a person. With a real Telegram it has no chat.
pub(super) fn page(app: &App, subject: &Subject, behind: &Markup) -> Markup {
    let chat = app.chats.as_ref().zip(subject.contact.as_ref());
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "NeuroCards on this machine" }
                link rel="stylesheet" href="/style.css";
                script src="/page.js" defer {}
            }
            body.alone[chat.is_none()] data-person=(subject.id) {
                nav aria-label="People" {
                    b.brand { "NeuroCards" }
                    @match &app.chats {
                        Some(chats) => {
                            @for contact in chats.all() { (tab(&contact, subject.id)) }
                            (new_person())
                        }
                        None => {
                            @for id in ids(app) { (account(id, subject.id)) }
                            @if subject.id == NO_ACCOUNT { span.none { "No account yet. Write to the bot in Telegram." } }
                        }
                    }
                }
                @if let Some((chats, contact)) = chat { (conversation(app, chats, contact)) }
                @else { p #problem role="alert" hidden {} }
                aside {
                    (faults::buttons(app))
                    div #shared { (shared::part(app)) }
                    div #behind { (behind) }
                    details.card.items #items data-load=(format!("/{}/items", subject.id)) {
                        summary { h3 { "Table " small { "the items of this person" } } }
                        div {}
                    }
                }
            }
        }
    }
}

fn tab(contact: &Contact, shown: i64) -> Markup {
    let id = contact.person.id();
    let current = (id == shown).then_some("page");
    html! { a href=(format!("/{id}")) aria-current=[current] { (contact.name) " " small { (contact.locale.code()) } } }
}

/// An account of a real Telegram: its id only, because its name is no concern of this page.
fn account(id: i64, shown: i64) -> Markup {
    let current = (id == shown).then_some("page");
    html! { a href=(format!("/{id}")) aria-current=[current] title=(id) { (short(&id.to_string())) } }
}

fn new_person() -> Markup {
    html! {
        details {
            summary { "+ person" }
            form method="post" action="/people" {
                input name="name" placeholder="Name" required maxlength="32" aria-label="Name";
                select name="language" aria-label="Language" {
                    @for locale in Locale::ALL { option value=(locale.code()) lang=(locale.code()) { (locale.own_name()) } }
                }
                button { "Add" }
            }
        }
    }
}

fn conversation(app: &App, chats: &Chats, contact: &Contact) -> Markup {
    html! {
        main {
            header { b { "NeuroCards" } span.kind { "bot" } }
            div #chat lang=(contact.locale.code()) aria-live="polite" tabindex="0" { (chat::chat(app, chats, contact)) }
            div #making { (making::making(app, contact.person.id())) }
            (composer(contact))
        }
    }
}

/// The line for texts and photos, with the bot's list of commands.
fn composer(shown: &Contact) -> Markup {
    let locale = shown.locale;
    html! {
        p #problem role="alert" hidden {}
        form #compose {
            details.menu {
                summary aria-label="Commands" { "☰" }
                @for command in Command::ALL {
                    button type="button" lang=(locale.code()) data-say=(format!("/{}", command.name())) {
                        "/" (command.name()) " " small { (locale.command(command)) }
                    }
                }
            }
            label.attach title="Send a photo" { "📎" input #photo type="file" accept="image/*,.heic,.pdf" aria-label="Send a photo"; }
            label.as-file title="As a file, not as a photo" { input #as_file type="checkbox"; "file" }
            input #text name="text" autocomplete="off" placeholder="Message" aria-label="Message";
            button aria-label="Send" { "➤" }
        }
    }
}
