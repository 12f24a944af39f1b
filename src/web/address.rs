//! The address at the other end of the line: needed to slow guessing, and for nothing else. It is never logged or stored.

use std::net::{IpAddr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::web::Data;

/// The address of the reverse proxy in front of us, when there is one; only what it says of its clients is believed.
#[derive(Debug, Clone, Copy)]
pub struct TrustedProxy(pub IpAddr);

/// The visitor's address: the last one that the trusted proxy wrote in `X-Forwarded-For`, or the peer's. `None` when the
/// proxy says nothing that can be read: its own address would stand for everybody.
pub fn client_address(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr().map(|address| address.ip().to_canonical());
    let proxy = request.app_data::<Data<TrustedProxy>>().map(|proxy| proxy.0.to_canonical());
    if proxy.is_none() || proxy != peer {
        return peer;
    }
    let header = request.headers().get_all("X-Forwarded-For").last()?.to_str().ok()?;
    parse_forwarded(header.rsplit(',').next()?.trim())
}

/// An address as proxies write it: alone, with a port, or in brackets.
fn parse_forwarded(text: &str) -> Option<IpAddr> {
    let alone = text.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    alone.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip())).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn address_seen(proxy: Option<[u8; 4]>) -> Option<IpAddr> {
        let mut request = TestRequest::get()
            .peer_addr(([10, 0, 0, 1], 4000).into())
            .insert_header(("X-Forwarded-For", "203.0.113.7, 192.0.2.1"));
        if let Some(proxy) = proxy {
            request = request.app_data(Data::new(TrustedProxy(proxy.into())));
        }
        client_address(&request.to_http_request())
    }

    #[test]
    fn a_forwarded_address_is_believed_from_the_trusted_proxy_only() {
        assert_eq!(address_seen(None), Some([10, 0, 0, 1].into()));
        assert_eq!(address_seen(Some([10, 0, 0, 9])), Some([10, 0, 0, 1].into()));
        assert_eq!(address_seen(Some([10, 0, 0, 1])), Some([192, 0, 2, 1].into()), "the last entry is the proxy's own");
    }

    #[test]
    fn an_address_is_read_as_proxies_write_it() {
        for (text, address) in [
            ("192.0.2.1", Some("192.0.2.1")),
            ("192.0.2.1:443", Some("192.0.2.1")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("::ffff:192.0.2.1", Some("192.0.2.1")),
            ("unknown", None),
        ] {
            assert_eq!(parse_forwarded(text), address.map(|text| text.parse().expect("an address")), "{text}");
        }
    }
}
