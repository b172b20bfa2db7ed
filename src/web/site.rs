//! Where this instance is on the network, and what may be believed about who calls.

use actix_web::HttpRequest;
use url::Url;

/// Where people reach this instance.
#[derive(Debug, Clone)]
pub struct Site {
    /// The address people type, without a path.
    pub base_url: Url,
    /// Whether the nearest proxy says who calls (`X-Forwarded-For`); without one, anybody could.
    pub behind_proxy: bool,
}

impl Site {
    /// Whether people come over https, so that cookies may insist on it.
    pub fn is_secure(&self) -> bool {
        self.base_url.scheme() == "https"
    }
    /// Whether `origin` (`scheme://host:port`) is this site.
    pub(super) fn is_own(&self, origin: &str) -> bool {
        Url::parse(origin).is_ok_and(|url| url.origin() == self.base_url.origin())
    }
    /// The address of the client, to count its attempts by; an IPv6 address as its network, of which one client
    /// has many addresses.
    pub fn client_address(&self, request: &HttpRequest) -> String {
        let forwarded = self.behind_proxy.then(|| last_forwarded(request)).flatten();
        let address = forwarded.or_else(|| request.peer_addr().map(|peer| peer.ip()));
        match address {
            Some(std::net::IpAddr::V4(v4)) => v4.to_string(),
            Some(std::net::IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
                Some(v4) => v4.to_string(),
                None => {
                    let [a, b, c, d, ..] = v6.segments();
                    format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
                }
            },
            None => "unknown".to_owned(),
        }
    }
}

/// The entry the nearest proxy added: all before it is whatever the client sent.
fn last_forwarded(request: &HttpRequest) -> Option<std::net::IpAddr> {
    let last = request.headers().get_all("X-Forwarded-For").last()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
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
    fn a_client_is_who_the_nearest_machine_says_it_is() {
        let request = actix_web::test::TestRequest::get()
            .peer_addr("10.0.0.1:5000".parse().unwrap())
            .insert_header(("X-Forwarded-For", "1.1.1.1, 203.0.113.9"))
            .to_http_request();
        let site = |behind_proxy| Site { base_url: "http://x".parse().unwrap(), behind_proxy };
        assert_eq!(site(true).client_address(&request), "203.0.113.9");
        assert_eq!(site(false).client_address(&request), "10.0.0.1");
        let address = |peer: &str| {
            let request = actix_web::test::TestRequest::get().peer_addr(peer.parse().unwrap());
            site(true).client_address(&request.to_http_request())
        };
        assert_eq!(address("[2001:db8:1:2:3:4:5:6]:1"), address("[2001:db8:1:2:ffff::]:1"));
        assert_ne!(address("[2001:db8:1:2::1]:1"), address("[2001:db8:1:3::1]:1"));
        assert_eq!(address("[::ffff:10.0.0.1]:1"), "10.0.0.1");
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
