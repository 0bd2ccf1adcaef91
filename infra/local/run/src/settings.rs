//! What `make run` is started with: the environment, and a file `.env` that the environment overrides.

use std::{collections::BTreeMap, path::PathBuf};

use sandbox::{Outside, Times};

/// The page's port unless `PORT` names another.
const PORT: u16 = 8787;
/// The port of the listener for `PUBLIC_URL`, unless `PUBLIC_PORT` names another.
const PUBLIC_PORT: u16 = 8788;
/// The file with settings and secrets, in the current folder.
const FILE: &str = ".env";
/// What the machine itself sets for the functions. AWS is always local here.
const OWN: [&str; 8] = [
    "TABLE_NAME",
    "MEDIA_BUCKET",
    "GENERATE_QUEUE_URL",
    "SEND_QUEUE_URL",
    "PARKED_QUEUE_URL",
    "CALLBACK_BASE_URL",
    "MEDIA_IS_PUBLIC",
    "SECRETS_PARAMETER",
];

/// The settings of this machine.
pub(crate) struct Settings {
    /// The page's port.
    pub port: u16,
    /// The folder of the data; `None` for the default one.
    pub data: Option<PathBuf>,
    /// Telegram: real with a token.
    pub telegram: Outside,
    /// KIE: real with a key.
    pub kie: Outside,
    /// The public address of this machine, as `https://host`, with the port of its listener.
    pub public: Option<(String, u16)>,
    /// The durations: production's where a film takes minutes.
    pub times: Times,
    /// Whether the bot may be taken from the program that its webhook names.
    pub takes_webhook: bool,
    /// Whether only open jobs are ended: no update is asked for.
    pub is_draining: bool,
    /// The name of the bot at Telegram; `None` to leave it.
    pub bot_name: Option<String>,
    /// The settings and secrets of the functions.
    pub functions: BTreeMap<String, String>,
}

impl Settings {
    /// Reads the environment and the file `.env`.
    ///
    /// # Errors
    /// The file or a setting is malformed. No text quotes a secret.
    pub fn read() -> Result<Self, String> {
        let mut found = match dotenvy::from_filename_iter(FILE) {
            Ok(lines) => lines.collect::<Result<BTreeMap<_, _>, _>>().map_err(|error| match error {
                // The error quotes the line, which may hold a secret.
                dotenvy::Error::LineParse(_, at) => format!("a line of {FILE} is not NAME=value, near its character {}", at + 1),
                other => format!("{FILE} cannot be read: {other}"),
            })?,
            Err(error) if error.not_found() => BTreeMap::new(),
            Err(error) => return Err(format!("{FILE} cannot be read: {error}")),
        };
        found.extend(std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))));
        Self::of(found)
    }

    fn of(found: BTreeMap<String, String>) -> Result<Self, String> {
        let text = |name: &str| found.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
        let port = |name: &str, default: u16| match text(name) {
            None => Ok(default),
            Some(named) => named.parse().map_err(|_| format!("{name} is {named:?}, and must be a number up to 65535")),
        };
        let is_set = |name: &str| text(name).is_some_and(|value| !matches!(value, "0" | "false" | "no"));
        let real = |name: &str| if text(name).is_some() { Outside::Real } else { Outside::Fake };
        let public = text("PUBLIC_URL").map(origin).transpose()?;
        let public_port = port("PUBLIC_PORT", PUBLIC_PORT)?;
        let kie = real("KIE_API_KEY");
        let times = match (text("TIMES"), kie) {
            (None, Outside::Real) | (Some("production"), _) => Times::production(),
            (None, Outside::Fake) | (Some("run"), _) => Times::run(),
            (Some(other), _) => return Err(format!("TIMES is {other:?}, and must be run or production")),
        };
        let is_ours = |name: &str| !name.starts_with("AWS_") && !OWN.contains(&name);
        Ok(Self {
            port: port("PORT", PORT)?,
            data: text("DATA").map(PathBuf::from),
            telegram: real("TELEGRAM_BOT_TOKEN"),
            kie,
            times,
            public: public.map(|url| (url, public_port)),
            takes_webhook: is_set("TAKE_WEBHOOK"),
            is_draining: is_set("DRAIN"),
            bot_name: text("BOT_NAME").map(str::to_owned),
            functions: found
                .iter()
                .filter(|(name, _)| is_ours(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        })
    }

    /// Whether both outside services are fakes.
    pub fn is_all_fake(&self) -> bool {
        self.telegram == Outside::Fake && self.kie == Outside::Fake
    }
}

/// The address without a slash at its end. Telegram posts to https only, and a path would change the signed addresses of the media.
fn origin(given: &str) -> Result<String, String> {
    let wrong = || format!("PUBLIC_URL is {given:?}, and must be https://host or https://host:port, without a path");
    let url: http::Uri = given.parse().map_err(|_| wrong())?;
    let has_path = !matches!(url.path(), "" | "/") || url.query().is_some();
    match (url.scheme_str(), url.authority()) {
        (Some("https"), Some(authority)) if !has_path && !authority.as_str().contains('@') => Ok(format!("https://{authority}")),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<Settings, String> {
        Settings::of(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn without_settings_everything_is_fake_and_the_port_is_8787() {
        let settings = of(&[("PORT", " ")]).unwrap();
        assert!(settings.is_all_fake() && settings.public.is_none() && !settings.takes_webhook && !settings.is_draining);
        assert_eq!((settings.port, settings.times.sweep_every.as_secs()), (8787, 2));
    }

    #[test]
    fn a_token_and_a_key_make_their_services_real_alone_or_together() {
        let settings = of(&[("TELEGRAM_BOT_TOKEN", "1:a"), ("TAKE_WEBHOOK", "1"), ("DRAIN", "0")]).unwrap();
        assert_eq!((settings.telegram, settings.kie), (Outside::Real, Outside::Fake));
        assert!(settings.takes_webhook && !settings.is_draining);
        let settings =
            of(&[("KIE_API_KEY", "k"), ("WELCOME_CREDITS", "3"), ("AWS_REGION", "eu"), ("TABLE_NAME", "prod")]).unwrap();
        assert_eq!((settings.telegram, settings.kie), (Outside::Fake, Outside::Real));
        assert_eq!(settings.times.sweep_every.as_secs(), 60, "a real film takes minutes");
        let names: Vec<&str> = settings.functions.keys().map(String::as_str).collect();
        assert_eq!(names, ["KIE_API_KEY", "WELCOME_CREDITS"], "AWS is this machine's own");
    }

    #[test]
    fn wrong_settings_are_named() {
        let wrong = |name: &str, value: &str| of(&[(name, value)]).err().unwrap();
        assert_eq!(wrong("PORT", "web"), "PORT is \"web\", and must be a number up to 65535");
        assert!(wrong("TIMES", "fast").starts_with("TIMES is"));
        for url in ["http://bot.example", "https://bot.example/path", "bot.example", "https://a@bot.example"] {
            assert!(wrong("PUBLIC_URL", url).starts_with("PUBLIC_URL is"), "{url}");
        }
        let public = of(&[("PUBLIC_URL", "https://bot.example/"), ("PUBLIC_PORT", "9000")]).unwrap().public;
        assert_eq!(public, Some(("https://bot.example".to_owned(), 9000)));
    }
}
