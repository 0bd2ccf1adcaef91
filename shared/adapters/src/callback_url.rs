//! The sealed address at which KIE reports on one attempt of one job. Only KIE knows the address, so the callback function may
//! adopt the task id in a request to it, and a guessed address requeues no job. KIE cannot read the address: user, job and
//! attempt are encrypted in it. KIE's record of the task says for which attempt the task was ordered
//! ([`CallbackSealer::may_be_of`]).

mod unsealed;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::{DraftId, JobId, UserId};
use hmac::{Hmac, Mac};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::Sha256;

use crate::config::Secret;
use unsealed::Unsealed;

/// The prefix of every form.
const PREFIX: &str = "/kie/";
/// The prefix of a sealed path. In 0.1.0's form a user's id, which is a number, is in the place of `v2`.
const SEALED_PREFIX: &str = "/kie/v2/";
/// The associated data of the AEAD, so that a text sealed for another purpose is not valid here.
const PURPOSE: &[u8] = b"neurocards callback address 2";
// Labels of the HMAC inputs. None begins with another one, so the keys and nonces that are derived from one secret are
// unrelated.
const KEY_LABEL: &[u8] = b"neurocards callback address 2, key\n";
const NONCE_LABEL: &[u8] = b"neurocards callback address 2, nonce\n";

/// Seals and opens callback addresses.
///
/// The cipher is ChaCha20-Poly1305 (RFC 8439) of `ring`, which every function contains for TLS. It takes constant time on every
/// processor.
#[derive(Clone)]
pub struct CallbackSealer {
    key: LessSafeKey,
    nonces: Hmac<Sha256>,
    unsealed: Unsealed,
}

impl std::fmt::Debug for CallbackSealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CallbackSealer(***)")
    }
}

impl CallbackSealer {
    /// A sealer with keys derived from this secret. A secret of any length works; use 32 random bytes or more.
    #[must_use]
    #[expect(clippy::expect_used, reason = "an HMAC-SHA256 has 32 bytes, the length of a ChaCha20 key")]
    pub fn new(secret: &Secret) -> Self {
        let labelled = |label| {
            let mut mac = secret.hmac_sha256();
            mac.update(label);
            mac
        };
        let key: [u8; 32] = labelled(KEY_LABEL).finalize().into_bytes().into();
        let key = UnboundKey::new(&CHACHA20_POLY1305, &key).expect("a key of 32 bytes");
        Self { key: LessSafeKey::new(key), nonces: labelled(NONCE_LABEL), unsealed: Unsealed::new(secret) }
    }

    /// The sealed path, `/kie/v2/<token>`, 84 characters. The token is the URL-safe base64 of nonce, ciphertext and tag. An
    /// attempt has the same path each time. Tokens of different attempts have nothing in common, also if they are of one user.
    #[must_use]
    #[expect(clippy::expect_used, reason = "ChaCha20-Poly1305 refuses only texts of more than 256 GiB")]
    pub fn path(&self, user: UserId, job: JobId, attempt: u32) -> String {
        let mut text = encode(user, job, attempt);
        let nonce = self.nonce(&text);
        let sealed = self.key.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(PURPOSE), &mut text);
        let tag = sealed.expect("a short text");
        let token = URL_SAFE_NO_PAD.encode([nonce.as_slice(), text.as_slice(), tag.as_ref()].concat());
        format!("{SEALED_PREFIX}{token}")
    }

    /// User, job and attempt of a path that [`Self::path`] made with the same secret; `None` for any other path. The tag is
    /// compared in constant time.
    ///
    /// Paths in the form of 0.1.0 are accepted too, for the tasks that run while this release is deployed. The release after
    /// this one removes that form.
    #[must_use]
    pub fn verify(&self, path: &str) -> Option<(UserId, JobId, u32)> {
        match path.strip_prefix(SEALED_PREFIX) {
            Some(token) => self.open(token),
            None => self.unsealed.verify(path),
        }
    }

    /// `false` only if the URL verifies as ours for a different attempt. A URL that does not verify may be ours from before the
    /// secret was changed, so it counts as possible.
    #[must_use]
    pub fn may_be_of(&self, url: &str, user: UserId, job: JobId, attempt: u32) -> bool {
        let path = url.find(PREFIX).and_then(|at| url.get(at..)).unwrap_or_default();
        self.verify(path).is_none_or(|named| named == (user, job, attempt))
    }

    fn open(&self, token: &str) -> Option<(UserId, JobId, u32)> {
        let mut bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk_mut::<NONCE_LEN>()?;
        let text = self.key.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(PURPOSE), sealed).ok()?;
        decode(text)
    }

    /// The nonce of a text: the first 96 bits of an HMAC of the text, under a label of its own.
    ///
    /// The cipher must not use one nonce for two texts. The same text has the same nonce, which is safe, because it is sealed
    /// to the same token. Two different texts have the same nonce by chance only: for n texts under one secret the chance is
    /// about n² / 2⁹⁷, which is 2⁻⁵⁷ for a million attempts and 2⁻³⁷ for a billion. Random nonces have the same chance, but
    /// they need a cryptographic generator, and an attempt would not have one address, by which the simulation finds attempts
    /// with two tasks.
    fn nonce(&self, text: &[u8]) -> [u8; NONCE_LEN] {
        let mut mac = self.nonces.clone();
        mac.update(text);
        let mut nonce = [0; NONCE_LEN];
        nonce.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(to, from)| *to = from);
        nonce
    }
}

