/**
 * @file A shared device, asked for by `?borne` in the address (`?borne=120` for other seconds): when nobody has touched it
 * for a while it warns, counts down, and goes back to a blank welcome. Only such devices fetch this file.
 *
 * Answers live in the page's memory alone: nothing is written to the tab's storage, no step goes into its history, and a
 * page that the browser kept alive starts afresh. No link of the server's leads away (src/booth/shared_device.rs): whoever
 * followed it would leave a page behind that nothing wipes. From every page it leads back to the start.
 *
 * It must not know the questionnaire or the network.
 */

import { element } from './fields.js';
import { say } from './words.js';

const USUAL_SECONDS = 90;
const WARNING_SECONDS = 30;
/** A countdown is spoken at these moments only, or a screen reader would say nothing else. */
const SPOKEN_SECONDS = [30, 10];
/** The longest quiet before the warning on the thank-you page. */
const THANKS_SECONDS = 15;

/**
 * Whether the address asks for a shared device, and after how many seconds of quiet it warns.
 * @param {string} search
 * @returns {number|null}
 */
export function kioskSeconds(search) {
  const asked = new URLSearchParams(search).get('borne');
  if (asked === null) return null;
  const seconds = Number(asked);
  return seconds >= 5 && seconds <= 600 ? seconds : USUAL_SECONDS;
}

/** Where the next person starts. The server says it, on the pages of a shared device only. */
export const startAddress = () => document.body.dataset.start;

/** The server's links stay on this survey's own pages; those that would open a telephone or mail program are plain text here. */
export function keepHere() {
  for (const link of document.querySelectorAll('a[href]')) {
    if (['http:', 'https:'].includes(link.protocol)) continue;
    link.replaceWith(element('span', { class: link.className }, ...link.childNodes));
  }
}

/** Watches for quiet. */
export class Kiosk {
  /**
   * @param {{ seconds: number, wipe: () => void, isBusy?: () => boolean, bare?: boolean, done?: boolean }} options `wipe` goes back to the
   *   blank start, `isBusy` holds it off while a response is on its way, `bare` says that the page holds no answer, and
   *   `done` that they were sent
   */
  constructor({ seconds, wipe, isBusy = () => false, done = false, bare = done }) {
    Object.assign(this, { seconds, wipe, isBusy, done, bare });
    this.lastTouch = Date.now();
    this.count = element('strong', {});
    this.spoken = element('span', { class: 'visually-hidden', role: 'status' });
    this.more = element('button', { class: 'button', type: 'button' }, bare ? 'Rester sur cette page' : 'Continuer');
    this.now = element('button', { class: 'button button--secondary', type: 'button' }, bare ? 'Terminer' : 'Tout effacer');
    this.more.addEventListener('click', () => this.touch());
    this.now.addEventListener('click', () => this.wipe());
    this.box = element(
      'div', { class: 'kiosk', role: 'alertdialog', 'aria-labelledby': 'borne-titre', hidden: true },
      element('h2', { id: 'borne-titre' }, this.question()), element('p', {}, this.count, this.spoken),
      element('div', { class: 'actions' }, this.more, this.now),
    );
  }

  question() {
    if (this.done) return say('C’est terminé, merci.', 'C’est fini.');
    return say('Êtes-vous toujours là\u00a0?', 'Vous êtes encore là\u00a0?');
  }

  /** Starts watching. A second hand that was stopped, as on a tablet that slept, is caught up with. */
  start() {
    document.body.append(this.box);
    for (const event of ['pointerdown', 'touchstart', 'keydown', 'input', 'scroll']) {
      document.addEventListener(event, (happened) => this.seen(happened), { capture: true, passive: true });
    }
    this.timer = setInterval(() => this.tick(), 500);
    // Whatever keeps a page alive keeps it without what was typed.
    window.addEventListener('pageshow', (event) => event.persisted && this.wipe());
  }

  /** Anything that a resident does shows that they are there; the two buttons say it themselves. */
  seen(event) {
    if (!(event.target instanceof Node && this.box.contains(event.target))) this.touch();
  }

  touch() {
    this.lastTouch = Date.now();
    if (this.box.hidden) return;
    this.box.hidden = true;
    this.spoken.textContent = '';
    if (this.before && this.before.isConnected) this.before.focus({ preventScroll: true });
  }

  tick() {
    if (this.isBusy()) this.touch();
    // A clock that was set back would make the wait longer.
    this.lastTouch = Math.min(this.lastTouch, Date.now());
    const left = Math.ceil(this.seconds + WARNING_SECONDS - (Date.now() - this.lastTouch) / 1000);
    if (left > WARNING_SECONDS) return;
    if (left <= 0) {
      clearInterval(this.timer);
      this.wipe();
      return;
    }
    if (this.box.hidden) {
      this.before = document.activeElement;
      this.box.hidden = false;
      this.more.focus({ preventScroll: true });
    }
    const words = this.words(left);
    if (this.count.textContent !== words) this.count.textContent = words;
    if (SPOKEN_SECONDS.includes(left)) this.spoken.textContent = words;
  }

  words(left) {
    const time = `${left}\u00a0seconde${left > 1 ? 's' : ''}`;
    if (this.bare) return `Retour au début dans ${time}.`;
    return say(`Vos réponses seront effacées dans ${time}.`, `Vos réponses vont s’effacer dans ${time}.`);
  }
}

/**
 * Everywhere but on the questionnaire that the booth turned into steps, this file is the whole program: on the pages of thanks
 * and trust, and on those with which the server answered a form.
 */
const [, name] = /^\/s\/[^/]+\/(merci|confiance|verifier|responses)$/.exec(location.pathname) || [];
if (name && startAddress()) {
  const done = name === 'merci';
  const bare = done || name === 'confiance';
  const form = document.querySelector('form');
  const wipe = () => {
    if (form) form.reset();
    location.replace(startAddress());
  };
  const quiet = kioskSeconds(location.search);
  const warning = document.getElementById('borne-sans-veille');
  if (done && warning) warning.remove();
  keepHere();
  new Kiosk({ seconds: done ? Math.min(quiet, THANKS_SECONDS) : quiet, wipe, done, bare }).start();
}
