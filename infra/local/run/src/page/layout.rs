//! The frame of the page: the people, the chat, and what is behind it.

use domain::{conversation::Command, locale::Locale};
use maud::{DOCTYPE, Markup, html};

use crate::people::Contact;

/// A fault, the label of its button, and what should happen.
const FAULTS: [(&str, &str, &str); 7] = [
    ("kie-rejects", "KIE rejects the next photo", "The credit comes back, and the seller reads why."),
    ("kie-breaks", "KIE breaks three times", "Three attempts, the last with the spare model; then the credit comes back."),
    (
        "telegram-down",
        "Telegram is down",
        "A finished film waits a minute. Then the credit comes back, and the film can be had for it.",
    ),
    ("telegram-up", "Telegram is up again", "What waited arrives."),
    ("block", "The seller blocks the bot", "A finished film waits for the seller. No credit moves."),
    ("unblock", "The seller unblocks the bot", "The film that waited arrives."),
    ("redeliver", "Telegram repeats the last update", "Nothing happens twice: the same answer, no second charge."),
];

pub(super) fn page(people: &[Contact], shown: &Contact, chat: &Markup, behind: &Markup) -> Markup {
    let id = shown.person.id();
    html! {
        (DOCTYPE)
        html lang=(shown.locale.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "NeuroCards on this machine" }
                link rel="stylesheet" href="/style.css";
                script src="/page.js" defer {}
            }
            body data-person=(id) {
                nav aria-label="People" {
                    @for contact in people { (tab(contact, id)) }
                    details {
                        summary { "+ person" }
                        form method="post" action="/people" {
                            input name="name" placeholder="Name" required maxlength="32" aria-label="Name";
                            select name="language" aria-label="Language" {
                                @for locale in Locale::ALL { option value=(locale.code()) { (locale.own_name()) } }
                            }
                            button { "Add" }
                        }
                    }
                }
                main {
                    header { b { "NeuroCards" } span.kind { "bot" } }
                    div #chat aria-live="polite" tabindex="0" { (chat) }
                    (composer(shown))
                }
                aside {
                    details.break open {
                        summary { "Break it" }
                        @for (what, label, expected) in FAULTS {
                            div.fault { button type="button" data-break=(what) { (label) } span { (expected) } }
                        }
                    }
                    div #behind { (behind) }
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

/// The line for texts and photos, with the bot's list of commands.
fn composer(shown: &Contact) -> Markup {
    let locale = shown.locale;
    html! {
        p #problem role="alert" hidden {}
        form #compose {
            details.menu {
                summary aria-label="Commands" { "☰" }
                @for command in Command::ALL {
                    button type="button" data-say=(format!("/{}", command.name())) { "/" (command.name()) " " small { (locale.command(command)) } }
                }
            }
            label.attach title="Send a photo" { "📎" input #photo type="file" accept="image/*,.heic,.pdf" aria-label="Send a photo"; }
            label.as-file title="As a file, not as a photo" { input #as_file type="checkbox"; "file" }
            input #text name="text" autocomplete="off" placeholder="Message" aria-label="Message";
            button { "➤" }
        }
    }
}
