/**
 * @file The booth: turns the one long page into steps, checks answers on the way, and sends the response with a token
 * that this browser made. The page works without it: when something is missing here, welcome.js brings the long form back
 * and the server does the checking and the review.
 *
 * It brings the other modules together, so it sees both the code and the answers. It must not put either into an
 * address, the history or the console, and only sending.js may talk to the server.
 */

import { Field, element } from './fields.js';
import { invitationCodeError } from './invitation.js';
import { check, shownQuestions } from './routing.js';
import { Stepper } from './stepper.js';
import { draftSlot, invitationSlot, mayHaveArrived, tokenSlot } from './storage.js';
import { say } from './words.js';

const WELCOME = 'accueil';
const CODE = 'code';
const REVIEW = 'verifier';

const NEXT = 'Suivant';
const BACK_TO_REVIEW = say('Revenir à la vérification', 'Revoir mes réponses');

/** The questionnaire in steps. */
export class Booth {
  /**
   * @param {object} data what src/booth/script_data.rs wrote into the page
   * @param {Storage} storage where the draft is kept
   * @param {{ start: HTMLButtonElement, isShared: boolean }} welcome its button, and whether others use this device next
   */
  constructor(data, storage, { start, isShared }) {
    Object.assign(this, { data, storage, startButton: start, isShared });
    this.draft = draftSlot(storage, data.survey);
    this.invitation = invitationSlot(storage, data.survey);
    this.main = document.getElementById('contenu');
    this.form = document.getElementById('questionnaire');
    this.welcome = document.getElementById(WELCOME);
    this.questions = new Map(data.questions.map((question) => [question.id, question]));
    this.fields = new Map();
    for (const { id, type, short } of data.questions) if (type !== 'note') this.fields.set(id, new Field(id, short));
    this.codeField = document.getElementById(CODE) && new Field(CODE, say('Votre code d’invitation', 'Votre code'));
    const { code, typed } = this.invitation.value;
    this.linkCodeIsGood = Boolean(code) && !typed && invitationCodeError(code) === null;
    this.pages = Array.from(this.form.querySelectorAll('section.page'), (box) => this.readPage(box));
    const title = element('h1', { id: 'titre-verifier', tabindex: '-1' }, 'Vérifiez vos réponses');
    this.review = element('section', { id: 'page-verifier', 'aria-labelledby': title.id, hidden: true }, title);
    this.announcer = element('div', { class: 'visually-hidden', role: 'status' });
  }

  readPage(box) {
    const heading = box.querySelector('h2');
    const ids = Array.from(box.querySelectorAll('[data-question]'), (item) => item.dataset.question);
    return { id: box.dataset.page, box, heading, ids, title: heading.textContent.trim() };
  }

