/**
 * @file An independent client against the real program: Cloudflare's privacypass-ts, which shares no code with this
 * repository, asks `isoloir demo` for tokens and spends them as any client of RFC 9577 and RFC 9578 would. It also
 * checks what the browser's client makes, and the other way round. Run in this folder: npm ci, then npm test (Node 18
 * or later, and the sqlite3 program). ISOLOIR_BIN names the program, where it is not in its usual place.
 *
 * Where the library itself is looser than the RFCs, the test does what it leaves out:
 * - it fetches from https only and joins a relative issuer-request-uri by hand, so the address is resolved here;
 * - it does not compare origin_info with the origin that sent the challenge (RFC 9577 section 2.1.3);
 * - it hashes the challenge as it writes it again, so the bytes are compared with those that came;
 * - its origin checks the signature alone, neither challenge_digest nor token_key_id;
 * - its parsers ignore bytes after the end, and some read from the start of the buffer that an array lies in.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test, { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as blindRsa from '../../assets/js/blind-rsa.js';
import * as privacyPass from '../../assets/js/privacy-pass.js';

globalThis.crypto ??= webcrypto;

// Loaded after the line above, because Node 18 has no global crypto of its own.
const library = await import('@cloudflare/privacypass-ts');
const { MediaType, TOKEN_TYPES, publicVerif } = library;
const { BLIND_RSA, PARTIALLY_BLIND_RSA, VOPRF } = TOKEN_TYPES;
const { PSS } = publicVerif.BlindRSAMode;

/** The program finds the questionnaires from the root of the repository. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BIN = resolve(process.env.ISOLOIR_BIN || join(ROOT, 'target/debug/isoloir'));
const READY = /Isoloir écoute sur (http:\/\/127\.0\.0\.1:\d+)/;
const START_TIMEOUT_MS = 120_000;
const SURVEY = 'mauges-2026';
const SALT_LENGTH_BYTES = 48;
const PADDED_BASE64URL = /^(?:[\w-]{4})*(?:[\w-]{2}==|[\w-]{3}=)?$/;

const folder = mkdtempSync(join(tmpdir(), 'isoloir-independent-'));
const data = join(folder, 'data');
let server;
let origin;
let invitations;
let issuer;
let challenge;
let submission;

// --- The program ---

async function startProgram() {
  const args = ['demo', '--listen', '127.0.0.1:0', '--data', data, '--codes', join(folder, 'codes.csv')];
  server = spawn(BIN, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const gone = new Promise((_, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`the program ended with ${code}: ${output}`)));
  });
  gone.catch(() => {});
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!READY.test(output)) {
    assert.ok(Date.now() < deadline, `the program is not ready: ${output}`);
    await Promise.race([new Promise((done) => setTimeout(done, 50)), gone]);
  }
  return READY.exec(output)[1];
}

/** The codes with the fingerprint that their link promises. */
function readInvitations() {
  const [header, ...lines] = readFileSync(join(folder, 'codes.csv'), 'utf8').trim().split(/\r?\n/);
  assert.equal(header, 'code,link');
  return lines.map((line) => {
    const [code, link] = line.split(',');
    return { code, fingerprint: new URLSearchParams(new URL(link).hash.slice(1)).get('k') };
  });
}

function count(database, query) {
  return Number(execFileSync('sqlite3', ['-readonly', join(data, database), query], { encoding: 'utf8' }));
}

/** How much is kept of what was cast and of what was asked for. */
const stored = () => ({
  responses: count('collector/collector.db', 'SELECT (SELECT count(*) FROM responses) + (SELECT count(*) FROM intake)'),
  spent: count('collector/collector.db', 'SELECT (SELECT count(*) FROM spent) + (SELECT count(*) FROM intake_marks)'),
  used: count('issuer/issuer.db', 'SELECT count(*) FROM invitations WHERE used = 1'),
});

/** What was added since `start`. */
function storedSince(start) {
  return Object.fromEntries(Object.entries(stored()).map(([name, now]) => [name, now - start[name]]));
}

// --- The protocol ---

