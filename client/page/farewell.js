/**
 * What 421 means: whether one comes back, and how that is said.
 */

/** The text of 421 where the session goes on with another connection, "" where the line just broke. */
const COMES_BACK = /^(Server shutting down|Idle for too long|Too slow|A line must end)/;

/**
 * full: comes back when there is a place; back: comes back; over: stays away.
 * @param {string} text of 421, or "": the connection broke without a word
 * @returns {"full" | "back" | "over"}
 */
export function verdictOf(text) {
    if (/^Server full:|try again later\.$/.test(text))
        return "full";
    return text === "" || COMES_BACK.test(text) ? "back" : "over";
}

/** Milliseconds until the first try after a loss; each wait is twice as long, up to the most. */
const AGAIN_FIRST_MS = 500;
const AGAIN_MOST_MS = 15000;
/** The least wait for a place in a full room. */
const FULL_MS = 3000;

/**
 * Milliseconds until the next try; not the same for all, so that they do not come at the same moment.
 * @param {"full" | "back"} verdict
 * @param {number} tries so far in vain
 */
export function pauseOf(verdict, tries) {
    const pause = Math.max(verdict === "full" ? FULL_MS : 0, AGAIN_FIRST_MS * 2 ** Math.min(tries, 10));
    return Math.min(AGAIN_MOST_MS, pause) * (0.75 + Math.random() / 2);
}

/**
 * What somebody is told who will come back.
 * @param {string} text of 421, or ""
 */
export function waitingText(text) {
    if (text.startsWith("Server full"))
        return `${text.replace("Server full", "The room is full")} You come in as soon as there is a place.`;
    if (text.startsWith("Server shutting down"))
        return "The room was closed. You come back as soon as it opens again.";
    return `${text === "" ? "The connection is lost." : text} Trying again…`;
}

/**
 * What somebody is told who waits in the queue of a full room.
 * @param {number} place from 1
 */
export function queueText(place) {
    return `The room is full. You are number ${place} in the queue.`;
}
