//! Where this instance is on the network, and what may be believed about who calls.

use std::net::IpAddr;

use actix_web::HttpRequest;
use ipnet::IpNet;
use url::Url;

/// Where people reach this instance.
#[derive(Debug, Clone)]
pub struct Site {
    /// The address people type, without a path.
    pub base_url: Url,
    /// The proxies whose word about who calls (`X-Forwarded-For`) is believed; anybody else could say anything.
    pub trusted_proxies: Vec<IpNet>,
}

impl Site {
    /// Whether people come over https, so that cookies may insist on it.
    pub fn is_secure(&self) -> bool {
        self.base_url.scheme() == "https"
    }
    /// The whole address of a page, to hand on. `path` begins with a slash.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.as_str().trim_end_matches('/'))
    }
    /// Whether `origin` (`scheme://host:port`) is this site.
    pub(super) fn is_own(&self, origin: &str) -> bool {
        Url::parse(origin).is_ok_and(|url| url.origin() == self.base_url.origin())
    }
    /// The address of the client, to count its attempts by; an IPv6 address as its network, of which one client
    /// has many addresses.
    pub fn client_address(&self, request: &HttpRequest) -> String {
        let address = self.client(request);
        match address {
            Some(IpAddr::V4(v4)) => v4.to_string(),
            Some(IpAddr::V6(v6)) => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
            None => "unknown".to_owned(),
        }
    }
    /// Who calls: the machine at the other end; when that is a trusted proxy, who it says called it; when that is
    /// one too, who that says, and so on. What stands before is whatever a stranger wrote.
    pub fn client(&self, request: &HttpRequest) -> Option<IpAddr> {
        let mut client = request.peer_addr()?.ip().to_canonical();
        let headers: Vec<&str> = request
            .headers()
            .get_all("X-Forwarded-For")
            .map(|value| value.to_str().unwrap_or_default())
            .collect();
        for said in headers.iter().rev().flat_map(|header| header.rsplit(',')) {
            if !self.trusted_proxies.iter().any(|network| network.contains(&client)) {
                break;
            }
            match said.trim().parse::<IpAddr>() {
                Ok(address) => client = address.to_canonical(),
                // A trusted proxy that says what is no address: the proxy is all there is to know.
                Err(_) => break,
            }
        }
        Some(client)
    }
}

/// `path` if it leads to a page of this site and nowhere else; what `/login?next=` may name.
pub fn local_path(path: &str) -> Option<&str> {
    let fine = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !path.chars().any(|letter| letter.is_control() || letter.is_whitespace());
    let base = Url::parse("http://site.invalid/").ok()?;
    let stays = base.join(path).is_ok_and(|url| url.origin() == base.origin());
    (fine && stays).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_who_a_trusted_machine_says_it_is() {
        let client = |trusted: &[&str], peer: &str, forwarded: &[&str]| {
            let trusted_proxies = trusted.iter().map(|network| network.parse().unwrap()).collect();
            let site = Site { base_url: "http://x".parse().unwrap(), trusted_proxies };
            let mut request = actix_web::test::TestRequest::get().peer_addr(peer.parse().unwrap());
            for header in forwarded {
                request = request.append_header(("X-Forwarded-For", *header));
            }
            site.client_address(&request.to_http_request())
        };
        let peer = "10.0.0.1:5000";
        let said = ["1.1.1.1, 203.0.113.9"].as_slice();
        assert_eq!(client(&[], peer, said), "10.0.0.1", "nobody is trusted");
        assert_eq!(client(&["10.0.0.2/32"], peer, said), "10.0.0.1", "another is trusted");
        assert_eq!(client(&["10.0.0.0/24"], peer, said), "203.0.113.9");
        // Two proxies in a row; what the client itself wrote is not believed.
        let two = ["6.6.6.6", "203.0.113.9,10.0.0.7"].as_slice();
        assert_eq!(client(&["10.0.0.0/24"], peer, two), "203.0.113.9");
        assert_eq!(client(&["10.0.0.1/32"], peer, two), "10.0.0.7");
        assert_eq!(client(&["10.0.0.0/24"], peer, &["203.0.113.9, unknown"]), "10.0.0.1");
        assert_eq!(client(&["10.0.0.0/24"], peer, &[]), "10.0.0.1");
        // An IPv4 proxy at an IPv6 socket is the same proxy.
        assert_eq!(client(&["10.0.0.0/24"], "[::ffff:10.0.0.1]:1", said), "203.0.113.9");
        assert_eq!(client(&[], "[::ffff:10.0.0.1]:1", &[]), "10.0.0.1");
        // An IPv6 client has many addresses of one network.
        assert_eq!(client(&[], "[2001:db8:1:2:3:4:5:6]:1", &[]), client(&[], "[2001:db8:1:2:ffff::]:1", &[]));
        assert_ne!(client(&[], "[2001:db8:1:2::1]:1", &[]), client(&[], "[2001:db8:1:3::1]:1", &[]));
    }

    #[test]
    fn only_paths_of_this_site_are_local() {
        for fine in ["/", "/o/demo/orders?status=open#end", "/o/x/a%2F%2Fb"] {
            assert_eq!(local_path(fine), Some(fine));
        }
        for wrong in [
            "",
            "orders",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "/\t/evil",
            "/ x",
            "\\\\e",
        ] {
            assert_eq!(local_path(wrong), None, "{wrong}");
        }
    }
}
