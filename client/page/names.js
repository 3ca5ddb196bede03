/**
 * Names: which are the same, their colours, and where a text mentions one.
 */
import { FOLDS } from "./letters.js";

/** How many colours names have; names.css has a rule for each, ".name0" and so on. */
const COLOURS = 30;

/**
 * The code point that the server compares (letters_fold): without its case, and one for those that
 * look alike.
 * @param {number} code
 */
function foldOne(code) {
    let low = 0, high = FOLDS.length;
    if (code < 0x80)
        return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (code > FOLDS[middle][1])
            low = middle + 1;
        else
            high = middle;
    }
    const [first, , by, step] = FOLDS[low] ?? [code + 1, 0, 0, 1];
    return code < first || (code - first) % step !== 0 ? code : code + by;
}

/**
 * The name without its case: equal for names that are the same.
 * @param {string} name
 */
export function fold(name) {
    return [...name].map((c) => String.fromCodePoint(foldOne(c.codePointAt(0) ?? 0))).join("");
}

/**
 * @param {string} one
 * @param {string} other
 */
export function isSame(one, other) {
    return fold(one) === fold(other);
}

/**
 * The class of the name's colour, by its hash (FNV-1a), as on a terminal: a name has the same colour
 * everywhere.
 * @param {string} name
 */
export function colourOf(name) {
    let hash = 2166136261;
    for (const c of fold(name))
        hash = Math.imul(hash ^ (c.codePointAt(0) ?? 0), 16777619) >>> 0;
    return `name${hash % COLOURS}`;
}

/** What a name may be: beyond ASCII the server alone knows, and says what it misses. */
const NAME = /^[a-zA-Z0-9_\-\u{80}-\u{10ffff}]{1,31}$/u;

/** @param {string} name */
export function isName(name) {
    return NAME.test(name);
}

/**
 * Whether the server gave the name: to who has none yet, and to a session that another replaces.
 * @param {string} name
 */
export function isGiven(name) {
    return /^Client\d\d+$/.test(name);
}

/**
 * What a typed name becomes: spaces inside are '-', since "Anna Maria" is what people type.
 * @param {string} typed
 */
export function tidy(typed) {
    return typed.normalize("NFC").trim().replace(/\s+/g, "-");
}

/**
 * Another name where this one is taken: anna, anna2, anna3.
 * @param {string} name
 */
export function another(name) {
    const found = /^(.*?)(\d{0,6})$/u.exec(name);
    const [, stem, digits] = found ?? ["", name, ""];
    const number = digits === "" ? "2" : String(Number(digits) + 1);
    return [...stem].slice(0, 31 - number.length).join("") + number;
}

/**
 * Where the text mentions the name as a word of its own, as [start, end] pairs.
 * @param {string} text
 * @param {string} name
 */
export function mentions(text, name) {
    if (!isName(name))
        return [];
    const word = "[\\p{L}\\p{N}\\p{M}_-]";
    const found = text.matchAll(new RegExp(`(?<!${word})${name}(?!${word})`, "giu"));
    return [...found].map((match) => [match.index ?? 0, (match.index ?? 0) + match[0].length]);
}
