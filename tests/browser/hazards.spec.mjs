/**
 * @file What happens to residents, and must cost them nothing: a line that drops or crawls, a finger that presses twice, a
 * reload, the Back button, two tabs, a browser that forbids storage; and how light the first view is. Run in this folder: npm ci --ignore-scripts, then node --test hazards.spec.mjs (Chromium).
 */

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { button } from './access-walks.mjs';
import { openIn, recorded, review, send, stage, walkToReview } from './residents.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FIRST_VIEW_LIMIT_BYTES = 30_000;
/** Room that the first view keeps, so that a longer questionnaire or a larger logo still fits. */
const ROOM_BYTES = 3_000;
const REAL = ['mauges-2026', 'laval-2026', 'bauge-2026'];

// As in everybody's browser, a page may stay alive behind the Back button.
const theatre = stage({
  keepsPages: true,
  withSurveys: (folder, run) => {
    for (const survey of REAL) copyFileSync(join(ROOT, `surveys/${survey}.yaml`), join(folder, `${survey}.yaml`));
    // The heaviest of them with a logo.
    const logo = 'logo: {file: logo.svg, alt: {fr: "Ville de Trois-Collines", fr-FALC: "Ville de Trois-Collines"}}\n';
    const laval = readFileSync(join(ROOT, 'surveys/laval-2026.yaml'), 'utf8').replace(/^id: .*$/m, 'id: laval-logo');
    writeFileSync(join(folder, 'laval-logo.yaml'), logo + laval);
    for (const survey of [...REAL, 'laval-logo']) run('survey', 'open', survey);
  },
});
const { program } = theatre;
const open = (options, scenario) => openIn(theatre.browser, options, scenario);

test('un double appui sur « Envoyer » n’envoie qu’une fois', async () => {
  await open({}, async (page, context, replies) => {
    await walkToReview(page, program, 'codes', program.codes.shift());
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
    await walkToReview(page, program, 'codes', program.codes.shift());
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
    await walkToReview(page, program, 'ouverte');
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
    await walkToReview(first, program, 'codes', code);
    await walkToReview(second, program, 'codes', code);
    await send(first).click();
    await first.waitForURL('**/merci');
    await send(second).click();
    await second.locator('#erreurs').waitFor();
    assert.match(await second.locator('#code-erreur').textContent(), /Ce code a déjà servi/);
    assert.ok(await second.locator('#renonce-oui').isChecked());
    assert.equal(recorded(replies), 1);
  });
});

test('un onglet dupliqué pendant l’envoi : les deux disent vrai, et la réponse compte une fois', async () => {
  await open({}, async (first, context) => {
    const tokens = [];
    context.on('request', (request) => request.url().endsWith('/responses') && tokens.push(request.headers().authorization));
    await walkToReview(first, program, 'codes', program.codes.shift());
    await first.route('**/responses', (route) => route.abort('connectionreset'));
    await send(first).first().click();
    await button(first, 'Réessayer maintenant').waitFor();
    const kept = await first.evaluate(() => Object.entries(sessionStorage));
    const second = await context.newPage();
    await second.addInitScript((entries) => {
      if (sessionStorage.length === 0 && !location.pathname.endsWith('/merci')) for (const [key, value] of entries) sessionStorage.setItem(key, value);
    }, kept);
    await second.goto(program.address('codes', 'fr'));
    await second.getByText('L’envoi de vos réponses n’est pas terminé.').waitFor();
    await send(second).first().click();
    await second.waitForURL('**/merci');
    await first.unroute('**/responses');
    await button(first, 'Réessayer maintenant').click();
    await first.waitForURL('**/merci');
    assert.ok(tokens.length >= 3);
    assert.equal(new Set(tokens).size, 1, 'one token, and so one response');
  });
});

test('le même code, tapé puis ouvert par son lien, ne perd pas ce qui est commencé ; celui d’un autre l’efface', async () => {
  await open({}, async (page) => {
    const [code, other] = [program.codes.shift(), program.codes.shift()];
    await walkToReview(page, program, 'codes', code.toLowerCase().replace(/-/g, ' '));
    await page.evaluate((hash) => { location.hash = hash; }, `#c=${code}`);
    await send(page).first().waitFor();
    assert.equal(page.url(), program.address('codes', 'fr'));
    assert.equal(await page.locator('#renonce-oui').isChecked(), true);
    await page.evaluate((hash) => { location.hash = hash; }, `#c=${other}`);
    await button(page, 'Commencer').waitFor();
    await button(page, 'Commencer').click();
    assert.equal(await page.locator('input:checked').count(), 0);
  });
});

