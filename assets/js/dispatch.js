/**
 * @file The end of the questionnaire: the review, the sending, and what a refusal leads back to. It is fetched while
 * the resident answers, so that the first page comes without it.
 *
 * It brings answers and code together for sending.js, which keeps them apart. It must not put either into an address,
 * the history or the console.
 */

import { Review } from './review.js';
import { SendError, keyProblem, reach, send } from './sending.js';
import { mayHaveArrived } from './storage.js';
import { say } from './words.js';

const CODE = 'code';
const REVIEW = 'verifier';
/** A reply that takes this long deserves a word: on a bad line it can take much longer. */
const SLOW_MS = 8000;

const KEPT = 'Vos réponses sont gardées sur cet appareil';
const WORDS = {
  sending: say('Envoi en cours…', 'Nous envoyons vos réponses…'),
  slow: say(
    'L’envoi prend du temps, la connexion est lente. Laissez cette page ouverte.',
    'L’envoi est long. Laissez cette page ouverte.',
  ),
  offline: say(
    `Pas de connexion. ${KEPT}\u00a0; l’envoi reprendra tout seul. Laissez cette page ouverte.`,
    `Il n’y a plus internet. ${KEPT}. Elles partiront toutes seules. Laissez cette page ouverte.`,
  ),
  busy: say(
    `Le serveur est très demandé. ${KEPT}\u00a0; l’envoi reprendra tout seul. Laissez cette page ouverte.`,
    `Il y a beaucoup de monde. ${KEPT}. Elles partiront toutes seules. Laissez cette page ouverte.`,
  ),
  recorded: say('Merci, vos réponses sont enregistrées.', 'Merci. Nous avons bien reçu vos réponses.'),
};

/** The last step of the booth. */
export class Dispatch {
  /**
   * @param {object} booth see booth.js
   * @param {HTMLElement} box the section of the review, with its heading
   */
  constructor(booth, box) {
    this.booth = booth;
    this.controller = null;
    this.review = new Review(box, {
      onChange: (id) => booth.go(booth.pageOf(id).id, { change: true, focus: booth.fields.get(id).target }),
      onSend: () => this.send(),
      onPrevious: () => booth.go(booth.stepper.neighbour(-1)),
    });
  }

  /** @returns {Promise<SendError|null>} why nothing may be sent from here, if so */
  keyProblem() {
    return keyProblem(this.survey());
  }

  survey() {
    const { survey, version, tokenKey, challenge, issuer } = this.booth.data;
    const { fingerprint } = this.booth.invitation.value;
    return { survey, version, tokenKey, challenge, issuer, fingerprint, origin: location.host };
  }

  /** Writes the review from the answers as they stand. */
  fill() {
    const { booth } = this;
    const { shown, answers } = booth.evaluate();
    const pages = booth.pages.map(({ title, ids }) => ({
      title, fields: ids.filter((id) => shown.has(id) && booth.fields.has(id)).map((id) => booth.fields.get(id)),
    }));
    const locked = mayHaveArrived(booth.storage, booth.data.survey);
    this.review.fill(pages.filter(({ fields }) => fields.length > 0), answers, locked);
  }

  /** Calls the sending off; what was begun is picked up by the next. */
  stop() {
    if (this.controller) this.controller.abort();
  }

  /** Sends, and tells the resident how it goes. */
  async send() {
    const { booth, review } = this;
    if (this.controller) return;
    // A question can have come up, or a code gone, since the review was written.
    if (booth.resolve(REVIEW) !== REVIEW) {
      booth.go(REVIEW);
      return;
    }
    this.controller = new AbortController();
    booth.stepper.clearErrors();
    booth.stepper.refresh();
    review.setBusy(true);
    review.say(WORDS.sending);
    window.scrollTo(0, 0);
    review.status.focus();
    const code = booth.codeField ? booth.codeField.values[0] || '' : undefined;
    const { answers } = booth.evaluate();
    const { storage } = booth;
    const { signal } = this.controller;
    try {
      await send({ ...this.survey(), answers, code, storage, signal, onProgress: this.progress() });
    } catch (error) {
      clearTimeout(this.slow);
      this.controller = null;
      if (booth.stepper.current === REVIEW) this.fill();
      if (error.name !== 'AbortError') this.refused(error);
      return;
    }
    this.thank();
  }

  /** The response is written: nothing of it stays here, and the resident is told at once, even if the line drops now. */
  async thank() {
    clearTimeout(this.slow);
    this.controller = null;
    this.booth.forget();
    this.review.end(WORDS.recorded);
    const merci = `/s/${this.booth.data.survey}/merci${location.search}`;
    await reach(merci);
    location.replace(merci);
  }

  progress() {
    let waiting = false;
    const sending = () => {
      this.review.say(WORDS.sending);
      this.slow = setTimeout(() => this.review.say(WORDS.slow), SLOW_MS);
    };
    return ({ state, reason, retryNow }) => {
      // Every new try says that it is sending; repeating it would make a screen reader speak every few seconds.
      if (state === 'sending' && waiting) return;
      clearTimeout(this.slow);
      waiting = state === 'waiting';
      if (!waiting) sending();
      else {
        this.review.say(WORDS[reason], () => {
          sending();
          retryNow();
        });
      }
    };
  }

  /** A refusal never costs the resident their answers. */
  refused(error) {
    const { booth } = this;
    if (!(error instanceof SendError)) {
      booth.stuck(say('L’envoi n’a pas abouti', 'L’envoi n’a pas marché'));
      return;
    }
    const { code, title, detail, fields } = error;
    if (['used-code', 'unknown-code', 'malformed-code'].includes(code) && booth.codeField) {
      booth.linkCodeIsGood = false;
      booth.go(CODE, { change: true, focus: 'none' });
      booth.showErrors([{ id: CODE, message: `${title}. ${detail}` }]);
      return;
    }
    const known = fields.filter(({ field }) => booth.fields.has(field) && booth.shownIds.has(field));
    if (code === 'invalid-answers' && known.length > 0) {
      booth.go(booth.pageOf(known[0].field).id, { change: true, focus: 'none' });
      booth.showErrors(known.map(({ field, detail: message }) => ({ id: field, message })));
      return;
    }
    booth.stepper.showNotice(title, detail, code === 'other-version' ? [booth.reloadButton()] : []);
  }
}
