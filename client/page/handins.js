/**
 * What this member hands in: several files one after another, each with its progress and its receipt,
 * and the receipts of before.
 */
import { find, icon, make, momentText, show, sizeText, zoneText } from "./dom.js";
import { HandIn, jobOf } from "./handin.js";
import { keepReceipt, recallReceipts } from "./memory.js";
import { isSame } from "./names.js";
import { Reader } from "./reader.js";
import { shown } from "./wire.js";

/** @typedef {import("./handin.js").Job} Job */
/** @typedef {import("./memory.js").Receipt} Receipt */
/** @typedef {import("./session.js").Session} Session */

/** Files that may wait: more are chosen by mistake. */
const QUEUE_MOST = 200;

const EARLIER = new Map([
    ["same", "it was there already"],
    ["kept", "the earlier one is kept"],
]);

/**
 * A receipt as `rollcall put --receipt` writes it: sha256sum -c checks it.
 * @param {Receipt} receipt
 */
function receiptText({ name, size, hex, time, earlier, as }) {
    const more = EARLIER.get(earlier);
    const about = `${size} ${size === 1 ? "byte" : "bytes"}, handed in as ${as} to ${location.host} at ${time}`;
    return `# ${name}: ${about}${more === undefined ? "" : `; ${more}`}\n${hex}  ${name}\n`;
}

/**
 * @param {string} name of the file that is saved
 * @param {string} text
 */
function save(name, text) {
    const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
}

/** @param {Job} job */
function stateText(job) {
    const size = job.file.size;
    switch (job.state) {
    case "queued":
        return "waits for its turn";
    case "reading":
        return `reading, ${Math.floor((100 * job.done) / Math.max(1, size))} %`;
    case "sending": {
        const rate = (job.done - job.from) / Math.max(1, performance.now() - job.since);
        const left = rate > 0 ? Math.ceil((size - job.done) / rate / 1000) : 0;
        return `${sizeText(job.done)} of ${sizeText(size)}${left > 1 ? `, ${left} s left` : ""}`;
    }
    case "waiting":
        return "goes on as soon as you are connected again";
    case "failed":
        return job.why;
    case "stopped":
        return "stopped";
    default:
        return "one moment…";
    }
}

export class HandIns {
    /**
     * @param {Session} session
     * @param {HTMLElement} list
     * @param {HTMLElement} saveAll the button that saves all receipts
     * @param {(text: string, wrong: boolean) => void} tell says how it ended
     */
    constructor(session, list, saveAll, tell) {
        /** @type {{job: Job, row: HTMLElement}[]} */
        this._jobs = [];
        /** @type {HandIn | null} */
        this._current = null;
        this._reader = new Reader();
        this._session = session;
        this._list = list;
        this._saveAll = saveAll;
        this._tell = tell;
        saveAll.addEventListener("click", () => save("receipts.txt", this._receipts().map(receiptText).join("")));
    }

    /** Whether something would be lost with the page. */
    get isBusy() {
        return this._current !== null;
    }

    /** @param {File[]} files */
    add(files) {
        for (const file of files.slice(0, QUEUE_MOST)) {
            const row = make("li", {});
            const job = jobOf(file);
            this._forget(file.name);
            this._jobs.push({ job, row });
            this._place(row);
            this._draw(job, row);
        }
        if (files.length > QUEUE_MOST)
            this._tell(`Only the first ${QUEUE_MOST} files are handed in; choose the others afterwards.`, true);
        this._work();
    }

    /**
     * Behind those that go before it, and before what is handed in, which has the newest first.
     * @param {HTMLElement} row
     */
    _place(row) {
        this._list.insertBefore(row, this._list.querySelector(".done"));
    }

    /**
     * The file was mended and is chosen again: its earlier try is shown no more.
     * @param {string} name
     */
    _forget(name) {
        const old = this._jobs.filter(({ job }) => job.file.name === name && (job.state === "failed" || job.state === "stopped"));
        this._jobs = this._jobs.filter((one) => !old.includes(one));
        old.forEach(({ row }) => row.remove());
    }

    /**
     * 152 came: the server wants no more of the file under way.
     * @param {string} why
     */
    cut(why) {
        this._current?.cut(why);
    }

    /**
     * Shows the receipts of this member, under all names that it has had, that are kept on this
     * machine; those of others who sat here before are not this member's.
     */
    recall() {
        const rows = this._receipts().reverse().map((receipt) => this._receiptRow(make("li", {}), receipt));
        const under = this._jobs.filter(({ job }) => job.receipt === null).map(({ row }) => row);
        this._list.replaceChildren(...under, ...rows);
        show(this._saveAll, rows.length > 1);
    }

