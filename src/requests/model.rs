//! A request: what is asked for, where it stands, and how what somebody typed becomes one. No I/O.

use std::collections::BTreeMap;

use chrono::{Datelike, LocalResult, NaiveDate, NaiveDateTime, TimeZone};
use chrono_tz::Tz;

use crate::error::FieldErrors;
use crate::kernel::ids::{CampaignId, OrderId, OrganizationId, PersonId, RequestId};
use crate::kernel::{AreaCode, Micros, Moment};
use crate::purchasing::{AREA_CODES, Fallback};
use crate::stored_enum;
use crate::web::format::{number, plural};

/// The longest note and the longest answer, in characters.
pub const WORDS_LIMIT: usize = 500;
/// How a moment stands in a form.
pub const LOCAL: &str = "%Y-%m-%dT%H:%M";

stored_enum! {
    /// Where a request stands. What came of an approved one follows from its order.
    pub enum Status {
        /// An owner has to decide.
        Open = "open",
        /// An order was placed for it.
        Approved = "approved",
        /// An owner said no, and why.
        Declined = "declined",
        /// Who asked took it back.
        Withdrawn = "withdrawn",
    }
}

/// Numbers of one area code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLine {
    /// Where.
    pub area_code: AreaCode,
    /// How many.
    pub numbers: i64,
    /// What one cost a month when it was asked for.
    pub price: Micros,
}

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Each area code once, ascending.
    pub lines: Vec<RequestLine>,
    /// When the numbers must be there.
    pub needed_by: Option<Moment>,
    /// What the owners should know.
    pub note: String,
    /// Where to turn when an area code is sold out.
    pub fallback: Fallback,
}

impl Wish {
    /// How many numbers in all.
    pub fn numbers(&self) -> i64 {
        self.lines.iter().map(|line| line.numbers).sum()
    }
    /// What they cost a month.
    pub fn monthly_cost(&self) -> Micros {
        self.lines.iter().map(|line| line.price * line.numbers).sum()
    }
}

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its id, made with the form: sent twice it is the same request.
    pub id: RequestId,
    /// Whose.
    pub organization_id: OrganizationId,
    /// The campaign that lacks the numbers.
    pub campaign_id: CampaignId,
    /// Where it stands.
    pub status: Status,
    /// Who asked.
    pub asked_by: PersonId,
    /// When.
    pub asked_at: Moment,
    /// What for.
    pub wish: Wish,
    /// What that costs a month; of an approved one what was approved.
    pub monthly_cost: Micros,
    /// Who decided it or took it back; who set the limit, when it was approved within one.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Moment>,
    /// Why it was declined.
    pub answer: Option<String>,
    /// The order that buys the numbers.
    pub order_id: Option<OrderId>,
    /// The limit a month under which it was approved without a person looking at it.
    pub within_limit: Option<Micros>,
    /// Why it was not approved within the organization's limit.
    pub not_automatic: Option<String>,
}

impl Request {
    /// Why it cannot be decided any more, in a sentence; nothing while it is open.
    pub fn is_over(&self) -> Option<&'static str> {
        match self.status {
            Status::Open => None,
            Status::Approved => Some("This request was approved already."),
            Status::Declined => Some("This request was declined already."),
            Status::Withdrawn => Some("This request was withdrawn."),
        }
    }
    /// Whether it was asked for after a moment.
    pub fn is_newer_than(&self, at: Moment) -> bool {
        self.asked_at >= at
    }
    /// `12 numbers in 313 and 248`.
    pub fn title(&self) -> String {
        title(&self.wish.lines)
    }
}

/// `12 numbers in 313 and 248`.
pub fn title(lines: &[RequestLine]) -> String {
    let numbers: i64 = lines.iter().map(|line| line.numbers).sum();
    let numbers = plural(numbers.unsigned_abs(), "number", "numbers");
    let codes: Vec<&str> = lines.iter().map(|line| line.area_code.as_str()).collect();
    match codes.as_slice() {
        [] => numbers,
        [one] => format!("{numbers} in {one}"),
        [first, last] => format!("{numbers} in {first} and {last}"),
        [first, second, third] => format!("{numbers} in {first}, {second} and {third}"),
        [first, second, rest @ ..] => {
            format!("{numbers} in {first}, {second} and {} more area codes", rest.len())
        }
    }
}

/// Up to how much a month requests are approved without a person looking at them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApprovalLimit {
    /// For all of a calendar month together.
    pub monthly: Micros,
    /// The owner who set it.
    pub set_by: PersonId,
    /// When.
    pub set_at: Moment,
}

/// Why a request of this cost is not approved within a limit, when that much was approved within it this month;
/// nothing when it is.
pub fn above_limit(monthly: Micros, approved: Micros, cost: Micros) -> Option<String> {
    let sum = approved + cost;
    (sum > monthly).then(|| match approved {
        Micros::ZERO => format!(
            "It costs {} a month, above the limit of {}.",
            cost.dollars_and_cents(),
            monthly.dollars_and_cents()
        ),
        _ => format!(
            "{} a month were approved within the limit of {} this month already; with this request it would be {}.",
            approved.dollars_and_cents(),
            monthly.dollars_and_cents(),
            sum.dollars_and_cents()
        ),
    })
}

