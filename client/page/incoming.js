/**
 * A file that comes over the connection itself: while the room drains its page is closed, and the
 * browser cannot fetch what it links to.
 */
import { make } from "./dom.js";
import { CODE } from "./wire.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./wire.js").Reply} Reply */

/** Bytes that are kept as they came; then they become a part of a blob, which a browser can put on the disk. */
const LOOSE_MOST = 16 << 20;
/** Milliseconds in which the browser has begun to save what is handed to it. */
const SAVING_MS = 60000;
/** Why a file did not come whose connection ended. */
export const BROKE = "The connection broke.";

export class Incoming {
    /**
     * @param {Session} session
     * @param {(path: string, done: number, size: number) => void} onProgress
     */
    constructor(session, onProgress) {
        this._session = session;
        this._onProgress = onProgress;
        this.isBusy = false;
        /** Called at the end of the file that comes, with why it did not, or "". */
        this._ended = /** @type {((why: string) => void) | null} */ (null);
        this._path = "";
        this._size = 0;
        this._done = 0;
        this._whole = new Blob();
        /** @type {ArrayBuffer[]} */
        this._loose = [];
        this._looseBytes = 0;
    }

    /**
     * Fetches a file, and gives it to the browser to save. Resolves with why it did not come, or "".
     * @param {string} path
     * @returns {Promise<string>}
     */
    async fetch(path) {
        const { link } = this._session;
        if (this.isBusy)
            return "Another file is on its way.";
        if (link === null)
            return "You are not connected.";
        this.isBusy = true;
        /** @type {string} */
        const why = await new Promise((resolve) => {
            const take = (/** @type {Reply} */ reply) => this._begin(path, reply, resolve);
            link.ask(`file:${path}`, { take }).catch(() => resolve(BROKE));
        });
        this._ended = null;
        this.isBusy = false;
        if (why === "")
            this._save();
        this._whole = new Blob();
        this._loose = [];
        return why;
    }

    /**
     * @param {string} path
     * @param {Reply} reply "SIZE OFFSET NAME", if the file comes
     * @param {(why: string) => void} ended
     */
    _begin(path, reply, ended) {
        if (reply.code !== CODE.FILE) {
            ended(reply.text);
            return;
        }
        this._ended = ended;
        this._path = path;
        this._size = Number(reply.text.split(" ")[0]);
        this._done = 0;
        this._looseBytes = 0;
        this._came(0);
    }

    /** @param {ArrayBuffer} bytes the next of the file */
    take(bytes) {
        if (this._ended === null)
            return;
        this._loose.push(bytes);
        this._looseBytes += bytes.byteLength;
        if (this._looseBytes >= LOOSE_MOST)
            this._fold();
        this._came(bytes.byteLength);
    }

    /**
     * No more comes.
     * @param {string} why
     */
    cut(why) {
        this._ended?.(why);
    }

    /** @param {number} count of bytes */
    _came(count) {
        this._done += count;
        this._onProgress(this._path, this._done, this._size);
        if (this._done >= this._size)
            this._ended?.("");
    }

    /** Of that type, because a browser gives the names of others an ending of its own. */
    _fold() {
        this._whole = new Blob([this._whole, ...this._loose], { type: "application/octet-stream" });
        this._loose = [];
        this._looseBytes = 0;
    }

    _save() {
        this._fold();
        const address = URL.createObjectURL(this._whole);
        make("a", { href: address, download: this._path.replace(/.*\//, "") }).click();
        setTimeout(() => URL.revokeObjectURL(address), SAVING_MS);
    }
}