  /** Changes the page. Everything that can be missing from it was looked up before, in the constructor. */
  start() {
    document.documentElement.classList.add('js');
    // The draft brings answers back after a reload; the browser would bring them back on a shared computer, too.
    this.form.autocomplete = 'off';
    for (const hint of this.form.querySelectorAll('.route-hint')) hint.hidden = true;
    for (const field of this.fields.values()) {
      field.countCharacters();
      if (!this.questions.get(field.id).required) field.offerToClear(() => this.edited(field, field.inputs[0]));
    }
    const last = this.form.querySelector(':scope > .actions');
    if (last) last.remove();
    for (const page of this.pages) this.addButtons(page);
    this.form.after(this.review);
    this.main.append(this.announcer);
    this.stepper = new Stepper(this.main, this.steps(), (id, change) => this.shown(id, change));
    this.form.addEventListener('input', (event) => this.edited(this.fieldOf(event.target), event.target));
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.next();
    });
    window.addEventListener('popstate', (event) => this.travel(event.state));
    // A page that comes back from the browser's memory after sending must not show what was sent.
    window.addEventListener('pageshow', (event) => event.persisted && this.sent && location.reload());
    // A fragment would be an entry of the history that belongs to no step.
    document.querySelector('.skip-link').addEventListener('click', (event) => {
      event.preventDefault();
      this.main.focus();
    });
    if (this.isShared) this.watch();
    this.restore();
  }

  /** From the welcome to the first step. A second click, while the first is being followed, changes nothing. */
  begin() {
    if (this.stepper.current === WELCOME) this.go(this.stepper.neighbour(1));
  }

  /** On a shared device, quiet wipes the answers; see kiosk.js, which welcome.js has fetched there. */
  watch() {
    this.stepper.keepsHistory = false;
    const isBusy = () => Boolean(this.dispatch && this.dispatch.controller);
    import('./kiosk.js').then(({ Kiosk, keepHere, kioskSeconds, startAddress }) => {
      const wipe = () => {
        this.forget();
        this.review.remove();
        location.replace(startAddress());
      };
      keepHere();
      new Kiosk({ seconds: kioskSeconds(location.search), wipe, isBusy }).start();
    });
    window.addEventListener('pagehide', () => this.form.reset());
  }

  steps() {
    const pages = this.pages.map((page) => ({
      id: page.id, boxes: [this.form, page.box], heading: page.heading, counted: true,
      isShown: () => this.isShown(page),
    }));
    const always = () => true;
    const title = this.welcome.querySelector('h1');
    title.setAttribute('tabindex', '-1');
    return [
      { id: WELCOME, boxes: [this.welcome], heading: title, counted: false, isShown: always },
      ...pages,
      { id: REVIEW, boxes: [this.review], heading: this.review.querySelector('h1'), counted: true, isShown: always },
    ];
  }

  addButtons(page) {
    // Each step is alone on the screen, so its heading is the first of the page.
    page.heading.setAttribute('role', 'heading');
    page.heading.setAttribute('aria-level', '1');
    page.previous = element('button', { class: 'button button--secondary', type: 'button' }, 'Précédent');
    page.previous.addEventListener('click', () => this.go(this.stepper.neighbour(-1)));
    page.next = element('button', { class: 'button', type: 'submit' }, NEXT);
    page.box.append(element('div', { class: 'actions' }, page.previous, page.next));
  }

  /** Takes up where the resident was before a reload. */
  restore() {
    const { version, step, values = {} } = this.draft.value;
    for (const [id, field] of this.fields) field.values = values[id] || [];
    for (const field of this.fields.values()) field.refresh();
    if (this.codeField) this.codeField.values = [this.invitation.value.code || ''];
    this.route();
    const first = !step || version !== this.data.version || step === WELCOME;
    this.go(first ? WELCOME : step, { history: 'replace', focus: first ? 'none' : undefined });
  }

  /**
   * The review and the sending are fetched while the resident answers, so that the first page comes without their
   * weight. They compare the key first: nobody should answer for ten minutes and be refused then.
   */
  async load() {
    if (!this.dispatch) {
      const { Dispatch } = await import('./dispatch.js');
      this.dispatch = this.dispatch || new Dispatch(this, this.review);
    }
    this.blocked = await this.dispatch.keyProblem();
    if (!this.blocked || this.startButton.hidden) return;
    this.startButton.hidden = true;
    this.go(WELCOME, { history: 'replace', focus: 'none' });
    this.stepper.showNotice(this.blocked.title, this.blocked.detail);
  }

  // --- Where the resident is ---

  /** Goes to a step, or to the one that has to come first. */
  go(wanted, how = {}) {
    const target = this.resolve(wanted);
    const toCorrect = wanted === REVIEW && target !== REVIEW && !this.blocked;
    const history = how.history === 'none' && target !== wanted ? 'replace' : how.history;
    this.stepper.show(target, { ...how, history, change: toCorrect || (Boolean(how.change) && target === wanted) });
    if (toCorrect) this.showErrors(this.errorsOf(this.pages.find((page) => page.id === target)));
  }

  resolve(wanted) {
    if (this.blocked) return WELCOME;
    if (mayHaveArrived(this.storage, this.data.survey)) return REVIEW;
    if (wanted === REVIEW) {
      const wrong = this.pages.find((page) => this.isShown(page) && this.errorsOf(page).length > 0);
      return wrong ? wrong.id : REVIEW;
    }
    const { steps } = this.stepper;
    const index = steps.findIndex((step) => step.id === wanted);
    const found = steps.slice(Math.max(index, 0)).find((step) => step.isShown());
    return index < 0 ? WELCOME : found.id;
  }

  /** The browser's Back and Forward. While a response is on its way, Back calls the sending off. */
  travel(state) {
    if (this.dispatch) this.dispatch.stop();
    if (state && state.step && !this.sent) this.go(state.step, { history: 'none', change: state.change });
  }

  shown(id, change) {
    this.change = change;
    // What was said of a question is not to be found by ear below another step.
    this.announcer.textContent = '';
    for (const page of this.pages) {
      page.previous.hidden = change;
      page.next.textContent = change ? BACK_TO_REVIEW : NEXT;
    }
    this.save(id);
    if (id === WELCOME) return;
    const ready = this.dispatch ? Promise.resolve() : this.load();
    ready.then(() => this.fillReview()).catch(() => this.cut());
  }

  fillReview() {
    if (this.stepper.current === REVIEW) this.dispatch.fill();
  }

  next() {
    const page = this.pages.find((candidate) => candidate.id === this.stepper.current);
    if (!page) return;
    const errors = this.errorsOf(page);
    if (errors.length > 0) this.showErrors(errors);
    else this.go(this.change ? REVIEW : this.stepper.neighbour(1));
  }

  // --- Answers ---

  edited(field, input) {
    if (!field) return;
    if (field === this.codeField) {
      this.invitation.write({ ...this.invitation.value, code: input.value, typed: true });
      if (field.error !== null) this.mark(field, invitationCodeError(input.value));
      return;
    }
    field.keepExclusive(input);
    field.refresh();
    const message = check(this.questions.get(field.id), field.values);
    // Too many choices are told at once; what is still missing is told when the resident moves on.
    if (field.error !== null || (field.tellsAtOnce && field.values.length > 0)) {
      if (message !== field.error) this.announcer.textContent = message || '';
      this.mark(field, message);
    }
    this.route();
    this.stepper.refresh();
    this.save(this.stepper.current);
  }

  mark(field, message) {
    field.showError(message);
    if (message === null) this.stepper.clearError(field.id);
  }

  evaluate() {
    return shownQuestions(this.data.questions, this.values());
  }

  values() {
    return Object.fromEntries(Array.from(this.fields, ([id, field]) => [id, field.values]));
  }

  /** Shows and hides questions. A hidden one keeps its answer in the form, in case the resident changes back. */
  route() {
    const { shown } = this.evaluate();
    for (const id of this.questions.keys()) document.getElementById(`q-${id}`).hidden = !shown.has(id);
    this.shownIds = shown;
  }

  /** Whether there is something to do on the page; a remark alone does not make a step of a page with questions. */
  isShown(page) {
    if (page.id === CODE) return !this.linkCodeIsGood;
    const asked = page.ids.filter((id) => this.fields.has(id));
    return (asked.length > 0 ? asked : page.ids).some((id) => this.shownIds.has(id));
  }

  pageOf(id) {
    return this.pages.find((page) => page.ids.includes(id));
  }

  fieldOf(input) {
    const box = input.closest('[data-question]');
    return box && (box.dataset.question === CODE ? this.codeField : this.fields.get(box.dataset.question));
  }

  save(step) {
    if (this.sent) return;
    const values = Object.fromEntries(Object.entries(this.values()).filter(([, given]) => given.length > 0));
    this.draft.write({ version: this.data.version, step, values });
  }

  // --- Errors ---

  errorsOf(page) {
    if (page.id === CODE) {
      const message = invitationCodeError(this.codeField.values[0] || '');
      return message === null ? [] : [{ id: CODE, message }];
    }
    return this.evaluate().errors.filter(({ id }) => page.ids.includes(id));
  }

  showErrors(errors) {
    this.stepper.showErrors(errors.map(({ id, message }) => {
      const field = id === CODE ? this.codeField : this.fields.get(id);
      field.showError(message);
      return { id, message, label: field.short, go: () => this.focusField(field) };
    }));
  }

  focusField(field) {
    const page = this.pageOf(field.id);
    if (page.id !== this.stepper.current) this.go(page.id, { change: this.change, focus: field.target });
    else this.stepper.focusOn(field.target);
  }

  // --- The end ---

  /** The rest did not come, or fails in this browser. Each step tries again; the last one cannot do without. */
  cut() {
    if (this.stepper.current === REVIEW) this.stuck(say('La page de vérification n’est pas arrivée', 'La suite ne vient pas'));
  }

  /** Nothing more can be done here: the page is loaded anew, or the server does the rest, as without a script. */
  stuck(title) {
    if (this.isShared) {
      const detail = say('Vérifiez la connexion, puis réessayez.', 'Attendez un peu. Puis réessayez.');
      this.stepper.showNotice(title, detail, [secondary('Réessayer', () => this.go(REVIEW, { history: 'none' }))]);
      return;
    }
    const again = say(
      'Vos réponses sont gardées sur cet appareil. Vérifiez votre connexion, puis rechargez la page. Si cela ne suffit pas, '
        + 'continuez autrement\u00a0: notre serveur vérifiera vos réponses.',
      'Vos réponses sont gardées sur cet appareil. Attendez un peu. Puis rechargez la page. Cela ne marche pas\u00a0? '
        + 'Continuez autrement. Notre ordinateur va lire vos réponses.',
    );
    const together = say(
      ' Il verra alors passer votre code et vos réponses ensemble, les séparera aussitôt, et n’écrira nulle part le lien '
        + 'entre les deux.',
      ' Il reçoit alors votre code avec vos réponses. Il les sépare tout de suite. Il ne garde pas le lien.',
    );
    this.stepper.showNotice(title, this.codeField ? again + together : again, [
      this.reloadButton(), secondary('Continuer autrement', () => this.form.submit()),
    ]);
  }

  /** The response is written, or given up on a shared device: nothing of it stays in this tab. */
  forget() {
    this.sent = true;
    this.draft.clear();
    this.invitation.clear();
    tokenSlot(this.storage, this.data.survey).clear();
    this.form.reset();
  }

  reloadButton() {
    return secondary('Recharger', () => location.reload());
  }
}

function secondary(text, onClick) {
  const button = element('button', { class: 'button button--secondary', type: 'button' }, text);
  button.addEventListener('click', onClick);
  return button;
}
