/**
 * @file The two ways in which every text of ours is written: usual French, and easy French (FALC) with sentences of twelve
 * words at most. Both stand beside each other where they are used, as on the server (src/web/reading.rs).
 *
 * It must not know more of the page than its language.
 */

/** Whether the page is the one that is easy to read. Outside a page, as in a test, it is not. */
export const isEasy = () => Boolean(globalThis.document) && document.documentElement.lang === 'fr-simple';

/**
 * One of two values that mean the same.
 * @template T
 * @param {T} usual
 * @param {T} easy
 * @returns {T}
 */
export const say = (usual, easy) => (isEasy() ? easy : usual);

/** The lines in which a text stands: one in usual French, a line for each sentence in easy French. */
export const inLines = (text) => (isEasy() ? text.replace(/([.?!]) /g, '$1\n').split('\n') : [text]);
