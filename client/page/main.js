/**
 * The page: makes its parts and lets them know of each other. Nothing else does.
 */
import { Composer } from "./composer.js";
import { helpLines } from "./commands.js";
import { Conversation } from "./conversation.js";
import { find, show } from "./dom.js";
import { Door } from "./door.js";
import { acceptDrops } from "./drop.js";
import { waitingText } from "./farewell.js";
import { Files } from "./files.js";
import { Hand } from "./hand.js";
import { HandIns } from "./handins.js";
import { BROKE } from "./incoming.js";
import { spoken } from "./line.js";
import { recallName } from "./memory.js";
import { colourOf } from "./names.js";
import { Notices } from "./notices.js";
import { People } from "./people.js";
import { Session } from "./session.js";
import { Talk } from "./talk.js";
import { CODE } from "./wire.js";

/** @typedef {import("./commands.js").Typed} Typed */
/** @typedef {import("./line.js").Line} Line */
/** @typedef {import("./session.js").Phase} Phase */

/** Milliseconds between two looks at the files that are handed out, while somebody looks at them. */
const FILES_MS = 60000;

const room = find("room", HTMLDivElement);
const session = new Session(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/room?wait`, {
    onPhase: phaseChanged,
    onWanted: (what, why) => (what === "key" ? door.askKey(why) : door.askName(session.inside.name, why)),
    onJoined: joined,
    onHeard: (heard) => {
        for (const one of heard) {
            if (one.number >= missedBefore)
                people.hear(one);
            talk.hear(one);
            if (one.code === CODE.RENAMED)
                composer.renamed(one.name, one.text);
        }
        drawCounts();
    },
    onBytes: (bytes) => files.take(bytes),
    onCut: (why) => {
        files.cut(why);
        handIns.cut(why);
    },
});
const ask = (/** @type {string} */ line) => session.ask(line);

const notices = new Notices();
const note = (/** @type {string} */ text, /** @type {boolean} */ wrong) => notices.note(text, wrong);
const conversation = new Conversation(
    find("log", HTMLDivElement),
    find("earlier", HTMLButtonElement),
    find("newer", HTMLButtonElement),
);
const talk = new Talk(session, conversation, hearNews);
const people = new People(find("people", HTMLUListElement), find("people-count", HTMLElement), (name) => writeTo(name));
const files = new Files(find("files", HTMLUListElement), find("path", HTMLElement), find("files-note", HTMLParagraphElement), session, note);
const hand = new Hand(ask, handChanged);
const handIns = new HandIns(session, find("handins", HTMLUListElement), find("save-all", HTMLButtonElement), note);
const composer = new Composer(typed, note);
const door = new Door({
    onName: (name) => (session.phase === "present" ? rename(name) : session.enter(name)),
    onKey: (key) => session.enterWithKey(key),
    onAgain: () => session.enterAgain(),
    onCancel: () => (session.phase === "present" ? enterRoom() : session.giveUp()),
});
let unseen = 0;
/** Lines with a lower number are about what was: "status-long" knows what came of it. */
let missedBefore = 0;

// ---- the phases of the session

/** @returns {Record<Phase, () => void>} */
function phases(/** @type {string} */ why) {
    return {
        out: () => leaveRoom(),
        entering: () => tellEntering(why),
        present: () => enterRoom(),
        waiting: () => tellState(waitingText(why)),
        over: () => {
            leaveRoom();
            door.say(session.inside.name, why);
        },
    };
}

/**
 * @param {Phase} phase
 * @param {string} why
 */
function phaseChanged(phase, why) {
    composer.isOpen = phase === "present";
    document.body.dataset.phase = phase;
    if (phase !== "present")
        files.cut(BROKE);
    phases(why)[phase]();
}

/** @param {string} why it takes longer, or "": then what is said already may stay */
function tellEntering(why) {
    if (why !== "" || !(door.isOpen || notices.isTroubled))
        tellState(why !== "" || room.hidden ? why : "Connecting…");
}

/**
 * Says how far the connection is, in the room or before its door.
 * @param {string} text
 */
function tellState(text) {
    if (room.hidden)
        door.wait(session.inside.name, text);
    else
        notices.state(text);
}

/** Who was in it all the time, and only had to connect again, goes on where the focus is. */
function enterRoom() {
    const fromDoor = room.hidden;
    notices.state("");
    door.close();
    show(room, true);
    drawSelf();
    if (fromDoor)
        composer.focus();
}

function leaveRoom() {
    notices.state("");
    show(room, false);
}

/**
 * @param {string} name of the room
 * @param {boolean} sameRun the lines that were missed follow
 * @param {number} next the number of the first line that was not missed
 */
function joined(name, sameRun, next) {
    missedBefore = next;
    find("room-name", HTMLElement).textContent = name;
    if (!sameRun && conversation.last !== undefined)
        talk.note("The room was opened anew.", false);
    files.forgetToken();
    askAgain().catch(() => undefined);
}

/** What the room does not repeat by itself. */
async function askAgain() {
    await session.present();
    drawSelf();
    handIns.recall();
    const [status, hands] = await Promise.all([ask("status-long"), ask("hands-long")]);
    people.fill(status.items);
    people.fillHands(hands.items);
    const { hand: kept } = session.inside;
    if (kept !== "-" && people.place === 0)
        await hand.raise(kept);
    else if (people.place > 0)
        session.keepHand(kept === "-" ? "" : kept);
    drawCounts();
    await files.refresh();
    await askInbox();
}

/** Whether this room takes files: an empty one would tell. */
async function askInbox() {
    const reply = await ask("put:0: a");
    const takes = reply.code !== CODE.NOT_FOUND;
    find("hand-in", HTMLButtonElement).disabled = !takes;
    show(find("no-inbox", HTMLParagraphElement), !takes);
    show(find("drop-hint", HTMLParagraphElement), takes);
}

// ---- what is drawn in several places

function drawSelf() {
    const me = find("me", HTMLButtonElement);
    conversation.self = session.name;
    people.self = session.name;
    me.textContent = session.name;
    me.className = `who ${colourOf(session.name)}`;
    drawCounts();
}

function drawCounts() {
    const hands = people.hands;
    hand.draw(people.place);
    find("hands-count", HTMLElement).textContent = hands === 0 ? "" : `${hands} ${hands === 1 ? "hand" : "hands"} up`;
    document.title = `${unseen > 0 ? `(${unseen}) ` : ""}${session.room === "" ? "rollcall" : session.room}`;
}

/** @param {Line} line */
function hearNews(line) {
    if (line.kind === "announced")
        notices.announce(line.text, line.at);
    else
        notices.speak(spoken(line));
    if (document.hidden && line.mention) {
        unseen++;
        drawCounts();
    }
}

// ---- what the user does

/** @param {string} name */
function writeTo(name) {
    look("talk");
    composer.writeTo(name);
}

/** @param {string} kept */
async function handChanged(kept) {
    session.keepHand(kept);
    people.fillHands((await ask("hands-long")).items);
    drawCounts();
}

/** @param {string} name */
async function rename(name) {
    const before = session.name;
    const reply = await session.rename(name).catch(() => null);
    if (reply?.code !== CODE.DONE) {
        door.askName(name, reply?.code === CODE.NAME_TAKEN ? `${name} is taken.` : (reply?.text ?? "You are not connected."), true);
        return;
    }
    people.rename(before, session.name);
    handIns.recall();
    talk.note(`You are called ${session.name}`, false);
    enterRoom();
}

/** @param {Typed} line */
function typed(line) {
    if (line.do === "say")
        talk.say(line.text);
    else if (line.do === "tell")
        talk.tell(line.name, line.text);
    else if (line.do === "nick")
        rename(line.name);
    else if (line.do === "hand")
        hand.raise(line.text).catch(() => undefined);
    else if (line.do === "unhand")
        hand.lower().catch(() => undefined);
    else if (line.do === "help")
        helpLines().forEach((row) => talk.note(row, false));
}

/**
 * On a narrow screen one part is looked at.
 * @param {string} part talk, people or files
 */
function look(part) {
    room.dataset.view = part;
    for (const tab of document.querySelectorAll("nav button"))
        tab.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (tab).dataset.view === part));
}

find("log", HTMLDivElement).addEventListener("click", (event) => {
    const name = /** @type {Element} */ (event.target).closest("button")?.dataset.name;
    if (name !== undefined && name !== session.name)
        writeTo(name);
});
find("me", HTMLButtonElement).addEventListener("click", () => {
    show(room, false);
    door.askName(session.name, "", true);
});
find("leave", HTMLButtonElement).addEventListener("click", () => session.leave());
for (const tab of document.querySelectorAll("nav button"))
    tab.addEventListener("click", () => look(/** @type {HTMLElement} */ (tab).dataset.view ?? "talk"));
acceptDrops((chosen) => handIns.add(chosen), note);

document.addEventListener("visibilitychange", () => {
    if (document.hidden)
        return;
    unseen = 0;
    drawCounts();
    session.wake();
    if (session.phase === "present")
        files.refresh().catch(() => undefined);
});
window.addEventListener("online", () => session.wake());
window.addEventListener("pageshow", (event) => event.persisted && session.wake());
window.addEventListener("beforeunload", (event) => (handIns.isBusy || files.isBusy) && event.preventDefault());
setInterval(() => {
    if (!document.hidden && session.phase === "present")
        files.refresh().catch(() => undefined);
}, FILES_MS);

if (session.inside.name !== "")
    session.enter(session.inside.name);
else
    door.askName(recallName(), "");
