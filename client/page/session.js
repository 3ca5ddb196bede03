/**
 * A member's session: enters the room, stays in it over broken connections, and says what happens.
 */
import { pauseOf, queueText, verdictOf } from "./farewell.js";
import { greet } from "./hello.js";
import { Ended, Link } from "./link.js";
import { keepInside, keepName, named, nobody, recallInside } from "./memory.js";
import { isSame } from "./names.js";
import { CODE } from "./wire.js";

/** @typedef {import("./wire.js").Heard} Heard */
/** @typedef {import("./wire.js").Reply} Reply */
/** @typedef {import("./link.js").Listener} Listener */

/**
 * out: not in the room, and the page asks for name or key; entering, or in the queue; present; waiting: will try
 * again; over: only the user can go on.
 * @typedef {"out" | "entering" | "present" | "waiting" | "over"} Phase
 */

/** Milliseconds in which a connection that slept must answer. */
const PROBE_MS = 3000;

export class Session {
    /**
     * @param {string} url
     * @param {Listener} listener
     */
    constructor(url, listener) {
        /** @type {Phase} */
        this.phase = "out";
        /** The name that the server knows this member by. */
        this.name = "";
        this.room = "";
        this.inside = recallInside() ?? nobody();
        /** @type {Link | null} */
        this.link = null;
        /** The room's run, and the number of the next line in it (join:). */
        this._run = "";
        this._next = 0;
        this._tries = 0;
        this._timer = 0;
        /** Why the last connection ended. */
        this._why = "";
        /** @type {((name: string) => void) | null} continues an entry that waits for another name */
        this._named = null;
        /** @type {(() => void)[]} */
        this._whenPresent = [];
        this._url = url;
        this._on = listener;
    }

    // ---- what the user wants

    /**
     * Enters, or goes on entering, under this name.
     * @param {string} name
     */
    enter(name) {
        if (!isSame(name, this.inside.name))
            this.inside = { ...this.inside, name, secret: "" };
        keepName(name);
        if (this._named !== null)
            this._named(name);
        else
            this._connect();
    }

    /** @param {string} key */
    enterWithKey(key) {
        this.inside = { ...this.inside, key };
        this._connect();
    }

    /** Enters again after the end: as somebody new to the server. */
    enterAgain() {
        this.inside = { ...this.inside, session: "", secret: "" };
        this._connect();
    }

    leave() {
        const link = this.link;
        clearTimeout(this._timer);
        this.link = null;
        this.inside = { ...nobody(), name: this.inside.name };
        keepInside(null);
        const bye = this.phase === "present" ? link?.ask("exit") : undefined; // in the queue nobody reads it
        this._set("over", "You left the room.");
        Promise.resolve(bye).catch(() => undefined).finally(() => link?.close());
    }

    /** Stops waiting for a place or a connection; the name and the key may be used again. */
    giveUp() {
        clearTimeout(this._timer);
        this._tries = 0;
        keepInside(null);
        this._askOutside("name", "");
    }

    /**
     * Takes another name in the room.
     * @param {string} name
     */
    async rename(name) {
        const reply = await this.ask(`nick:${name}`);
        if (reply.code === CODE.DONE)
            this._takeName(reply.text);
        return reply;
    }

    /**
     * Keeps what the hand is up for, to raise it again where the server forgot; "-": it is down.
     * @param {string} hand
     */
    keepHand(hand) {
        this.inside = { ...this.inside, hand };
        keepInside(this.inside);
    }

    /**
     * @param {string} line
     * @returns {Promise<Reply>}
     */
    ask(line) {
        return this.link !== null && this.phase === "present"
            ? this.link.ask(line)
            : Promise.reject(new Ended());
    }

    /**
     * The connection, once this member is in the room.
     * @returns {Promise<Link>}
     */
    async present() {
        while (!this.isPresent)
            await new Promise((resolve) => this._whenPresent.push(() => resolve(undefined)));
        return /** @type {Link} */ (this.link);
    }

    get isPresent() {
        return this.phase === "present" && this.link !== null && this.link.isOpen;
    }

    /** The page is looked at again, or the network is back: does the connection live? */
    wake() {
        if (this.phase === "waiting") {
            this._tries = 0;
            this._connect();
        } else if (this.phase === "present" && this.link !== null) {
            const link = this.link;
            const late = setTimeout(() => link.close(), PROBE_MS);
            link.ask("hands").catch(() => undefined).finally(() => clearTimeout(late));
        }
    }

