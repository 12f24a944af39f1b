/**
 * @file Every type of question, in both languages, through the real program in a real browser. It opens
 * src/survey/fixtures/types.yaml. Run in this folder: npm ci, then node --test types.spec.mjs.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test, { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BIN = resolve(process.env.ISOLOIR_BIN || join(ROOT, 'target/debug/isoloir'));
const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';
const READY = /Isoloir écoute sur (http:\/\/127\.0\.0\.1:\d+)/;
const STEP_TIMEOUT_MS = 15_000;

const folder = mkdtempSync(join(tmpdir(), 'isoloir-types-'));
let server;
let browser;
let origin;

before(async () => {
  const surveys = join(folder, 'surveys');
  mkdirSync(surveys);
  copyFileSync(join(ROOT, 'surveys/territories.tsv'), join(surveys, 'territories.tsv'));
  copyFileSync(join(ROOT, 'src/survey/fixtures/types.yaml'), join(surveys, 'types.yaml'));
  const where = ['--data', join(folder, 'data')];
  execFileSync(BIN, ['survey', 'open', 'types', '--surveys', surveys, ...where], { stdio: 'pipe' });
  server = spawn(BIN, ['serve', '--listen', '127.0.0.1:0', ...where], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const listening = new Promise((found, fail) => {
    const read = (text) => {
      output += text;
      if (READY.test(output)) found(READY.exec(output)[1]);
    };
    for (const stream of [server.stdout, server.stderr]) stream.setEncoding('utf8').on('data', read);
    server.once('exit', (code) => fail(new Error(`the program ended with ${code}: ${output}`)));
  });
  origin = await listening;
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
});

after(async () => {
  if (browser) await browser.close();
  if (server && server.exitCode === null) server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a scenario in a browser of its own, in which nothing may go wrong without a word. */
