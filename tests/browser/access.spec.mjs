/**
 * @file Everybody can use every page: each state of each page, in usual and in easy French, on a telephone and on a wide
 * screen, light and dark, is looked at by axe-core and by the Nu HTML checker, measured, and gone through with the keyboard
 * alone. Run in this folder: npm ci --ignore-scripts, then node --test access.spec.mjs (Chromium and Java).
 *
 * The states are those of access-walks.mjs. A contrast that axe-core cannot compute fails, too, but for the few known ones.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import test, { after } from 'node:test';
import { promisify } from 'node:util';
import { button, easyReading, longPage, reading, realSurvey, sharedDevice, stepper } from './access-walks.mjs';
import { stage } from './residents.mjs';

const STEP_TIMEOUT_MS = 15_000;
const FOCUS_TIMEOUT_MS = 2_000;
const LANGUAGES = ['fr', 'fr-FALC'];
const WIDTHS = [320, 1280];
const THEMES = ['light', 'dark'];
/** A screen of 1280 × 1024 that is enlarged four times. */
const ENLARGED = { width: 320, height: 256 };
const MIN_TARGET_PX = 24;
const MAX_EASY_WORDS = 12;
/** French law (RGAA), WCAG 2.2 to level AA, and what the authors of axe-core recommend. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'RGAAv4', 'best-practice'];
/** Where the ground is a gradient, axe-core is shown the shade on which the text is hardest to read. */
const FLAT = '.site-header { background: var(--fold-light) } .table-scroll { background: var(--surface) }';
const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const VNU = join(require.resolve('vnu-jar/package.json'), '../build/dist/vnu.jar');

const theatre = stage();
const { program } = theatre;
const html = mkdtempSync(join(tmpdir(), 'isoloir-html-'));
/** Which state each saved page is, by file name. */
const saved = new Map();

after(() => rmSync(html, { recursive: true, force: true }));

