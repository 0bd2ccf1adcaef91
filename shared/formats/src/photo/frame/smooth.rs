//! Rows of colours in floating point, and how they are smoothed.

/// A colour: red, green and blue, 0 to 255.
pub(super) type Colour = [f32; 3];

/// How often a box filter is applied. Three times come near a Gaussian.
const PASSES: usize = 3;

pub(super) fn zip(one: Colour, other: Colour, with: impl Fn(f32, f32) -> f32) -> Colour {
    let ([a, b, c], [d, e, f]) = (one, other);
    [with(a, d), with(b, e), with(c, f)]
}

pub(super) fn add(one: Colour, other: Colour) -> Colour {
    zip(one, other, |one, other| one + other)
}

pub(super) fn sub(one: Colour, other: Colour) -> Colour {
    zip(one, other, |one, other| one - other)
}

pub(super) fn scaled(colour: Colour, factor: f32) -> Colour {
    colour.map(|part| part * factor)
}

/// The mean of colours; black for none.
pub(super) fn mean<'a>(colours: impl IntoIterator<Item = &'a Colour>) -> Colour {
    let (sum, count) = colours.into_iter().fold(([0.0; 3], 0.0), |(sum, count), colour| (add(sum, *colour), count + 1.0));
    scaled(sum, 1.0 / f32::max(count, 1.0))
}

/// The largest difference of a channel.
pub(super) fn distance(one: Colour, other: Colour) -> f32 {
    zip(one, other, |one, other| (one - other).abs()).into_iter().fold(0.0, f32::max)
}

/// A row smoothed along its length. Beyond its ends the row counts as mirrored.
pub(super) fn along(row: &[Colour], radius: usize) -> Vec<Colour> {
    (0..PASSES).fold(row.to_vec(), |row, _| boxed(&row, radius))
}

/// The mean of each place with its neighbours within a radius.
fn boxed(row: &[Colour], radius: usize) -> Vec<Colour> {
    let radius = radius.min(row.len().saturating_sub(1));
    let before = row.iter().skip(1).take(radius).rev();
    let after = row.iter().rev().skip(1).take(radius);
    let wide: Vec<Colour> = before.chain(row).chain(after).copied().collect();
    let mut sums = vec![[0.0_f64; 3]];
    let mut sum = [0.0_f64; 3];
    for [r, g, b] in &wide {
        let [sum_r, sum_g, sum_b] = sum;
        sum = [sum_r + f64::from(*r), sum_g + f64::from(*g), sum_b + f64::from(*b)];
        sums.push(sum);
    }
    let width = 2 * radius + 1;
    let over = |from: f64, to: f64| ((to - from) / width as f64) as f32;
    let ends = sums.iter().skip(width);
    sums.iter().zip(ends).map(|([a, b, c], [d, e, f])| [over(*a, *d), over(*b, *e), over(*c, *f)]).collect()
}
