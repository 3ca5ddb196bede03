/**
 * Where one writes: a text of one or more lines, to everybody or to one alone.
 */
import { find, make, show } from "./dom.js";
import { parseTyped } from "./commands.js";
import { colourOf, isGiven } from "./names.js";
import { shown } from "./wire.js";

/** @typedef {import("./commands.js").Typed} Typed */

/** Lines that are sent at once; more is a file. */
const LINES_MOST = 50;
/** Lines that Up brings back. */
const HISTORY_MOST = 100;

export class Composer {
    /**
     * @param {(typed: Typed) => void} onTyped
     * @param {(text: string, wrong: boolean) => void} note
     */
    constructor(onTyped, note) {
        /** Whether what is typed can be sent now. */
        this.isOpen = false;
        /** The name of whom it is for alone; "": for everybody. */
        this._to = "";
        /** @type {string[]} */
        this._history = [];
        this._at = 0;
        this._onTyped = onTyped;
        this._note = note;
        this._form = find("composer", HTMLFormElement);
        this._text = find("message", HTMLTextAreaElement);
        this._target = find("target", HTMLDivElement);
        this._form.addEventListener("submit", (event) => {
            event.preventDefault();
            this._send();
        });
        this._text.addEventListener("keydown", (event) => this._key(event));
        this._text.addEventListener("input", () => this._grow());
        find("everybody", HTMLButtonElement).addEventListener("click", () => this.writeTo(""));
    }

    /**
     * From now on what is typed is for this one alone; "": for everybody.
     * @param {string} name
     */
    writeTo(name) {
        this._to = name;
        find("target-name", HTMLElement).replaceChildren(
            make("span", { class: `who ${colourOf(name)}`, dir: "auto" }, shown(name)),
        );
        show(this._target, name !== "");
        this._form.classList.toggle("private", name !== "");
        this._text.placeholder = name === "" ? "Write to everybody" : `Only ${shown(name)} will read this`;
        this._text.focus();
    }

    /**
     * The other has another name now; but who lost a connection comes back with the name.
     * @param {string} from
     * @param {string} to
     */
    renamed(from, to) {
        if (this._to === from && !isGiven(to))
            this.writeTo(to);
    }

    focus() {
        this._text.focus();
    }

    _send() {
        const lines = this._text.value.split("\n").filter((line) => line.trim() !== "");
        const typed = lines.map((line) => parseTyped(line, this._to));
        const bad = typed.find((one) => one.do === "wrong");
        if (lines.length === 0)
            return;
        if (lines.length > LINES_MOST)
            this._note(`${lines.length} lines are too many at once, at most ${LINES_MOST}; hand them in as a file.`, true);
        else if (bad?.do === "wrong")
            this._note(bad.why, true);
        else if (!this.isOpen)
            this._note("You are not connected now. What you wrote stays here; send it when you are back.", true);
        else
            this._take(lines, typed);
    }

    /**
     * @param {string[]} lines
     * @param {Typed[]} typed
     */
    _take(lines, typed) {
        this._history = [...this._history, ...lines].slice(-HISTORY_MOST);
        this._at = this._history.length;
        this._set("");
        this._note("", true);
        for (const one of typed)
            this._onTyped(one);
    }

    /** @param {KeyboardEvent} event */
    _key(event) {
        if (event.isComposing)
            return;
        if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            this._send();
        } else if (event.key === "Escape" && this._to !== "") {
            this.writeTo("");
        } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
            this._recall(event);
        }
    }

    /**
     * Up and Down bring back what was sent, where the box holds nothing else.
     * @param {KeyboardEvent} event
     */
    _recall(event) {
        const at = this._at + (event.key === "ArrowUp" ? -1 : 1);
        const untouched = this._text.value === (this._history[this._at] ?? "");
        if (!untouched || at < 0 || at > this._history.length)
            return;
        event.preventDefault();
        this._at = at;
        this._set(this._history[at] ?? "");
    }

    /** @param {string} text */
    _set(text) {
        this._text.value = text;
        this._grow();
    }

    /** As high as its text, up to what the style allows. */
    _grow() {
        this._text.style.height = "auto";
        this._text.style.height = `${this._text.scrollHeight + this._text.offsetHeight - this._text.clientHeight}px`;
    }
}
