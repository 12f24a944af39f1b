/**
 * @file What happens to residents, and must cost them nothing: a line that drops or crawls, a finger that presses twice, a
 * reload, the Back button, two tabs, a browser that forbids storage, a script that does not arrive; and how light the first
 * view is. Run in this folder: npm ci --ignore-scripts, then node --test hazards.spec.mjs (Chromium).
 */

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { Program, button } from './access-walks.mjs';

const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const STEP_TIMEOUT_MS = 15_000;
const FIRST_VIEW_LIMIT_BYTES = 30_000;
/** Room that the first view keeps, so that a longer questionnaire or a larger logo still fits. */
const ROOM_BYTES = 3_000;
const REAL = ['mauges-2026', 'laval-2026', 'bauge-2026'];

const program = new Program();
let browser;

before(async () => {
  await program.start({ withSurveys: (folder, run) => {
    for (const survey of REAL) copyFileSync(join(ROOT, `surveys/${survey}.yaml`), join(folder, `${survey}.yaml`));
    // The heaviest of them with a logo.
    const logo = 'logo: {file: logo.svg, alt: {fr: "Ville de Trois-Collines", fr-FALC: "Ville de Trois-Collines"}}\n';
    const laval = readFileSync(join(ROOT, 'surveys/laval-2026.yaml'), 'utf8').replace(/^id: .*$/m, 'id: laval-logo');
    writeFileSync(join(folder, 'laval-logo.yaml'), logo + laval);
    for (const survey of [...REAL, 'laval-logo']) run('survey', 'open', survey);
  } });
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
});

after(async () => {
  if (browser) await browser.close();
  program.stop();
});

async function open(options, scenario) {
  const context = await browser.newContext({ locale: 'fr-FR', ...options });
  context.setDefaultTimeout(STEP_TIMEOUT_MS);
  const replies = [];
  context.on('response', (reply) => replies.push([reply.status(), reply.request().method(), new URL(reply.url()).pathname]));
  try {
    await scenario(await context.newPage(), context, replies);
  } finally {
    await context.close();
  }
}

const review = (page) => page.getByRole('heading', { name: 'Vérifiez vos réponses' });
const send = (page) => button(page, 'Envoyer mes réponses');

/** From the welcome to the review of the small survey, with a code when it asks for one. */
async function walkToReview(page, survey, code) {
  await page.goto(program.address(survey, 'fr'));
  await button(page, 'Commencer').click();
  await page.locator('#renonce-oui').check();
  while (!(await review(page).isVisible())) {
    if (code && (await page.locator('#code').isVisible())) await page.locator('#code').fill(code);
    await button(page, 'Suivant').click();
  }
  await send(page).waitFor();
}

const recorded = (replies) => replies.filter(([status, , path]) => status === 201 && path.endsWith('/responses')).length;

test('un double appui sur « Envoyer » n’envoie qu’une fois', async () => {
  await open({}, async (page, context, replies) => {
    await walkToReview(page, 'codes', program.codes.shift());
    const asked = [];
    page.on('request', (request) => request.method() === 'POST' && asked.push(new URL(request.url()).pathname));
    await send(page).dblclick();
    await page.waitForURL('**/merci');
    assert.deepEqual(asked, ['/s/codes/token-request', '/s/codes/responses']);
    assert.equal(recorded(replies), 1);
  });
});

test('recharger pendant l’envoi, puis envoyer de nouveau : la même réponse, comptée une fois', async () => {
  await open({}, async (page, context, replies) => {
    await walkToReview(page, 'codes', program.codes.shift());
    const tokens = [];
    const hold = (route) => { tokens.push(route.request().headers().authorization); };
    await page.route('**/responses', hold);
    await send(page).click();
    while (tokens.length === 0) await page.waitForTimeout(20);
    await page.reload();
    await page.getByText('L’envoi de vos réponses n’est pas terminé.').waitFor();
    await page.unroute('**/responses', hold);
    page.on('request', (request) => request.url().endsWith('/responses') && tokens.push(request.headers().authorization));
    await send(page).click();
    await page.waitForURL('**/merci');
    assert.equal(tokens.length, 2);
    assert.equal(tokens[0], tokens[1], 'the same token');
    assert.equal(recorded(replies), 1);
  });
});

