//! Where a campaign's numbers must, must not and may only be: rules that every strategy keeps. Pure.

use crate::kernel::AreaCode;

/// The most places of one rule.
const MOST: usize = 100;

/// An area code, or all area codes of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// This area code.
    Code(AreaCode),
    /// Every area code whose primary state (territory, province) this is: `MI`.
    State(&'static str),
}

impl Place {
    /// Reads `301`, `MD` or `Maryland`.
    ///
    /// # Errors
    /// In words, to stand beside the field.
    pub fn parse(text: &str) -> Result<Place, String> {
        let text = text.trim();
        if text.bytes().any(|byte| byte.is_ascii_digit()) {
            let code = AreaCode::parse(text).map_err(|error| format!("{text}: {error}"))?;
            return match code.is_toll_free() {
                true => Err(format!("{text} is toll-free: campaigns do not text from it.")),
                false => Ok(Place::Code(code)),
            };
        }
        AreaCode::all()
            .map(|code| code.info())
            .find(|info| {
                info.region.eq_ignore_ascii_case(text) || info.region_name.eq_ignore_ascii_case(text)
            })
            .filter(|info| !info.region.is_empty())
            .map(|info| Place::State(info.region))
            .ok_or_else(|| {
                format!("“{text}” is neither an area code nor a state. Write 301, MD or Maryland.")
            })
    }

    /// Whether an area code lies there.
    pub fn has(self, code: AreaCode) -> bool {
        match self {
            Place::Code(one) => one == code,
            Place::State(region) => code.info().region == region,
        }
    }

    /// As it is stored and written in the form: `301`, `MD`.
    pub fn key(&self) -> &str {
        match self {
            Place::Code(code) => code.as_str(),
            Place::State(region) => region,
        }
    }

    /// In words: `301 Hagerstown, MD`, `Maryland`.
    pub fn words(self) -> String {
        match self {
            Place::Code(code) => format!("{code} {}", code.info().place_and_region()),
            Place::State(region) => AreaCode::all()
                .find(|code| code.info().region == region)
                .map_or(region, |code| code.info().region_name)
                .to_owned(),
        }
    }
}

/// Reads places separated by commas, semicolons or line breaks; each once, in the order they were written.
///
/// # Errors
/// In words, to stand beside the field.
pub fn list(text: &str) -> Result<Vec<Place>, String> {
    let mut places = Vec::new();
    for word in text.split([',', ';', '\n']).map(str::trim).filter(|word| !word.is_empty()) {
        let place = Place::parse(word)?;
        if !places.contains(&place) {
            places.push(place);
        }
    }
    if places.len() > MOST {
        return Err(format!("At most {MOST} area codes and states."));
    }
    Ok(places)
}

/// The rules of a campaign about places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// It holds numbers in each of these: as many as the contacts there need, one at least.
    pub must: Vec<Place>,
    /// It holds none in any of these.
    pub must_not: Vec<Place>,
    /// It holds none anywhere else; when this is empty, anywhere.
    pub only: Vec<Place>,
}

/// Why an area code may not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ban {
    /// It is named as one that must not be used.
    Named,
    /// Only others may be used.
    NotAmong,
}

impl Places {
    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.must.is_empty() && self.must_not.is_empty() && self.only.is_empty()
    }
    /// Whether an area code must not be used.
    pub fn ban(&self, code: AreaCode) -> Option<Ban> {
        if self.must_not.iter().any(|place| place.has(code)) {
            Some(Ban::Named)
        } else if !self.only.is_empty() && !self.only.iter().any(|place| place.has(code)) {
            Some(Ban::NotAmong)
        } else {
            None
        }
    }
    /// Whether an area code is named, or its state, as one that must be used.
    pub fn wants(&self, code: AreaCode) -> bool {
        self.must.iter().any(|place| place.has(code))
    }
    /// The area codes that must be used.
    pub fn must_codes(&self) -> impl Iterator<Item = AreaCode> + '_ {
        self.must.iter().filter_map(|place| match place {
            Place::Code(code) => Some(*code),
            Place::State(_) => None,
        })
    }
    /// The places that must be used and of which no number is among these area codes.
    pub fn missing(&self, holds: impl Fn(&dyn Fn(AreaCode) -> bool) -> bool) -> Vec<Place> {
        self.must.iter().copied().filter(|place| !holds(&|code| place.has(code))).collect()
    }
    /// What contradicts itself: the field, and in words why.
    pub fn contradiction(&self) -> Option<(&'static str, String)> {
        for place in &self.must {
            let name = place.words();
            let all_banned = |ban: Ban| match place {
                Place::Code(code) => self.ban(*code) == Some(ban),
                Place::State(_) => AreaCode::all()
                    .filter(|code| !code.is_toll_free() && place.has(*code))
                    .all(|code| self.ban(code) == Some(ban)),
            };
            if all_banned(Ban::Named) {
                return Some(("must_not", format!("{name} cannot be both: it must be used as well.")));
            }
            if all_banned(Ban::NotAmong) {
                return Some(("only", format!("{name} must be used, so it belongs here too.")));
            }
        }
        let nothing_left = !self.only.is_empty()
            && AreaCode::all().filter(|code| !code.is_toll_free()).all(|code| self.ban(code).is_some());
        nothing_left.then(|| {
            ("only", "Nothing is left: all of these are among those that must not be used.".to_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> AreaCode {
        AreaCode::parse(text).unwrap()
    }

    fn places(must: &str, must_not: &str, only: &str) -> Places {
        Places { must: list(must).unwrap(), must_not: list(must_not).unwrap(), only: list(only).unwrap() }
    }

    #[test]
    fn area_codes_and_states_are_read() {
        let read = list(" 301, md;Maryland\n213 ,301,").unwrap();
        assert_eq!(read, [Place::Code(code("301")), Place::State("MD"), Place::Code(code("213"))]);
        assert_eq!(read[1].words(), "Maryland");
        assert_eq!((read[0].key(), read[1].key()), ("301", "MD"));
        for wrong in ["999", "Atlantis", "833", "30", "3011", "M D"] {
            assert!(list(wrong).is_err(), "{wrong}");
        }
        assert_eq!(list(" ,\n").unwrap(), []);
    }

    #[test]
    fn a_ban_is_by_name_or_by_not_being_among_the_only_ones() {
        let rules = places("301", "213", "MD, 213");
        assert_eq!(rules.ban(code("301")), None);
        assert_eq!(rules.ban(code("213")), Some(Ban::Named));
        assert_eq!(rules.ban(code("313")), Some(Ban::NotAmong));
        assert!(rules.wants(code("301")) && !rules.wants(code("410")));
        assert_eq!(Places::default().ban(code("213")), None);
    }

    #[test]
    fn contradictions_are_told_beside_their_field() {
        let field =
            |must, must_not, only| places(must, must_not, only).contradiction().map(|(field, _)| field);
        assert_eq!(field("301", "213", "MD"), None);
        assert_eq!(field("301", "MD", ""), Some("must_not"));
        assert_eq!(field("MD", "301", ""), None);
        assert_eq!(field("213", "", "MD"), Some("only"));
        assert_eq!(field("", "MD", "301"), Some("only"));
    }
}
