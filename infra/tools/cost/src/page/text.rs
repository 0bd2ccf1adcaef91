//! Formats figures, paragraphs and tables of docs/cost.md.

/// The maximum width of a line of a paragraph.
const WIDTH: usize = 140;

/// An amount of dollars, with as many digits as matter.
#[must_use]
pub fn dollars(amount: f64) -> String {
    match amount {
        _ if amount < 5e-7 => "$0".to_owned(),
        _ if amount < 0.01 => format!("${}", significant(amount)),
        _ if amount < 0.9995 => format!("${amount:.3}"),
        _ => format!("${}", grouped(&format!("{amount:.2}"))),
    }
}

/// A quantity, with as many digits as matter.
#[must_use]
pub fn amount(quantity: f64) -> String {
    match quantity {
        _ if quantity == quantity.round() || quantity >= 100.0 => grouped(&format!("{quantity:.0}")),
        _ if quantity >= 0.01 => trimmed(&format!("{quantity:.2}")),
        _ => significant(quantity),
    }
}

/// A small number with two significant digits and without an exponent.
fn significant(small: f64) -> String {
    let places = (1.0 - small.log10().floor()).clamp(0.0, 12.0);
    trimmed(&format!("{small:.*}", places as usize))
}

fn trimmed(digits: &str) -> String {
    digits.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A number with commas between the thousands.
fn grouped(digits: &str) -> String {
    let (whole, rest) = digits.split_once('.').map_or((digits, String::new()), |(whole, rest)| (whole, format!(".{rest}")));
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + &rest
}

/// A count, rounded to three significant digits.
#[must_use]
pub fn about(count: f64) -> String {
    let unit = 10f64.powf((count.max(1.0).log10().floor() - 2.0).max(0.0));
    amount((count / unit).round() * unit)
}

/// A paragraph, broken into lines.
#[must_use]
pub fn paragraph(text: &str) -> String {
    let mut lines = String::new();
    let mut width = 0;
    for word in text.split_whitespace() {
        let more = word.chars().count() + 1;
        if width + more > WIDTH {
            lines.push('\n');
            width = 0;
        } else if width > 0 {
            lines.push(' ');
        }
        lines.push_str(word);
        width += more;
    }
    lines + "\n"
}

/// A Markdown table. A column whose name begins with `>` has numbers and is aligned to the right.
#[must_use]
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let names = head.iter().map(|name| name.trim_start_matches('>').to_owned()).collect();
    let rule: String = head.iter().map(|name| if name.starts_with('>') { "--:|" } else { "---|" }).collect();
    format!("{}|{rule}\n{}", row(names), rows.iter().map(|cells| row(cells.clone())).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_as_many_digits_as_matter() {
        assert_eq!([0.0, 0.000_682, 0.0135, 7.0, 1234.5].map(dollars), ["$0", "$0.00068", "$0.013", "$7.00", "$1,234.50"]);
        assert_eq!([3.0, 0.5, 0.004_94, 43_200.0, 123_456.7].map(amount), ["3", "0.5", "0.0049", "43,200", "123,457"]);
        assert_eq!([149_712.0, 12.0, 0.0].map(about), ["150,000", "12", "0"]);
    }

    #[test]
    fn a_paragraph_is_broken_between_words() {
        let lines = paragraph(&"word ".repeat(60));
        assert!(lines.lines().count() == 3 && lines.lines().all(|line| line.len() <= WIDTH));
    }
}
