//! Reading what somebody wants to buy, strictly, into domain types: every fault is said beside its field.

use std::collections::BTreeMap;

use super::fallback::{Named, may_name};
use super::{AREA_CODES, Kind, NewOrder, Wanted};
use crate::error::FieldErrors;
use crate::kernel::money::group_thousands;
use crate::kernel::{AreaCode, Micros};

/// A row of the form, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) area_code: String,
    pub(super) count: String,
}

impl Typed {
    fn is_blank(&self) -> bool {
        self.area_code.trim().is_empty() && self.count.trim().is_empty()
    }
}

/// The rows of a form whose fields `area_code` and `count` come once a row.
pub(super) fn rows(area_codes: &[String], counts: &[String]) -> Vec<Typed> {
    let at = |texts: &[String], index: usize| texts.get(index).cloned().unwrap_or_default();
    // One more than may be, so that more are noticed.
    (0..area_codes.len().max(counts.len()).min(AREA_CODES + 1))
        .map(|index| Typed { area_code: at(area_codes, index), count: at(counts, index) })
        .collect()
}

/// Reads the rows; blank ones are left out. The fields of the messages are `area_code-N` and `count-N`, from 0.
///
/// # Errors
/// A message for every field that cannot be accepted.
pub(super) fn read(rows: &[Typed], kind: Kind, limit: i64) -> Result<Vec<(AreaCode, i64)>, FieldErrors> {
    let mut errors = FieldErrors::new();
    let mut wanted = Vec::new();
    let mut seen: BTreeMap<AreaCode, usize> = BTreeMap::new();
    let mut sum = 0_i64;
    if rows.iter().filter(|row| !row.is_blank()).count() > AREA_CODES {
        let words =
            format!("One order may name at most {AREA_CODES} area codes. Place several orders for more.");
        return Err(FieldErrors::one("", words));
    }
    for (index, row) in rows.iter().enumerate().filter(|(_, row)| !row.is_blank()) {
        let (code_field, count_field) = (format!("area_code-{index}"), format!("count-{index}"));
        let area_code =
            read_area_code(&row.area_code, kind).map_err(|words| errors.add(&code_field, words)).ok();
        let count = read_count(&row.count, limit).map_err(|words| errors.add(&count_field, words)).ok();
        if let Some(area_code) = area_code
            && let Some(earlier) = seen.insert(area_code, index)
        {
            let words = format!("{area_code} is in row {} already. Ask for all of it there.", earlier + 1);
            errors.add(&code_field, words);
        }
        let within = sum <= limit;
        sum = sum.saturating_add(count.unwrap_or(0));
        if within && sum > limit && count.is_some() {
            errors.add(&count_field, too_many(sum, limit));
        }
        wanted.extend(area_code.zip(count));
    }
    if wanted.is_empty() && errors.is_empty() {
        errors.add("area_code-0", "Enter an area code, such as 313, and how many numbers you want there.");
    }
    if errors.is_empty() { Ok(wanted) } else { Err(errors) }
}

/// A code, or a place that has one code.
pub(super) fn read_area_code(text: &str, kind: Kind) -> Result<AreaCode, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("Enter an area code, such as 313.".into());
    }
    // What a list of suggestions may leave in the field: "313 Detroit, MI".
    let code = text.split_whitespace().next().filter(|code| code.len() == 3).unwrap_or(text);
    let area_code = if code.bytes().all(|byte| byte.is_ascii_digit()) {
        AreaCode::parse(code).map_err(|error| error.to_string())?
    } else {
        in_place(text)?
    };
    match (kind, area_code.is_toll_free()) {
        (Kind::Local, true) => Err(format!(
            "{area_code} is toll-free and belongs to no place. Choose “Toll-free numbers” to buy those, or enter the \
             area code of a place."
        )),
        (Kind::TollFree, false) => Err(format!("{area_code} is not a toll-free area code.")),
        _ => Ok(area_code),
    }
}