/// The calendar month around a moment where the organization is: its beginning and its end.
pub fn month(at: Moment, zone: Tz) -> (Moment, Moment) {
    let today = zone.from_utc_datetime(&at).date_naive();
    let first = today.with_day(1).unwrap_or(today);
    let next = first.checked_add_months(chrono::Months::new(1)).unwrap_or(first);
    (midnight(first, zone), midnight(next, zone))
}

/// The first moment of a day; where the clocks skip it, the first one after.
fn midnight(day: NaiveDate, zone: Tz) -> Moment {
    let local = day.and_time(chrono::NaiveTime::MIN);
    let at = |local: NaiveDateTime| zone.from_local_datetime(&local).earliest().map(|at| at.naive_utc());
    at(local).or_else(|| at(local + chrono::TimeDelta::hours(1))).unwrap_or(local)
}

/// What a person typed.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// Area codes and counts, once a row.
    pub rows: Vec<(String, String)>,
    /// A local time, or nothing.
    pub needed_by: String,
    /// Words.
    pub note: String,
    /// The word of a fallback.
    pub fallback: String,
}

impl Typed {
    /// What stands in the form at first.
    pub fn of(wish: &[(AreaCode, i64)], needed_by: Option<Moment>, zone: Tz) -> Typed {
        Typed {
            rows: wish.iter().map(|(code, count)| (code.to_string(), count.to_string())).collect(),
            needed_by: needed_by.map(|at| local(at, zone)).unwrap_or_default(),
            ..Typed::default()
        }
    }
    /// What stands in the form of a request that exists.
    pub fn of_request(request: &Request, zone: Tz) -> Typed {
        let wish = &request.wish;
        let rows: Vec<(AreaCode, i64)> =
            wish.lines.iter().map(|line| (line.area_code, line.numbers)).collect();
        Typed {
            note: wish.note.clone(),
            fallback: crate::kernel::text_enum::TextEnum::as_str(wish.fallback).to_owned(),
            ..Typed::of(&rows, wish.needed_by, zone)
        }
    }
    /// Reads it; `price` says what a number costs a month, `limit` how many one order may ask for. The fields of the
    /// messages are `area_code-N`, `count-N` from 0, `needed_by`, `note`.
    ///
    /// # Errors
    /// A message for every field that cannot be accepted.
    pub fn read(
        &self,
        zone: Tz,
        limit: i64,
        price: impl Fn(AreaCode) -> Micros,
    ) -> Result<Wish, FieldErrors> {
        let mut errors = FieldErrors::new();
        let counts = self.counts(limit, &mut errors);
        let needed_by = moment(&self.needed_by, zone).map_err(|words| errors.add("needed_by", words)).ok();
        let note = self.note.trim();
        if note.chars().count() > WORDS_LIMIT {
            errors.add("note", format!("A note has at most {WORDS_LIMIT} characters."));
        }
        let fallback = crate::kernel::text_enum::TextEnum::parse(&self.fallback).unwrap_or(Fallback::Nowhere);
        errors.clone().into_result().map_err(|_| errors)?;
        Ok(Wish {
            lines: counts
                .into_iter()
                .map(|(area_code, numbers)| RequestLine { area_code, numbers, price: price(area_code) })
                .collect(),
            needed_by: needed_by.flatten(),
            note: note.to_owned(),
            fallback,
        })
    }

    fn counts(&self, limit: i64, errors: &mut FieldErrors) -> BTreeMap<AreaCode, i64> {
        let mut counts = BTreeMap::new();
        let blank = |row: &(String, String)| row.0.trim().is_empty() && row.1.trim().is_empty();
        for (index, row) in self.rows.iter().enumerate().filter(|(_, row)| !blank(row)) {
            let code = area_code(&row.0).map_err(|words| errors.add(&format!("area_code-{index}"), words));
            let count = count(&row.1).map_err(|words| errors.add(&format!("count-{index}"), words));
            if let (Ok(code), Ok(count)) = (code, count)
                && counts.insert(code, count).is_some()
            {
                errors.add(
                    &format!("area_code-{index}"),
                    format!("{code} is there twice. Ask for all of it once."),
                );
            }
        }
        let sum: i64 = counts.values().sum();
        if !errors.is_empty() {
        } else if counts.is_empty() {
            errors
                .add("area_code-0", "Enter an area code, such as 313, and how many numbers you need there.");
        } else if counts.len() > AREA_CODES {
            errors.add(
                "",
                format!("One order may name at most {AREA_CODES} area codes. Ask for the rest afterwards."),
            );
        } else if sum > limit {
            errors.add(
                "",
                format!(
                    "One order may ask for at most {} numbers; this makes {}. Ask for the rest afterwards.",
                    number(limit),
                    number(sum)
                ),
            );
        }
        counts
    }
}

