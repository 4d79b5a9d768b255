// The chat: what was said, what is being answered, and the page's buttons.

import { Answer } from "./answer.js";
import { complete, modelName, Problem, stream } from "./api.js";
import { Settings } from "./settings.js";
import { closeTip, tipIsOpen } from "./tip.js";

const $ = (id) => document.getElementById(id);
const settings = new Settings($("settings-form"));
const scroller = $("scroller");
const draft = $("draft");

let model = "";
let turns = []; // {question: string, item: HTMLElement, answer: Answer | null}
let running = null; // the AbortController of the answer that is streaming
let edited = null; // the turn whose question is being changed

// --- asking

function messagesUpTo(turn) {
  const system = settings.systemPrompt;
  const messages = system ? [{ role: "system", content: system }] : [];
  for (const one of turns.slice(0, turns.indexOf(turn) + 1)) {
    messages.push({ role: "user", content: one.question });
    if (one !== turn && one.answer?.text) {
      messages.push({ role: "assistant", content: one.answer.text });
    }
  }
  return messages;
}

function ask(question) {
  const item = $("question-template").content.cloneNode(true).firstElementChild;
  item.querySelector(".text").textContent = question;
  const turn = { question, item, answer: null };
  item.querySelector(".edit").addEventListener("click", () => edit(turn));
  turns.push(turn);
  $("messages").append(item);
  return answer(turn);
}

async function answer(turn) {
  cutBehind(turn);
  const request = { model, messages: messagesUpTo(turn), ...settings.toRequest() };
  const current = new Answer(request, model);
  turn.answer = current;
  current.find(".regenerate").addEventListener("click", () => regenerate(turn));
  current.find(".copy").addEventListener("click", () => copy(current));
  current.find(".view").addEventListener("click", () => view(current));
  $("messages").append(current.item);
  const controller = new AbortController();
  begin(controller);
  try {
    request.model ||= await findModel();
    await stream(request, settings.key, controller.signal, (chunk) => current.take(chunk, keepAtEnd));
    current.end();
    announce("Answer: " + current.text.slice(0, 500));
  } catch (error) {
    failed(turn, current, error);
  } finally {
    if (running === controller) {
      finish();
    }
  }
}

function failed(turn, current, error) {
  if (!turns.includes(turn)) {
    return; // a new chat was begun meanwhile
  }
  if (error.name === "AbortError") {
    current.end("stopped");
    announce("Stopped.");
    return;
  }
  if (current.text !== "") {
    current.end();
    current.note(error.message);
    return;
  }
  // Nothing came: the message goes back to where it can be sent again.
  turns.pop();
  turn.item.remove();
  current.item.remove();
  if (draft.value === "") {
    draft.value = turn.question;
  }
  showProblem(error);
}

function begin(controller) {
  running = controller;
  $("welcome").hidden = true;
  $("send").hidden = true;
  $("stop").hidden = false;
  document.body.dataset.running = "";
  hideProblem();
  announce("Answering.");
  scroller.scrollTop = scroller.scrollHeight;
}

function finish() {
  running = null;
  const focused = document.activeElement === $("stop");
  $("send").hidden = false;
  $("stop").hidden = true;
  delete document.body.dataset.running;
  if (focused) {
    draft.focus();
  }
  $("welcome").hidden = turns.length > 0;
}

function stop() {
  running?.abort();
}

function cutBehind(turn) {
  const keep = turns.indexOf(turn) + 1;
  turn.answer?.item.remove();
  turn.answer = null;
  for (const gone of turns.splice(keep)) {
    gone.item.remove();
    gone.answer?.item.remove();
  }
}

function regenerate(turn) {
  if (!running && settingsAreValid()) {
    answer(turn);
    draft.focus();
  }
}

async function copy(current) {
  await navigator.clipboard.writeText(current.text);
  announce("Copied.");
}

// --- the experts of an answer

async function view(current) {
  try {
    await current.toggleView(recompute);
  } catch (error) {
    current.note(error instanceof Problem ? error.message : "The experts cannot be shown: " + error.message);
  }
}

async function recompute(current) {
  const request = { ...current.request, max_tokens: current.tokens.length };
  const body = await complete(request, settings.key);
  const routing = body.sirocco?.routing ?? [];
  if (!body.choices[0].message.content.startsWith(current.text)) {
    throw new Problem("Computed again, the answer is another one; so its experts are not known.");
  }
  return routing;
}