    _receipts() {
        const { names } = this._session.inside;
        return recallReceipts().filter(({ as }) => names.some((name) => isSame(as, name)));
    }

    async _work() {
        if (this._current !== null)
            return;
        const next = this._jobs.find(({ job }) => job.state === "queued");
        if (next === undefined)
            return;
        const { job, row } = next;
        this._current = new HandIn(this._session, this._reader, job, () => this._draw(job, row));
        await this._current.run();
        this._current = null;
        this._ended(job);
        this._work();
    }

    /** @param {Job} job */
    _ended(job) {
        if (job.receipt !== null) {
            keepReceipt(job.receipt);
            this._tell(`Handed in: ${job.file.name}`, false);
            show(this._saveAll, this._receipts().length > 1);
        } else if (job.state === "failed") {
            this._tell(`${job.file.name} is not handed in: ${job.why}`, true);
        }
    }

    /**
     * @param {Job} job
     * @param {HTMLElement} row
     */
    _draw(job, row) {
        if (job.receipt !== null) {
            this._place(row);
            this._receiptRow(row, job.receipt);
            return;
        }
        if (row.dataset.state !== job.state)
            this._build(job, row);
        const bar = row.querySelector("progress");
        const state = row.querySelector(".state");
        if (bar !== null && (job.state === "reading" || job.state === "sending"))
            bar.value = job.done;
        if (state !== null)
            state.textContent = stateText(job);
    }

    /**
     * The row of a file that is not handed in yet.
     * @param {Job} job
     * @param {HTMLElement} row
     */
    _build(job, row) {
        const over = job.state === "failed" || job.state === "stopped";
        const bar = over || job.state === "queued" ? [] : [make("progress", { max: String(Math.max(1, job.file.size)), "aria-label": shown(job.file.name) })];
        const name = shown(job.file.name);
        const buttons = this._choices(job, row).map(([text, action]) => {
            const button = make("button", { type: "button", class: "small", "aria-label": `${text}: ${name}` }, text);
            button.addEventListener("click", action);
            return button;
        });
        row.dataset.state = job.state;
        row.className = job.state;
        row.replaceChildren(
            make("div", { class: "job" }, icon("file"), make("span", { class: "name", dir: "auto" }, name), ...buttons),
            ...bar,
            make("p", { class: "state" }),
        );
    }

    /**
     * What can be done about a file that is not handed in yet.
     * @param {Job} job
     * @param {HTMLElement} row
     * @returns {[string, () => void][]}
     */
    _choices(job, row) {
        if (job.state !== "failed" && job.state !== "stopped")
            return [["Stop", () => this._stop(job, row)]];
        const remove = () => this._remove(job, row);
        return job.final
            ? [["Choose another", () => { remove(); find("hand-in", HTMLButtonElement).click(); }], ["Remove", remove]]
            : [["Try again", () => this._again(job, row)], ["Remove", remove]];
    }

    /**
     * @param {Job} job
     * @param {HTMLElement} row
     */
    _remove(job, row) {
        this._jobs = this._jobs.filter((one) => one.job !== job);
        row.remove();
        find("hand-in", HTMLButtonElement).focus();
    }

    /**
     * @param {Job} job
     * @param {HTMLElement} row
     */
    _stop(job, row) {
        const waits = job.state === "queued";
        job.stop.abort();
        if (waits) {
            job.state = "stopped";
            this._draw(job, row);
        }
    }

    /**
     * @param {Job} job
     * @param {HTMLElement} row
     */
    _again(job, row) {
        Object.assign(job, jobOf(job.file));
        this._draw(job, row);
        this._work();
    }

    /**
     * @param {HTMLElement} row
     * @param {Receipt} receipt
     */
    _receiptRow(row, receipt) {
        const at = new Date(receipt.time);
        const more = EARLIER.get(receipt.earlier);
        const as = isSame(receipt.as, this._session.name) ? "" : ` as ${receipt.as}`;
        const button = make("button", { type: "button", class: "small", "aria-label": `Receipt: ${shown(receipt.name)}` }, "Receipt");
        button.addEventListener("click", () => save(`${receipt.name}.receipt.txt`, receiptText(receipt)));
        row.className = "done";
        row.replaceChildren(
            make("div", { class: "job" }, icon("check"), make("span", { class: "name", dir: "auto" }, shown(receipt.name)), button),
            make("p", { class: "state" }, `${sizeText(receipt.size)}, ${momentText(at)} ${zoneText(at)}${as}${more === undefined ? "" : `; ${more}`}`),
            make("p", { class: "digest", title: `SHA-256 ${receipt.hex}` }, `SHA-256 ${receipt.hex}`),
        );
        return row;
    }
}
