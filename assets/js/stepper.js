/**
 * @file The steps of the questionnaire: one at a time, in the browser's history, with the progress, the tab's title and
 * the summary of what is to be corrected.
 *
 * It must not know answers, the storage or the network: the history holds the names of steps and nothing else.
 */

import { element } from './fields.js';
import { say } from './words.js';

/**
 * @typedef {object} Step
 * @property {string} id
 * @property {HTMLElement[]} boxes what is visible during this step
 * @property {HTMLElement} heading what receives the focus
 * @property {boolean} counted whether it is a step in « Étape 2 sur 8 »
 * @property {() => boolean} isShown whether the resident goes through it
 */

/** Shows one step at a time. */
export class Stepper {
  /**
   * @param {HTMLElement} main
   * @param {Step[]} steps
   * @param {(id: string, change: boolean) => void} onShow called before a step is visible
   */
  constructor(main, steps, onShow) {
    this.main = main;
    this.steps = steps;
    this.onShow = onShow;
    this.title = document.title;
    this.current = null;
    /** On a shared device, going back must not lead into somebody else's steps. */
    this.keepsHistory = true;
    this.links = new Map();
    this.label = element('p', { id: 'progression' });
    this.bar = element('progress', { 'aria-labelledby': 'progression' });
    this.progress = element('div', { class: 'stepper-progress', hidden: true }, this.label, this.bar);
    main.prepend(this.progress);
  }

  /** The steps that the resident goes through, as the answers stand. */
  get shown() {
    return this.steps.filter((step) => step.isShown());
  }

  /**
   * The step before or after.
   * @param {number} offset -1 or 1
   * @returns {string}
   */
  neighbour(offset) {
    // The current step may just have been hidden by an answer, so the search starts from its place among all of them.
    const here = this.steps.findIndex((step) => step.id === this.current);
    const others = this.steps.filter((step, index) => (index - here) * offset > 0 && step.isShown());
    const found = offset > 0 ? others[0] : others[others.length - 1];
    return found ? found.id : this.current;
  }

  /**
   * Goes to a step.
   * @param {string} id
   * @param {{ history?: 'push'|'replace'|'none', change?: boolean, focus?: HTMLElement|'none' }} [how] `change` says
   *   that the resident came from the review to change one answer
   */
  show(id, { history = 'push', change = false, focus } = {}) {
    const step = this.steps.find((candidate) => candidate.id === id);
    this.clearErrors();
    this.current = id;
    const visible = new Set(step.boxes);
    for (const { boxes } of this.steps) for (const box of boxes) box.hidden = !visible.has(box);
    this.onShow(id, change);
    // Neither the fragment of the invitation nor any other may come back into the address bar.
    const address = location.pathname + location.search;
    if (history === 'push' && this.keepsHistory) window.history.pushState({ step: id, change }, '', address);
    else if (history !== 'none') window.history.replaceState({ step: id, change }, '', address);
    this.refresh();
    if (focus === 'none') return;
    window.scrollTo(0, 0);
    if (!focus) step.heading.focus({ preventScroll: true });
    else this.focusOn(focus);
  }

  /** Brings the progress and the title in line with the answers, which can add and remove steps. */
  refresh() {
    const counted = this.shown.filter((step) => step.counted);
    const step = this.steps.find((candidate) => candidate.id === this.current);
    const number = counted.indexOf(step) + 1;
    this.progress.hidden = number === 0;
    const where = `Étape ${number} sur ${counted.length}`;
    if (this.label.textContent !== where) this.label.textContent = where;
    this.bar.max = counted.length;
    this.bar.value = number;
    const name = number === 0 ? this.title : `${where}\u00a0: ${step.heading.textContent.trim()} – ${this.title}`;
    document.title = (this.links.size > 0 || this.notice ? 'Erreur\u00a0: ' : '') + name;
  }

  /**
   * Shows the summary of what is to be corrected, with a link to each question.
   * @param {{ id: string, label: string, message: string, go: () => void }[]} errors
   */
  showErrors(errors) {
    this.clearErrors();
    const items = errors.map(({ id, label, message, go }) => {
      const link = element('a', { href: `#q-${id}` }, label);
      link.addEventListener('click', (event) => {
        event.preventDefault();
        go();
      });
      const item = element('li', {}, link, ` – ${message}`);
      this.links.set(id, item);
      return item;
    });
    this.summaryTitle = element('h2', { id: 'erreurs-titre' });
    this.openSummary(this.summaryTitle, element('ul', {}, ...items));
    this.nameSummary();
  }

  /**
   * Shows what happened and what to do, when no question is to be corrected.
   * @param {string} title
   * @param {string} detail
   * @param {HTMLElement[]} actions
   */
  showNotice(title, detail, actions = []) {
    this.clearErrors();
    this.notice = true;
    const buttons = actions.length > 0 ? [element('div', { class: 'actions' }, ...actions)] : [];
    this.openSummary(element('h2', { id: 'erreurs-titre' }, title), element('p', {}, detail), ...buttons);
  }

  openSummary(...children) {
    const attributes = {
      class: 'error-summary', id: 'erreurs', role: 'alert', 'aria-labelledby': 'erreurs-titre', tabindex: '-1',
    };
    this.summary = element('div', attributes, ...children);
    this.main.prepend(this.summary);
    this.refresh();
    window.scrollTo(0, 0);
    this.summary.focus();
  }

  /** An answer was corrected: the summary shrinks, and goes with the last one. */
  clearError(id) {
    const item = this.links.get(id);
    if (!item) return;
    this.links.delete(id);
    item.remove();
    if (this.links.size === 0) this.clearErrors();
    else this.nameSummary();
    this.refresh();
  }

  clearErrors() {
    if (this.summary) this.summary.remove();
    this.summary = null;
    this.notice = false;
    this.links.clear();
  }

  nameSummary() {
    const count = this.links.size;
    this.summaryTitle.textContent = say(
      count === 1 ? 'Une réponse est à corriger' : `${count} réponses sont à corriger`,
      `Il faut changer ${count} réponse${count > 1 ? 's' : ''}`,
    );
  }

  /** Moves the focus to an input with its whole question in view. */
  focusOn(input) {
    input.focus({ preventScroll: true });
    (input.closest('.question') || input).scrollIntoView({ block: 'start' });
  }
}
