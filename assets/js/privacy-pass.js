/**
 * @file The client side of Privacy Pass token type 0x0002, publicly verifiable tokens by blind RSA with 2048 bits:
 * the challenge and token structures of RFC 9577 and the issuance protocol of RFC 9578 section 6, in its variant
 * RSABSSA-SHA384-PSS-Deterministic.
 *
 * It turns a challenge and an issuer's key into a token. It must not know what the token is spent on: nothing of
 * answers or of the survey, and nothing of the network, the page or its storage, which belong to the caller.
 */

import * as blindRsa from './blind-rsa.js';

/** Blind RSA (2048-bit) in the registry of token types. */
export const TOKEN_TYPE = 0x0002;

/** Nk of token type 0x0002, the length of an authenticator in bytes; digests and nonces have 32. */
const NK = 256;
const SALT_LEN = 48;
const SECURE_RANDOM = { randomBytes: blindRsa.randomBytes };
const TOKEN_TYPE_BYTES = [TOKEN_TYPE >> 8, TOKEN_TYPE & 0xff];

/** What can go wrong, as a closed set, so that a page can have one sentence for each. */
export const TOKEN_ERRORS = Object.freeze(
  ['bad-key', 'key-mismatch', 'bad-challenge', 'bad-response', 'bad-signature', 'bad-state', 'unsupported'],
);

/** The only error that this module throws on purpose. */
export class TokenError extends Error {
  /**
   * @param {string} code one of TOKEN_ERRORS
   * @param {string} message what was wrong, for a developer; it never holds a secret
   */
  constructor(code, message) {
    super(message);
    this.name = 'TokenError';
    this.code = code;
  }
}

/**
 * The DER bytes of a SubjectPublicKeyInfo around the modulus (RFC 9578 section 6.5). Comparing bytes is both the
 * strictest reading and the shortest: another algorithm, hash, mask function, salt length, modulus length or exponent
 * is another byte. As in the RFC the hashes have no parameters; with NULL one key would have a second identifier.
 */
const SPKI_BEFORE_MODULUS = [
  [0x30, 0x82, 0x01, 0x52], // SubjectPublicKeyInfo
  [0x30, 0x3d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x30], // id-RSASSA-PSS
  [0xa0, 0x0d, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02], // SHA-384
  [0xa1, 0x1a, 0x30, 0x18, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08], // MGF1 …
  [0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02], // … with SHA-384
  [0xa2, 0x03, 0x02, 0x01, 0x30], // saltLength 48
  [0x03, 0x82, 0x01, 0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00], // RSAPublicKey, modulus
].flat();
const SPKI_AFTER_MODULUS = [0x02, 0x03, 0x01, 0x00, 0x01]; // publicExponent 65537

/**
 * base64url with padding, which RFC 9577 section 2.1.2 demands of every value in a header.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function base64urlEncode(bytes) {
  const text = blindRsa.base64url(bytes);
  return text + '='.repeat((4 - (text.length % 4)) % 4);
}

/**
 * Strict base64url, with its padding or without: any other character, and bits that belong to no byte, are refused.
 * @param {string} text
 * @param {string} code which TokenError it is if the text is malformed
 * @returns {Uint8Array}
 */
export function base64urlDecode(text, code) {
  const bare = typeof text === 'string' ? text.replace(/=+$/, '') : '=';
  if (/^[A-Za-z0-9_-]*$/.test(bare) && bare.length % 4 !== 1) {
    const binary = atob(bare.replace(/-/g, '+').replace(/_/g, '/'));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    if (bare === blindRsa.base64url(bytes) && (text === bare || text === base64urlEncode(bytes))) return bytes;
  }
  throw new TokenError(code, 'not base64url');
}

/**
 * Reads an issuer's public key (token-key) and refuses whatever is not exactly a key of token type 0x0002.
 * @param {Uint8Array} spki DER-encoded SubjectPublicKeyInfo
 * @returns {blindRsa.RsaPublicKey}
 */
export function parseTokenKey(spki) {
  const start = SPKI_BEFORE_MODULUS.length;
  const modulus = spki.subarray(start, start + NK);
  const expected = blindRsa.concat(SPKI_BEFORE_MODULUS, modulus, SPKI_AFTER_MODULUS);
  if (!sameBytes(spki, expected)) throw new TokenError('bad-key', 'the token key is of another algorithm or size');
  if (modulus[0] < 0x80 || modulus[NK - 1] % 2 === 0) throw new TokenError('bad-key', 'the modulus is malformed');
  return blindRsa.rsaPublicKey(modulus, 65537n);
}

/**
 * token_key_id of RFC 9578 section 6.5, which is also the fingerprint that a visitor can compare.
 * @param {Uint8Array} spki
 * @returns {Promise<Uint8Array>}
 */
