/**
 * The door: what stands before the room. It asks for the name and for the key, and says why one is
 * outside.
 */
import { find, show } from "./dom.js";
import { another, isName, tidy } from "./names.js";

/**
 * @typedef {object} DoorBell what the user wants
 * @property {(name: string) => void} onName
 * @property {(key: string) => void} onKey
 * @property {() => void} onAgain
 * @property {() => void} onCancel back into the room, with the name as it is; or out of the queue
 */

export class Door {
    /** @param {DoorBell} bell */
    constructor(bell) {
        this._door = find("door", HTMLElement);
        this._form = find("door-form", HTMLFormElement);
        this._title = find("door-title", HTMLHeadingElement);
        this._why = find("door-why", HTMLParagraphElement);
        this._name = find("name", HTMLInputElement);
        this._key = find("key", HTMLInputElement);
        this._enter = find("enter", HTMLButtonElement);
        this._cancel = find("cancel", HTMLButtonElement);
        this._bell = bell;
        /** @type {"name" | "key" | "again" | "nothing"} what it asks for */
        this._asks = "name";
        this._form.addEventListener("submit", (event) => {
            event.preventDefault();
            this._submit();
        });
        this._cancel.addEventListener("click", () => bell.onCancel());
        this._form.addEventListener("keydown", (event) => {
            if (event.key === "Escape" && !this._cancel.hidden)
                bell.onCancel();
        });
    }

    /**
     * @param {string} name that is proposed
     * @param {string} why
     * @param {boolean} inRoom the name is changed, and may stay
     */
    askName(name, why, inRoom = false) {
        this._open("name", inRoom ? "Change your name" : "What is your name?", why, inRoom ? "Change" : "Join");
        this._offerCancel(inRoom, "Cancel");
        this._name.value = why.includes("taken") ? another(name) : name;
        this._name.focus();
        this._name.select();
    }

    /** @param {string} why */
    askKey(why) {
        this._open("key", "This room has a key", why, "Join");
        this._offerCancel(false, "");
        this._key.value = "";
        this._key.focus();
    }

    /**
     * The session is over. Who left is asked for a name: the next at this machine is somebody else.
     * @param {string} name
     * @param {string} why
     */
    say(name, why) {
        const back = why.includes("another connection");
        const title = back ? "You are here in another window" : "You are not in the room";
        if (why.startsWith("You left")) {
            this.askName(name, "");
            this._title.textContent = "You left the room";
            return;
        }
        this._open("again", title, back ? "" : why, back ? "Join under another name" : "Join again");
        this._offerCancel(false, "");
        this._enter.focus();
    }

    close() {
        show(this._door, false);
    }

    /**
     * One is on the way in, and nothing is asked. The focus is beside the button, and not on it: an
     * Enter too many must not cost the place in the queue.
     * @param {string} name
     * @param {string} why it takes longer: the room is full, or cannot be reached
     */
    wait(name, why) {
        this._open("nothing", `Joining as ${name}…`, why, "");
        this._offerCancel(why !== "", "Stop waiting");
        if (document.activeElement !== this._cancel)
            this._title.focus();
    }

    /**
     * @param {boolean} offered
     * @param {string} action
     */
    _offerCancel(offered, action) {
        this._cancel.textContent = action;
        show(this._cancel, offered);
    }

    get isOpen() {
        return !this._door.hidden;
    }

    /** @param {string} why */
    _say(why) {
        this._why.textContent = why;
        show(this._why, why !== "");
    }

    /**
     * @param {"name" | "key" | "again" | "nothing"} asks
     * @param {string} title
     * @param {string} why
     * @param {string} action
     */
    _open(asks, title, why, action) {
        this._asks = asks;
        this._title.textContent = title;
        this._enter.textContent = action;
        this._say(why);
        show(this._enter, asks !== "nothing");
        for (const [field, wanted] of [[this._name, "name"], [this._key, "key"]]) {
            const input = /** @type {HTMLInputElement} */ (field);
            show(/** @type {HTMLElement} */ (input.parentElement), wanted === asks);
            input.required = wanted === asks;
        }
        show(this._door, true);
    }

    _submit() {
        if (this._asks === "nothing")
            return;
        if (this._asks === "again") {
            this._bell.onAgain();
            return;
        }
        if (this._asks === "key") {
            this._bell.onKey(this._key.value);
            return;
        }
        const name = tidy(this._name.value);
        this._name.value = name;
        if (isName(name))
            this._bell.onName(name);
        else
            this._say("A name has 1 to 31 letters, digits, - and _, without spaces.");
    }
}
