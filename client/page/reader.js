/**
 * Reading files in the worker (digest.js).
 */

export class Stopped extends Error {}

export class Reader {
    constructor() {
        /** @type {Map<number, {resolve: (data: any) => void, reject: (error: Error) => void, onDone?: (done: number) => void}>} */
        this._asked = new Map();
        this._last = 0;
        /** Begins with the page: later the server may let nobody in, and so hand out no script. */
        this._worker = /** @type {Worker | null} */ (this._begin());
    }

    _begin() {
        const worker = new Worker(new URL("./digest.js", import.meta.url), { type: "module" });
        worker.onmessage = (event) => this._answered(event.data);
        worker.onerror = () => this._lost(worker);
        return worker;
    }

    /**
     * The worker's script did not come: whoever waits hears of it, and who asks next gets another.
     * @param {Worker} worker
     */
    _lost(worker) {
        worker.terminate();
        if (worker !== this._worker)
            return;
        this._worker = null;
        for (const asked of this._asked.values())
            asked.reject(new Error("no worker"));
        this._asked.clear();
    }

    /**
     * The file's SHA-256 digest in hexadecimal. Throws Stopped where `signal` stops it.
     * @param {File} file
     * @param {AbortSignal} signal
     * @param {(done: number) => void} onDone told the bytes that are digested
     * @returns {Promise<string>}
     */
    async digest(file, signal, onDone) {
        const id = this._last + 1;
        const stop = () => {
            this._worker?.postMessage({ id, want: "stop" });
            this._asked.get(id)?.reject(new Stopped());
            this._asked.delete(id);
        };
        const answer = this._ask({ want: "digest", file }, onDone);
        signal.addEventListener("abort", stop, { once: true });
        return answer.then((data) => data.hex).finally(() => signal.removeEventListener("abort", stop));
    }

    /**
     * @param {File} file
     * @param {number} from
     * @param {number} to
     * @returns {Promise<ArrayBuffer>}
     */
    async read(file, from, to) {
        return (await this._ask({ want: "read", file, from, to })).bytes;
    }

    /**
     * Waits; in time also where the page is hidden and its own timers are slowed down.
     * @param {number} ms
     */
    async rest(ms) {
        await this._ask({ want: "rest", ms });
    }

    /**
     * @param {object} what
     * @param {(done: number) => void} [onDone]
     * @returns {Promise<any>}
     */
    _ask(what, onDone) {
        const id = ++this._last;
        return new Promise((resolve, reject) => {
            this._asked.set(id, { resolve, reject, onDone });
            this._worker = this._worker ?? this._begin();
            this._worker.postMessage({ id, ...what });
        });
    }

    /** @param {{id: number, done?: number, error?: string}} data */
    _answered(data) {
        const asked = this._asked.get(data.id);
        if (data.done !== undefined) {
            asked?.onDone?.(data.done);
            return;
        }
        this._asked.delete(data.id);
        if (data.error !== undefined)
            asked?.reject(new Error(data.error));
        else
            asked?.resolve(data);
    }
}
