//! The messaging service that a campaign will use, as far as planning goes: what fits into it, what is in it, and who
//! else texts from it. Reading it is here; what follows from it is pure.

use std::collections::BTreeMap;

use super::model::{ByCode, Needs, Stock, Supply};
use crate::access::OrganizationRef;
use crate::campaigns::{self, Campaign, State, Uses};
use crate::db::{Conn, DbResult};
use crate::kernel::AreaCode;
use crate::kernel::ids::{CampaignId, ServiceId};
use crate::kernel::money::group_thousands;
use crate::messaging;
use crate::numbers::{self, Sources, pools};
use crate::web::format::plural;

/// A messaging service that exists, from one campaign's point of view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// Whether other campaigns may text from it: then the carrier draws on all of it for everybody.
    pub shared: bool,
    /// How many more numbers it takes: those that campaigns which run have not put in yet are counted.
    pub left: i64,
    /// Other drafts that would start on it and hold numbers which are not in it: their names, and how many.
    pub promised: Vec<(String, i64)>,
    /// The numbers in it, whoever holds them.
    pub numbers: ByCode,
    /// Those that the campaign holds and that are in it.
    pub held_inside: ByCode,
    /// Those that the campaign holds and that would have to be put in.
    pub held_outside: ByCode,
    /// Those in it that the campaign may take.
    pub spare: ByCode,
    /// The contacts of the other campaigns that text from it.
    pub contacts: ByCode,
    /// How many these campaigns are.
    pub others: usize,
}

fn of(map: &ByCode, code: AreaCode) -> i64 {
    map.get(&code).copied().unwrap_or(0)
}

impl Pool {
    /// Reads it; `None` when the campaign's service is not made yet.
    ///
    /// # Errors
    /// A database error.
    pub(super) fn read(
        conn: &mut Conn,
        organization: &OrganizationRef,
        campaign: &Campaign,
        uses: &Uses,
    ) -> DbResult<Option<Pool>> {
        let Some(service) = uses.service() else { return Ok(None) };
        let on = campaigns::on_services(conn, organization.id, &[service.id])?;
        let others = || on.iter().filter(|other| other.id != campaign.id && other.state != State::Draft);
        let ids: Vec<CampaignId> = others().map(|other| other.id).collect();
        let drafts: BTreeMap<CampaignId, String> =
            campaigns::drafts_for(conn, organization, service.id)?.into_iter().collect();
        // Those of campaigns that would put them in anyway are counted as theirs.
        let elsewhere = |number: &numbers::Number| {
            let counted = |id: CampaignId| id == campaign.id || ids.contains(&id) || drafts.contains_key(&id);
            number.facts.held.is_none_or(|(id, _)| !counted(id))
        };
        let expected = pools::expected(conn, organization.id, service.id, &ids)?
            + messaging::moves::on_their_way(conn, organization.id, service.id, elsewhere)?;
        // Of an archived one nobody new is texted.
        let texting: Vec<CampaignId> =
            others().filter(|other| other.state != State::Archived).map(|other| other.id).collect();
        let mut pool = Pool {
            name: service.name.clone(),
            shared: uses.is_shared(),
            left: service.room_left(expected),
            numbers: pools::by_area(conn, organization.id, service.id)?,
            contacts: campaigns::needs_of_all(conn, organization.id, &texting)?,
            others: texting.len(),
            ..Pool::default()
        };
        let ids: Vec<CampaignId> = drafts.keys().copied().filter(|id| *id != campaign.id).collect();
        let outside = pools::outside(conn, organization.id, service.id, &ids)?;
        pool.promised =
            outside.into_iter().filter_map(|(id, count)| Some((drafts.get(&id)?.clone(), count))).collect();
        pool.promised.sort();
        for (code, at, count) in pools::held_where(conn, organization.id, campaign.id)? {
            let side = if at == Some(service.id) { &mut pool.held_inside } else { &mut pool.held_outside };
            *side.entry(code).or_default() += count;
        }
        let beside = |conn: &mut Conn, attached_to: Option<ServiceId>| {
            let sources = Sources { attached_to, resting: campaign.include_resting };
            numbers::beside_free(conn, organization.id, &organization.service, sources)
        };
        let (all, outside) = (beside(conn, Some(service.id))?, beside(conn, None)?);
        pool.spare = all.iter().map(|(&code, &count)| (code, count - of(&outside, code))).collect();
        pool.spare.retain(|_, count| *count > 0);
        Ok(Some(pool))
    }

    /// The most numbers the campaign may hold: those that still fit, and those that are in it already.
    pub fn room(&self) -> i64 {
        let inside: i64 = self.held_inside.values().chain(self.spare.values()).sum();
        self.free() + inside
    }

    /// How many more numbers it takes beside those that other drafts have reserved for it.
    pub fn free(&self) -> i64 {
        (self.left - self.promised()).max(self.left.min(0))
    }

    /// How many numbers other drafts have reserved for it.
    fn promised(&self) -> i64 {
        self.promised.iter().map(|(_, count)| count).sum()
    }