async function open(options, scenario) {
  const context = await theatre.browser.newContext({ locale: 'fr-FR', viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(STEP_TIMEOUT_MS);
  try {
    await scenario(await context.newPage(), context);
  } finally {
    await context.close();
  }
}

// --- What is looked at in each state ---

/** Rules that are broken, and contrasts that could not be computed, each with the first element. */
async function breaches(page) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  return page.evaluate(async ([tags, flat]) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(flat);
    document.adoptedStyleSheets = [sheet];
    const { violations, incomplete } = await globalThis.axe.run(document, {
      runOnly: { type: 'tag', values: tags }, resultTypes: ['violations', 'incomplete'],
    });
    const undecided = incomplete.filter(({ id }) => id === 'color-contrast').flatMap(({ nodes }) => nodes)
      // Charts are drawn on a plain ground, and looked at below.
      .filter(({ html: element }) => !element.startsWith('<text'))
      // A control that covers its label's picture, or a question that the countdown covers, is not read there.
      .filter(({ any }) => !any.some(({ data }) => ['bgOverlap', 'elmPartiallyObscured', 'elmPartiallyObscuring'].includes(data && data.messageKey)));
    const broken = violations.map(({ id, nodes }) => `${id}: ${nodes.length} × ${nodes[0].html.slice(0, 160)} ${nodes[0].failureSummary}`);
    document.adoptedStyleSheets = [];
    const channels = (color) => color.match(/\d+/g).slice(0, 3).map((byte) => byte / 255);
    // invert(1) hue-rotate(180deg), as Filter Effects 1 defines them.
    const turned = ([red, green, blue]) => [[-0.574, 1.43, 0.144], [0.426, 0.43, 0.144], [0.426, 1.43, -0.856]]
      .map(([r, g, b]) => r * (1 - red) + g * (1 - green) + b * (1 - blue)).map((value) => Math.min(Math.max(value, 0), 1));
    const luminance = (color) => color
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
      .reduce((sum, value, channel) => sum + value * [0.2126, 0.7152, 0.0722][channel], 0);
    const onChart = Array.from(document.querySelectorAll('.chart svg text'), (text) => {
      const fill = channels(getComputedStyle(text).fill);
      const isTurned = getComputedStyle(text.ownerSVGElement).filter !== 'none';
      let behind = text.closest('.chart');
      while (/, 0\)$/.test(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
      const ground = channels(getComputedStyle(behind).backgroundColor);
      const shades = [isTurned ? turned(fill) : fill, ground].map(luminance);
      return [(Math.max(...shades) + 0.05) / (Math.min(...shades) + 0.05), text.textContent.trim()];
    });
    broken.push(...onChart.filter(([contrast]) => !(contrast >= 4.5)).map(([contrast, text]) => `« ${text} » has a contrast of ${contrast}`));
    return [...broken, ...undecided.map(({ html: element }) => `contrast not computed: ${element.slice(0, 160)}`)];
  }, [TAGS, FLAT]);
}

/** What does not fit in the width, or is too small for a finger. */
function misfits(page) {
  return page.evaluate((minimum) => {
    const found = [];
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} px wide in ${clientWidth}`);
    const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('.visually-hidden');
    for (const element of document.querySelectorAll('main *, header *, footer *, .kiosk *')) {
      if (element.closest('.table-scroll, svg') || !seen(element)) continue;
      const { left, right, width } = element.getBoundingClientRect();
      if (width > 0 && (right > clientWidth + 1 || left < -1) && !element.matches('.skip-link')) {
        found.push(`${element.outerHTML.slice(0, 120)} goes from ${left} to ${right} px`);
      }
      const cut = element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX === 'hidden';
      if (cut && element.clientWidth > 1) found.push(`${element.outerHTML.slice(0, 120)} is cut`);
    }
    // Of a radio button or a box to tick, the whole label is the target. A link inside a sentence has the size of its text.
    const isInSentence = (link) => link.matches('a') && getComputedStyle(link).display === 'inline'
      && link.parentElement.textContent.trim() !== link.textContent.trim();
    for (const target of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')) {
      if (!seen(target) || target.matches('.skip-link') || isInSentence(target)) continue;
      const area = target.matches('[type=radio], [type=checkbox]') ? target.labels[0] : target;
      const boxes = Array.from(area.getClientRects());
      const width = Math.max(...boxes.map((box) => box.width));
      const height = Math.max(...boxes.map((box) => box.height));
      if (width < minimum || height < minimum) found.push(`${target.outerHTML.slice(0, 120)} is ${width} × ${height} px`);
    }
    return found;
  }, MIN_TARGET_PX);
}

/** What is too long for those who read easy French: whatever is seen, but lists of places and what is compared. */
function hardSentences(page) {
  return page.evaluate((most) => {
    if (document.documentElement.lang !== 'fr-simple') return [];
    const typed = new Set(Array.from(document.querySelectorAll('.control-words, .choice__detail, table, code, option'), ({ innerText }) => innerText));
    const lines = document.body.innerText.split('\n').filter((line) => !typed.has(line));
    const sentences = lines.flatMap((line) => line.split(/(?<=[.!?…:;])(?=\s)/));
    const words = (sentence) => sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
    return sentences.filter((sentence) => words(sentence) > most).map((sentence) => `not easy to read: ${sentence}`);
  }, MAX_EASY_WORDS);
}

/** Looks at a state in every width and theme, and keeps its HTML for the checker. */
function observer(page, walk, titles, faults) {
  return async (state, { focus, countsDown } = {}) => {
    // A page that has just come back may still wait for its stylesheet.
    await page.waitForLoadState();
    const note = (where, found) => faults.push(...found.map((fault) => `${walk}, ${state}${where}: ${fault}`));
    const expect = (what, got, wanted) => note('', got === wanted ? [] : [`${what} is ${got}, not ${wanted}`]);
    if (focus) {
      // A browser gives the focus to what asks for it once it has drawn the page, a moment after it is there.
      await page.waitForFunction((id) => document.activeElement.id === id, focus, { timeout: FOCUS_TIMEOUT_MS }).catch(() => {});
      expect('what has the focus', await page.evaluate(() => document.activeElement.id), focus);
    }
    const title = await page.title();
    titles.set(state, title);
    const isError = /erreur|trop de choix|refusé|pas la bonne/.test(state);
    expect(`that « ${title} » tells an error`, /^Erreur\u00a0: /.test(title), isError);
    expect('the number of summaries', await page.locator('#erreurs').count(), isError ? 1 : 0);
    note('', await hardSentences(page));
    const file = `${String(saved.size).padStart(3, '0')}.html`;
    writeFileSync(join(html, file), await page.content());
    saved.set(file, `${walk}, ${state}`);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      note(`, ${width} px`, await misfits(page));
      for (const colorScheme of THEMES) {
        await page.emulateMedia({ colorScheme });
        note(`, ${width} px, ${colorScheme}`, await breaches(page));
      }
    }
    await page.setViewportSize(ENLARGED);
    note(', enlarged four times', await misfits(page));
    if (countsDown) {
      const { height } = await page.getByRole('alertdialog').boundingBox();
      expect('that the warning fits when enlarged', height <= ENLARGED.height, true);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  };
}

/** Walks with a page of its own and says everything that was found on the way. */
async function walk(name, titles, go) {
  const faults = [];
  await open({}, (page) => go(page, observer(page, name, titles, faults)));
  assert.equal(faults.length, 0, faults.join('\n'));
}

/** States that show the same page of the same survey, and so have the same title. */
const samePage = (state) => state
  .replace(/, (vide|remplie|en erreur|déplié|trop de choix|à changer|avec logo)$/, (_, how) => (/erreur|trop/.test(how) ? ', en erreur' : ''))
  .replace(/^(envoi.*|vérification par le serveur)$/, 'vérification').replace(/^borne, (accueil|merci)$/, '$1')
  .replace(/^code refusé$/, 'page longue, en erreur').replace(/^page longue$/, 'accueil')
  .replace(/^(enquête|page) inconnue$/, '$1 inconnue');

/** Two pages with one title cannot be told apart among tabs, or by ear. */
function assertUniqueTitles(titles) {
  const owners = new Map();
  for (const [state, title] of titles) {
    assert.match(title, /\S – Isoloir$/);
    const owner = owners.get(title) || samePage(state);
    assert.equal(samePage(state), owner, `« ${title} » is the title of two pages`);
    owners.set(title, owner);
  }
}

for (const lang of LANGUAGES) {
  test(`${lang} : chaque étape, vide, en erreur et remplie, puis l’envoi et merci`, async () => {
    const titles = new Map();
    await walk(`étapes, ${lang}`, titles, (page, at) => stepper(page, program, lang, at));
    await walk(`page longue, ${lang}`, titles, (page, at) => longPage(page, program, lang, at));
    assert.ok(titles.size >= 24);
    assertUniqueTitles(titles);
  });

  test(`${lang} : l’appareil partagé et son compte à rebours`, async () => {
    await walk(`borne, ${lang}`, new Map(), (page, at) => sharedDevice(page, program, lang, at));
  });
}

test('les pages qui se lisent : accueil, confiance, refus, résultats', async () => {
  const titles = new Map();
  await walk('lecture', titles, (page, at) => reading(page, program, at));
  await walk('lecture facile', new Map(), (page, at) => easyReading(page, program, at));
  titles.delete('accueil de la démonstration');
  assertUniqueTitles(titles);
});

test('la vraie enquête des Mauges, étape par étape', async () => {
  const titles = new Map();
  await walk('Mauges', titles, (page, at) => realSurvey(page, program, at));
  assert.ok(titles.size >= 6);
  assertUniqueTitles(titles);
});

test('le logo du territoire est montré dans les deux thèmes, et n’est qu’un dessin', async () => {
  await open({ colorScheme: 'dark' }, async (page) => {
    await page.goto(program.address('ouverte', 'fr'));
    const logo = page.getByRole('img', { name: 'Ville de Trois-Collines' });
    assert.ok(await logo.evaluate((image) => image.complete && image.naturalWidth > 0), 'it is drawn');
    assert.equal(await logo.evaluate((image) => getComputedStyle(image).backgroundColor), 'rgb(255, 255, 255)', 'on a plate');
    const { width, height } = await logo.boundingBox();
    assert.ok(height >= 40 && height <= 48 && width > height, `${width} × ${height}`);
  });
  const reply = await fetch(program.address('ouverte', 'fr', '/logo'));
  assert.equal(reply.headers.get('content-type'), 'image/svg+xml');
  assert.match(reply.headers.get('content-security-policy'), /^default-src 'none'; style-src 'unsafe-inline'; sandbox$/);
  assert.equal((await fetch(program.address('codes', 'fr', '/logo'))).status, 404);
});

// --- Results ---

/** The pages of the results, of which the demonstration has four axes. */
async function resultsPages(page) {
  await page.goto(program.results());
  const axes = await page.locator('.card h3 a').evaluateAll((links) => links.map((link) => link.href));
  return [program.results(), program.results('/methode'), ...axes];
}

test('deux liens d’une page de résultats qui disent la même chose mènent au même endroit', async () => {
  await open({}, async (page) => {
    for (const address of await resultsPages(page)) {
      await page.goto(address);
      const links = await page.locator('a[href]').evaluateAll((all) => all.map((link) => [link.textContent.trim(), link.href]));
      const places = new Map();
      for (const [words, href] of links) {
        assert.notEqual(words, '', `${address}: a link to ${href} says nothing`);
        assert.equal(places.get(words) ?? href, href, `${address}: « ${words} » leads to two places`);
        places.set(words, href);
      }
      const levels = await page.locator('h1, h2, h3, h4').evaluateAll((all) => all.map((one) => Number(one.tagName[1])));
      assert.equal(levels.filter((level) => level === 1).length, 1, `${address}: one main heading`);
      levels.reduce((before, level) => {
        assert.ok(level <= before + 1, `${address}: from a heading of level ${before} to one of level ${level}`);
        return level;
      });
    }
  });
});

test('une page de résultats s’imprime avec ses graphiques et ce qui a été ouvert, sans ce qui ne sert qu’à l’écran', async () => {
  await open({ viewport: { width: 1000, height: 1300 }, colorScheme: 'dark' }, async (page) => {
    const [, , axis] = await resultsPages(page);
    await page.goto(axis);
    await page.locator('details.chart-table').nth(1).evaluate((details) => { details.open = true; });
    await page.emulateMedia({ media: 'print' });
    const seen = await page.evaluate(() => {
      const shown = (selector) => Array.from(document.querySelectorAll(selector), (one) => one.getBoundingClientRect().height > 0);
      const luminance = getComputedStyle(document.body).backgroundColor;
      return {
        charts: shown('.result > .pair svg, .result > .chart .drawn-wide svg'), opened: shown('details[open] table'),
        folded: shown('.chart-table:not([open]) table'), source: shown('.print-only'),
        screen: shown('.take-away, .contents, .onwards'), narrow: shown('.drawn-narrow'), luminance,
        broken: Array.from(document.querySelectorAll('figure'), (one) => getComputedStyle(one).breakInside),
      };
    });
    assert.ok(seen.charts.length > 5 && seen.charts.every(Boolean), 'every chart is printed');
    assert.deepEqual(seen.opened, [true], 'a table that was opened is printed');
    assert.ok(seen.folded.length > 5 && !seen.folded.includes(true), 'no other is');
    assert.deepEqual(seen.source, [true], 'where the charts are from stands once');
    assert.ok(![...seen.screen, ...seen.narrow].includes(true), 'each drawing once, and no downloads');
    assert.ok(seen.broken.every((value) => value === 'avoid'), 'no chart is cut by the end of a page');
    assert.equal(seen.luminance, 'rgb(255, 255, 255)', 'on white paper');
    const pdf = await page.pdf({ format: 'A4' });
    assert.ok(pdf.subarray(0, 5).toString() === '%PDF-' && pdf.length > 20_000);
  });
});

test('le code à copier montre le graphique dans un autre site, et rien d’autre ne s’y laisse montrer', async () => {
  const host = createServer((request, reply) => {
    reply.setHeader('content-type', 'text/html; charset=utf-8').end(host.page);
  });
  await new Promise((ready) => { host.listen(0, '127.0.0.1', ready); });
  try {
    await open({}, async (page) => {
      const [, , axis] = await resultsPages(page);
      await page.goto(axis);
      const code = await page.locator('textarea.code').first().inputValue();
      host.page = `<!doctype html><title>Une mairie</title>${code}<iframe id="page" src="${axis}"></iframe>`;
      await page.goto(`http://127.0.0.1:${host.address().port}`);
      const frame = page.frameLocator('iframe').first();
      await frame.getByRole('img').first().waitFor();
      assert.ok(await frame.locator('html').evaluate(() => !document.scripts.length && document.documentElement.scrollWidth <= innerWidth));
      assert.equal(await frame.locator('html').evaluate(() => document.documentElement.scrollHeight <= innerHeight), true, 'it is not cut');
      assert.equal(await page.frames().find((one) => one.url() === axis)?.locator('h1').count() ?? 0, 0, 'a page stays out');
    });
  } finally {
    host.close();
  }
});

