mod documents;

use super::*;
use crate::credits::{Credits, WELCOME_CREDITS};

/// The text from which the build makes the embedded catalog.
const SOURCE: &str = include_str!("../../../../../infra/catalog.toml");

/// The shortest video that Ozon takes on a product's card, in seconds.
const OZON_MIN_SECS: u32 = 8;

#[test]
fn the_embedded_catalog_is_valid_and_offers_both_kinds() {
    let catalog = Catalog::built_in().unwrap();
    let model = |kind, style| catalog.offer(kind, style).unwrap().model.clone();
    assert_eq!(catalog.styles(Kind::Neurocard), [Style::Product]);
    assert_eq!(catalog.styles(Kind::Reels), [Style::Ugc, Style::Broll, Style::Own]);
    assert_eq!(model(Kind::Neurocard, Style::Product), "grok-imagine/image-to-video");
    assert_eq!(model(Kind::Reels, Style::Ugc), "bytedance/seedance-2-mini");
    assert_eq!(model(Kind::Reels, Style::Broll), "kling-3.0/video");
    assert_eq!(model(Kind::Reels, Style::Own), "kling-3.0/video");
}

#[test]
fn models_differ_in_data_only() {
    let catalog = Catalog::built_in().unwrap();
    let inputs: Vec<_> = catalog
        .products()
        .iter()
        .map(|row| (&row.model, row.model_input("https://photo", "a mug", row.default_length().secs, row.frame(None))))
        .collect();
    insta::assert_snapshot!(serde_json::to_string_pretty(&inputs).unwrap());
}

#[test]
fn no_film_costs_more_at_kie_than_its_credits_bring() {
    let catalog = Catalog::built_in().unwrap();
    for row in catalog.products() {
        for length in &row.lengths {
            let brings = f64::from(length.credits.0) * catalog.usd_per_credit_min;
            assert!(catalog.cost_usd(length) <= brings, "{} {} s: {} USD", row.id, length.secs, catalog.cost_usd(length));
        }
    }
}

#[test]
fn a_marketplace_takes_every_film_and_every_offer_has_a_spare() {
    let catalog = Catalog::built_in().unwrap();
    for row in catalog.offered() {
        assert!(row.default_length().secs >= OZON_MIN_SECS, "{}", row.id);
        let spare = catalog.spare(row).unwrap_or_else(|| panic!("{} has no spare", row.id));
        for length in &row.lengths {
            assert!(spare.length(Some(length.secs)).secs >= length.secs, "{}: {} s", row.id, length.secs);
        }
    }
}

#[test]
fn the_welcome_credits_buy_one_film_of_each_kind() {
    let catalog = Catalog::built_in().unwrap();
    let cheapest = |kind| catalog.offered().filter(|row| row.kind == kind).map(|row| row.price().0).min().unwrap();
    assert!(cheapest(Kind::Neurocard) + cheapest(Kind::Reels) <= WELCOME_CREDITS.0);
}

#[test]
fn the_embedded_catalog_is_the_file() {
    assert_eq!(Catalog::built_in().unwrap(), Catalog::parse(SOURCE).unwrap());
}

#[test]
fn a_wrong_row_is_named() {
    let wrong = |from: &str, to: &str| Catalog::parse(&SOURCE.replacen(from, to, 1)).unwrap_err().to_string();
    assert_eq!(
        wrong("id = \"reels-ugc\"", "id = \"neurocard\""),
        "infra/catalog.toml, product \"neurocard\": the id is used twice"
    );
    assert!(wrong("credits = 1,", "credits = 0,").contains("credits must be"));
    assert!(wrong("secs = 10,", "secs = 0,").contains("lengths must have"));
    assert!(wrong("frames = [\"own\", \"3:4\", \"9:16\"]", "frames = []").contains("frames must have"));
    assert!(wrong("frames = [\"9:16\", \"3:4\", \"1:1\"]", "frames = [\"own\"]").contains("cannot have the frame"));
    assert!(wrong("frame_field = \"aspect_ratio\"\n", "").contains("a reference photo needs it"));
    assert!(wrong("generate_audio = true", "aspect_ratio = \"9:16\"").contains("input must not name"));
    assert_eq!(wrong("name = \"Wildberries\"", "name = \"Ozon\""), "infra/catalog.toml, preset \"Ozon\": the name is used twice");
    assert!(wrong("read_on = \"2026-12-01\"", "read_on = \"lately\"").contains("a day as YYYY-MM-DD"));
    assert!(wrong("source = \"https", "source = \"http").contains("address of a page"));
    assert!(wrong("secs = 8\nread_on", "secs = 11\nread_on").contains("no row has its frame"));
    assert!(wrong("kie_credits = 45.0", "kie_credits = nan").contains("kie_credits must be"));
    assert!(wrong("counts = [1]", "counts = [3, 0]").contains("counts must be"));
    assert!(wrong("spare = \"neurocard-seedance\"", "spare = \"reels-broll\"").contains("the same frame"));
    assert!(wrong("spare = \"neurocard-seedance\"", "spare = \"nothing\"").contains("the id of a row"));
    assert!(wrong("spare = \"neurocard-seedance\"", "spare = \"neurocard\"").contains("another model"));
    assert_eq!(
        wrong("kie_credit_usd = 0.005", "kie_credit_usd = -1.0"),
        "infra/catalog.toml: kie_credit_usd must be a number over 0"
    );
    let one = SOURCE.replace("kind = \"neurocard\"", "kind = \"reels\"");
    assert!(matches!(Catalog::parse(&one), Err(BadCatalog::Missing(Kind::Neurocard))));
    assert!(Catalog::parse("product = 1").is_err());
}

