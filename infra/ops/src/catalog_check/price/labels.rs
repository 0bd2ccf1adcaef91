//! The options that a text names: resolution, mode, sound, a video as input.

use std::collections::BTreeSet;

use domain::catalog::Product;
use serde_json::Value;

/// The input fields that choose a model's mode, resolution and sound.
const MODE: &str = "mode";
const RESOLUTION: &str = "resolution";
const SOUND: [&str; 2] = ["sound", "generate_audio"];

/// Words for modes, and the catalog's value.
const MODES: [(&str, &str); 10] = [
    ("std", "std"),
    ("standard", "std"),
    ("pro", "pro"),
    ("professional", "pro"),
    ("4k", "4k"),
    ("fun", "fun"),
    ("normal", "normal"),
    ("spicy", "spicy"),
    ("fast", "fast"),
    ("master", "master"),
];
const SILENT: [&str; 11] = [
    "without audio",
    "without native audio",
    "without sound",
    "no audio",
    "no sound",
    "no native audio",
    "silent",
    "audio off",
    "sound off",
    "audio disabled",
    "non audio",
];
const SOUNDING: [&str; 8] =
    ["with audio", "with native audio", "with sound", "audio on", "sound on", "audio enabled", "plus audio", "including audio"];
const WITHOUT_VIDEO: [&str; 3] = ["without video input", "no video input", "without a video input"];
const WITH_VIDEO: [&str; 4] = ["with video input", "with a video input", "video to video", "with reference video"];

/// The options that a part of a text names. An empty set names none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    resolutions: BTreeSet<String>,
    modes: BTreeSet<String>,
    sounds: BTreeSet<bool>,
    video_inputs: BTreeSet<bool>,
}

impl Labels {
    /// The options that the text names.
    pub fn read(text: &str) -> Self {
        let words: Vec<String> = words(text);
        let is_resolution = |word: &&String| {
            let lines =
                word.strip_suffix('p').is_some_and(|lines| lines.len() >= 3 && lines.bytes().all(|it| it.is_ascii_digit()));
            lines || matches!(word.as_str(), "2k" | "4k" | "8k")
        };
        let modes = words.iter().filter_map(|word| MODES.iter().find(|(known, _)| known == word));
        let line = words.join(" ");
        Self {
            resolutions: words.iter().filter(is_resolution).cloned().collect(),
            modes: modes.map(|(_, mode)| (*mode).to_owned()).collect(),
            sounds: said(&line, &SILENT, &SOUNDING),
            video_inputs: said(&line, &WITHOUT_VIDEO, &WITH_VIDEO),
        }
    }

    /// These options, and where they name none, the former ones.
    pub fn after(self, former: &Self) -> Self {
        fn or<T: Clone>(own: BTreeSet<T>, former: &BTreeSet<T>) -> BTreeSet<T> {
            if own.is_empty() { former.clone() } else { own }
        }
        Self {
            resolutions: or(self.resolutions, &former.resolutions),
            modes: or(self.modes, &former.modes),
            sounds: or(self.sounds, &former.sounds),
            video_inputs: or(self.video_inputs, &former.video_inputs),
        }
    }
}

/// The lower-case words of a text; a punctuation mark ends a word.
pub fn words(text: &str) -> Vec<String> {
    let parts = text.split(|letter: char| !letter.is_alphanumeric());
    parts.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// `false` for the phrases that deny, `true` for those that affirm.
fn said(line: &str, denying: &[&str], affirming: &[&str]) -> BTreeSet<bool> {
    let denies = denying.iter().any(|phrase| line.contains(phrase)).then_some(false);
    let affirms = affirming.iter().any(|phrase| line.contains(phrase)).then_some(true);
    denies.into_iter().chain(affirms).collect()
}

/// The options of a row; `None` where the row names none.
#[derive(Clone, Debug)]
pub struct Wanted {
    resolution: Option<String>,
    mode: Option<String>,
    sound: Option<bool>,
}

impl Wanted {
    /// The options in a row's input. The bot sends no video, so a price for a video as input is never the row's.
    pub fn of(row: &Product) -> Self {
        let text = |field: &str| row.input.get(field).and_then(Value::as_str).map(str::to_lowercase);
        let sound = SOUND.iter().find_map(|field| row.input.get(*field)?.as_bool());
        Self { resolution: text(RESOLUTION), mode: text(MODE), sound }
    }

    /// How many of the row's options the labels name; `None` if they name another one instead.
    pub fn matches(&self, labels: &Labels) -> Option<u32> {
        let parts = [
            named(self.resolution.as_ref(), &labels.resolutions),
            named(self.mode.as_ref(), &labels.modes),
            named(self.sound.as_ref(), &labels.sounds),
            named(Some(&false), &labels.video_inputs),
        ];
        parts.into_iter().sum()
    }
}

fn named<T: Ord>(wanted: Option<&T>, labels: &BTreeSet<T>) -> Option<u32> {
    match wanted {
        Some(wanted) if !labels.is_empty() => labels.contains(wanted).then_some(1),
        _ => Some(0),
    }
}
