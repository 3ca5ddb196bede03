/**
 * The worker: reads files and digests them, so that the page stays smooth meanwhile, and keeps time,
 * because a browser slows down the clocks of a page that nobody looks at.
 *
 * It takes {id, want: "digest", file}, {id, want: "read", file, from, to}, {id, want: "rest", ms} and
 * {id, want: "stop"}, which ends the digest of that id; it posts {id, done} while it digests, and at
 * the end {id, hex}, {id, bytes}, {id} or {id, error}.
 */
import { Sha256, hexOf } from "./sha256.js";

const CHUNK = 1 << 20;

/** @type {Set<number>} */
const stopped = new Set();

/**
 * @param {number} id
 * @param {File} file
 */
async function digestFile(id, file) {
    const sum = new Sha256();
    for (let at = 0; at < file.size; at += CHUNK) {
        if (stopped.delete(id))
            return;
        sum.add(new Uint8Array(await file.slice(at, at + CHUNK).arrayBuffer()));
        postMessage({ id, done: Math.min(at + CHUNK, file.size) });
    }
    postMessage({ id, hex: hexOf(sum.end()) });
}

/** @param {{id: number, want: string, file: File, from: number, to: number, ms: number}} asked */
async function answer(asked) {
    if (asked.want === "digest")
        return digestFile(asked.id, asked.file);
    if (asked.want === "rest")
        return void setTimeout(() => postMessage({ id: asked.id }), asked.ms);
    if (asked.want === "stop")
        return void stopped.add(asked.id);
    const bytes = await asked.file.slice(asked.from, asked.to).arrayBuffer();
    postMessage({ id: asked.id, bytes }, { transfer: [bytes] });
}

addEventListener("message", (event) => {
    answer(event.data).catch((error) => postMessage({ id: event.data.id, error: String(error) }));
});
