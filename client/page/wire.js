/**
 * The lines of rollcall-protocol(7): taking apart what the server sends, and the bounds of what is
 * sent to it.
 */

/** Bytes in a request without its LF. */
export const REQUEST_MAX = 4096;

/** The codes that the page knows by name; server/wire/protocol.h has them all. */
export const CODE = Object.freeze({
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
 * Characters that reorder or break a line are shown by their numbers, as on a terminal, so that
 * nobody can make a line look like another.
 * @param {string} text
 */
export function shown(text) {
    return text.replace(
        /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
        (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}}`,
    );
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
