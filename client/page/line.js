/**
 * One line of the conversation, and how it looks.
 */
import { clockText, make } from "./dom.js";
import { colourOf, isSame, mentions } from "./names.js";
import { shown } from "./wire.js";

/**
 * said: to the room; told: to this member alone; tell: by this member to one other; announced: by
 * the room's operator; event: who came, went, raised a hand; note and wrong: from the page.
 * @typedef {object} Line
 * @property {"said" | "told" | "tell" | "announced" | "event" | "note" | "wrong"} kind
 * @property {Date} at
 * @property {string} name who; of tell: to whom
 * @property {string} text
 * @property {boolean} [own]
 * @property {boolean} [earlier] from before this member came
 * @property {boolean} [mention] it names this member
 * @property {"sending" | "lost"} [state] of an own line that is not acknowledged
 * @property {() => void} [again] says a lost line again
 * @property {Element} [element] while it is in the document
 */

/** The text begins with it: the rest is something that the speaker does. */
const ACTION = "/me ";

/** @param {string} name */
function nameButton(name) {
    return make(
        "button",
        { type: "button", class: `who ${colourOf(name)}`, tabindex: "-1", "data-name": name, dir: "auto" },
        shown(name),
    );
}

/**
 * The text with the mentions of this member marked.
 * @param {string} text
 * @param {string} self
 */
function textOf(text, self) {
    const element = make("span", { class: "text", dir: "auto" });
    let at = 0;
    for (const [start, end] of self === "" ? [] : mentions(text, self)) {
        element.append(shown(text.slice(at, start)), make("mark", {}, shown(text.slice(start, end))));
        at = end;
    }
    element.append(shown(text.slice(at)));
    return element;
}

/**
 * @param {Line} line
 * @param {string} self
 */
function said(line, self) {
    const does = line.text.startsWith(ACTION);
    const text = textOf(does ? line.text.slice(ACTION.length) : line.text, line.own ? "" : self);
    return does
        ? [make("span", { class: "act" }, "* ", nameButton(line.name), " ", text)]
        : [nameButton(line.name), " ", text];
}

/** @param {Line} line */
function privately(line) {
    const from = line.kind === "told" ? [nameButton(line.name), " to you:"] : ["you to ", nameButton(line.name), ":"];
    return [make("span", { class: "private" }, ...from), " ", textOf(line.text, "")];
}

/**
 * @param {Line} line
 * @param {string} self
 */
function bodyOf(line, self) {
    switch (line.kind) {
    case "said":
        return said(line, self);
    case "told":
    case "tell":
        return privately(line);
    case "announced":
        return [make("strong", { class: "announcement" }, "Announcement"), " ", textOf(line.text, self)];
    default:
        return [make("span", { class: "text", dir: "auto" }, shown(line.text))];
    }
}

/** @param {Line} line */
function stateOf(line) {
    if (line.state !== "lost")
        return [];
    const again = make("button", { type: "button", class: "small" }, "Send again");
    again.addEventListener("click", () => line.again?.());
    return [" ", make("span", { class: "lost" }, "not sent"), " ", again];
}

/**
 * @param {Line} line
 * @param {string} self this member's name
 */
export function renderLine(line, self) {
    const classes = ["line", line.kind];
    if (line.own)
        classes.push("own");
    if (line.mention)
        classes.push("mention");
    if (line.earlier)
        classes.push("earlier");
    if (line.state)
        classes.push(line.state);
    const time = Number.isNaN(line.at.getTime()) ? "" : line.at.toISOString();
    line.element = make(
        "div",
        { class: classes.join(" ") },
        make("time", { datetime: time }, clockText(line.at)),
        make("div", { class: "body" }, ...bodyOf(line, self), ...stateOf(line)),
    );
    return line.element;
}

/**
 * The line in words, for a screen reader's ears.
 * @param {Line} line
 */
export function spoken(line) {
    const text = shown(line.text);
    switch (line.kind) {
    case "said":
        return text.startsWith(ACTION) ? `${line.name} ${text.slice(ACTION.length)}` : `${line.name}: ${text}`;
    case "told":
        return `${line.name} tells you: ${text}`;
    default:
        return text;
    }
}

/**
 * Whether a room line speaks to this member.
 * @param {Line} line
 * @param {string} self
 */
export function isForMe(line, self) {
    return (
        line.kind === "told" ||
        line.kind === "announced" ||
        (line.kind === "said" && !isSame(line.name, self) && mentions(line.text, self).length > 0)
    );
}