// --- changing a question

function edit(turn) {
  if (running) {
    return;
  }
  cancelEdit();
  edited = turn;
  draft.value = turn.question;
  const at = turns.indexOf(turn);
  for (const one of turns.slice(at)) {
    one.item.classList.add("replaced");
    one.answer?.item.classList.add("replaced");
  }
  $("editing").hidden = false;
  draft.focus();
}

function cancelEdit() {
  if (edited) {
    edited = null;
    draft.value = "";
    $("editing").hidden = true;
    document.querySelectorAll(".replaced").forEach((item) => item.classList.remove("replaced"));
  }
}

// --- sending

function submit() {
  const question = draft.value.trim();
  if (question === "" || running || !settingsAreValid()) {
    return;
  }
  if (edited) {
    const turn = edited;
    cancelEdit();
    cutBehind(turn);
    turns.pop();
    turn.item.remove();
  }
  draft.value = "";
  ask(question);
}

function settingsAreValid() {
  const field = settings.invalid();
  if (!field) {
    return true;
  }
  openSettings(true);
  field.reportValidity();
  return false;
}

function newChat() {
  stop();
  cancelEdit();
  turns = [];
  $("messages").replaceChildren();
  $("welcome").hidden = false;
  hideProblem();
  draft.focus();
}

// --- notices

function showProblem(error) {
  $("problem-text").textContent =
    error instanceof Problem ? error.message : "The page ran into a defect: " + error.message;
  $("problem").hidden = false;
  if (error.wantsKey) {
    openSettings(true);
    settings.field("key").focus();
  } else {
    draft.focus();
  }
}

function hideProblem() {
  $("problem").hidden = true;
}

function announce(text) {
  $("announcer").textContent = text;
}

// --- scrolling: the newest text stays in view unless the reader has scrolled away

let atEnd = true;

function keepAtEnd() {
  if (atEnd) {
    scroller.scrollTop = scroller.scrollHeight;
  }
}

scroller.addEventListener(
  "scroll",
  () => {
    atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 40;
    $("to-end").hidden = atEnd;
  },
  { passive: true },
);
$("to-end").addEventListener("click", () => {
  scroller.scrollTop = scroller.scrollHeight;
  draft.focus();
});

// --- settings, theme, model

function openSettings(open) {
  $("settings").hidden = !open;
  $("settings-toggle").ariaExpanded = String(open);
}

function closeSettings() {
  openSettings(false);
  $("settings-toggle").focus();
}

$("settings-toggle").addEventListener("click", () => {
  openSettings($("settings").hidden);
  if (!$("settings").hidden) {
    settings.field("system").focus();
  }
});
$("settings-close").addEventListener("click", closeSettings);

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (document.documentElement.dataset.theme ?? (prefersDark.matches ? "dark" : "light")) === "dark";
const showTheme = () => ($("theme").ariaPressed = String(isDark()));

$("theme").addEventListener("click", () => {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  showTheme();
  try {
    localStorage.setItem("sirocco.theme", document.documentElement.dataset.theme);
  } catch {
    // The choice then lasts as long as the page.
  }
});
prefersDark.addEventListener("change", showTheme);

async function findModel() {
  model = await modelName(settings.key);
  $("model").textContent = model;
  document.title = `${model} · Sirocco`;
  return model;
}

async function showModel() {
  try {
    await findModel();
  } catch (error) {
    $("model").textContent = error.wantsKey ? "API key needed" : error.retryAfter ? "model is loading…" : "not connected";
    if (error.retryAfter) {
      setTimeout(showModel, 1000 * error.retryAfter);
    }
  }
}

settings.field("key").addEventListener("change", showModel);

// --- keys and buttons

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
draft.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    submit();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") {
    return;
  }
  if (tipIsOpen()) {
    closeTip();
  } else if (running) {
    stop();
  } else if (edited) {
    cancelEdit();
  } else if ($("settings").contains(document.activeElement)) {
    closeSettings();
  }
});
$("stop").addEventListener("click", stop);
$("new-chat").addEventListener("click", newChat);
$("editing-cancel").addEventListener("click", cancelEdit);
$("problem-close").addEventListener("click", hideProblem);
document.querySelectorAll(".example").forEach((button) =>
  button.addEventListener("click", () => {
    draft.value = button.textContent;
    submit();
  }),
);

showTheme();
openSettings(matchMedia("(min-width: 70rem)").matches);
showModel();
