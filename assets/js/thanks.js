/**
 * @file The thank-you page of a device that nobody shares: the response is written, so nothing of it stays in this tab. Where
 * the booth sent it, this was done; where the server did, after « Continuer autrement » or on the long page, it is done here.
 *
 * It must not know what it removes.
 */

import { draftSlot, invitationSlot, tabStorage, tokenSlot } from './storage.js';

const [, survey] = /^\/s\/([^/]+)\/merci$/.exec(location.pathname) || [];
if (survey) for (const slot of [draftSlot, invitationSlot, tokenSlot]) slot(tabStorage(), survey).clear();
