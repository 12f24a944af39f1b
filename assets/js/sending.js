/**
 * @file Sending a response: the invitation code is exchanged for a token, then the answers go out with the token. Both
 * are repeated until an answer comes, always with the same bytes, so that a response counts once however often it is
 * sent.
 *
 * It knows the code and the answers, and keeps them apart: the code goes into the token request only, the answers go
 * with the token only. It must not know the page, and it never writes a code or an answer to storage.
 */

import { invitationCodeError, normalCode } from './invitation.js';
import { TokenClient, TokenError, authorization, base64urlDecode, base64urlEncode } from './privacy-pass.js';
import { tokenSlot } from './storage.js';
import { isEasy, say } from './words.js';

const REQUEST_MEDIA_TYPE = 'application/private-token-request';
const RESPONSE_MEDIA_TYPE = 'application/private-token-response';

/** How long to wait before each new try; the last one is repeated for as long as it takes. */
const DELAYS_MS = [1000, 2000, 4000, 8000, 15000];
const MOST_RETRY_AFTER_MS = 120000;
/** A request that hangs this long on a bad line is given up and made again. */
const REPLY_TIMEOUT_MS = 30000;
/** Replies after which the same request may well succeed. */
const TRANSIENT_STATUSES = [408, 425, 429, 500, 502, 503, 504];

/** After these refusals the code has to be another one, so nothing made for it is of use. */
const CODE_REFUSALS = ['used-code', 'unknown-code', 'malformed-code'];
/** A refusal that is not in the server's own form: something between here and there may have spoken in its place. */
const NOT_OURS = 'unexpected';

/** A definite refusal: sending again without changing anything would be refused again. */
export class SendError extends Error {
  /**
   * @param {string} code what a program acts on: a code of the server's, or `key-mismatch`, `wrong-address`,
   *   `bad-token` or `unexpected`
   * @param {string} title what happened, in French
   * @param {string} detail what to do, in French
   * @param {{ field: string, detail: string }[]} [fields] the questions to correct
   */
  constructor(code, title, detail, fields = []) {
    super(code);
    this.name = 'SendError';
    Object.assign(this, { code, title, detail, fields });
  }
}

/**
 * Compares the survey's key with the one that the invitation promised, so that a resident is warned before answering.
 * @param {{ tokenKey: string, challenge: string, fingerprint?: string, origin?: string }} survey
 * @returns {Promise<SendError|null>}
 */
export async function keyProblem(survey) {
  try {
    await tokenClient(survey);
    return null;
  } catch (error) {
    if (error instanceof SendError) return error;
    throw error;
  }
}

/**
 * Exchanges the code for a token and sends the answers with it. It tries again for as long as the network or the server
 * is not available, and picks up where an earlier call or an earlier load of the page stopped.
 * @param {object} options
 * @param {string} options.survey its identifier
 * @param {string} options.version of its questionnaire
 * @param {object} options.answers
 * @param {string} [options.code] the invitation code; absent when the survey is open to all
 * @param {string} [options.fingerprint] of the key, as the invitation link promised it
 * @param {string} options.tokenKey
 * @param {string} options.challenge
 * @param {string} [options.issuer] where tokens are asked for, when that is another site than this one
 * @param {string} [options.origin] the host that this page came from
 * @param {Storage|null} options.storage keeps what has to be sent again after a reload; sessionStorage
 * @param {typeof globalThis.fetch} [options.fetch]
 * @param {(progress: { state: 'sending'|'waiting', reason?: 'offline'|'busy', retryNow?: () => void }) => void}
 *   [options.onProgress]
 * @param {(ms: number, signal: AbortSignal) => Promise<void>} [options.sleep]
 * @param {AbortSignal} [options.signal] stops the tries; what is in storage stays for another call
 * @param {EventTarget} [options.connection] says `online` when the network is back
 * @returns {Promise<void>} resolves once the server has written the response
 * @throws {SendError} when there is no use in trying again
 */
