/**
 * @file The journey of residents through the real program, in a real browser, with JavaScript and without. It starts
 * `isoloir demo`, answers, and looks afterwards into every file and every line of the server for the codes that were
 * used. Run in this folder: npm ci, then npm test (Node 18 or later, Chromium, and the sqlite3 program).
 *
 * ISOLOIR_BIN names the program and CHROMIUM the browser, where they are not in their usual places.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import test, { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/** The program finds the questionnaires from the root of the repository. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BIN = resolve(process.env.ISOLOIR_BIN || join(ROOT, 'target/debug/isoloir'));
const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';
const CHROMIUM_ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
const READY = /Isoloir écoute sur (http:\/\/127\.0\.0\.1:\d+)/;
const START_TIMEOUT_MS = 120_000;
const FIRST_VIEW_LIMIT_BYTES = 30_000;
/** A page is given this long to do anything; what waits for the network is slower than what does not. */
const STEP_TIMEOUT_MS = 15_000;

const folder = mkdtempSync(join(tmpdir(), 'isoloir-journey-'));
const data = join(folder, 'data');
const output = { stdout: '', stderr: '' };
const used = [];
/** Blinded messages and tokens that browsers sent, of which nothing may be written down. */
const secrets = [];
let server;
let browser;
let origin;
let survey;
let invitations;
let printedAtStart;
let countAtStart;
let sent = 0;

// --- The program ---