export function tokenKeyId(spki) {
  return blindRsa.digest('SHA-256', spki);
}

/**
 * Reads a TokenChallenge (RFC 9577 section 2.1.1) to its last byte.
 * @param {Uint8Array} bytes
 * @returns {{ tokenType: number, issuerName: string, redemptionContext: Uint8Array, originInfo: string[] }}
 */
export function parseTokenChallenge(bytes) {
  const refuse = (why) => new TokenError('bad-challenge', why);
  let rest = bytes;
  const take = (length) => {
    if (rest.length < length) throw refuse('the challenge ends too early');
    const taken = rest.subarray(0, length);
    rest = rest.subarray(length);
    return taken;
  };
  const takeInt = (length) => Number(blindRsa.bytesToInt(take(length)));
  const takeText = () => new TextDecoder().decode(take(takeInt(2)));
  const tokenType = takeInt(2);
  if (tokenType !== TOKEN_TYPE) throw refuse('the challenge asks for another token type');
  const issuerName = takeText();
  const redemptionContext = take(takeInt(1));
  if (![0, 32].includes(redemptionContext.length)) throw refuse('the redemption context has a wrong length');
  const origins = takeText();
  const originInfo = origins === '' ? [] : origins.split(',');
  if (rest.length !== 0) throw refuse('the challenge goes on after its end');
  // A server name is ASCII: a host with perhaps a port, and never a userinfo (RFC 9577 section 2.1.1.1).
  const wellFormed = [issuerName, ...originInfo].every((name) => /^[A-Za-z0-9._~%[\]:-]+$/.test(name));
  if (!wellFormed) throw refuse('the challenge has a malformed server name');
  return { tokenType, issuerName, redemptionContext, originInfo };
}

/**
 * AuthenticatorInput of RFC 9577 section 2.2.3: the part of a token that the issuer signs without seeing it.
 * @param {{ nonce: Uint8Array, challengeDigest: Uint8Array, tokenKeyId: Uint8Array }} fields
 * @returns {Uint8Array}
 */
export function authenticatorInput(fields) {
  return blindRsa.concat(TOKEN_TYPE_BYTES, fields.nonce, fields.challengeDigest, fields.tokenKeyId);
}

/**
 * TokenRequest of RFC 9578 section 6.1.
 * @param {Uint8Array} keyId the whole token_key_id; only its last byte goes out
 * @param {Uint8Array} blindedMsg
 * @returns {Uint8Array}
 */
export function serializeTokenRequest(keyId, blindedMsg) {
  return blindRsa.concat(TOKEN_TYPE_BYTES, keyId.subarray(-1), blindedMsg);
}

/**
 * TokenResponse of RFC 9578 section 6.2.
 * @param {Uint8Array|ArrayBuffer} response what the issuer sent
 * @returns {Uint8Array} blind_sig
 */
export function parseTokenResponse(response) {
  const bytes = response instanceof ArrayBuffer ? new Uint8Array(response) : response;
  if (bytes instanceof Uint8Array && bytes.length === NK) return bytes;
  throw new TokenError('bad-response', 'the token response has a wrong length');
}

/**
 * The credentials for an Authorization header (RFC 9577 section 2.2.2).
 * @param {Uint8Array} token
 * @returns {string}
 */
export function authorization(token) {
  return `PrivateToken token="${base64urlEncode(token)}"`;
}

/**
 * @typedef {object} PendingToken
 * @property {Uint8Array} request the TokenRequest to send
 * @property {string} state a JSON text from which resume makes this again. It links the request to the token, so it
 *   must stay in the visitor's browser and be forgotten once the token is spent.
 */

