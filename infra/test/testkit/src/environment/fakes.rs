//! Creates the fakes of a test environment with its secrets.

use std::sync::Arc;

use fakes::{
    clock::FakeClock,
    film::Detail,
    kie::{self, Kie},
    llm::{self, Llm},
    outbound::Outbound,
    telegram::{self, Telegram},
};

use super::{
    settings::{KIE_DISCOVERY_PACE, LLM_MODEL, secret},
    times::Times,
};

pub(super) fn fake_kie(public_url: String, times: &Times, detail: Detail, clock: FakeClock, outbound: Arc<dyn Outbound>) -> Kie {
    Kie::new(kie_settings(public_url, times, detail), clock, outbound)
}

pub(super) fn kie_settings(public_url: String, times: &Times, detail: Detail) -> kie::Settings {
    kie::Settings {
        key: secret("KIE_API_KEY").to_owned(),
        hmac_key: Some(secret("KIE_WEBHOOK_HMAC_KEY").to_owned()),
        public_url,
        duration: times.making,
        discovery_pace: Some(KIE_DISCOVERY_PACE),
        detail,
        ..kie::Settings::default()
    }
}

pub(super) fn fake_llm(clock: FakeClock) -> Llm {
    let key = Some(secret("LLM_API_KEY").to_owned());
    Llm::new(llm::Settings { key, model: LLM_MODEL.to_owned(), ..llm::Settings::default() }, clock)
}

pub(super) fn fake_telegram(clock: FakeClock, outbound: Arc<dyn Outbound>) -> Telegram {
    let settings = telegram::Settings { token: secret("TELEGRAM_BOT_TOKEN").to_owned(), ..telegram::Settings::default() };
    Telegram::new(settings, clock, outbound)
}
