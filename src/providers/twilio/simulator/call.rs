//! One call of an operation: who asks, about whom, for what.

use crate::kernel::Moment;
use crate::providers::Account;

use super::accounts::SimAccount;
use super::request::{self, Request};
use super::state::State;

/// A call that was let in.
pub struct Call<'a> {
    /// The simulator.
    pub sim: &'a State,
    /// What came in.
    pub request: &'a Request,
    /// Its form.
    pub form: Vec<(String, String)>,
    /// What stands in the path where the operation's has names, after the account.
    pub values: Vec<String>,
    /// The account it is about.
    pub owner: SimAccount,
    /// The same for the world.
    pub account: Account,
}

impl Call<'_> {
    /// A value of the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        request::value(&self.request.query, name)
    }
    /// A value of the form.
    pub fn said(&self, name: &str) -> Option<&str> {
        request::value(&self.form, name)
    }
    /// A flag of the form.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.said(name).map(|text| text == "true")
    }
    /// What stands in the path at a name, from 0.
    pub fn value(&self, place: usize) -> &str {
        self.values.get(place).map_or("", String::as_str)
    }
    /// A path of this account on api.twilio.com.
    pub fn path(&self, rest: &str) -> String {
        format!("/2010-04-01/Accounts/{}{rest}", self.owner.sid)
    }
    /// An absolute address.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.request.base)
    }
    /// Now.
    pub fn now(&self) -> Moment {
        self.sim.world.clock().now()
    }
}

/// A date as api.twilio.com writes it.
pub fn rfc2822(moment: Moment) -> String {
    moment.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// A date as the other hosts write it.
pub fn iso(moment: Moment) -> String {
    moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
