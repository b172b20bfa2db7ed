//! The command `numberbank twilio-sim`.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::{Options, Simulator};
use crate::kernel::Clock;

/// The arguments of the command.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Listen here. Whoever reaches the address commands the simulator
    #[arg(long, default_value = "127.0.0.1:4010")]
    listen: SocketAddr,
    /// The SID of an account, AC and 32 hexadecimal digits; may be given again. Without it one is made
    #[arg(long, requires = "auth_token")]
    account_sid: Vec<String>,
    /// The account's auth token, one for each SID
    #[arg(long)]
    auth_token: Vec<String>,
    /// Decides which numbers there are
    #[arg(long, default_value_t = 313)]
    seed: u64,
    /// Keep the world here; without it, it ends with the simulator
    #[arg(long)]
    data: Option<PathBuf>,
    /// How long answers take on average, in milliseconds
    #[arg(long, default_value_t = 0)]
    latency_ms: u32,
    /// Refuse with 429 what comes while so many requests are under way
    #[arg(long)]
    most_at_once: Option<usize>,
}

impl Arguments {
    /// What was chosen.
    ///
    /// # Errors
    /// In words, when there are not as many tokens as SIDs.
    pub fn options(self) -> Result<Options, String> {
        if self.account_sid.len() != self.auth_token.len() {
            let (sids, tokens) = (self.account_sid.len(), self.auth_token.len());
            return Err(format!(
                "give an --auth-token for each --account-sid: there are {tokens} for {sids}"
            ));
        }
        Ok(Options {
            listen: self.listen,
            accounts: self.account_sid.into_iter().zip(self.auth_token).collect(),
            seed: self.seed,
            data: self.data,
            clock: Clock::system(),
            latency_ms: self.latency_ms,
            most_at_once: self.most_at_once,
        })
    }
}

/// How to point Numberbank at a simulator, and what to sign in with.
pub fn guide(simulator: &Simulator) -> String {
    let url = simulator.url();
    let mut out = format!("A simulated Twilio is at  {url}\n\nPoint Numberbank at it\n");
    for host in ["API", "MESSAGING", "PRICING"] {
        let _ = writeln!(out, "  export NUMBERBANK_TWILIO_{host}_URL={url}");
    }
    let _ = writeln!(out, "\nConnect an organization with");
    for account in simulator.accounts() {
        let _ = writeln!(out, "  account SID  {}\n  auth token   {}", account.sid, account.auth_token);
        for key in &account.keys {
            let _ = writeln!(out, "  or API key   {}  with secret  {}", key.sid, key.secret);
        }
    }
    let _ = writeln!(out, "\nThe carrier's books  curl {url}/_sim/books");
    let _ = writeln!(out, "What goes wrong      numberbank twilio-sim --help");
    let _ = writeln!(out, "\nPractice: no real numbers, no real money. Ctrl-C stops.");
    out
}
