/**
 * What is said: room lines become lines of the conversation, and what this member says is shown at
 * once and marked until the server has acknowledged it.
 */
import { isForMe } from "./line.js";
import { fold, isGiven, isSame } from "./names.js";
import { CODE, shown } from "./wire.js";

/** @typedef {import("./line.js").Line} Line */
/** @typedef {import("./wire.js").Heard} Heard */
/** @typedef {import("./conversation.js").Conversation} Conversation */
/** @typedef {import("./session.js").Session} Session */

/** Milliseconds in which somebody who came takes a name. */
const ARRIVAL_MS = 1000;
/** Own lines that are known again when the room repeats them after a lost connection. */
const OWN_MOST = 200;
/** Names in one line about who came or went. */
const NAMES_MOST = 8;

export class Talk {
    /**
     * @param {Session} session
     * @param {Conversation} conversation
     * @param {(line: Line) => void} onNews told what is said now, not what was said earlier
     */
    constructor(session, conversation, onNews) {
        /** @type {Line[]} public lines of this member that may come back */
        this._own = [];
        /** @type {Map<string, {at: Date, timer: number}>} who came just now, and has no name yet */
        this._arrivals = new Map();
        /** @type {Map<string, {name: string, isBack: boolean}>} who had a name, and perhaps only lost a connection */
        this._replaced = new Map();
        /** @type {Map<string, Line>} the lines about hands that are up, by the name without its case */
        this._hands = new Map();
        /** @type {{line: Line, verb: string, names: string[]} | null} the last line about who came or went */
        this._crowd = null;
        this._session = session;
        this._conversation = conversation;
        this._onNews = onNews;
    }

    // ---- from the room

    /** @param {Heard} heard */
    hear(heard) {
        const { code, name, text, at } = heard;
        if (code === CODE.CAME)
            this._came(name, at);
        else if (code === CODE.WENT)
            this._went(name, at);
        else if (code === CODE.RENAMED)
            this._renamed(name, text, at);
        else if (code === CODE.RAISED)
            this._raised(name, text, at);
        else if (code === CODE.LOWERED)
            this._lowered(name, at);
        else if (code === CODE.LOST)
            this._event(`Lines are missing here, up to ${text}: the server keeps them no longer`, at);
        else
            this._said(heard);
    }

    /** @param {Heard} heard */
    _said({ code, name, text, at }) {
        const kind = code === CODE.TOLD ? "told" : name === "*" ? "announced" : "said";
        const own = kind === "said" && isSame(name, this._session.name);
        if (own && code === CODE.SAID && this._knows(text))
            return;
        this._arrived(name);
        /** @type {Line} */
        const line = { kind, at, name, text, own, earlier: code === CODE.EARLIER };
        line.mention = !own && isForMe(line, this._session.name);
        this._conversation.add(line);
        if (!line.earlier)
            this._onNews(line);
    }

    /**
     * Whether an own line that came back is shown already; if it was in doubt, it is no more.
     * @param {string} text
     */
    _knows(text) {
        const same = this._own.filter((line) => shown(line.text) === text);
        const line = same.find(({ state }) => state !== undefined) ?? same[0];
        if (line === undefined)
            return false;
        this._own = this._own.filter((other) => other !== line);
        line.state = undefined;
        this._conversation.change(line);
        return true;
    }

    /**
     * @param {string} name
     * @param {Date} at
     */
    _came(name, at) {
        const timer = setTimeout(() => this._arrived(name), ARRIVAL_MS);
        this._arrivals.set(name, { at, timer });
    }

    /**
     * Who speaks has come, or gave up a name, under the name that stands there.
     * @param {string} name
     */
    _arrived(name) {
        const arrival = this._arrivals.get(name), before = this._replaced.get(name);
        if (before !== undefined) {
            this._replaced.delete(name);
            this._event(`${before.name} is now called ${name}`, new Date());
        }
        if (arrival === undefined)
            return;
        clearTimeout(arrival.timer);
        this._arrivals.delete(name);
        this._crowded("came", name, arrival.at);
    }