    /// Whose reservations take its room, in words; nothing when no other draft's do.
    pub fn promised_words(&self) -> Option<String> {
        let holds: Vec<String> =
            self.promised.iter().map(|(name, count)| format!("{name} {count}")).collect();
        (!holds.is_empty()).then(|| {
            format!(
                "{} has room for {}, and campaigns that have not started hold {} for it: {}.",
                self.name,
                plural(self.left.max(0).unsigned_abs(), "more number", "more numbers"),
                group_thousands(self.promised().unsigned_abs()),
                holds.join(", ")
            )
        })
    }

    /// How many of so many numbers of an area code would have to be put in: those in it are taken first.
    fn outside(&self, code: AreaCode, count: i64) -> i64 {
        let held = of(&self.held_inside, code) + of(&self.held_outside, code);
        let more = (count - held - of(&self.spare, code)).max(0);
        // What is let go of is counted as outside.
        let fewer = (held - count).max(0);
        (of(&self.held_outside, code) - fewer).max(0) + more
    }

    /// How many of these numbers would have to be put in.
    pub fn to_put_in(&self, numbers: &ByCode) -> i64 {
        numbers.iter().map(|(&code, &count)| self.outside(code, count)).sum()
    }

    /// All the numbers the carrier would draw on, if the campaign had these.
    pub fn with(&self, numbers: &ByCode) -> ByCode {
        let mut all = self.numbers.clone();
        for (&code, &count) in numbers {
            *all.entry(code).or_default() += self.outside(code, count);
        }
        all.retain(|_, count| *count > 0);
        all
    }

    /// The numbers in it that the campaign neither holds nor may take.
    pub fn of_others(&self) -> ByCode {
        let mut others = self.numbers.clone();
        for (&code, &count) in self.held_inside.iter().chain(&self.spare) {
            *others.entry(code).or_default() -= count;
        }
        others.retain(|_, count| *count > 0);
        others
    }

    /// All the contacts that are texted from it.
    pub fn contacts_with(&self, needs: &Needs) -> Needs {
        let mut contacts = needs.contacts().clone();
        for (&code, &count) in &self.contacts {
            *contacts.entry(code).or_default() += count;
        }
        Needs::new(&contacts, needs.ratio())
    }

    /// The stock with no more numbers from outside than fit in: first for the area codes with most contacts, as many
    /// as they need; what is left over likewise.
    pub fn limit(&self, supply: &Supply, needs: &Needs) -> Supply {
        let inside = |code: AreaCode| of(&self.held_inside, code) + of(&self.spare, code);
        let mut codes: Vec<AreaCode> = supply.codes().collect();
        codes.sort_by_key(|&code| (-needs.of(code), code));
        let outside: i64 = codes.iter().map(|&code| (supply.usable(code) - inside(code)).max(0)).sum();
        if outside <= self.free() {
            return supply.clone();
        }
        let (mut left, mut granted) = (self.free().max(0), ByCode::new());
        for most in [needs_of as fn(&Needs, AreaCode) -> i64, |_, _| i64::MAX] {
            for &code in &codes {
                let has = of(&granted, code);
                let wants = (most(needs, code) - inside(code)).min(supply.usable(code) - inside(code)) - has;
                let more = wants.clamp(0, left);
                *granted.entry(code).or_default() += more;
                left -= more;
            }
        }
        let stock = codes.iter().map(|&code| {
            let usable = supply.usable(code).min(inside(code) + of(&granted, code));
            (code, Stock { usable, ..supply.of(code) })
        });
        Supply::new(stock.collect())
    }

    /// What sharing it means for the figures, in words; nothing when it is the campaign's own.
    pub fn words(&self) -> Option<String> {
        let all: i64 = self.numbers.values().sum();
        self.shared.then(|| {
            let others = match self.others {
                0 => "no other campaign texts from it now".to_owned(),
                1 => "1 other campaign texts from it now".to_owned(),
                more => format!("{more} other campaigns text from it now"),
            };
            format!(
                "It shares the messaging service {}: {others}, and {} in it. The carrier draws on the whole pool for \
                 every contact, so the figures here count all of it and the contacts of those campaigns too. Holding \
                 a number means that this campaign counts and pays for it, not that no other is texted from it; a \
                 messaging service of its own keeps campaigns apart.",
                self.name,
                match all {
                    1 => "1 number is".to_owned(),
                    all => format!("{} are", plural(all.unsigned_abs(), "number", "numbers")),
                }
            )
        })
    }

    /// Why so many numbers cannot be held for it, in words; nothing when they can. What other drafts hold for it is
    /// theirs.
    pub fn refusal(&self, numbers: &ByCode) -> Option<String> {
        let free = self.free().max(0);
        let beside = match self.promised_words() {
            Some(words) if self.promised() > 0 => format!(" {words}"),
            _ => String::new(),
        };
        self.too_many(numbers, free).map(|words| words + &beside)
    }

    /// Why so many numbers cannot be put in now, in words; nothing when they can. Who starts first has the room.
    pub fn refusal_now(&self, numbers: &ByCode) -> Option<String> {
        self.too_many(numbers, self.left)
    }

