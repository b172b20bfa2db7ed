//! Twilio's own specification (`tests/it/data/twilio/spec`) as a judge of requests and answers: an unknown key, a
//! missing one, a wrong type is a fault in words.

use std::collections::{BTreeSet, HashMap};
use std::sync::{LazyLock, Mutex, OnceLock};

use chrono::{DateTime, NaiveDate};
use regex::Regex;
use serde_json::{Value, json};

const DOCUMENTS: [&str; 3] = [
    include_str!("../data/twilio/spec/api.json"),
    include_str!("../data/twilio/spec/messaging.json"),
    include_str!("../data/twilio/spec/pricing.json"),
];

fn documents() -> &'static [Value] {
    static PARSED: OnceLock<Vec<Value>> = OnceLock::new();
    PARSED.get_or_init(|| DOCUMENTS.iter().map(|text| serde_json::from_str(text).unwrap()).collect())
}

/// One operation of the specification.
#[derive(Clone, Copy)]
pub struct Operation {
    document: &'static Value,
    value: &'static Value,
    /// `GET`, `POST` or `DELETE`.
    pub method: &'static str,
    /// Its path with `{Names}`.
    pub path: &'static str,
}

/// Every operation.
pub fn operations() -> Vec<Operation> {
    let mut all = Vec::new();
    for document in documents() {
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, value) in methods.as_object().unwrap() {
                let method = ["GET", "POST", "DELETE"].into_iter().find(|m| m.eq_ignore_ascii_case(method));
                all.push(Operation { document, value, method: method.unwrap(), path });
            }
        }
    }
    all
}

/// The operation that a request is, by its method and its path without the query.
pub fn find(method: &str, path: &str) -> Option<Operation> {
    let fits =
        |operation: &Operation| operation.method == method && path_values(operation.path, path).is_some();
    // `Local.json` is itself before it is a `{Sid}.json`.
    operations().into_iter().filter(fits).min_by_key(|operation| operation.path.matches('{').count())
}

/// The faults of a whole request; one the specification does not know is a fault too.
pub fn faults_of_request(
    method: &str,
    path: &str,
    query: &[(String, String)],
    form: &[(String, String)],
) -> Vec<String> {
    match find(method, path) {
        None => vec![format!("the specification has no {method} {path}")],
        Some(operation) => operation.request_faults(path, query, form),
    }
}

/// The values of a path's names.
fn path_values<'a>(template: &'static str, path: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    let mut values = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(values),
            (Some(wanted), Some(given)) => match wanted.strip_prefix('{').and_then(|w| w.split_once('}')) {
                Some((name, ending)) => values.push((name, given.strip_suffix(ending)?)),
                None if wanted == given => {}
                None => return None,
            },
            _ => return None,
        }
    }
}

impl Operation {
    /// What is wrong with a request of this operation.
    pub fn request_faults(
        &self,
        path: &str,
        query: &[(String, String)],
        form: &[(String, String)],
    ) -> Vec<String> {
        let mut faults = Vec::new();
        let parameter = |place: &str, name: &str| {
            let all = self.value["parameters"].as_array().into_iter().flatten();
            all.into_iter().find(|one| one["in"] == place && one["name"] == name)
        };
        for (name, value) in path_values(self.path, path).unwrap_or_default() {
            if let Some(known) = parameter("path", name) {
                self.check(&known["schema"], &self.typed(&known["schema"], value), name, &mut faults);
            }
        }
        for (name, value) in query {
            match parameter("query", name) {
                None => faults.push(format!("unknown query key {name}")),
                Some(known) => {
                    self.check(&known["schema"], &self.typed(&known["schema"], value), name, &mut faults)
                }
            }
        }
        match self.form() {
            None if form.is_empty() => {}
            None => faults.push("a form where none belongs".into()),
            Some(schema) => {
                let typed = |(name, value): &(String, String)| {
                    (name.clone(), self.typed(&schema["properties"][name.as_str()], value))
                };
                let value = Value::Object(form.iter().map(typed).collect());
                self.check(schema, &value, "form", &mut faults);
            }
        }
        faults.iter().map(|fault| format!("{} {}: {fault}", self.method, self.path)).collect()
    }

