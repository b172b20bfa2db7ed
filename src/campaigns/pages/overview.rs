//! The page of a campaign after its start.

use std::collections::BTreeMap;

use askama::Template;

use super::super::model::State;
use super::{Head, Section};
use crate::access::{Allowed, ManageCampaigns};
use crate::kernel::{AreaCode, Micros};
use crate::launch;
use crate::numbers::Number;
use crate::requests;
use crate::spend::forecast::CostCard;
use crate::web::{Shell, filters};

/// Numbers that a campaign holds in one area code.
pub(in crate::campaigns) struct HeldCode {
    pub(in crate::campaigns) code: AreaCode,
    pub(in crate::campaigns) place: String,
    pub(in crate::campaigns) contacts: i64,
    pub(in crate::campaigns) numbers: i64,
    pub(in crate::campaigns) url: String,
}

impl HeldCode {
    /// The numbers a campaign holds, sorted by area code, as rows with most numbers first; and how many area codes have
    /// contacts and none of its numbers, with how many contacts.
    pub(in crate::campaigns) fn rows(
        by: &Allowed<ManageCampaigns>,
        numbers: &[Number],
        needs: &BTreeMap<AreaCode, i64>,
    ) -> (Vec<HeldCode>, (usize, i64)) {
        let mut rows: Vec<HeldCode> = Vec::new();
        for number in numbers {
            match rows.last_mut() {
                Some(row) if row.code == number.area_code => row.numbers += 1,
                _ => rows.push(HeldCode {
                    code: number.area_code,
                    place: number.area_code.info().place_and_region(),
                    contacts: needs.get(&number.area_code).copied().unwrap_or(0),
                    numbers: 1,
                    url: by.url(&format!("/phone-numbers/area/{}", number.area_code)),
                }),
            }
        }
        rows.sort_by_key(|row| (-row.numbers, row.code));
        let elsewhere = needs.iter().filter(|(code, _)| rows.iter().all(|row| row.code != **code));
        let elsewhere = elsewhere.fold((0, 0), |(codes, contacts), (_, more)| (codes + 1, contacts + more));
        (rows, elsewhere)
    }
}

/// A campaign after its start.
#[derive(Template)]
#[template(path = "campaigns/overview.html")]
pub(in crate::campaigns) struct OverviewPage {
    pub(in crate::campaigns) shell: Shell,
    pub(in crate::campaigns) head: Head,
    pub(in crate::campaigns) panel: launch::Panel,
    /// How its request for numbers stands.
    pub(in crate::campaigns) card: requests::Card,
    pub(in crate::campaigns) held: Vec<HeldCode>,
    /// How many area codes have contacts and none of its numbers, and how many contacts these are.
    pub(in crate::campaigns) elsewhere: (usize, i64),
    pub(in crate::campaigns) monthly: Micros,
    pub(in crate::campaigns) codes_with_contacts: usize,
    pub(in crate::campaigns) cost: CostCard,
}
