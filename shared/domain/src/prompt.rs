//! Built-in prompts: what a model is asked for when no prompt writer is configured. Under 200 characters short of every limit.

use crate::catalog::Kind;

/// The built-in prompt for a kind.
#[must_use]
pub fn built_in(kind: Kind) -> &'static str {
    match kind {
        Kind::Neurocard => {
            "Bring this product photo to life: slow push-in, soft moving light, gentle reflections. The product stays sharp, \
             unchanged and centred. No people, no added text."
        }
        Kind::Reels => {
            "A vertical product ad: smooth camera move around the product, premium studio light, lively background. Keep the \
             product's shape, label and colours exact. No people, no added text."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_prompts_fit_every_model() {
        for kind in [Kind::Neurocard, Kind::Reels] {
            assert!(built_in(kind).chars().count() <= 200, "{kind:?}");
        }
    }
}
