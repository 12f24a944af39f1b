/**
 * @file A device that others use next, in a library or a town hall (`?borne`): whatever the person before did, left open or
 * walked away from, the next one finds a blank start and cannot be led out of it. Run in this folder: npm ci
 * --ignore-scripts, then node --test shared-device.spec.mjs (Chromium).
 */

import assert from 'node:assert/strict';
import test from 'node:test';
import { button } from './access-walks.mjs';
import { stage } from './residents.mjs';

const STEP_TIMEOUT_MS = 30_000;

// Pages that a browser keeps alive behind its Back button are part of the hazard.
const theatre = stage({ keepsPages: true });
const { program } = theatre;

/** Runs a story in a browser of its own, whose scripts may not fail. */
async function open(scenario, options = {}) {
  const context = await theatre.browser.newContext({ locale: 'fr-FR', viewport: { width: 768, height: 1024 }, ...options });
  context.setDefaultTimeout(STEP_TIMEOUT_MS);
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  try {
    await scenario(page, context);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

const home = (query) => `${program.origin}/s/ouverte${query}`;
const warning = (page) => page.getByRole('alertdialog');
const send = (page) => button(page, 'Envoyer mes réponses');
const SECRET = 'Le bus de 18 h';

/** Answers that somebody could be known by. */
async function answer(page) {
  await button(page, 'Commencer').click();
  await page.locator('#renonce-oui').check();
  await page.locator('#motifs-autre').check();
  await page.locator('#motifs_autre').fill(SECRET);
}

async function walkToReview(page) {
  await answer(page);
  for (let steps = 0; steps < 3; steps += 1) await button(page, 'Suivant').click();
  await send(page).waitFor();
}

/**
 * Back or Forward, until the page is another. A page that the browser kept alive loads nothing, and leaves for the start at
 * once, so that waiting for its loading may wait for ever.
 */
async function travel(page, steps) {
  await page.evaluate(() => { document.title = 'before'; });
  const session = await page.context().newCDPSession(page);
  const { currentIndex, entries } = await session.send('Page.getNavigationHistory');
  await session.send('Page.navigateToHistoryEntry', { entryId: entries[currentIndex + steps].id });
  await page.waitForFunction(() => document.title !== 'before' && document.readyState === 'complete');
}

/** The next person finds the start as it was set up, and nothing of the one before. */
async function assertBlank(page, query) {
  await button(page, 'Commencer').waitFor();
  assert.equal(page.url(), home(query));
  assert.equal(await page.locator('input:checked').count(), 0);
  assert.equal(await page.locator('#motifs_autre').inputValue(), '');
  assert.ok(!(await page.content()).includes(SECRET));
  assert.equal(await page.evaluate(() => sessionStorage.length + localStorage.length), 0, 'nothing is written');
}

test('un compte à rebours que l’on peut prolonger, puis plus rien, ni par Retour ni par Suivant', async () => {
  await open(async (page) => {
    await page.clock.install();
    await page.goto(home('?borne=60'));
    await answer(page);
    await page.clock.runFor(59_000);
    assert.equal(await warning(page).isVisible(), false);
    await page.clock.runFor(2_000);
    await page.getByRole('alertdialog', { name: 'Êtes-vous toujours là\u00a0?' }).waitFor();
    assert.match(await warning(page).textContent(), /Vos réponses seront effacées dans \d+\u00a0secondes\./);
    assert.ok(await button(page, 'Continuer').evaluate((one) => one === document.activeElement), 'one key prolongs');
    await page.keyboard.press('Enter');
    assert.equal(await warning(page).isVisible(), false);
    assert.equal(await page.locator('#motifs_autre').inputValue(), SECRET, 'nothing is lost by prolonging');
    assert.equal(await page.evaluate(() => sessionStorage.length + localStorage.length), 0, 'nothing is written');
    assert.equal(await page.evaluate(() => history.length), 2, 'the blank page of the tab, and this one');

    await page.clock.runFor(61_000);
    await warning(page).waitFor();
    await page.clock.runFor(31_000);
    await assertBlank(page, '?borne=60');
    await travel(page, -1);
    await travel(page, 1);
    await assertBlank(page, '?borne=60');
  });
});

/** Where links lead that leave the page. */
const leading = (page) => page.locator('a[href]').evaluateAll((all) => all.map((link) => link.getAttribute('href'))
  .filter((href) => !href.startsWith('#')));

test('après l’envoi, la personne suivante commence dans la langue de la borne', async () => {
  for (const [set, chosen, link] of [
    ['?borne', '?lang=fr-FALC&borne&depart=fr', 'Lire en français facile (FALC)'],
    ['?lang=fr-FALC&borne=30', '?borne=30&depart=fr-FALC', 'Lire le texte habituel'],
  ]) {
    await open(async (page) => {
      await page.clock.install();
      await page.goto(home(set));
      await button(page, 'Commencer').waitFor();
      await page.getByRole('link', { name: link }).click();
      await walkToReview(page);
      await send(page).click();
      await page.waitForURL(program.origin + `/s/ouverte/merci${chosen}`);
      await page.clock.runFor(20_000);
      await warning(page).waitFor();
      await button(page, 'Terminer').click();
      await assertBlank(page, set);
      // Back leads no further than to blank pages.
      for (let steps = 0; steps < 3 && page.url() !== 'about:blank'; steps += 1) {
        await travel(page, -1);
        if (page.url() !== 'about:blank') await button(page, 'Commencer').waitFor();
        assert.ok(!(await page.content()).includes(SECRET));
      }
    });
  }
});

test('un lien suivi avant que la suite arrive reste sur la borne', async () => {
  await open(async (page) => {
    await page.route('**/js/kiosk.js', () => {});
    await page.goto(home('?borne=60'));
    await page.getByRole('link', { name: 'Lire en français facile (FALC)' }).click();
    await page.waitForURL('**/ouverte?lang=fr-FALC&borne=60&depart=fr');
    await page.getByRole('link', { name: 'Comment vos réponses restent secrètes' }).click();
    await page.waitForURL('**/confiance?lang=fr-FALC&borne=60&depart=fr', { waitUntil: 'commit' });
    assert.equal(await page.evaluate(() => sessionStorage.length + localStorage.length), 0, 'nothing is written');
  });
});

const stay = (page) => page.getByText('cette page ne peut pas tout effacer');

/** The long page, filled in, reviewed by the server, changed and reviewed again. */
async function reviewByServer(page) {
  await stay(page).waitFor();
  await page.locator('#renonce-oui').check();
  await page.locator('#motifs-autre').check();
  await page.locator('#motifs_autre').fill(SECRET);
  await button(page, 'Vérifier mes réponses').click();
  await page.waitForURL('**/verifier?borne=60');
  await page.locator('.review__row').first().getByRole('button').click();
  await page.waitForURL('**/verifier?borne=60#q-renonce');
  assert.equal(await page.locator('#motifs_autre').inputValue(), SECRET);
  assert.equal(await page.locator('form').getAttribute('autocomplete'), 'off');
  await button(page, 'Vérifier mes réponses').click();
  await send(page).waitFor();
  await page.getByText(SECRET).waitFor();
  await stay(page).waitFor();
}

test('sans JavaScript, tout reste sur la borne, et « Terminer » ramène au début', async () => {
  await open(async (page) => {
    await page.goto(home('?borne=60'));
    const away = async () => (await leading(page)).filter((href) => !/^(tel|mailto|sms):|[?&]borne=60/.test(href));
    assert.deepEqual(await away(), []);
    await reviewByServer(page);
    assert.deepEqual(await away(), []);
    await page.getByRole('link', { name: 'Tout effacer' }).click();
    await page.waitForURL(home('?borne=60'));
    assert.equal(await page.locator('input:checked').count(), 0);
    assert.equal(await page.locator('#motifs_autre').inputValue(), '');
    await reviewByServer(page);
    await send(page).click();
    await page.waitForURL('**/merci?borne=60');
    await stay(page).waitFor();
    assert.deepEqual(await away(), []);
    await page.getByRole('link', { name: 'Terminer' }).click();
    await page.waitForURL(home('?borne=60'));
    assert.equal(await page.locator('input:checked').count(), 0);
  }, { javaScriptEnabled: false });
});

test('la cabine n’arrive pas : la longue page, et ce que le serveur en renvoie, s’effacent aussi', async () => {
  await open(async (page) => {
    await page.clock.install();
    await page.route('**/js/booth.js', (route) => route.abort('connectionreset'));
    await page.goto(home('?borne=60'));
    await reviewByServer(page);
    await page.clock.runFor(61_000);
    await page.getByRole('alertdialog', { name: 'Êtes-vous toujours là\u00a0?' }).waitFor();
    await page.clock.runFor(31_000);
    await page.waitForURL(home('?borne=60'));
    assert.equal(await page.locator('#motifs_autre').inputValue(), '');
  });
});

test('aucun lien ne mène hors de la borne, et la page de confiance revient au début', async () => {
  await open(async (page) => {
    await page.clock.install();
    await page.goto(home('?borne=60'));
    await button(page, 'Commencer').waitFor();
    const expected = ['/s/ouverte?lang=fr-FALC&borne=60&depart=fr', '/s/ouverte/confiance?borne=60'];
    // Whatever would open another program becomes plain text as soon as the rest is there.
    await page.waitForFunction((count) => document.querySelectorAll('a[href]:not([href^="#"])').length === count, expected.length);
    assert.deepEqual(await leading(page), expected);

    await page.locator('main').getByRole('link', { name: 'Comment votre anonymat' }).click();
    await page.waitForURL('**/confiance?borne=60');
    assert.deepEqual(await leading(page), ['/s/ouverte/confiance?lang=fr-FALC&borne=60&depart=fr', '/s/ouverte?borne=60']);
    await page.clock.runFor(61_000);
    await page.getByRole('alertdialog', { name: 'Êtes-vous toujours là\u00a0?' }).waitFor();
    assert.match(await warning(page).textContent(), /Retour au début dans \d+\u00a0secondes\./);
    await page.clock.runFor(31_000);
    await assertBlank(page, '?borne=60');

    await walkToReview(page);
    await send(page).click();
    await page.waitForURL('**/merci?borne=60');
    assert.deepEqual(await leading(page), ['/s/ouverte?borne=60'], 'the start, for the next person');
    assert.equal(await stay(page).count(), 0, 'nothing is left to be found');
  });
  // Elsewhere every link leads where it says.
  await open(async (page) => {
    await page.goto(program.address('ouverte', 'fr', '/merci'));
    assert.deepEqual(await leading(page), ['/', '/s/ouverte/confiance', '/']);
  });
});

test('sans réseau, ce qui part reste caché et n’est pas effacé, puis part', async () => {
  await open(async (page, context) => {
    await page.clock.install();
    await page.goto(home('?borne=60'));
    await walkToReview(page);
    assert.equal(await page.getByText(SECRET).isVisible(), true);
    await context.setOffline(true);
    await send(page).click();
    await page.getByRole('status').filter({ hasText: 'Pas de connexion' }).waitFor();
    assert.equal(await page.getByText(SECRET).isVisible(), false, 'whoever passes reads nothing');
    await page.clock.runFor(600_000);
    assert.equal(await warning(page).isVisible(), false);
    await context.setOffline(false);
    await page.waitForURL('**/merci?borne=60');
  });
});

test('une erreur laissée à l’écran s’efface aussi, et un envoi refusé ne retient pas la borne', async () => {
  await open(async (page) => {
    await page.clock.install();
    await page.goto(home('?borne=60'));
    await answer(page);
    await page.locator('#motifs-cout').check();
    await page.locator('#motifs-delai').check();
    await button(page, 'Suivant').click();
    await page.locator('#erreurs').waitFor();
    await page.clock.runFor(100_000);
    await assertBlank(page, '?borne=60');

    await page.route('**/responses', (route) => route.fulfill({ status: 403, body: 'non' }));
    await walkToReview(page);
    await send(page).click();
    await page.getByText('L’envoi n’a pas abouti').waitFor();
    await page.clock.runFor(100_000);
    await assertBlank(page, '?borne=60');
  });
});

test('une horloge que l’on recule n’allonge pas l’attente', async () => {
  await open(async (page) => {
    await page.clock.install({ time: new Date('2030-01-01T10:00:00') });
    await page.goto(home('?borne=60'));
    await answer(page);
    await page.clock.setSystemTime(new Date('2026-01-01T10:00:00'));
    await page.clock.runFor(100_000);
    await assertBlank(page, '?borne=60');
  });
});

test('ce qui surveille la borne n’arrive pas : pas d’étapes sans lui', async () => {
  await open(async (page) => {
    await page.route('**/js/kiosk.js', (route) => route.abort('connectionreset'));
    await page.goto(home('?borne'));
    await button(page, 'Vérifier mes réponses').waitFor();
    assert.equal(await button(page, 'Commencer').count(), 0);
  });
});

test('la vérification n’arrive pas à temps : un second essai suffit, et rien n’est perdu', async () => {
  await open(async (page) => {
    await page.goto(home('?borne'));
    const cut = (route) => route.abort('connectionreset');
    await page.route('**/js/dispatch.js', cut);
    await answer(page);
    for (let steps = 0; steps < 3; steps += 1) await button(page, 'Suivant').click();
    await page.locator('#erreurs').waitFor();
    assert.equal(await button(page, 'Recharger').count(), 0, 'which would lose the answers');
    await page.unroute('**/js/dispatch.js', cut);
    await button(page, 'Réessayer').click();
    await page.getByText(SECRET).waitFor();
    await send(page).click();
    await page.waitForURL('**/merci?borne');
  });
});

test('la page n’est gardée ni sur le disque ni derrière le bouton Retour', async () => {
  const reply = (below, options) => fetch(`${program.origin}/s/ouverte${below}`, options);
  const cache = async (below) => (await reply(below)).headers.get('cache-control');
  assert.equal(await cache('?borne'), 'no-store');
  assert.equal(await cache('?lang=fr-FALC&borne=60'), 'no-store');
  assert.equal(await cache('/merci?borne'), 'no-store');
  assert.equal(await cache('/confiance?borne'), 'no-store');
  for (const [form, status] of [['renonce=non', 200], ['', 422]]) {
    const checked = await reply('/verifier?borne', { method: 'POST', body: new URLSearchParams(form) });
    assert.deepEqual([checked.status, checked.headers.get('cache-control')], [status, 'no-store']);
  }
  assert.equal(await cache(''), 'no-cache');
});
