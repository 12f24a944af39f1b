//! Blind RSA signatures, RFC 9474: the four operations, for any modulus size.
//!
//! Only the variant RSABSSA-SHA384-PSS-Deterministic is used by RFC 9578: SHA-384, MGF1 with SHA-384, salt of 48 bytes,
//! message unchanged. The salt is a parameter so that all the published vectors can be checked.

use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::error::ErrorStack;
use openssl::rsa::{Padding, Rsa};
use rand::CryptoRng;
use sha2::{Digest, Sha384};
use zeroize::Zeroizing;

use openssl::pkey::{HasPrivate, HasPublic};

/// Bytes of a SHA-384 digest, and of the salt in RSABSSA-SHA384-PSS.
pub const HASH_LENGTH_BYTES: usize = 48;

/// Why a blind signature operation failed; named as in RFC 9474 §4.
#[derive(Debug, thiserror::Error)]
pub enum BlindRsaError {
    /// The modulus is too small for the hash and the salt.
    #[error("encoding error: the modulus is too short")]
    Encoding,
    /// The encoded message, or the blind, has no inverse modulo n: one chance in 2^1000, or a bad modulus.
    #[error("blinding error: not invertible modulo n")]
    Blinding,
    /// The input has not exactly as many bytes as the modulus, or is not smaller than it.
    #[error("unexpected input size: not an integer below the modulus")]
    InputSize,
    /// The signature was computed but does not verify: a fault in the machine, or a key that is not one.
    #[error("signing failure: the signature does not verify")]
    Signing,
    /// The signature is not valid for this message and key.
    #[error("invalid signature")]
    InvalidSignature,
    /// The cryptographic library failed.
    #[error("cryptographic library: {0}")]
    Library(#[from] ErrorStack),
}

/// What the client keeps to itself between blinding and finalizing.
#[derive(Clone, PartialEq, Eq)]
pub struct Inverse(Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Inverse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inverse(redacted)")
    }
}

