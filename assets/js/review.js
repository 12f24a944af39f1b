/**
 * @file The review before sending, made in the browser with the structure of src/booth/review_page.rs, and what is said
 * while the response is on its way.
 *
 * It shows the answers; it must not know the storage or the network, and what a button does is the caller's.
 */

import { element } from './fields.js';
import { inLines, say } from './words.js';

const NO_ANSWER = say('Sans réponse', 'Pas de réponse');

/** What stands above the answers, before sending and when the end of sending is not known. */
function leadFor(locked) {
  if (!locked) {
    return say(
      'Rien n’est encore envoyé. Vous pouvez changer chaque réponse.',
      'Vos réponses ne sont pas encore envoyées. Vous pouvez les changer.',
    );
  }
  return say(
    'L’envoi de vos réponses n’est pas terminé. Appuyez sur «\u00a0Envoyer mes réponses\u00a0» pour le terminer. '
      + 'Elles ont peut-être déjà été reçues\u00a0: elles ne peuvent plus changer, et ne compteront qu’une fois.',
    'Vos réponses sont peut-être déjà arrivées. Vous ne pouvez plus les changer. Appuyez sur '
      + '«\u00a0Envoyer mes réponses\u00a0». Elles compteront une seule fois.',
  );
}

/** What a row or a precision belongs to: to the eye once, above the first row; whoever listens hears it with each. */
function belongsTo(field, before) {
  if (!field.parent) return [];
  const isFirstRow = field.matrix !== undefined && !(before && before.matrix === field.matrix);
  return [isFirstRow ? element('span', { class: 'review__of' }, field.parent)
    : element('span', { class: 'visually-hidden' }, `${field.parent} – `)];
}

/** As `replaceChildren`, which browsers of 2019 lack. */
function refill(box, ...children) {
  box.textContent = '';
  box.append(...children);
}

/** A text in the lines in which it is read. */
function prose(text) {
  const lines = inLines(text);
  if (lines.length === 1) return [text];
  return lines.flatMap((line, index) => [index > 0 ? ' ' : '', element('span', { class: 'line' }, line)]);
}

/** One answer stands alone; several, or ranks, are a list. */
function answerOf(field) {
  const texts = field.describe();
  if (texts.length === 1 && !field.isRanking) return texts[0];
  return element(field.isRanking ? 'ol' : 'ul', {}, ...texts.map((text) => element('li', {}, text)));
}

/** The last step of the stepper. */
export class Review {
  /**
   * @param {HTMLElement} box the section, with its heading
   * @param {{ onChange: (id: string) => void, onSend: () => void, onPrevious: () => void }} actions
   */
  constructor(box, actions) {
    Object.assign(this, { box, actions });
    this.lead = element('p', { class: 'lead' });
    this.status = element('div', { class: 'status', role: 'status', tabindex: '-1' });
    this.retry = element('button', { class: 'button button--secondary', type: 'button' }, 'Réessayer maintenant');
    this.retryRow = element('div', { class: 'actions', hidden: true }, this.retry);
    this.rows = element('div');
    this.sendButtons = [0, 1].map(() => element('button', { class: 'button', type: 'button' }, 'Envoyer mes réponses'));
    for (const button of this.sendButtons) button.addEventListener('click', actions.onSend);
    this.previous = element('button', { class: 'button button--secondary', type: 'button' }, 'Précédent');
    this.previous.addEventListener('click', actions.onPrevious);
    const [first, last] = this.sendButtons;
    this.foot = element('div', { class: 'actions' }, this.previous, last);
    box.append(
      this.lead, this.status, this.retryRow,
      element('div', { class: 'actions' }, first), this.rows, this.foot,
    );
  }

  /**
   * Fills the review.
   * @param {{ title: string, fields: import('./fields.js').Field[] }[]} pages with the questions that are shown
   * @param {Object<string, *>} answers those that will be sent
   * @param {boolean} locked whether they may have arrived, so that they can no longer change
   */
  fill(pages, answers, locked) {
    this.locked = locked;
    refill(this.lead, ...prose(leadFor(locked)));
    refill(this.rows, ...pages.flatMap(({ title, fields }) => [
      element('h2', {}, title),
      element('dl', { class: 'review' }, ...fields.map((field, index) => this.row(field, field.id in answers, fields[index - 1]))),
    ]));
    this.say('');
    this.setBusy(false);
  }

  row(field, answered, before) {
    const parts = [
      element('dt', {}, ...belongsTo(field, before), field.own),
      answered ? element('dd', { dir: 'auto' }, answerOf(field)) : element('dd', { class: 'review__none' }, NO_ANSWER),
    ];
    if (!this.locked) {
      const which = element('span', { class: 'visually-hidden' }, `\u00a0: ${field.short}`);
      const button = element('button', { class: 'link-button', type: 'button' }, 'Changer', which);
      button.addEventListener('click', () => this.actions.onChange(field.id));
      parts.push(element('dd', { class: 'review__change' }, button));
    }
    return element('div', { class: 'review__row' }, ...parts);
  }

  /**
   * While a response is on its way nothing can be pressed twice or changed, nor read by whoever passes: without a line that
   * can take hours.
   */
  setBusy(busy) {
    const buttons = this.box.querySelectorAll('button');
    for (const button of buttons) button.disabled = busy && button !== this.retry;
    this.previous.hidden = this.locked;
    this.lead.hidden = busy;
    this.rows.hidden = busy;
    this.foot.hidden = busy;
    if (!busy) this.retryRow.hidden = true;
  }

  /** Nothing is left of the review but a last word. */
  end(text) {
    this.say(text);
    for (const part of Array.from(this.box.children)) if (part !== this.status) part.remove();
  }

  /**
   * @param {string} text what is happening; empty when nothing is
   * @param {(() => void)} [retryNow] makes the next try start at once
   */
  say(text, retryNow) {
    if (this.status.textContent !== text) refill(this.status, ...prose(text));
    this.status.hidden = text === '';
    // Hiding the button that has the focus would leave the keyboard nowhere.
    if (!retryNow && document.activeElement === this.retry) this.status.focus();
    this.retryRow.hidden = !retryNow;
    this.retry.onclick = retryNow || null;
  }
}