export async function send(options) {
  const { survey, version, answers, code, storage } = options;
  const codeError = code === undefined ? null : invitationCodeError(code);
  if (codeError) throw new SendError('malformed-code', say('Votre code est à corriger', 'Il faut changer le code'), codeError);
  const client = await tokenClient(options);
  const ledger = tokenSlot(storage, survey);
  const codeHash = await hashOf(normalCode(code || ''));
  if (ledger.value.codeHash !== codeHash) ledger.write({ codeHash });
  try {
    const token = await obtainToken(client, ledger, options);
    ledger.write({ ...ledger.value, attempted: true });
    const body = JSON.stringify({ version, answers });
    const headers = { 'Content-Type': 'application/json', Authorization: authorization(token) };
    // A captive portal answers 200 to everything; only the server says 201.
    await persist(options, `/s/${survey}/responses`, { headers, body }, (reply) => reply.status === 201);
  } catch (error) {
    // Of an earlier try, only the server knows that it did not arrive.
    if (error instanceof SendError && error.code !== NOT_OURS) {
      const { attempted, ...rest } = ledger.value;
      ledger.write(CODE_REFUSALS.includes(error.code) ? {} : rest);
    }
    throw error;
  }
  ledger.clear();
}

/**
 * Waits until a page can be had: whoever goes to one while the line is down sees the browser's own error in its place.
 * @param {string} address
 * @param {object} [options] as for `send`
 */
export async function reach(address, options = {}) {
  try {
    await persist(options, address, { method: 'GET' }, (reply) => reply.status === 200);
  } catch (error) {
    // A refusal is a page, too.
    if (!(error instanceof SendError)) throw error;
  }
}

/** The token of an earlier try, or a new one. The request is stored before it goes out, never after. */
async function obtainToken(client, ledger, options) {
  const { survey, code, issuer = '' } = options;
  const pending = await pendingToken(client, ledger.value.pending);
  const { token } = ledger.value;
  if (token && pending.resumed) return base64urlDecode(token, 'bad-state');
  ledger.write({ codeHash: ledger.value.codeHash, pending: pending.state });
  const headers = { 'Content-Type': REQUEST_MEDIA_TYPE };
  if (code !== undefined) headers['Invitation-Code'] = normalCode(code);
  const isToken = (reply) => reply.status === 200 && reply.mediaType === RESPONSE_MEDIA_TYPE;
  const reply = await persist(options, `${issuer}/s/${survey}/token-request`, { headers, body: pending.request }, isToken);
  const made = await client.finalize(pending, reply.body).catch((error) => {
    throw translate(error);
  });
  ledger.write({ ...ledger.value, token: base64urlEncode(made) });
  return made;
}

/** A state of another key or challenge is of no use: the survey was set up anew in between. */
async function pendingToken(client, state) {
  if (state) {
    try {
      return { ...(await client.resume(state)), resumed: true };
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
    }
  }
  return client.request();
}

/**
 * Asks until a reply is the one hoped for, or a definite refusal, which it throws.
 * @returns {Promise<{ status: number, mediaType: string, body: ArrayBuffer }>}
 */
async function persist(options, address, message, isHopedFor) {
  const { signal, onProgress = () => {} } = options;
  for (let tries = 0; ; tries += 1) {
    if (signal && signal.aborted) throw new DOMException('sending was stopped', 'AbortError');
    onProgress({ state: 'sending' });
    const reply = await ask(options, address, message);
    if (reply && isHopedFor(reply)) return reply;
    if (reply && reply.status >= 400 && !TRANSIENT_STATUSES.includes(reply.status)) throw refusal(reply);
    if (signal && signal.aborted) throw new DOMException('sending was stopped', 'AbortError');
    const delayMs = Math.max(DELAYS_MS[Math.min(tries, DELAYS_MS.length - 1)], reply ? reply.retryAfterMs : 0);
    await pause(options, delayMs, reply && reply.status >= 400 ? 'busy' : 'offline');
  }
}

/** One try; null when no whole reply came. */
async function ask({ fetch = globalThis.fetch, signal }, address, { method = 'POST', headers, body }) {
  const attempt = new AbortController();
  const stop = () => attempt.abort();
  const timer = setTimeout(stop, REPLY_TIMEOUT_MS);
  if (signal) signal.addEventListener('abort', stop);
  try {
    const reply = await fetch(address, {
      method, headers, body, signal: attempt.signal,
      credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer', redirect: 'error',
    });
    const mediaType = (reply.headers.get('Content-Type') || '').split(';')[0].trim().toLowerCase();
    const seconds = /^[0-9]{1,6}$/.exec(reply.headers.get('Retry-After') || '');
    const retryAfterMs = Math.min(seconds ? 1000 * Number(seconds[0]) : 0, MOST_RETRY_AFTER_MS);
    return { status: reply.status, mediaType, retryAfterMs, body: await reply.arrayBuffer() };
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
    if (signal) signal.removeEventListener('abort', stop);
  }
}