    /// The schema of its form.
    fn form(&self) -> Option<&'static Value> {
        self.value.pointer("/requestBody/content/application~1x-www-form-urlencoded/schema")
    }
    /// The keys of its form.
    pub fn form_keys(&self) -> Vec<&'static str> {
        let properties = self.form().and_then(|form| form["properties"].as_object());
        properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect()
    }
    /// The keys of its query.
    pub fn query_keys(&self) -> Vec<&'static str> {
        let parameters = self.value["parameters"].as_array().into_iter().flatten();
        parameters.filter(|one| one["in"] == "query").filter_map(|one| one["name"].as_str()).collect()
    }

    fn answer(&self, status: u16) -> Option<&'static Value> {
        let responses = &self.value["responses"];
        let known = responses.get(status.to_string());
        let error = || responses.get("default").filter(|_| status >= 400);
        known.or_else(error)?.pointer("/content/application~1json")
    }
    /// The answers the specification gives as examples.
    pub fn examples(&self) -> Vec<(u16, &'static Value)> {
        let mut all = Vec::new();
        for (status, response) in self.value["responses"].as_object().into_iter().flatten() {
            let examples = response.pointer("/content/application~1json/examples").and_then(Value::as_object);
            if let Ok(status) = status.parse() {
                all.extend(examples.into_iter().flatten().map(|(_, example)| (status, &example["value"])));
            }
        }
        all
    }
    /// What is wrong with an answer: its status, an unknown key, a type.
    pub fn answer_faults(&self, status: u16, body: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        match self.answer(status) {
            Some(answer) => self.check(&answer["schema"], body, "", &mut faults),
            None if self.value["responses"].get(status.to_string()).is_some() => {}
            None => faults.push(format!("no status {status}")),
        }
        faults.iter().map(|fault| format!("{} {} {status}: {fault}", self.method, self.path)).collect()
    }
    /// The keys of the answer's schema that an answer does not have, by their places.
    pub fn missing(&self, status: u16, body: &Value) -> BTreeSet<String> {
        let mut out = BTreeSet::new();
        if let Some(answer) = self.answer(status) {
            self.absent(&answer["schema"], body, "", &mut out);
        }
        out
    }
    fn absent(&self, schema: &'static Value, value: &Value, at: &str, out: &mut BTreeSet<String>) {
        let schema = self.resolved(schema);
        if let Some(first) = schema["oneOf"].get(0) {
            return self.absent(first, value, at, out);
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.absent(&schema["items"], item, at, out)),
            Value::Object(there) => {
                for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
                    let place = format!("{at}/{name}");
                    match there.get(name) {
                        Some(value) => self.absent(inner, value, &place, out),
                        None => drop(out.insert(place)),
                    }
                }
            }
            _ => {}
        }
    }

    fn resolved(&self, schema: &'static Value) -> &'static Value {
        match schema["$ref"].as_str() {
            Some(name) => self.document.pointer(name.trim_start_matches('#')).unwrap(),
            None => schema,
        }
    }

    /// What a form or a query says, in the type it should have.
    fn typed(&self, schema: &'static Value, text: &str) -> Value {
        let parsed = match self.resolved(schema)["type"].as_str() {
            Some("integer") => text.parse().ok().map(|number: i64| json!(number)),
            Some("boolean") => text.parse().ok().map(|flag: bool| json!(flag)),
            _ => None,
        };
        parsed.unwrap_or_else(|| json!(text))
    }

    fn check(&self, schema: &'static Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let schema = self.resolved(schema);
        if value.is_null() && schema["nullable"] == true {
            return;
        }
        if let Some(choices) = schema.get("anyOf").or(schema.get("oneOf")).and_then(Value::as_array) {
            let fits = |choice| {
                let mut wrong = Vec::new();
                self.check(choice, value, at, &mut wrong);
                wrong.is_empty()
            };
            if !choices.iter().any(fits) {
                faults.push(format!("{at} is none of what it may be: {value}"));
            }
        }
        let is = match schema["type"].as_str() {
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            Some("array") => value.is_array(),
            Some("object") => value.is_object(),
            _ => true,
        };
        if !is {
            return faults.push(format!("{at} is not of type {}: {value}", schema["type"]));
        }
        if schema["enum"].as_array().is_some_and(|known| !known.contains(value)) {
            faults.push(format!("{at} is none of {}: {value}", schema["enum"]));
        }
        match value {
            Value::String(text) => faults.extend(text_fault(schema, text).map(|why| format!("{at} {why}"))),
            Value::Number(number) => {
                let bound = |name: &str| schema[name].as_i64();
                let number = number.as_i64().unwrap_or(0);
                if bound("minimum").is_some_and(|least| number < least)
                    || bound("maximum").is_some_and(|most| number > most)
                {
                    faults.push(format!("{at} is out of bounds: {number}"));
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.check(&schema["items"], item, &format!("{at}[]"), faults);
                }
            }
            Value::Object(there) => {
                let properties = schema["properties"].as_object();
                for (name, value) in there {
                    match properties.and_then(|known| known.get(name)) {
                        Some(inner) => self.check(inner, value, &format!("{at}/{name}"), faults),
                        None if properties.is_some() => faults.push(format!("unknown key {at}/{name}")),
                        None => {}
                    }
                }
                let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
                for name in required.filter(|name| !there.contains_key(*name)) {
                    faults.push(format!("{at}/{name} is missing"));
                }
            }
            _ => {}
        }
    }
}