fn in_place(text: &str) -> Result<AreaCode, String> {
    let wanted = text.to_lowercase();
    let codes: Vec<AreaCode> = AreaCode::all()
        .filter(|code| {
            let info = code.info();
            wanted == info.place.to_lowercase() || wanted == info.place_and_region().to_lowercase()
        })
        .collect();
    match codes.as_slice() {
        [only] => Ok(*only),
        [] => Err("Enter a three-digit area code, such as 313.".into()),
        several => {
            let list: Vec<String> =
                several.iter().map(|code| format!("{code} {}", code.info().place_and_region())).collect();
            Err(format!("{text} has several area codes. Enter one of them: {}.", list.join("; ")))
        }
    }
}

/// How many are wanted, of at most `limit`.
pub(super) fn read_count(text: &str, limit: i64) -> Result<i64, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("Enter how many numbers you want there.".into());
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("Enter a whole number, 1 or more.".into());
    }
    match text.parse::<i64>() {
        Ok(0) => Err("Enter a whole number, 1 or more.".into()),
        Ok(count) if count <= limit => Ok(count),
        Ok(count) => Err(too_many(count, limit)),
        Err(_) => Err(too_many(i64::MAX, limit)),
    }
}

fn too_many(asked: i64, limit: i64) -> String {
    let limit = group_thousands(limit.unsigned_abs());
    if asked == i64::MAX {
        return format!("One order may ask for at most {limit} numbers.");
    }
    format!(
        "One order may ask for at most {limit} numbers; this makes {}. Place several orders for more.",
        group_thousands(asked.unsigned_abs())
    )
}

/// What must hold of any order, whoever asks for it.
pub(super) fn check(new: &NewOrder, limit: i64) -> FieldErrors {
    let lines = &new.lines;
    let kind = match lines.first() {
        Some(line) if line.area_code.is_toll_free() => Kind::TollFree,
        _ => Kind::Local,
    };
    let rows: Vec<Typed> = lines
        .iter()
        .map(|line| Typed { area_code: line.area_code.to_string(), count: line.count.to_string() })
        .collect();
    let mut errors = read(&rows, kind, limit).err().unwrap_or_default();
    if lines.iter().any(|line| line.price < Micros::ZERO) {
        errors.add("", "A price is below zero.");
    }
    if new.reserve && kind == Kind::TollFree {
        errors.add(
            "",
            "Toll-free numbers are not reserved for campaigns: they text nobody from their own area code.",
        );
    }
    let wanted: Vec<(AreaCode, i64)> = lines.iter().map(|line| (line.area_code, line.count)).collect();
    if errors.is_empty() && !may_name(&wanted, &new.named, new.fallback) {
        errors.add(
            "",
            "The area codes to turn to are not those of the rule that was chosen. Ask for a new quote.",
        );
    }
    errors
}

/// What each line is quoted at, in the order of the lines: those that come from other codes last, at their price.
pub(super) fn quoted(lines: &[Wanted], named: &[Named]) -> Vec<(AreaCode, Micros)> {
    let mut quoted = Vec::new();
    for line in lines {
        let mine = || named.iter().filter(|one| one.wanted == line.area_code);
        let elsewhere: i64 = mine().map(|one| one.expected).sum();
        let of = |count: i64, price: Micros| (0..count).map(move |_| (line.area_code, price));
        quoted.extend(of(line.count - elsewhere, line.price));
        mine().for_each(|one| quoted.extend(of(one.expected, one.price)));
    }
    quoted
}

