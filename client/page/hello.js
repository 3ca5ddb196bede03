/**
 * The first lines of a connection: the room's key, where it has one, and the session before this one.
 */
import { Ended } from "./link.js";
import { keyAnswer } from "./sha256.js";
import { CODE } from "./wire.js";

/** @typedef {import("./link.js").Link} Link */

/**
 * Greets the server. The result says whether the user must be asked for the key first, and why, and
 * names the session. Throws Ended where the server refuses.
 * @param {Link} link
 * @param {{key: string, session: string}} inside session: the one before, which may have been kicked
 * @returns {Promise<{wantsKey: boolean, why: string, session: string}>}
 */
export async function greet(link, { key, session }) {
    let reply = await link.expect();
    if (reply.code === CODE.KEY_WANTED) {
        if (key === "")
            return { wantsKey: true, why: "", session };
        reply = await link.ask(`key:${keyAnswer(key, reply.text.replace(/^sha256 /, ""))}`);
    }
    if (reply.code === CODE.WRONG_KEY)
        return { wantsKey: true, why: "That is not the room's key.", session };
    if (reply.code !== CODE.GREETING) {
        link.close();
        throw new Ended();
    }
    reply = await link.ask(`pieces:${session}`);
    return { wantsKey: false, why: "", session: reply.code === CODE.PIECES ? reply.text : session };
}