fn area_code(text: &str) -> Result<AreaCode, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("Enter an area code, such as 313.".into());
    }
    // What a list of suggestions may leave in the field: "313 Detroit, MI".
    let code = text.split_whitespace().next().unwrap_or(text);
    let code = AreaCode::parse(code).map_err(|error| error.to_string())?;
    match code.is_toll_free() {
        true => Err(format!("{code} is toll-free: it texts nobody from their own area code.")),
        false => Ok(code),
    }
}

fn count(text: &str) -> Result<i64, String> {
    let text = text.trim();
    let digits = !text.is_empty() && text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .then(|| text.parse().ok())
        .flatten()
        .filter(|count| *count > 0)
        .ok_or_else(|| "Enter a whole number, 1 or more.".to_owned())
}

/// A moment as a form has it.
pub fn local(at: Moment, zone: Tz) -> String {
    zone.from_utc_datetime(&at).format(LOCAL).to_string()
}

fn moment(text: &str, zone: Tz) -> Result<Option<Moment>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let local = NaiveDateTime::parse_from_str(text, LOCAL)
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S"))
        .map_err(|_| "Enter a date and a time, such as 2026-11-03T09:00.".to_owned())?;
    if !(2000..2200).contains(&local.year()) {
        return Err("Enter a year between 2000 and 2199.".to_owned());
    }
    match zone.from_local_datetime(&local) {
        LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => Ok(Some(moment.naive_utc())),
        LocalResult::None => Err("That hour does not exist on that day: the clocks go forward.".to_owned()),
    }
}

/// Words that decline: none are no answer.
///
/// # Errors
/// A sentence to stand beside the field.
pub fn answer(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("Say why, so that they know what to do next.".to_owned()),
        1..=WORDS_LIMIT => Ok(text.to_owned()),
        _ => Err(format!("At most {WORDS_LIMIT} characters.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(rows: &[(&str, &str)]) -> Typed {
        let rows = rows.iter().map(|(code, count)| ((*code).to_owned(), (*count).to_owned()));
        Typed { rows: rows.collect(), ..Typed::default() }
    }

    fn read(typed: &Typed) -> Result<Wish, FieldErrors> {
        typed.read(Tz::America__Detroit, 500, |_| Micros::from_cents(115))
    }

    #[test]
    fn what_is_asked_for_is_read_and_counted() {
        let wish = read(&typed(&[("313", " 10 "), ("", ""), ("248 Troy, MI", "2")])).unwrap();
        assert_eq!((wish.numbers(), wish.monthly_cost()), (12, Micros::from_cents(1_380)));
        assert_eq!(title(&wish.lines), "12 numbers in 248 and 313");
        for (rows, field) in [
            (&[("", "")][..], "area_code-0"),
            (&[("313", "0")], "count-0"),
            (&[("313", "1"), ("x", "1")], "area_code-1"),
            (&[("833", "1")], "area_code-0"),
            (&[("313", "1"), ("313", "2")], "area_code-1"),
            (&[("313", "501")], ""),
        ] {
            let errors = read(&typed(rows)).unwrap_err();
            assert!(!errors.of(field).is_empty(), "{rows:?}: {errors}");
            assert_eq!(errors.iter().count(), 1, "{errors}");
        }
        let wrong = Typed { needed_by: "soon".into(), note: "x".repeat(501), ..typed(&[("313", "1")]) };
        let errors = read(&wrong).unwrap_err();
        assert!(!errors.of("needed_by").is_empty() && !errors.of("note").is_empty());
    }

    #[test]
    fn a_month_begins_and_ends_where_the_organization_is() {
        let (from, to) = month("2026-12-01T04:59:00".parse().unwrap(), Tz::America__Detroit);
        assert_eq!(from, "2026-11-01T04:00:00".parse().unwrap());
        assert_eq!(to, "2026-12-01T05:00:00".parse().unwrap());
        assert_eq!(month("2026-12-01T05:00:00".parse().unwrap(), Tz::America__Detroit).0, to);
    }

    #[test]
    fn a_limit_is_reached_and_never_passed() {
        let cents = Micros::from_cents;
        assert_eq!(above_limit(cents(1_380), cents(0), cents(1_380)), None);
        assert!(
            above_limit(cents(1_379), cents(0), cents(1_380)).is_some_and(|words| words.contains("$13.79"))
        );
        assert_eq!(above_limit(cents(5_000), cents(3_620), cents(1_380)), None);
        let words = above_limit(cents(5_000), cents(3_621), cents(1_380)).unwrap();
        assert!(words.contains("$36.21") && words.contains("$50.01"), "{words}");
    }

    #[test]
    fn an_answer_has_words() {
        assert_eq!(answer("  Too dear. "), Ok("Too dear.".into()));
        assert!(answer(" ").is_err() && answer(&"x".repeat(501)).is_err());
    }
}
