/**
 * @file What the stories share: the program, a browser of one's own, and the way to the review of a small survey.
 *
 * It must not judge what it sees; the stories do.
 */

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';
import { Program, button } from './access-walks.mjs';

const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';
const STEP_TIMEOUT_MS = 30_000;

/**
 * The program and Chromium for the stories of a file: `browser` is there from the first on, and both end with the last.
 * @param {{ keepsPages?: boolean, withSurveys?: Function }} [options] `keepsPages` lets a page stay alive behind the Back
 *   button, as in everybody's browser; `withSurveys` adds surveys to the program's
 */
export function stage({ keepsPages = false, ...surveys } = {}) {
  const theatre = { program: new Program(), browser: null };
  before(async () => {
    await theatre.program.start(surveys);
    theatre.browser = await chromium.launch({
      executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'],
      ignoreDefaultArgs: keepsPages ? ['--disable-back-forward-cache'] : [],
    });
  });
  after(async () => {
    if (theatre.browser) await theatre.browser.close();
    theatre.program.stop();
  });
  return theatre;
}

/** Runs a story in a browser of its own, with the replies that it gets; no script may fail without a word. */
export async function openIn(browser, options, scenario) {
  const context = await browser.newContext({ locale: 'fr-FR', ...options });
  context.setDefaultTimeout(STEP_TIMEOUT_MS);
  const replies = [];
  const complaints = [];
  context.on('response', (reply) => replies.push([reply.status(), reply.request().method(), new URL(reply.url()).pathname]));
  context.on('weberror', (error) => complaints.push(error.error().stack));
  try {
    await scenario(await context.newPage(), context, replies);
    assert.deepEqual(complaints, [], 'no script fails without a word');
  } finally {
    await context.close();
  }
}

export const review = (page) => page.getByRole('heading', { name: 'Vérifiez vos réponses' });
export const send = (page) => button(page, 'Envoyer mes réponses');

/** From the welcome to the review of the small survey, with a code when it asks for one. */
export async function walkToReview(page, program, survey, code) {
  await page.goto(program.address(survey, 'fr'));
  await button(page, 'Commencer').click();
  await page.locator('#renonce-oui').check();
  while (!(await review(page).isVisible())) {
    if (code && (await page.locator('#code').isVisible())) await page.locator('#code').fill(code);
    await button(page, 'Suivant').click();
  }
  await send(page).waitFor();
}

/** How many responses the server said that it has written. */
export const recorded = (replies) => replies.filter(([status, , path]) => status === 201 && path.endsWith('/responses')).length;
