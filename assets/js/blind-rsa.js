/**
 * @file The client side of RSA blind signatures (RFC 9474) with SHA-384 and MGF1 with SHA-384.
 *
 * It turns bytes into a blinded message, and a blind signature back into an ordinary RSASSA-PSS signature.
 * It must not know what the bytes mean: nothing of tokens, of the survey, of answers, of the network or of the page.
 *
 * BigInt arithmetic does not run in constant time. That is acceptable here and only here: every secret (the blinding
 * factor and its inverse) is drawn anew for each message, used once, and nobody but the visitor's own browser runs it.
 */

/** The output length of SHA-384 in bytes, named as in RFC 8017. */
const H_LEN = 48;

/** The errors that RFC 9474 sections 4.2 and 4.4 name, spelt as there. */
export const BLIND_RSA_ERRORS = Object.freeze(
  ['encoding error', 'blinding error', 'invalid input', 'unexpected input size', 'invalid signature'],
);

/** An error of the protocol; its `code` is one of BLIND_RSA_ERRORS. */
export class BlindRsaError extends Error {
  /**
   * @param {string} code one of BLIND_RSA_ERRORS
   * @param {string} message what was wrong, for a developer
   */
  constructor(code, message) {
    super(message);
    this.name = 'BlindRsaError';
    this.code = code;
  }
}

/**
 * @typedef {object} RsaPublicKey
 * @property {bigint} n the modulus
 * @property {bigint} e the public exponent
 * @property {number} modulusLen the length of n in bytes
 */

/**
 * Joins byte strings.
 * @param {...(Uint8Array|number[])} parts
 * @returns {Uint8Array}
 */
export function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/**
 * OS2IP of RFC 8017: big-endian bytes to an integer.
 * @param {Uint8Array} bytes
 * @returns {bigint}
 */
export function bytesToInt(bytes) {
  return BigInt('0x0' + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''));
}

/**
 * I2OSP of RFC 8017: a non-negative integer to exactly `length` big-endian bytes.
 * @param {bigint} integer
 * @param {number} length
 * @returns {Uint8Array}
 */
