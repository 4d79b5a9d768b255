// The form of settings: remembers what was entered, and turns it into fields of a request.

const NUMBERS = [
  "temperature", "top_p", "top_k", "min_p", "repetition_penalty", "max_tokens", "seed", "experts_per_token",
];
const STORE = "sirocco.settings";
const KEY = "sirocco.key";

export class Settings {
  /** @param {HTMLFormElement} form with one field for each setting */
  constructor(form) {
    this.form = form;
    this.restore();
    form.addEventListener("input", () => this.remember());
    form.addEventListener("reset", () => queueMicrotask(() => this.remember()));
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  field(name) {
    return this.form.elements.namedItem(name);
  }

  get key() {
    return this.field("key").value.trim();
  }

  get systemPrompt() {
    return this.field("system").value.trim();
  }

  get wantsDetails() {
    return this.field("details").checked;
  }

  /** The first field whose value is out of range, if there is one. */
  invalid() {
    return [...this.form.elements].find((field) => field.willValidate && !field.validity.valid);
  }

  /** The settings as fields of a chat request; a seed is drawn unless one is given. */
  toRequest() {
    const request = {};
    for (const name of NUMBERS) {
      const value = this.field(name).value;
      if (value !== "") {
        request[name] = Number(value);
      }
    }
    request.seed ??= Math.floor(Math.random() * 2 ** 31);
    if (this.field("safe_prompt").checked) {
      request.safe_prompt = true;
    }
    if (this.wantsDetails) {
      Object.assign(request, { logprobs: true, top_logprobs: 5, routing: true });
    }
    return request;
  }

  remember() {
    const values = {};
    for (const field of this.form.elements) {
      if (field.name && field.name !== "key") {
        values[field.name] = field.type === "checkbox" ? field.checked : field.value;
      }
    }
    keep(() => localStorage.setItem(STORE, JSON.stringify(values)));
    keep(() => sessionStorage.setItem(KEY, this.field("key").value));
  }

  restore() {
    const values = keep(() => JSON.parse(localStorage.getItem(STORE) ?? "{}")) ?? {};
    for (const [name, value] of Object.entries(values)) {
      const field = this.field(name);
      if (field?.type === "checkbox") {
        field.checked = value === true;
      } else if (field) {
        field.value = value;
      }
    }
    this.field("key").value = keep(() => sessionStorage.getItem(KEY)) ?? "";
  }
}

// Browsers may forbid pages to keep anything; the settings then last as long as the page.
function keep(action) {
  try {
    return action();
  } catch {
    return undefined;
  }
}
