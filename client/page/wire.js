/**
 * The lines of rollcall-protocol(7): taking apart what the server sends, and the bounds of what is
 * sent to it.
 */

/** Bytes in a request without its LF. */
export const REQUEST_MAX = 4096;

/** The codes that the page knows by name; server/wire/protocol.h has them all. */
export const CODE = Object.freeze({
    WAITING: 120,
    SAID: 130,
    TOLD: 131,
    CAME: 132,
    WENT: 133,
    RENAMED: 134,
    LOST: 135,
    RAISED: 136,
    LOWERED: 137,
    EARLIER: 138,
    ANNOUNCED: 139,
    WORKING: 140,
    LATER: 141,
    LATE: 142,
    FILE: 150,
    CUT: 152,
    DONE: 200,
    PIECES: 216,
    TOKEN: 218,
    GREETING: 220,
    HANDED_IN: 226,
    NOTED: 250,
    KEY_WANTED: 331,
    GO_ON: 350,
    CLOSING: 421,
    BUSY: 451,
    BAD_ARGUMENT: 501,
    WRONG_KEY: 535,
    NOT_FOUND: 550,
    NAME_TAKEN: 553,
});

/**
 * A whole reply. items: the lines between the first and the last of a reply of several lines; last:
 * the text of the last line, which is the text of a reply of one line.
 * @typedef {{code: number, text: string, items: string[], last: string}} Reply
 */

/**
 * A room line. number: its number in the room, or -1; at: when it was said; name: who, "*" for the
 * room's operator, "" where the line names nobody.
 * @typedef {{code: number, number: number, at: Date, name: string, text: string}} Heard
 */

const encoder = new TextEncoder();

/**
 * How many bytes the text has on the wire.
 * @param {string} text
 */
export function bytesOf(text) {
    return encoder.encode(text).length;
}

/**
 * The text as one line can hold it: control characters, which the server refuses, become spaces.
 * @param {string} text
 */
export function clean(text) {
    return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, " ");
}

/**
 * Control characters, and those that reorder or break a line or that nobody sees; the list is that of
 * server/wire/text.c, and a test compares them. The tags behind a black flag spell out a flag.
 */
const HIDDEN =
    /\u{1f3f4}[\u{e0020}-\u{e007f}]+|[\0-\x08\x0a-\x1f\x7f-\x9f]|[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e007f}]/gu;

/** @param {string} found one match of HIDDEN */
function spelled(found) {
    const hex = (/** @type {number} */ code, /** @type {number} */ digits) =>
        code.toString(16).toUpperCase().padStart(digits, "0");
    const code = found.codePointAt(0) ?? 0;
    if (code === 0x1f3f4)
        return found;
    return code < 0xa0 ? [...encoder.encode(found)].map((byte) => `\\x${hex(byte, 2)}`).join("") : `\\u{${hex(code, 4)}}`;
}

/**
 * The text as it is shown, and as the server makes it for others (text_show): characters that could
 * make a line look like another are written by their numbers.
 * @param {string} text
 */
export function shown(text) {
    return text.replace(HIDDEN, spelled);
}

/**
 * Takes apart one line without its LF; null: it is not of the protocol.
 * @param {string} line
 * @returns {{kind: "item" | "first" | "last", code: number, text: string} | null}
 */
export function parseLine(line) {
    if (line.startsWith(" "))
        return { kind: "item", code: 0, text: line.slice(1) };
    const found = /^([1-5]\d\d)([ -])(.*)$/s.exec(line);
    if (found === null)
        return null;
    return { kind: found[2] === "-" ? "first" : "last", code: Number(found[1]), text: found[3] };
}

/**
 * "NAME" or "NAME TEXT".
 * @param {string} text
 */
export function splitName(text) {
    const space = text.indexOf(" ");
    return space < 0
        ? { name: text, rest: "" }
        : { name: text.slice(0, space), rest: text.slice(space + 1) };
}

/**
 * Takes apart a room line: "@NUMBER TIME NAME TEXT", where number and time may be missing.
 * @param {number} code
 * @param {string} text
 * @returns {Heard}
 */
export function parseHeard(code, text) {
    const found = /^(?:@(\d+) )?(?:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) )?(.*)$/s.exec(text);
    const [, number, time, rest] = found ?? ["", undefined, undefined, text];
    const heard = {
        code,
        number: number === undefined ? -1 : Number(number),
        at: time === undefined ? new Date() : new Date(time),
    };
    if (code === CODE.LOST)
        return { ...heard, name: "", text: rest };
    if (code === CODE.ANNOUNCED)
        return { ...heard, name: "*", text: rest };
    const split = splitName(rest);
    return { ...heard, name: split.name, text: split.rest };
}

/**
 * The text of 226: "sha256 HEX LENGTH TIME EARLIER NAME"; null: it has another form.
 * @param {string} text
 */
export function parseReceipt(text) {
    const found = /^sha256 ([0-9a-f]{64}) (\d+) (\S+) (\S+) (.+)$/s.exec(text);
    if (found === null)
        return null;
    const [, hex, size, time, earlier, name] = found;
    return { hex, size: Number(size), time, earlier, name };
}
