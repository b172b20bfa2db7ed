//! Reads what people type into a phone column, the way libphonenumber reads it in the United States.
//!
//! A port of the parsing steps of libphonenumber (Apache License 2.0) as they work out for the region `US`:
//! cut away what cannot start or end a number, strip an extension, turn letters into digits, find a country
//! code, drop the trunk `1`. The `phonenumber` crate deviates from it in several of these steps, and texting
//! platforms judge contacts by libphonenumber. Only RFC 3966's rare `;phone-context=` is left out: such a
//! cell is no number here.

use super::extension;
use super::reason::Reason;

/// A cell read as a number; what follows the country code still has to be judged.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Dialled {
    /// Country code 1: the digits after it, after the trunk `1` too.
    Nanp(String),
    /// Another country code, which exists, and the digits after it.
    Foreign(u16, String),
}

const MAX_CHARS: usize = 250;
const MAX_NATIONAL: usize = 17;

/// Reads a cell that is not blank. `is_country` tells whether a country code exists.
pub(super) fn read(cell: &str, is_country: impl Fn(u16) -> bool) -> Result<Dialled, Reason> {
    let chars: Vec<char> = cell.chars().take(MAX_CHARS + 1).collect();
    if chars.len() > MAX_CHARS {
        return Err(Reason::UnparseableTooLong);
    }
    let possible = possible(&chars);
    if !viable(possible) {
        return Err(Reason::NotANumber);
    }
    let number = match extension::start(possible) {
        Some(start) if viable(&possible[..start]) => &possible[..start],
        _ => possible,
    };
    let unplussed = &number[number.iter().take_while(|c| is_plus(**c)).count()..];
    let (code, national) = if unplussed.len() < number.len() {
        match after_prefix(normalize(unplussed), &is_country) {
            // Perhaps the plus was a slip: read the rest as if dialled here.
            Err(Reason::InvalidCountryCode) => {
                dialled_here(unplussed, &is_country)?.ok_or(Reason::InvalidCountryCode)?
            }
            found => found?,
        }
    } else {
        dialled_here(number, &is_country)?.unwrap_or_else(|| (1, normalize(number)))
    };
    if national.len() < 2 {
        return Err(Reason::UnparseableTooShort);
    }
    let national = match national.strip_prefix('1') {
        Some(rest) if code == 1 && rest.len() >= 10 => rest.to_owned(),
        _ => national,
    };
    if national.len() > MAX_NATIONAL {
        return Err(Reason::UnparseableTooLong);
    }
    Ok(if code == 1 { Dialled::Nanp(national) } else { Dialled::Foreign(code, national) })
}

/// The country code and the rest when the digits, dialled in the United States, carry one: after 011, or a 1
/// before a whole number.
fn dialled_here(number: &[char], is_country: impl Fn(u16) -> bool) -> Result<Option<(u16, String)>, Reason> {
    let digits = normalize(number);
    if let Some(rest) = digits.strip_prefix("011")
        && !rest.starts_with('0')
    {
        return after_prefix(rest.to_owned(), is_country).map(Some);
    }
    Ok(digits.strip_prefix('1').and_then(|rest| {
        let rest = rest.strip_prefix('1').unwrap_or(rest);
        (digits.len() > 10 || could_be_national(rest)).then(|| (1, rest.to_owned()))
    }))
}

/// libphonenumber's general pattern of a national number here: `[2-9]\d{9}|3\d{6}`.
fn could_be_national(digits: &str) -> bool {
    match digits.len() {
        10 => digits.as_bytes()[0] >= b'2',
        7 => digits.starts_with('3'),
        _ => false,
    }
}

/// Splits digits that follow an international prefix into country code and the rest.
fn after_prefix(digits: String, is_country: impl Fn(u16) -> bool) -> Result<(u16, String), Reason> {
    if digits.len() <= 2 {
        return Err(Reason::TooShortAfterPrefix);
    }
    if !digits.starts_with('0') {
        for length in 1..=3 {
            if let Ok(code) = digits[..length].parse()
                && is_country(code)
            {
                return Ok((code, digits[length..].to_owned()));
            }
        }
    }
    Err(Reason::InvalidCountryCode)
}

/// The part that may be a number: from the first digit or plus to the last letter, digit or `#`, without a
/// second extension (`x302/x2303`) or an ISDN subaddress.
fn possible(chars: &[char]) -> &[char] {
    let Some(start) = chars.iter().position(|c| is_plus(*c) || digit(*c).is_some()) else { return &[] };
    let chars = &chars[start..];
    let end = chars.iter().rposition(|c| *c == '#' || c.is_alphanumeric()).map_or(0, |last| last + 1);
    let mut number = &chars[..end];
    let second = (0..number.len()).find(|at| {
        matches!(number[*at], '\\' | '/')
            && number[at + 1..].iter().find(|c| **c != ' ').is_some_and(|c| *c == 'x')
    });
    if let Some(second) = second {
        number = &number[..second];
    }
    let isub: Vec<char> = ";isub=".chars().collect();
    match number.windows(isub.len()).position(|window| window == isub) {
        Some(at) if at > 0 => &number[..at],
        _ => number,
    }
}

