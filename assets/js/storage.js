/**
 * @file What this browser can do, and what it keeps: the unfinished answers, the invitation, and the token on its way,
 * each under a name of its own. They outlive a reload of the page and die with its tab.
 *
 * It writes to sessionStorage only, and must not know the page or the network. Everything is removed once the response
 * is sent.
 */

/**
 * Whether this browser, on this page, can make a token. WebCrypto exists only on pages that came over https, or from
 * the same machine.
 * @returns {boolean}
 */
export function supported() {
  const { crypto, fetch, BigInt, TextEncoder, AbortController } = globalThis;
  return Boolean(crypto && crypto.subtle && fetch && BigInt && TextEncoder && AbortController);
}

/** One JSON value in storage. */
export class Slot {
  /**
   * @param {Storage|null} storage
   * @param {string} key
   */
  constructor(storage, key) {
    Object.assign(this, { storage, key });
    try {
      this.value = Object(JSON.parse(storage.getItem(key)));
    } catch {
      this.value = {};
    }
  }

  /** @param {object} value what takes the place of the old one */
  write(value) {
    this.value = value;
    try {
      this.storage.setItem(this.key, JSON.stringify(value));
    } catch {
      // Only a reload would lose it now.
    }
  }

  /** Forgets the value. */
  clear() {
    this.value = {};
    try {
      this.storage.removeItem(this.key);
    } catch {
      // There is nothing to clear where nothing could be written.
    }
  }
}

/**
 * The unfinished answers, with the step on which they were left.
 * @param {Storage|null} storage
 * @param {string} survey
 * @returns {Slot}
 */
export const draftSlot = (storage, survey) => new Slot(storage, `isoloir-draft-${survey}`);

/**
 * What the invitation link brought, or the code that was typed: apart from the answers.
 * @param {Storage|null} storage
 * @param {string} survey
 * @returns {Slot}
 */
export const invitationSlot = (storage, survey) => new Slot(storage, `isoloir-invitation-${survey}`);

/**
 * The pending token request and the token, with the hash of the code that they were made for: neither the code nor an
 * answer. `attempted` says that the answers were sent and no reply came.
 * @param {Storage|null} storage
 * @param {string} survey
 * @returns {Slot}
 */
export const tokenSlot = (storage, survey) => new Slot(storage, `isoloir-token-${survey}`);

/**
 * Whether the answers may already have reached the server although no reply came. They must then be sent again as they
 * were: a changed answer would be lost, since a token counts once.
 * @param {Storage|null} storage
 * @param {string} survey
 * @returns {boolean}
 */
export function mayHaveArrived(storage, survey) {
  return Boolean(tokenSlot(storage, survey).value.attempted);
}

/**
 * Storage that lasts as long as the page, for a device that others use next.
 * @returns {{ getItem: Function, setItem: Function, removeItem: Function }}
 */
export function pageStorage() {
  const kept = new Map();
  return {
    getItem: (key) => (kept.has(key) ? kept.get(key) : null),
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  };
}

/**
 * The tab's own storage, over the page's: where the browser forbids the first (even looking at it may throw), or it is
 * full, nothing is lost as long as the page stays.
 * @returns {{ getItem: Function, setItem: Function, removeItem: Function }}
 */
export function tabStorage() {
  const page = pageStorage();
  const attempt = (use) => {
    try {
      return use(globalThis.sessionStorage);
    } catch {
      return null;
    }
  };
  return {
    getItem: (key) => page.getItem(key) || attempt((tab) => tab.getItem(key)),
    setItem: (key, value) => {
      page.setItem(key, value);
      // What is no longer so must not come back after a reload, so a value that finds no room leaves none behind.
      attempt((tab) => tab.removeItem(key));
      attempt((tab) => tab.setItem(key, value));
    },
    removeItem: (key) => {
      page.removeItem(key);
      attempt((tab) => tab.removeItem(key));
    },
  };
}