// --- What residents set for themselves ---

/** Lays a reader's own style over the page's, as an extension does. */
function restyle(page, css) {
  return page.evaluate((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    document.adoptedStyleSheets = [sheet];
  }, css);
}

const LONG_WORD = 'Rendez-vousimpossible'.repeat(9);
const RIGHT_TO_LEFT = 'الدكتورة ليلى في شوليه';

for (const [name, width, css] of [
  ['espacé comme le demande WCAG 1.4.12', 320, '* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }'],
  ['deux fois plus grand', 640, ':root { font-size: 200% }'],
]) {
  test(`le texte ${name} : rien ne déborde ni ne se coupe, même un mot très long`, async () => {
    await open({ viewport: { width, height: 700 } }, async (page) => {
      const faults = [];
      const look = async (state) => {
        await restyle(page, css);
        faults.push(...(await misfits(page)).map((fault) => `${state}: ${fault}`));
      };
      await page.goto(program.address('ouverte', 'fr'));
      await page.locator('details summary').click();
      await look('accueil');
      await button(page, 'Commencer').click();
      await button(page, 'Suivant').click();
      await page.locator('#erreurs').waitFor();
      await look('étape 1, en erreur');
      await page.locator('#renonce-oui').check();
      await page.locator('#motifs-autre').check();
      await page.locator('#motifs_autre').fill(LONG_WORD.slice(0, 80));
      await look('étape 1');
      await button(page, 'Suivant').click();
      await page.locator('#moral-7').check();
      await page.locator('#priorites-1').selectOption('bus');
      await page.locator('#remarque').fill(LONG_WORD);
      await look('étape 2');
      await button(page, 'Suivant').click();
      await button(page, 'Suivant').click();
      await button(page, 'Envoyer mes réponses').waitFor();
      await look('vérification');
      await page.goto(program.address('close', 'fr'));
      await look('enquête close');
      await page.goto(program.address('codes', 'fr', '/confiance'));
      await look('confiance');
      assert.equal(faults.length, 0, faults.join('\n'));
    });
  });
}

