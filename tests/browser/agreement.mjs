/**
 * @file Runs the browser's rules over cases that the server has decided, and says on which it disagrees. The cases come on
 * the standard input, from src/booth/agreement_tests.rs: the page's data for a questionnaire, what was filled in, and what
 * the server makes of it.
 */

import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { shownQuestions } from '../../assets/js/routing.js';

const cases = JSON.parse(readFileSync(0, 'utf8'));
const different = cases.flatMap(({ questions, submitted, expected }) => {
  const { shown, answers, errors } = shownQuestions(questions, submitted);
  const got = { shown: [...shown], answers, errors };
  return isDeepStrictEqual(got, expected) ? [] : [{ questions, submitted, expected, got }];
});
if (different.length === 0) process.stdout.write(`${cases.length} cases agree\n`);
else process.stdout.write(`${different.length} differ; the first: ${JSON.stringify(different[0], null, 1)}\n`);
