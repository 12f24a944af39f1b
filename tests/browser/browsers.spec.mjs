/**
 * @file What residents' browsers do to the page, and must cost them nothing: a module that does not arrive or fails, an old
 * browser, one that translates. Run in this folder: npm ci --ignore-scripts, then node --test browsers.spec.mjs (Chromium).
 */

import assert from 'node:assert/strict';
import test from 'node:test';
import { button } from './access-walks.mjs';
import { openIn, recorded, review, send, stage, walkToReview } from './residents.mjs';

const theatre = stage();
const { program } = theatre;
const open = (options, scenario) => openIn(theatre.browser, options, scenario);

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

for (const [how, spoil] of [
  ['n’arrive pas', (route) => route.abort('connectionreset')],
  ['est d’une autre version', (route) => route.fulfill({ contentType: 'text/javascript', body: 'export const Dispatch = 1;' })],
  ['échoue en chemin', async (route) => {
    const reply = await route.fetch();
    await route.fulfill({ response: reply, body: (await reply.text()).replace('  fill() {', '  fill() { throw new Error("essai");') });
  }],
]) {
  test(`la vérification ${how} : on peut recharger, ou laisser faire le serveur, et rien n’est perdu`, async () => {
    await open({}, async (page, context, replies) => {
      const code = program.codes.shift();
      await page.route('**/js/dispatch.js', spoil);
      await page.goto(`${program.address('codes', 'fr')}#c=${code}`);
      await button(page, 'Commencer').click();
      await page.locator('#renonce-oui').check();
      for (let steps = 0; steps < 3; steps += 1) await button(page, 'Suivant').click();
      await page.getByRole('heading', { name: 'La page de vérification n’est pas arrivée' }).waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.id), 'erreurs');
      await button(page, 'Recharger').click();
      await button(page, 'Continuer autrement').click();
      await page.waitForURL('**/verifier');
      assert.equal(await page.locator('.review__row', { hasText: 'renoncé' }).locator('dd').first().textContent(), 'Oui');
      await send(page).click();
      await page.waitForURL('**/merci');
      await page.waitForFunction(() => sessionStorage.length === 0, null, { timeout: 3_000 });
      assert.deepEqual(replies.filter(([, method]) => method === 'POST').map(([status]) => status), [200, 303]);
    });
  });
}

test('un navigateur de 2019 mène jusqu’à merci', async () => {
  await open({}, async (page, context, replies) => {
    // What came later than Chrome 73, the first that has all that the booth asks for.
    await page.addInitScript(() => {
      for (const [owner, names] of [
        [Element.prototype, ['replaceChildren', 'getHTML', 'checkVisibility', 'computedStyleMap']],
        [Document.prototype, ['replaceChildren']], [DocumentFragment.prototype, ['replaceChildren']],
        [Array.prototype, ['at', 'findLast', 'findLastIndex', 'toSorted', 'toReversed', 'with']],
        [String.prototype, ['at', 'matchAll', 'replaceAll', 'isWellFormed', 'toWellFormed']],
        [Object, ['hasOwn', 'groupBy']], [Promise, ['allSettled', 'any', 'withResolvers', 'try']],
        [AbortSignal, ['timeout', 'any', 'abort']], [AbortSignal.prototype, ['throwIfAborted']], [URL, ['canParse', 'parse']],
        [Map, ['groupBy']], [Crypto.prototype, ['randomUUID']], [Uint8Array, ['fromBase64', 'fromHex']],
        [HTMLFormElement.prototype, ['requestSubmit']],
        [globalThis, ['structuredClone', 'scheduler', 'navigation', 'CSSStyleSheet', 'reportError', 'WeakRef']],
      ]) for (const name of names) delete owner[name];
    });
    await walkToReview(page, program, 'codes', program.codes.shift());
    await page.locator('.review__row').first().getByRole('button').click();
    await button(page, 'Revenir à la vérification').click();
    await send(page).first().click();
    await page.waitForURL('**/merci');
    assert.equal(recorded(replies), 1);
  });
});

test('un navigateur qui traduit la page : les réponses et l’envoi restent les mêmes, et les mots de contrôle aussi', async () => {
  await open({}, async (page, context, replies) => {
    // As a translating browser does: each text in elements of its own, in other words, whenever one comes up.
    await page.addInitScript(() => {
      const translate = (root) => {
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        const texts = [];
        while (walker.nextNode()) texts.push(walker.currentNode);
        for (const text of texts) {
          const { parentElement } = text;
          if (!parentElement || parentElement.closest('font, script, [translate=no]') || !/\p{L}/u.test(text.data)) continue;
          const outer = document.createElement('font');
          const inner = document.createElement('font');
          inner.textContent = `~${text.data}~`;
          outer.append(inner);
          text.replaceWith(outer);
        }
      };
      document.addEventListener('DOMContentLoaded', () => {
        document.documentElement.lang = 'en';
        translate(document.body);
        new MutationObserver((changes) => {
          for (const { addedNodes } of changes) for (const node of addedNodes) if (node.isConnected) translate(node.parentElement);
        }).observe(document.body, { childList: true, subtree: true });
      });
    });
    await page.goto(program.address('ouverte', 'fr'));
    assert.match(await page.locator('.control-words').textContent(), /^\p{Ll}+( \p{Ll}+){7}$/u);
    await page.getByRole('button', { name: 'Commencer' }).click();
    const next = () => page.getByRole('button', { name: 'Suivant' }).filter({ visible: true }).click();
    await next();
    await page.locator('#erreurs').getByRole('link').click();
    await page.locator('#renonce-oui').check();
    await page.locator('#motifs-autre').check();
    await page.locator('#motifs_autre').fill('Le bus');
    assert.equal(await page.locator('#erreurs').count(), 0, 'corrected');
    await next();
    await page.locator('#priorites-1').selectOption('bus');
    await next();
    await next();
    const sent = page.waitForRequest('**/responses');
    await page.getByRole('button', { name: 'Envoyer mes réponses' }).first().click();
    assert.deepEqual(JSON.parse((await sent).postData()).answers, {
      renonce: 'oui', motifs: ['autre'], motifs_autre: 'Le bus', priorites: ['bus'],
    });
    await page.waitForURL('**/merci');
    assert.equal(recorded(replies), 1);
  });
});

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
