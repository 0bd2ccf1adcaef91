//! Target: the catalog. The catalog is no external input, but an operator edits it and may make a typo.

use domain::catalog::{COUNT_MAX, Catalog, Kind, Product};
use serde_json::json;

/// Parses a catalog. The input is the text of an `infra/catalog.toml`.
pub fn catalog(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    match Catalog::parse(text) {
        Ok(catalog) => {
            catalog.products().iter().for_each(check);
            for kind in [Kind::Neurocard, Kind::Reels] {
                let styles = catalog.styles(kind);
                assert!(!styles.is_empty() && styles.iter().all(|style| catalog.offer(kind, *style).is_some()));
            }
            true
        }
        Err(error) => {
            assert!(error.to_string().starts_with("infra/catalog.toml"), "{error}");
            false
        }
    }
}

fn check(product: &Product) {
    assert!(product.counts.iter().all(|count| (1..=COUNT_MAX).contains(count)), "{:?}", product.counts);
    assert!(product.price().0 > 0, "a product has the price 0");
    let input = product.model_input("https://photo.example", "a mug", product.default_length().secs, product.frame(None));
    let photo = input.get(&product.photo.field);
    let address = if product.photo.list { photo.and_then(|list| list.get(0)) } else { photo };
    let prompt = input.get(&product.prompt.field);
    assert_eq!((address, prompt), (Some(&json!("https://photo.example")), Some(&json!("a mug"))), "{input}");
}
