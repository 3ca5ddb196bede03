/**
 * What the page remembers: in this tab (the session, to come back to it after a reload) and on this
 * machine (the name, the receipts). A browser that forbids both only forgets sooner.
 */
import { isSame } from "./names.js";

/**
 * @typedef {object} Inside what takes a session back
 * @property {string} name
 * @property {string[]} names that this member has had, the present one last
 * @property {string} secret that came with the name
 * @property {string} session as 216 named it
 * @property {string} hand what the hand is up for; "-": it is down
 * @property {string} key the room's
 */

/**
 * @typedef {object} Receipt
 * @property {string} name
 * @property {number} size
 * @property {string} hex
 * @property {string} time UTC, the server's
 * @property {string} earlier new, same or kept
 * @property {string} as the name of who handed in
 */

/** Names of one member that are remembered. */
const NAMES_MOST = 20;
/** How many receipts are kept on this machine. */
const RECEIPTS_MOST = 500;

/**
 * @param {() => Storage} storage
 * @param {string} key
 */
function read(storage, key) {
    try {
        return JSON.parse(storage().getItem(`rollcall.${key}`) ?? "null");
    } catch {
        return null;
    }
}

/**
 * Returns whether it is kept: not where storage is full or forbidden. Then what is shown now stays
 * right, and only a reload forgets.
 * @param {() => Storage} storage
 * @param {string} key
 * @param {unknown} value null: forget
 */
function write(storage, key, value) {
    try {
        if (value === null)
            storage().removeItem(`rollcall.${key}`);
        else
            storage().setItem(`rollcall.${key}`, JSON.stringify(value));
        return true;
    } catch {
        return false;
    }
}

const tab = () => sessionStorage;
const machine = () => localStorage;

/** @returns {Inside | null} */
export function recallInside() {
    const found = read(tab, "inside");
    return typeof found?.name === "string" && found.name !== "" ? { ...nobody(), ...found } : null;
}

/** @returns {Inside} */
export function nobody() {
    return { name: "", names: [], secret: "", session: "", hand: "-", key: "" };
}

/**
 * The same member, who has this name now.
 * @param {Inside} inside
 * @param {string} name
 * @param {string} secret
 * @returns {Inside}
 */
export function named(inside, name, secret) {
    const names = inside.names.filter((earlier) => !isSame(earlier, name));
    return { ...inside, name, names: [...names, name].slice(-NAMES_MOST), secret };
}

/** @param {Inside | null} inside */
export function keepInside(inside) {
    write(tab, "inside", inside);
}

/** @returns {string} */
export function recallName() {
    const found = read(machine, "name");
    return typeof found === "string" ? found : "";
}

/** @param {string} name */
export function keepName(name) {
    write(machine, "name", name);
}

/** @type {Receipt[]} those that could not be kept on the machine */
const unkept = [];

/** @returns {Receipt[]} */
function keptReceipts() {
    const found = read(machine, "receipts");
    return Array.isArray(found) ? found : [];
}

/** @returns {Receipt[]} */
export function recallReceipts() {
    return [...keptReceipts(), ...unkept];
}

/** @param {Receipt} receipt */
export function keepReceipt(receipt) {
    if (!write(machine, "receipts", [...keptReceipts(), receipt].slice(-RECEIPTS_MOST)))
        unkept.push(receipt);
}
