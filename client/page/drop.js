/**
 * Choosing files to hand in: with the button, by dropping them on the page, or by pasting them.
 */
import { find, show } from "./dom.js";

/**
 * The files of what was dropped; null where a folder is among it.
 * @param {DataTransfer} data
 */
function filesOf(data) {
    const entries = [...data.items].map((item) => item.webkitGetAsEntry?.() ?? null);
    return entries.some((entry) => entry?.isDirectory) ? null : [...data.files];
}

/**
 * @param {(files: File[]) => void} onChosen
 * @param {(text: string, wrong: boolean) => void} note
 */
export function acceptDrops(onChosen, note) {
    const button = find("hand-in", HTMLButtonElement);
    const chooser = find("chooser", HTMLInputElement);
    const overlay = find("overlay", HTMLDivElement);
    const isOpen = () => !button.disabled && !find("room", HTMLDivElement).hidden;
    let depth = 0; // dragenter and dragleave come for each element on the way

    const hover = (/** @type {number} */ by) => {
        depth = Math.max(0, depth + by);
        show(overlay, depth > 0 && isOpen());
    };
    const take = (/** @type {DataTransfer | null} */ data) => {
        const files = data === null ? [] : filesOf(data);
        if (files === null)
            note("A folder cannot be handed in; open it and choose the files in it.", true);
        else if (files.length > 0 && isOpen())
            onChosen(files);
        else if (files.length > 0)
            note("This room takes no files.", true);
    };

    button.addEventListener("click", () => chooser.click());
    chooser.addEventListener("change", () => {
        onChosen([...(chooser.files ?? [])]);
        chooser.value = ""; // so that the same file can be chosen again
    });
    const carriesFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
    document.addEventListener("dragenter", (event) => carriesFiles(event) && hover(1));
    document.addEventListener("dragleave", (event) => carriesFiles(event) && hover(-1));
    document.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
    document.addEventListener("drop", (event) => {
        if (!carriesFiles(event))
            return;
        event.preventDefault();
        hover(-depth);
        take(event.dataTransfer);
    });
    document.addEventListener("paste", (event) => {
        if ((event.clipboardData?.files.length ?? 0) > 0)
            take(event.clipboardData);
    });
}
