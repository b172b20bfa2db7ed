//! What the area-codes section draws: rows by state, map, boxes. Pure: built from a situation that was read.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::load::{Picker, round_up};
use super::map::{states, tiles};
use super::model::Reason;
use super::outlook::Outlook;
use super::pages::PanelView;
use super::pool::Pool;
use super::rules::RulesCard;
use super::short::ShortBox;
use super::situation::Situation;
use super::strategies;
use super::view::{Draw, View};
use crate::access::{Allowed, BuyNumbers, ManageCampaigns};
use crate::campaigns::{Campaign, Head};
use crate::kernel::ids::CampaignId;
use crate::kernel::{AreaCode, Micros};
use crate::numbers::Hold;
use crate::web::format::Times;

/// An area code and the count one may change.
#[derive(Debug, Clone)]
pub(super) struct CodeRow {
    pub(super) code: AreaCode,
    pub(super) place: String,
    pub(super) reason: String,
    pub(super) contacts: i64,
    pub(super) needs: i64,
    pub(super) holds: i64,
    pub(super) typed: String,
    pub(super) free: i64,
    /// Who holds others, where they are short.
    pub(super) held_by: Vec<String>,
    pub(super) error: String,
    /// How many contacts each of its numbers would text.
    pub(super) load: Option<i64>,
    /// How many numbers it would hold.
    pub(super) would: i64,
}

/// The area codes of one state.
#[derive(Debug, Clone)]
pub(super) struct StateGroup {
    pub(super) name: &'static str,
    pub(super) contacts: i64,
    pub(super) needs: i64,
    pub(super) holds: i64,
    pub(super) rows: Vec<CodeRow>,
}

/// Who holds numbers of an area code.
#[derive(Debug, Clone)]
pub(super) struct Holder {
    pub(super) code: AreaCode,
    pub(super) campaign: Campaign,
    pub(super) hold: Hold,
    pub(super) count: i64,
}

impl Holder {
    fn words(&self, times: &Times) -> String {
        let (count, name) = (self.count, &self.campaign.name);
        match (self.hold, self.campaign.hold_until) {
            (Hold::Reserved, Some(until)) => {
                format!("{count} reserved by {name} until {}", times.clock(until))
            }
            (Hold::Reserved, None) => format!("{count} reserved by {name}"),
            (Hold::InUse, _) => format!("{count} in use by {name}"),
        }
    }
}

/// What was read for the panel.
#[derive(Debug)]
pub struct Panel {
    pub(super) head: Head,
    pub(super) situation: Situation,
    /// As it would be with the counts that were typed.
    pub(super) predicted: Situation,
    pub(super) outlook: Outlook,
    pub(super) holders: Vec<Holder>,
    pub(super) owners: Vec<String>,
    /// What one more number costs a month.
    pub(super) price: Option<Micros>,
}

/// Area codes whose contacts lack numbers that somebody else may hold.
pub(super) fn contested(situation: &Situation) -> Vec<AreaCode> {
    let needs = situation.needs();
    let short = |code: &&AreaCode| needs.needed(**code) > situation.supply().usable(**code);
    needs.contacts().keys().filter(short).copied().collect()
}

/// Campaigns that hold numbers of contested area codes, but the one that is shown.
pub(super) fn other_holders(rows: &[(AreaCode, CampaignId, Hold, i64)], own: CampaignId) -> Vec<CampaignId> {
    let others: BTreeSet<CampaignId> =
        rows.iter().map(|(_, campaign, ..)| *campaign).filter(|campaign| *campaign != own).collect();
    others.into_iter().collect()
}

impl Panel {
    /// The rules, or what was typed over them.
    pub(super) fn rules_card(&self, view: &View) -> RulesCard {
        RulesCard::of(&self.head.url, &self.head.campaign, &self.situation, view.rules.clone())
    }

