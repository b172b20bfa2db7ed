//! What the practice page shows.

use askama::Template;

use crate::kernel::AreaCode;
use crate::providers::fakeservice::Weather;
use crate::web::Shell;
use crate::web::format::{duration, plural};

/// The stock form as it was sent, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub(super) struct StockForm {
    pub(super) area_code: String,
    pub(super) left: String,
    pub(super) errors: Vec<(String, String)>,
}

impl StockForm {
    fn error(&self, field: &str) -> String {
        let found = self.errors.iter().find(|(name, _)| name == field);
        found.map_or_else(String::new, |(_, words)| words.clone())
    }
}

struct Choice {
    key: &'static str,
    name: &'static str,
    help: &'static str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "practice/page.html")]
pub(super) struct PracticePage {
    shell: Shell,
    page: String,
    now: String,
    coming: Vec<String>,
    /// Whether there is nothing to calm.
    fair: bool,
    calm: &'static str,
    choices: Vec<Choice>,
    /// How many an area code has, in words; empty when none was asked for.
    stock: String,
    area_code: String,
    area_code_error: String,
    left: String,
    left_error: String,
    most: String,
    errors: Vec<(String, String)>,
}

impl PracticePage {
    pub(super) fn of(
        shell: Shell,
        page: String,
        weather: &Weather,
        stock: Option<(AreaCode, usize)>,
        form: StockForm,
        most: u16,
    ) -> PracticePage {
        let named = Weather::named();
        let current = named.iter().find(|one| one.weather == *weather);
        let calm = named.iter().find(|one| coming(&one.weather).is_empty()).map_or("", |one| one.key);
        let now = match current {
            Some(one) => one.name.to_owned(),
            None if weather.is_fair() => "Fair: nothing fails".to_owned(),
            None => "Changing: what was set is partly used up".to_owned(),
        };
        PracticePage {
            shell,
            page,
            now,
            fair: coming(weather).is_empty(),
            coming: coming(weather),
            calm,
            choices: named
                .iter()
                .map(|one| Choice {
                    key: one.key,
                    name: one.name,
                    help: one.help,
                    chosen: current.is_some_and(|current| current.key == one.key),
                })
                .collect(),
            stock: stock.map(|(code, left)| stock_words(code, left)).unwrap_or_default(),
            area_code_error: form.error("area_code"),
            left_error: form.error("left"),
            area_code: match (form.area_code.is_empty(), stock) {
                (true, Some((code, _))) => code.to_string(),
                _ => form.area_code,
            },
            left: if form.left.is_empty() { "3".to_owned() } else { form.left },
            most: most.to_string(),
            errors: form.errors,
        }
    }
}

/// `313 Detroit, MI has 3 numbers for sale`.
pub(super) fn stock_words(code: AreaCode, left: usize) -> String {
    let numbers = match u64::try_from(left) {
        Ok(0) => "no number".to_owned(),
        left => plural(left.unwrap_or(u64::MAX), "number", "numbers"),
    };
    format!("{code} {} has {numbers} for sale", code.info().place_and_region())
}

/// What is still to come, in words.
fn coming(weather: &Weather) -> Vec<String> {
    let Weather {
        latency_ms,
        rate_limit_next,
        retry_after_ms: _,
        transient_next,
        unanswered_next,
        sold_meanwhile_next,
        answer_lost_next,
        change_answer_lost_next,
        pool_full,
        pool_cap,
        suspended,
        every_nth,
        faults_per_mille,
    } = weather;
    let next = |count: u32, one: &str, many: &str, words: &str| {
        (count > 0).then(|| match count {
            1 => format!("The next {one} {words}"),
            count => format!("The next {count} {many} {words}"),
        })
    };
    let always = |is: bool, words: &str| is.then(|| words.to_owned());
    [
        always(*suspended, "The account is suspended: everything is refused"),
        next(*rate_limit_next, "call", "calls", "will be refused as too many"),
        next(*transient_next, "call", "calls", "will fail before anything is done"),
        next(*unanswered_next, "change", "changes", "will get no answer and not be done"),
        next(*sold_meanwhile_next, "purchase", "purchases", "will come too late: sold to somebody else"),
        next(*answer_lost_next, "purchase", "purchases", "will be done, but the answer is lost"),
        next(
            *change_answer_lost_next,
            "other change",
            "other changes",
            "will be done, but the answer is lost",
        ),
        always(*pool_full, "Every messaging service is full"),
        pool_cap.map(|cap| format!("A messaging service takes {}", plural(cap.into(), "number", "numbers"))),
        (*every_nth > 0).then(|| format!("Every call whose turn is divisible by {every_nth} fails")),
        (*faults_per_mille > 0).then(|| format!("{faults_per_mille} of 1,000 calls fail in some way")),
        (*latency_ms >= 1_000)
            .then(|| format!("Each answer takes about {}", duration(u64::from(latency_ms.div_ceil(1_000))))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_weather_but_the_sunny_one_says_what_is_coming() {
        for named in Weather::named() {
            assert_eq!(coming(&named.weather).is_empty(), named.key == "sunny", "{}", named.key);
        }
        let weather = Weather { rate_limit_next: 1, sold_meanwhile_next: 5, ..Weather::still() };
        assert_eq!(
            coming(&weather),
            [
                "The next call will be refused as too many",
                "The next 5 purchases will come too late: sold to somebody else"
            ]
        );
    }

    #[test]
    fn stock_is_said_with_its_place() {
        let code = AreaCode::parse("313").unwrap();
        assert_eq!(stock_words(code, 0), "313 Detroit, MI has no number for sale");
        assert_eq!(stock_words(code, 1204), "313 Detroit, MI has 1,204 numbers for sale");
    }
}
