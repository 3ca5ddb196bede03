/**
 * Handing in one file: its digest, the server's word, its pieces, the receipt; and once more from
 * where it was after the connection broke.
 */
import { sizeText } from "./dom.js";
import { Ended } from "./link.js";
import { Stopped } from "./reader.js";
import { CODE, clean, parseReceipt } from "./wire.js";

/** @typedef {import("./link.js").Link} Link */
/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./wire.js").Reply} Reply */

/** What is said waits behind the bytes on their way: no more than go out in so many milliseconds. */
const UNDER_WAY_MS = 200;
/** Bytes on their way, whatever the rate; a piece is a quarter of them, and at most what the wire allows. */
const UNDER_WAY_LEAST = 65536;
const UNDER_WAY_FIRST = 262144;
const UNDER_WAY_MOST = 4 << 20;
const PIECE_MOST = 262144;
/** Milliseconds between two looks at what is on its way. */
const REST_MS = 10;
/** A file with more bytes is asked for before it is read: it may be too large. */
const ASK_LEAST = 1 << 20;

/**
 * @typedef {object} Job
 * @property {File} file
 * @property {"queued" | "reading" | "asking" | "sending" | "checking" | "waiting" | "done" | "failed" | "stopped"} state
 * @property {number} done bytes read or sent, by the state
 * @property {number} from where sending began, and when: for the rate
 * @property {number} since
 * @property {string} hex
 * @property {string} why it failed
 * @property {boolean} final the same file fails again
 * @property {import("./memory.js").Receipt | null} receipt
 * @property {AbortController} stop
 */

/**
 * @param {File} file
 * @returns {Job}
 */
export function jobOf(file) {
    return {
        file,
        state: "queued",
        done: 0,
        from: 0,
        since: 0,
        hex: "",
        why: "",
        final: false,
        receipt: null,
        stop: new AbortController(),
    };
}

/**
 * The server's words, with large numbers of bytes as people read them.
 * @param {Reply} reply
 */
function refusalText(reply) {
    return reply.text.replace(/(\d{4,}) bytes/g, (_, size) => sizeText(Number(size)));
}

/**
 * Whether the server refuses the same file again: its name, its length, or that any comes. For a disk
 * that is full, or what else was handed in, that can change.
 * @param {Reply} reply
 */
function isFinal(reply) {
    /** @type {number[]} */
    const codes = [CODE.DONE, CODE.BAD_ARGUMENT, CODE.NOT_FOUND];
    return codes.includes(reply.code) || reply.text.startsWith("Too large:");
}

export class HandIn {
    /**
     * @param {Session} session
     * @param {Reader} reader
     * @param {Job} job
     * @param {() => void} onChange
     */
    constructor(session, reader, job, onChange) {
        this._session = session;
        this._reader = reader;
        this._job = job;
        this._onChange = onChange;
        /** Set by 152: why no more bytes are wanted. */
        this._cut = "";
        /** @type {((reply: Reply) => void) | null} what waits for the reply behind the last piece */
        this._take = null;
    }

    /** Hands in, or ends in the state failed or stopped. */
    async run() {
        const job = this._job;
        try {
            if (await this._mayCome()) {
                this._set("reading");
                job.hex = await this._reader.digest(job.file, job.stop.signal, (done) => this._set("reading", done));
                await this._untilAnswered();
            }
        } catch (error) {
            if (error instanceof Stopped || job.stop.signal.aborted)
                this._set("stopped");
            else
                this._fail("The file cannot be read; try again, or choose it again.", false);
        }
    }

    /**
     * 152: the server wants no more of it.
     * @param {string} why
     */
    cut(why) {
        this._cut = why;
        if (this._take !== null)
            this._take({ code: CODE.CUT, text: why, items: [], last: why });
    }

    /**
     * @param {Job["state"]} state
     * @param {number} done
     */
    _set(state, done = 0) {
        this._job.state = state;
        this._job.done = done;
        this._onChange();
    }

    /**
     * @param {string} why
     * @param {boolean} final
     */
    _fail(why, final) {
        this._job.why = why;
        this._job.final = final;
        this._set("failed");
    }

    /** Whether the server would take a file of this name, which must fit into a line, and length. */
    async _mayCome() {
        const { file } = this._job;
        if (clean(file.name) !== file.name) {
            this._fail("Its name has a line break or another control character; rename it, and choose it again.", true);
            return false;
        }
        if (file.size < ASK_LEAST)
            return true;
        const link = await this._link();
        const reply = await link.ask(`put:${file.size}: ${file.name}`).catch(() => null);
        if (reply !== null && reply.code >= 400)
            this._fail(refusalText(reply), isFinal(reply));
        return reply === null || reply.code < 400;
    }

