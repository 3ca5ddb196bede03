/**
 * Names: which are the same, their colours, and where a text mentions one.
 */

/** How many colours names have; names.css has a rule for each, ".name0" and so on. */
const COLOURS = 30;

/**
 * A character without its case (simple case folding, as the server compares names).
 * @param {string} c one code point
 */
function foldOne(c) {
    const upper = c.toUpperCase();
    const lower = ([...upper].length === 1 ? upper : c).toLowerCase();
    return [...lower].length === 1 ? lower : c;
}

/**
 * The name without its case: equal for names that are the same.
 * @param {string} name
 */
export function fold(name) {
    return [...name].map(foldOne).join("");
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

/** What a name may consist of; the server has the last word. */
const NAME = /^[\p{L}\p{N}_-][\p{L}\p{N}\p{M}_-]{0,30}$/u;

/** @param {string} name */
export function isName(name) {
    return NAME.test(name);
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
