/**
 * @file The browser's rules against the table of cases that the server reads too, and against the server's own tests of
 * answers. Run: node --test tests/browser/routing.test.mjs (Node 18 or later).
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { check, holds, shownQuestions } from '../../assets/js/routing.js';

const { cases } = JSON.parse(readFileSync(new URL('../vectors/routing.json', import.meta.url), 'utf8'));

for (const { name, condition, answers, holds: expected } of cases) {
  test(`routing: ${name}`, () => {
    assert.equal(holds(condition, answers), expected);
    assert.equal(holds(condition, new Map(Object.entries(answers))), expected, 'the same for a Map');
  });
}

test('a condition of a kind that is not known throws rather than hides', () => {
  assert.throws(() => holds({ q: 'a', lte: 3 }, { a: 2 }), TypeError);
});

/** The questionnaire of src/survey/fixtures/essai.yaml as the page's data has it. */
const QUESTIONS = [
  { id: 'renonce', type: 'single', required: true, errors: { required: 'attendue' } },
  {
    id: 'motifs', type: 'multiple', required: true, max: 2, showIf: { q: 'renonce', is: 'oui' },
    exclusive: { aucun: 'seul' }, errors: { required: 'attendue', tooMany: 'trop' },
  },
  { id: 'remarque', type: 'note', showIf: { q: 'renonce', is: 'oui' } },
  { id: 'moral', type: 'scale' },
  { id: 'foyer', type: 'integer', min: 1, max: 20, errors: { notANumber: 'nombre', outOfRange: 'bornes' } },
  { id: 'avis', type: 'text_long', maxChars: 20, errors: { tooLong: 'long' } },
  { id: 'suite', type: 'single', showIf: { q: 'foyer', gte: 3 } },
  {
    id: 'priorites', type: 'rank_top', max: 2, exclusive: { nsp: 'seul' }, errors: { tooMany: 'trop', twice: 'deux fois' },
  },
  { id: 'precision', type: 'text_long', oneLine: true, maxChars: 5, errors: { tooLong: 'long' } },
  { id: 'fin', type: 'single', showIf: { q: 'motifs', is: 'cout' } },
];
const question = (id) => QUESTIONS.find((candidate) => candidate.id === id);

test('an answer hidden by the routing is dropped, and so is what depends on it', () => {
  const submitted = { renonce: ['non'], motifs: ['cout'], fin: ['oui'] };
  const { shown, answers, errors } = shownQuestions(QUESTIONS, submitted);
  assert.deepEqual([...shown], ['renonce', 'moral', 'foyer', 'avis', 'priorites', 'precision']);
  assert.deepEqual(answers, { renonce: 'non' });
  assert.deepEqual(errors, []);
});

test('a hidden required question is not required, a shown one is', () => {
  assert.deepEqual(shownQuestions(QUESTIONS, { renonce: ['non'] }).errors, []);
  const { errors, shown } = shownQuestions(QUESTIONS, { renonce: ['oui'] });
  assert.deepEqual(errors, [{ id: 'motifs', message: 'attendue' }]);
  assert.ok(shown.has('remarque'));
});

test('an answer that breaks a rule counts as absent for what follows', () => {
  const { shown, errors } = shownQuestions(QUESTIONS, { renonce: ['non'], foyer: ['99'] });
  assert.ok(!shown.has('suite'));
  assert.deepEqual(errors, [{ id: 'foyer', message: 'bornes' }]);
  assert.ok(shownQuestions(QUESTIONS, { renonce: ['non'], foyer: [' 3 '] }).shown.has('suite'));
});

test('answers have the types that the server stores', () => {
  const { answers } = shownQuestions(QUESTIONS, {
    renonce: ['oui'], motifs: ['cout', 'loin', 'cout'], moral: ['7'], foyer: [' +3 '], avis: [' a\r\nb \u0007 '],
    priorites: ['sport', '', 'bus'], precision: ['a\r\nb'],
  });
  const expected = { renonce: 'oui', motifs: ['cout', 'loin'], moral: '7', foyer: 3, avis: 'a\nb',
    priorites: ['sport', 'bus'], precision: 'a b' };
  assert.deepEqual(answers, expected);
});

test('each bad answer gets the message of the rule that it breaks', () => {
  for (const [id, values, expected] of [
    ['renonce', [], 'attendue'],
    ['renonce', ['  '], 'attendue'],
    ['renonce', ['oui'], null],
    ['motifs', ['cout', 'loin', 'delai'], 'trop'],
    ['motifs', ['cout', 'aucun'], 'seul'],
    ['motifs', ['aucun'], null],
    ['motifs', ['cout', 'cout', 'loin'], null],
    ['moral', [], null],
    ['foyer', [''], null],
    ['foyer', ['deux'], 'nombre'],
    ['foyer', ['2.5'], 'nombre'],
    ['foyer', ['2,5'], 'nombre'],
    ['foyer', ['1e1'], 'nombre'],
    ['foyer', ['0x10'], 'nombre'],
    ['foyer', ['99999999999999999999'], 'nombre'],
    ['foyer', ['0'], 'bornes'],
    ['foyer', ['21'], 'bornes'],
    ['foyer', ['\u00a020\u00a0'], null],
    ['avis', ['12345678901234567890'], null],
    ['avis', ['123456789012345678901'], 'long'],
    // The server counts characters, not the halves of a surrogate pair.
    ['avis', ['😀'.repeat(20)], null],
    ['avis', ['😀'.repeat(21)], 'long'],
    ['avis', ['1234567890\r\n234567890'], null],
    ['avis', ['\u0007'], null],
    ['priorites', ['bus', 'air'], null],
    ['priorites', ['', 'air'], null],
    ['priorites', ['air', 'air'], 'deux fois'],
    ['priorites', ['bus', 'air', 'sport'], 'trop'],
    ['priorites', ['bus', 'nsp'], 'seul'],
    ['precision', ['12345'], null],
    ['precision', ['12\n345'], 'long'],
  ]) {
    assert.equal(check(question(id), values), expected, `${id} ${JSON.stringify(values)}`);
  }
});

test('a question named like a property of every object has no answer of itself', () => {
  const dependent = { id: 'b', type: 'single', showIf: { q: 'constructor', answered: true } };
  const questions = [{ id: 'constructor', type: 'single' }, dependent];
  assert.deepEqual([...shownQuestions(questions, {}).shown], ['constructor']);
});