const bytes = (base64url) => Uint8Array.from(Buffer.from(base64url, 'base64url'));
const bare = (octets) => Buffer.from(octets).toString('base64url');
const flipped = (octets, bit) => octets.map((octet, i) => (i === bit >> 3 ? octet ^ (1 << (bit & 7)) : octet));

/** Looks up the issuer as RFC 9578 section 4 says. */
async function readDirectory() {
  const url = new URL(library.PRIVATE_TOKEN_ISSUER_DIRECTORY, origin);
  const response = await fetch(url);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), MediaType.PRIVATE_TOKEN_ISSUER_DIRECTORY);
  assert.match(response.headers.get('cache-control'), /max-age=\d+/);
  const directory = await response.json();
  const keys = directory['token-keys'].filter((key) => key['token-type'] === BLIND_RSA.value);
  assert.ok(keys.length > 0);
  return { requestUrl: new URL(directory['issuer-request-uri'], url).href, keys: keys.map((key) => key['token-key']) };
}

function cast(headers = {}) {
  const url = `${origin}/s/${SURVEY}/responses`;
  const allHeaders = { 'Content-Type': 'application/json', ...headers };
  return fetch(url, { method: 'POST', headers: allHeaders, body: JSON.stringify(submission) });
}

function readChallenges(response) {
  assert.equal(response.status, 401);
  const header = response.headers.get('www-authenticate');
  return { header, parsed: library.WWWAuthenticateHeader.parse(header) };
}

/** A response that answers what must be answered, and nothing else. */
async function prepareSubmission() {
  const response = await fetch(`${origin}/s/${SURVEY}/questionnaire.json`);
  assert.equal(response.status, 200);
  const { version, questionnaire } = await response.json();
  const required = questionnaire.pages.flatMap((page) => page.questions).filter((question) => question.required);
  assert.ok(required.length > 0);
  const answers = Object.fromEntries(required.map(({ id, choices }) => [id, choices[0].code]));
  return { version, answers };
}

/** Sends a token request as it stands; the library’s own sender makes one error of every refusal. */
function ask(body, code, mediaType = MediaType.PRIVATE_TOKEN_REQUEST, url = issuer.requestUrl) {
  const headers = { 'Invitation-Code': code };
  if (mediaType) headers['Content-Type'] = mediaType;
  return fetch(url, { method: 'POST', headers, body });
}

/** The whole issuance protocol by the library, its sender included. */
async function obtainToken(code, forChallenge = challenge) {
  const client = new publicVerif.Client(PSS);
  const request = await client.createTokenRequest(forChallenge.challenge, forChallenge.tokenKey);
  const headers = new Headers({ 'Invitation-Code': code });
  const reply = await library.sendTokenRequest(request.serialize(), issuer.requestUrl, headers);
  assert.equal(reply.length, BLIND_RSA.Nk);
  return { request, reply, token: await client.finalize(client.deserializeTokenResponse(reply)) };
}

const authorize = (token) => ({ Authorization: new library.AuthorizationHeader(token).toString() });

/** The key as the library's verification wants it. */
function cryptoKey(tokenKey) {
  const spki = publicVerif.convertRSASSAPSSToEnc(tokenKey);
  return crypto.subtle.importKey('spki', spki, { name: 'RSA-PSS', hash: 'SHA-384' }, true, ['verify']);
}

async function assertProblem(response, status, code, what) {
  assert.equal(response.headers.get('content-type'), 'application/problem+json', what);
  const problem = await response.json();
  assert.deepEqual([response.status, problem.status, problem.code, what], [status, status, code, what]);
}

before(async () => {
  origin = await startProgram();
  invitations = readInvitations();
  issuer = await readDirectory();
  submission = await prepareSubmission();
  [challenge] = readChallenges(await cast()).parsed;
});