    /// Draws it.
    pub(super) fn view(self, by: &Allowed<ManageCampaigns>, view: View) -> (Head, PanelView) {
        let times = by.times();
        let outlook = self.outlook.clone();
        let added = AreaCode::parse(view.add.trim()).ok().filter(|code| !code.is_toll_free());
        let rows = self.rows(&times, &view, added);
        let states = states(&self.predicted);
        let needle = view.search.trim().to_lowercase();
        let (shown, filtered_out): (Vec<CodeRow>, Vec<CodeRow>) =
            rows.into_iter().partition(|row| needle.is_empty() || matches(row, &needle));
        // What was typed into rows that the search hides is kept.
        let hidden = filtered_out
            .iter()
            .filter(|row| row.typed != row.holds.to_string())
            .flat_map(|row| {
                let was = format!("was-{}", row.code);
                [(super::field(row.code), row.typed.clone()), (was, row.holds.to_string())]
            })
            .collect();
        let present: BTreeSet<AreaCode> = shown.iter().chain(&filtered_out).map(|row| row.code).collect();
        let short = ShortBox::of(by, &self.head.campaign, &outlook.shortage, self.price, &self.owners);
        let campaign = &self.head.campaign;
        let strategy = strategies::of(&campaign.strategy);
        let soon = times.now + TimeDelta::hours(24);
        let panel = PanelView {
            url: format!("{}/area-codes", self.head.url),
            campaign_url: self.head.url.clone(),
            reservations: by.url("/reservations"),
            times,
            said: view.said,
            errors: view.errors,
            offer_take: view.offer_take,
            contacts: campaign.contacts,
            shown: shown.len(),
            groups: groups(shown),
            hidden,
            search: view.search,
            added: added.map(|code| code.to_string()).unwrap_or_default(),
            others: others(&self.situation, &present),
            tiles: tiles(&states),
            states,
            chooses: strategy.chooses(),
            strategy: strategy.name(),
            hold_until: campaign.hold_until,
            lapses_soon: campaign.hold_until.is_some_and(|until| until <= soon),
            short,
            ratio_that_fits: outlook.ratio_that_fits(campaign.contacts),
            is_owner: by.may::<BuyNumbers>(),
            sharing: self.situation.pool().and_then(Pool::words),
            promised: self.situation.pool().and_then(Pool::promised_words),
            alone: view.draw == Draw::PredictionAlone,
            unsaved: (self.predicted.held() != self.situation.held()).then(|| self.predicted.total()),
            unkept: self.predicted.unkept(),
            picker_words: match campaign.picker {
                Picker::Twilio => "The carrier’s geomatch picks the number for each contact.",
                Picker::Numberbank => {
                    "Numberbank picks the number for each contact when the texting platform asks."
                }
            },
            outlook,
        };
        (self.head, panel)
    }

    fn rows(&self, times: &Times, view: &View, added: Option<AreaCode>) -> Vec<CodeRow> {
        let (situation, needs) = (&self.situation, self.situation.needs());
        let reasons = self.predicted.reasons();
        let loads = &self.outlook.forecast.loads;
        let codes: BTreeSet<AreaCode> = needs
            .contacts()
            .keys()
            .chain(situation.held().keys())
            .chain(view.typed.keys())
            .copied()
            .chain(added)
            .collect();
        let row = |code: AreaCode| {
            let holds = situation.held().get(&code).copied().unwrap_or(0);
            // A number that was cordoned or lost after it was taken is held but no longer usable.
            let most = situation.supply().usable(code).max(holds);
            let held_by = self.holders.iter().filter(|holder| holder.code == code);
            CodeRow {
                code,
                place: code.info().place.to_owned(),
                reason: reasons.get(&code).unwrap_or(&Reason::Spare).words(),
                contacts: needs.of(code),
                needs: needs.needed(code),
                holds,
                typed: view.typed.get(&code).cloned().unwrap_or_else(|| holds.to_string()),
                free: most - holds,
                held_by: held_by.map(|holder| holder.words(times)).collect(),
                load: loads.get(&code).map(|&load| round_up(load)),
                would: self.predicted.held().get(&code).copied().unwrap_or(0),
                error: view
                    .errors
                    .iter()
                    .find(|(field, _)| *field == super::field(code))
                    .map(|(_, words)| in_its_row(code, words))
                    .unwrap_or_default(),
            }
        };
        codes.into_iter().map(row).collect()
    }
}

fn matches(row: &CodeRow, needle: &str) -> bool {
    let info = row.code.info();
    row.code.as_str().starts_with(needle)
        || row.place.to_lowercase().contains(needle)
        || info.region_name.to_lowercase().contains(needle)
        || info.region.to_lowercase() == needle
}

/// Rows by state, the one with most contacts first.
fn groups(rows: Vec<CodeRow>) -> Vec<StateGroup> {
    let mut by_state: BTreeMap<&'static str, Vec<CodeRow>> = BTreeMap::new();
    for row in rows {
        by_state.entry(row.code.info().region_name).or_default().push(row);
    }
    let mut groups: Vec<StateGroup> = by_state
        .into_iter()
        .map(|(name, mut rows)| {
            rows.sort_by_key(|row| (-row.contacts, row.code));
            let sum = |of: fn(&CodeRow) -> i64| rows.iter().map(of).sum();
            StateGroup {
                name,
                contacts: sum(|row| row.contacts),
                needs: sum(|row| row.needs),
                holds: sum(|row| row.holds),
                rows,
            }
        })
        .collect();
    groups.sort_by_key(|group| (-group.contacts, group.name));
    groups
}

/// Area codes one owns that are not among the rows yet.
fn others(situation: &Situation, present: &BTreeSet<AreaCode>) -> Vec<(String, String)> {
    let supply = situation.supply();
    supply
        .codes()
        .filter(|code| !present.contains(code) && supply.usable(*code) > 0)
        .map(|code| {
            let words = format!("{code} {}: {} free", code.info().place_and_region(), supply.usable(code));
            (code.to_string(), words)
        })
        .collect()
}

/// An error beside its field: the row names the area code already.
fn in_its_row(code: AreaCode, words: &str) -> String {
    let rest = match words.split_once(": ") {
        Some((place, rest)) if place.starts_with(code.as_str()) => rest,
        _ => return words.to_owned(),
    };
    let mut letters = rest.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().collect::<String>() + letters.as_str())
}