/// The sealed text, 29 bytes: user (8), draft (16), number in the order (1) and attempt (4), big endian. The length never
/// varies, so the length of an address reveals nothing.
fn encode(user: UserId, job: JobId, attempt: u32) -> Vec<u8> {
    let (user, attempt) = (user.0.to_be_bytes(), attempt.to_be_bytes());
    [user.as_slice(), job.draft.0.as_bytes(), &[job.n], &attempt].concat()
}

fn decode(text: &[u8]) -> Option<(UserId, JobId, u32)> {
    let (user, text) = text.split_first_chunk()?;
    let (draft, text) = text.split_first_chunk()?;
    let (&n, attempt) = text.split_first()?;
    let job = JobId { draft: DraftId(uuid::Uuid::from_bytes(*draft)), n };
    Some((UserId(i64::from_be_bytes(*user)), job, u32::from_be_bytes(attempt.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE};
    use proptest::prelude::*;

    /// Longest path, in characters. KIE's limit of `callBackUrl` is not known to us, so the address stays short.
    const PATH_MAX_CHARS: usize = 160;

    fn sealer() -> CallbackSealer {
        CallbackSealer::new(&Secret::new("signing-key"))
    }

    fn job(draft: u128, n: u8) -> JobId {
        JobId { draft: DraftId(uuid::Uuid::from_u128(draft)), n }
    }

    /// The address of the sample callback in `events/`. Tasks that run during a deploy have such addresses: never change the
    /// form without a new prefix.
    #[test]
    fn the_form_of_a_sealed_path_is_pinned() {
        let sealer = CallbackSealer::new(&Secret::new("sample-signing-key"));
        let job = "019c089617207a1b8c2d3e4f5a6b7c8d.1".parse().unwrap();
        assert_eq!(
            sealer.path(UserId(100_200_300), job, 1),
            "/kie/v2/zjCr3S1UmY60smEz9QIzAFBfHWaS1JqksL_LqK0JxvM0jNSlUCaXb_zWkpr8ndvw9mVB4fkTvkgA"
        );
    }

    #[test]
    fn an_address_for_another_attempt_is_refused() {
        let url = |user, job, attempt| format!("https://id.lambda-url.aws{}", sealer().path(UserId(user), job, attempt));
        let is_ours = |url: &str| sealer().may_be_of(url, UserId(42), job(7, 1), 1);
        assert!(is_ours(&url(42, job(7, 1), 1)));
        for another in [url(7, job(7, 1), 1), url(42, job(8, 1), 1), url(42, job(7, 2), 1), url(42, job(7, 1), 2)] {
            assert!(!is_ours(&another), "{another}");
        }
        let before = CallbackSealer::new(&Secret::new("the secret before")).path(UserId(42), job(7, 1), 2);
        for unknown in [before.as_str(), "", "https://somewhere/else"] {
            assert!(is_ours(unknown), "{unknown}");
        }
    }

    #[test]
    fn another_secret_or_no_token_is_refused() {
        let path = sealer().path(UserId(42), job(7, 1), 1);
        assert_eq!(CallbackSealer::new(&Secret::new("other")).verify(&path), None);
        for path in ["", "/", "kie", "/kie/", "/kie/v2", "/kie/v2/", "/kie/v2/AAAA", "/kie/v2/%41"] {
            assert_eq!(sealer().verify(path), None, "{path}");
        }
    }

    #[test]
    fn a_text_sealed_for_another_purpose_or_of_another_length_is_refused() {
        let token = |purpose: &[u8], mut text: Vec<u8>| {
            let nonce = sealer().nonce(&text);
            let aad = Aad::from(purpose);
            let tag = sealer().key.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text).unwrap();
            format!("{SEALED_PREFIX}{}", URL_SAFE_NO_PAD.encode([nonce.as_slice(), &text, tag.as_ref()].concat()))
        };
        let text = encode(UserId(42), job(7, 1), 1);
        assert_eq!(token(PURPOSE, text.clone()), sealer().path(UserId(42), job(7, 1), 1));
        assert_eq!(sealer().verify(&token(b"another purpose", text.clone())), None);
        for text in [text[..28].to_vec(), [text.as_slice(), &[0]].concat(), Vec::new()] {
            assert_eq!(sealer().verify(&token(PURPOSE, text)), None);
        }
    }

    #[test]
    fn two_orders_of_one_user_have_nothing_in_common() {
        let paths: Vec<_> = (1..=200).map(|n| sealer().path(UserId(7_000_000_001), job(n, 1), 1)).collect();
        let token = |path: &str| path.strip_prefix(SEALED_PREFIX).unwrap().to_owned();
        for (a, b) in paths.iter().zip(&paths[1..]) {
            // 76 characters of 64 kinds agree in 1.2 places on average.
            let same = token(a).chars().zip(token(b).chars()).filter(|(a, b)| a == b).count();
            assert!(same < 12, "{same} characters agree in {a} and {b}");
        }
    }

    /// The path shows `bytes` in none of the usual spellings.
    fn hides(path: &str, bytes: &[u8]) -> bool {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let sealed = URL_SAFE_NO_PAD.decode(path.strip_prefix(SEALED_PREFIX).unwrap()).unwrap();
        // Inside a longer text, base64 of these bytes has one of three alignments; characters at the ends depend on the bytes
        // around.
        let spellings = [(0, 0), (1, 2), (2, 3)].into_iter().flat_map(|(shift, from)| {
            let shifted = [vec![0; shift], bytes.to_vec()].concat();
            [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)].map(|text| text[from..text.len() - 1].to_owned())
        });
        !sealed.windows(bytes.len()).any(|window| window == bytes)
            && !path.to_lowercase().contains(&hex)
            && !spellings.into_iter().any(|spelling| path.contains(&spelling))
    }

    proptest! {
        #[test]
        fn a_path_opens_to_what_was_sealed(user: i64, draft: u128, n: u8, attempt: u32) {
            let path = sealer().path(UserId(user), job(draft, n), attempt);
            prop_assert_eq!(sealer().verify(&path), Some((UserId(user), job(draft, n), attempt)));
            prop_assert_eq!(sealer().path(UserId(user), job(draft, n), attempt), path);
        }

        #[test]
        fn any_change_of_any_character_is_refused(
            user: i64, draft: u128, n: u8, attempt: u32, at: prop::sample::Index, to: char,
        ) {
            let path = sealer().path(UserId(user), job(draft, n), attempt);
            let mut chars: Vec<char> = path.chars().collect();
            let at = at.index(chars.len());
            prop_assume!(chars[at] != to);
            chars[at] = to;
            prop_assert_eq!(sealer().verify(&chars.iter().collect::<String>()), None);
            chars.remove(at);
            prop_assert_eq!(sealer().verify(&chars.iter().collect::<String>()), None);
            prop_assert_eq!(sealer().verify(&path[..at]), None);
            let appended = ["=", "A", "/", "AAAA"].map(|more| format!("{path}{more}"));
            for longer in appended.into_iter().chain([format!("{path}{to}"), format!("/{path}")]) {
                prop_assert_eq!(sealer().verify(&longer), None);
            }
        }

        /// Each of the 63 other characters of the alphabet at each place: no other base64 spelling is accepted.
        #[test]
        fn a_token_has_one_spelling(user: i64, draft: u128, at in 0..76_usize) {
            let path = sealer().path(UserId(user), job(draft, 1), 1);
            let at = SEALED_PREFIX.len() + at;
            for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/".chars() {
                let changed = format!("{}{other}{}", &path[..at], &path[at + 1..]);
                prop_assert_eq!(sealer().verify(&changed).is_some(), changed == path, "{}", changed);
            }
        }

        #[test]
        fn the_path_is_short_and_of_one_length(user: i64, draft: u128, n: u8, attempt: u32) {
            let path = sealer().path(UserId(user), job(draft, n), attempt);
            prop_assert_eq!(path.len(), 84);
            prop_assert!(path.len() < PATH_MAX_CHARS);
            prop_assert!(path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_".contains(&byte)), "{}", path);
        }

        #[test]
        fn the_path_shows_neither_user_nor_job(user in 100_000_i64..9_000_000_000_000, draft: u128, n: u8, attempt: u32) {
            let path = sealer().path(UserId(user), job(draft, n), attempt);
            let id = job(draft, n);
            for shown in [user.to_string(), format!("{user:x}"), id.to_string(), id.draft.to_string(), id.draft.0.to_string()] {
                prop_assert!(!path.contains(&shown), "{} shows {}", path, shown);
                prop_assert!(!path.contains(&URL_SAFE_NO_PAD.encode(&shown)) && !path.contains(&URL_SAFE.encode(&shown)));
            }
            for bytes in [user.to_be_bytes(), user.to_le_bytes()] {
                prop_assert!(hides(&path, &bytes));
            }
            prop_assert!(hides(&path, id.draft.0.as_bytes()));
        }
    }
}
