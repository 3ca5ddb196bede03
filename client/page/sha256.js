/**
 * SHA-256 (FIPS 180-4), a piece at a time, and HMAC (RFC 2104). The browser's own crypto.subtle is
 * there only in a secure context, which a room without TLS is not, and it cannot digest in pieces.
 */

const BLOCK = 64;

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const K = new Int32Array(64);
/** The same of the square roots of the first 8. */
const INITIAL = new Int32Array(8);

(function fillConstants() {
    const fraction = (/** @type {number} */ x) => ((x - Math.floor(x)) * 2 ** 32) | 0;
    for (let candidate = 2, found = 0; found < 64; candidate++) {
        let prime = true;
        for (let divisor = 2; divisor * divisor <= candidate; divisor++)
            prime = prime && candidate % divisor !== 0;
        if (!prime)
            continue;
        if (found < 8)
            INITIAL[found] = fraction(Math.sqrt(candidate));
        K[found++] = fraction(Math.cbrt(candidate));
    }
})();

export class Sha256 {
    constructor() {
        this._state = Int32Array.from(INITIAL);
        this._schedule = new Int32Array(64);
        this._rest = new Uint8Array(BLOCK);
        this._used = 0;
        this._length = 0;
    }

    /** @param {Uint8Array} bytes */
    add(bytes) {
        let at = 0;
        this._length += bytes.length;
        if (this._used > 0) {
            at = Math.min(BLOCK - this._used, bytes.length);
            this._rest.set(bytes.subarray(0, at), this._used);
            this._used += at;
            if (this._used < BLOCK)
                return this;
            this._block(this._rest, 0);
            this._used = 0;
        }
        for (; at + BLOCK <= bytes.length; at += BLOCK)
            this._block(bytes, at);
        this._rest.set(bytes.subarray(at));
        this._used = bytes.length - at;
        return this;
    }

    /** The digest; nothing can be added afterwards. */
    end() {
        const bits = this._length * 8;
        const padding = new Uint8Array(this._used < 56 ? BLOCK - this._used : 2 * BLOCK - this._used);
        const view = new DataView(padding.buffer);
        padding[0] = 0x80;
        view.setUint32(padding.length - 8, Math.floor(bits / 2 ** 32));
        view.setUint32(padding.length - 4, bits >>> 0);
        this.add(padding);
        const digest = new Uint8Array(32);
        const out = new DataView(digest.buffer);
        this._state.forEach((word, i) => out.setInt32(4 * i, word));
        return digest;
    }

    /**
     * @param {Uint8Array} bytes
     * @param {number} at
     */
    _block(bytes, at) {
        const w = this._schedule, state = this._state;
        for (let i = 0; i < 16; i++, at += 4)
            w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
        for (let i = 16; i < 64; i++) {
            const x = w[i - 15], y = w[i - 2];
            const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
            const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
            w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
        }
        let a = state[0], b = state[1], c = state[2], d = state[3];
        let e = state[4], f = state[5], g = state[6], h = state[7];
        for (let i = 0; i < 64; i++) {
            const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
            const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
            const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
            const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
            h = g;
            g = f;
            f = e;
            e = (d + t1) | 0;
            d = c;
            c = b;
            b = a;
            a = (t1 + t2) | 0;
        }
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }
}

/** @param {Uint8Array} bytes */
export function hexOf(bytes) {
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {Uint8Array} key
 * @param {Uint8Array} message
 */
function hmac(key, message) {
    const block = new Uint8Array(BLOCK);
    block.set(key.length > BLOCK ? new Sha256().add(key).end() : key);
    const inner = new Sha256().add(block.map((byte) => byte ^ 0x36)).add(message).end();
    return new Sha256().add(block.map((byte) => byte ^ 0x5c)).add(inner).end();
}

/**
 * The answer to the challenge of a room with a key (331).
 * @param {string} key
 * @param {string} challenge
 */
export function keyAnswer(key, challenge) {
    const encoder = new TextEncoder();
    return hexOf(hmac(encoder.encode(key), encoder.encode(`rollcall-key:${challenge}`)));
}
