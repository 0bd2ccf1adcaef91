//! Telegram and KIE outside of the program.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use fakes::{
    clock::FakeClock,
    film::Detail,
    kie::{self, Kie},
    outbound::LoopbackHttp,
    server::serve_at,
    telegram::{Settings, Telegram},
};

const TOKEN: &str = "123456:one-machine";
const KEY: &str = "one-machine";
/// The credits of each person: enough for every order of a run.
pub(crate) const WELCOME_CREDITS: u32 = 1000;

/// The fakes of Telegram and KIE, each on a port of this machine.
pub struct Outside {
    /// The fake Telegram.
    pub telegram: Telegram,
    /// The fake KIE.
    pub kie: Kie,
    telegram_address: SocketAddr,
    kie_address: SocketAddr,
}

impl Outside {
    /// Starts both. KIE takes this long to make a film.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start(making: Duration) -> std::io::Result<Self> {
        let clock = FakeClock::wall();
        let settings = Settings { token: TOKEN.to_owned(), ..Settings::default() };
        let telegram = Telegram::new(settings, clock, Arc::new(LoopbackHttp));
        let (telegram_address, _) = serve_at(0, telegram.router()).await?;
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let settings = kie::Settings {
            key: KEY.to_owned(),
            public_url: format!("http://127.0.0.1:{port}"),
            duration: making,
            detail: Detail::Sketch,
            ..kie::Settings::default()
        };
        let kie = Kie::new(settings, clock, Arc::new(LoopbackHttp));
        let (kie_address, _) = serve_at(port, kie.router()).await?;
        Ok(Self { telegram, kie, telegram_address, kie_address })
    }

    /// The settings with which the program finds them, at the speed of `make run`, without limits of a person's orders.
    pub(crate) fn settings(&self) -> BTreeMap<&'static str, String> {
        let kie = format!("http://{}", self.kie_address);
        BTreeMap::from([
            ("TELEGRAM_BOT_TOKEN", TOKEN.to_owned()),
            ("TELEGRAM_API_URL", format!("http://{}", self.telegram_address)),
            ("KIE_API_KEY", KEY.to_owned()),
            ("KIE_API_URL", kie.clone()),
            ("KIE_UPLOAD_API_URL", kie),
            ("KIE_CREATES_PER_10S", "1000".to_owned()),
            ("TIMES", "run".to_owned()),
            ("WELCOME_CREDITS", WELCOME_CREDITS.to_string()),
            ("OPEN_ORDERS_MAX", "50".to_owned()),
            ("ORDERS_A_DAY_MAX", "100000".to_owned()),
            ("FILMS_A_DAY_MAX", "1000000".to_owned()),
            ("FILMS_KEPT_FOR_BUYERS_PERCENT", "0".to_owned()),
            ("REFUNDS_A_DAY_MAX", "100000".to_owned()),
            ("GIFTS_A_DAY_MAX", "100000".to_owned()),
        ])
    }
}
