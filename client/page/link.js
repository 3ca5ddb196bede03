/**
 * One connection to the room: lines go out, replies come back in order, but for one that the server
 * sets aside; room lines come in between.
 */
import { CODE, parseHeard, parseLine } from "./wire.js";

/** @typedef {import("./wire.js").Reply} Reply */
/** @typedef {import("./wire.js").Heard} Heard */

/** Thrown by whatever waits for a reply when the connection ends. */
export class Ended extends Error {}

/** Milliseconds without any line while a reply is due; then the connection is given up. */
const SILENCE_MS = 60000;
/** The same while the connection is being made. */
const CONNECT_MS = 10000;

/**
 * @typedef {object} Waiting somebody who waits for a reply
 * @property {((reply: Reply) => void) | undefined} take called at once, before the next line is read
 * @property {(reply: Reply) => void} resolve
 * @property {(error: Ended) => void} reject
 */

/**
 * @typedef {object} Listener what a session tells the page, which keeps one connection after the other
 * @property {(phase: import("./session.js").Phase, why: string) => void} onPhase
 * @property {(what: "name" | "key", why: string) => void} onWanted
 * @property {(room: string, sameRun: boolean, next: number) => void} onJoined called before the lines that follow, of which those before `next` were missed
 * @property {(heard: Heard[]) => void} onHeard
 * @property {(bytes: ArrayBuffer) => void} onBytes
 * @property {(text: string) => void} onCut
 */

/**
 * @typedef {object} Ears what a connection tells
 * @property {(heard: Heard[]) => void} onHeard room lines that came together
 * @property {(bytes: ArrayBuffer) => void} onBytes the next of the file that comes
 * @property {(text: string) => void} onCut 152: the file that is under way ends here
 * @property {(place: number) => void} onPlace 120: the room is full, and this is the place in its queue
 * @property {(link: Link) => void} onEnd
 */

export class Link {

    /**
     * @param {string} url
     * @param {Ears} ears
     */
    constructor(url, ears) {
        /** The text of 421, once it came. */
        this.farewell = "";
        this.opened = false;
        /** Whether the server has said anything. */
        this.greeted = false;
        /** @type {Waiting[]} */
        this._waiting = [];
        /** @type {Waiting | undefined} whose reply the server has set aside */
        this._aside = undefined;
        /** Whether that reply is the next. */
        this._late = false;
        /** @type {Reply | null} a reply of several lines that has begun */
        this._begun = null;
        /** @type {(() => void)[]} what may be sent only after the reply to a request that stands alone */
        this._held = [];
        this._alone = false;
        this._silence = 0;
        this._ears = ears;
        this._socket = new WebSocket(url, "rollcall");
        this._socket.binaryType = "arraybuffer";
        this._socket.onopen = () => {
            this.opened = true;
            this._watch();
        };
        this._socket.onmessage = (event) => this._receive(event.data);
        this._socket.onclose = () => this._end();
        this._watch();
    }

    /** Whether requests can be sent: a connection that ends is no more, although its end is told later. */
    get isOpen() {
        return this._socket.readyState === WebSocket.OPEN;
    }

    /** Bytes given to sendPiece() and not yet to the network. Throws Ended: they will never be. */
    get buffered() {
        if (!this.isOpen)
            throw new Ended();
        return this._socket.bufferedAmount;
    }

    /**
     * Sends a request and waits for its reply. alone: nothing is sent before its reply has come.
     * @param {string} line
     * @param {{alone?: boolean, take?: (reply: Reply) => void}} options
     * @returns {Promise<Reply>}
     */
    ask(line, { alone = false, take } = {}) {
        return new Promise((resolve, reject) => {
            const send = () => {
                if (!this.isOpen) {
                    reject(new Ended());
                    return;
                }
                this._alone = alone;
                this._waiting.push({ take, resolve, reject });
                this._socket.send(`${line}\n`);
                this._watch();
            };
            if (this._alone)
                this._held.push(send);
            else
                send();
        });
    }

    /**
     * Waits for a reply that comes without a request: the greeting, and that of a hand-in after its
     * last piece.
     * @param {(reply: Reply) => void} [take]
     * @returns {Promise<Reply>}
     */
    expect(take) {
        return new Promise((resolve, reject) => {
            if (this._socket.readyState > WebSocket.OPEN)
                reject(new Ended());
            else
                this._waiting.push({ take, resolve, reject });
        });
    }

    /**
     * Nobody waits for this reply any more: it will not come.
     * @param {(reply: Reply) => void} take as given to expect()
     */
    expectNoMore(take) {
        this._waiting = this._waiting.filter((waiting) => waiting.take !== take);
    }

    /** @param {ArrayBuffer} bytes a piece of a hand-in */
    sendPiece(bytes) {
        if (!this.isOpen)
            throw new Ended();
        this._socket.send(bytes);
    }

    /** Gives the connection up, also one that would not notice for minutes that it is dead. */
    close() {
        this._socket.onmessage = null;
        this._socket.onclose = null;
        this._socket.close();
        this._end();
    }

    _end() {
        const waiting = this._waiting.concat(this._aside ?? []), held = this._held;
        clearTimeout(this._silence);
        this._waiting = [];
        this._aside = undefined;
        this._held = [];
        this._alone = false;
        for (const one of waiting)
            one.reject(new Ended());
        for (const send of held)
            send();
        this._ears.onEnd(this);
    }

    _watch() {
        clearTimeout(this._silence);
        const most = this.opened ? SILENCE_MS : CONNECT_MS;
        const isDue = () => this._waiting.length > 0 || this._aside !== undefined;
        this._silence = setTimeout(() => isDue() && this.close(), most);
    }

    /** @param {unknown} data */
    _receive(data) {
        /** @type {Heard[]} */
        const heard = [];
        this._watch();
        if (data instanceof ArrayBuffer)
            this._ears.onBytes(data);
        if (typeof data !== "string")
            return;
        this.greeted = true;
        for (const line of data.split("\n"))
            if (line !== "")
                this._line(line.replace(/\r$/, ""), heard);
        if (heard.length > 0)
            this._ears.onHeard(heard);
    }

    /**
     * @param {string} line
     * @param {Heard[]} heard
     */
    _line(line, heard) {
        const parsed = parseLine(line);
        if (parsed === null)
            return;
        const { kind, code, text } = parsed;
        if (kind === "first") {
            this._begun = { code, text, items: [], last: "" };
        } else if (kind === "item") {
            this._begun?.items.push(text);
        } else if (code >= CODE.SAID && code <= CODE.ANNOUNCED) {
            heard.push(parseHeard(code, text));
        } else if (code === CODE.WAITING) {
            this._ears.onPlace(parseInt(text, 10));
        } else if (code === CODE.CUT) {
            this._ears.onCut(text);
        } else if (code === CODE.LATER) {
            this._aside = this._waiting.shift();
        } else if (code === CODE.LATE) {
            this._late = true;
        } else if (code >= 200 || code === CODE.FILE) {
            const begun = this._begun ?? { text, items: [] };
            this._begun = null;
            this._reply({ code, text: begun.text, items: begun.items, last: text });
        }
    }

    /** @param {Reply} reply */
    _reply(reply) {
        if (reply.code === CODE.CLOSING)
            this.farewell = reply.text;
        const waiting = this._late ? this._aside : this._waiting.shift();
        if (this._late)
            this._aside = undefined;
        this._late = false;
        this._alone = false;
        waiting?.take?.(reply);
        waiting?.resolve(reply);
        while (!this._alone) {
            const send = this._held.shift();
            if (send === undefined)
                break;
            send();
        }
    }
}