test('après merci, le bouton Retour ne montre plus aucune réponse', async () => {
  await open({}, async (page) => {
    await walkToReview(page, 'ouverte');
    await send(page).click();
    await page.waitForURL('**/merci');
    for (let steps = 0; steps < 6; steps += 1) {
      await page.goBack();
      if (page.url() === 'about:blank') break;
      await button(page, 'Commencer').waitFor();
      assert.equal(await page.locator('input:checked').count(), 0);
      assert.equal(await page.evaluate(() => Object.keys(sessionStorage).length), 0);
    }
  });
});

test('deux onglets avec le même code : le second apprend que le code a servi, et garde ses réponses', async () => {
  await open({}, async (first, context, replies) => {
    const code = program.codes.shift();
    const second = await context.newPage();
    await walkToReview(first, 'codes', code);
    await walkToReview(second, 'codes', code);
    await send(first).click();
    await first.waitForURL('**/merci');
    await send(second).click();
    await second.locator('#erreurs').waitFor();
    assert.match(await second.locator('#code-erreur').textContent(), /Ce code a déjà servi/);
    assert.ok(await second.locator('#renonce-oui').isChecked());
    assert.equal(recorded(replies), 1);
  });
});

for (const [what, forbid] of [
  ['interdit', () => Object.defineProperty(globalThis, 'sessionStorage', { get() { throw new DOMException('no', 'SecurityError'); } })],
  ['plein', () => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; }],
]) {
  test(`un navigateur où le stockage est ${what} : le lien ouvre, et une réponse perdue se renvoie à l’identique`, async () => {
    await open({}, async (page, context, replies) => {
      await page.addInitScript(forbid);
      const code = program.codes.shift();
      await page.goto(`${program.address('codes', 'fr')}#c=${code}`);
      await button(page, 'Commencer').click();
      assert.equal(page.url(), program.address('codes', 'fr'), 'the code is gone from the address');
      await page.locator('#renonce-oui').check();
      while (!(await review(page).isVisible())) {
        assert.equal(await page.locator('#code').isVisible(), false, 'the link brought the code');
        await button(page, 'Suivant').click();
      }
      const tokens = [];
      const lose = async (route) => {
        tokens.push(route.request().headers().authorization);
        await route.fetch();
        await route.abort('connectionreset');
      };
      await page.route('**/responses', lose);
      await send(page).first().click();
      await button(page, 'Réessayer maintenant').waitFor();
      // Back calls the sending off; sending again picks up what was begun.
      await page.goBack();
      await page.unroute('**/responses', lose);
      page.on('request', (request) => request.url().endsWith('/responses') && tokens.push(request.headers().authorization));
      await send(page).first().waitFor();
      await send(page).first().click();
      await page.waitForURL('**/merci');
      assert.ok(tokens.length >= 2);
      for (const token of tokens) assert.equal(token, tokens[0], 'the same token');
      assert.equal(recorded(replies), 1);
    });
  });
}

test('une ligne très lente : on sait que l’envoi continue, et rien ne se perd', async () => {
  await open({}, async (page, context, replies) => {
    await walkToReview(page, 'ouverte');
    await page.clock.install();
    let letGo;
    const held = new Promise((done) => { letGo = done; });
    await page.route('**/token-request', async (route) => {
      await held;
      await route.continue();
    });
    await send(page).click();
    const status = page.locator('#page-verifier [role=status]');
    await status.filter({ hasText: 'Envoi en cours' }).waitFor();
    await page.clock.runFor(9_000);
    await status.filter({ hasText: 'la connexion est lente' }).waitFor();
    letGo();
    await page.waitForURL('**/merci');
    assert.equal(recorded(replies), 1);
  });
});