#[test]
fn a_preset_gives_the_frame_and_the_shortest_length_that_it_takes() {
    let catalog = Catalog::built_in().unwrap();
    let shapes = |row: &str| {
        let row = catalog.product(row).unwrap();
        catalog.presets(row).map(|(preset, length)| (preset.name.as_str(), preset.frame, length.secs)).collect::<Vec<_>>()
    };
    let (ozon, reels) = (("Ozon", Frame::Vertical), ("Reels", Frame::Vertical));
    assert_eq!(shapes("neurocard"), [(ozon.0, ozon.1, 10), ("Wildberries", Frame::Card, 10)]);
    assert_eq!(shapes("reels-ugc"), [(ozon.0, ozon.1, 8), ("Wildberries", Frame::Card, 8), (reels.0, reels.1, 8)]);
}

#[test]
fn a_frame_that_a_row_lacks_is_its_default_and_a_model_that_makes_the_frame_is_given_it() {
    let catalog = Catalog::built_in().unwrap();
    let (ugc, broll) = (catalog.product("reels-ugc").unwrap(), catalog.product("reels-broll").unwrap());
    assert_eq!(
        [None, Some(Frame::Own), Some(Frame::Card)].map(|frame| ugc.frame(frame)),
        [Frame::Vertical, Frame::Vertical, Frame::Card]
    );
    let ratio = |row: &Product| row.model_input("https://photo", "a mug", 8, Frame::Square)["aspect_ratio"].clone();
    assert_eq!((ratio(ugc), ratio(broll)), ("1:1".into(), "9:16".into()), "Kling ignores it and follows the photo");
    assert_eq!((ugc.photo_frame(Frame::Square), broll.photo_frame(Frame::Square)), (Frame::Own, Frame::Square));
}

#[test]
fn an_order_gets_the_shortest_length_that_is_long_enough() {
    let catalog = Catalog::built_in().unwrap();
    let kling = catalog.offer(Kind::Reels, Style::Broll).unwrap();
    assert_eq!([None, Some(5), Some(8), Some(9), Some(10), Some(99)].map(|secs| kling.length(secs).secs), [8, 8, 8, 10, 10, 8]);
    assert_eq!(kling.price(), Credits(2));
}

#[test]
fn a_photo_is_refused_only_for_what_preparing_cannot_mend() {
    use crate::photo::Flaw;
    let catalog = Catalog::built_in().unwrap();
    let flaw = |kind, style, size: (u32, u32)| {
        let row = catalog.offer(kind, style).unwrap();
        row.size_flaw(size.0, size.1, row.frame(None))
    };
    let (card, broll) = ((Kind::Neurocard, Style::Product), (Kind::Reels, Style::Broll));
    assert_eq!(flaw(broll.0, broll.1, (3000, 500)), None);
    assert_eq!(flaw(card.0, card.1, (3000, 500)), Some(Flaw::TooNarrow));
    assert_eq!(flaw(broll.0, broll.1, (338, 191)), None);
    assert_eq!(flaw(card.0, card.1, (338, 191)), Some(Flaw::TooSmall(300)));
    assert_eq!(flaw(card.0, card.1, (338, 200)), None);
    assert_eq!(flaw(broll.0, broll.1, (120, 90)), Some(Flaw::TooSmall(300)));
    assert_eq!(flaw(card.0, card.1, (5000, 4000)), None);
    assert_eq!(flaw(card.0, card.1, (9000, 9000)), Some(Flaw::TooManyPixels(50)));
    assert_eq!(flaw(card.0, card.1, (u32::MAX, u32::MAX)), Some(Flaw::TooManyPixels(50)));
    assert_eq!(flaw(card.0, card.1, (0, 0)), Some(Flaw::TooSmall(300)));
    assert_eq!(flaw(card.0, card.1, (1, 50_000)), Some(Flaw::TooNarrow));
    assert_eq!(flaw(broll.0, broll.1, (1, 50_000)), Some(Flaw::TooNarrow));
}