fn is_match(pattern: &str, text: &str) -> bool {
    static KNOWN: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap();
    let compiled = known.entry(pattern.to_owned()).or_insert_with(|| Regex::new(pattern).unwrap());
    compiled.is_match(text)
}

fn text_fault(schema: &Value, text: &str) -> Option<String> {
    let length = |name: &str| schema[name].as_u64().and_then(|length| usize::try_from(length).ok());
    let count = text.chars().count();
    if length("minLength").is_some_and(|least| count < least)
        || length("maxLength").is_some_and(|most| count > most)
    {
        return Some(format!("is too short or too long: {text}"));
    }
    if let Some(pattern) = schema["pattern"].as_str()
        && !is_match(pattern, text)
    {
        return Some(format!("does not look like {pattern}: {text}"));
    }
    let fine = match schema["format"].as_str() {
        Some("date-time-rfc-2822") => DateTime::parse_from_rfc2822(text).is_ok(),
        Some("date-time") => DateTime::parse_from_rfc3339(text).is_ok() || text.parse::<NaiveDate>().is_ok(),
        Some("date") => text.parse::<NaiveDate>().is_ok(),
        _ => true,
    };
    (!fine).then(|| format!("is not a {}: {text}", schema["format"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_examples_of_the_specification_pass() {
        let mut seen = 0;
        for operation in operations() {
            for (status, example) in operation.examples() {
                assert_eq!(operation.answer_faults(status, example), [""; 0]);
                seen += 1;
            }
        }
        assert!(seen > 30, "{seen}");
    }

    #[test]
    fn faults_are_seen() {
        let account = format!("/2010-04-01/Accounts/AC{}", "a".repeat(32));
        let buy = format!("{account}/IncomingPhoneNumbers.json");
        let local = format!("{account}/IncomingPhoneNumbers/Local.json");
        let services = "/v1/Services".to_owned();
        type Pairs<'a> = &'a [(&'a str, &'a str)];
        let cases: &[(&str, &String, Pairs, Pairs, usize)] = &[
            ("POST", &buy, &[], &[("PhoneNumber", "+13135550100"), ("VoiceUrl", "")], 0),
            ("POST", &local, &[], &[("PhoneNumber", "+13135550100"), ("AreaCode", "313")], 1),
            ("POST", &buy, &[], &[("FriendlyName", "x")], 1),
            ("POST", &buy, &[], &[("PhoneNumber", "313"), ("Friendlyname", "x")], 2),
            ("POST", &buy, &[("PageSize", "1")], &[("AreaCode", "313")], 1),
            ("GET", &buy, &[("PageSize", "1000"), ("Beta", "false")], &[], 0),
            ("GET", &buy, &[("PageSize", "1001"), ("Beta", "no"), ("SortBy", "x")], &[], 3),
            ("POST", &services, &[], &[("FriendlyName", "x"), ("ValidityPeriod", "0")], 1),
            ("PUT", &services, &[], &[], 1),
            ("GET", &format!("{services}/MG1"), &[], &[], 1),
        ];
        for (method, path, query, form, count) in cases {
            let faults = faults_of_request(method, path, &pairs(query), &pairs(form));
            assert_eq!(faults.len(), *count, "{method} {path} {faults:?}");
        }
        let balance = find("GET", &format!("{account}/Balance.json")).unwrap();
        assert_eq!(balance.answer_faults(200, &json!({ "balance": true, "money": "1" })).len(), 2);
        assert_eq!(balance.answer_faults(404, &json!({ "code": 20404, "message": "x" })).len(), 1);
        assert_eq!(balance.answer_faults(202, &json!({})).len(), 1);
        assert_eq!(balance.missing(200, &json!({ "balance": "1" })).len(), 2);
    }
}
