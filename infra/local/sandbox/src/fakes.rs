//! Creates the fakes with the secrets of their bot.

use std::sync::Arc;

use fakes::{
    clock::FakeClock,
    film::Detail,
    kie::{self, Kie},
    llm::{self, Llm},
    outbound::Outbound,
    telegram::{self, Telegram},
};

use crate::{
    settings::{KIE_DISCOVERY_PACE, LLM_MODEL},
    times::Times,
};

/// A fake KIE of an account with these keys: the API key, and the key of the callbacks' signatures.
#[must_use]
pub fn fake_kie(
    public_url: String,
    times: &Times,
    detail: Detail,
    keys: [&str; 2],
    clock: FakeClock,
    outbound: Arc<dyn Outbound>,
) -> Kie {
    Kie::new(kie_settings(public_url, times, detail, keys), clock, outbound)
}

pub(crate) fn kie_settings(public_url: String, times: &Times, detail: Detail, [key, hmac_key]: [&str; 2]) -> kie::Settings {
    kie::Settings {
        key: key.to_owned(),
        hmac_key: Some(hmac_key.to_owned()),
        public_url,
        duration: times.making,
        discovery_pace: Some(KIE_DISCOVERY_PACE),
        detail,
        ..kie::Settings::default()
    }
}

/// A fake prompt writer of an account with this key.
#[must_use]
pub fn fake_llm(key: &str, clock: FakeClock) -> Llm {
    let key = Some(key.to_owned());
    Llm::new(llm::Settings { key, model: LLM_MODEL.to_owned(), ..llm::Settings::default() }, clock)
}

/// A fake Telegram of a bot with this token.
#[must_use]
pub fn fake_telegram(token: &str, clock: FakeClock, outbound: Arc<dyn Outbound>) -> Telegram {
    let settings = telegram::Settings { token: token.to_owned(), ..telegram::Settings::default() };
    Telegram::new(settings, clock, outbound)
}
