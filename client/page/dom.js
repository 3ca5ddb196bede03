/**
 * Making elements. Whatever a peer sent becomes text here and nothing else: no function of the page
 * takes markup.
 */

/**
 * The element of the page with this id.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function find(id, type) {
    const found = document.getElementById(id);
    if (!(found instanceof type))
        throw new Error(`index.html has no ${type.name} #${id}`);
    return found;
}

/**
 * A new element. Strings among the children become text.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} attributes "class", "aria-label" and so on
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes))
        element.setAttribute(name, value);
    element.append(...children);
    return element;
}

/**
 * A drawing that index.html defines as a symbol; it says nothing to a screen reader.
 * @param {string} name "hand" for the symbol "icon-hand"
 */
export function icon(name) {
    const space = "http://www.w3.org/2000/svg";
    const drawing = document.createElementNS(space, "svg");
    const use = document.createElementNS(space, "use");
    drawing.setAttribute("class", "icon");
    drawing.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `#icon-${name}`);
    drawing.append(use);
    return drawing;
}

/**
 * Shows or hides.
 * @param {HTMLElement} element
 * @param {boolean} visible
 */
export function show(element, visible) {
    element.hidden = !visible;
}

/**
 * Makes the buttons of a list one stop of the Tab key; the arrow keys go from one to the next.
 * @param {HTMLElement} list
 * @param {string} selector of the elements that take the focus
 */
export function arrowKeys(list, selector) {
    list.addEventListener("keydown", (event) => {
        const stops = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(selector)]);
        const at = stops.indexOf(/** @type {HTMLElement} */ (document.activeElement));
        const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: stops.length - 1 }[event.key];
        if (to === undefined || at < 0)
            return;
        event.preventDefault();
        stops[Math.max(0, Math.min(to, stops.length - 1))].focus();
    });
    list.addEventListener("focusin", (event) => {
        for (const stop of list.querySelectorAll(selector))
            /** @type {HTMLElement} */ (stop).tabIndex = stop === event.target ? 0 : -1;
    });
}

/**
 * After a list was filled anew: the first of its stops, or the one named, is in the Tab order.
 * @param {HTMLElement} list
 * @param {string} selector
 */
export function oneTabStop(list, selector) {
    const stops = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(selector)]);
    const focused = stops.find((stop) => stop === document.activeElement) ?? stops[0];
    for (const stop of stops)
        stop.tabIndex = stop === focused ? 0 : -1;
}

/**
 * "1.5 MB", as rollcall shows sizes: a kB is 1000 bytes.
 * @param {number} size
 */
export function sizeText(size) {
    const units = ["B", "kB", "MB", "GB", "TB"];
    let unit = 0;
    while (size >= 999.5 && unit < units.length - 1) {
        size /= 1000;
        unit++;
    }
    return `${unit > 0 && size < 9.95 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}

/**
 * "11:06", and on another day with the date.
 * @param {Date} at
 */
export function momentText(at) {
    const day = at.toDateString() === new Date().toDateString() ? "" : `${at.toLocaleDateString()} `;
    return Number.isNaN(at.getTime()) ? "" : `${day}${clockText(at)}`;
}

/**
 * How far the time that this browser shows is from UTC at that moment: "UTC+2", "UTC-3:30".
 * @param {Date} at
 */
export function zoneText(at) {
    const minutes = -at.getTimezoneOffset(), rest = Math.abs(minutes) % 60;
    const hours = Math.floor(Math.abs(minutes) / 60);
    return `UTC${minutes < 0 ? "-" : "+"}${hours}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
}

/**
 * "11:06".
 * @param {Date} at
 */
export function clockText(at) {
    return Number.isNaN(at.getTime())
        ? "--:--"
        : at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}
