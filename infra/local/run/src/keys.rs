//! The secrets that this machine makes for itself. They are kept with the data, because addresses and photos are named by them.

use std::{collections::BTreeMap, fs, io, path::Path};

use ring::rand::{SecureRandom, SystemRandom};
use sandbox::{Outside, secret};

use crate::settings::Settings;

/// The file with the secrets, which only its owner may read.
const FILE: &str = "keys.json";
/// The secrets that are made at the first start.
const MADE: [&str; 3] = ["TELEGRAM_WEBHOOK_SECRET", "CALLBACK_SIGNING_KEY", OPERATOR_KEY];
/// The access key id of the operator's command line.
pub(crate) const OPERATOR_KEY: &str = "OPERATOR_KEY";

/// The secrets of this folder by name; those that are missing are made.
///
/// # Errors
/// The file cannot be read or written.
pub(crate) fn kept(folder: &Path) -> Result<BTreeMap<String, String>, String> {
    let path = folder.join(FILE);
    let failed = |error: &dyn std::fmt::Display| format!("the keys in {} cannot be used: {error}", path.display());
    let mut keys: BTreeMap<String, String> = match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|error| failed(&error))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
        Err(error) => return Err(failed(&error)),
    };
    let missing: Vec<&str> = MADE.into_iter().filter(|name| !keys.contains_key(*name)).collect();
    if !missing.is_empty() {
        for name in missing {
            keys.insert(name.to_owned(), random().map_err(|error| failed(&error))?);
        }
        write_private(&path, serde_json::to_string(&keys).unwrap_or_default().as_bytes()).map_err(|error| failed(&error))?;
    }
    Ok(keys)
}

/// The secrets of the functions: those that are made here, those of the fakes, and those that are set, which count most.
pub(crate) fn of_functions(settings: &Settings, kept: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut secrets: BTreeMap<String, String> =
        kept.iter().filter(|(name, _)| *name != OPERATOR_KEY).map(|(name, value)| (name.clone(), value.clone())).collect();
    let fakes = [
        (settings.telegram, &["TELEGRAM_BOT_TOKEN"][..]),
        (settings.kie, &["KIE_API_KEY", "KIE_WEBHOOK_HMAC_KEY", "LLM_API_KEY"][..]),
    ];
    for (service, names) in fakes {
        if service == Outside::Fake {
            secrets.extend(names.iter().map(|name| ((*name).to_owned(), secret(name).to_owned())));
        }
    }
    secrets
}

/// 256 random bits as hexadecimal digits, which Telegram takes in a webhook's secret.
fn random() -> Result<String, &'static str> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| "this machine has no random numbers")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Writes a file that only its owner may read.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_only_their_owner_may_read_them() {
        let folder = std::env::temp_dir().join(format!("neurocards-keys-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let first = kept(&folder).unwrap();
        assert_eq!(
            first.keys().map(String::as_str).collect::<Vec<_>>(),
            ["CALLBACK_SIGNING_KEY", "OPERATOR_KEY", "TELEGRAM_WEBHOOK_SECRET"]
        );
        assert!(first.values().all(|key| key.len() == 64));
        assert_eq!(kept(&folder).unwrap(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(folder.join(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(folder.join(FILE), "{").unwrap();
        assert!(kept(&folder).unwrap_err().contains("keys.json cannot be used"));
        fs::remove_dir_all(folder).unwrap();
    }
}
