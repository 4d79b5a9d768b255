// The one small window that tells about a token. It may be pointed at, and Esc closes it.

const tip = document.getElementById("tip");
let owner = null;
let timer = 0;

/**
 * Shows the window next to an element.
 * @param {HTMLElement} element that it tells about
 * @param {{title: string, rows: [string, number, boolean][], foot: string}} content rows are text, share,
 *     and whether it is the token that was chosen
 */
export function showTip(element, { title, rows, foot }) {
  clearTimeout(timer);
  if (owner === element && !tip.hidden) {
    return;
  }
  owner?.removeAttribute("aria-describedby");
  owner = element;
  tip.querySelector(".tip-token").textContent = title;
  tip.querySelector("table").hidden = rows.length === 0;
  tip.querySelector(".tip-top").replaceChildren(...rows.map(row));
  tip.querySelector(".tip-experts").textContent = foot;
  tip.hidden = false;
  element.setAttribute("aria-describedby", "tip");
  place(element);
}

function row([text, share, chosen]) {
  const line = document.createElement("tr");
  line.className = chosen ? "chosen" : "";
  const name = document.createElement("th");
  name.scope = "row";
  name.textContent = text;
  const value = document.createElement("td");
  value.textContent = `${(100 * share).toFixed(1)} %`;
  const bar = document.createElement("td");
  const meter = bar.appendChild(document.createElement("i"));
  meter.style.setProperty("--share", share);
  bar.ariaHidden = "true";
  line.append(name, value, bar);
  return line;
}

function place(element) {
  // A token may go over several lines: its first piece counts.
  const box = element.getClientRects()[0] ?? element.getBoundingClientRect();
  const width = tip.offsetWidth;
  const height = tip.offsetHeight;
  const left = Math.max(8, Math.min(box.left, innerWidth - width - 8));
  const below = box.bottom + 6 + height <= innerHeight;
  tip.style.left = `${left}px`;
  tip.style.top = `${below ? box.bottom + 6 : Math.max(8, box.top - height - 6)}px`;
}

// Scrolling to a token that gets the focus moves the token, and the window with it.
function follow() {
  if (owner) {
    place(owner);
  }
}

/** Hides the window after some milliseconds, unless something is shown or pointed at until then. */
export function hideTip(delay) {
  clearTimeout(timer);
  timer = setTimeout(close, delay);
}

function close() {
  tip.hidden = true;
  owner?.removeAttribute("aria-describedby");
  owner = null;
}

/** Whether the window is open. */
export const tipIsOpen = () => !tip.hidden;

/** Closes the window at once. */
export const closeTip = close;

tip.addEventListener("pointerenter", () => clearTimeout(timer));
tip.addEventListener("pointerleave", () => hideTip(200));
document.addEventListener("scroll", follow, { capture: true, passive: true });
