//! The list of scenarios, the same for every test environment. A scenario plays a seller and the outside. It asserts on the
//! table, the queues, the media store and the chat, never on log lines.

mod conversation;
mod delivery;
mod failures;
mod losses;
mod money;

use crate::scenario::Scenario;

/// Every scenario, in order.
#[must_use]
pub fn all() -> Vec<Scenario> {
    macro_rules! scenarios {
        ($($number:literal $play:path, $title:literal;)*) => {
            vec![$(Scenario { number: $number, title: $title, play: |run| Box::pin($play(run)) }),*]
        };
    }
    scenarios! {
        1 delivery::a_neurocard, "A Neurocard is ordered, made, delivered, and captured";
        2 failures::rejected, "A photo is rejected by moderation after it was accepted: refunded and notified";
        3 failures::broken, "Upstream breaks three times: retried quietly, then refunded and notified";
        4 failures::silent, "KIE never answers: ended by the deadline, refunded and notified";
        5 failures::telegram_refuses, "The video is made and Telegram refuses it: dead letter, parked, refunded, notified when Telegram is back";
        6 delivery::again, "Again with this product: no new upload, charged again, delivered";
        7 money::no_credits, "No credits left: refused with the balance, nothing created";
        8 money::five_taps, "Confirm tapped five times at once: one charge";
        9 losses::messages, "Every queue message of an order is lost: the sweeper finishes it";
        10 losses::deaths, "The process of each function dies once in mid-order: delivered or refunded, never neither";
        11 losses::lost_reply, "createTask's reply is lost: the callback's task is adopted, one KIE task";
        12 money::five_at_once, "Five jobs of one person finish in the same second: five settlements, right balance";
        13 conversation::five_videos, "Five videos in one order, one rejected: four delivered, one refunded";
        14 conversation::own_prompt, "The seller's own prompt: written, extended, and made as it is";
        15 conversation::album, "An album: its first photo is taken, and that is said once";
        16 conversation::back_and_forth, "Back and forth, another photo, another language: the last summary is ordered, once";
        17 conversation::resend, "A video from the list, once more and free";
        18 conversation::not_theirs, "Somebody else's job id in a button: nothing opens";
        19 conversation::blocks, "The bot is blocked in mid-order: refunded, and greeted with the credits on the way back";
        20 conversation::no_writer, "The prompt writer is out of order: the built-in prompt does";
    }
}