/// What the lines cost when they are bought, and each month after.
pub(super) fn first_charge(lines: &[Wanted], named: &[Named]) -> Micros {
    quoted(lines, named).into_iter().map(|(_, price)| price).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(rows: &[(&str, &str)]) -> Vec<Typed> {
        rows.iter()
            .map(|(code, count)| Typed { area_code: (*code).to_owned(), count: (*count).to_owned() })
            .collect()
    }

    #[test]
    fn what_cannot_be_bought_is_said_beside_its_field() {
        for (rows, field, says) in [
            (&[("ZZ", "1")][..], "area_code-0", "three-digit"),
            (&[("9", "1")], "area_code-0", "three-digit"),
            (&[("999", "1")], "area_code-0", "not an area code"),
            (&[("876", "1")], "area_code-0", "Jamaica"),
            (&[("800", "1")], "area_code-0", "toll-free"),
            (&[("", "4")], "area_code-0", "Enter an area code"),
            (&[("313", "")], "count-0", "how many"),
            (&[("313", "-5")], "count-0", "whole number"),
            (&[("313", "1.5")], "count-0", "whole number"),
            (&[("313", "0")], "count-0", "whole number"),
            (&[("313", "a")], "count-0", "whole number"),
            (&[("313", "600")], "count-0", "at most 500"),
            (&[("313", "99999999999999999999")], "count-0", "at most 500"),
            (&[("313", "300"), ("410", "201")], "count-1", "this makes 501"),
            (&[("313", "1"), ("410", "1"), ("313", "1")], "area_code-2", "row 1"),
            (&[], "area_code-0", "Enter an area code"),
            (&[("", ""), (" ", " ")], "area_code-0", "Enter an area code"),
        ] {
            let errors = read(&typed(rows), Kind::Local, 500).unwrap_err();
            assert!(errors.of(field).contains(says), "{rows:?}: {errors}");
            assert_eq!(errors.iter().count(), 1, "{errors}");
        }
    }

    #[test]
    fn codes_places_and_blank_rows_are_understood() {
        let read = |code| {
            read(&typed(&[(code, "12"), ("", "")]), Kind::Local, 500).map(|wanted| wanted[0].0.to_string())
        };
        for text in ["313", " 313 ", "313 Detroit, MI"] {
            assert_eq!(read(text).unwrap(), "313", "{text}");
        }
        let alone = AreaCode::all()
            .find(|code| AreaCode::all().filter(|other| other.info().place == code.info().place).count() == 1)
            .unwrap();
        let shouted = alone.info().place.to_uppercase();
        assert_eq!(read(&shouted).unwrap(), alone.as_str());
        let several = AreaCode::parse("212").unwrap().info().place;
        assert!(read(several).unwrap_err().of("area_code-0").contains("212"), "{several}");
    }

    #[test]
    fn every_fault_is_said_at_once() {
        let errors = read(&typed(&[("ZZ", "-1"), ("313", "x")]), Kind::Local, 500).unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["area_code-0", "count-0", "count-1"]);
    }

    #[test]
    fn local_and_toll_free_are_never_mixed() {
        let read = |code, kind| read(&typed(&[(code, "1")]), kind, 500);
        assert_eq!(read("833", Kind::TollFree).unwrap()[0].0.as_str(), "833");
        assert!(read("313", Kind::TollFree).unwrap_err().of("area_code-0").contains("not a toll-free"));
        assert!(read("833", Kind::Local).unwrap_err().of("area_code-0").contains("Toll-free numbers"));
    }

    #[test]
    fn every_line_is_quoted_at_the_price_of_where_it_is_expected_from() {
        let code = |text| AreaCode::parse(text).unwrap();
        let cents = Micros::from_cents;
        let lines = [
            Wanted { area_code: code("410"), count: 5, price: cents(100) },
            Wanted { area_code: code("313"), count: 1, price: cents(115) },
        ];
        let named = |text, expected, price| Named {
            wanted: code("410"),
            area_code: code(text),
            expected,
            price: cents(price),
        };
        let named = [named("443", 2, 200), named("667", 0, 900)];
        let prices: Vec<i64> = quoted(&lines, &named).iter().map(|(_, price)| price.get() / 10_000).collect();
        assert_eq!(prices, [100, 100, 100, 200, 200, 115]);
        assert_eq!(first_charge(&lines, &named), cents(815));
    }
}
