/**
 * @file The first view: takes the invitation out of the address, hides the questions and offers to begin. The rest of the
 * booth is fetched at the first sign of a reader, so that the first view stays light, and at once when this tab has begun
 * to answer. If it does not come, the long page comes back as the server made it.
 *
 * It must not put a code or an answer into an address, the history or the console, nor talk to the server.
 */

import { normalCode, readInvitation } from './invitation.js';
import {
  draftSlot, invitationSlot, mayHaveArrived, pageStorage, supported, tabStorage, tokenSlot,
} from './storage.js';
import { say } from './words.js';

/** What shows that somebody reads the page, and will probably begin. */
const SIGNS = ['pointerdown', 'pointermove', 'touchstart', 'keydown', 'wheel', 'scroll'];
/** After this long, whoever waits is told that something happens… */
const PATIENCE_MS = 1000;
/** … and after this long, the long page is better than no page. */
const LATEST_MS = 20000;

/** Whether others use this device next: the server then says where they start. */
const isShared = () => 'start' in document.body.dataset;

/** What stands in the page before the booth does. */
class Welcome {
  constructor(data, storage) {
    Object.assign(this, { data, storage });
    this.content = document.getElementById('contenu');
    this.form = document.getElementById('questionnaire');
    this.pristine = this.content.cloneNode(true);
    // With the steps comes what wipes them.
    const warning = document.getElementById('borne-sans-veille');
    if (warning) warning.remove();
  }

  start() {
    this.form.hidden = true;
    this.button = document.createElement('button');
    Object.assign(this.button, { type: 'button', className: 'button button--start', textContent: 'Commencer' });
    this.status = document.createElement('p');
    this.status.setAttribute('role', 'status');
    const actions = document.createElement('div');
    actions.className = 'actions';
    actions.append(this.button, this.status);
    document.querySelector('#accueil details').before(actions);
    this.button.addEventListener('click', () => this.begin());
    const fetchBooth = () => {
      for (const sign of SIGNS) document.removeEventListener(sign, fetchBooth);
      // Whether it came is for `open` to see.
      this.fetch().catch(() => {});
    };
    for (const sign of SIGNS) document.addEventListener(sign, fetchBooth, { passive: true });
    if (isShared() || this.hasBegun()) this.open();
  }

  /** Whether a reload has to lead back to a question, or to a sending that has not ended. */
  hasBegun() {
    const { survey, version } = this.data;
    const { step, version: drafted } = draftSlot(this.storage, survey).value;
    return mayHaveArrived(this.storage, survey) || (step !== undefined && step !== 'accueil' && drafted === version);
  }

  fetch() {
    // On a shared device the steps do not come without what wipes them.
    this.module = this.module || (isShared() ? import('./kiosk.js') : Promise.resolve()).then(() => import('./booth.js'));
    return this.module;
  }

  /** The booth in place of the long page; null when it cannot be. */
  open() {
    this.opened = this.opened || this.build();
    return this.opened;
  }

  async build() {
    const wait = 'Un instant, le questionnaire arrive…';
    const telling = setTimeout(() => { this.status.textContent = say(wait, 'Attendez un peu. Les questions arrivent.'); }, PATIENCE_MS);
    let late;
    const tooLate = new Promise((_, fail) => { late = setTimeout(() => fail(new Error('the booth did not come')), LATEST_MS); });
    try {
      const { Booth } = await Promise.race([this.fetch(), tooLate]);
      const booth = new Booth(this.data, this.storage, { start: this.button, isShared: isShared() });
      booth.start();
      return booth;
    } catch {
      this.giveUp();
      return null;
    } finally {
      clearTimeout(telling);
      clearTimeout(late);
      this.status.textContent = '';
    }
  }

  async begin() {
    const booth = await this.open();
    if (booth) booth.begin();
    else document.getElementById('questionnaire').scrollIntoView();
  }

  /** The long page comes back as the server made it, with the code that the link brought. */
  giveUp() {
    document.documentElement.classList.remove('js');
    this.content.replaceWith(this.pristine);
    fillCode(this.data, this.storage);
  }
}

/** On the long page, the code of the link goes into its field. */
function fillCode({ survey }, storage) {
  const { code } = invitationSlot(storage, survey).value;
  const field = document.getElementById('code');
  if (field && code) field.value = code;
}

/**
 * Keeps what the link brought and takes it out of the address bar and the tab's history. What the browser has already
 * written to its own list of visited pages is out of a page's reach.
 */
function takeInvitation({ survey }, storage) {
  const opened = readInvitation(location.hash);
  if (!opened.code && !opened.fingerprint) return false;
  const invitation = invitationSlot(storage, survey);
  const { fingerprint, ...before } = invitation.value;
  // Somebody else's letter: the answers that wait in this tab are not theirs to see, nor theirs to send.
  if (before.code && opened.code && normalCode(before.code) !== normalCode(opened.code)) {
    draftSlot(storage, survey).clear();
    tokenSlot(storage, survey).clear();
  }
  // A poster's link promises a key and has no code: the one that was typed stays.
  invitation.write({ fingerprint, ...(opened.code ? {} : before), ...opened });
  wipeFragment();
  return true;
}

/** Neither the fragment of the invitation nor any other stays in the address bar. */
function wipeFragment() {
  history.replaceState(history.state, '', location.pathname + location.search);
}

function main() {
  const data = JSON.parse(document.getElementById('isoloir-survey').textContent);
  // A page that the server filled in and sent back has its own address; it stays the long form that it is.
  if (location.pathname !== `/s/${data.survey}`) {
    if (isShared()) import('./kiosk.js');
    return;
  }
  const storage = isShared() ? pageStorage() : tabStorage();
  takeInvitation(data, storage);
  if (!supported()) {
    fillCode(data, storage);
    return;
  }
  // Another link was opened in this tab, or the skip link was used.
  window.addEventListener('hashchange', () => {
    const opened = takeInvitation(data, storage);
    wipeFragment();
    if (opened) location.reload();
  });
  new Welcome(data, storage).start();
}

main();
