//! The signed address at which KIE reports on one attempt of one job. Only KIE knows the address, so the callback function may
//! adopt the task id in a request to it, and a guessed address requeues no job. KIE's record of the task says for which attempt
//! the task was ordered ([`CallbackSigner::may_be_of`]).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::config::Secret;

const PREFIX: &str = "/kie/";
/// Prefix of the signed text, so that a signature made with the same key for another purpose is not valid here.
const PURPOSE: &[u8] = b"neurocards callback address 1\n";
/// Bytes of HMAC-SHA256 that are kept: 160 bits. RFC 2104 asks for half of the hash, 128 bits, at least.
const MAC_BYTES: usize = 20;

/// Signs and checks callback addresses.
#[derive(Clone)]
pub struct CallbackSigner(Hmac<Sha256>);

impl std::fmt::Debug for CallbackSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CallbackSigner(***)")
    }
}

impl CallbackSigner {
    /// A signer with this key. A key of any length works; use 32 random bytes or more.
    #[must_use]
    pub fn new(key: &Secret) -> Self {
        let mut mac = key.hmac_sha256();
        mac.update(PURPOSE);
        Self(mac)
    }

    /// The signed path, `/kie/<user>/<job>/<attempt>/<mac>`. The job id is not escaped: it may hold letters, digits, `-`, `_`,
    /// `.`, `~` and `/`.
    #[must_use]
    pub fn path(&self, user: i64, job: &str, attempt: u32) -> String {
        let signed = format!("{PREFIX}{user}/{job}/{attempt}");
        let mac = self.mac(&signed);
        format!("{signed}/{mac}")
    }

    /// User, job and attempt of a path that [`Self::path`] made with the same key; `None` for any other path. The signature is
    /// compared in constant time.
    #[must_use]
    pub fn verify(&self, path: &str) -> Option<(i64, String, u32)> {
        let (signed, mac) = path.rsplit_once('/')?;
        if !bool::from(self.mac(signed).as_bytes().ct_eq(mac.as_bytes())) {
            return None;
        }
        let (rest, attempt) = signed.strip_prefix(PREFIX)?.rsplit_once('/')?;
        let (user, job) = rest.split_once('/')?;
        Some((user.parse().ok()?, job.to_owned(), attempt.parse().ok()?))
    }

    /// `false` only if the URL verifies as ours for a different attempt. A URL that does not verify may be ours from before the
    /// key was changed, so it counts as possible.
    #[must_use]
    pub fn may_be_of(&self, url: &str, user: i64, job: &str, attempt: u32) -> bool {
        let path = url.find(PREFIX).and_then(|at| url.get(at..)).unwrap_or_default();
        self.verify(path).is_none_or(|named| named == (user, job.to_owned(), attempt))
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
    use proptest::prelude::*;

    fn signer() -> CallbackSigner {
        CallbackSigner::new(&Secret::new("signing-key"))
    }

    #[test]
    fn a_signed_path_names_its_job() {
        let path = signer().path(-42, "0199-draft/2", 3);
        assert!(path.starts_with("/kie/-42/0199-draft/2/3/"), "{path}");
        assert_eq!(signer().verify(&path), Some((-42, "0199-draft/2".to_owned(), 3)));
    }

    #[test]
    fn an_address_for_another_attempt_is_refused() {
        let url = |user, job, attempt| format!("https://id.lambda-url.aws{}", signer().path(user, job, attempt));
        let is_ours = |url: &str| signer().may_be_of(url, 42, "j", 1);
        assert!(is_ours(&url(42, "j", 1)));
        for another in [url(7, "j", 1), url(42, "k", 1), url(42, "j", 2)] {
            assert!(!is_ours(&another), "{another}");
        }
        let before = CallbackSigner::new(&Secret::new("the key before")).path(42, "j", 2);
        for unknown in [before.as_str(), "", "https://somewhere/else"] {
            assert!(is_ours(unknown), "{unknown}");
        }
    }

    #[test]
    fn another_key_or_no_signature_is_refused() {
        let path = signer().path(42, "job", 1);
        assert_eq!(CallbackSigner::new(&Secret::new("other")).verify(&path), None);
        for path in ["", "/", "/kie/42/job/1", "/kie/42/job/1/", "kie"] {
            assert_eq!(signer().verify(path), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_change_of_any_character_is_refused(
            user: i64, job in "[A-Za-z0-9_-]{1,40}", attempt: u32, at: prop::sample::Index, to: char,
        ) {
            let path = signer().path(user, &job, attempt);
            prop_assert_eq!(signer().verify(&path), Some((user, job, attempt)));
            let mut chars: Vec<char> = path.chars().collect();
            let at = at.index(chars.len());
            prop_assume!(chars[at] != to);
            chars[at] = to;
            prop_assert_eq!(signer().verify(&chars.iter().collect::<String>()), None);
            chars.remove(at);
            prop_assert_eq!(signer().verify(&chars.iter().collect::<String>()), None);
        }
    }
}
