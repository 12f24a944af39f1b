/**
 * @file The browser's token client against the published vectors of RFC 9474, RFC 9577 and RFC 9578, and against
 * input that must never yield a token. Run: node --test tests/browser/token.test.mjs (Node 18 or later).
 */

import assert from 'node:assert/strict';
import { constants, createPrivateKey, createPublicKey, privateDecrypt, verify, webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import * as blindRsa from '../../assets/js/blind-rsa.js';
import * as privacyPass from '../../assets/js/privacy-pass.js';

globalThis.crypto ??= webcrypto;

const { TokenClient, TokenError } = privacyPass;
const load = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'));
const rfc9474 = load('rfc9474').vectors;
const rfc9577 = load('rfc9577');
const rfc9578 = load('rfc9578-type2').vectors;

const bytes = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (octets) => Buffer.from(octets).toString('hex');
const int = (text) => BigInt(`0x${text}`);
const encode = privacyPass.base64urlEncode;
const flipped = (octets, bit) => octets.map((octet, i) => (i === bit >> 3 ? octet ^ (1 << (bit & 7)) : octet));
const tokenError = (code) => (error) => error instanceof TokenError && error.code === code;
const rsaError = (code) => (error) => error instanceof blindRsa.BlindRsaError && error.code === code;
const isTokenError = (error) => error instanceof TokenError && privacyPass.TOKEN_ERRORS.includes(error.code);

/** The issuer of RFC 9578: the raw private key operation of OpenSSL, which shares no code with what is tested. */
const issuerKey = createPrivateKey(Buffer.from(rfc9578[0].skS, 'hex'));
function issue(request) {
  return new Uint8Array(privateDecrypt({ key: issuerKey, padding: constants.RSA_NO_PADDING }, request.subarray(3)));
}

/** A client whose nonce, salt and blinding factor are those of a vector. */
function vectorClient(vector, options = {}) {
  const randomBytes = (length) => bytes({ 32: vector.nonce, 48: vector.salt }[length]);
  const random = { randomBytes, blind: bytes(vector.blind) };
  return TokenClient.create({
    tokenKey: encode(bytes(vector.pkS)), challenge: encode(bytes(vector.token_challenge)), random, ...options,
  });
}

/** A client as the booth makes it, with the key and the challenge of the first vector unless told otherwise. */
function freshClient(options = {}) {
  const [{ pkS, token_challenge }] = rfc9578;
  return TokenClient.create({ tokenKey: encode(bytes(pkS)), challenge: encode(bytes(token_challenge)), ...options });
}

// --- RFC 9474 ---

for (const vector of rfc9474) {
  const key = blindRsa.rsaPublicKey(bytes(vector.n), int(vector.e));
  const [input, salt] = [bytes(vector.input_msg), bytes(vector.salt)];

  test(`${vector.name} encodes, blinds and finalizes to the bytes of RFC 9474`, async () => {
    assert.equal(hex(await blindRsa.emsaPssEncode(input, 4095, salt)), vector.encoded_msg);
    const r = blindRsa.modInverse(int(vector.inv), key.n);
    const { blindedMsg, inv } = await blindRsa.blind(key, input, salt, r);
    assert.equal(hex(blindedMsg), vector.blinded_msg);
    assert.equal(inv, int(vector.inv));
    assert.equal(hex(await blindRsa.finalize(key, input, bytes(vector.blind_sig), inv, vector.sLen)), vector.sig);
  });

  test(`${vector.name} refuses a signature of another message, salt length, inverse or value`, async () => {
    const [blindSig, inv] = [bytes(vector.blind_sig), int(vector.inv)];
    const refused = (...finalizeArguments) =>
      assert.rejects(blindRsa.finalize(key, ...finalizeArguments), rsaError('invalid signature'));
    await refused(flipped(input, 0), blindSig, inv, vector.sLen);
    await refused(input, blindSig, inv, 48 - vector.sLen);
    await refused(input, blindSig, inv + 1n, vector.sLen);
    await refused(input, flipped(blindSig, 4095), inv, vector.sLen);
    await refused(input, new Uint8Array(512), inv, vector.sLen);
  });
}

test('Finalize refuses a blind signature that is too short or too long for the modulus', async () => {
  const [vector] = rfc9474;
  const key = blindRsa.rsaPublicKey(bytes(vector.n), int(vector.e));
  const blindSig = bytes(vector.blind_sig);
  for (const wrong of [blindSig.subarray(1), blindRsa.concat([0], blindSig), new Uint8Array(0)]) {
    const finalized = blindRsa.finalize(key, bytes(vector.input_msg), wrong, int(vector.inv), vector.sLen);
    await assert.rejects(finalized, rsaError('unexpected input size'));
  }
});

test('Finalize refuses a blind signature that equals the right one only mod n', async () => {
  const vector = rfc9578.find(({ token_response }) => token_response < '34');
  const { publicKey } = await vectorClient(vector);
  const [input, blindSig] = [bytes(vector.token).subarray(0, 98), int(vector.token_response)];
  const inv = blindRsa.invertBlind(publicKey, int(vector.blind));
  const finalize = (z) => blindRsa.finalize(publicKey, input, blindRsa.intToBytes(z, 256), inv, 48);
  assert.equal(hex(await finalize(blindSig)), vector.token.slice(-512));
  await assert.rejects(finalize(blindSig + publicKey.n), rsaError('invalid signature'));
});

test('Blind refuses a blinding factor out of range or without an inverse', async () => {
  const [vector] = rfc9474;
  const key = blindRsa.rsaPublicKey(bytes(vector.n), int(vector.e));
  for (const r of [0n, -1n, -2n, -4n, key.n, key.n + 1n, int(vector.p), 5n * int(vector.q)]) {
    await assert.rejects(blindRsa.blind(key, bytes('00'), bytes(vector.salt), r), rsaError('blinding error'));
  }
});

test('Blind refuses a message that shares a factor with the modulus', async () => {
  const key = { n: 3n * (1n << 2046n) + 3n, e: 65537n, modulusLen: 256 };
  let salt = new Uint8Array(48);
  while (blindRsa.bytesToInt(await blindRsa.emsaPssEncode(bytes('00'), 2047, salt)) % 3n !== 0n) {
    salt = salt.map((octet, i) => (i === 0 ? octet + 1 : octet));
  }
  await assert.rejects(blindRsa.blind(key, bytes('00'), salt, 2n), rsaError('invalid input'));
});

test('EMSA-PSS-ENCODE refuses a salt that does not fit the modulus', async () => {
  await assert.rejects(blindRsa.emsaPssEncode(bytes('00'), 776, new Uint8Array(48)), rsaError('encoding error'));
  assert.equal((await blindRsa.emsaPssEncode(bytes('00'), 777, new Uint8Array(48))).length, 98);
});

test('a public key with an even modulus, a leading zero or an impossible exponent is refused', () => {
  const modulus = bytes(rfc9474[0].n);
  for (const [n, e] of [[flipped(modulus, 4088), 65537n], [blindRsa.concat([0], modulus), 65537n],
    [modulus, 1n], [modulus, 65536n], [bytes(''), 3n]]) {
    assert.throws(() => blindRsa.rsaPublicKey(n, e), rsaError('invalid input'));
  }
});

test('modular powers and inverses agree with their definitions', () => {
  const n = int(rfc9474[0].n);
  assert.equal(blindRsa.modPow(3n, 0n, 7n), 1n);
  assert.equal(blindRsa.modPow(10n, 5n, 7n), 10n ** 5n % 7n);
  assert.equal((blindRsa.modInverse(12345n, n) * 12345n) % n, 1n);
  assert.equal(blindRsa.modInverse(6n, 9n), null);
  assert.equal(blindRsa.modInverse(0n, 9n), null);
});

test('random integers are drawn again instead of reduced, and stay between 1 and n - 1', () => {
  const draws = [bytes('00'), bytes('e5'), bytes('ff'), bytes('e4')];
  assert.equal(blindRsa.randomIntegerUniform(101n, () => draws.shift()), 0x64n);
  assert.equal(draws.length, 0);
  const seen = new Set(Array.from({ length: 300 }, () => blindRsa.randomIntegerUniform(5n)));
  assert.deepEqual([...seen].sort(), [1n, 2n, 3n, 4n]);
});

// --- RFC 9577 ---

test('the challenges of RFC 9577 are read field by field and end in the published authenticator input', async () => {
  for (const vector of rfc9577.vectors) {
    const challenge = bytes(vector.token_challenge);
    const parsed = privacyPass.parseTokenChallenge(challenge);
    assert.equal(parsed.tokenType, Number(int(vector.token_type)));
    assert.equal(hex(Buffer.from(parsed.issuerName)), vector.issuer_name);
    assert.equal(hex(parsed.redemptionContext), vector.redemption_context);
    assert.equal(hex(Buffer.from(parsed.originInfo.join(','))), vector.origin_info);
    const challengeDigest = await blindRsa.digest('SHA-256', challenge);
    const keyId = await privacyPass.tokenKeyId(bytes(rfc9578[0].pkS));
    const fields = { nonce: bytes(vector.nonce), challengeDigest, tokenKeyId: keyId };
    assert.equal(hex(keyId), vector.token_key_id);
    assert.equal(hex(privacyPass.authenticatorInput(fields)), vector.token_authenticator_input);
  }
});

test('the header values of RFC 9577 are base64url with padding, read and written', async () => {
  for (const header of rfc9577.headers) {
    const values = [...header['WWW-Authenticate'].matchAll(/(challenge|token-key)="([^"]*)"/g)];
    assert.equal(values.length, 2 * header.challenges.length);
    values.forEach(([, name, value], i) => {
      const expected = header.challenges[i >> 1][name === 'challenge' ? 'token-challenge' : name];
      assert.equal(hex(privacyPass.base64urlDecode(value, 'bad-challenge')), expected);
      assert.equal(encode(bytes(expected)), value);
    });
    const client = await TokenClient.create({ tokenKey: values[1][2], challenge: values[0][2] });
    assert.ok(client instanceof TokenClient);
  }
});

test('base64url without padding is read too, and every other spelling is refused', () => {
  assert.equal(hex(privacyPass.base64urlDecode('-_8', 'bad-state')), 'fbff');
  const spellings = ['-_8==', '-_9', '-_9=', '+/8=', '-_8 ', ' -_8', '-', '-_8=A', '=', '====', 'é'];
  for (const wrong of [...spellings, 7, null, undefined]) {
    assert.throws(() => privacyPass.base64urlDecode(wrong, 'bad-state'), tokenError('bad-state'), String(wrong));
  }
});

test('a malformed challenge is refused', async () => {
  const good = bytes(rfc9577.vectors[0].token_challenge);
  const text = (value) => [0, value.length, ...Buffer.from(value)];
  const challenge = (issuer, context, origins) => [0, 2, ...text(issuer), context.length, ...context, ...text(origins)];
  const context = Array(32).fill(7);
  const wrong = [
    ...Array.from(good, (_, length) => good.subarray(0, length)),
    blindRsa.concat(good, [0]),
    blindRsa.concat([0, 1], good.subarray(2)),
    challenge('', context, 'a.example'),
    challenge('a.example', context.slice(1), 'a.example'),
    challenge('a.example', [...context, 7], 'a.example'),
    challenge('a.example', context, 'a.example,'),
    challenge('a.example', context, 'a.example, b.example'),
    challenge('user@a.example', context, 'a.example'),
    challenge('é.example', context, 'a.example'),
  ];
  for (const octets of wrong) {
    const client = freshClient({ challenge: encode(Uint8Array.from(octets)) });
    await assert.rejects(client, tokenError('bad-challenge'), hex(octets));
  }
  await freshClient({ challenge: encode(Uint8Array.from(challenge('a.example', context, 'a.example:8443'))) });
});

test('a challenge for other origins is refused once the origin is known', async () => {
  const challenge = encode(bytes(rfc9578[2].token_challenge));
  for (const origin of ['foo.example', 'BAR.example', 'bar.example:443']) await freshClient({ challenge, origin });
  for (const origin of ['', 'example', 'foo.example:8443', 'foo.example,bar.example']) {
    await assert.rejects(freshClient({ challenge, origin }), tokenError('bad-challenge'));
  }
  await freshClient({ challenge: encode(bytes(rfc9578[3].token_challenge)), origin: 'any.example' });
});

// --- RFC 9578 ---

rfc9578.forEach((vector, i) => {
  test(`vector ${i + 1} of RFC 9578 comes out byte for byte: request, response and token`, async () => {
    const client = await vectorClient(vector);
    const pending = await client.request();
    assert.equal(hex(pending.request), vector.token_request);
    assert.equal(hex(issue(pending.request)), vector.token_response);
    const token = await client.finalize(pending, bytes(vector.token_response));
    assert.equal(hex(token), vector.token);
    assert.equal(hex(await client.finalize(pending, bytes(vector.token_response).buffer)), vector.token);
  });
});

test('a token from fresh randomness verifies with OpenSSL, and two requests have nothing in common', async () => {
  const client = await freshClient();
  const [one, two] = [await client.request(), await client.request()];
  const key = createPublicKey({ key: Buffer.from(rfc9578[0].pkS, 'hex'), format: 'der', type: 'spki' });
  const padding = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 };
  const tokens = [];
  for (const pending of [one, two]) {
    const token = await client.finalize(pending, issue(pending.request));
    assert.equal(token.length, 354);
    assert.ok(verify('sha384', token.subarray(0, 98), padding, token.subarray(98)));
    tokens.push(token);
  }
  assert.equal(hex(one.request.subarray(0, 3)), '000208');
  assert.notDeepEqual(one.request.subarray(3), two.request.subarray(3));
  const [first, second] = [one, two].map(({ state }) => JSON.parse(state));
  for (const field of ['nonce', 'salt', 'blind']) assert.notEqual(first[field], second[field]);
  assert.notDeepEqual(tokens[0].subarray(2, 34), tokens[1].subarray(2, 34));
  await assert.rejects(client.finalize(two, issue(one.request)), tokenError('bad-signature'));
});

