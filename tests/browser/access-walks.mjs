/**
 * @file The program with surveys in every state, and walks through all that it shows. A walk brings a page of a browser from
 * one state to the next and calls `at` in each, with the state's name: whoever calls decides what is looked at there.
 *
 * It must not judge what it sees; access.spec.mjs does.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program finds the questionnaires from the root of the repository. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BIN = resolve(process.env.ISOLOIR_BIN || join(ROOT, 'target/debug/isoloir'));
const READY = /Isoloir écoute sur (http:\/\/127\.0\.0\.1:\d+)/;
const DEMO = 'mauges-2026';
/** Quiet after which a shared device warns, the shortest that can be asked for. */
const QUIET_SECONDS = 5;

/** A server that listens, or whatever it said instead. */
function start(args, options = {}) {
  const server = spawn(BIN, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  const origin = new Promise((found, fail) => {
    const read = (text) => {
      output += text;
      if (READY.test(output)) found(READY.exec(output)[1]);
    };
    for (const stream of [server.stdout, server.stderr]) stream.setEncoding('utf8').on('data', read);
    server.once('error', fail);
    server.once('exit', (code) => fail(new Error(`the program ended with ${code}: ${output}`)));
  });
  return { server, origin };
}

/** Codes of a file that the program wrote. */
function readCodes(file) {
  return readFileSync(file, 'utf8').trim().split(/\r?\n/).slice(1).map((line) => line.split(',')[0]);
}

const BEFORE = 'sante-2022';
const NOW = 'sante-2026';
/** Which of the two was earlier is told by their last days. */
const LAST_DAYS = { [BEFORE]: 'closes: 2090-01-30', [NOW]: 'closes: 2090-01-31' };
const PEOPLE = 1500;
/** Of each choice, as many inhabitants: of no real place. */
const MARGINS = {
  commune: ['49301', '49023', '49092', '49244', '49126', '49218'].map((code) => [code, 8000]),
  age: [['16-17', 2000], ['18-24', 5000], ['25-34', 7000], ['35-44', 8000], ['45-54', 8000], ['55-64', 7000], ['65-74', 6000], ['75+', 5000]],
  sexe: [['femme', 24_500], ['homme', 23_500]],
};

/** Two surveys of one territory, four years apart; the results of the second are weighted, and compared with the first. */
function compare(folder, surveys, run) {
  copyFileSync(join(ROOT, 'surveys/simulation.tsv'), join(surveys, 'simulation.tsv'));
  const mauges = readFileSync(join(ROOT, 'surveys/mauges-2026.yaml'), 'utf8');
  const margins = join(folder, 'marges.csv');
  const lines = Object.entries(MARGINS).flatMap(([variable, all]) => all.map(([code, people]) => `${variable},${code},${people}`));
  writeFileSync(margins, `variable,category,population\n${lines.join('\n')}\n`);
  for (const survey of [BEFORE, NOW]) {
    const title = `La santé, enquête ${survey}`;
    writeFileSync(join(surveys, `${survey}.yaml`), mauges.replace(/^id: .*$/m, `id: ${survey}`)
      .replace(/^title: .*$/m, `title: {fr: "${title}", fr-FALC: "${title}"}`)
      .replace(/^closes: .*$/m, LAST_DAYS[survey]));
    run('survey', 'open', survey);
    const file = join(folder, `${survey}.csv`);
    run('simulate', survey, '--responses', String(PEOPLE), '--seed', survey.slice(-1), '--csv', file);
    if (survey === BEFORE) writeFileSync(file, readFileSync(file, 'utf8').replace(/^tres_bon,|^bon,/gm, 'mauvais,'));
    run('responses', 'import', survey, '--channel', 'papier', file);
    run('survey', 'close', survey);
  }
  run('edition', 'create', BEFORE, '--label', '2022', '--unweighted');
  run('edition', 'create', NOW, '--label', '2026', '--margins', margins, '--margins-source', 'Insee, recensement 2022');
  run('edition', 'publish', NOW, '2026', '--compare', `${BEFORE}/2022`);
}

/** The demonstration with its results, and a server of small surveys: open, by invitation, closed, yet to come. */
export class Program {
  /** @param {{ withSurveys?: (folder: string, run: Function) => void }} [more] adds surveys of its own */
  async start({ withSurveys = () => {} } = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'isoloir-access-'));
    const surveys = join(this.folder, 'surveys');
    mkdirSync(surveys);
    copyFileSync(join(ROOT, 'surveys/territories.tsv'), join(surveys, 'territories.tsv'));
    copyFileSync(join(ROOT, 'src/survey/fixtures/logo.svg'), join(surveys, 'logo.svg'));
    const types = readFileSync(join(ROOT, 'src/survey/fixtures/types.yaml'), 'utf8');
    const logo = 'logo: {file: logo.svg, alt: {fr: "Ville de Trois-Collines", fr-FALC: "Ville de Trois-Collines"}}\n';
    const write = (id, title, change = (text) => text) => {
      const named = types.replace(/^id: .*$/m, `id: ${id}`).replace(/^title: .*$/m, `title: {fr: "${title}", fr-FALC: "${title}"}`);
      writeFileSync(join(surveys, `${id}.yaml`), change(named));
    };
    write('ouverte', 'Une enquête ouverte à tous', (text) => logo + text);
    write('codes', 'Une enquête par invitation', (text) => text.replace('access: open', 'access: invitation'));
    write('close', 'Une enquête close');
    write('bientot', 'Une enquête à venir', (text) => `opens: 2090-01-01\n${text}`);
    const run = (...args) => execFileSync(BIN, [...args, '--data', join(this.folder, 'data'), '--surveys', surveys], { cwd: ROOT, stdio: 'pipe' });
    for (const survey of ['ouverte', 'codes', 'close', 'bientot']) run('survey', 'open', survey);
    run('survey', 'close', 'close');
    compare(this.folder, surveys, run);
    withSurveys(surveys, run);
    const codes = join(this.folder, 'codes.csv');
    run('invite', 'codes', '--count', '30', '--csv', codes);
    const demoCodes = join(this.folder, 'demo.csv');
    this.servers = [
      start(['serve', '--listen', '127.0.0.1:0', '--data', join(this.folder, 'data')]),
      start(['demo', '--listen', '127.0.0.1:0', '--data', join(this.folder, 'demo'), '--codes', demoCodes]),
    ];
    [this.origin, this.demo] = await Promise.all(this.servers.map((one) => one.origin));
    this.codes = readCodes(codes);
    this.demoCodes = readCodes(demoCodes);
  }

  /** The server of the small surveys falls and comes back at the same address. */
  async restart() {
    const [{ server }] = this.servers;
    const gone = new Promise((done) => { server.once('exit', done); });
    server.kill('SIGKILL');
    await gone;
    this.servers[0] = start(['serve', '--listen', new URL(this.origin).host, '--data', join(this.folder, 'data')]);
    await this.servers[0].origin;
  }

  stop() {
    for (const { server } of this.servers || []) if (server.exitCode === null) server.kill('SIGKILL');
    if (this.folder) rmSync(this.folder, { recursive: true, force: true });
  }

  /** A page of a small survey in a language. */
  address(survey, lang, below = '') {
    return `${this.origin}/s/${survey}${below}${lang === 'fr' ? '' : `?lang=${lang}`}`;
  }

  /** A page of the demonstration's survey. */
  demoAddress(below = '') {
    return `${this.demo}/s/${DEMO}${below}`;
  }

  results(below = '') {
    return `${this.demo}/r/${DEMO}${below}`;
  }

  /** A page of results that are compared with those of an earlier survey. */
  compared(below = '') {
    return `${this.origin}/r/${NOW}${below}`;
  }
}

