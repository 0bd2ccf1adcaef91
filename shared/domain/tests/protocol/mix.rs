//! A fast hash for millions of small states. The standard hash would take a third of the time of an unoptimised exploration.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hash, Hasher},
};

/// A map that hashes with [`Mix`].
pub type Map<K, V> = HashMap<K, V, BuildHasherDefault<Mix>>;

/// A hasher that mixes in each word by a 128-bit multiplication.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mix(u64);

const ODD: u128 = 0x9E37_79B9_7F4A_7C15;

impl Mix {
    fn word(&mut self, word: u64) {
        let wide = u128::from(self.0.rotate_left(23) ^ word ^ 0xA076_1D64_78BD_642F) * ODD;
        self.0 = (wide >> 64) as u64 ^ wide as u64;
    }
}

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.word((*byte).into());
        }
    }

    fn write_u8(&mut self, n: u8) {
        self.word(n.into());
    }

    fn write_u16(&mut self, n: u16) {
        self.word(n.into());
    }

    fn write_u32(&mut self, n: u32) {
        self.word(n.into());
    }

    fn write_u64(&mut self, n: u64) {
        self.word(n);
    }

    fn write_usize(&mut self, n: usize) {
        self.word(n as u64);
    }

    fn finish(&self) -> u64 {
        let mut last = *self;
        last.word(0);
        last.0
    }
}

/// The hash of a value.
pub fn hashed(value: &impl Hash) -> u64 {
    let mut mix = Mix::default();
    value.hash(&mut mix);
    mix.finish()
}
