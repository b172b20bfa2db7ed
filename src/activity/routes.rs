//! The log.

use actix_web::web as http;
use serde::Deserialize;

use super::model::{Filter, From};
use super::pages::{ActivityPage, Data, LINES};
use crate::access::{self, Allowed, Section, SeeActivity};
use crate::error::AppError;
use crate::kernel::ids::{ActivityId, PersonId};
use crate::state::App;
use crate::web::{Page, PageResult, Query};

/// The routes of the log.
pub fn routes(cfg: &mut http::ServiceConfig) {
    cfg.route("/o/{organization}/activity", http::get().to(show));
}

/// The query string as it came.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    person: String,
    verb: String,
    before: String,
    after: String,
}

async fn show(by: Allowed<SeeActivity>, query: Query<Asked>, app: App) -> PageResult {
    let (who, asked) = (by.clone(), query.into_inner());
    let data = app
        .db
        .read(move |conn| {
            let organization = who.organization_id();
            let (people, verbs) = super::choices(conn, organization)?;
            let people: Vec<PersonId> = people.into_iter().collect();
            let people = access::names(conn, &people)?;
            let mut notices = Vec::new();
            let mut filter = Filter::default();
            if !asked.person.is_empty() {
                filter.person =
                    PersonId::parse(&asked.person).ok().filter(|person| people.contains_key(person));
                if filter.person.is_none() {
                    notices.push("That person is not in the log: everybody is shown.".to_owned());
                }
            }
            if !asked.verb.is_empty() {
                filter.verb = verbs.get(&asked.verb).cloned();
                if filter.verb.is_none() {
                    notices.push("There is no such kind of entry: all kinds are shown.".to_owned());
                }
            }
            let from = match (ActivityId::parse(&asked.before), ActivityId::parse(&asked.after)) {
                (Ok(id), _) => From::OlderThan(id),
                (_, Ok(id)) => From::NewerThan(id),
                _ => From::Newest,
            };
            Ok::<_, AppError>(Data {
                base: who.url(""),
                slice: super::list(conn, organization, &filter, from, LINES)?,
                total: super::how_many(conn, organization, &filter)?,
                filter,
                notices,
                people,
                verbs: verbs.into_iter().collect(),
            })
        })
        .await?;
    Ok(Page::of(&ActivityPage::of(by.shell(Section::Activity), &data)))
}
