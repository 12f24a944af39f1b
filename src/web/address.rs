//! The address at the other end of the line: needed to slow guessing, and for nothing else. It is never logged or stored.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::web::Data;

/// The address of the reverse proxy in front of us, when there is one; only what it says of its clients is believed.
#[derive(Debug, Clone, Copy)]
pub struct TrustedProxy(pub IpAddr);

/// The visitor's address: the last one that the trusted proxy wrote in `X-Forwarded-For`, or the peer's.
pub fn client_address(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr().map(|address| address.ip());
    let proxy = request.app_data::<Data<TrustedProxy>>().map(|proxy| proxy.0);
    if proxy.is_some() && proxy == peer {
        let header = request.headers().get_all("X-Forwarded-For").last().and_then(|value| value.to_str().ok());
        return header.and_then(|value| value.rsplit(',').next()?.trim().parse().ok()).or(peer);
    }
    peer
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
}
