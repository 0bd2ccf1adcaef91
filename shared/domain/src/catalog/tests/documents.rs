//! Generates `docs/marketplaces.md`, the page of the frames and presets. `UPDATE_DOCS=1` writes the page; a test compares it with the
//! catalog.

use std::fmt::Write as _;

use super::*;
use crate::conversation::tests::samples::keeps;

/// The shorter side of a film of 720p, in pixels.
const SHORT_SIDE_PX: u32 = 720;
/// The longer sides that Ozon takes, in pixels.
const OZON_LONG_SIDE_PX: std::ops::RangeInclusive<u32> = 1080..=1920;

/// The size of a film of 720p with this frame.
fn size(frame: Frame) -> Option<(u32, u32)> {
    frame.ratio().map(|(wide, high)| (SHORT_SIDE_PX, SHORT_SIDE_PX * high / wide))
}

fn page() -> String {
    let catalog = Catalog::built_in().unwrap();
    let mut page = String::from(
        "# What marketplaces take\n\nA seller chooses the frame and the length of a video on the summary of the order. A preset sets \
         both in one tap. Both are\ndata of `infra/catalog.toml`. `UPDATE_DOCS=1 cargo nextest run -p domain documents` generates this \
         page; a test compares it with the\ncatalog.\n\n## Presets\n\n| preset | kind | frame | length, s at least | read on | source \
         |\n|---|---|---|---|---|---|\n",
    );
    for Preset { name, kind, frame, secs, read_on, source } in &catalog.presets {
        let kind = kind.map_or("every", Kind::name);
        let _infallible = writeln!(page, "| {name} | {kind} | {} | {secs} | {read_on} | <{source}> |", frame.name());
    }
    page += "\n## Frames of the offered rows\n\nThe first frame of a row is its default.\n\n| row | frame | lengths, s | size at 720p, px \
             | Ozon's product card | Wildberries' 3:4 |\n|---|---|---|---|---|---|\n";
    for (row, frame) in catalog.offered().flat_map(|row| row.frames.iter().map(move |frame| (row, *frame))) {
        let lengths: Vec<_> = row.lengths.iter().map(|length| length.secs.to_string()).collect();
        let long_enough = row.lengths.iter().all(|length| length.secs >= OZON_MIN_SECS);
        let meets = |is_met| if is_met { "meets" } else { "does not meet" };
        let (size, ozon, card) = match size(frame) {
            Some((wide, high)) => (
                format!("{wide} × {high}"),
                meets(long_enough && OZON_LONG_SIDE_PX.contains(&wide.max(high))),
                meets(frame == Frame::Card),
            ),
            None => ("as the photo, 1280 at most".to_owned(), "of a photo of 9:16", "of a photo of 3:4"),
        };
        let _infallible =
            writeln!(page, "| `{}` | {} | {} | {size} | {ozon} | {card} |", row.id, frame.name(), lengths.join(", "));
    }
    page += "\nOzon's product card takes a video of 8 s to 5 min whose longer side has 1080 to 1920 px. Wildberries' photos are 3:4. \
             Public sources\nstate these figures; they are not verified with Ozon or Wildberries. The sizes are those of 720p with the \
             frame. They are not measured\non films of the models.\n";
    page
}

#[test]
fn the_page_of_the_marketplaces_shows_the_catalog_as_it_is() {
    keeps("marketplaces.md", &page());
}
