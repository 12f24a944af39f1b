/**
 * @file The rules of a questionnaire: which questions are shown, and what is wrong with an answer. They are those of
 * `src/survey/routing.rs` and `src/survey/answers.rs`, which check everything again; both sides run the same table of
 * cases, `tests/vectors/routing.json`.
 *
 * It turns values into a decision. It must not know the page, its storage or the network.
 *
 * An answer here is what the server writes as JSON: a number for a whole number, a text for one choice, a point on a
 * scale or a free text, and a list of texts for several choices, ranked ones in
 * the order of preference.
 */

const I64_MAX = 9223372036854775807n;
const I64_MIN = -I64_MAX - 1n;

/** What JavaScript calls white space is not quite what Unicode does, and the server follows Unicode. */
const SURROUNDING_SPACE = /^\p{White_Space}+|\p{White_Space}+$/gu;

/** Half of a character that takes two, as a field that is full may leave it: no text either, and no JSON that a server reads. */
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** Control characters are no text, except the line feed and the tab. */
const CONTROL = /(?![\n\t])\p{Cc}/gu;

/**
 * @typedef {number|string|string[]} Answer
 *
 * @typedef {object} Question one entry of the page's data, as src/booth/script_data.rs writes it
 * @property {string} id
 * @property {'single'|'multiple'|'rank_top'|'scale'|'integer'|'text_long'|'note'} type
 * @property {object} [showIf] the condition under which it is asked; without one it always is
 * @property {boolean} [required]
 * @property {number} [max] how many choices at most, or the largest number
 * @property {number} [min]
 * @property {number} [maxChars]
 * @property {boolean} [oneLine] whether line ends are no part of a text
 * @property {Object<string, string>} [exclusive] the message for each choice that stands alone
 * @property {Object<string, string>} [errors] the message for each rule that can be broken
 */

/**
 * Whether a condition holds for the answers given so far, of which hidden ones are already absent.
 * @param {object} condition as the server serialises it
 * @param {Map<string, Answer>|Object<string, Answer>} answers
 * @returns {boolean}
 */
export function holds(condition, answers) {
  const answer = answers instanceof Map ? answers.get(condition.q) : own(answers, condition.q);
  if ('is' in condition) return hasCode(answer, condition.is);
  if ('in' in condition) return condition.in.some((code) => hasCode(answer, code));
  if ('answered' in condition) return (answer !== undefined) === condition.answered;
  if ('gte' in condition) return atLeast(answer, condition.gte);
  if ('all' in condition) return condition.all.every((part) => holds(part, answers));
  if ('any' in condition) return condition.any.some((part) => holds(part, answers));
  if ('not' in condition) return !holds(condition.not, answers);
  // A rule that this file does not know must not hide a question without a word.
  throw new TypeError('unknown condition');
}

/**
 * Walks the questionnaire in order and keeps what the server would keep. An answer to a hidden question, or one that
 * breaks a rule, counts as absent for the conditions that follow.
 * @param {Question[]} questions
 * @param {Object<string, string[]>} submitted the values of each question as they stand in the form
 * @returns {{ shown: Set<string>, answers: Object<string, Answer>, errors: { id: string, message: string }[] }}
 */
export function shownQuestions(questions, submitted) {
  const shown = new Set();
  const answers = new Map();
  const errors = [];
  for (const question of questions) {
    if (question.showIf && !holds(question.showIf, answers)) continue;
    shown.add(question.id);
    if (question.type === 'note') continue;
    const { answer, error } = read(question, own(submitted, question.id) || []);
    if (error !== undefined) errors.push({ id: question.id, message: error });
    if (answer !== undefined) answers.set(question.id, answer);
  }
  return { shown, answers: Object.fromEntries(answers), errors };
}

/**
 * Checks one question that is shown.
 * @param {Question} question
 * @param {string[]} values as they stand in the form
 * @returns {string|null} what is wrong, in French
 */
export function check(question, values) {
  const { error } = read(question, values);
  return error === undefined ? null : error;
}

/** The answer that the values make, or the rule that they break, or neither when the question is skipped. */
function read(question, values) {
  const given = values.map((value) => value.replace(SURROUNDING_SPACE, '')).filter((value) => value !== '');
  const { errors = {} } = question;
  if (given.length === 0) return question.required ? { error: errors.required } : {};
  if (question.type === 'multiple') return several(question, [...new Set(given)]);
  if (question.type === 'rank_top') {
    return new Set(given).size < given.length ? { error: errors.twice } : several(question, given);
  }
  const [value] = given;
  switch (question.type) {
    case 'integer': {
      const number = wholeNumber(value);
      if (number === null) return { error: errors.notANumber };
      const fits = number >= BigInt(question.min) && number <= BigInt(question.max);
      return fits ? { answer: Number(number) } : { error: errors.outOfRange };
    }
    case 'text_long': {
      const lines = value.replace(/\r\n/g, '\n').replace(/\n/g, question.oneLine ? ' ' : '\n');
      const text = lines.replace(LONE_SURROGATE, '\ufffd').replace(CONTROL, '').replace(SURROUNDING_SPACE, '');
      if (text === '') return {};
      return [...text].length <= question.maxChars ? { answer: text } : { error: errors.tooLong };
    }
    case 'note':
      return {};
    default:
      return { answer: value };
  }
}

function several(question, codes) {
  const alone = codes.length > 1 && codes.find((code) => own(question.exclusive || {}, code) !== undefined);
  if (alone) return { error: question.exclusive[alone] };
  if (question.max && codes.length > question.max) return { error: question.errors.tooMany };
  return { answer: codes };
}

function hasCode(answer, code) {
  return Array.isArray(answer) ? answer.includes(code) : answer === code;
}

function atLeast(answer, least) {
  if (typeof answer === 'number') return answer >= least;
  const number = typeof answer === 'string' ? wholeNumber(answer) : null;
  return number !== null && number >= BigInt(least);
}

/** A whole number of at most 64 bits, as the server reads one: `12`, `-3`, `+4`, and neither `1.0` nor `1e3`. */
function wholeNumber(text) {
  if (!/^[+-]?[0-9]+$/.test(text)) return null;
  const number = BigInt(text.replace(/^\+/, ''));
  return number >= I64_MIN && number <= I64_MAX ? number : null;
}

/** A name such as `constructor` is no answer just because every object has one. */
function own(object, name) {
  return Object.prototype.hasOwnProperty.call(object, name) ? object[name] : undefined;
}