    // ---- entering

    _connect() {
        clearTimeout(this._timer);
        if (this.link !== null)
            return;
        this._set("entering", "");
        const link = new Link(this._url, {
            onHeard: (heard) => this._hear(link, heard),
            onBytes: (bytes) => link === this.link && this._on.onBytes(bytes),
            onCut: (text) => link === this.link && this._on.onCut(text),
            onPlace: (place) => link === this.link && this._set("entering", queueText(place)),
            onEnd: () => this._ended(link),
        });
        this.link = link;
        this._enter(link).catch((error) => {
            if (!(error instanceof Ended))
                throw error;
        });
    }

    /** @param {Link} link */
    async _enter(link) {
        const { wantsKey, why, session } = await greet(link, this.inside);
        if (wantsKey) {
            this.inside = { ...this.inside, key: "" };
            this._askOutside("key", why);
            return;
        }
        this.inside = { ...this.inside, session };
        await this._beNamed(link);
        await this._join(link);
    }

    /**
     * Asks the user, without holding a place in the room meanwhile.
     * @param {"name" | "key"} what
     * @param {string} why
     */
    _askOutside(what, why) {
        const { link } = this;
        this.link = null;
        link?.close();
        this._set("out", why);
        this._on.onWanted(what, why);
    }

    /** @param {Link} link */
    async _beNamed(link) {
        for (;;) {
            const { name, secret } = this.inside;
            const reply = await link.ask(`nick:${name}${secret === "" ? "" : ` ${secret}`}`);
            if (reply.code === CODE.DONE)
                return this._takeName(reply.text);
            if (reply.code === CODE.CLOSING)
                throw new Ended();
            this._set("out", reply.text);
            const chosen = new Promise((resolve) => (this._named = resolve));
            this._on.onWanted("name", reply.code === CODE.NAME_TAKEN ? `${name} is taken.` : reply.text);
            await chosen;
            this._named = null;
            this._set("entering", "");
        }
    }

    /** @param {string} text "NAME secret SECRET" */
    _takeName(text) {
        const [name, , secret = ""] = text.split(" ");
        this.name = name;
        this.inside = named(this.inside, name, secret);
        keepInside(this.inside);
        keepName(name);
    }

    /** @param {Link} link */
    async _join(link) {
        const from = this._run === "" ? "" : `${this._run} ${this._next}`;
        await link.ask(`join:${from}`, { take: (reply) => this._joined(link, reply) });
    }

    /**
     * @param {Link} link
     * @param {Reply} reply "Joined ROOM. RUN NEXT"
     */
    _joined(link, reply) {
        const found = /^Joined (\S+?)\.? (\S+) (\d+)$/.exec(reply.text);
        if (reply.code !== CODE.DONE || found === null || link !== this.link)
            return;
        const sameRun = found[2] === this._run;
        [, this.room, this._run] = found;
        if (!sameRun)
            this._next = Number(found[3]);
        this._tries = 0;
        this._on.onJoined(this.room, sameRun, Number(found[3]));
        this._set("present", "");
        for (const go of this._whenPresent.splice(0))
            go();
    }

    /**
     * @param {Link} link
     * @param {Heard[]} heard
     */
    _hear(link, heard) {
        if (link !== this.link)
            return;
        for (const line of heard)
            this._next = Math.max(this._next, line.number + 1);
        this._on.onHeard(heard);
    }

    // ---- the end of a connection

    /** @param {Link} link */
    _ended(link) {
        if (link !== this.link)
            return;
        const why = link.greeted ? link.farewell : this._why; // nobody is there: what was said last holds
        this._why = why;
        this.link = null;
        if (this._named !== null) {
            this._named = null; // the user is choosing a name, and enters with it
            return;
        }
        const verdict = verdictOf(why);
        if (verdict === "over") {
            this.inside = { ...this.inside, secret: "", session: "" };
            keepInside(null);
            this._set("over", why);
        } else {
            this._timer = setTimeout(() => this._connect(), pauseOf(verdict, this._tries++));
            this._set("waiting", why);
        }
    }

    /**
     * @param {Phase} phase
     * @param {string} why
     */
    _set(phase, why) {
        this.phase = phase;
        this._on.onPhase(phase, why);
    }
}