test('the credentials are one padded base64url token in quotes', () => {
  const value = /^PrivateToken token="([A-Za-z0-9_-]+={0,2})"$/;
  const [, text] = value.exec(privacyPass.authorization(bytes(rfc9578[0].token)));
  assert.equal(text, Buffer.from(rfc9578[0].token, 'hex').toString('base64url'));
  assert.equal(value.exec(privacyPass.authorization(bytes('fbff')))[1], '-_8=');
});

test('a resumed client makes the very same request and token, even on another page load', async () => {
  const pending = await (await freshClient()).request();
  const later = await freshClient();
  const resumed = await later.resume(JSON.parse(JSON.stringify(pending.state)));
  assert.deepEqual(resumed, pending);
  const response = issue(pending.request);
  const token = await later.finalize(resumed, response);
  assert.deepEqual(await later.finalize(pending, response), token);
});

// --- What must never yield a token ---

/** DER with a definite length: just enough to spell a SubjectPublicKeyInfo in every wrong way. */
function der(tag, ...contents) {
  const body = Buffer.concat(contents);
  const { length } = body;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...head]), body]);
}
const oid = {
  pss: '2a864886f70d01010a', rsa: '2a864886f70d010101', mgf1: '2a864886f70d010108',
  sha256: '608648016503040201', sha384: '608648016503040202',
};
const algorithm = (name, ...parameters) => der(0x30, der(6, Buffer.from(oid[name], 'hex')), ...parameters);
const integer = (text) => der(2, Buffer.from(text, 'hex'));
const modulus = rfc9578[0].pkS.slice(-522, -10);
const sha384 = algorithm('sha384');
function spki({ key = 'pss', hash = sha384, mgf = sha384, salt = '30', extra = [], n = `00${modulus}`, e = '010001' }) {
  const parameters = [der(0xa0, hash), der(0xa1, algorithm('mgf1', mgf)), der(0xa2, integer(salt)), ...extra];
  const rsaPublicKey = der(0x30, integer(n), integer(e));
  return der(0x30, algorithm(key, der(0x30, ...parameters)), der(3, Buffer.from([0]), rsaPublicKey));
}

