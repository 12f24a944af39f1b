/**
 * @file Sending a response, against a server made here with the private key operation of OpenSSL: what goes out, what
 * is repeated, what is stored and what is never stored. Run: node --test tests/browser/sending.test.mjs (Node 18 or
 * later).
 */

import assert from 'node:assert/strict';
import { constants, createHash, createPrivateKey, privateDecrypt, webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test from 'node:test';

globalThis.crypto ??= webcrypto;

const { SendError, keyProblem, reach, send } = await import('../../assets/js/sending.js');
const { invitationCodeError, readInvitation } = await import('../../assets/js/invitation.js');
const { mayHaveArrived, supported } = await import('../../assets/js/storage.js');

const vectors = JSON.parse(readFileSync(new URL('../vectors/rfc9578-type2.json', import.meta.url), 'utf8')).vectors;
const issuerKey = createPrivateKey(Buffer.from(vectors[0].skS, 'hex'));
const spki = Buffer.from(vectors[0].pkS, 'hex');
const HOST = 'sante.example';

const prefixed = (text) => Buffer.concat([Buffer.from([text.length >> 8, text.length & 255]), Buffer.from(text)]);
const challenge = Buffer.concat([Buffer.from([0, 2]), prefixed(HOST), Buffer.from([0]), prefixed(HOST)]);
const SURVEY = {
  survey: 'essai', version: 'v1', tokenKey: spki.toString('base64url'), challenge: challenge.toString('base64url'),
  origin: HOST, fingerprint: createHash('sha256').update(spki).digest('base64url'),
};
const ANSWERS = { renonce: 'oui', avis: 'Une idée très reconnaissable' };
const CODE = 'K7M3-2W9P-HX4B-H';
const OTHER_CODE = '0000-0000-0001-1';

function memoryStorage() {
  const items = new Map();
  return {
    items,
    getItem: (key) => (items.has(key) ? items.get(key) : null),
    setItem: (key, value) => items.set(key, String(value)),
    removeItem: (key) => items.delete(key),
  };
}

function problem(status, code, headers = {}) {
  const easy = { title: 'titre facile', detail: 'détail facile' };
  const body = { type: 'about:blank', title: `titre ${code}`, status, detail: `détail ${code}`, code, easy };
  return new Response(JSON.stringify(body), {
    status, headers: { 'Content-Type': 'application/problem+json', ...headers },
  });
}

/** A server that keeps what it was sent. Each failure in `failures` takes the place of one reply. */
function fakeServer(failures = []) {
  const server = { requests: [], codes: new Map(), spent: new Map() };
  server.tokenRequests = () => server.requests.filter(({ address }) => address.endsWith('/token-request'));
  server.responses = () => server.requests.filter(({ address }) => address.endsWith('/responses'));
  const reply = (address, { headers, body }) => {
    if (address === '/s/essai/merci') return new Response('merci');
    if (address === '/s/essai/token-request') {
      const request = Buffer.from(body);
      const known = server.codes.get(headers['Invitation-Code']);
      if (known && !known.equals(request)) return problem(409, 'used-code');
      server.codes.set(headers['Invitation-Code'], request);
      const signature = privateDecrypt({ key: issuerKey, padding: constants.RSA_NO_PADDING }, request.subarray(3));
      return new Response(signature, { headers: { 'Content-Type': 'application/private-token-response' } });
    }
    if (!server.spent.has(headers.Authorization)) server.spent.set(headers.Authorization, body);
    return new Response('{"status":"recorded"}', { status: 201, headers: { 'Content-Type': 'application/json' } });
  };
  server.fetch = async (address, options) => {
    const body = typeof options.body === 'string' ? options.body : Buffer.from(options.body || '');
    server.requests.push({ address, ...options, body });
    const failure = failures[0] && failures[0].at === address.split('/').pop() ? failures.shift() : null;
    // A lost reply: the server did its work and the browser never hears of it.
    if (failure && failure.lost) {
      reply(address, options);
      throw new TypeError('network error');
    }
    if (failure && failure.reply) return failure.reply();
    return reply(address, options);
  };
  return server;
}

function sending(server, storage, options = {}) {
  const slept = [];
  const sleep = async (ms) => void slept.push(ms);
  const done = send({ ...SURVEY, answers: ANSWERS, code: CODE, storage, fetch: server.fetch, sleep, ...options });
  return Object.assign(done, { slept });
}

const refusedWith = (code) => (error) => error instanceof SendError && error.code === code;

test('the token client is supported here', () => {
  assert.equal(supported(), true);
});

test('an invitation is read from the fragment', () => {
  const fingerprint = SURVEY.fingerprint;
  assert.equal(fingerprint.length, 43);
  assert.deepEqual(readInvitation(`#k=${fingerprint}&c=${CODE}`), { fingerprint, code: CODE });
  assert.deepEqual(readInvitation(`#c=${CODE}&k=${fingerprint}`), { fingerprint, code: CODE });
  assert.deepEqual(readInvitation(`#k=${fingerprint}&c=K7M3%202W9P`), { fingerprint, code: 'K7M3 2W9P' });
  assert.deepEqual(readInvitation(`#c=%zz`), { code: '%zz' });
  for (const hash of ['', '#', '#contenu', '#k=&c=', '#kc=1', '#x&y=2']) assert.deepEqual(readInvitation(hash), {});
});

test('a code is checked as the server checks it', () => {
  for (const good of [CODE, 'k7m32w9phx4bh', ' K7M3 2W9P.HX4B–H ', 'OOOO-oooo-oooI-L', '0000-0000-0000-0']) {
    assert.equal(invitationCodeError(good), null, good);
  }
  assert.match(invitationCodeError(' - '), /Écrivez le code/);
  for (const shape of ['K7M3', 'K7M3-2W9P-HX4B-HH', 'K7M3-2W9P-HX4B-U', 'K7M3-2W9P-HX4B-é', 'K7M3-2W9P-HX4B-*']) {
    assert.match(invitationCodeError(shape), /pas la bonne forme/, shape);
  }
  for (const typo of ['K7M3-2W9P-HX4B-T', 'K7M3-2W9P-HXB4-H', '7KM3-2W9P-HX4B-H', 'K7M3-2W9P-HX4C-H']) {
    assert.match(invitationCodeError(typo), /faute de frappe/, typo);
  }
});

test('a code with a typing error is not sent', async () => {
  const server = fakeServer();
  await assert.rejects(sending(server, memoryStorage(), { code: 'K7M3-2W9P-HX4B-T' }), refusedWith('malformed-code'));
  assert.equal(server.requests.length, 0);
});

test('the code goes with the token request only, the answers with the token only', async () => {
  const [server, storage] = [fakeServer(), memoryStorage()];
  const states = [];
  await sending(server, storage, { onProgress: ({ state }) => states.push(state) });
  const [first, second] = server.requests;
  assert.equal(server.requests.length, 2);
  assert.equal(first.address, '/s/essai/token-request');
  const headers = { 'Content-Type': 'application/private-token-request', 'Invitation-Code': 'K7M32W9PHX4BH' };
  assert.deepEqual(first.headers, headers);
  assert.equal(first.body.length, 259);
  assert.equal(second.address, '/s/essai/responses');
  assert.deepEqual(Object.keys(second.headers), ['Content-Type', 'Authorization']);
  assert.match(second.headers.Authorization, /^PrivateToken token="[A-Za-z0-9_-]+=*"$/);
  assert.deepEqual(JSON.parse(second.body), { version: 'v1', answers: ANSWERS });
  for (const { method, credentials, cache, referrerPolicy } of server.requests) {
    const asked = { method, credentials, cache, referrerPolicy };
    assert.deepEqual(asked, { method: 'POST', credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer' });
  }
  assert.equal(storage.items.size, 0, 'nothing is left once it is sent');
  assert.deepEqual(states, ['sending', 'sending']);
});

test('an open survey sends no code', async () => {
  const server = fakeServer();
  await sending(server, memoryStorage(), { code: undefined, fingerprint: undefined });
  assert.ok(!('Invitation-Code' in server.requests[0].headers));
  assert.equal(server.spent.size, 1);
});

test('what is stored on the way holds neither the code nor an answer', async () => {
  const [server, storage] = [fakeServer(), memoryStorage()];
  const written = [];
  const spy = { ...storage, setItem: (key, value) => (written.push(value), storage.setItem(key, value)) };
  await sending(server, spy);
  assert.ok(written.length >= 3);
  for (const text of written) {
    for (const secret of [CODE, CODE.replace(/-/g, ''), 'renonce', 'reconnaissable']) assert.ok(!text.includes(secret));
  }
});

test('a lost reply to the token request: the same bytes go out again', async () => {
  const server = fakeServer([{ at: 'token-request', lost: true }, { at: 'token-request', lost: true }]);
  const done = sending(server, memoryStorage());
  await done;
  const bodies = server.tokenRequests().map(({ body }) => body.toString('hex'));
  assert.equal(bodies.length, 3);
  assert.equal(new Set(bodies).size, 1);
  assert.deepEqual(done.slept, [1000, 2000]);
  assert.equal(server.spent.size, 1);
});

test('a lost reply to the response: the same token and answers go out again', async () => {
  const server = fakeServer([{ at: 'responses', lost: true }]);
  await sending(server, memoryStorage());
  const [first, second] = server.responses();
  assert.equal(first.headers.Authorization, second.headers.Authorization);
  assert.equal(first.body, second.body);
  assert.equal(server.tokenRequests().length, 1);
  assert.equal(server.spent.size, 1);
});

/** Stops a sending while it waits after a lost reply, as a reload does. */
async function stopWhileWaiting(server, storage) {
  const controller = new AbortController();
  const onProgress = ({ state }) => state === 'waiting' && controller.abort();
  const sleep = () => new Promise(() => {});
  const done = sending(server, storage, { signal: controller.signal, onProgress, sleep });
  await assert.rejects(done, { name: 'AbortError' });
}

test('a reload after a lost token: the same request goes out again', async () => {
  const server = fakeServer([{ at: 'token-request', lost: true }]);
  const storage = memoryStorage();
  await stopWhileWaiting(server, storage);
  assert.equal(mayHaveArrived(storage, 'essai'), false);
  // The code may be typed differently the second time; it is the same code.
  await sending(server, storage, { code: ' k7m3 2w9p hx4b h' });
  const [first, second] = server.tokenRequests();
  assert.deepEqual(first.body, second.body);
  assert.equal(server.spent.size, 1);
  assert.equal(storage.items.size, 0);
});

test('a reload after a lost response: the same token goes out again, and no other is asked for', async () => {
  const server = fakeServer([{ at: 'responses', lost: true }]);
  const storage = memoryStorage();
  await stopWhileWaiting(server, storage);
  assert.equal(mayHaveArrived(storage, 'essai'), true);
  await sending(server, storage);
  assert.equal(server.tokenRequests().length, 1);
  assert.equal(server.spent.size, 1);
  assert.equal(mayHaveArrived(storage, 'essai'), false);
});

test('another code starts anew', async () => {
  const server = fakeServer([{ at: 'token-request', lost: true }]);
  const storage = memoryStorage();
  await stopWhileWaiting(server, storage);
  await sending(server, storage, { code: OTHER_CODE });
  const [first, second] = server.tokenRequests();
  assert.notDeepEqual(first.body, second.body);
});

test('damaged storage, and none at all, are as good as empty', async () => {
  const damaged = memoryStorage();
  damaged.setItem('isoloir-token-essai', '{"pending":"{}","token":"AAAA","codeHash"');
  const refuse = () => {
    throw new Error('storage is forbidden');
  };
  const forbidden = { getItem: refuse, setItem: refuse, removeItem: refuse };
  for (const storage of [damaged, forbidden, null]) {
    const server = fakeServer([{ at: 'responses', lost: true }]);
    await sending(server, storage);
    assert.equal(server.spent.size, 1);
  }
});

test('a state of another challenge is dropped', async () => {
  const storage = memoryStorage();
  await stopWhileWaiting(fakeServer([{ at: 'token-request', reply: () => problem(500, undefined) }]), storage);
  const context = Buffer.concat([Buffer.from([32]), Buffer.alloc(32, 7)]);
  const moved = Buffer.concat([Buffer.from([0, 2]), prefixed(HOST), context, prefixed(HOST)]);
  const server = fakeServer();
  await sending(server, storage, { challenge: moved.toString('base64url') });
  assert.equal(server.spent.size, 1);
});

for (const code of ['used-code', 'unknown-code', 'malformed-code']) {
  test(`${code}: told in the server’s words, and the pending request is dropped`, async () => {
    const server = fakeServer([{ at: 'token-request', reply: () => problem(409, code) }]);
    const storage = memoryStorage();
    await assert.rejects(sending(server, storage), (error) => {
      assert.deepEqual([error.code, error.title, error.detail], [code, `titre ${code}`, `détail ${code}`]);
      return error instanceof SendError;
    });
    await sending(server, storage, { code: OTHER_CODE });
    const [first, second] = server.tokenRequests();
    assert.notDeepEqual(first.body, second.body);
  });
}

test('invalid answers: the fields are told, and the corrected answers go out with the same token', async () => {
  const errors = [{ field: 'renonce', detail: 'attendue' }];
  const body = JSON.stringify({ title: 'À corriger', detail: 'Corrigez.', code: 'invalid-answers', errors });
  const headers = { 'Content-Type': 'application/problem+json' };
  const reply = () => new Response(body, { status: 422, headers });
  const server = fakeServer([{ at: 'responses', reply }]);
  const storage = memoryStorage();
  await assert.rejects(sending(server, storage), (error) => {
    assert.deepEqual(error.fields, [{ field: 'renonce', detail: 'attendue' }]);
    return refusedWith('invalid-answers')(error);
  });
  assert.equal(mayHaveArrived(storage, 'essai'), false, 'the answers may change: they were refused');
  await sending(server, storage, { answers: { renonce: 'non' } });
  assert.equal(server.tokenRequests().length, 1);
  assert.deepEqual([...server.spent.values()].map(JSON.parse), [{ version: 'v1', answers: { renonce: 'non' } }]);
});

for (const code of ['closed', 'other-version', 'token-invalid', 'malformed-request', 'unknown-survey']) {
  test(`${code} is not tried again`, async () => {
    const at = code === 'malformed-request' ? 'token-request' : 'responses';
    const server = fakeServer([{ at, reply: () => problem(403, code) }]);
    const done = sending(server, memoryStorage());
    await assert.rejects(done, refusedWith(code));
    assert.deepEqual(done.slept, []);
  });
}

test('words for programs are not shown to residents', async () => {
  const body = JSON.stringify({ title: 'Il manque un jeton', detail: 'En-tête Authorization (RFC 9577)', code: 'token-missing' });
  const reply = () => new Response(body, { status: 401, headers: { 'Content-Type': 'application/problem+json' } });
  await assert.rejects(sending(fakeServer([{ at: 'responses', reply }]), memoryStorage()), (error) => {
    assert.match(`${error.title} ${error.detail}`, /^L’envoi n’a pas abouti Vos réponses sont gardées/);
    return refusedWith('token-missing')(error);
  });
});

test('a refusal from somewhere on the way does not free answers that may have arrived', async () => {
  const [server, storage] = [fakeServer([{ at: 'responses', lost: true }]), memoryStorage()];
  await stopWhileWaiting(server, storage);
  const proxy = fakeServer([{ at: 'responses', reply: () => new Response('<h1>Accès refusé</h1>', { status: 403 }) }]);
  await assert.rejects(sending(proxy, storage), refusedWith('unexpected'));
  assert.equal(mayHaveArrived(storage, 'essai'), true, 'they cannot change');
  await sending(server, storage);
  assert.equal(server.spent.size, 1);
});

test('a page is gone to once it can be had, or is refused', async () => {
  const server = fakeServer([{ at: 'merci', lost: true }, { at: 'merci', reply: () => new Response('', { status: 502 }) }]);
  const slept = [];
  await reach('/s/essai/merci', { fetch: server.fetch, sleep: async (ms) => void slept.push(ms) });
  assert.deepEqual(slept, [1000, 2000]);
  assert.deepEqual(server.requests.map(({ method }) => method), ['GET', 'GET', 'GET']);
  await reach('/s/essai/merci', fakeServer([{ at: 'merci', reply: () => new Response('', { status: 404 }) }]));
});

test('a refusal without problem details still has words', async () => {
  const server = fakeServer([{ at: 'responses', reply: () => new Response('<h1>403</h1>', { status: 403 }) }]);
  await assert.rejects(sending(server, memoryStorage()), (error) => {
    assert.ok(error.title && error.detail);
    return refusedWith('unexpected')(error);
  });
});

test('a wrong key, or a page at a wrong address, sends nothing', async () => {
  for (const [change, code] of [
    [{ fingerprint: 'A'.repeat(43) }, 'key-mismatch'],
    [{ fingerprint: SURVEY.fingerprint.slice(0, 20) }, 'key-mismatch'],
    [{ tokenKey: Buffer.from(spki).fill(0, 0, 4).toString('base64url'), fingerprint: undefined }, 'key-mismatch'],
    [{ origin: 'autre.example' }, 'wrong-address'],
  ]) {
    const server = fakeServer();
    await assert.rejects(sending(server, memoryStorage(), change), refusedWith(code));
    assert.equal(server.requests.length, 0);
    assert.equal((await keyProblem({ ...SURVEY, ...change })).code, code);
  }
  assert.equal(await keyProblem(SURVEY), null);
});

test('a signature by another key gives no token and sends no answer', async () => {
  const headers = { 'Content-Type': 'application/private-token-response' };
  const server = fakeServer([{ at: 'token-request', reply: () => new Response(Buffer.alloc(256, 1), { headers }) }]);
  await assert.rejects(sending(server, memoryStorage()), refusedWith('bad-token'));
  assert.equal(server.responses().length, 0);
});

test('a busy server is asked again, and not before it wants to be', async () => {
  const reasons = [];
  const server = fakeServer([
    { at: 'token-request', reply: () => problem(503, 'busy', { 'Retry-After': '5' }) },
    { at: 'token-request', reply: () => problem(500) },
    { at: 'responses', reply: () => new Response('', { status: 502 }) },
    { at: 'responses', reply: () => new Response('', { status: 504 }) },
  ]);
  const done = sending(server, memoryStorage(), { onProgress: ({ reason }) => reason && reasons.push(reason) });
  await done;
  assert.deepEqual(done.slept, [5000, 2000, 1000, 2000]);
  assert.deepEqual(reasons, ['busy', 'busy', 'busy', 'busy']);
  assert.equal(server.spent.size, 1);
});

test('a captive portal, which answers 200 to everything, is no server', async () => {
  const portal = () => new Response('<h1>Wi-Fi de la gare</h1>', { headers: { 'Content-Type': 'text/html' } });
  const server = fakeServer([{ at: 'token-request', reply: portal }, { at: 'responses', reply: portal }]);
  const done = sending(server, memoryStorage());
  await done;
  assert.equal(done.slept.length, 2);
  assert.equal(server.spent.size, 1);
});

test('the pauses grow to 15 seconds and stay there', async () => {
  const server = fakeServer(Array.from({ length: 8 }, () => ({ at: 'token-request', lost: true })));
  const done = sending(server, memoryStorage());
  await done;
  assert.deepEqual(done.slept, [1000, 2000, 4000, 8000, 15000, 15000, 15000, 15000]);
});

test('the network’s return, or an impatient resident, ends the pause at once', async () => {
  for (const wake of ['online', 'retryNow']) {
    const server = fakeServer([{ at: 'token-request', lost: true }]);
    const connection = new EventTarget();
    const onProgress = ({ state, reason, retryNow }) => {
      if (state !== 'waiting') return;
      assert.equal(reason, 'offline');
      setTimeout(wake === 'online' ? () => connection.dispatchEvent(new Event('online')) : retryNow);
    };
    const sleep = () => new Promise(() => {});
    await sending(server, memoryStorage(), { connection, onProgress, sleep });
    assert.equal(server.spent.size, 1);
  }
});

test('sending can be stopped before, during and between tries', async () => {
  const stopped = new AbortController();
  stopped.abort();
  const server = fakeServer();
  await assert.rejects(sending(server, memoryStorage(), { signal: stopped.signal }), { name: 'AbortError' });
  assert.equal(server.requests.length, 0);

  const hanging = new AbortController();
  const fetch = (address, { signal }) => new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new TypeError('aborted')));
    setTimeout(() => hanging.abort());
  });
  await assert.rejects(sending({ fetch }, memoryStorage(), { signal: hanging.signal }), { name: 'AbortError' });

  await stopWhileWaiting(fakeServer([{ at: 'token-request', lost: true }]), memoryStorage());
});
