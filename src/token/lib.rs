//! Privacy Pass tokens, publicly verifiable (token type 0x0002): what lets a resident prove that they were invited
//! without anybody being able to tell which invitation it was.
//!
//! | module | what | source |
//! | --- | --- | --- |
//! | [`blind_rsa`] | RSABSSA-SHA384-PSS-Deterministic | RFC 9474 |
//! | [`key`] | the issuer's key pair and its published form | RFC 9578 §6.5 |
//! | [`wire`] | challenge, request, response, token | RFC 9577 §2, RFC 9578 §6 |
//! | [`client`] | what the resident's side does | RFC 9578 §6.1, §6.3 |
//! | [`words`] | a key's fingerprint in eight French words | BIP-39's French list |
//! | [`http`] | the `PrivateToken` authentication scheme | RFC 9577 §2.1, §2.2 |
//!
//! This crate is pure: randomness is a parameter, and it knows nothing of codes, surveys, databases or HTTP servers.
//!
//! # Guarantee
//! The issuer sees the blinded message `m·rᵉ mod n` with `r` uniform: for every token ever redeemed there is an `r` that
//! makes it match, so what the issuer holds says nothing about which token it signed, whatever its computing power
//! (RFC 9474 §7.3).
//!
//! ```
//! use isoloir_token::{client::Client, key::PrivateKey, wire::TokenChallenge};
//!
//! let private_key = PrivateKey::generate()?;
//! let public_key = private_key.public_key();
//! let challenge = TokenChallenge::new("isoloir.example", [7; 32], "isoloir.example")?;
//!
//! let client = Client::new(public_key.clone(), &challenge);
//! let (request, pending) = client.request(&mut rand::rng())?;
//! let response = private_key.issue(&request)?;
//! let token = client.finalize(&pending, &response)?;
//!
//! token.verify(&public_key, &challenge.digest())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod blind_rsa;
pub mod client;
pub mod http;
pub mod key;
#[cfg(test)]
mod properties;
pub mod wire;
pub mod words;
