/**
 * Who is here: hands first, in the order in which they went up, then the others by name.
 */
import { arrowKeys, icon, make, momentText, oneTabStop } from "./dom.js";
import { colourOf, fold, isSame } from "./names.js";
import { CODE, shown, splitName } from "./wire.js";

/** @typedef {import("./wire.js").Heard} Heard */

/**
 * @typedef {object} Person
 * @property {string} name
 * @property {Date | null} since when they came
 * @property {{since: Date, text: string} | null} hand
 */

/** People that are listed; a larger crowd is counted. */
const LISTED_MOST = 500;
/** Milliseconds in which changes are collected before the list is drawn. */
const DRAW_MS = 50;

/**
 * Takes apart "TIME NAME" and "TIME NAME TEXT", a row of status-long and of hands-long.
 * @param {string} row
 */
function parseRow(row) {
    const { name: time, rest } = splitName(row);
    const { name, rest: text } = splitName(rest);
    return { since: new Date(time), name, text };
}

export class People {
    /**
     * @param {HTMLElement} list
     * @param {HTMLElement} count where the number of people is shown
     * @param {(name: string) => void} onChosen
     */
    constructor(list, count, onChosen) {
        /** This member's name. */
        this.self = "";
        /** @type {Map<string, Person>} by the name without its case */
        this._people = new Map();
        /** @type {string[]} the keys of those whose hands are up, in order */
        this._queue = [];
        this._due = 0;
        this._list = list;
        this._count = count;
        list.addEventListener("click", (event) => {
            const button = /** @type {Element} */ (event.target).closest("button");
            if (button?.dataset.name)
                onChosen(button.dataset.name);
        });
        arrowKeys(list, "button");
    }

    /** How many hands are up. */
    get hands() {
        return this._queue.length;
    }

    /** The place of this member's hand in the queue, from 1; 0: it is down. */
    get place() {
        return this._queue.indexOf(fold(this.self)) + 1;
    }

    /** @param {string[]} rows of the reply to "status-long" */
    fill(rows) {
        this._people.clear();
        for (const { since, name } of rows.map(parseRow))
            this._person(name).since = since;
        this._queue = this._queue.filter((key) => this._people.has(key));
        this._draw();
    }

    /** @param {string[]} rows of the reply to "hands-long" */
    fillHands(rows) {
        for (const person of this._people.values())
            person.hand = null;
        this._queue = [];
        for (const { since, name, text } of rows.map(parseRow))
            this._raise(name, since, text);
        this._draw();
    }

    /** @param {Heard} heard */
    hear({ code, name, text, at }) {
        if (code === CODE.CAME)
            this._person(name).since = at;
        else if (code === CODE.WENT)
            this._drop(name);
        else if (code === CODE.RENAMED)
            this.rename(name, text);
        else if (code === CODE.RAISED)
            this._raise(name, at, text);
        else if (code === CODE.LOWERED)
            this._lower(name);
        else
            return;
        this._draw();
    }

    /**
     * A name that is not here was taken before the list came.
     * @param {string} from
     * @param {string} to
     */
    rename(from, to) {
        const person = this._people.get(fold(from));
        if (person === undefined)
            return;
        this._people.delete(fold(from));
        this._people.set(fold(to), { ...person, name: to });
        this._queue = this._queue.map((key) => (key === fold(from) ? fold(to) : key));
        this._draw();
    }

    /**
     * The person of that name, who is here from now on.
     * @param {string} name
     */
    _person(name) {
        const person = this._people.get(fold(name)) ?? { name, since: null, hand: null };
        this._people.set(fold(name), person);
        return person;
    }

    /** @param {string} name */
    _drop(name) {
        this._lower(name);
        this._people.delete(fold(name));
    }

    /**
     * @param {string} name
     * @param {Date} since
     * @param {string} text
     */
    _raise(name, since, text) {
        const person = this._person(name), key = fold(name);
        person.hand = { since: person.hand?.since ?? since, text };
        if (!this._queue.includes(key))
            this._queue.push(key);
    }

    /** @param {string} name */
    _lower(name) {
        const person = this._people.get(fold(name));
        if (person !== undefined)
            person.hand = null;
        this._queue = this._queue.filter((key) => key !== fold(name));
    }

    /** Draws soon, and once for all that comes together. */
    _draw() {
        if (this._due === 0)
            this._due = setTimeout(() => this._fillList(), DRAW_MS);
    }

    _fillList() {
        const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.name;
        const others = [...this._people.values()].filter((person) => person.hand === null);
        const raised = this._queue.map((key) => this._person(key));
        others.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
        this._due = 0;
        const listed = [...raised, ...others].slice(0, LISTED_MOST);
        this._list.replaceChildren(...listed.map((person, i) => this._row(person, i < raised.length ? i + 1 : 0)));
        if (this._people.size > listed.length)
            this._list.append(make("li", { class: "hint" }, `and ${this._people.size - listed.length} more`));
        this._count.textContent = String(this._people.size);
        for (const button of this._list.querySelectorAll("button"))
            if (focused !== undefined && button.dataset.name === focused)
                button.focus();
        oneTabStop(this._list, "button");
    }

    /**
     * @param {Person} person
     * @param {number} place in the queue of hands, or 0
     */
    _row({ name, since, hand }, place) {
        const me = isSame(name, this.self);
        const who = make("span", { class: `who ${colourOf(name)}`, dir: "auto" }, shown(name));
        const at = hand?.since ?? since;
        const about = make("span", { class: "since" }, at === null ? "" : momentText(at));
        const whole = make("span", { class: "whole" }, who, ...(me ? [make("span", { class: "you" }, "you")] : []));
        const row = me
            ? make("div", { class: "person" }, whole, about)
            : make("button", { type: "button", class: "person", "data-name": name, title: `Write to ${shown(name)} alone` }, whole, about);
        if (hand === null)
            return make("li", {}, row);
        const badge = make("span", { class: "place" }, icon("hand"), String(place));
        const why = hand.text === "" ? [] : [make("span", { class: "why", dir: "auto" }, shown(hand.text))];
        badge.append(make("span", { class: "spoken" }, ". hand up"));
        row.prepend(badge);
        row.append(...why);
        return make("li", { class: "raised" }, row);
    }
}
