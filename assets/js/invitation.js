/**
 * @file The invitation: the link on the letter, and the code as people type it.
 *
 * It must not know the page, its storage, the network or the answers. Whether a code is one of the survey’s is for the
 * server to say; here it is only told from a typing error.
 */

import { say } from './words.js';

/** Crockford’s alphabet: no I, L, O or U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const SYMBOLS = 12;

/**
 * Reads what an invitation link carries after its `#`, which a browser never sends to a server. A fingerprint that was
 * cut short is kept as it is: it will match no key, and nothing will be sent, which is safer than forgetting it.
 * @param {string} hash such as `#k=<fingerprint>&c=<code>`
 * @returns {{ fingerprint?: string, code?: string }}
 */
export function readInvitation(hash) {
  const names = { k: 'fingerprint', c: 'code' };
  const invitation = {};
  for (const part of hash.replace(/^#/, '').split('&')) {
    const [, name, value] = /^([kc])=(.+)$/.exec(part) || [];
    if (name) invitation[names[name]] = decode(value);
  }
  return invitation;
}

/**
 * A code as it is compared and sent: no separators, and the letters that look like digits read as digits.
 * @param {string} typed
 * @returns {string}
 */
export function normalCode(typed) {
  const bare = typed.replace(/[\p{White_Space}.–—-]/gu, '').replace(/[a-z]/g, (letter) => letter.toUpperCase());
  return bare.replace(/O/g, '0').replace(/[IL]/g, '1');
}

/**
 * Checks a code as people type it, by its 13th symbol: what the 12 others leave when divided by 37.
 * @param {string} typed
 * @returns {string|null} what is wrong, in French
 */
export function invitationCodeError(typed) {
  const code = normalCode(typed);
  if (code === '') return say('Écrivez le code imprimé sur votre lettre.', 'Écrivez le code de votre lettre.');
  const values = Array.from(code, (symbol) => ALPHABET.indexOf(symbol));
  if (values.length !== SYMBOLS + 1 || values.includes(-1)) {
    return say(
      'Ce code n’a pas la bonne forme. Il a 13 lettres et chiffres, par exemple 7K3M-9QZT-4H2X-B.',
      'Ce code n’est pas bon. Un code a 13 lettres et chiffres.',
    );
  }
  const remainder = values.slice(0, SYMBOLS).reduce((rest, value) => (rest * 32 + value) % 37, 0);
  if (remainder === values[SYMBOLS]) return null;
  return say(
    'Ce code contient une faute de frappe. Comparez-le, signe par signe, avec celui de votre lettre.',
    'Il y a une erreur dans le code. Regardez encore le code de votre lettre.',
  );
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