export const button = (page, name) => page.getByRole('button', { name, exact: true }).first();
const next = (page) => button(page, 'Suivant').click();
const send = (page) => button(page, 'Envoyer mes réponses').click();

/** Answers of the first page, with everything that they open. */
async function fillCare(page) {
  await page.locator('#renonce-oui').check();
  await page.locator('#motifs-autre').check();
  await page.locator('#motifs_autre').fill('Le bus ne passe plus le soir');
  await page.locator('#satisfaction_transports-non').check();
  await page.locator('#satisfaction_medecins-nsp').check();
  await page.locator('#bus_horaires').fill('18 h');
}

async function fillPriorities(page) {
  await page.locator('#priorites-1').selectOption('sport');
  await page.locator('#priorites-2').selectOption('bus');
  await page.locator('#moral-7').check();
  await page.locator('#remarque').fill('Merci à tous');
}

/** The stepper, from the welcome to merci: each step empty, in error and filled in, the review, and what sending says. */
export async function stepper(page, program, lang, at) {
  await page.goto(program.address('codes', lang));
  await button(page, 'Commencer').waitFor();
  await at('accueil');
  await page.locator('details summary').click();
  await at('accueil, déplié');
  await button(page, 'Commencer').click();
  await at('étape 1, vide', { focus: 'titre-soins' });
  await next(page);
  await at('étape 1, en erreur', { focus: 'erreurs' });
  await fillCare(page);
  await at('étape 1, remplie');
  await page.locator('#motifs-cout').check();
  await page.locator('#motifs-delai').check();
  await next(page);
  await at('étape 1, trop de choix', { focus: 'erreurs' });
  await page.locator('#motifs-cout').uncheck();
  await next(page);
  await at('étape 2, vide', { focus: 'titre-priorites' });
  await page.locator('#priorites-1').selectOption('sport');
  await page.locator('#priorites-2').selectOption('sport');
  await next(page);
  await at('étape 2, en erreur', { focus: 'erreurs' });
  await fillPriorities(page);
  await at('étape 2, remplie');
  await next(page);
  await at('étape 3, vide', { focus: 'titre-a-propos' });
  await page.locator('#foyer').fill('quatre-vingts');
  await next(page);
  await at('étape 3, en erreur', { focus: 'erreurs' });
  await page.locator('#foyer').fill('3');
  await page.locator('#commune-49023').check();
  await at('étape 3, remplie');
  await next(page);
  await at('étape du code, vide', { focus: 'titre-code' });
  await next(page);
  await at('étape du code, en erreur', { focus: 'erreurs' });
  await page.locator('#code').fill(program.codes.shift());
  await at('étape du code, remplie');
  await next(page);
  await button(page, 'Envoyer mes réponses').waitFor();
  await at('vérification', { focus: 'titre-verifier' });
  await page.locator('.review__row').first().getByRole('button').click();
  await at('étape 1, à changer');
  await page.goBack();
  await sending(page, lang, program, at);
}