after(() => {
  if (server && server.exitCode === null) server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

test('a response without a token gets one challenge that the library reads', async () => {
  const start = stored();
  const { header, parsed } = readChallenges(await cast());
  assert.equal(parsed.length, 1);
  const [{ challenge: { tokenType, issuerName, redemptionContext, originInfo }, tokenKey }] = parsed;
  const { host } = new URL(origin);
  assert.equal(tokenType, BLIND_RSA.value);
  assert.equal(issuerName, host, 'the issuer is where the directory was read');
  assert.equal(redemptionContext.length, 32);
  assert.ok(originInfo.includes(host), 'the origin names itself');
  assert.ok(issuer.keys.some((key) => bare(bytes(key)) === bare(tokenKey)), 'the directory has the key');
  const values = /^PrivateToken challenge="([^"]+)", token-key="([^"]+)"$/.exec(header).slice(1);
  for (const value of values) assert.match(value, PADDED_BASE64URL);
  assert.equal(bare(parsed[0].challenge.serialize()), bare(bytes(values[0])), 'written again, it is the same');
  assert.deepEqual(storedSince(start), { responses: 0, spent: 0, used: 0 });
});

test('the key is encoded as the library encodes it, and is the one that the letter promises', async () => {
  const { code, fingerprint } = invitations.shift();
  for (const key of issuer.keys) assert.match(key, PADDED_BASE64URL);
  const publicKey = await cryptoKey(challenge.tokenKey);
  assert.equal(bare(await publicVerif.getPublicKeyBytes(publicKey)), bare(challenge.tokenKey));
  const { token, request } = await obtainToken(code);
  assert.equal(bare(token.authInput.tokenKeyId), fingerprint);
  assert.equal(request.truncatedTokenKeyId, bytes(fingerprint)[31]);
});

test('the library obtains a token with a code, spends it, and the answers are kept once', async () => {
  const { code } = invitations.shift();
  const start = stored();
  const { request, reply, token } = await obtainToken(code);
  assert.deepEqual(storedSince(start), { responses: 0, spent: 0, used: 1 });

  const first = await cast(authorize(token));
  const recorded = await first.text();
  assert.equal(first.status, 201, recorded);
  assert.deepEqual(storedSince(start), { responses: 1, spent: 1, used: 1 });

  // The same token again, written without quotes and with them.
  const quoted = { Authorization: new library.AuthorizationHeader(token).toString(true) };
  assert.notEqual(quoted.Authorization, authorize(token).Authorization);
  for (const headers of [authorize(token), quoted]) {
    const again = await cast(headers);
    assert.deepEqual([again.status, await again.text()], [201, recorded]);
  }
  assert.deepEqual(storedSince(start), { responses: 1, spent: 1, used: 1 });

  // The same code again: the same request is a lost reply, another is refused.
  const repeated = await ask(request.serialize(), code);
  assert.equal(repeated.status, 200);
  assert.equal(repeated.headers.get('content-type'), MediaType.PRIVATE_TOKEN_RESPONSE);
  assert.equal(bare(await repeated.arrayBuffer()), bare(reply));
  const other = await new publicVerif.Client(PSS).createTokenRequest(challenge.challenge, challenge.tokenKey);
  assert.notEqual(bare(other.blindedMsg), bare(request.blindedMsg));
  await assertProblem(await ask(other.serialize(), code), 409, 'used-code');
  assert.deepEqual(storedSince(start), { responses: 1, spent: 1, used: 1 });
});

test('a token that the library made verifies with the code of the browser', async () => {
  const { token } = await obtainToken(invitations.shift().code);
  const challengeDigest = await blindRsa.digest('SHA-256', challenge.challenge.serialize());
  const tokenKeyId = await privacyPass.tokenKeyId(challenge.tokenKey);
  const input = privacyPass.authenticatorInput({ nonce: token.authInput.nonce, challengeDigest, tokenKeyId });
  const { authenticator } = token;
  assert.equal(bare(blindRsa.concat(input, authenticator)), bare(token.serialize()));
  assert.equal(privacyPass.authorization(token.serialize()), new library.AuthorizationHeader(token).toString(true));

  const key = privacyPass.parseTokenKey(challenge.tokenKey);
  const verify = (message, signature) => blindRsa.verify(key, message, signature, SALT_LENGTH_BYTES);
  assert.equal(await verify(input, authenticator), true);
  assert.equal(await verify(flipped(input, 16), authenticator), false);
  assert.equal(await verify(input, flipped(authenticator, 2047)), false);
});

test('a token that the browser’s client made is accepted by the library’s origin, and by ours', async () => {
  const { code, fingerprint } = invitations.shift();
  const client = await privacyPass.TokenClient.create({
    tokenKey: privacyPass.base64urlEncode(challenge.tokenKey),
    challenge: privacyPass.base64urlEncode(challenge.challenge.serialize()),
    expectedFingerprint: fingerprint,
    origin: new URL(origin).host,
  });
  const pending = await client.request();
  const request = publicVerif.TokenRequest.deserialize(BLIND_RSA, pending.request);
  assert.equal(bare(request.serialize()), bare(pending.request));
  const reply = await ask(pending.request, code, undefined, `${origin}/s/${SURVEY}/token-request`);
  assert.equal(reply.status, 200);
  const header = privacyPass.authorization(await client.finalize(pending, await reply.arrayBuffer()));

  const [{ token }] = library.AuthorizationHeader.parse(BLIND_RSA, header);
  const { authInput, authenticator } = token;
  const digest = await crypto.subtle.digest('SHA-256', challenge.challenge.serialize());
  assert.equal(bare(authInput.challengeDigest), bare(digest));
  assert.equal(bare(authInput.tokenKeyId), fingerprint);
  const theirs = new publicVerif.Origin(PSS, challenge.challenge.originInfo);
  const publicKey = await cryptoKey(challenge.tokenKey);
  assert.equal(await theirs.verify(token, publicKey), true);
  const altered = new library.Token(BLIND_RSA, authInput, flipped(authenticator, 2047));
  assert.equal(await theirs.verify(altered, publicKey), false);
  assert.equal((await cast({ Authorization: header })).status, 201);
});

test('the browser’s client gets its token from the library’s issuer too', async () => {
  const exponent = { modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
  const { privateKey, publicKey } = await publicVerif.Issuer.generateKey(PSS, exponent);
  const theirIssuer = new publicVerif.Issuer(PSS, 'issuer.example', privateKey, publicKey);
  const theirOrigin = new publicVerif.Origin(PSS, ['origin.example']);
  const client = await privacyPass.TokenClient.create({
    tokenKey: privacyPass.base64urlEncode(await publicVerif.getPublicKeyBytes(publicKey)),
    challenge: privacyPass.base64urlEncode(
      theirOrigin.createTokenChallenge('issuer.example', new Uint8Array(32)).serialize(),
    ),
    expectedFingerprint: privacyPass.base64urlEncode(await theirIssuer.tokenKeyID()),
    origin: 'origin.example',
  });
  const pending = await client.request();
  const reply = await theirIssuer.issue(publicVerif.TokenRequest.deserialize(BLIND_RSA, pending.request));
  const token = await client.finalize(pending, reply.serialize());
  assert.equal(await theirOrigin.verify(library.Token.deserialize(BLIND_RSA, token), publicKey), true);
});

test('a token for another challenge, an altered one and an incomplete one are refused with a new challenge', async () => {
  const { tokenType, issuerName, originInfo } = challenge.challenge;
  const elsewhere = new library.TokenChallenge(tokenType, issuerName, new Uint8Array(32), originInfo);
  // The issuer cannot see what a token is for, so only its redemption can be refused.
  const { token: stray } = await obtainToken(invitations.shift().code, { ...challenge, challenge: elsewhere });
  const { token } = await obtainToken(invitations.shift().code);
  const start = stored();
  const altered = new library.Token(BLIND_RSA, token.authInput, flipped(token.authenticator, 0));
  const Nk = BLIND_RSA.Nk - 1;
  const incomplete = new library.Token({ ...BLIND_RSA, Nk }, token.authInput, token.authenticator.slice(0, Nk));
  for (const [refused, code] of [[stray, 'token-invalid'], [altered, 'token-invalid'], [incomplete, 'token-missing']]) {
    const response = await cast(authorize(refused));
    const { parsed } = readChallenges(response);
    assert.equal(bare(parsed[0].challenge.serialize()), bare(challenge.challenge.serialize()));
    await assertProblem(response, 401, code);
  }
  assert.deepEqual(storedSince(start), { responses: 0, spent: 0, used: 0 });
  assert.equal((await cast(authorize(token))).status, 201, 'the token that was not altered is still good');
});

/** Whatever the library can write that is not a request of type 0x0002 for this issuer; its sizes are parameters. */
function malformedRequests({ truncatedTokenKeyId: id, blindedMsg }) {
  const write = (type, message = blindedMsg, keyId = id) => {
    return new publicVerif.TokenRequest(keyId, message, { ...type, Nk: message.length }).serialize();
  };
  const longer = (size) => blindRsa.concat(blindedMsg, new Uint8Array(size - blindedMsg.length));
  return [
    ['nothing at all', new Uint8Array(0)],
    ['a token type alone', write(BLIND_RSA).slice(0, 2)],
    ['no blinded message', write(BLIND_RSA, new Uint8Array(0))],
    ['a blinded message without its last byte', write(BLIND_RSA, blindedMsg.slice(0, -1))],
    ['a blinded message with one byte more', write(BLIND_RSA, longer(257))],
    ['a blinded message nearly twice as long', write(BLIND_RSA, longer(509))],
    ['the token type of privately verifiable tokens', write(VOPRF)],
    ['a request for a privately verifiable token', write(VOPRF, blindedMsg.slice(0, 49))],
    ['the token type of partially blind signatures', write(PARTIALLY_BLIND_RSA)],
    ['a reserved token type', write({ value: 0x0000 })],
    ['the key of nobody', write(BLIND_RSA, blindedMsg, id ^ 1)],
    ['a blinded message that is not below the modulus', write(BLIND_RSA, new Uint8Array(256).fill(0xff))],
  ];
}

const WRONG_MEDIA_TYPES = [
  null, 'application/octet-stream', 'application/json', `${MediaType.PRIVATE_TOKEN_REQUEST}s`,
  MediaType.PRIVATE_TOKEN_RESPONSE, MediaType.GENERIC_BATCHED_TOKEN_REQUEST,
];

test('malformed token requests are refused, use nothing, and leave the code good', async () => {
  const { code } = invitations.shift();
  const client = new publicVerif.Client(PSS);
  const request = await client.createTokenRequest(challenge.challenge, challenge.tokenKey);
  const start = stored();
  for (const url of [issuer.requestUrl, `${origin}/s/${SURVEY}/token-request`]) {
    for (const [what, body] of malformedRequests(request)) {
      await assertProblem(await ask(body, code, undefined, url), 422, 'malformed-request', what);
    }
    for (const mediaType of WRONG_MEDIA_TYPES) {
      await assertProblem(await ask(request.serialize(), code, mediaType, url), 415, undefined, mediaType);
    }
  }
  assert.deepEqual(storedSince(start), { responses: 0, spent: 0, used: 0 });

  const headers = new Headers({ 'Invitation-Code': code });
  const reply = await library.sendTokenRequest(request.serialize(), issuer.requestUrl, headers);
  const token = await client.finalize(client.deserializeTokenResponse(reply));
  assert.equal((await cast(authorize(token))).status, 201);
  assert.deepEqual(storedSince(start), { responses: 1, spent: 1, used: 1 });
});

// RFC 9578 section 6.2 knows one status for a blinded message of a wrong size, however wrong.
test('a token request of any wrong size is answered 422', async () => {
  const { code } = invitations[0];
  const start = stored();
  for (const size of [510, 4096]) {
    const message = new Uint8Array(size);
    const request = new publicVerif.TokenRequest(0, message, { ...BLIND_RSA, Nk: size });
    const response = await ask(request.serialize(), code);
    assert.deepEqual(storedSince(start), { responses: 0, spent: 0, used: 0 });
    await assertProblem(response, 422, 'malformed-request');
  }
});
