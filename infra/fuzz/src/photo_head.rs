//! Target: the head of a file that was sent as an image.

use adapters::photo_head::PhotoHead;
use domain::{catalog::Catalog, photo::Facts};

/// Reads the head of a file, and asks every product whether it takes an image of this size. The input is the first bytes of a file.
pub fn photo_head(data: &[u8]) -> bool {
    let head = PhotoHead::of(data);
    let shorter = PhotoHead::of(data.get(..data.len() / 2).unwrap_or_default());
    assert!([head, PhotoHead::Image(None), PhotoHead::Other].contains(&shorter), "{head:?}, and {shorter:?} in half of it");
    let PhotoHead::Image(Some((width, height))) = head else { return false };
    assert!(width > 0 && height > 0, "{width}x{height}");
    let Ok(catalog) = Catalog::built_in() else { return false };
    let facts = Facts { pixels: Some((width, height)), ..Facts::default() };
    catalog.offered().for_each(|product| _ = product.flaw(&facts, product.frame(None)));
    true
}