/** The line is slow, falls, comes back. */
async function sending(page, lang, program, at) {
  let letGo;
  const held = new Promise((done) => { letGo = done; });
  const hold = async (route) => {
    await held;
    await route.abort('internetdisconnected');
  };
  await page.route('**/token-request', hold);
  await send(page);
  await page.getByRole('status').filter({ hasText: /\S/ }).first().waitFor();
  await at('envoi en cours');
  letGo();
  await button(page, 'Réessayer maintenant').waitFor();
  await at('envoi, sans connexion');
  await page.unroute('**/token-request', hold);
  // On a slow machine it has begun again by itself.
  const again = button(page, 'Réessayer maintenant').click().catch(() => {});
  await page.waitForURL(program.address('codes', lang, '/merci'));
  await again;
  await at('merci');
}

/** The long page as the server makes it: empty, in error, reviewed, filled in, and refused for a code that was used. */
export async function longPage(page, program, lang, at) {
  await withoutScript(page);
  await page.goto(program.address('codes', lang));
  await at('page longue, vide');
  await button(page, 'Vérifier mes réponses').click();
  await page.locator('#erreurs').waitFor();
  await at('page longue, en erreur', { focus: 'erreurs' });
  const code = program.codes.shift();
  const fill = async () => {
    await fillCare(page);
    await fillPriorities(page);
    await page.locator('#code').fill(code);
    await button(page, 'Vérifier mes réponses').click();
    await page.getByRole('heading', { name: 'Vérifiez vos réponses' }).waitFor();
  };
  await fill();
  await at('vérification par le serveur');
  await page.locator('.review__row').first().getByRole('button').click();
  await at('page longue, remplie');
  await button(page, 'Vérifier mes réponses').click();
  await send(page);
  await page.waitForURL(program.address('codes', lang, '/merci'));
  await page.goto(program.address('codes', lang));
  await fill();
  await send(page);
  await page.locator('#erreurs').waitFor();
  await at('code refusé', { focus: 'erreurs' });
}

