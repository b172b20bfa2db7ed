//! Finds an extension (`ext. 204`, `x204`, `#204`, `;ext=204`, `,,204`) at the end of a number.
//!
//! libphonenumber's patterns for parsing, by hand: none of them needs backtracking.

use super::dialled::digit;

/// Where the leftmost extension that reaches the end starts.
pub(super) fn start(number: &[char]) -> Option<usize> {
    (0..number.len()).find(|at| is_whole(&number[*at..]))
}

/// Whether this is an extension and nothing else.
pub(super) fn is_whole(text: &[char]) -> bool {
    if let Some(rest) = strip(text, ";ext=")
        && only_digits(rest, 20)
    {
        return true;
    }
    labelled(text) || american(text) || dialled(text)
}

/// `, ext. 5`: a label between separators. The clearer the label the more digits may follow.
fn labelled(text: &[char]) -> bool {
    let text = skip(text, |c| matches!(c, ' ' | '\u{A0}' | '\t' | ','));
    if let Some(rest) = explicit(text)
        && ends(after_label(rest), 20)
    {
        return true;
    }
    let ambiguous = ["int", "ｉｎｔ", "x", "ｘ", "#", "＃", "~", "～"];
    ambiguous.iter().any(|label| strip(text, label).is_some_and(|rest| ends(after_label(rest), 9)))
}

/// After `extension` in one of its spellings: `e?xt(?:ensi[oó])?n?`, full-width, Russian, Portuguese.
fn explicit(text: &[char]) -> Option<&[char]> {
    if let Some(rest) = strip(text, "доб").or_else(|| strip(text, "anexo")) {
        return Some(rest);
    }
    if let Some(rest) = strip(strip(text, "ｅ").unwrap_or(text), "ｘｔ") {
        return Some(strip(rest, "ｎ").unwrap_or(rest));
    }
    let rest = strip(strip(text, "e").unwrap_or(text), "xt")?;
    let long = strip(rest, "ensió").or_else(|| strip(rest, "ensio\u{301}")).or_else(|| strip(rest, "ensio"));
    let rest = long.unwrap_or(rest);
    Some(strip(rest, "n").unwrap_or(rest))
}

/// `- 503#`: the American way.
fn american(text: &[char]) -> bool {
    let rest = skip(text, |c| matches!(c, ' ' | '-'));
    rest.len() < text.len() && rest.last() == Some(&'#') && only_digits(&rest[..rest.len() - 1], 6)
}

/// `;204`, `,,204`, `,204`: pauses a phone dials by itself.
fn dialled(text: &[char]) -> bool {
    let text = skip(text, |c| matches!(c, ' ' | '\u{A0}' | '\t'));
    if let Some(rest) = strip(text, ";").or_else(|| strip(text, ",,"))
        && ends(after_label(rest), 15)
    {
        return true;
    }
    let rest = skip(text, |c| c == ',');
    rest.len() < text.len() && ends(after_label(rest), 9)
}

fn after_label(text: &[char]) -> &[char] {
    let text = match text {
        [':' | '.' | '\u{FF0E}', rest @ ..] => rest,
        _ => text,
    };
    skip(text, |c| matches!(c, ' ' | '\u{A0}' | '\t' | ',' | '-'))
}

/// Digits, then perhaps `#`.
fn ends(text: &[char], most: usize) -> bool {
    match text {
        [digits @ .., '#'] => only_digits(digits, most),
        _ => only_digits(text, most),
    }
}

fn only_digits(text: &[char], most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.iter().all(|c| digit(*c).is_some())
}

fn skip(text: &[char], skipped: impl Fn(char) -> bool) -> &[char] {
    &text[text.iter().take_while(|c| skipped(**c)).count()..]
}

/// What follows `label`, compared without regard to case.
fn strip<'a>(text: &'a [char], label: &str) -> Option<&'a [char]> {
    let length = label.chars().count();
    let head = text.get(..length)?;
    head.iter()
        .zip(label.chars())
        .all(|(c, l)| c.to_lowercase().eq(l.to_lowercase()))
        .then(|| &text[length..])
}