/** Gets one token at a time from one issuer for one challenge. Make it with TokenClient.create. */
export class TokenClient {
  /**
   * @param {object} options
   * @param {string} options.tokenKey base64url of the issuer's SubjectPublicKeyInfo
   * @param {string} options.challenge base64url of the TokenChallenge
   * @param {string} [options.expectedFingerprint] base64url of the SHA-256 of the key that the visitor was promised
   * @param {string} [options.origin] the host, with a port if not 443, that sent the challenge; with it, the check of
   *   origin_info that RFC 9577 section 2.1.3 asks for is made
   * @param {{ randomBytes: (length: number) => Uint8Array, blind?: Uint8Array }} [options.random] another source of
   *   random bytes and perhaps a fixed, big-endian blinding factor; only tests give it
   * @returns {Promise<TokenClient>}
   */
  static async create({ tokenKey, challenge, expectedFingerprint, origin, random = SECURE_RANDOM }) {
    if (!(globalThis.crypto && globalThis.crypto.subtle)) {
      throw new TokenError('unsupported', 'there is no WebCrypto, perhaps because the page did not come over https');
    }
    const spki = base64urlDecode(tokenKey, 'bad-key');
    const keyId = await tokenKeyId(spki);
    if (expectedFingerprint !== undefined && !sameBytes(base64urlDecode(expectedFingerprint, 'key-mismatch'), keyId)) {
      throw new TokenError('key-mismatch', 'the token key is not the one that was promised');
    }
    const publicKey = parseTokenKey(spki);
    const challengeBytes = base64urlDecode(challenge, 'bad-challenge');
    const origins = parseTokenChallenge(challengeBytes).originInfo.map(host);
    if (origin !== undefined && origins.length > 0 && !origins.includes(host(origin))) {
      throw new TokenError('bad-challenge', 'the challenge was made for other origins');
    }
    const challengeDigest = await blindRsa.digest('SHA-256', challengeBytes);
    return Object.assign(new TokenClient(), { publicKey, tokenKeyId: keyId, challengeDigest, random });
  }

  /**
   * Makes a new request with a nonce, a salt and a blinding factor of its own.
   * @returns {Promise<PendingToken>}
   */
  async request() {
    const { randomBytes, blind } = this.random;
    const nonce = randomBytes(32);
    const salt = randomBytes(SALT_LEN);
    const r = blind ? blindRsa.bytesToInt(blind) : blindRsa.randomIntegerUniform(this.publicKey.n, randomBytes);
    return this.pending({ nonce, salt, r });
  }

  /**
   * Makes the very same request again after a lost reply or a reload.
   * @param {string} state
   * @returns {Promise<PendingToken>}
   */
  async resume(state) {
    return this.pending(this.readState(state));
  }

  /**
   * Turns the issuer's answer into a token, or throws; the state stays good for another try.
   * @param {PendingToken} pending
   * @param {Uint8Array|ArrayBuffer} responseBytes the TokenResponse
   * @returns {Promise<Uint8Array>} the Token of RFC 9577 section 2.2.1, whose authenticator is valid
   */
  async finalize(pending, responseBytes) {
    const { nonce, r } = this.readState(pending.state);
    const blindSig = parseTokenResponse(responseBytes);
    const input = authenticatorInput({ ...this, nonce });
    const authenticator = await translateErrors(async () => {
      const inv = blindRsa.invertBlind(this.publicKey, r);
      return blindRsa.finalize(this.publicKey, input, blindSig, inv, SALT_LEN);
    });
    return blindRsa.concat(input, authenticator);
  }

  /** The same secrets always make the same request and the same state. */
  async pending({ nonce, salt, r }) {
    const input = authenticatorInput({ ...this, nonce });
    const { blindedMsg } = await translateErrors(() => blindRsa.blind(this.publicKey, input, salt, r));
    const blind = blindRsa.intToBytes(r, NK);
    const fields = { token_key_id: this.tokenKeyId, challenge_digest: this.challengeDigest, nonce, salt, blind };
    const state = JSON.stringify(fields, (name, value) => (name === '' ? value : base64urlEncode(value)));
    return { request: serializeTokenRequest(this.tokenKeyId, blindedMsg), state };
  }

  /** Reads a state back, and refuses one of another key or challenge: its request would be good for nothing here. */
  readState(state) {
    const refuse = (why) => new TokenError('bad-state', why);
    let fields;
    try {
      fields = Object(JSON.parse(state));
    } catch {
      throw refuse('the state is no JSON');
    }
    const read = (name, length) => {
      const bytes = base64urlDecode(fields[name], 'bad-state');
      if (bytes.length !== length) throw refuse(`${name} has a wrong length`);
      return bytes;
    };
    if (!sameBytes(read('token_key_id', 32), this.tokenKeyId)) throw refuse('it is of another token key');
    if (!sameBytes(read('challenge_digest', 32), this.challengeDigest)) throw refuse('it is of another challenge');
    const r = blindRsa.bytesToInt(read('blind', NK));
    if (r < 1n || r >= this.publicKey.n) throw refuse('the blinding factor is out of range');
    return { nonce: read('nonce', 32), salt: read('salt', SALT_LEN), r };
  }
}

/** Beside a wrong signature, only a modulus with small factors is left to fail, which no honest issuer's has. */
async function translateErrors(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof blindRsa.BlindRsaError)) throw error;
    throw new TokenError(error.code === 'invalid signature' ? 'bad-signature' : 'bad-key', error.message);
  }
}

/** Server names compare without regard to case, and a missing port means 443. */
function host(name) {
  return name.toLowerCase().replace(/:443$/, '');
}

function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