/** A page that the script would change stays what the server made of it, with what only browsers without a script show. */
async function withoutScript(page) {
  await page.route('**/js/welcome.js', (route) => route.fulfill({ contentType: 'text/javascript', body: '' }));
  await page.route('**/s/*', async (route) => {
    const reply = await route.fetch();
    const body = (await reply.text()).replace(/<(\/?)noscript>/g, '<$1div>');
    await route.fulfill({ response: reply, body });
  });
}

/** A shared device: the countdown over a question, and on the thank-you page; then what it shows when no script comes. */
export async function sharedDevice(page, program, lang, at) {
  const query = `${lang === 'fr' ? '?' : `?lang=${lang}&`}borne=${QUIET_SECONDS}`;
  const warning = page.getByRole('alertdialog');
  await page.goto(`${program.origin}/s/ouverte${query}`);
  await button(page, 'Commencer').waitFor();
  await at('borne, accueil');
  await button(page, 'Commencer').click();
  await warning.waitFor({ timeout: 2_000 * QUIET_SECONDS });
  await at('borne, compte à rebours', { countsDown: true });
  await page.goto(`${program.origin}/s/ouverte/merci${query}`);
  await warning.waitFor({ timeout: 2_000 * QUIET_SECONDS });
  await at('borne, merci', { countsDown: true });
  await page.route('**/js/*.js', (route) => route.fulfill({ contentType: 'text/javascript', body: '' }));
  await page.goto(`${program.origin}/s/ouverte${query}`);
  await at('borne sans script, page longue');
  await fillCare(page);
  await button(page, 'Vérifier mes réponses').click();
  await button(page, 'Envoyer mes réponses').waitFor();
  await at('borne sans script, vérification par le serveur');
  await send(page);
  await page.waitForURL('**/merci?*');
  await at('borne sans script, merci');
}

const unfold = (page) => page.locator('details').evaluateAll((all) => { for (const one of all) one.open = true; });

/** Every page that is only read, with everything unfolded. */
export async function reading(page, program, at) {
  const ours = (path) => program.origin + path;
  const pages = {
    'accueil du site': ours('/'), 'accueil de la démonstration': program.demo, confiance: ours('/s/codes/confiance'),
    'confiance, avec logo': ours('/s/ouverte/confiance'), 'enquête close': ours('/s/close'),
    'enquête à venir': ours('/s/bientot'), 'enquête inconnue': ours('/s/nulle-part'), 'page inconnue': ours('/nulle-part'),
    'résultats inconnus': ours('/r/nulle-part'), 'enquête ouverte, avec logo': ours('/s/ouverte'),
    'résultats qui n’existent pas': program.results('/nulle-part'),
  };
  for (const [name, address] of Object.entries(pages)) {
    await page.goto(address);
    await unfold(page);
    await at(name);
  }
  await results(page, program, at);
  await page.goto(`${program.demoAddress()}#k=${'A'.repeat(43)}&c=${program.demoCodes[0]}`);
  await button(page, 'Commencer').click();
  await page.locator('#erreurs').waitFor();
  await at('clé qui n’est pas la bonne', { focus: 'erreurs' });
}

