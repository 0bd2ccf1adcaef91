//! Break it: the faults, what should happen after each, and their buttons.

use maud::{Markup, html};

use crate::App;

/// What has to be a fake, so that a fault can be made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    Nothing,
    Telegram,
    Kie,
    Both,
}

/// A fault: its name, what it needs, the label of its button, and what should happen.
struct Fault(&'static str, Needs, &'static str, &'static str);

/// The faults, by what they break.
const FAULTS: [(&str, &[Fault]); 4] = [
    (
        "KIE",
        &[
            Fault(
                "kie-slow",
                Needs::Kie,
                "KIE is slow",
                "The next film takes 30 s longer. The status message goes on, and the film arrives.",
            ),
            Fault(
                "kie-rejects",
                Needs::Kie,
                "KIE rejects the photo",
                "The next order's credit comes back, and the seller reads why.",
            ),
            Fault(
                "kie-breaks",
                Needs::Kie,
                "KIE breaks three times",
                "The next order takes three attempts, the last with the spare model. Then the credit comes back.",
            ),
            Fault(
                "kie-silent",
                Needs::Kie,
                "KIE never ends the film",
                "Two minutes after the next order the bot gives up, and the credit comes back. Skip time to see it now.",
            ),
            Fault(
                "kie-loses-callbacks",
                Needs::Kie,
                "KIE loses callbacks",
                "The next three films end in silence. The bot asks KIE itself some seconds later, and each film arrives.",
            ),
        ],
    ),
    (
        "Telegram",
        &[
            Fault(
                "telegram-429",
                Needs::Telegram,
                "Telegram answers 429",
                "The next three calls are refused for 3 s each. What was refused arrives later.",
            ),
            Fault(
                "telegram-down",
                Needs::Telegram,
                "Telegram is down",
                "A film that is ready is sent three times within seconds. Then its credit comes back. An order whose photo cannot be \
                 read makes no film, and its credit comes back after two minutes.",
            ),
            Fault("telegram-up", Needs::Telegram, "Telegram is up again", "The seller reads what happened meanwhile."),
            Fault(
                "block",
                Needs::Telegram,
                "The seller blocks the bot",
                "A finished film waits for the seller. No credit moves.",
            ),
            Fault("unblock", Needs::Telegram, "The seller unblocks it", "The film that waited arrives."),
            Fault(
                "redeliver",
                Needs::Telegram,
                "Telegram repeats an update",
                "The last update comes again. Nothing happens twice: the same answer, no second charge.",
            ),
        ],
    ),
    (
        "AWS",
        &[
            Fault(
                "dynamodb-throttles",
                Needs::Nothing,
                "DynamoDB throttles",
                "The next four writes of this person are refused. The SDK or the queue repeats them, and nothing is lost.",
            ),
            Fault(
                "kill-function",
                Needs::Nothing,
                "Kill a function",
                "The generator or the sender dies in the middle of its work: the running process, else the next one. Another goes on after \
                 some 15 s, and the film arrives once.",
            ),
        ],
    ),
    (
        "Time",
        &[
            Fault("skip-minute", Needs::Both, "Skip a minute", "All that is due in it happens now."),
            Fault(
                "skip-hour",
                Needs::Both,
                "Skip an hour",
                "Every open order ends: delivered, held or refunded. It takes some seconds.",
            ),
        ],
    ),
];

/// The buttons, each with its line.
pub(super) fn buttons(app: &App) -> Markup {
    html! {
        details.card.break {
            summary { h3 { "Break it " small { "each fault with what should happen; the refund arrives in the chat" } } }
            @for (area, faults) in FAULTS {
                @if faults.iter().any(|fault| is_possible(app, fault.1)) {
                    fieldset {
                        legend { (area) }
                        @for Fault(name, _, label, expected) in faults.iter().filter(|fault| is_possible(app, fault.1)) {
                            div.fault { button type="button" data-break=(name) { (label) } span { (expected) } }
                        }
                    }
                }
            }
        }
    }
}

fn is_possible(app: &App, needs: Needs) -> bool {
    match needs {
        Needs::Nothing => true,
        Needs::Telegram => app.chats.is_some(),
        Needs::Kie => app.kie.is_some(),
        Needs::Both => app.chats.is_some() && app.kie.is_some(),
    }
}

/// What the fault of this name needs; `None` if there is none that this page can make.
pub(super) fn needs(app: &App, name: &str) -> Option<Needs> {
    let mut all = FAULTS.iter().flat_map(|(_, faults)| faults.iter());
    all.find(|fault| fault.0 == name && is_possible(app, fault.1)).map(|fault| fault.1)
}