test('un texte écrit de droite à gauche se tape et se relit dans son sens', async () => {
  const direction = (element) => getComputedStyle(element).direction;
  await open({}, async (page) => {
    await page.goto(program.address('ouverte', 'fr'));
    await button(page, 'Commencer').click();
    await page.locator('#renonce-non').check();
    await button(page, 'Suivant').click();
    await page.locator('#moral-7').check();
    await page.locator('#priorites-1').selectOption('bus');
    await page.locator('#remarque').fill(RIGHT_TO_LEFT);
    assert.equal(await page.locator('#remarque').evaluate(direction), 'rtl');
    await button(page, 'Suivant').click();
    await button(page, 'Suivant').click();
    const answer = page.locator('.review dd', { hasText: RIGHT_TO_LEFT });
    assert.equal(await answer.evaluate(direction), 'rtl');
  });
});

test('les couleurs du système remplacent les nôtres, et ce qui est choisi se voit encore ; rien ne bouge', async () => {
  await open({ forcedColors: 'active', reducedMotion: 'reduce' }, async (page) => {
    await page.goto(program.address('ouverte', 'fr'));
    await button(page, 'Commencer').click();
    await page.locator('#renonce-oui').check();
    const border = (id) => page.locator(`label[for="${id}"]`).evaluate((label) => getComputedStyle(label).borderTopWidth);
    assert.equal(await border('renonce-oui'), '3px');
    assert.equal(await border('renonce-non'), '1px');
    await page.keyboard.press('Tab');
    const outline = await page.evaluate(() => {
      const { activeElement: active } = document;
      return getComputedStyle(active.matches('.choice input') ? active.labels[0] : active).outlineStyle;
    });
    assert.equal(outline, 'solid', 'the focus is seen');
    assert.notEqual(await button(page, 'Suivant').evaluate((one) => getComputedStyle(one).borderTopWidth), '0px');
    const moving = await page.evaluate(() => Array.from(document.querySelectorAll('*')).filter((element) => {
      const { animationName, transitionDuration } = getComputedStyle(element);
      return animationName !== 'none' || transitionDuration !== '0s';
    }).length);
    assert.equal(moving, 0);
  });
});