/// Prepares and blinds `message` (RFC 9474 §4.2): returns the blinded message, as long as the modulus, and the inverse.
///
/// # Errors
/// [`BlindRsaError::Encoding`] or [`BlindRsaError::Blinding`].
pub fn blind(
    key: &Rsa<impl HasPublic>,
    message: &[u8],
    salt: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<(Vec<u8>, Inverse), BlindRsaError> {
    let r = random_below(key.n(), rng)?;
    blind_with(key, message, salt, &r)
}

/// [`blind`] with a given `r`, for the published vectors.
#[expect(clippy::many_single_char_names, reason = "the names of RFC 9474")]
pub(crate) fn blind_with(
    key: &Rsa<impl HasPublic>,
    message: &[u8],
    salt: &[u8],
    r: &BigNumRef,
) -> Result<(Vec<u8>, Inverse), BlindRsaError> {
    let mut context = BigNumContext::new()?;
    let n = key.n();
    let encoded = emsa_pss_encode(message, usize::try_from(n.num_bits() - 1).unwrap_or(0), salt)?;
    let m = BigNum::from_slice(&encoded)?;
    let mut gcd = BigNum::new()?;
    gcd.gcd(&m, n, &mut context)?;
    if gcd != BigNum::from_u32(1)? {
        return Err(BlindRsaError::Blinding);
    }
    let mut inverse = BigNum::new()?;
    inverse.mod_inverse(r, n, &mut context).map_err(|_| BlindRsaError::Blinding)?;
    let (mut x, mut z) = (BigNum::new()?, BigNum::new()?);
    x.mod_exp(r, key.e(), n, &mut context)?;
    z.mod_mul(&m, &x, n, &mut context)?;
    let inverse = Zeroizing::new(inverse.to_vec_padded(n.num_bytes())?);
    Ok((z.to_vec_padded(n.num_bytes())?, Inverse(inverse)))
}

/// Signs a blinded message (RFC 9474 §4.3) with OpenSSL's own blinding against timing, and checks the result before
/// letting it out: a faulty signature would give the key away.
///
/// # Errors
/// [`BlindRsaError::InputSize`] for what is not an integer below the modulus; [`BlindRsaError::Signing`].
pub fn blind_sign(key: &Rsa<impl HasPrivate>, blinded_message: &[u8]) -> Result<Vec<u8>, BlindRsaError> {
    let size = usize::try_from(key.size()).unwrap_or(0);
    if blinded_message.len() != size || BigNum::from_slice(blinded_message)?.as_ref() >= key.n() {
        return Err(BlindRsaError::InputSize);
    }
    let mut signature = vec![0; size];
    key.private_encrypt(blinded_message, &mut signature, Padding::NONE)?;
    let mut check = vec![0; size];
    key.public_decrypt(&signature, &mut check, Padding::NONE)?;
    if check == blinded_message { Ok(signature) } else { Err(BlindRsaError::Signing) }
}

/// Unblinds a blind signature and verifies it (RFC 9474 §4.4).
///
/// # Errors
/// [`BlindRsaError::InputSize`] or [`BlindRsaError::InvalidSignature`].
pub fn finalize(
    key: &Rsa<impl HasPublic>,
    message: &[u8],
    salt_length_bytes: usize,
    blind_signature: &[u8],
    inverse: &Inverse,
) -> Result<Vec<u8>, BlindRsaError> {
    let n = key.n();
    if i32::try_from(blind_signature.len()).ok() != Some(n.num_bytes()) {
        return Err(BlindRsaError::InputSize);
    }
    let mut context = BigNumContext::new()?;
    let z = BigNum::from_slice(blind_signature)?;
    let inverse = BigNum::from_slice(&inverse.0)?;
    let mut s = BigNum::new()?;
    s.mod_mul(&z, &inverse, n, &mut context)?;
    let signature = s.to_vec_padded(n.num_bytes())?;
    verify(key, message, salt_length_bytes, &signature)?;
    Ok(signature)
}

/// RSASSA-PSS-VERIFY with SHA-384 and MGF1-SHA-384 (RFC 8017 §8.1.2).
///
/// # Errors
/// [`BlindRsaError::InvalidSignature`], for anything but a valid signature.
pub fn verify(
    key: &Rsa<impl HasPublic>,
    message: &[u8],
    salt_length_bytes: usize,
    signature: &[u8],
) -> Result<(), BlindRsaError> {
    let size = usize::try_from(key.size()).unwrap_or(0);
    if signature.len() != size || BigNum::from_slice(signature)?.as_ref() >= key.n() {
        return Err(BlindRsaError::InvalidSignature);
    }
    let mut encoded = vec![0; size];
    key.public_decrypt(signature, &mut encoded, Padding::NONE)?;
    let bits = usize::try_from(key.n().num_bits() - 1).unwrap_or(0);
    // When the modulus has 8k + 1 bits the encoded message is one byte shorter than the modulus.
    let encoded = &encoded[size - bits.div_ceil(8)..];
    if emsa_pss_verify(message, encoded, bits, salt_length_bytes) {
        Ok(())
    } else {
        Err(BlindRsaError::InvalidSignature)
    }
}

/// A uniform integer in `1..n`, by rejection.
fn random_below(n: &BigNumRef, rng: &mut impl CryptoRng) -> Result<BigNum, BlindRsaError> {
    let size = usize::try_from(n.num_bytes()).unwrap_or(0);
    let excess_bits = size * 8 - usize::try_from(n.num_bits()).unwrap_or(0);
    let mut bytes = Zeroizing::new(vec![0; size]);
    loop {
        rng.fill_bytes(&mut bytes);
        bytes[0] &= 0xff >> excess_bits;
        let candidate = BigNum::from_slice(&bytes)?;
        if candidate.num_bits() > 0 && candidate.as_ref() < n {
            return Ok(candidate);
        }
    }
}

/// EMSA-PSS-ENCODE (RFC 8017 §9.1.1).
fn emsa_pss_encode(message: &[u8], bits: usize, salt: &[u8]) -> Result<Vec<u8>, BlindRsaError> {
    let length = bits.div_ceil(8);
    let hash = pss_hash(message, salt);
    let Some(padding) = length.checked_sub(salt.len() + HASH_LENGTH_BYTES + 2) else {
        return Err(BlindRsaError::Encoding);
    };
    let mut encoded = vec![0; padding];
    encoded.push(1);
    encoded.extend_from_slice(salt);
    mask(&mut encoded, &hash);
    encoded[0] &= 0xff >> (8 * length - bits);
    encoded.extend_from_slice(&hash);
    encoded.push(0xbc);
    Ok(encoded)
}

/// EMSA-PSS-VERIFY (RFC 8017 §9.1.2). Everything here is public, so comparisons need not be constant-time.
fn emsa_pss_verify(message: &[u8], encoded: &[u8], bits: usize, salt_length_bytes: usize) -> bool {
    let Some((&0xbc, body)) = encoded.split_last() else { return false };
    let Some(db_length) = body.len().checked_sub(HASH_LENGTH_BYTES) else { return false };
    let Some(padding) = db_length.checked_sub(salt_length_bytes + 1) else { return false };
    let (masked, hash) = body.split_at(db_length);
    let unused = 0xff_u8 >> (8 * encoded.len() - bits);
    if masked[0] & !unused != 0 {
        return false;
    }
    let mut db = masked.to_vec();
    mask(&mut db, hash);
    db[0] &= unused;
    db[..padding].iter().all(|byte| *byte == 0)
        && db[padding] == 1
        && pss_hash(message, &db[padding + 1..]).as_slice() == hash
}

/// The hash of M' = eight zero bytes, the message's hash and the salt.
fn pss_hash(message: &[u8], salt: &[u8]) -> [u8; HASH_LENGTH_BYTES] {
    Sha384::new().chain_update([0; 8]).chain_update(Sha384::digest(message)).chain_update(salt).finalize().into()
}

/// XORs `block` with MGF1-SHA-384 of `seed` (RFC 8017 §B.2.1).
fn mask(block: &mut [u8], seed: &[u8]) {
    for (chunk, counter) in block.chunks_mut(HASH_LENGTH_BYTES).zip(0_u32..) {
        let stream = Sha384::new().chain_update(seed).chain_update(counter.to_be_bytes()).finalize();
        chunk.iter_mut().zip(stream.iter()).for_each(|(byte, mask)| *byte ^= mask);
    }
}

#[cfg(test)]
mod tests {
    //! The vectors of RFC 9474 appendix A.

    use openssl::bn::BigNum;
    use openssl::pkey::Private;
    use openssl::rsa::RsaPrivateKeyBuilder;
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Vectors {
        vectors: Vec<Vector>,
    }

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        p: String,
        q: String,
        n: String,
        e: String,
        d: String,
        input_msg: String,
        salt: String,
        inv: String,
        blinded_msg: String,
        blind_sig: String,
        sig: String,
    }

    fn hex(text: &str) -> Vec<u8> {
        data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).expect("hexadecimal")
    }

    fn number(text: &str) -> BigNum {
        BigNum::from_hex_str(text).expect("a number")
    }

    fn key(vector: &Vector) -> Rsa<Private> {
        let (p, q, d) = (number(&vector.p), number(&vector.q), number(&vector.d));
        let mut context = BigNumContext::new().expect("context");
        let one = BigNum::from_u32(1).expect("one");
        let mut remainder = |a: &BigNum, modulus: &BigNum| {
            let mut result = BigNum::new().expect("number");
            result.nnmod(a, modulus, &mut context).expect("remainder");
            result
        };
        let (d_p, d_q) = (remainder(&d, &(&p - &one)), remainder(&d, &(&q - &one)));
        let mut iqmp = BigNum::new().expect("number");
        iqmp.mod_inverse(&q, &p, &mut context).expect("inverse");
        RsaPrivateKeyBuilder::new(number(&vector.n), number(&vector.e), d)
            .and_then(|builder| builder.set_factors(p, q))
            .and_then(|builder| builder.set_crt_params(d_p, d_q, iqmp))
            .expect("a key")
            .build()
    }

    fn vectors() -> Vec<Vector> {
        let file = include_str!("../../tests/vectors/rfc9474.json");
        serde_json::from_str::<Vectors>(file).expect("the vectors file").vectors
    }

    #[test]
    fn the_published_vectors_pass() {
        let vectors = vectors();
        assert!(!vectors.is_empty());
        for vector in vectors {
            let key = key(&vector);
            let (message, salt) = (hex(&vector.input_msg), hex(&vector.salt));
            let mut r = BigNum::new().expect("number");
            let mut context = BigNumContext::new().expect("context");
            r.mod_inverse(&number(&vector.inv), key.n(), &mut context).expect("r");
            let (blinded, inverse) = blind_with(&key, &message, &salt, &r).expect("blind");
            assert_eq!(blinded, hex(&vector.blinded_msg), "{}: blinded_msg", vector.name);
            let blind_signature = blind_sign(&key, &blinded).expect("sign");
            assert_eq!(blind_signature, hex(&vector.blind_sig), "{}: blind_sig", vector.name);
            let signature = finalize(&key, &message, salt.len(), &blind_signature, &inverse).expect("finalize");
            assert_eq!(signature, hex(&vector.sig), "{}: sig", vector.name);
            assert!(verify(&key, b"another message", salt.len(), &signature).is_err());
        }
    }

    #[test]
    fn our_verification_agrees_with_openssl() {
        use openssl::{hash::MessageDigest, pkey::PKey, rsa::Padding, sign::RsaPssSaltlen, sign::Verifier};
        let key = Rsa::generate(2048).expect("key");
        let (blinded, inverse) = blind(&key, b"message", &[9; 48], &mut rand::rng()).expect("blind");
        let signature =
            finalize(&key, b"message", 48, &blind_sign(&key, &blinded).expect("sign"), &inverse).expect("finalize");
        let public = PKey::from_rsa(key).expect("pkey");
        let mut verifier = Verifier::new(MessageDigest::sha384(), &public).expect("verifier");
        verifier.set_rsa_padding(Padding::PKCS1_PSS).expect("padding");
        verifier.set_rsa_pss_saltlen(RsaPssSaltlen::custom(48)).expect("salt");
        verifier.update(b"message").expect("update");
        assert!(verifier.verify(&signature).expect("verify"));
    }

    #[test]
    fn a_blind_message_that_is_not_below_the_modulus_is_refused() {
        let key = Rsa::generate(2048).expect("key");
        let modulus = key.n().to_vec();
        for bad in [&modulus[..], &[0xff; 256], &[1; 255], &[1; 257], &[]] {
            assert!(matches!(blind_sign(&key, bad), Err(BlindRsaError::InputSize)));
        }
    }
}
