//! What a top-up would add, to be confirmed.

use askama::Template;

use crate::access::{Allowed, ManageCampaigns, Section};
use crate::allocation::{ShortBox, TopUp};
use crate::campaigns::Campaign;
use crate::requests::Card;
use crate::web::format::{number, plural};
use crate::web::{Shell, filters};

/// The confirmation of a top-up.
#[derive(Template)]
#[template(path = "launch/top_up.html")]
pub(super) struct TopUpPage {
    shell: Shell,
    campaign: Campaign,
    campaign_url: String,
    top_up: TopUp,
    /// Numbers of the last top-up are on their way.
    under_way: bool,
    /// What no number that is free would mend.
    short: Option<ShortBox>,
    /// How its last request for numbers stands.
    card: Card,
    /// Its rules about area codes, in words.
    rules: Vec<String>,
}

/// What is drawn beside the top-up itself.
pub(super) struct Beside {
    pub(super) under_way: bool,
    pub(super) short: Option<ShortBox>,
    pub(super) card: Card,
    pub(super) rules: Vec<String>,
}

impl TopUpPage {
    pub(super) fn of(
        by: &Allowed<ManageCampaigns>,
        campaign: Campaign,
        top_up: TopUp,
        Beside { under_way, short, card, rules }: Beside,
    ) -> TopUpPage {
        TopUpPage {
            shell: by.shell(Section::Campaigns),
            short,
            card,
            rules,
            campaign_url: by.url(&format!("/campaigns/{}", campaign.id)),
            campaign,
            top_up,
            under_way,
        }
    }
    fn numbers(&self) -> String {
        plural(self.top_up.total().unsigned_abs(), "number", "numbers")
    }
    /// What is confirmed, as the form sends it: `313:3,248:2`.
    fn added(&self) -> String {
        let one = |(code, count): (crate::kernel::AreaCode, i64)| format!("{code}:{count}");
        self.top_up.numbers().into_iter().map(one).collect::<Vec<_>>().join(",")
    }
    fn held_of_wanted(&self) -> String {
        format!("{} of {}", number(self.top_up.held), number(self.top_up.wanted))
    }
    fn before(&self) -> i64 {
        self.top_up.before.hottest().map_or(0, |(_, load)| load)
    }
    fn after(&self) -> i64 {
        self.top_up.after.hottest().map_or(0, |(_, load)| load)
    }
    /// Why there is nothing to add.
    fn nothing(&self) -> String {
        if self.top_up.held >= self.top_up.wanted {
            return "It holds all the numbers it wants for its contacts.".to_owned();
        }
        format!(
            "It holds {} of the numbers it wants, and no number that is free would help it.",
            self.held_of_wanted()
        )
    }
}