test('only a key for PSS with SHA-384, a salt of 48 bytes, 2048 bits and the exponent 65537 is taken', async () => {
  assert.equal(hex(spki({})), rfc9578[0].pkS);
  const nul = der(5);
  const wrong = {
    'another algorithm': spki({ key: 'rsa' }),
    'another hash': spki({ hash: algorithm('sha256') }),
    'another hash in MGF1': spki({ mgf: algorithm('sha256') }),
    'hash parameters spelt as NULL': spki({ hash: algorithm('sha384', nul) }),
    'MGF1 hash parameters spelt as NULL': spki({ mgf: algorithm('sha384', nul) }),
    'no salt': spki({ salt: '00' }),
    'a salt of 32 bytes': spki({ salt: '20' }),
    'a spelt-out trailer field': spki({ extra: [der(0xa3, integer('01'))] }),
    'the exponent 3': spki({ e: '03' }),
    'the exponent 65539': spki({ e: '010003' }),
    'a modulus of 1024 bits': spki({ n: `00${modulus.slice(0, 254)}ff` }),
    'a modulus of 2047 bits': spki({ n: `005${modulus.slice(1)}` }),
    'a modulus of 2056 bits': spki({ n: `00cb${modulus}` }),
    'a modulus of 4096 bits': spki({ n: `00${rfc9474[0].n}` }),
    'a negative modulus': spki({ n: modulus }),
    'an even modulus': spki({ n: `00${modulus.slice(0, -1)}e` }),
    'a byte too many': Buffer.concat([spki({}), nul.subarray(1)]),
    'a byte too few': spki({}).subarray(0, -1),
    'no byte': Buffer.alloc(0),
    'a PEM text': Buffer.from(`-----BEGIN PUBLIC KEY-----\n${spki({}).toString('base64')}`),
  };
  for (const [name, key] of Object.entries(wrong)) {
    await assert.rejects(freshClient({ tokenKey: encode(key) }), tokenError('bad-key'), name);
  }
  await assert.rejects(freshClient({ tokenKey: 'not a key' }), tokenError('bad-key'));
});

