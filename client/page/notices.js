/**
 * What must not be missed: announcements, the state of the connection, and a few words for a screen
 * reader, which hears no more than it can say.
 */
import { clockText, find, make, show } from "./dom.js";
import { shown } from "./wire.js";

/** Announcements that stand above the room at once; the conversation has them all. */
const ANNOUNCED_MOST = 3;
/** Milliseconds in which what is spoken is collected, and how much of it is said word by word. */
const SPEAK_MS = 700;
const SPOKEN_MOST = 3;
/** Milliseconds that a screen reader needs for a letter: what comes meanwhile is summed up. */
const LETTER_MS = 60;
/** Milliseconds for which a note stands. */
const NOTE_MS = 8000;

export class Notices {
    constructor() {
        this._announced = find("announcements", HTMLDivElement);
        this._state = find("state", HTMLParagraphElement);
        this._voice = find("voice", HTMLParagraphElement);
        this._note = find("note", HTMLParagraphElement);
        /** @type {string[]} what is to be spoken next */
        this._words = [];
        this._speaking = 0;
        this._spokenAt = 0;
        this._noted = 0;
    }

    /**
     * @param {string} text
     * @param {Date} at
     */
    announce(text, at) {
        const button = make("button", { type: "button" }, "Got it");
        const notice = make(
            "div",
            { class: "notice" },
            make("time", {}, clockText(at)),
            make("p", { dir: "auto" }, shown(text)),
            button,
        );
        button.addEventListener("click", () => {
            notice.remove();
            find("message", HTMLTextAreaElement).focus();
        });
        this._announced.append(notice);
        while (this._announced.children.length > ANNOUNCED_MOST)
            this._announced.children[0].remove();
    }

    /**
     * The state of the connection; "": all is well, and nothing stands there.
     * @param {string} text
     */
    state(text) {
        if (this._state.textContent !== text)
            this._state.textContent = text;
        show(this._state, text !== "");
    }

    /** Whether the state of the connection is on the screen. */
    get isTroubled() {
        return !this._state.hidden;
    }

    /**
     * A word about what the user did last.
     * @param {string} text
     * @param {boolean} wrong it stays until the next
     */
    note(text, wrong) {
        clearTimeout(this._noted);
        this._note.textContent = text;
        this._note.classList.toggle("wrong", wrong);
        show(this._note, text !== "");
        if (!wrong)
            this._noted = setTimeout(() => this.note("", true), NOTE_MS);
    }

    /**
     * Says it to a screen reader.
     * @param {string} text
     */
    speak(text) {
        this._words.push(text);
        if (this._speaking === 0)
            this._speaking = setTimeout(() => this._say(), Math.max(SPEAK_MS, this._spokenAt - performance.now()));
    }

    _say() {
        const words = this._words;
        this._words = [];
        this._speaking = 0;
        const text = words.length <= SPOKEN_MOST ? words.join(". ") : `${words.length} new lines. ${words[words.length - 1]}`;
        this._voice.textContent = text;
        this._spokenAt = performance.now() + text.length * LETTER_MS;
    }
}