    fn too_many(&self, numbers: &ByCode, room: i64) -> Option<String> {
        let coming = self.to_put_in(numbers);
        (coming > room).then(|| {
            format!(
                "The messaging service {} has room for {}, and {} would have to be put in: {} too many. Let go \
                 of some, choose another messaging service, or let an owner raise its room.",
                self.name,
                plural(room.max(0).unsigned_abs(), "more number", "more numbers"),
                group_thousands(coming.unsigned_abs()),
                group_thousands((coming - room).unsigned_abs())
            )
        })
    }
}

fn needs_of(needs: &Needs, code: AreaCode) -> i64 {
    needs.needed(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_code(pairs: &[(&str, i64)]) -> ByCode {
        pairs.iter().map(|&(text, count)| (AreaCode::parse(text).unwrap(), count)).collect()
    }

    fn supply(pairs: &[(&str, i64)]) -> Supply {
        let stock = |count| Stock { usable: count, owned: count };
        Supply::new(by_code(pairs).into_iter().map(|(code, count)| (code, stock(count))).collect())
    }

    fn pool(left: i64) -> Pool {
        Pool {
            left,
            numbers: by_code(&[("313", 9), ("989", 1)]),
            held_inside: by_code(&[("313", 2)]),
            held_outside: by_code(&[("313", 1), ("248", 2)]),
            spare: by_code(&[("313", 3)]),
            contacts: by_code(&[("313", 500)]),
            ..Pool::default()
        }
    }

    #[test]
    fn only_what_is_not_in_it_needs_room() {
        let pool = pool(4);
        assert_eq!(pool.room(), 9);
        // As held: one of 313 and two of 248 are outside.
        assert_eq!(pool.to_put_in(&by_code(&[("313", 3), ("248", 2)])), 3);
        // Three more of 313 are in it, the fourth is not.
        assert_eq!(pool.to_put_in(&by_code(&[("313", 7), ("248", 2)])), 4);
        assert_eq!(pool.refusal(&by_code(&[("313", 7), ("248", 2)])), None);
        let words = pool.refusal(&by_code(&[("313", 8), ("248", 2)])).unwrap();
        assert!(words.contains("room for 4 more numbers") && words.contains("1 too many"), "{words}");
        // What is let go of was outside.
        assert_eq!(pool.to_put_in(&by_code(&[("313", 2), ("248", 1)])), 1);
    }

    #[test]
    fn what_other_drafts_hold_for_it_is_theirs_until_somebody_starts() {
        let pool = Pool { promised: vec![("Spring".into(), 1), ("Winter".into(), 2)], ..pool(4) };
        // Five are in it; of the four that still fit three are promised.
        assert_eq!((pool.free(), pool.room()), (1, 6));
        let four = by_code(&[("313", 7), ("248", 2)]);
        let words = pool.refusal(&four).unwrap();
        assert!(words.contains("room for 1 more number,") && words.contains("3 too many"), "{words}");
        assert!(words.contains("hold 3 for it: Spring 1, Winter 2."), "{words}");
        assert_eq!(pool.refusal_now(&four), None);
        let limited =
            pool.limit(&supply(&[("313", 12), ("248", 6)]), &Needs::new(&by_code(&[("313", 2_000)]), 200));
        assert_eq!(limited.usable(AreaCode::parse("313").unwrap()), 6);
        // More was promised than fits: nothing does, and a room that was lowered stays lowered.
        let over = Pool { left: 2, ..pool.clone() };
        assert_eq!((over.free(), Pool { left: -3, ..pool }.free()), (0, -3));
    }

    #[test]
    fn the_carrier_draws_on_all_of_it_for_everybody() {
        let pool = pool(4);
        assert_eq!(
            pool.with(&by_code(&[("313", 3), ("248", 2)])),
            by_code(&[("248", 2), ("313", 10), ("989", 1)])
        );
        let needs = Needs::new(&by_code(&[("313", 100), ("616", 7)]), 200);
        assert_eq!(pool.contacts_with(&needs).contacts(), &by_code(&[("313", 600), ("616", 7)]));
    }

    #[test]
    fn stock_from_outside_is_limited_to_the_room_where_it_is_needed_most() {
        let needs = Needs::new(&by_code(&[("313", 2_000), ("248", 900), ("616", 100)]), 200);
        let all = supply(&[("313", 12), ("248", 6), ("616", 4)]);
        assert_eq!(pool(40).limit(&all, &needs), all);
        let limited = pool(4).limit(&all, &needs);
        // 313 needs 10, of which 5 are in it: 4 more fit, and none for the others.
        let usable = |code: &str| limited.usable(AreaCode::parse(code).unwrap());
        assert_eq!((usable("313"), usable("248"), usable("616")), (9, 0, 0));
        assert_eq!(limited.of(AreaCode::parse("248").unwrap()).owned, 6);
        let none = pool(0).limit(&all, &needs);
        assert_eq!(none.usable(AreaCode::parse("313").unwrap()), 5);
    }
}