test('un brouillon d’une autre version : on reprend au début, sans ce qui n’existe plus', async () => {
  await open({}, async (page) => {
    await page.goto(program.address('ouverte', 'fr'));
    await page.evaluate(() => sessionStorage.setItem('isoloir-draft-ouverte', JSON.stringify({
      version: 'ancienne', step: 'priorites', values: { renonce: ['oui'], priorites: ['disparu', 'bus'], partie: ['x'], moral: ['99'] },
    })));
    await page.reload();
    await button(page, 'Commencer').click();
    await page.locator('#renonce-oui:checked').waitFor();
    await button(page, 'Suivant').click();
    assert.deepEqual(await page.locator('#q-priorites select').evaluateAll((all) => all.map((list) => list.selectedOptions[0].value)), ['', 'bus', '']);
    await button(page, 'Suivant').click();
    await button(page, 'Suivant').click();
    await send(page).first().click();
    await page.waitForURL('**/merci');
  });
});

test('une moitié de caractère, comme un champ plein en laisse, n’empêche pas l’envoi', async () => {
  await open({}, async (page, context, replies) => {
    await page.goto(program.address('ouverte', 'fr'));
    await button(page, 'Commencer').click();
    await page.locator('#renonce-oui').check();
    await page.locator('#motifs-autre').check();
    await page.locator('#motifs_autre').evaluate((input) => {
      input.value = 'Le bus \ud83d';
      input.dispatchEvent(new Event('input', { bubbles: true }));
    });
    for (let steps = 0; steps < 3; steps += 1) await button(page, 'Suivant').click();
    await send(page).first().click();
    await page.waitForURL('**/merci');
    assert.equal(recorded(replies), 1);
  });
});

test('le lien d’évitement ne dérange pas le bouton Retour, et Entrée tenue enfoncée ne saute pas d’étape', async () => {
  await open({}, async (page) => {
    await page.goto(program.address('ouverte', 'fr'));
    await button(page, 'Commencer').click();
    await page.locator('#renonce-non').check();
    await button(page, 'Suivant').focus();
    for (let presses = 0; presses < 5; presses += 1) await page.keyboard.down('Enter');
    await page.keyboard.up('Enter');
    assert.match(await page.title(), /^Étape 2 sur/);
    await page.locator('.skip-link').focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'contenu');
    assert.equal(page.url(), program.address('ouverte', 'fr'));
    await button(page, 'Suivant').click();
    await page.goBack();
    assert.match(await page.title(), /^Étape 2 sur/);
    await page.goBack();
    assert.match(await page.title(), /^Étape 1 sur/);
  });
});

test('sans JavaScript, qui revient sur sa réponse retrouve ce qu’elle avait caché', async () => {
  await open({ javaScriptEnabled: false }, async (page) => {
    await page.goto(`${program.address('ouverte', 'fr')}/`);
    assert.equal(page.url(), program.address('ouverte', 'fr'), 'a slash too many is forgiven');
    await page.locator('#renonce-non').check();
    await page.locator('#motifs-autre').check();
    await page.locator('#motifs_autre').fill('Le bus');
    await page.locator('#priorites-3').selectOption('air');
    await button(page, 'Vérifier mes réponses').click();
    assert.equal(await page.getByText('Le bus').count(), 0, 'what will not be kept is not reviewed');
    await page.locator('.review__row').first().getByRole('button').click();
    await page.locator('#renonce-oui').check();
    assert.equal(await page.locator('#motifs_autre').inputValue(), 'Le bus');
    assert.equal(await page.locator('#priorites-3').inputValue(), 'air', 'at the rank at which it was put');
    await button(page, 'Vérifier mes réponses').click();
    await page.getByText('Le bus').waitFor();
    await send(page).first().click();
    await page.waitForURL('**/merci');
  });
});

