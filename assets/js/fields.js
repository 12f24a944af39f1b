/**
 * @file The questions as they stand in the page: their values, their errors, and what makes answering them easier.
 *
 * It reads and writes the markup that src/booth/question.rs makes. It must not know the rules of the questionnaire, the
 * storage or the network; booth.js brings them together.
 */

import { say } from './words.js';

/** A pause in typing after which a screen reader may be told how much room is left. */
const TYPING_PAUSE_MS = 800;

/**
 * Makes an element, with text only: no text of a resident's or a server's ever becomes markup.
 * @param {string} name
 * @param {Object<string, string|boolean>} attributes
 * @param {...(Node|string)} children
 * @returns {HTMLElement}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(attribute, value === true ? '' : value);
  }
  made.append(...children);
  return made;
}

/** One question of the form, or the invitation code. */
export class Field {
  /**
   * @param {string} id
   * @param {string} [short] how the question is called in a summary; its whole text without one
   */
  constructor(id, short) {
    this.id = id;
    this.box = document.getElementById(`q-${id}`);
    this.inputs = Array.from(this.box.querySelectorAll('input, select, textarea'));
    // A row is read below its matrix, a precision below its question.
    const boxes = [this.box.dataset.of && document.getElementById(`q-${this.box.dataset.of}`), this.box];
    const [parent, own] = boxes.map((box) => (box ? wordsOf(box.querySelector('legend, label.question__text')) : ''));
    Object.assign(this, { parent, own, text: parent ? `${parent} – ${own}` : own });
    this.short = short || this.text;
    this.error = null;
  }

  /** Which matrix it is a row of; nothing for another question. */
  get matrix() {
    return this.box.matches('.question--precision') ? undefined : this.box.dataset.of;
  }

  get isChoice() {
    return this.inputs.some((input) => input.type === 'radio' || input.type === 'checkbox');
  }

  /** Whether there is one list per rank. */
  get isRanking() {
    return this.inputs[0].tagName === 'SELECT';
  }

  /** Whether what is wrong shows at once, and not only when the resident moves on: too many choices, or the same twice. */
  get tellsAtOnce() {
    return this.isRanking || this.inputs[0].type === 'checkbox';
  }

  /** @returns {string[]} */
  get values() {
    const filled = this.isChoice ? this.inputs.filter((input) => input.checked) : this.inputs;
    return filled.map((input) => input.value).filter((value) => value !== '');
  }

  set values(values) {
    for (const [index, input] of this.inputs.entries()) {
      if (this.isChoice) input.checked = values.includes(input.value);
      else input.value = values[index] || '';
      // A choice that the list no longer has.
      if (input.selectedIndex === -1) input.selectedIndex = 0;
    }
  }

  /** The answer in the resident's words: a text for each that was chosen, in their order where they are ranked. */
  describe() {
    const filled = this.inputs.filter((input) => input.value !== '');
    if (this.isRanking) return filled.map((input) => input.selectedOptions[0].textContent);
    if (!this.isChoice) return filled.map((input) => input.value.trim());
    // What a choice covers stands in a second element, and is not repeated.
    const name = ({ labels: [label] }) => (label.firstElementChild || label).textContent.trim();
    const points = this.inputs.filter((input) => input.matches('.scale :not(.choice--missing) > input'));
    const outOf = (input) => (points.includes(input) ? ` sur ${name(points[points.length - 1])}` : '');
    return this.inputs.filter((input) => input.checked).map((input) => name(input) + outOf(input));
  }

  /** The input that the keyboard should find: what is chosen, or else the first. */
  get target() {
    return this.inputs.find((input) => input.checked) || this.inputs[0];
  }

  /** @param {string|null} message what is wrong, or null when nothing is */
  showError(message) {
    this.error = message;
    const place = document.getElementById(`${this.id}-erreur`);
    place.hidden = message === null;
    place.querySelector('.error__text').textContent = message || '';
    this.box.classList.toggle('question--error', message !== null);
    const isGroup = this.isChoice || this.isRanking;
    const described = isGroup ? this.box : this.inputs[0];
    const ids = (described.getAttribute('aria-describedby') || '').split(' ').filter((id) => id && id !== place.id);
    setOrRemove(described, 'aria-describedby', [...ids, ...(message === null ? [] : [place.id])].join(' '));
    if (!isGroup) setOrRemove(described, 'aria-invalid', message === null ? '' : 'true');
  }

  /** A choice that stands alone unchecks the others, and any other unchecks it. */
  keepExclusive(changed) {
    if (changed.type !== 'checkbox' || !changed.checked) return;
    const alone = (input) => input.hasAttribute('data-exclusive');
    for (const input of this.inputs) {
      if (input !== changed && (alone(changed) || alone(input))) input.checked = false;
    }
  }

  /** A radio button cannot be unchecked by itself, and a resident may change their mind about answering. */
  offerToClear(onCleared) {
    if (this.inputs[0].type !== 'radio') return;
    this.clearButton = element('button', { type: 'button', class: 'link-button' }, 'Effacer ma réponse');
    this.clearButton.addEventListener('click', () => {
      this.values = [];
      this.inputs[0].focus();
      onCleared();
    });
    this.box.append(this.clearButton);
    this.refresh();
  }

  /** Says how much room is left in a long text: to the eye at once, to a screen reader when typing pauses. */
  countCharacters() {
    const [input] = this.inputs;
    if (input.tagName !== 'TEXTAREA') return;
    const counter = element('p', { class: 'counter', 'aria-live': 'polite' });
    let timer;
    const write = () => {
      const left = Math.max(input.maxLength - input.value.length, 0);
      const room = left.toLocaleString('fr-FR');
      const s = left > 1 ? 's' : '';
      const text = say(`Il reste ${room} caractère${s}.`, `Vous pouvez encore écrire ${room} signe${s}.`);
      if (counter.textContent !== text) counter.textContent = text;
    };
    input.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(write, TYPING_PAUSE_MS);
    });
    this.refreshCounter = write;
    input.after(counter);
    write();
  }

  /** Brings what was added to the question in line with its values. */
  refresh() {
    if (this.clearButton) this.clearButton.hidden = this.values.length === 0;
  }
}

/** The wording of a question as it is seen, without the remark that an answer is expected. */
function wordsOf(wording) {
  const copy = wording.cloneNode(true);
  for (const remark of copy.querySelectorAll('.expected, .visually-hidden')) remark.remove();
  return copy.textContent.trim();
}

function setOrRemove(target, attribute, value) {
  if (value) target.setAttribute(attribute, value);
  else target.removeAttribute(attribute);
}