/** The published results: overview, method, each axis with everything unfolded, and each form of chart in its frame. */
export async function results(page, program, at) {
  const unfolded = async (address, name) => {
    await page.goto(address);
    await unfold(page);
    await at(name);
  };
  await unfolded(program.results(), 'résultats');
  const axes = await page.locator('.card h3 a').evaluateAll((links) => links.map((link) => link.href));
  assert.ok(axes.length > 2, 'an axis has a page');
  await unfolded(program.results('/methode'), 'méthode');
  const frames = new Set();
  for (const [number, axis] of axes.entries()) {
    await unfolded(axis, `axe ${number + 1}`);
    const links = await page.locator('a[href*="/embed/"]').evaluateAll((all) => all.map((link) => link.href));
    for (const kind of [/\/embed\/[^-]+$/, /-par-/]) frames.add(links.find((link) => kind.test(link)));
  }
  frames.delete(undefined);
  assert.ok(frames.size >= axes.length, 'an axis has a chart to embed');
  for (const [number, frame] of [...frames].entries()) {
    await page.goto(frame);
    await at(`graphique ${number + 1}`);
  }
  await unfolded(program.compared(), 'résultats comparés');
  assert.ok(await page.locator('#profil .drawn-wide svg').isVisible(), 'who answered is drawn');
  await unfolded(program.compared('/methode'), 'méthode comparée');
  await unfolded(program.compared('/evolution'), 'ce qui a changé');
  assert.ok(await page.locator('section#e-sante_generale').isVisible(), 'a clear change stands above those that may be chance');
  for (const name of ['profil-age-sexe', 'sante_generale-evolution']) {
    await page.goto(program.compared(`/embed/${name}`));
    await at(`graphique ${name}`);
  }
}

/** The same in easy French, wherever somebody who reads it is led. */
export async function easyReading(page, program, at) {
  const easy = (path) => `${program.origin}${path}?lang=fr-FALC`;
  const pages = {
    'accueil du site': easy('/'), confiance: easy('/s/codes/confiance'), 'confiance sans code': easy('/s/ouverte/confiance'),
    'enquête close': easy('/s/close'), 'enquête à venir': easy('/s/bientot'), 'enquête inconnue': easy('/s/nulle-part'),
    'page inconnue': easy('/nulle-part'),
  };
  for (const [name, address] of Object.entries(pages)) {
    await page.goto(address);
    assert.equal(await page.locator('html').getAttribute('lang'), 'fr-simple', name);
    await unfold(page);
    await at(name);
  }
  await page.goto(`${program.demoAddress()}?lang=fr-FALC#k=${'A'.repeat(43)}&c=${program.demoCodes[0]}`);
  await button(page, 'Commencer').click();
  await page.locator('#erreurs').waitFor();
  await at('clé qui n’est pas la bonne', { focus: 'erreurs' });
}

/** The real survey, step by step as it is first seen. */
export async function realSurvey(page, program, at) {
  await page.goto(program.demoAddress());
  await button(page, 'Commencer').waitFor();
  await at('Mauges, accueil');
  await button(page, 'Commencer').click();
  // The steps are fetched at the first click.
  await button(page, 'Suivant').waitFor();
  for (let step = 1; !(await page.locator('#code').isVisible()); step += 1) {
    assert.ok(step < 40, 'the code comes after a number of steps');
    await at(`Mauges, étape ${step}`);
    for (const box of await page.locator('.question:has(.expected):visible').all()) await box.locator('input').first().check();
    await next(page);
  }
}