for (const file of ['booth.js', 'routing.js', 'stepper.js']) {
  test(`${file} n’arrive pas : la longue page revient, avec le code du lien, et se remplit`, async () => {
    await open({}, async (page) => {
      await page.route(`**/js/${file}`, (route) => route.abort('connectionreset'));
      const code = program.codes.shift();
      await page.goto(`${program.address('codes', 'fr')}#c=${code}`);
      await button(page, 'Commencer').click();
      await page.locator('#renonce-oui').check();
      assert.equal(await button(page, 'Commencer').count(), 0);
      assert.equal(await page.locator('#code').inputValue(), code);
      assert.ok(!page.url().includes(code));
      await button(page, 'Vérifier mes réponses').click();
      await review(page).waitFor();
      await send(page).first().click();
      await page.waitForURL('**/merci');
    });
  });
}

test('le reste de la cabine tarde : on le dit, puis la longue page revient', async () => {
  await open({}, async (page) => {
    await page.clock.install();
    await page.route('**/js/booth.js', () => {});
    await page.goto(program.address('ouverte', 'fr'));
    await button(page, 'Commencer').click();
    await page.clock.runFor(1_100);
    await page.getByRole('status').filter({ hasText: 'le questionnaire arrive' }).waitFor();
    await page.clock.runFor(20_000);
    await page.locator('#renonce-oui').check();
    await button(page, 'Vérifier mes réponses').waitFor();
  });
});

test('le premier affichage de chaque enquête pèse moins de 30 ko, aussi avec un logo, et garde de la place', async () => {
  for (const survey of [...REAL, 'laval-logo']) {
    for (const lang of ['fr', 'fr-FALC']) {
      await open({}, async (page) => {
        const requests = [];
        page.on('requestfinished', (request) => /^https?:/.test(request.url()) && requests.push(request));
        await page.goto(program.address(survey, lang), { waitUntil: 'networkidle' });
        await button(page, 'Commencer').waitFor();
        const files = await Promise.all(requests.map(async (request) => {
          const { responseBodySize } = await request.sizes();
          return [new URL(request.url()).pathname, responseBodySize];
        }));
        const total = files.reduce((sum, [, bytes]) => sum + bytes, 0);
        assert.ok(files.length >= 4 && files.every(([, bytes]) => bytes > 0), JSON.stringify(files));
        assert.equal(files.some(([path]) => path.endsWith('/logo')), survey === 'laval-logo');
        assert.ok(total <= FIRST_VIEW_LIMIT_BYTES - ROOM_BYTES, `${survey}, ${lang}: ${total} bytes: ${JSON.stringify(files)}`);
        console.log(`# ${survey}, ${lang}: ${total} bytes`);
      });
    }
  }
});

test('HEAD répond comme GET, sans corps, et rien d’autre ne change', async () => {
  const asset = /\/assets\/[^"]+welcome\.js/.exec(await (await fetch(`${program.origin}/s/ouverte`)).text())[0];
  const paths = [
    '/', '/s/ouverte', '/s/ouverte?lang=fr-FALC', '/s/ouverte/confiance', '/s/ouverte/merci', '/s/ouverte/logo',
    '/s/ouverte/couleur.css', '/s/ouverte/questionnaire.json', '/s/close', '/s/nulle-part', '/nulle-part', asset,
    '/.well-known/private-token-issuer-directory',
  ];
  for (const path of paths) {
    const [get, head] = await Promise.all(['GET', 'HEAD'].map((method) => fetch(program.origin + path, { method, redirect: 'manual' })));
    assert.equal(head.status, get.status, path);
    // The date moves on, and how the line is kept is between this client and the server.
    const headers = (reply) => Object.fromEntries([...reply.headers].filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name)));
    assert.deepEqual(headers(head), headers(get), path);
    assert.ok((await get.arrayBuffer()).byteLength > 0, path);
    assert.equal((await head.arrayBuffer()).byteLength, 0, path);
  }
  assert.equal((await fetch(program.results(), { method: 'HEAD' })).status, 200);
  const post = await fetch(`${program.origin}/s/ouverte/responses`, { method: 'HEAD', redirect: 'manual' });
  assert.equal(post.status, 303, 'an address that forms are sent to leads back to the questionnaire');
});
