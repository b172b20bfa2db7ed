//! Accounts, what they sign in with, and whom they let in.

use std::collections::BTreeMap;

use chrono::SubsecRound;
use serde::{Deserialize, Serialize};

use crate::kernel::{Micros, Moment};
use crate::providers::ProviderResult;
use crate::providers::fakeservice::{World, dice};

use super::refusal::Refusal;

/// Under which key an account is noted in the world: this and its SID.
const NOTE: &str = "account ";

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimAccount {
    /// `AC` and 32 hexadecimal digits.
    pub sid: String,
    /// What it signs in with.
    pub auth_token: String,
    /// Its name.
    pub friendly_name: String,
    /// The account it is a subaccount of.
    pub owner: Option<String>,
    /// `Full` or `Trial`.
    pub kind: String,
    /// `active`, `suspended` or `closed`.
    pub status: String,
    /// Its API keys.
    pub keys: Vec<ApiKey>,
    /// What was paid in; the balance is this without what was charged.
    pub credit: Micros,
    /// When it was made.
    pub created_at: Moment,
}

/// An API key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// `SK` and 32 hexadecimal digits.
    pub sid: String,
    /// What it signs in with.
    pub secret: String,
    /// Whether it may read the account itself: a main key may, a standard key not.
    pub main: bool,
}

impl SimAccount {
    /// A full, active account with a standard API key and a thousand dollars; key and secret follow from the seed.
    pub fn new(sid: &str, auth_token: &str, seed: u64, now: Moment) -> SimAccount {
        let key = ApiKey { sid: made("SK", sid, seed), secret: made("", sid, seed), main: false };
        SimAccount {
            sid: sid.to_owned(),
            auth_token: auth_token.to_owned(),
            friendly_name: "Practice".into(),
            owner: None,
            kind: "Full".into(),
            status: "active".into(),
            keys: vec![key],
            credit: Micros::from_cents(100_000),
            created_at: now.trunc_subsecs(0),
        }
    }
    /// The account of a seed, for who names none: SID and token.
    pub fn of_seed(seed: u64) -> (String, String) {
        (made("AC", "account", seed), made("", "token", seed))
    }
    /// Whether a trial account, which has one number at most.
    pub fn is_trial(&self) -> bool {
        self.kind == "Trial"
    }
}

/// An id of a kind that follows from a text and the seed; without a kind, a secret.
pub fn made(prefix: &str, from: &str, seed: u64) -> String {
    let half = |which| dice::mix(seed, &[dice::text(prefix), dice::text(from), which]);
    format!("{prefix}{:016x}{:016x}", half(0), half(1))
}

/// The accounts by SID. The world keeps them.
#[derive(Debug, Default)]
pub struct Accounts(BTreeMap<String, SimAccount>);

impl Accounts {
    /// Those the world has.
    pub fn load(world: &World) -> ProviderResult<Accounts> {
        let kept = world.notes(NOTE)?;
        let accounts = kept.iter().filter_map(|(_, text)| serde_json::from_str(text).ok());
        Ok(Accounts(accounts.map(|account: SimAccount| (account.sid.clone(), account)).collect()))
    }
    /// Adds or writes over one.
    pub fn put(&mut self, world: &World, account: SimAccount) -> ProviderResult<()> {
        let text = serde_json::to_string(&account).unwrap_or_default();
        world.set_note(&format!("{NOTE}{}", account.sid), &text)?;
        self.0.insert(account.sid.clone(), account);
        Ok(())
    }
    /// One of them.
    pub fn get(&self, sid: &str) -> Option<&SimAccount> {
        self.0.get(sid)
    }
    /// All of them, by SID.
    pub fn all(&self) -> impl Iterator<Item = &SimAccount> {
        self.0.values()
    }

    /// The account a call is about: that of the path, else the one that signs in. A parent's token reaches its
    /// subaccounts by the path; its keys do not, and a standard key does not read accounts.
    pub fn sign_in(
        &self,
        signed: Option<(String, String)>,
        path_account: Option<&str>,
        reads_account: bool,
    ) -> Result<SimAccount, Refusal> {
        let refused = || Refusal::of(20003);
        let (user, secret) = signed.ok_or_else(refused)?;
        let by_token = self.0.get(&user).filter(|account| account.auth_token == secret);
        let by_key = || {
            self.0.values().find_map(|account| {
                let key = account.keys.iter().find(|key| key.sid == user && key.secret == secret)?;
                (key.main || !reads_account).then_some(account)
            })
        };
        let signed_in = by_token.or_else(by_key).ok_or_else(refused)?;
        let account = match path_account {
            None => signed_in,
            Some(sid) if sid == signed_in.sid => signed_in,
            Some(sid) => {
                let own = |account: &&SimAccount| account.owner.as_deref() == Some(&signed_in.sid);
                self.0.get(sid).filter(own).filter(|_| by_token.is_some()).ok_or_else(refused)?
            }
        };
        let parent = account.owner.as_ref().and_then(|sid| self.0.get(sid));
        if [Some(account), parent].into_iter().flatten().any(|one| one.status != "active") {
            return Err(refused());
        }
        Ok(account.clone())
    }
}
