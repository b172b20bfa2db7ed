//! What a campaign's page says of its reservation: that it lapses soon or has lapsed, who asks for some of it, and what
//! others answered.

use askama::Template;
use chrono::TimeDelta;

use super::model::{ReleaseAsk, Status};
use super::{OPEN, store, what};
use crate::access::{Allowed, ManageCampaigns};
use crate::allocation::strategies;
use crate::campaigns::{self, Campaign, State};
use crate::db::Conn;
use crate::error::AppResult;
use crate::kernel::Moment;
use crate::kernel::ids::CampaignId;
use crate::web::filters;
use crate::web::format::Times;

/// A reservation that lapses within this is warned of.
pub(super) const SOON: TimeDelta = TimeDelta::hours(24);
/// So long an answer stands on the page of who asked.
const ANSWERS: TimeDelta = TimeDelta::days(7);

/// So many area codes of what lapsed are named.
const NAMED: usize = 4;

/// `3 in 313, 2 in 248`: what lapsed.
fn lapsed_words(campaign: &Campaign) -> String {
    let mut codes: Vec<_> = campaign.lapsed.iter().collect();
    codes.sort_by_key(|(code, count)| (-**count, **code));
    let mut words: Vec<String> =
        codes.iter().take(NAMED).map(|(code, count)| format!("{count} in {code}")).collect();
    if codes.len() > NAMED {
        words.push(format!("and {} more area codes", codes.len() - NAMED));
    }
    words.join(", ")
}

struct Note {
    kind: &'static str,
    words: String,
    /// Address and words.
    link: (String, &'static str),
}

/// What a draft's page says of its reservation; nothing for others.
#[derive(Template)]
#[template(path = "reservations/_notes.html")]
pub struct Notes {
    /// When it lapses, if that is soon; and where that is put off.
    lapses: Option<Moment>,
    extend: String,
    /// Where what lapsed is reserved again, in one click: address, what is done, and what that is.
    again: Option<(String, &'static str, String)>,
    notes: Vec<Note>,
    times: Times,
}

// A template inside a template: what it writes is escaped already.
impl askama::filters::HtmlSafe for Notes {}

impl Notes {
    /// Reads it; `held` is how many numbers the campaign holds. With `says_until` the page says itself when they lapse.
    ///
    /// # Errors
    /// A database error.
    pub fn load(
        conn: &mut Conn,
        by: &Allowed<ManageCampaigns>,
        campaign: &Campaign,
        held: i64,
        says_until: bool,
    ) -> AppResult<Notes> {
        let times = by.times();
        let home = by.url(&format!("/campaigns/{}", campaign.id));
        let mut notes = Notes {
            lapses: None,
            extend: by.url(&format!("/reservations/{}/extend", campaign.id)),
            again: None,
            notes: Vec::new(),
            times,
        };
        if campaign.state != State::Draft {
            return Ok(notes);
        }
        let soon = campaign.hold_until.filter(|until| held > 0 && *until <= times.now + SOON);
        notes.lapses = soon.filter(|_| !says_until);
        // Only what lapsed or failed leaves a notice on a draft, and a start that failed keeps its numbers.
        let chooses = strategies::of(&campaign.strategy).chooses();
        let action = format!("{home}/area-codes");
        notes.again = match campaign.lapsed.is_empty() {
            _ if held > 0 => None,
            false => Some((action, "again", lapsed_words(campaign))),
            true if campaign.notice.is_some() && campaign.contacts > 0 && chooses => {
                Some((action, "plan", String::new()))
            }
            true => None,
        };
        let organization = by.organization_id();
        let open = store::open(conn, organization, Some(campaign.id), OPEN)?;
        let answered = store::answered(conn, organization, campaign.id, times.now - ANSWERS, 5)?;
        let others: Vec<CampaignId> =
            open.iter().chain(&answered).flat_map(|ask| [ask.from, ask.to]).collect();
        let names = campaigns::names(conn, organization, &others)?;
        let name = |id: CampaignId| names.get(&id).cloned().unwrap_or_default();
        let link = |ask: &ReleaseAsk| by.url(&format!("/reservations/asks/{}", ask.id));
        notes.notes.extend(open.iter().map(|ask| match ask.from == campaign.id {
            true => Note {
                kind: "warning",
                words: format!("{} asks for {} of this campaign.", name(ask.to), what(ask)),
                link: (link(ask), "Answer"),
            },
            false => Note {
                kind: "info",
                words: format!("{} was asked to give {}.", name(ask.from), what(ask)),
                link: (link(ask), "See"),
            },
        }));
        notes.notes.extend(answered.iter().map(|ask| match ask.status {
            Status::Given => Note {
                kind: "success",
                words: format!("{} gave {}.", name(ask.from), what(ask)),
                link: (link(ask), "See"),
            },
            _ => Note {
                kind: "info",
                words: format!(
                    "{} keeps {}: “{}”",
                    name(ask.from),
                    what(ask),
                    ask.answer.as_deref().unwrap_or_default()
                ),
                link: (link(ask), "See"),
            },
        }));
        Ok(notes)
    }
}