/** Waits until it is time, the network is back, the resident is impatient, or everything is called off. */
async function pause({ signal, connection = globalThis, sleep = sleepFor, onProgress = () => {} }, delayMs, reason) {
  const over = new AbortController();
  const wakeUp = () => over.abort();
  if (signal) signal.addEventListener('abort', wakeUp);
  if (connection.addEventListener) connection.addEventListener('online', wakeUp);
  const awake = new Promise((resolve) => over.signal.addEventListener('abort', resolve));
  onProgress({ state: 'waiting', reason, retryNow: wakeUp });
  await Promise.race([sleep(delayMs, over.signal), awake]);
  wakeUp();
  if (signal) signal.removeEventListener('abort', wakeUp);
  if (connection.removeEventListener) connection.removeEventListener('online', wakeUp);
}

function sleepFor(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => clearTimeout(timer));
  });
}

/**
 * What was refused, in the server's words if they are problem details (RFC 9457) for residents: those for programs have no
 * version that is easy to read.
 */
function refusal(reply) {
  let problem = { code: NOT_OURS };
  if (reply.mediaType === 'application/problem+json') {
    try {
      problem = { code: 'refused', ...JSON.parse(new TextDecoder().decode(reply.body)) };
    } catch {
      // A reply that was cut short, or is not ours.
    }
  }
  const { code, easy, errors = [] } = problem;
  const {
    title = say('L’envoi n’a pas abouti', 'L’envoi n’a pas marché'),
    detail = 'Vos réponses sont gardées sur cet appareil. Réessayez dans quelques minutes.',
  } = (easy && (isEasy() ? easy : problem)) || {};
  return new SendError(code, title, detail, errors);
}

async function tokenClient({ tokenKey, challenge, fingerprint, origin }) {
  try {
    return await TokenClient.create({ tokenKey, challenge, expectedFingerprint: fingerprint, origin });
  } catch (error) {
    throw translate(error);
  }
}

/** What a resident is told when the token client refuses; nothing was sent then. */
function translate(error) {
  if (!(error instanceof TokenError)) return error;
  switch (error.code) {
    case 'key-mismatch':
    case 'bad-key':
      return new SendError(
        'key-mismatch',
        say('La clé de cette enquête n’est pas celle de votre lettre', 'Cette page n’est pas celle de votre lettre'),
        say(
          'Votre navigateur n’a rien envoyé. N’envoyez pas vos réponses ici. Appelez le numéro imprimé sur votre lettre, '
            + 'ou répondez sur papier.',
          'Nous n’avons rien envoyé. Ne répondez pas ici. Appelez le numéro de votre lettre. Ou répondez sur papier.',
        ),
      );
    case 'bad-challenge':
      return new SendError(
        'wrong-address',
        say('Cette page n’est pas à la bonne adresse', 'L’adresse de cette page n’est pas bonne'),
        say(
          'Votre navigateur n’a rien envoyé. Ouvrez l’adresse imprimée sur votre lettre, ou appelez le numéro qui s’y '
            + 'trouve.',
          'Nous n’avons rien envoyé. Ouvrez l’adresse de votre lettre. Ou appelez le numéro de votre lettre.',
        ),
      );
    default:
      return new SendError(
        'bad-token',
        say('La réponse du serveur n’est pas celle attendue', 'Il y a un problème'),
        say(
          'Vos réponses ne sont pas parties. Elles sont gardées sur cet appareil. Réessayez dans quelques minutes, ou '
            + 'appelez le numéro imprimé sur votre lettre.',
          'Vos réponses ne sont pas parties. Elles sont gardées sur cet appareil. Réessayez dans quelques minutes. Ou '
            + 'appelez le numéro de votre lettre.',
        ),
      );
  }
}

async function hashOf(text) {
  const hash = await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return base64urlEncode(new Uint8Array(hash));
}
