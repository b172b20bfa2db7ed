//! Lists page by page, as both families of Twilio's API have them. The next page is found by its link only: the token
//! in it says where the list goes on, and one that no link gave is refused.

use serde_json::{Map, Value, json};

use crate::providers::ProviderResult;
use crate::providers::fakeservice::{Placed, dice};

use super::call::Call;
use super::refusal::Refusal;

/// Which page is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// How many entries it has at most.
    pub size: usize,
    number: usize,
    /// The place after which it begins.
    pub after: i64,
}

impl Page {
    /// The page a request asks for.
    pub fn of(call: &Call) -> Result<Page, Refusal> {
        let whole = |name, usual| call.query(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
        let (size, number) = (whole("PageSize", 50), whole("Page", 0));
        let after = match call.query("PageToken") {
            Some(token) => place(call, token).ok_or_else(|| Refusal::of(21481))?,
            None if number > 0 => return Err(Refusal::of(21481)),
            None => 0,
        };
        Ok(Page { size, number, after })
    }

    /// The entries of the page that please, and the place of the last when there are more.
    pub fn fill<T>(
        &self,
        fetch: impl Fn(i64, usize) -> ProviderResult<Vec<Placed<T>>>,
        pleases: impl Fn(&T) -> bool,
    ) -> Result<(Vec<T>, Option<i64>), Refusal> {
        const CHUNK: usize = 1_000;
        let (mut after, mut found) = (self.after, Vec::new());
        loop {
            let chunk = fetch(after, CHUNK.min(self.size * 4 + 1))?;
            let Some((last, _)) = chunk.last() else { break };
            after = *last;
            found.extend(chunk.into_iter().filter(|(_, item)| pleases(item)));
            if found.len() > self.size {
                break;
            }
        }
        let more = found.len() > self.size;
        found.truncate(self.size);
        let next = found.last().map(|(place, _)| *place).filter(|_| more);
        Ok((found.into_iter().map(|(_, item)| item).collect(), next))
    }

    /// The page of a list that is there whole.
    pub fn cut<T: Clone>(&self, all: &[T]) -> (Vec<T>, Option<i64>) {
        let start = usize::try_from(self.after).unwrap_or(0).min(all.len());
        let end = start.saturating_add(self.size).min(all.len());
        let next = i64::try_from(end).ok().filter(|_| end < all.len());
        (all[start..end].to_vec(), next)
    }

    /// The list as api.twilio.com answers it: links are relative.
    pub fn v2010(&self, call: &Call, key: &str, items: Vec<Value>, next: Option<i64>) -> Value {
        let start = self.number * self.size;
        let link =
            |page, token: Option<String>| format!("{}?{}", call.request.path, self.query(call, page, token));
        let mut out = Map::new();
        out.insert("page".into(), self.number.into());
        out.insert("page_size".into(), self.size.into());
        out.insert("start".into(), start.into());
        out.insert("end".into(), (start + items.len().max(1) - 1).into());
        out.insert("uri".into(), link(self.number, call.query("PageToken").map(str::to_owned)).into());
        out.insert("first_page_uri".into(), link(0, None).into());
        out.insert(
            "previous_page_uri".into(),
            if self.number == 1 { link(0, None).into() } else { Value::Null },
        );
        let next = next.map(|place| link(self.number + 1, Some(token(call, place))));
        out.insert("next_page_uri".into(), next.map_or(Value::Null, Value::from));
        out.insert(key.into(), items.into());
        out.into()
    }

    /// The list as messaging.twilio.com and pricing.twilio.com answer it: links are absolute.
    pub fn v1(&self, call: &Call, key: &str, items: Vec<Value>, next: Option<i64>) -> Value {
        let link =
            |page, token| call.link(&format!("{}?{}", call.request.path, self.query(call, page, token)));
        let next = next.map(|place| link(self.number + 1, Some(token(call, place))));
        json!({
            "meta": {
                "page": self.number,
                "page_size": self.size,
                "first_page_url": link(0, None),
                "previous_page_url": (self.number == 1).then(|| link(0, None)),
                "url": link(self.number, call.query("PageToken").map(str::to_owned)),
                "next_page_url": next,
                "key": key,
            },
            key: items,
        })
    }

    fn query(&self, call: &Call, page: usize, token: Option<String>) -> String {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        let paging = ["Page", "PageSize", "PageToken"];
        out.extend_pairs(call.request.query.iter().filter(|(name, _)| !paging.contains(&name.as_str())));
        out.append_pair("PageSize", &self.size.to_string()).append_pair("Page", &page.to_string());
        out.extend_pairs(token.map(|token| ("PageToken", token)));
        out.finish()
    }
}

/// The token of a place in the list of this path.
fn token(call: &Call, place: i64) -> String {
    let place = place.unsigned_abs();
    let seal = dice::mix(call.sim.world.seed(), &[dice::text(&call.request.path), place]);
    format!("PA{place:016x}{seal:016x}")
}

fn place(call: &Call, given: &str) -> Option<i64> {
    let place = i64::from_str_radix(given.strip_prefix("PA")?.get(..16)?, 16).ok()?;
    (token(call, place) == given).then_some(place)
}