    /**
     * @param {string} name
     * @param {Date} at
     */
    _went(name, at) {
        const arrival = this._arrivals.get(name), before = this._replaced.get(name);
        if (arrival === undefined) {
            this._replaced.delete(name);
            this._hands.delete(fold(name));
            if (!before?.isBack)
                this._crowded("went", before?.name ?? name, at);
            return;
        }
        clearTimeout(arrival.timer);
        this._arrivals.delete(name);
    }

    /**
     * Who comes back with another connection neither came nor went: the old session gets a given name
     * first, and is ended last.
     * @param {string} from
     * @param {string} to
     * @param {Date} at
     */
    _renamed(from, to, at) {
        const arrival = this._arrivals.get(from);
        const before = [...this._replaced.values()].find(({ name }) => isSame(name, to));
        if (arrival === undefined && isGiven(to)) {
            this._replaced.set(to, { name: from, isBack: isSame(from, this._session.name) });
            return;
        }
        if (before !== undefined)
            before.isBack = true;
        if (arrival === undefined) {
            this._event(`${from} is now called ${to}`, at);
            return;
        }
        clearTimeout(arrival.timer);
        this._arrivals.delete(from);
        if (before === undefined)
            this._came(to, arrival.at);
    }

    /**
     * A hand that is up already, and now has a word, keeps its line.
     * @param {string} name
     * @param {string} text
     * @param {Date} at
     */
    _raised(name, text, at) {
        this._arrived(name);
        const words = `${name} raised a hand${text === "" ? "" : `: ${text}`}`;
        const line = this._hands.get(fold(name));
        if (line === undefined) {
            this._hands.set(fold(name), this._event(words, at));
            return;
        }
        line.text = words;
        this._conversation.change(line);
    }

    /**
     * @param {string} name
     * @param {Date} at
     */
    _lowered(name, at) {
        this._hands.delete(fold(name));
        this._event(`${name} lowered the hand`, at);
    }

    /**
     * Those who come and go together stand in one line.
     * @param {string} verb
     * @param {string} name
     * @param {Date} at
     */
    _crowded(verb, name, at) {
        const crowd = this._crowd;
        if (crowd === null || crowd.verb !== verb || this._conversation.last !== crowd.line) {
            this._crowd = { line: this._event(`${name} ${verb}`, at), verb, names: [name] };
            return;
        }
        crowd.names.push(name);
        const more = crowd.names.length - NAMES_MOST;
        crowd.line.text = `${crowd.names.slice(0, NAMES_MOST).join(", ")}${more > 0 ? ` and ${more} more` : ""} ${verb}`;
        this._conversation.change(crowd.line);
    }

    /**
     * @param {string} text
     * @param {Date} at
     */
    _event(text, at) {
        /** @type {Line} */
        const line = { kind: "event", at, name: "", text };
        this._conversation.add(line);
        return line;
    }

    // ---- from this member

    /** @param {string} text */
    say(text) {
        /** @type {Line} */
        const line = { kind: "said", at: new Date(), name: this._session.name, text, own: true, state: "sending" };
        this._own = [...this._own, line].slice(-OWN_MOST);
        this._show(line);
        this._send(line, `msg:${text}`);
    }

    /**
     * @param {string} name
     * @param {string} text
     */
    tell(name, text) {
        /** @type {Line} */
        const line = { kind: "tell", at: new Date(), name, text, own: true, state: "sending" };
        this._show(line);
        this._send(line, `tell:${name} ${text}`);
    }

    /** @param {Line} line */
    _show(line) {
        this._conversation.add(line);
        this._conversation.toEnd();
    }

    /**
     * @param {Line} line
     * @param {string} request
     */
    async _send(line, request) {
        line.again = () => {
            line.state = "sending";
            this._conversation.change(line);
            this._send(line, request);
        };
        try {
            const reply = await this._session.ask(request);
            line.state = reply.code === CODE.DONE ? undefined : "lost";
            if (reply.code !== CODE.DONE)
                this.note(reply.text, true);
        } catch {
            line.state = "lost"; // the room may repeat it, and then it was said
        }
        this._conversation.change(line);
    }

    /**
     * A word from the page itself.
     * @param {string} text
     * @param {boolean} wrong
     */
    note(text, wrong) {
        this._conversation.add({ kind: wrong ? "wrong" : "note", at: new Date(), name: "", text });
    }
}
