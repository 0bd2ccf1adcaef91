//! The list of scenarios, the same for every test environment. A scenario plays the seller and the outside services. It checks
//! the table, the queues, the media store and the chat, never log lines.

mod conversation;
mod delivery;
mod failures;
mod losses;
mod money;

use crate::scenario::Scenario;

/// Returns every scenario, ordered by number.
#[must_use]
pub fn all() -> Vec<Scenario> {
    macro_rules! scenarios {
        ($($number:literal $play:path, $title:literal;)*) => {
            vec![$(Scenario { number: $number, title: $title, play: |run| Box::pin($play(run)) }),*]
        };
    }
    scenarios! {
        1 delivery::a_neurocard, "A Neurocard is ordered, made and delivered, and the charge is captured";
        2 failures::rejected, "KIE's moderation rejects an accepted photo: refunded, and the seller is notified";
        3 failures::broken, "KIE fails three times: retried without a message, then refunded, and the seller is notified";
        4 failures::silent, "KIE never answers: the deadline ends the job, it is refunded, and the seller is notified";
        5 failures::telegram_refuses, "Telegram refuses the video: dead letter, refunded, seller notified when Telegram is back";
        6 delivery::again, "The same product is ordered again: charged again and delivered, without a new upload";
        7 money::no_credits, "An order without credits is refused: the bot shows the balance, and no job is created";
        8 money::five_taps, "The confirm button is tapped five times at once: one charge";
        9 losses::messages, "Every queue message of an order is lost: the sweeper finishes the order";
        10 losses::deaths, "Each function's process dies once during an order: every order is delivered or refunded";
        11 losses::lost_reply, "The reply of createTask is lost: the job adopts the callback's task, and KIE has one task";
        12 money::five_at_once, "Five jobs of one person finish in the same second: five settlements and the right balance";
        13 conversation::five_videos, "One of five videos in an order is rejected: four are delivered, one is refunded";
        14 conversation::own_prompt, "The seller writes and extends a prompt: KIE gets it unchanged";
        15 conversation::album, "The seller sends an album: the bot uses its first photo, and says so once";
        16 conversation::back_and_forth, "The seller goes back, changes photo and language: the last summary is ordered, once";
        17 conversation::resend, "A delivered video is sent again from the list, free of charge";
        18 conversation::not_theirs, "A button contains another seller's job id: the bot shows nothing of that job";
        19 conversation::blocks, "The seller blocks the bot during an order: the film waits, and is sent on the return";
        20 conversation::no_writer, "The prompt writer is down: the video is made from the built-in prompt";
    }
}
