//! The HTTP client of all calls.

use url::Url;

use super::Options;

/// A client with the time limits of the options.
pub(super) fn client(options: &Options) -> Result<reqwest::Client, reqwest::Error> {
    // One is enough for the process: a second time is refused, which does no harm.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .connect_timeout(options.connect_within)
        .timeout(options.answer_within)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("numberbank/", env!("CARGO_PKG_VERSION")));
    let addresses = [&options.api, &options.messaging, &options.pricing];
    // A proxy is for the world outside, not for a simulator on this machine.
    if addresses.into_iter().all(is_here) {
        builder = builder.no_proxy();
    }
    // A simulator in clear text needs no certificates of the system's.
    if addresses.into_iter().all(|url| url.scheme() == "http") {
        builder = builder.tls_certs_only(std::iter::empty());
    }
    builder.build()
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_made_for_the_real_twilio_and_for_a_simulator() {
        client(&Options::real()).unwrap();
        let here = || Url::parse("http://localhost:4010").unwrap();
        client(&Options::at(here(), here(), here())).unwrap();
        assert!(is_here(&here()) && is_here(&Url::parse("http://[::1]:80").unwrap()));
        assert!(!is_here(&Options::real().api));
    }
}
