/**
 * The files that are handed out: a list of one directory, whose names are links that the browser
 * fetches itself, or the page where the room lets nobody in any more.
 */
import { arrowKeys, icon, make, oneTabStop, show, sizeText } from "./dom.js";
import { Incoming } from "./incoming.js";
import { CODE, shown } from "./wire.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./wire.js").Reply} Reply */

/** "SIZE TIME NAME", a row of list-long */
const ROW = /^(\d+) (\S+) (.+)$/s;
/** Rows that are shown at once: a directory with more is for the terminal. */
const ROWS_MOST = 1000;
/** Milliseconds after which a token is asked for anew; the server's lives longer. */
const TOKEN_MS = 20 * 60 * 1000;

export class Files {
    /**
     * @param {HTMLElement} list
     * @param {HTMLElement} path the navigation that shows the directory
     * @param {HTMLElement} note
     * @param {Session} session
     * @param {(text: string, wrong: boolean) => void} tell
     */
    constructor(list, path, note, session, tell) {
        this._directory = "";
        this._token = "";
        this._tokenUntil = 0;
        /** What is shown now, to leave the list alone where nothing has changed. */
        this._shown = "";
        this._list = list;
        this._path = path;
        this._note = note;
        this._session = session;
        this._tell = tell;
        this._incoming = new Incoming(session, (name, done, size) => this._progress(name, done, size));
        /** Whether the browser is to follow a link that was clicked. */
        this._passing = false;
        list.addEventListener("click", (event) => this._clicked(event));
        path.addEventListener("click", (event) => this._clicked(event));
        arrowKeys(list, "a, button");
    }

    /** Asks for the list; an old token is replaced. */
    async refresh() {
        const directory = this._directory.replace(/\/$/, "");
        const reply = await this._session.ask(directory === "" ? "list-long" : `list-long:${directory}`);
        if (Date.now() > this._tokenUntil)
            await this.renew();
        if (reply.code === CODE.NOT_FOUND && directory !== "")
            return this._enter("");
        this._draw(reply);
    }

    /** Asks for a token, so that a download is known to be this member's. Returns whether there is one. */
    async renew() {
        const reply = await this._session.ask("token:");
        this._token = reply.code === CODE.TOKEN ? reply.text : "";
        this._tokenUntil = Date.now() + TOKEN_MS;
        for (const link of this._list.querySelectorAll("a"))
            link.href = this._address(link.dataset.name ?? "");
        return this._token !== "";
    }

    get isBusy() {
        return this._incoming.isBusy;
    }

    /** @param {ArrayBuffer} bytes of a file that comes over the connection */
    take(bytes) {
        this._incoming.take(bytes);
    }

    /** @param {string} why no more of it comes */
    cut(why) {
        this._incoming.cut(why);
    }

    /** The old session's token means nothing to the new one. */
    forgetToken() {
        this._tokenUntil = 0;
    }

    /** @param {string} name */
    _address(name) {
        const path = (this._directory + name).split("/").map(encodeURIComponent).join("/");
        return `/files/${path}${this._token === "" ? "" : `?token=${encodeURIComponent(this._token)}`}`;
    }

    /** @param {Event} event */
    _clicked(event) {
        const target = /** @type {Element} */ (event.target);
        const directory = target.closest("button")?.dataset.directory;
        const link = target.closest("a");
        if (directory !== undefined)
            this._enter(directory).catch(() => undefined);
        else if (link !== null && !this._passing && this._session.isPresent) {
            event.preventDefault();
            this._fetch(link);
        }
    }

    /**
     * By the browser, with a new token; where there is none, because the room drains, by the page.
     * @param {HTMLAnchorElement} link
     */
    async _fetch(link) {
        const { name = "" } = link.dataset;
        if (await this.renew().catch(() => true)) {
            this._passing = true;
            link.click();
            this._passing = false;
            return;
        }
        const why = await this._incoming.fetch(this._directory + name);
        this._progress(this._directory + name, -1, 0);
        if (why !== "")
            this._tell(`${shown(name)}: ${why}`, true);
    }

    /**
     * Shows how far a file is, in the place of its size, which stands there again at -1.
     * @param {string} path
     * @param {number} done
     * @param {number} size
     */
    _progress(path, done, size) {
        for (const link of this._list.querySelectorAll("a")) {
            const place = link.querySelector(".size");
            if (place !== null && this._directory + (link.dataset.name ?? "") === path)
                place.textContent = done < 0 ? (link.dataset.size ?? "") : `${size > 0 ? Math.floor((100 * done) / size) : 100} %`;
        }
    }

    /** @param {string} directory "" or "DIR/" */
    async _enter(directory) {
        this._directory = directory;
        await this.refresh();
        /** @type {HTMLElement | null} */ (this._list.querySelector("a, button"))?.focus();
    }

    /** @param {Reply} reply */
    _draw(reply) {
        const seen = JSON.stringify([this._directory, reply]);
        if (seen === this._shown)
            return;
        this._shown = seen;
        const rows = reply.items.map((item) => ROW.exec(item)).filter((row) => row !== null);
        const hidden = /(\d+) names cannot be shown/.exec(reply.last);
        const notes = [];
        if (reply.code >= 400)
            notes.push(reply.text);
        else if (rows.length === 0)
            notes.push(this._directory === "" ? "No files are handed out yet." : "Nothing is in this folder.");
        if (rows.length > ROWS_MOST)
            notes.push(`${rows.length - ROWS_MOST} more are not shown; the command rollcall list shows all.`);
        if (hidden !== null)
            notes.push(`The names of ${hidden[1]} files cannot be shown.`);
        this._list.replaceChildren(...rows.slice(0, ROWS_MOST).map(([, size, time, name]) => this._row(size, time, name)));
        this._note.textContent = notes.join(" ");
        show(this._note, notes.length > 0);
        this._drawPath();
        oneTabStop(this._list, "a, button");
    }

    _drawPath() {
        const parts = this._directory.split("/").slice(0, -1);
        const crumbs = parts.map((part, i) =>
            make("button", { type: "button", "data-directory": `${parts.slice(0, i + 1).join("/")}/` }, shown(part)),
        );
        const top = make("button", { type: "button", "data-directory": "" }, "Files");
        this._path.replaceChildren(top, ...crumbs.flatMap((crumb) => [" / ", crumb]));
        show(this._path, parts.length > 0);
    }

    /**
     * @param {string} size
     * @param {string} time
     * @param {string} name
     */
    _row(size, time, name) {
        if (name.endsWith("/")) {
            const label = make("span", { class: "name", dir: "auto" }, shown(name.slice(0, -1)));
            const kind = make("span", { class: "size" }, "folder");
            return make("li", {}, make("button", { type: "button", class: "file", "data-directory": this._directory + name }, icon("folder"), label, kind));
        }
        const label = make("span", { class: "name", dir: "auto" }, shown(name));
        const link = make(
            "a",
            { class: "file", href: this._address(name), download: "", "data-name": name, "data-size": sizeText(Number(size)), title: `${shown(name)}, ${new Date(time).toLocaleString()}` },
            icon("file"),
            label,
            make("span", { class: "size" }, sizeText(Number(size))),
        );
        return make("li", {}, link);
    }
}
