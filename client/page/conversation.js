/**
 * The conversation: all lines are kept, the last ones are in the document, and older ones come back
 * on demand, so that ten thousand lines scroll as smoothly as ten.
 */
import { make, show } from "./dom.js";
import { renderLine } from "./line.js";

/** @typedef {import("./line.js").Line} Line */

/** Lines that are kept; far more than a lesson has. */
const KEPT_MOST = 20000;
/** Lines in the document while the newest are looked at, and how many come back at once. */
const RENDERED_MOST = 300;
/** Pixels from the end that still count as looking at the newest line. */
const NEAR_END = 40;

export class Conversation {

    /**
     * @param {HTMLElement} log
     * @param {HTMLButtonElement} earlier the button that brings older lines back
     * @param {HTMLButtonElement} newer the button that goes to the newest line
     */
    constructor(log, earlier, newer) {
        /** This member's name: lines that mention it are marked. */
        this.self = "";
        /** @type {Line[]} */
        this._lines = [];
        /** The lines in the document are those from _first to _end - 1. */
        this._first = 0;
        this._end = 0;
        this._following = true;
        this._due = 0;
        /** How high the log and what is in it were when it was scrolled to the end. */
        this._height = "";
        this._log = log;
        this._earlier = earlier;
        this._newer = newer;
        log.addEventListener("scroll", () => this._scrolled(), { passive: true });
        earlier.addEventListener("click", () => this._bringBack());
        newer.addEventListener("click", () => this.toEnd());
        new ResizeObserver(() => this._following && this._scrollToEnd()).observe(log);
    }

    get last() {
        return this._lines[this._lines.length - 1];
    }

    /** @param {Line} line */
    add(line) {
        this._lines.push(line);
        if (this._lines.length > KEPT_MOST + RENDERED_MOST)
            this._forget();
        if (this._due === 0)
            this._due = setTimeout(() => this._draw(), 0);
    }

    /**
     * Draws a line again that has changed.
     * @param {Line} line
     */
    change(line) {
        const old = line.element;
        if (!old?.isConnected)
            return;
        old.replaceWith(renderLine(line, this.self));
        if (this._following)
            this._scrollToEnd();
    }

    /** Goes to the newest line. */
    toEnd() {
        this._following = true;
        this._draw();
    }

    _forget() {
        const count = this._lines.length - KEPT_MOST;
        this._lines.splice(0, count);
        this._first = Math.max(0, this._first - count);
        this._end = Math.max(0, this._end - count);
    }

    _draw() {
        this._due = 0;
        if (!this._following) {
            this._label();
            return;
        }
        const first = Math.max(0, this._lines.length - RENDERED_MOST);
        const seen = this._first;
        if (this._end < first) {
            this._log.replaceChildren(this._earlier);
            this._release(seen, this._end);
            this._end = first;
        }
        this._log.append(this._rendered(this._end, this._lines.length));
        this._first = first;
        this._end = this._lines.length;
        this._trim();
        this._release(seen, first);
        this._label();
        this._scrollToEnd();
    }

    /**
     * @param {number} from
     * @param {number} to
     */
    _rendered(from, to) {
        const fragment = document.createDocumentFragment();
        for (let i = from; i < to; i++) {
            const line = this._lines[i], before = this._lines[i - 1];
            const day = line.at.toDateString();
            if (before !== undefined && before.at.toDateString() !== day)
                fragment.append(make("div", { class: "day" }, day));
            fragment.append(renderLine(line, this.self));
        }
        return fragment;
    }

    /** Takes the lines before _first out of the document. */
    _trim() {
        const keep = this._lines[this._first]?.element;
        if (!keep?.isConnected)
            return;
        while (keep.previousElementSibling !== null && keep.previousElementSibling !== this._earlier)
            keep.previousElementSibling.remove();
    }

    /**
     * What is no more in the document is not kept, only what it shows.
     * @param {number} from
     * @param {number} to
     */
    _release(from, to) {
        for (let i = from; i < to; i++)
            this._lines[i].element = undefined;
    }

    _bringBack() {
        const from = Math.max(0, this._first - RENDERED_MOST);
        const anchor = this._lines[this._first]?.element;
        const top = anchor?.getBoundingClientRect().top ?? 0;
        this._following = false;
        this._earlier.after(this._rendered(from, this._first));
        this._first = from;
        this._label();
        this._log.scrollTop += (anchor?.getBoundingClientRect().top ?? 0) - top;
    }

    /** Where the layout has changed, not the user but the browser has scrolled. */
    _scrolled() {
        if (this._following && this._height !== this._heights()) {
            this._scrollToEnd();
            return;
        }
        const left = this._log.scrollHeight - this._log.scrollTop - this._log.clientHeight;
        const following = left < NEAR_END;
        if (following === this._following)
            return;
        this._following = following;
        if (following)
            this._draw();
        else
            this._label();
    }

    _scrollToEnd() {
        this._log.scrollTop = this._log.scrollHeight;
        this._height = this._heights();
    }

    _heights() {
        return `${this._log.clientHeight} ${this._log.scrollHeight}`;
    }

    _label() {
        const unseen = this._lines.length - this._end;
        show(this._earlier, this._first > 0);
        this._earlier.textContent = `Show earlier lines (${this._first} more)`;
        show(this._newer, !this._following);
        this._newer.textContent = unseen > 0 ? `${unseen} new ↓` : "Newest ↓";
    }
}