    /** The connection, once there is one; Stopped where the user does not wait for it. */
    async _link() {
        const { signal } = this._job.stop;
        if (!this._session.isPresent)
            this._set("waiting");
        const stopped = new Promise((_, reject) => {
            if (signal.aborted)
                reject(new Stopped());
            signal.addEventListener("abort", () => reject(new Stopped()), { once: true });
        });
        return /** @type {Promise<Link>} */ (Promise.race([this._session.present(), stopped]));
    }

    /** Tries until the server has answered, over as many connections as that takes. */
    async _untilAnswered() {
        for (;;) {
            const link = await this._link();
            this._set("asking");
            try {
                return this._answered(await this._give(link));
            } catch (error) {
                if (!(error instanceof Ended))
                    throw error;
            }
        }
    }

    /**
     * @param {Link} link
     * @returns {Promise<Reply>} to the file
     */
    async _give(link) {
        const { file, hex } = this._job;
        let reply = await this._put(link, `put:${file.size}:${hex}: ${file.name}`);
        if (reply.code === CODE.BAD_ARGUMENT) // a server that keeps no parts
            reply = await this._put(link, `put:${file.size}:${hex} ${file.name}`);
        return reply;
    }

    /**
     * @param {Link} link
     * @param {string} line
     * @returns {Promise<Reply>}
     */
    async _put(link, line) {
        const { file } = this._job;
        /** @type {Promise<Reply> | null} */
        let answer = null;
        let at = 0;
        this._cut = "";
        const reply = await link.ask(line, {
            alone: true,
            take: (first) => {
                at = Number(/^(\d+) /.exec(first.text)?.[1] ?? 0);
                if (first.code === CODE.GO_ON && at >= file.size)
                    answer = this._final(link);
            },
        });
        if (reply.code !== CODE.GO_ON)
            return reply;
        return answer ?? this._pieces(link, at);
    }

    /**
     * The reply to the file, which is due now that all its bytes are sent.
     * @param {Link} link
     * @returns {Promise<Reply>}
     */
    _final(link) {
        this._set("checking", this._job.file.size);
        return new Promise((resolve, reject) => {
            const take = (/** @type {Reply} */ reply) => {
                link.expectNoMore(take);
                this._take = null;
                resolve(reply);
            };
            this._take = take;
            link.expect(take).catch(reject);
        });
    }

    /**
     * @param {Link} link
     * @param {number} from
     * @returns {Promise<Reply>}
     */
    async _pieces(link, from) {
        const { file, stop } = this._job;
        this._job.from = from;
        this._job.since = performance.now();
        for (let at = from; at < file.size && this._cut === "";) {
            const most = this._mostUnderWay(at - link.buffered);
            const to = Math.min(at + Math.min(most / 4, PIECE_MOST), file.size);
            const bytes = await this._reader.read(file, at, to);
            while (link.buffered > most && !stop.signal.aborted)
                await this._reader.rest(REST_MS);
            if (stop.signal.aborted)
                await this._stopSending(link);
            if (this._cut !== "")
                break;
            link.sendPiece(bytes);
            at = to;
            if (at === file.size)
                return this._final(link);
            this._set("sending", Math.max(from, at - link.buffered));
        }
        return { code: CODE.CUT, text: this._cut, items: [], last: this._cut };
    }

    /**
     * How many bytes may be on their way.
     * @param {number} gone where the bytes end that are out
     */
    _mostUnderWay(gone) {
        const { from, since } = this._job;
        if (gone - from < UNDER_WAY_FIRST)
            return UNDER_WAY_FIRST;
        const most = ((gone - from) / Math.max(1, performance.now() - since)) * UNDER_WAY_MS;
        return 4 * Math.round(Math.min(UNDER_WAY_MOST, Math.max(UNDER_WAY_LEAST, most)) / 4);
    }

    /** @param {Link} link */
    async _stopSending(link) {
        await link.ask("stop:");
        throw new Stopped();
    }

    /** @param {Reply} reply */
    _answered(reply) {
        const { hex, file } = this._job;
        if (reply.code !== CODE.HANDED_IN)
            return this._fail(reply.code === CODE.DONE ? "This room takes no files." : refusalText(reply), isFinal(reply));
        const receipt = parseReceipt(reply.text);
        if (receipt === null || receipt.hex !== hex || receipt.size !== file.size)
            return this._fail("The server's copy differs; hand it in again.", false);
        this._job.receipt = { ...receipt, as: this._session.name };
        this._set("done", file.size);
    }
}
