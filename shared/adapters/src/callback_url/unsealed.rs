//! The callback addresses of release 0.1.0, `/kie/<user>/<job>/<attempt>/<mac>`. They show the user's Telegram id to KIE, so no
//! new address has this form.
//!
//! They are accepted for one release, because tasks of 0.1.0 may run while this release is deployed. A task runs for hours at
//! most. The release after this one deletes this file and the field `unsealed` of [`super::CallbackSealer`]. A callback to such
//! an address then gets a 404, and its job continues by polls.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::{JobId, UserId};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::PREFIX;
use crate::config::Secret;

/// Prefix of the signed text, so that a signature made with the same key for another purpose is not valid here.
const PURPOSE: &[u8] = b"neurocards callback address 1\n";
/// Bytes of HMAC-SHA256 that are kept: 160 bits. RFC 2104 asks for half of the hash, 128 bits, at least.
const MAC_BYTES: usize = 20;

/// Checks the addresses of 0.1.0.
#[derive(Clone)]
pub(super) struct Unsealed(Hmac<Sha256>);

impl Unsealed {
    pub(super) fn new(secret: &Secret) -> Self {
        let mut mac = secret.hmac_sha256();
        mac.update(PURPOSE);
        Self(mac)
    }

    /// User, job and attempt of a path that 0.1.0 signed; `None` for any other path. The signature is compared in constant
    /// time.
    pub(super) fn verify(&self, path: &str) -> Option<(UserId, JobId, u32)> {
        let (signed, mac) = path.rsplit_once('/')?;
        if !bool::from(self.mac(signed).as_bytes().ct_eq(mac.as_bytes())) {
            return None;
        }
        let (rest, attempt) = signed.strip_prefix(PREFIX)?.rsplit_once('/')?;
        let (user, job) = rest.split_once('/')?;
        Some((UserId(user.parse().ok()?), job.parse().ok()?, attempt.parse().ok()?))
    }

    fn mac(&self, signed: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(signed.as_bytes());
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        URL_SAFE_NO_PAD.encode(whole.get(..MAC_BYTES).unwrap_or(&whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::callback_url::CallbackSealer;
    use proptest::prelude::*;

    /// A path that 0.1.0 made with the key `sample-signing-key`.
    const OF_0_1_0: &str = "/kie/100200300/019c089617207a1b8c2d3e4f5a6b7c8d.1/1/6SBHwMqgqZHCnsHvsrdE6PqEwVA";

    fn sealer() -> CallbackSealer {
        CallbackSealer::new(&Secret::new("sample-signing-key"))
    }

    fn job() -> JobId {
        "019c089617207a1b8c2d3e4f5a6b7c8d.1".parse().unwrap()
    }

    /// The path that 0.1.0 made.
    fn path(user: i64, job: JobId, attempt: u32) -> String {
        let signed = format!("{PREFIX}{user}/{job}/{attempt}");
        let mac = sealer().unsealed.mac(&signed);
        format!("{signed}/{mac}")
    }

    #[test]
    fn a_path_of_the_release_before_is_accepted() {
        assert_eq!(path(100_200_300, job(), 1), OF_0_1_0);
        assert_eq!(sealer().verify(OF_0_1_0), Some((UserId(100_200_300), job(), 1)));
    }

    /// The users 2 and -2 have the shortest ids that resemble the prefix of a sealed path.
    #[test]
    fn the_two_forms_are_never_confused() {
        for user in [2, -2, 0] {
            assert_eq!(sealer().verify(&path(user, job(), 1)), Some((UserId(user), job(), 1)));
        }
        let sealed = sealer().path(UserId(2), job(), 1);
        assert_eq!(sealer().unsealed.verify(&sealed), None);
        let signed = format!("{PREFIX}v2/{job}/1", job = job());
        let forged = format!("{signed}/{}", sealer().unsealed.mac(&signed));
        assert_eq!(sealer().verify(&forged), None, "not even a valid signature makes `v2` a user");
    }

    #[test]
    fn a_path_of_the_release_before_for_another_attempt_is_refused() {
        let is_ours = |path: &str, user, attempt| {
            sealer().may_be_of(&format!("https://id.lambda-url.aws{path}"), UserId(user), job(), attempt)
        };
        assert!(is_ours(OF_0_1_0, 100_200_300, 1));
        assert!(!is_ours(OF_0_1_0, 100_200_300, 2));
        assert!(!is_ours(OF_0_1_0, 42, 1));
        assert!(!is_ours(&path(100_200_300, JobId { n: 2, ..job() }, 1), 100_200_300, 1));
    }

    #[test]
    fn another_key_or_no_signature_is_refused() {
        assert_eq!(CallbackSealer::new(&Secret::new("other")).verify(OF_0_1_0), None);
        for path in ["/kie/42/job/1", "/kie/42/job/1/", "/kie/2//1/AAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(sealer().verify(path), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_change_of_any_character_is_refused(user: i64, attempt: u32, at: prop::sample::Index, to: char) {
            let path = path(user, job(), attempt);
            prop_assert_eq!(sealer().verify(&path), Some((UserId(user), job(), attempt)));
            let mut chars: Vec<char> = path.chars().collect();
            let at = at.index(chars.len());
            prop_assume!(chars[at] != to);
            chars[at] = to;
            prop_assert_eq!(sealer().verify(&chars.iter().collect::<String>()), None);
            chars.remove(at);
            prop_assert_eq!(sealer().verify(&chars.iter().collect::<String>()), None);
        }
    }
}