test('a key that is not the promised one is refused, whatever single bit differs', async () => {
  const pkS = bytes(rfc9578[0].pkS);
  const expectedFingerprint = encode(await privacyPass.tokenKeyId(pkS));
  await freshClient({ expectedFingerprint });
  await freshClient({ expectedFingerprint: expectedFingerprint.replace('=', '') });
  for (let bit = 0; bit < 8 * pkS.length; bit += 1) {
    const tokenKey = encode(flipped(pkS, bit));
    await assert.rejects(freshClient({ tokenKey, expectedFingerprint }), tokenError('key-mismatch'));
  }
  for (const wrong of ['', 'AAAA', null, `A${expectedFingerprint.slice(1)}`]) {
    await assert.rejects(freshClient({ expectedFingerprint: wrong }), tokenError('key-mismatch'));
  }
});

test('a token never comes out of a flipped bit in the key, the challenge or the response', async () => {
  const [vector] = rfc9578;
  const attempt = async (pkS, challenge, response) => {
    const client = await vectorClient(vector, { tokenKey: encode(pkS), challenge: encode(challenge) });
    return client.finalize(await client.request(), response);
  };
  const good = [bytes(vector.pkS), bytes(vector.token_challenge), bytes(vector.token_response)];
  assert.equal(hex(await attempt(...good)), vector.token);
  for (let part = 0; part < good.length; part += 1) {
    for (let octet = 0; octet < good[part].length; octet += 1) {
      const bad = good.map((octets, i) => (i === part ? flipped(octets, 8 * octet + (octet % 8)) : octets));
      await assert.rejects(attempt(...bad), isTokenError, `part ${part}, octet ${octet}`);
    }
  }
});

