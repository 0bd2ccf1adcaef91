//! Runs the targets without a fuzzer: every seed in every target, and as many mutated seeds as fit into a few seconds.

use std::{collections::BTreeMap, fs, path::Path};

use crate::TARGETS;

/// The number of mutated seeds for each target.
const MUTATED_SEEDS: usize = 2000;
/// Texts that have a meaning in one of the parsers; a mutation inserts them.
const TOKENS: [&[u8]; 16] = [
    b"\n",
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"null",
    b"-1",
    b"9223372036854775808",
    b"1e999",
    b"\\u0000",
    b"\\ud800",
    b"&",
    b"\xff",
    "🎬".as_bytes(),
];

fn here(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The seeds of a target, by file name.
fn seeds(target: &str) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(here("corpus").join(target)).expect("a directory of seeds").map(|file| file.unwrap());
    files.map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap())).collect()
}

#[test]
fn every_seed_holds_in_every_target() {
    for (name, target) in TARGETS {
        let parsed = seeds(name).into_values().filter(|seed| target(seed)).count();
        assert!((1..seeds(name).len()).contains(&parsed), "{name}: {parsed} seeds can be parsed; some must, and some must not");
        for (_, other) in TARGETS {
            seeds(name).values().for_each(|seed| _ = other(seed));
        }
    }
}

#[test]
fn every_target_has_its_seeds_and_its_binary() {
    let names = |path: &str| {
        let files = fs::read_dir(here(path)).unwrap().map(|file| file.unwrap().path());
        let mut names: Vec<_> = files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    let targets = TARGETS.map(|(name, _)| name.to_owned());
    assert_eq!(names("corpus"), targets);
    assert_eq!(names("libfuzzer/bin"), targets);
}

#[test]
fn mutated_seeds_hold_as_well() {
    for (name, target) in TARGETS {
        let mut rng = fastrand::Rng::with_seed(1);
        let seeds: Vec<_> = seeds(name).into_values().collect();
        let parsed = (0..MUTATED_SEEDS).filter(|_| target(&mutated(&seeds, &mut rng))).count();
        println!("{name}: {parsed} of {MUTATED_SEEDS} mutated seeds could be parsed");
    }
}

/// A random seed with one to four mutations, each of a kind that fuzzers make.
fn mutated(seeds: &[Vec<u8>], rng: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = rng.choice(seeds).unwrap().clone();
    for _ in 0..rng.usize(1..=4) {
        let at = rng.usize(..=bytes.len());
        let to = rng.usize(at..=bytes.len().min(at + 64));
        match rng.u8(..6) {
            0 => drop(bytes.drain(at..to)),
            1 => drop(bytes.splice(at..at, rng.choice(TOKENS).unwrap().iter().copied())),
            2 => bytes.truncate(at),
            3 => bytes.extend_from_within(at..to),
            4 => {
                // Splice with the end of another seed.
                let other = rng.choice(seeds).unwrap();
                let from = rng.usize(..=other.len());
                drop(bytes.splice(at.., other[from..].iter().copied()));
            }
            _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << rng.u8(..8)),
        }
    }
    bytes
}
