/**
 * The hand: one button that raises and lowers it, and a word that says what for.
 */
import { find, icon, make, show } from "./dom.js";
import { bytesOf, clean, CODE } from "./wire.js";

/** @typedef {import("./wire.js").Reply} Reply */

/** Bytes that the server keeps of what a hand is up for. */
const WHY_MOST = 63;

export class Hand {
    /**
     * @param {(line: string) => Promise<Reply>} ask
     * @param {(hand: string) => void} onChanged told what the hand is up for; "-": it is down
     */
    constructor(ask, onChanged) {
        this.isUp = false;
        this._ask = ask;
        this._onChanged = onChanged;
        this._button = find("hand", HTMLButtonElement);
        this._form = find("why-form", HTMLFormElement);
        this._why = find("why", HTMLInputElement);
        this._button.addEventListener("click", () => this._toggle());
        this._form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.raise(this._why.value);
            this._close();
        });
        this._why.addEventListener("keydown", (event) => event.key === "Escape" && this._close());
        this._why.addEventListener("blur", () => this._why.value === "" && show(this._form, false));
    }

    /** @param {string} why */
    async raise(why) {
        let text = clean(why).trim();
        while (bytesOf(text) > WHY_MOST)
            text = [...text].slice(0, -1).join("");
        const reply = await this._ask(text === "" ? "hand" : `hand:${text}`);
        if (reply.code === CODE.DONE)
            this._onChanged(text);
    }

    async lower() {
        show(this._form, false);
        if ((await this._ask("unhand")).code === CODE.DONE)
            this._onChanged("-");
    }

    /** @param {number} place in the queue, from 1; 0: the hand is down */
    draw(place) {
        const label = place > 0 ? "Lower hand" : "Raise hand";
        this.isUp = place > 0;
        this._button.classList.toggle("up", this.isUp);
        this._button.title = place > 0 ? `Your hand is up: number ${place}` : label;
        this._button.replaceChildren(icon("hand"), make("span", { class: "label" }, label));
        if (this.isUp)
            this._button.append(make("span", { class: "badge", "aria-hidden": "true" }, String(place)));
        if (!this.isUp)
            show(this._form, false);
    }

    _toggle() {
        if (this.isUp) {
            this.lower().catch(() => undefined);
            return;
        }
        this.raise("").catch(() => undefined);
        this._why.value = "";
        show(this._form, true);
        this._why.focus();
    }

    _close() {
        show(this._form, false);
        find("message", HTMLTextAreaElement).focus();
    }
}