async function visit(options, scenario) {
  const context = await browser.newContext({ locale: 'fr-FR', viewport: { width: 320, height: 640 }, ...options });
  context.setDefaultTimeout(STEP_TIMEOUT_MS);
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
  try {
    await scenario(page, context);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

const button = (page, name) => page.getByRole('button', { name, exact: true });
const answerOf = (page, text) => page.locator('.review__row', { hasText: text }).first().locator('dd').first();
const reviewed = (page, text) => answerOf(page, text).textContent();
const ranked = (page, text) => answerOf(page, text).locator('ol > li').allTextContents();
const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);

test('tous les types : ce qui est montré, corrigé, relu et envoyé', async () => {
  await visit({}, async (page) => {
    await page.goto(`${origin}/s/types`);
    await button(page, 'Commencer').click();
    assert.equal(await page.locator('#q-motifs').isVisible(), false);
    await page.locator('#renonce-oui').check();
    assert.equal(await page.locator('#motifs_autre').isVisible(), false);
    await page.locator('#motifs-autre').check();
    await page.locator('#motifs_autre').fill('Le bus ne passe plus');
    await page.locator('#satisfaction_transports-oui').check();
    assert.equal(await page.locator('#bus_horaires').isVisible(), false);
    await page.locator('#satisfaction_transports-non').check();
    await page.locator('#bus_horaires').fill('18 h');
    await page.locator('#satisfaction_medecins-nsp').check();
    assert.ok(await fits(page));
    await button(page, 'Suivant').click();

    const ranks = page.locator('#q-priorites select');
    assert.equal(await ranks.count(), 3);
    await ranks.nth(0).selectOption('sport');
    await ranks.nth(1).selectOption('sport');
    assert.match(await page.locator('#priorites-erreur').textContent(), /deux fois la même réponse/);
    await button(page, 'Suivant').click();
    await page.locator('#erreurs').getByRole('link').click();
    assert.ok(await ranks.nth(0).evaluate((input) => input === document.activeElement));
    await ranks.nth(1).selectOption('bus');
    assert.equal(await page.locator('#erreurs').count(), 0);
    assert.equal(await page.locator('#remarque').isVisible(), false, 'a condition over two questions');
    await page.locator('#moral-7').check();
    await page.locator('#remarque').fill('Merci à tous');
    await button(page, 'Suivant').click();

    await page.reload();
    await page.locator('#foyer').fill('3');
    await button(page, 'Suivant').click();
    await button(page, 'Envoyer mes réponses').first().waitFor();
    assert.deepEqual(await ranked(page, 'Quelles sont vos trois priorités'), ['Bouger davantage', 'Pouvoir se déplacer']);
    assert.equal(await reviewed(page, 'Comment est votre moral'), '7 sur 10');
    const row = /services suivants\u00a0\? – Les médecins généralistes/;
    assert.equal(await reviewed(page, row), 'Je ne sais pas', 'a row is read with its matrix');
    assert.equal(await reviewed(page, /raisons\u00a0\? – Précisez/), 'Le bus ne passe plus');
    assert.equal(await page.locator('.review__row').count(), 13, 'a score and a heading are not reviewed');

    const sent = page.waitForRequest((request) => request.url().endsWith('/responses'));
    await button(page, 'Envoyer mes réponses').first().click();
    assert.deepEqual(JSON.parse((await sent).postData()).answers, {
      renonce: 'oui', motifs: ['autre'], motifs_autre: 'Le bus ne passe plus', satisfaction_transports: 'non',
      satisfaction_medecins: 'nsp', bus_horaires: '18 h', priorites: ['sport', 'bus'], moral: '7',
      remarque: 'Merci à tous', foyer: 3,
    });
    await page.waitForURL(`${origin}/s/types/merci`);
  });
});

test('sans JavaScript : les mêmes questions, relues dans l’ordre choisi', async () => {
  await visit({ javaScriptEnabled: false }, async (page) => {
    await page.goto(`${origin}/s/types?lang=fr-FALC`);
    await page.locator('#renonce-non').check();
    await page.locator('#satisfaction_pharmacie-moyen').check();
    await page.locator('#priorites-1').selectOption('air');
    await page.locator('#priorites-3').selectOption('bus');
    await page.locator('#moral-7').check();
    await page.locator('#foyer').fill('3');
    assert.ok(await fits(page));
    await button(page, 'Vérifier mes réponses').click();
    assert.equal(await page.locator('html').getAttribute('lang'), 'fr-simple');
    assert.deepEqual(await ranked(page, 'Qu’est-ce qui compte le plus'), ['L’air propre', 'Les bus']);
    assert.equal(await reviewed(page, 'Comment est votre moral'), '7 sur 10');
    assert.equal(await reviewed(page, /cela vous plaît\u00a0\? – La pharmacie/), 'Un peu');
    await page.getByRole('button', { name: /^Changer.*Ce qui compte/ }).click();
    assert.equal(await page.locator('#priorites-1').inputValue(), 'air');
    assert.equal(await page.locator('html').getAttribute('lang'), 'fr-simple');
    await button(page, 'Vérifier mes réponses').click();
    await button(page, 'Envoyer mes réponses').first().click();
    await page.waitForURL(`${origin}/s/types/merci?lang=fr-FALC`);
    await page.getByRole('heading', { name: 'Merci. Nous avons bien reçu vos réponses.' }).waitFor();
  });
});

test('en français facile : changer de langue ne perd rien, et chaque mot de l’interface suit', async () => {
  await visit({}, async (page) => {
    await page.goto(`${origin}/s/types`);
    await button(page, 'Commencer').click();
    await page.locator('#renonce-oui').check();
    await page.goBack();
    await page.getByRole('link', { name: 'Lire en français facile (FALC)' }).click();
    await page.waitForURL(`${origin}/s/types?lang=fr-FALC`);
    assert.equal(await page.locator('html').getAttribute('lang'), 'fr-simple');
    await button(page, 'Commencer').click();
    // The answers are the same questions’.
    await page.locator('#renonce-oui:checked').waitFor();
    await page.locator('#motifs-cout').check();
    await page.getByText('C’est trop cher').waitFor();
    await button(page, 'Suivant').click();
    await button(page, 'Suivant').click();
    await button(page, 'Suivant').click();
    await page.getByText('Vos réponses ne sont pas encore envoyées. Vous pouvez les changer.').waitFor();
    await page.locator('.review__row').first().getByRole('button').click();
    await button(page, 'Revoir mes réponses').click();
    await button(page, 'Envoyer mes réponses').first().click();
    await page.waitForURL(`${origin}/s/types/merci?lang=fr-FALC`);
  });
  // The territory's colour, in each theme dark or light enough.
  const background = (page) => button(page, 'Commencer').evaluate((one) => getComputedStyle(one).backgroundColor);
  await visit({ colorScheme: 'light' }, async (page) => {
    await page.goto(`${origin}/s/types`);
    assert.equal(await background(page), 'rgb(106, 44, 94)');
  });
  await visit({ colorScheme: 'dark' }, async (page) => {
    await page.goto(`${origin}/s/types`);
    assert.notEqual(await background(page), 'rgb(106, 44, 94)');
  });
  // The same bytes for everybody who reads the same language, and the usual page for a language that there is not.
  const text = async (query) => (await fetch(`${origin}/s/types${query}`)).text();
  assert.equal(await text('?lang=fr-FALC'), await text('?lang=fr-FALC&x=1'));
  assert.notEqual(await text('?lang=fr-FALC'), await text(''));
  assert.equal(await text('?lang=en'), await text(''));
});
