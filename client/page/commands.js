/**
 * What a typed line asks for: something said, or one of the commands, which are those of the
 * terminal client that make sense here.
 */
import { REQUEST_MAX, bytesOf, clean, splitName } from "./wire.js";

/**
 * @typedef {{do: "say", text: string} | {do: "tell", name: string, text: string} |
 *     {do: "nick", name: string} | {do: "hand", text: string} | {do: "unhand"} | {do: "help"} |
 *     {do: "wrong", why: string}} Typed
 */

/** Each command: its argument as help shows it, what it does, and the function that reads it. */
const commands = {
    me: { form: "TEXT", help: "say what you do", read: (/** @type {string} */ text) => say(`/me ${text}`) },
    msg: { form: "NAME TEXT", help: "say it to NAME alone", read: readTell },
    nick: { form: "NAME", help: "change your name", read: (/** @type {string} */ name) => ({ do: "nick", name }) },
    hand: { form: "[WHY]", help: "raise your hand", read: (/** @type {string} */ text) => ({ do: "hand", text }) },
    unhand: { form: "", help: "lower your hand", read: () => ({ do: "unhand" }) },
    help: { form: "", help: "this list", read: () => ({ do: "help" }) },
};

/** @param {string} why */
function wrong(why) {
    return /** @type {Typed} */ ({ do: "wrong", why });
}

/**
 * Nothing typed is taken for a request: it is said with "msg:".
 * @param {string} text
 * @returns {Typed}
 */
function say(text) {
    return fits(`msg:${text}`) ?? { do: "say", text };
}

/**
 * @param {string} line
 * @returns {Typed | null} why the line cannot be sent
 */
function fits(line) {
    const size = bytesOf(line);
    return size <= REQUEST_MAX
        ? null
        : wrong(`Too long: ${size} bytes, and a line holds ${REQUEST_MAX}. Split it, or hand it in as a file.`);
}

/**
 * @param {string} name
 * @param {string} text
 * @returns {Typed}
 */
function tell(name, text) {
    return fits(`tell:${name} ${text}`) ?? { do: "tell", name, text };
}

/**
 * @param {string} argument "NAME TEXT"; "@NAME", too
 * @returns {Typed}
 */
function readTell(argument) {
    const { name, rest } = splitName(argument.replace(/^@/, ""));
    return rest.trim() === "" ? wrong("Expected /msg NAME TEXT.") : tell(name, rest);
}

/** The commands in words, a line for each. */
export function helpLines() {
    const rows = Object.entries(commands).map(([word, row]) => `/${word}${row.form && ` ${row.form}`}: ${row.help}`);
    return [...rows, "//TEXT: say /TEXT", "Everything else is said."];
}

/**
 * @param {string} line one line, not empty
 * @param {string} to the name of whom it is for alone, or ""
 * @returns {Typed}
 */
export function parseTyped(line, to) {
    const text = clean(line);
    const found = /^\s*\/([a-z]+)(?:\s+(.*?))?\s*$/is.exec(text);
    if (/^\s*\/\//.test(text))
        return to === "" ? say(text.trimStart().slice(1)) : tell(to, text.trimStart().slice(1));
    if (found === null)
        return to === "" ? say(text) : tell(to, text);
    const [, word, argument = ""] = found;
    if (!Object.keys(commands).includes(word.toLowerCase()))
        return wrong(`There is no /${word}. Write /help for a list, or begin with // to say it.`);
    const name = /** @type {keyof typeof commands} */ (word.toLowerCase());
    if (argument === "" && /^[A-Z]/.test(commands[name].form))
        return wrong(`Expected /${name} ${commands[name].form}.`);
    if (name === "me" && to !== "")
        return tell(to, `/me ${argument}`);
    return /** @type {Typed} */ (commands[name].read(argument));
}
