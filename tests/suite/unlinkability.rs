//! The experiment behind the promise: somebody who has everything that both servers ever saw or stored, and every private
//! key, tries to tell which invitation led to which response.
//!
//! For a blinded message z with signature zᵈ, and a token with signature s = mᵈ, the only blinding that fits both is
//! r = zᵈ·s⁻¹ mod n. When the client blinds as it must, an r fits for every one of the 100 × 100 pairs and looks like any
//! other number: the best guess is one in a hundred. When it does not, the true pairs stand out.

use isoloir_token::client::Client;
use isoloir_token::wire::{Token, TokenRequest, TokenResponse};
use openssl::bn::{BigNum, BigNumContext};
use openssl::rsa::{Padding, Rsa};
use serde_json::json;

use crate::server::{Server, answers, open_read_only};

const RESIDENTS: usize = 100;

/// What was seen of one resident on each side; the same index is the same resident, which the attacker does not know.
struct Seen {
    blinded_message: Vec<u8>,
    blind_signature: Vec<u8>,
    token: Token,
}

/// What the attacker finds: pairs for which some blinding fits, and pairs that a blinding factor gives away.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    consistent: usize,
    given_away: usize,
}

/// Tries all pairs of an issuance and a redemption.
fn attack(private_key: &[u8], seen: &[Seen]) -> Finding {
    let key = Rsa::private_key_from_pem(private_key).expect("the issuer's key");
    let (n, e) = (key.n(), key.e());
    let mut context = BigNumContext::new().expect("a context");
    let number = |bytes: &[u8]| BigNum::from_slice(bytes).expect("a number");
    let one = BigNum::from_u32(1).expect("one");
    // The authenticator is the last 256 bytes of a token; its eth power is the message that was signed.
    let tokens: Vec<(BigNum, BigNum)> = seen
        .iter()
        .map(|seen| {
            let token = seen.token.to_bytes();
            let signature = number(&token[token.len() - 256..]);
            let (mut inverse, mut message) = (BigNum::new().expect("n"), BigNum::new().expect("n"));
            inverse.mod_inverse(&signature, n, &mut context).expect("an inverse");
            message.mod_exp(&signature, e, n, &mut context).expect("a power");
            (inverse, message)
        })
        .collect();
    let mut finding = Finding { consistent: 0, given_away: 0 };
    for issuance in seen {
        let (z, signature) = (number(&issuance.blinded_message), number(&issuance.blind_signature));
        for (inverse, message) in &tokens {
            let (mut r, mut power, mut product) =
                (BigNum::new().expect("n"), BigNum::new().expect("n"), BigNum::new().expect("n"));
            r.mod_mul(&signature, inverse, n, &mut context).expect("a product");
            power.mod_exp(&r, e, n, &mut context).expect("a power");
            product.mod_mul(&power, message, n, &mut context).expect("a product");
            finding.consistent += usize::from(product == z);
            // Of 10,000 uniform factors below 2^2048, none is below 2^1900: a small one was not drawn as it must be.
            finding.given_away += usize::from(r == one || r.num_bits() < 1900);
        }
    }
    finding
}

/// Lets the residents ask for tokens and answer, in an order of their own, and notes what the servers saw.
async fn residents(server: &Server, client: &Client) -> Vec<Seen> {
    let version = server.version().await;
    let mut seen = Vec::new();
    for code in &server.codes {
        let (request, pending) = client.request(&mut rand::rng()).expect("a request");
        let reply = server.post_token_request(code, &request).await;
        let response = TokenResponse::parse(&reply.bytes().await.expect("bytes")).expect("a response");
        let token = client.finalize(&pending, &response).expect("a token");
        seen.push(Seen {
            blinded_message: request.blinded_message.to_vec(),
            blind_signature: response.blind_signature.to_vec(),
            token,
        });
    }
    for resident in &seen {
        let body = json!({"version": version, "answers": answers()});
        assert!(server.post_response(Some(&resident.token), &body).await.status().is_success());
    }
    seen
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test]
async fn whoever_has_everything_can_only_guess() {
    let mut server = Server::start(RESIDENTS);
    let client = server.client().await;
    let seen = residents(&server, &client).await;
    let private_key = std::fs::read(server.data().join("issuer/keys/mauges-2026.pem")).expect("the key");
    let finding = attack(&private_key, &seen);
    assert_eq!(finding, Finding { consistent: RESIDENTS * RESIDENTS, given_away: 0 });

    // Nothing of one side lies on the other side, in the log, or in both databases.
    let log = server.stop().into_bytes();
    let issuer = std::fs::read(server.data().join("issuer/issuer.db")).expect("a file");
    let collector = std::fs::read(server.data().join("collector/collector.db")).expect("a file");
    for resident in &seen {
        let token = resident.token.to_bytes();
        for secret in [&resident.blinded_message[..32], &resident.blind_signature[..32], &token[2..34], &token[98..130]]
        {
            let encodings = [
                secret.to_vec(),
                data_encoding::BASE64URL_NOPAD.encode(&secret[..30]).into_bytes(),
                data_encoding::HEXLOWER.encode(secret).into_bytes(),
            ];
            for encoded in &encodings {
                assert!(!contains(&log, encoded) && !contains(&issuer, encoded) && !contains(&collector, encoded));
            }
        }
    }
    let column = |database: &'static str, sql: &'static str| {
        let path = server.data().join(database);
        async move {
            let pool = open_read_only(&path).await;
            let rows: Vec<Vec<u8>> = sqlx::query_scalar(sql).fetch_all(&pool).await.expect("rows");
            pool.close().await;
            rows
        }
    };
    let used_hashes = column("issuer/issuer.db", "SELECT blinded_hash FROM invitations WHERE used = 1").await;
    let spent = column("collector/collector.db", "SELECT mark FROM spent").await;
    assert_eq!((used_hashes.len(), spent.len()), (RESIDENTS, RESIDENTS));
    assert!(used_hashes.iter().all(|hash| !spent.contains(hash)));
}

/// The same attack on a client that "blinds" with the factor 1: it must succeed, or the experiment shows nothing.
#[test]
fn a_client_that_does_not_blind_is_found_out() {
    const FEW: usize = 10;
    let server = Server::start(1);
    let private_key = std::fs::read(server.data().join("issuer/keys/mauges-2026.pem")).expect("the key");
    let key = Rsa::private_key_from_pem(&private_key).expect("the key");
    let challenge = isoloir_token::wire::TokenChallenge::new("a.example", [0; 32], "a.example").expect("a challenge");
    let issuer = isoloir_token::key::PrivateKey::from_pem(&private_key).expect("the key");
    let client = Client::new(issuer.public_key().clone(), &challenge);
    let seen: Vec<Seen> = (0..FEW)
        .map(|_| {
            let (request, pending) = client.request(&mut rand::rng()).expect("a request");
            let token = client.finalize(&pending, &issuer.issue(&request).expect("signed")).expect("a token");
            // What this resident's broken client would have sent: the message itself, times one.
            let bytes = token.to_bytes();
            let mut message = [0; 256];
            key.public_decrypt(&bytes[bytes.len() - 256..], &mut message, Padding::NONE).expect("the message");
            let request = TokenRequest { blinded_message: message, ..request };
            let response = issuer.issue(&request).expect("signed");
            Seen { blinded_message: message.to_vec(), blind_signature: response.blind_signature.to_vec(), token }
        })
        .collect();
    assert_eq!(attack(&private_key, &seen), Finding { consistent: FEW * FEW, given_away: FEW });
}