export function intToBytes(integer, length) {
  const hex = integer.toString(16).padStart(2 * length, '0');
  if (hex.length !== 2 * length) throw new BlindRsaError('unexpected input size', 'the integer does not fit');
  return Uint8Array.from({ length }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

/**
 * base64url without padding, the form that a JSON Web Key wants.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function base64url(bytes) {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/**
 * base ^ exponent mod modulus, by squaring.
 * @param {bigint} base
 * @param {bigint} exponent not negative
 * @param {bigint} modulus
 * @returns {bigint}
 */
export function modPow(base, exponent, modulus) {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/**
 * The inverse of a mod modulus by the extended Euclidean algorithm, or null if the two share a factor.
 * @param {bigint} a
 * @param {bigint} modulus
 * @returns {bigint|null}
 */
export function modInverse(a, modulus) {
  let [r0, r1] = [modulus, a % modulus];
  let [t0, t1] = [0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  if (r0 !== 1n) return null;
  return t0 < 0n ? t0 + modulus : t0;
}

/**
 * Makes a public key, and refuses one with which the arithmetic below would mean nothing.
 * @param {Uint8Array} modulus big-endian, without leading zero bytes
 * @param {bigint} e
 * @returns {RsaPublicKey}
 */
export function rsaPublicKey(modulus, e) {
  const n = bytesToInt(modulus);
  const plausible = modulus[0] > 0 && (n & 1n) === 1n && (e & 1n) === 1n && e >= 3n && e < n;
  if (!plausible) throw new BlindRsaError('invalid input', 'this is no RSA public key');
  return { n, e, modulusLen: modulus.length };
}

/**
 * Random bytes from the browser's generator.
 * @param {number} length
 * @returns {Uint8Array}
 */
export function randomBytes(length) {
  return globalThis.crypto.getRandomValues(new Uint8Array(length));
}

/**
 * random_integer_uniform(1, n) of RFC 9474. It throws candidates away rather than reducing them mod n, because a
 * reduction would favour small factors and RFC 9474 section 4.2 wants a uniform distribution.
 * @param {bigint} n
 * @param {(length: number) => Uint8Array} [source]
 * @returns {bigint} at least 1 and below n
 */
export function randomIntegerUniform(n, source = randomBytes) {
  const bits = bitLength(n);
  const length = Math.ceil(bits / 8);
  for (;;) {
    const candidate = BigInt.asUintN(bits, bytesToInt(source(length)));
    if (candidate > 0n && candidate < n) return candidate;
  }
}

/**
 * MGF1 of RFC 8017 appendix B.2.1 with SHA-384.
 * @param {Uint8Array} seed
 * @param {number} maskLen
 * @returns {Promise<Uint8Array>}
 */
export async function mgf1(seed, maskLen) {
  const blocks = [];
  for (let counter = 0; counter * H_LEN < maskLen; counter += 1) {
    blocks.push(await sha384(concat(seed, intToBytes(BigInt(counter), 4))));
  }
  return concat(...blocks).subarray(0, maskLen);
}

/**
 * EMSA-PSS-ENCODE of RFC 8017 section 9.1.1 with a salt that the caller chose.
 * @param {Uint8Array} message
 * @param {number} emBits one less than the bit length of the modulus
 * @param {Uint8Array} salt
 * @returns {Promise<Uint8Array>} the encoded message
 */
export async function emsaPssEncode(message, emBits, salt) {
  const emLen = Math.ceil(emBits / 8);
  const padLen = emLen - salt.length - H_LEN - 2;
  if (padLen < 0) throw new BlindRsaError('encoding error', 'the modulus is too short for this salt');
  const h = await sha384(concat(new Uint8Array(8), await sha384(message), salt));
  const db = concat(new Uint8Array(padLen), [0x01], salt);
  const dbMask = await mgf1(h, db.length);
  const maskedDb = db.map((byte, i) => byte ^ dbMask[i]);
  maskedDb[0] &= 0xff >> (8 * emLen - emBits);
  return concat(maskedDb, h, [0xbc]);
}

/**
 * RSASSA-PSS-VERIFY of RFC 8017, left to WebCrypto: native code that shares nothing with the encoder above, so that
 * a mistake in the encoder shows as an invalid signature instead of agreeing with itself.
 * @param {RsaPublicKey} publicKey
 * @param {Uint8Array} message
 * @param {Uint8Array} sig
 * @param {number} saltLength
 * @returns {Promise<boolean>}
 */
export async function verify(publicKey, message, sig, saltLength) {
  const { n, e, modulusLen } = publicKey;
  const exponent = intToBytes(e, Math.ceil(bitLength(e) / 8));
  const jwk = { kty: 'RSA', alg: 'PS384', n: base64url(intToBytes(n, modulusLen)), e: base64url(exponent) };
  const algorithm = { name: 'RSA-PSS', hash: 'SHA-384' };
  const { subtle } = globalThis.crypto;
  const key = await subtle.importKey('jwk', jwk, algorithm, false, ['verify']).catch(() => {
    throw new BlindRsaError('invalid input', 'WebCrypto refuses the public key');
  });
  return subtle.verify({ name: 'RSA-PSS', saltLength }, key, sig, message);
}

/**
 * Blind of RFC 9474 section 4.2. The RFC advises a retry after a "blinding error"; with a sound key it never happens,
 * so it is left to surface: whoever sees it holds a factor of the modulus and must not go on with that key.
 * @param {RsaPublicKey} publicKey
 * @param {Uint8Array} message the prepared message (input_msg)
 * @param {Uint8Array} salt
 * @param {bigint} [r] the blinding factor, drawn at random unless given
 * @returns {Promise<{ blindedMsg: Uint8Array, inv: bigint }>} `inv` is what finalize needs, and a secret until then
 */
export async function blind(publicKey, message, salt, r = randomIntegerUniform(publicKey.n)) {
  const { n, e, modulusLen } = publicKey;
  const m = bytesToInt(await emsaPssEncode(message, bitLength(n) - 1, salt));
  if (modInverse(m, n) === null) throw new BlindRsaError('invalid input', 'the message is not co-prime with n');
  const inv = invertBlind(publicKey, r);
  const x = modPow(r, e, n);
  return { blindedMsg: intToBytes((m * x) % n, modulusLen), inv };
}

/**
 * Steps 7 and 8 of Blind on their own, for a caller that kept r and needs `inv` again.
 * @param {RsaPublicKey} publicKey
 * @param {bigint} r
 * @returns {bigint} inv
 */
export function invertBlind(publicKey, r) {
  const inv = r >= 1n && r < publicKey.n ? modInverse(r, publicKey.n) : null;
  if (inv === null) throw new BlindRsaError('blinding error', 'the blinding factor has no inverse');
  return inv;
}

/**
 * Finalize of RFC 9474 section 4.4: unblinds and verifies. One check is added to the RFC's: BlindSign only puts out
 * integers below n, so a larger one is refused rather than silently reduced to another spelling of the same value.
 * @param {RsaPublicKey} publicKey
 * @param {Uint8Array} message the prepared message (input_msg)
 * @param {Uint8Array} blindSig
 * @param {bigint} inv
 * @param {number} saltLength
 * @returns {Promise<Uint8Array>} the signature, which is valid
 */
export async function finalize(publicKey, message, blindSig, inv, saltLength) {
  const { n, modulusLen } = publicKey;
  if (blindSig.length !== modulusLen) throw new BlindRsaError('unexpected input size', 'blind_sig has a wrong length');
  const z = bytesToInt(blindSig);
  const sig = intToBytes((z * inv) % n, modulusLen);
  if (z >= n || !(await verify(publicKey, message, sig, saltLength))) {
    throw new BlindRsaError('invalid signature', 'the issuer did not sign this message with this key');
  }
  return sig;
}

/**
 * @param {string} algorithm the hash function as WebCrypto names it
 * @param {Uint8Array} bytes
 * @returns {Promise<Uint8Array>}
 */
export async function digest(algorithm, bytes) {
  return new Uint8Array(await globalThis.crypto.subtle.digest(algorithm, bytes));
}

function sha384(bytes) {
  return digest('SHA-384', bytes);
}

function bitLength(integer) {
  return integer.toString(2).length;
}