test('un formulaire abîmé en chemin reçoit une page claire, et ce qui était tapé y est encore', async () => {
  const FORM = 'application/x-www-form-urlencoded';
  const start = 'renonce=oui&motifs=autre&motifs_autre=';
  for (const [name, body, status, words, type = FORM] of [
    ['un octet nul', `${start}Le%00+bus`, 200, 'value="Le bus"'],
    ['la moitié d’un caractère', `${start}Le+bus+%ED%A0%80`, 200, 'value="Le bus \ufffd'],
    ['un autre encodage', `${start}Le+bus+%E0+pied`, 200, 'value="Le bus \ufffd pied"'],
    ['des octets bruts', Buffer.from(`${start}Le bus \xe0 pied`, 'latin1'), 400, 'Formulaire illisible'],
    ['deux réponses au lieu d’une', `${start}Le+bus&renonce=non`, 422, 'Choisissez une seule réponse.'],
    ['une réponse qui n’existe pas', 'renonce=peut-etre&motifs_autre=Le+bus', 422, 'ne fait pas partie des choix'],
    ['un champ inconnu', `${start}Le+bus&zorglub=1`, 422, 'avec aucune question'],
    ['un nom de toutes les choses', `${start}Le+bus&__proto__=1&constructor=2`, 422, 'avec aucune question'],
    ['un texte bien trop long', start + 'Le bus '.repeat(2000), 422, 'Votre texte est trop long.'],
    ['un envoi énorme', start + 'Le bus '.repeat(60_000), 413, 'Envoi trop volumineux'],
    ['un autre format', 'renonce=oui', 415, 'Format non accepté', 'text/plain'],
    ['un formulaire en morceaux', '--x\r\n', 415, 'Format non accepté', 'multipart/form-data; boundary=x'],
    ['rien', '', 422, 'Une réponse est à corriger'],
  ]) {
    const reply = await fetch(program.address('ouverte', 'fr', '/verifier'), { method: 'POST', body, headers: { 'content-type': type } });
    const page = await reply.text();
    assert.equal(reply.status, status, name);
    assert.match(reply.headers.get('content-type'), /^text\/html/, name);
    assert.ok(page.includes(words), `${name}: ${words}`);
    if (status === 422 && body) assert.ok(page.includes('value="Le bus'), `${name}: the text is kept`);
  }
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

test('la ligne tombe juste après l’envoi : on sait que c’est enregistré, et merci vient avec la ligne', async () => {
  await open({}, async (page, context, replies) => {
    await walkToReview(page, program, 'ouverte');
    const cut = (route) => route.abort('connectionreset');
    await page.route('**/merci', cut);
    await send(page).first().click();
    await page.getByRole('status').filter({ hasText: 'vos réponses sont enregistrées' }).waitFor();
    assert.equal(await page.getByText('Oui', { exact: true }).isVisible(), false, 'no answer is left');
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    await page.goBack();
    assert.equal(await page.locator('input:checked').count(), 0);
    await page.unroute('**/merci', cut);
    await page.waitForURL('**/merci');
    assert.equal(recorded(replies), 1);
  });
});

test('le serveur tombe entre le jeton et la réponse, puis revient : une réponse', async () => {
  await open({}, async (page, context, replies) => {
    await walkToReview(page, program, 'codes', program.codes.shift());
    let restarted;
    await page.route('**/responses', async (route) => {
      restarted = restarted || program.restart();
      await restarted;
      await route.continue();
    });
    await send(page).first().click();
    await page.waitForURL('**/merci');
    assert.ok(restarted);
    assert.equal(recorded(replies), 1);
  });
});

test('un portail captif répond à la place du serveur : rien ne se perd, et l’envoi passe dès qu’il s’ouvre', async () => {
  await open({}, async (page, context, replies) => {
    await walkToReview(page, program, 'codes', program.codes.shift());
    await page.clock.install();
    const portal = async (route) => {
      const headers = { 'content-type': 'text/html' };
      if (route.request().url().endsWith('/token-request')) await route.fulfill({ status: 200, headers, body: '<h1>Wi-Fi de la gare</h1>' });
      else await route.fulfill({ status: 302, headers: { location: '/' } });
    };
    await page.route(/\/(token-request|responses)$/, portal);
    await send(page).first().click();
    await button(page, 'Réessayer maintenant').waitFor();
    await page.unroute(/\/(token-request|responses)$/, portal);
    // Once there is a token, a portal refuses the response in its own words: the answers may not change.
    const refuse = (route) => route.fulfill({ status: 511, headers: { 'content-type': 'text/html' }, body: '<h1>Connectez-vous</h1>' });
    const lose = async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    };
    await page.route('**/responses', lose, { times: 1 });
    await button(page, 'Réessayer maintenant').click();
    await page.getByRole('status').filter({ hasText: 'Pas de connexion' }).waitFor();
    await page.route('**/responses', refuse);
    await button(page, 'Réessayer maintenant').click();
    await page.getByRole('heading', { name: 'L’envoi n’a pas abouti' }).waitFor();
    assert.equal(await page.getByRole('button', { name: /^Changer/ }).count(), 0);
    await page.unroute('**/responses', refuse);
    await send(page).first().click();
    await page.waitForURL('**/merci');
    assert.equal(recorded(replies), 1);
  });
});

test('une ligne très lente : on sait que l’envoi continue, et rien ne se perd', async () => {
  await open({}, async (page, context, replies) => {
    await walkToReview(page, program, 'ouverte');
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

test('une page d’un autre site fait envoyer des réponses : le serveur les refuse et le dit', async () => {
  await open({}, async (page, context, replies) => {
    const form = `<form method="post" action="${program.address('ouverte', 'fr', '/responses')}">`
      + '<input name="renonce" value="non"><button>Gagner un téléphone</button></form>';
    await page.route('http://ailleurs.exemple/', (route) => route.fulfill({ contentType: 'text/html', body: form }));
    await page.goto('http://ailleurs.exemple/');
    await page.getByRole('button').click();
    await page.getByRole('heading', { name: 'Cet envoi vient d’un autre site' }).waitFor();
    await page.getByText('Rien n’a été enregistré.').waitFor();
    assert.deepEqual(replies.filter(([, method]) => method === 'POST').map(([status]) => status), [403]);
  });
});
