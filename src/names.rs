//! The addresses of an installation, as residents and token clients know them.

use anyhow::bail;
use isoloir_collector::ServerNames;

/// Public addresses, checked.
#[derive(Debug, Clone)]
pub(crate) struct Addresses {
    /// What residents type: `https://sante.exemple.fr`, without a slash at the end.
    pub(crate) public_url: String,
    /// What token clients know the servers by.
    pub(crate) names: ServerNames,
}

impl Addresses {
    /// From the residents' address and, when it is another site, the issuer's.
    pub(crate) fn new(public_url: &str, issuer_url: Option<&str>) -> anyhow::Result<Self> {
        let (public_url, name) = parse(public_url)?;
        let issuer = issuer_url.map(parse).transpose()?.filter(|(url, _)| *url != public_url);
        // A machine's own loopback address has two names, and people type either.
        let origins = match name.strip_prefix("127.0.0.1") {
            Some(port) => format!("{name},localhost{port}"),
            None => name.clone(),
        };
        let names = match issuer {
            Some((url, issuer)) => ServerNames { issuer, origins, issuer_url: Some(url) },
            None => ServerNames { issuer: name, origins, issuer_url: None },
        };
        Ok(Self { public_url, names })
    }
}

/// The address without its last slash, and its `host[:port]`.
fn parse(url: &str) -> anyhow::Result<(String, String)> {
    let trimmed = url.trim_end_matches('/');
    let name = trimmed.strip_prefix("https://").or_else(|| trimmed.strip_prefix("http://")).unwrap_or_default();
    if name.is_empty() || !name.is_ascii() || name.contains(['/', '@', ',', '?', '#', ' ']) {
        bail!("« {url} » n’est pas une adresse publique ; écrivez par exemple https://sante.exemple.fr");
    }
    Ok((trimmed.to_owned(), name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_names() {
        let one = Addresses::new("https://sante.exemple.fr/", None).expect("an address");
        assert_eq!(
            (one.public_url.as_str(), one.names.issuer.as_str()),
            ("https://sante.exemple.fr", "sante.exemple.fr")
        );
        assert_eq!(one.names.issuer_url, None);
        let two = Addresses::new("https://sante.exemple.fr", Some("https://jetons.exemple.fr")).expect("addresses");
        assert_eq!((two.names.issuer.as_str(), two.names.origins.as_str()), ("jetons.exemple.fr", "sante.exemple.fr"));
        let local = Addresses::new("http://127.0.0.1:8080", None).expect("an address");
        assert_eq!(local.names.origins, "127.0.0.1:8080,localhost:8080");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in
            ["", "sante.exemple.fr", "ftp://a.fr", "https://", "https://a.fr/s", "https://x@a.fr", "https://a.fr,b.fr"]
        {
            assert!(Addresses::new(bad, None).is_err(), "{bad}");
        }
    }
}