async function startProgram() {
  const args = ['demo', '--listen', '127.0.0.1:0', '--data', data, '--codes', join(folder, 'codes.csv')];
  // Every log line that the program and its libraries can write is wanted: none may hold a secret.
  const env = { ...process.env, ISOLOIR_LOG: 'trace' };
  server = spawn(BIN, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise((done) => server.once('exit', (code, signal) => done(signal || code)));
  server.exited = exited;
  for (const name of ['stdout', 'stderr']) {
    server[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
  }
  const deadline = Date.now() + START_TIMEOUT_MS;
  const gone = exited.then((code) => assert.fail(`the program ended with ${code}: ${output.stderr}`));
  while (!READY.test(output.stdout + output.stderr)) {
    assert.ok(Date.now() < deadline, `the program is not ready: ${output.stdout}${output.stderr}`);
    await Promise.race([new Promise((resolve) => setTimeout(resolve, 50)), gone]);
  }
  gone.catch(() => {});
  // What it prints on purpose for whoever tries the demonstration comes with the address.
  await new Promise((resolve) => setTimeout(resolve, 500));
  printedAtStart = output.stdout.length;
  return READY.exec(output.stdout + output.stderr)[1];
}

/** Rows of the codes file, whatever its separator and the order of its columns. */
function readInvitations() {
  const csv = readFileSync(join(folder, 'codes.csv'), 'utf8').replace(/^\ufeff/, '').trim();
  const [header, ...lines] = csv.split(/\r?\n/);
  const separator = [';', ',', '\t'].find((candidate) => header.includes(candidate));
  const cells = (line) => line.split(separator).map((cell) => cell.replace(/^"(.*)"$/, '$1'));
  const names = cells(header);
  return lines.map((line) => {
    const row = Object.fromEntries(cells(line).map((cell, index) => [names[index], cell]));
    // The printed link may carry a public address; the fragment is what counts here.
    return { code: row.code, path: row.link.replace(/^https?:\/\/[^/]+/, '') };
  });
}

function takeInvitation() {
  const invitation = invitations.shift();
  used.push(invitation.code);
  return invitation;
}

function sql(database, query) {
  return execFileSync('sqlite3', ['-readonly', join(data, database), query], { encoding: 'utf8', maxBuffer: 1 << 28 });
}

function countResponses() {
  const query = 'SELECT (SELECT count(*) FROM responses) + (SELECT count(*) FROM intake)';
  return Number(sql('collector/collector.db', query));
}

before(async () => {
  origin = await startProgram();
  invitations = readInvitations();
  survey = /^\/s\/([^#/?]+)/.exec(invitations[0].path)[1];
  countAtStart = countResponses();
  browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_ARGS });
});

after(async () => {
  if (browser) await browser.close();
  if (server && server.exitCode === null) server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

// --- The browser ---

/** Notes what a request carries that must leave no trace: the blinded message, or the token. */
function keepSecretsOf(request) {
  const headers = request.headers();
  assert.ok(!headers.referer, 'no address is passed on');
  if (new URL(request.url()).pathname.endsWith('/token-request')) {
    const body = request.postDataBuffer();
    if (body) secrets.push(body.subarray(3));
  }
  const token = /token="([^"]+)"/.exec(headers.authorization || '');
  if (token) secrets.push(Buffer.from(token[1], 'base64url').subarray(2, 34), Buffer.from(token[1], 'base64url').subarray(98));
}

/**
 * Runs a scenario in a browser of its own and checks what holds on every page: nothing in the console, nothing asked of
 * another site, no cookie. `expected` lists what the browser itself writes to the console about a refused request.
 */
async function visit(options, scenario, expected = []) {
  const context = await browser.newContext({ locale: 'fr-FR', ...options });
  context.setDefaultTimeout(STEP_TIMEOUT_MS);
  const complaints = [];
  const elsewhere = [];
  const statuses = [];
  context.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (protocol !== 'data:' && asked !== origin) elsewhere.push(request.url());
    assert.ok(!/[#&?]c=/.test(request.url()), 'a code is never part of a request’s address');
    keepSecretsOf(request);
  });
  context.on('response', async (response) => {
    statuses.push([response.status(), response.request().method(), new URL(response.url()).pathname]);
    const headers = await response.allHeaders();
    if ('set-cookie' in headers) complaints.push(`a cookie from ${response.url()}`);
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    const known = expected.some((pattern) => pattern.test(message.text()));
    if (['error', 'warning'].includes(message.type()) && !known) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => complaints.push(dialog.message()));
  try {
    await scenario(page, context, statuses);
    assert.deepEqual(complaints, []);
    assert.deepEqual(elsewhere, []);
    assert.deepEqual(await context.cookies(), []);
  } finally {
    await context.close();
  }
}

const button = (page, name) => page.getByRole('button', { name, exact: true });
const STEP_TITLE = /^Étape \d+ sur \d+\u00a0: .+ – Isoloir$/;

/** Answers whatever visible question must be answered and is not, with its first choice. */
async function answerRequired(page) {
  const boxes = page.locator('[data-question]:not([data-question="code"]):has(.expected):visible');
  for (const box of await boxes.all()) {
    if ((await box.locator('input:checked').count()) === 0) await box.locator('input').first().check();
  }
}

/** From the welcome to the first step, which is fetched on the way. */
async function begin(page) {
  await button(page, 'Commencer').click();
  await page.waitForFunction(() => /^Étape/.test(document.title));
}

/** From the welcome to the review. */
async function walkToReview(page) {
  await begin(page);
  const review = page.getByRole('heading', { name: 'Vérifiez vos réponses' });
  for (let steps = 0; !(await review.isVisible()); steps += 1) {
    assert.ok(steps < 40, 'the review comes after a number of steps');
    assert.match(await page.title(), STEP_TITLE);
    await answerRequired(page);
    await button(page, 'Suivant').click();
  }
  await button(page, 'Envoyer mes réponses').first().waitFor();
}

async function sendFromReview(page) {
  await button(page, 'Envoyer mes réponses').first().click();
  await page.waitForURL(`${origin}/s/${survey}/merci`);
  await page.getByRole('heading', { name: /Merci/ }).waitFor();
  sent += 1;
}

/** The first heading of a step, whose element is an h2 because the long page has them all below its h1. */
const headingOf = (page) => page.locator('h1:visible, [aria-level="1"]:visible').textContent();
const activeId = (page) => page.evaluate(() => document.activeElement.id);

test('avec JavaScript : répondre, être corrigé, vérifier, changer, envoyer', async () => {
  const invitation = takeInvitation();
  await visit({ viewport: { width: 320, height: 640 } }, async (page, context) => {
    await page.goto(origin + invitation.path);
    await button(page, 'Commencer').waitFor();
    assert.equal(page.url(), `${origin}/s/${survey}`, 'the fragment is gone from the address');
    const history = async () => {
      const session = await context.newCDPSession(page);
      const { entries } = await session.send('Page.getNavigationHistory');
      return JSON.stringify(entries.map(({ url, title }) => [url, title]));
    };
    assert.ok(!(await history()).includes(invitation.code), 'and from the history of the tab');

    // A page on which an answer is expected.
    await begin(page);
    assert.match(await page.title(), STEP_TITLE);
    while ((await page.locator('.expected:visible').count()) === 0) await button(page, 'Suivant').click();
    const heading = await headingOf(page);
    await button(page, 'Suivant').click();
    const summary = page.locator('#erreurs');
    await summary.waitFor();
    assert.equal(await activeId(page), 'erreurs', 'the summary has the focus');
    assert.match(await page.title(), /^Erreur\u00a0: Étape/);
    assert.match(await summary.textContent(), /(à corriger).*Choisissez une réponse/s);
    await summary.getByRole('link').first().click();
    const question = page.locator('.question--error').first();
    assert.ok(await question.locator('input').first().evaluate((input) => input === document.activeElement));
    assert.ok(await question.locator('.error').isVisible());
    await answerRequired(page);
    assert.equal(await summary.count(), 0, 'the summary goes with the last error');
    assert.equal(await page.locator('.question--error').count(), 0);
    assert.match(await page.title(), STEP_TITLE);

    // The browser's Back and Forward move between steps and keep the answers.
    await button(page, 'Suivant').click();
    await page.goBack();
    assert.equal(await headingOf(page), heading);
    await page.goForward();

    // A reload loses nothing.
    const title = await page.title();
    await page.reload();
    await page.waitForFunction((expected) => document.title === expected, title);
    assert.equal(page.url(), `${origin}/s/${survey}`);
    for (let steps = 0; !/Vérifiez/.test(await page.title()); steps += 1) {
      assert.ok(steps < 40);
      assert.equal(await page.locator('#page-code').isVisible(), false, 'the link brought the code');
      await answerRequired(page);
      await button(page, 'Suivant').click();
    }

    // Changing one answer from the review.
    const row = page.locator('.review__row:not(:has(.review__none))').first();
    const text = await row.locator('dt').textContent();
    const old = await row.locator('dd').first().textContent();
    await row.getByRole('button').click();
    assert.equal(await page.locator('.question:has(:focus)').count(), 1, 'the question has the focus');
    const box = page.locator('.question:has(:focus)');
    const labels = await box.locator('label').allTextContents();
    await box.locator('input').nth(labels.findIndex((label) => label !== old)).check();
    await button(page, 'Revenir à la vérification').click();
    const changed = page.locator('.review__row', { hasText: text }).first().locator('dd').first();
    assert.notEqual(await changed.textContent(), old);

    await sendFromReview(page);
    assert.equal(await page.evaluate(() => sessionStorage.length), 0, 'nothing stays in the tab');
    assert.ok(!(await history()).includes(invitation.code));
    await page.goBack();
    await button(page, 'Commencer').waitFor();
    assert.equal(await page.locator('input:checked').count(), 0, 'Back shows nothing that was answered');
  });

  const refusal = [/status of 409/];
  await visit({}, async (page) => {
    await page.goto(origin + invitation.path);
    await walkToReview(page);
    await button(page, 'Envoyer mes réponses').first().click();
    await page.locator('#erreurs').waitFor();
    assert.match(await page.title(), /^Erreur\u00a0: /);
    assert.match(await page.locator('#code-erreur').textContent(), /Ce code a déjà servi/);
    await page.goBack();
    await button(page, 'Envoyer mes réponses').first().waitFor();
    assert.ok((await page.locator('.review__row:not(:has(.review__none))').count()) > 0, 'the answers are kept');
  }, refusal);
});

test('avec JavaScript : le code se tape, une faute de frappe se voit sur place', async () => {
  const invitation = takeInvitation();
  await visit({}, async (page) => {
    await page.goto(`${origin}/s/${survey}`);
    await begin(page);
    for (let steps = 0; !(await page.locator('#code').isVisible()); steps += 1) {
      assert.ok(steps < 40);
      await answerRequired(page);
      await button(page, 'Suivant').click();
    }
    await button(page, 'Suivant').click();
    assert.match(await page.locator('#code-erreur').textContent(), /Écrivez le code/);
    const bare = invitation.code.replace(/-/g, '');
    const wrong = (bare[0] === '7' ? '8' : '7') + bare.slice(1);
    await page.locator('#code').fill(wrong);
    await page.locator('#code').press('Enter');
    assert.match(await page.locator('#code-erreur').textContent(), /faute de frappe/);
    assert.equal(await page.locator('#code').getAttribute('aria-invalid'), 'true');
    await page.locator('#code').fill(` ${bare.toLowerCase()} `);
    assert.equal(await page.locator('#erreurs').count(), 0);
    await page.locator('#code').press('Enter');
    await sendFromReview(page);
  });
});

test('sans JavaScript : la longue page, la correction, la vérification, l’envoi', async () => {
  const invitation = takeInvitation();
  const code = invitation.code.replace(/-/g, ' ').toLowerCase();
  const fill = async (page) => {
    await answerRequired(page);
    await page.locator('#code').fill(code);
  };
  const expected = [/status of 422/];
  await visit({ javaScriptEnabled: false }, async (page, context, statuses) => {
    await page.goto(`${origin}/s/${survey}`);
    const sections = await page.locator('section.page').count();
    assert.equal(await page.locator('section.page:visible').count(), sections, 'every page is there at once');
    assert.equal(await button(page, 'Commencer').count(), 0);
    await page.locator('textarea').first().fill('Bonjour à tous');

    await button(page, 'Vérifier mes réponses').click();
    await page.locator('#erreurs').waitFor();
    assert.deepEqual(statuses.filter(([, method]) => method === 'POST'), [[422, 'POST', `/s/${survey}/verifier`]]);
    assert.match(await page.title(), /^Erreur\u00a0: /);
    assert.equal(await page.locator('textarea').first().inputValue(), 'Bonjour à tous', 'the form is filled in');
    const links = page.locator('#erreurs a');
    assert.ok((await links.count()) >= 2, 'the expected answers and the code');
    for (const link of await links.all()) {
      const target = (await link.getAttribute('href')).slice(1);
      assert.equal(await page.locator(`[id="${target}"]`).count(), 1, `the summary leads to ${target}`);
    }
    await links.first().click();

    await fill(page);
    await button(page, 'Vérifier mes réponses').click();
    await page.getByRole('heading', { name: 'Vérifiez vos réponses' }).waitFor();
    assert.ok(!page.url().includes('?'), 'no answer in the address');

    // Changing an answer goes back to the form as it was filled in.
    await page.locator('.review__row:not(:has(.review__none))').first().getByRole('button').click();
    assert.equal(await page.locator('#code').inputValue(), code);
    assert.equal(await page.locator('textarea').first().inputValue(), 'Bonjour à tous');
    await button(page, 'Vérifier mes réponses').click();
    await sendFromReview(page);
  }, expected);

  await visit({ javaScriptEnabled: false }, async (page) => {
    await page.goto(`${origin}/s/${survey}`);
    await fill(page);
    await button(page, 'Vérifier mes réponses').click();
    await button(page, 'Envoyer mes réponses').first().click();
    await page.locator('#erreurs').waitFor();
    assert.match(await page.locator('#code-erreur').textContent(), /Ce code a déjà servi/);
    assert.ok((await page.locator('input:checked').count()) > 0, 'the answers are kept');
  }, [/status of 409/]);
});

test('le réseau tombe au moment de l’envoi, puis revient : une seule réponse', async () => {
  const invitation = takeInvitation();
  await visit({}, async (page, context, statuses) => {
    await page.goto(origin + invitation.path);
    await walkToReview(page);
    await context.setOffline(true);
    await button(page, 'Envoyer mes réponses').first().click();
    const status = page.getByRole('status').filter({ hasText: 'Pas de connexion' });
    await status.waitFor();
    const promise = /Vos réponses sont gardées sur cet appareil\u00a0; l’envoi reprendra tout seul/;
    assert.match(await status.textContent(), promise);
    await button(page, 'Réessayer maintenant').click();
    await status.waitFor();
    assert.equal(await button(page, 'Envoyer mes réponses').first().isDisabled(), true);
    await context.setOffline(false);
    await page.waitForURL(`${origin}/s/${survey}/merci`);
    sent += 1;
    const recorded = statuses.filter(([status_, , path]) => status_ === 201 && path.endsWith('/responses'));
    assert.equal(recorded.length, 1);
  }, [/ERR_INTERNET_DISCONNECTED/]);
});

test('une réponse perdue en route se renvoie à l’identique, même après un rechargement', async () => {
  const invitation = takeInvitation();
  await visit({}, async (page) => {
    const bodies = [];
    const lose = async (route) => {
      const request = route.request();
      bodies.push([request.headers().authorization, request.postData()]);
      // The server does its work, and the browser never hears of it.
      await route.fetch();
      await route.abort('connectionreset');
    };
    await page.goto(origin + invitation.path);
    await walkToReview(page);
    await page.route('**/responses', lose);
    await button(page, 'Envoyer mes réponses').first().click();
    await page.getByRole('status').filter({ hasText: 'Pas de connexion' }).waitFor();
    await page.reload();
    await page.getByText('L’envoi de vos réponses n’est pas terminé.').waitFor();
    const changes = page.getByRole('button', { name: /^Changer/ });
    assert.equal(await changes.count(), 0, 'what may have arrived cannot change');
    await page.unroute('**/responses', lose);
    page.on('request', (request) => {
      if (request.url().endsWith('/responses')) bodies.push([request.headers().authorization, request.postData()]);
    });
    await sendFromReview(page);
    assert.ok(bodies.length >= 2);
    for (const body of bodies) assert.deepEqual(body, bodies[0]);
  }, [/ERR_CONNECTION_RESET/]);
});

test('un lien dont la clé n’est pas la bonne : rien ne part', async () => {
  const [{ path }] = invitations;
  await visit({}, async (page, context, statuses) => {
    const wrong = path.replace(/k=[A-Za-z0-9_-]{43}/, `k=${'A'.repeat(43)}`);
    assert.notEqual(wrong, path);
    await page.goto(origin + wrong);
    await button(page, 'Commencer').click();
    await page.getByText('La clé de cette enquête n’est pas celle de votre lettre').waitFor();
    assert.equal(await button(page, 'Commencer').count(), 0);
    assert.deepEqual(statuses.filter(([, method]) => method !== 'GET'), []);
  });
});

test('chaque page : ni cookie, ni erreur, ni autre site, ni débordement à 320 px', async () => {
  const seen = new Set();
  const queue = ['/', `/s/${survey}`, `/s/${survey}/confiance`, `/s/${survey}/merci`];
  await visit({ viewport: { width: 320, height: 640 } }, async (page) => {
    while (queue.length > 0 && seen.size < 40) {
      const path = queue.shift();
      if (seen.has(path)) continue;
      seen.add(path);
      const reply = await fetch(origin + path);
      assert.equal(reply.status, 200, path);
      assert.equal(reply.headers.get('set-cookie'), null, path);
      if (!(reply.headers.get('content-type') || '').startsWith('text/html')) continue;
      await page.goto(origin + path);
      const lang = path.includes('lang=fr-FALC') ? 'fr-simple' : 'fr';
      assert.equal(await page.locator('html').getAttribute('lang'), lang, path);
      assert.ok((await page.getByRole('heading', { level: 1 }).count()) >= 1, `${path} has a heading`);
      const [inner, outer] = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return [scrollWidth, clientWidth];
      });
      assert.ok(inner <= outer, `${path} fits in 320 px, and is ${inner} px wide`);
      const links = await page.locator('a[href]').evaluateAll((anchors) => anchors.map((anchor) => anchor.href));
      for (const link of links) {
        const { origin: target, pathname, search } = new URL(link);
        if (target === origin) queue.push(pathname + search);
      }
    }
    assert.ok(seen.size >= 4);
  });
});

test('le premier affichage pèse peu', async () => {
  await visit({}, async (page) => {
    const requests = [];
    page.on('requestfinished', (request) => /^https?:/.test(request.url()) && requests.push(request));
    await page.goto(`${origin}/s/${survey}`, { waitUntil: 'networkidle' });
    await button(page, 'Commencer').waitFor();
    // What came over the line for the bodies, as compressed as the server sent them.
    const files = await Promise.all(requests.map(async (request) => {
      const { responseBodySize } = await request.sizes();
      return [new URL(request.url()).pathname, responseBodySize];
    }));
    const total = files.reduce((sum, [, bytes]) => sum + bytes, 0);
    assert.ok(files.length >= 3 && files.every(([, bytes]) => bytes > 0), JSON.stringify(files));
    assert.ok(total <= FIRST_VIEW_LIMIT_BYTES, `${total} bytes: ${JSON.stringify(files)}`);
  });
});

// --- What the server keeps ---

function filesUnder(root) {
  return readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
    const path = join(root, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

/** Every form in which a code could have been left somewhere. */
function tracesOf(code) {
  const bare = code.replace(/-/g, '');
  const texts = [code, bare, code.replace(/-/g, ' ')].flatMap((text) => [text, text.toLowerCase()]);
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  const bits = [...bare.slice(0, 12)].reduce((sum, symbol) => sum * 32n + BigInt(alphabet.indexOf(symbol)), 0n);
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(bits);
  const numbers = [number, Buffer.from(number).reverse(), Buffer.from(bits.toString())];
  return [...texts.map((text) => Buffer.from(text)), ...numbers];
}

/** Everything that the server holds at this moment, as it lies on the disk, in the databases' words, and as printed. */
function whatIsKept() {
  const places = ['collector', 'issuer'].flatMap((role) => filesUnder(join(data, role)));
  const contents = places.map((path) => [relative(data, path), readFileSync(path)]);
  for (const database of ['collector/collector.db', 'issuer/issuer.db']) {
    const dump = sql(database, '.dump');
    assert.match(dump, /CREATE TABLE/);
    // The dump writes blobs as hexadecimal digits; here they are text again.
    const blobs = Array.from(dump.matchAll(/X'([0-9a-f]*)'/gi), ([, hex]) => Buffer.from(hex, 'hex'));
    contents.push([`the dump of ${database}`, Buffer.from(dump)], [`a blob of ${database}`, Buffer.concat(blobs)]);
  }
  const stdout = Buffer.from(output.stdout.slice(printedAtStart));
  return [...contents, ['the standard output', stdout], ['the log', Buffer.from(output.stderr)]];
}

function assertNoCode(contents) {
  for (const trace of used.flatMap(tracesOf)) {
    for (const [place, content] of contents) assert.ok(!content.includes(trace), `a used code is in ${place}`);
  }
  for (const secret of secrets) {
    const part = secret.subarray(0, 24);
    const traces = [part, ...['hex', 'base64', 'base64url'].map((encoding) => Buffer.from(part.toString(encoding)))];
    for (const trace of traces) {
      const kept = contents.find(([, content]) => content.includes(trace));
      assert.ok(!kept, `a blinded message or a token is in ${kept && kept[0]}`);
    }
  }
}

test('le serveur s’arrête, a compté chaque réponse une fois, et n’a gardé aucun code', async () => {
  assert.ok(used.length >= 5 && secrets.length >= 6);
  // The search finds a code where there is one: the demonstration prints some on purpose when it starts.
  assert.throws(() => assertNoCode([['the start', Buffer.from(output.stdout)]]), /a used code is in the start/);
  assertNoCode(whatIsKept());
  server.kill('SIGTERM');
  assert.equal(await server.exited, 0, output.stderr);
  assertNoCode(whatIsKept());
  assert.equal(countResponses() - countAtStart, sent);
});
