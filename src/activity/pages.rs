//! The log as a page.

use std::collections::BTreeMap;

use askama::Template;

use super::model::{Activity, Filter, Slice, verb_words};
use crate::kernel::Moment;
use crate::kernel::ids::{ActivityId, PersonId};
use crate::web::format::plural;
use crate::web::{Shell, filters};

/// Lines a page.
pub(super) const LINES: usize = 50;

/// Everything the page is made of.
pub(super) struct Data {
    /// The address of the organization's pages.
    pub(super) base: String,
    pub(super) filter: Filter,
    pub(super) notices: Vec<String>,
    pub(super) slice: Slice,
    pub(super) total: i64,
    pub(super) people: BTreeMap<PersonId, String>,
    pub(super) verbs: Vec<String>,
}

struct Line {
    at: Moment,
    who: String,
    words: String,
    /// Empty when it is about no page.
    href: String,
}

#[derive(Template)]
#[template(path = "activity/page.html")]
pub(super) struct ActivityPage {
    shell: Shell,
    page: String,
    notices: Vec<String>,
    lines: Vec<Line>,
    narrows: bool,
    people: Vec<(String, String, bool)>,
    verbs: Vec<(String, String, bool)>,
    total: String,
    pages_text: String,
    newer: String,
    older: String,
}

impl ActivityPage {
    pub(super) fn of(shell: Shell, data: &Data) -> ActivityPage {
        let Data { base, filter, slice, .. } = data;
        let page = format!("{base}/activity");
        let total = plural(data.total.unsigned_abs(), "entry", "entries");
        let turned = |there: bool, cursor: &str, line: Option<&Activity>| match line {
            Some(line) if there => address(&page, filter, Some((cursor, line.id))),
            _ => String::new(),
        };
        let mut people: Vec<_> = data
            .people
            .iter()
            .map(|(id, name)| (id.to_string(), name.clone(), filter.person == Some(*id)))
            .collect();
        people.sort_by(|a, b| a.1.cmp(&b.1));
        let verbs = data
            .verbs
            .iter()
            .map(|verb| (verb.clone(), verb_words(verb), filter.verb.as_ref() == Some(verb)))
            .collect();
        let whole = !slice.newer && !slice.older;
        ActivityPage {
            newer: turned(slice.newer, "after", slice.lines.first()),
            older: turned(slice.older, "before", slice.lines.last()),
            lines: slice.lines.iter().map(|line| Line::of(line, data)).collect(),
            narrows: *filter != Filter::default(),
            pages_text: if whole { total.clone() } else { format!("{} of {total}", slice.lines.len()) },
            total,
            people,
            verbs,
            notices: data.notices.clone(),
            page,
            shell,
        }
    }
}

fn address(page: &str, filter: &Filter, cursor: Option<(&str, ActivityId)>) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    if let Some(person) = filter.person {
        pairs.append_pair("person", person.as_str());
    }
    if let Some(verb) = &filter.verb {
        pairs.append_pair("verb", verb);
    }
    if let Some((name, id)) = cursor {
        pairs.append_pair(name, id.as_str());
    }
    format!("{page}?{}", pairs.finish())
}

impl Line {
    fn of(line: &Activity, data: &Data) -> Line {
        let who = match line.person_id {
            Some(person) => data.people.get(&person).cloned().unwrap_or_else(|| "Somebody".to_owned()),
            None => "Numberbank".to_owned(),
        };
        let href = if line.subject.starts_with('/') {
            format!("{}{}", data.base, line.subject)
        } else {
            String::new()
        };
        Line { at: line.at, who, words: line.words.clone(), href }
    }
}