test('a response that is truncated, oversized, empty, of another issuer or not bytes yields no token', async () => {
  const client = await freshClient();
  const pending = await client.request();
  const good = issue(pending.request);
  const sizes = [good.subarray(1), good.subarray(0, 255), blindRsa.concat(good, [0]), new Uint8Array(0)];
  for (const wrong of [...sizes, new ArrayBuffer(257), hex(good), [...good], null, undefined, {}]) {
    await assert.rejects(client.finalize(pending, wrong), tokenError('bad-response'));
  }
  const others = [pending.request.subarray(3), bytes(rfc9578[0].token_response)];
  for (const wrong of [...others, new Uint8Array(256), new Uint8Array(256).fill(255)]) {
    await assert.rejects(client.finalize(pending, wrong), tokenError('bad-signature'));
  }
});

test('a damaged or foreign state is refused, or makes a request whose old response yields no token', async () => {
  const client = await freshClient();
  const pending = await client.request();
  const response = issue(pending.request);
  const fields = JSON.parse(pending.state);
  const change = (name, value) => JSON.stringify({ ...fields, [name]: value });
  const foreign = await (await freshClient({ challenge: encode(bytes(rfc9578[1].token_challenge)) })).request();
  const wrong = ['', '{', 'null', '[]', '7', undefined, null, {}, pending.state.slice(1), foreign.state];
  for (const [name, good] of Object.entries(fields)) {
    wrong.push(...[undefined, null, 7, '', 'AAAA', good.slice(4)].map((value) => change(name, value)));
  }
  for (const r of [0n, int(modulus), (1n << 2048n) - 1n]) {
    wrong.push(change('blind', encode(blindRsa.intToBytes(r, 256))));
  }
  for (const state of wrong) {
    await assert.rejects(client.resume(state), tokenError('bad-state'), String(state));
    await assert.rejects(client.finalize({ ...pending, state }, response), tokenError('bad-state'), String(state));
  }
  for (const name of ['nonce', 'blind']) {
    const octets = privacyPass.base64urlDecode(fields[name], 'bad-state');
    const resumed = await client.resume(change(name, encode(flipped(octets, 200))));
    assert.notDeepEqual(resumed.request, pending.request);
    await assert.rejects(client.finalize(resumed, response), tokenError('bad-signature'));
  }
});

test('without WebCrypto, as on a page that did not come over https, the client says so', async () => {
  const original = Object.getOwnPropertyDescriptor(globalThis, 'crypto');
  Object.defineProperty(globalThis, 'crypto', { value: {}, configurable: true });
  try {
    await assert.rejects(freshClient(), tokenError('unsupported'));
  } finally {
    Object.defineProperty(globalThis, 'crypto', original);
  }
});