test('lu à haute voix, chaque page dit d’abord ce qui compte', async () => {
  const spoken = async (page) => (await page.locator('main').ariaSnapshot()).split('\n').map((line) => line.trim().replace(/^- '?/, '').replace(/\u00a0/g, ' '));
  const inOrder = (lines, expected) => {
    let from = -1;
    for (const start of expected) {
      const found = lines.findIndex((line, index) => index > from && line.startsWith(start));
      assert.ok(found > from, `« ${start} » comes after « ${lines[from]} » in:\n${lines.join('\n')}`);
      from = found;
    }
  };
  await open({}, async (page) => {
    await page.goto(program.address('codes', 'fr'));
    await button(page, 'Commencer').waitFor();
    inOrder(await spoken(page), [
      'heading "Une enquête par invitation" [level=1]', 'link "Lire en français facile (FALC)"', 'list', 'paragraph: "Mots de contrôle',
      'link "Comment votre anonymat est protégé"', 'button "Commencer"', 'group',
    ]);
    await button(page, 'Commencer').click();
    await button(page, 'Suivant').click();
    await page.locator('#erreurs').waitFor();
    inOrder(await spoken(page), [
      'alert "Une réponse est à corriger"', 'link "Renoncement aux soins"', 'paragraph: Étape 1 sur 5', 'progressbar "Étape 1 sur 5"',
      'heading "Vos soins"', 'group "Avez-vous renoncé', 'radio "Oui"',
      'button "Précédent"', 'button "Suivant"',
    ]);
    await page.locator('#renonce-oui').check();
    await page.locator('#motifs-autre').check();
    inOrder(await spoken(page), ['group "Pour quelles raisons', 'textbox "Précisez, si vous le souhaitez : Raisons du renoncement – Autre raison"']);
    await button(page, 'Suivant').click();
    // What is said of a question goes with what was wrong, and is not found again below another step.
    const said = page.locator('main > [role=status]');
    await page.locator('#priorites-1').selectOption('sport');
    await page.locator('#priorites-2').selectOption('sport');
    assert.match(await said.textContent(), /deux fois la même réponse/);
    await page.locator('#priorites-2').selectOption('bus');
    assert.equal(await said.textContent(), '');
    await page.locator('#priorites-2').selectOption('sport');
    await page.goBack();
    assert.equal(await said.textContent(), '');
  });
});

// --- The keyboard alone ---

/** Presses Tab until what has the focus matches; everything on the way must show that it has the focus, and be seen. */
async function tabTo(page, selector, key = 'Tab') {
  for (let presses = 0; presses < 200; presses += 1) {
    const [reached, unseen] = await page.evaluate((wanted) => {
      const { activeElement: active } = document;
      if (active === document.body) return [false, null];
      const shown = active.matches('.choice input') ? active.labels[0] : active;
      const { outlineStyle, outlineWidth } = getComputedStyle(shown);
      const { top, bottom } = shown.getBoundingClientRect();
      const isMarked = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
      const isIn = bottom > 0 && top < innerHeight;
      const isText = active.matches('main, h1, h2, [role=status], .error-summary');
      return [active.matches(wanted), (isMarked || isText) && isIn ? null : active.outerHTML.slice(0, 200)];
    }, selector);
    assert.equal(unseen, null, 'the focus is seen');
    if (reached) return;
    await page.keyboard.press(key);
  }
  assert.fail(`the keyboard does not reach ${selector}`);
}

async function press(page, selector, key = 'Enter') {
  await tabTo(page, selector);
  await page.keyboard.press(key);
}

async function write(page, selector, text) {
  await tabTo(page, selector);
  await page.keyboard.type(text);
}

/** The first choice of a group takes the focus; the arrow keys choose. */
async function choose(page, group, arrows) {
  await tabTo(page, `#q-${group} input`);
  if (arrows === 0) await page.keyboard.press('Space');
  for (let pressed = 0; pressed < arrows; pressed += 1) await page.keyboard.press('ArrowDown');
}

const NEXT = 'section:not([hidden]) button[type=submit]';

test('au clavier seul, de l’accueil à merci, une erreur corrigée en chemin', async () => {
  await open({ viewport: { width: 320, height: 640 } }, async (page) => {
    await page.goto(program.address('codes', 'fr'));
    await button(page, 'Commencer').waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip-link', 'the first Tab');
    await press(page, '#accueil .button');
    await press(page, NEXT);
    await press(page, '#erreurs a');
    assert.ok(await page.evaluate(() => document.activeElement.matches('#q-renonce input')));
    await choose(page, 'renonce', 1);
    assert.ok(await page.locator('#renonce-non').isChecked());
    await press(page, NEXT);
    await tabTo(page, '#priorites-1');
    await page.keyboard.press('ArrowDown');
    await choose(page, 'moral', 3);
    await press(page, NEXT);
    await write(page, '#foyer', '2');
    await page.keyboard.press('Enter');
    await write(page, '#code', program.codes.shift());
    await page.keyboard.press('Enter');
    await page.locator('#page-verifier:visible').waitFor();
    await press(page, '#page-verifier .button');
    await page.waitForURL('**/merci');
  });
});

test('au clavier seul et sans JavaScript, de l’accueil à merci', async () => {
  await open({ javaScriptEnabled: false, viewport: ENLARGED }, async (page) => {
    const send = 'form > .actions button';
    await page.goto(program.address('codes', 'fr-FALC'));
    await press(page, send);
    await page.locator('#erreurs').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'erreurs', 'the summary has the focus');
    await choose(page, 'renonce', 0);
    await write(page, '#code', program.codes.shift());
    await press(page, send);
    await page.getByRole('heading', { name: 'Vérifiez vos réponses' }).waitFor();
    await press(page, send);
    await page.waitForURL('**/merci?lang=fr-FALC');
  });
});

// --- HTML ---

test('le HTML de chaque page, tel qu’il est servi et tel que le script le change, est juste', async () => {
  const served = [
    '/', '/?lang=fr-FALC', '/s/codes', '/s/codes?lang=fr-FALC', '/s/ouverte', '/s/codes/confiance', '/s/codes/merci', '/s/close',
    '/s/bientot', '/s/nulle-part', '/nulle-part', '/r/nulle-part', '/s/codes/confiance?lang=fr-FALC', '/s/close?lang=fr-FALC',
  ].map((path) => program.origin + path).concat(program.demoAddress(), program.results(), program.results('/methode'), program.results('/embed/renonce_12m'),
    program.compared('/evolution'), program.compared('/methode'), program.compared('/embed/sante_generale-evolution'));
  for (const [number, address] of served.entries()) {
    const name = `servie-${number}.html`;
    writeFileSync(join(html, name), await (await fetch(address)).text());
    saved.set(name, address);
  }
  assert.ok(saved.size > 90, 'every state was saved by the tests before');
  const run = promisify(execFile)('java', ['-Xss4m', '-jar', VNU, '--format', 'json', '--exit-zero-always', html], { maxBuffer: 1 << 26 });
  const { messages } = JSON.parse((await run).stderr);
  const errors = messages.filter(({ type }) => type !== 'info')
    .map(({ url, lastLine, message, extract }) => `${saved.get(basename(url))}, line ${lastLine}: ${message} ${extract}`);
  assert.equal(errors.length, 0, errors.join('\n'));
});