/// Two digits; or pluses, three digits with at most punctuation between, then punctuation, letters and
/// digits, then perhaps an extension.
fn viable(number: &[char]) -> bool {
    if number.len() == 2 && number.iter().all(|c| digit(*c).is_some()) {
        return true;
    }
    let mut at = number.iter().take_while(|c| is_plus(**c)).count();
    let mut digits = 0;
    while digits < 3 {
        match number.get(at) {
            Some(c) if digit(*c).is_some() => digits += 1,
            Some(c) if is_punctuation(*c) => {}
            _ => return false,
        }
        at += 1;
    }
    let body = |c: &char| is_punctuation(*c) || c.is_ascii_alphabetic() || digit(*c).is_some();
    let end = at + number[at..].iter().take_while(|c| body(c)).count();
    end == number.len() || (at..=end).any(|from| extension::is_whole(&number[from..]))
}

/// Digits only; with three letters or more the letters are read off the keypad, else dropped.
fn normalize(number: &[char]) -> String {
    if number.iter().filter(|c| c.is_ascii_alphabetic()).count() >= 3 {
        number.iter().filter_map(|c| keypad(*c)).collect()
    } else {
        number.iter().filter_map(|c| digit(*c)).map(|value| char::from(b'0' + value)).collect()
    }
}

fn keypad(c: char) -> Option<char> {
    Some(match c.to_ascii_uppercase() {
        'A'..='C' => '2',
        'D'..='F' => '3',
        'G'..='I' => '4',
        'J'..='L' => '5',
        'M'..='O' => '6',
        'P'..='S' => '7',
        'T'..='V' => '8',
        'W'..='Z' => '9',
        digit @ '0'..='9' => digit,
        _ => return None,
    })
}

fn is_plus(c: char) -> bool {
    matches!(c, '+' | '\u{FF0B}')
}

fn is_punctuation(c: char) -> bool {
    matches!(c, '-' | 'x' | 'X' | ' ' | '(' | ')' | '.' | '[' | ']' | '/' | '~' | '*'
        | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30FC}' | '\u{FF0D}'..='\u{FF0F}' | '\u{A0}' | '\u{AD}'
        | '\u{200B}' | '\u{2060}' | '\u{3000}' | '\u{FF08}' | '\u{FF09}' | '\u{FF3B}' | '\u{FF3D}'
        | '\u{2053}' | '\u{223C}' | '\u{FF5E}')
}

/// The value of a decimal digit in any script.
pub(super) fn digit(c: char) -> Option<u8> {
    if c.is_ascii() {
        return c.is_ascii_digit().then(|| c as u8 - b'0');
    }
    let zero = ZEROS[..ZEROS.partition_point(|zero| *zero <= c)].last()?;
    u8::try_from(u32::from(c) - u32::from(*zero)).ok().filter(|value| *value < 10)
}

/// The zero of each script's decimal digits beyond ASCII (Unicode, general category Nd), ascending.
#[rustfmt::skip]
const ZEROS: &[char] = &[
    '\u{660}', '\u{6F0}', '\u{7C0}', '\u{966}', '\u{9E6}', '\u{A66}', '\u{AE6}', '\u{B66}', '\u{BE6}',
    '\u{C66}', '\u{CE6}', '\u{D66}', '\u{DE6}', '\u{E50}', '\u{ED0}', '\u{F20}', '\u{1040}', '\u{1090}',
    '\u{17E0}', '\u{1810}', '\u{1946}', '\u{19D0}', '\u{1A80}', '\u{1A90}', '\u{1B50}', '\u{1BB0}',
    '\u{1C40}', '\u{1C50}', '\u{A620}', '\u{A8D0}', '\u{A900}', '\u{A9D0}', '\u{A9F0}', '\u{AA50}',
    '\u{ABF0}', '\u{FF10}', '\u{104A0}', '\u{10D30}', '\u{11066}', '\u{110F0}', '\u{11136}',
    '\u{111D0}', '\u{112F0}', '\u{11450}', '\u{114D0}', '\u{11650}', '\u{116C0}', '\u{11730}',
    '\u{118E0}', '\u{11950}', '\u{11C50}', '\u{11D50}', '\u{11DA0}', '\u{16A60}', '\u{16AC0}',
    '\u{16B50}', '\u{1D7CE}', '\u{1D7D8}', '\u{1D7E2}', '\u{1D7EC}', '\u{1D7F6}', '\u{1E140}',
    '\u{1E2F0}', '\u{1E950}', '\u{1FBF0}',
];
