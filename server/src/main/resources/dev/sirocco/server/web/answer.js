// One answer on the page: its text as it streams in, its figures, and the view of its experts.

import { ExpertView } from "./experts.js";
import { MarkdownStream } from "./markdown.js";

const NOTES = {
  length: "The answer was cut: it reached the most tokens allowed, or the model's context is full.",
  stopped: "Stopped.",
};

export class Answer {
  /**
   * @param {object} request that the answer is to, so that it can be computed again
   * @param {string} model whose answer it is
   */
  constructor(request, model) {
    this.request = request;
    this.text = "";
    this.tokens = [];
    this.routing = null;
    this.usage = null;
    this.waiting = "";
    this.frame = 0;
    this.started = performance.now();
    this.first = 0;
    this.last = 0;
    const item = document.getElementById("answer-template").content.cloneNode(true);
    this.item = item.firstElementChild;
    this.article = this.find("article");
    this.find("h3").textContent = model || "Model";
    this.markdown = new MarkdownStream(this.find(".markdown"));
    this.decoder = new TextDecoder();
  }

  find(selector) {
    return this.item.querySelector(selector);
  }

  /** Takes a chunk of the stream; `painted` is called when its text is on the page. */
  take(chunk, painted) {
    const choice = chunk.choices?.[0];
    const text = choice?.delta?.content ?? "";
    const logprobs = choice?.logprobs?.content ?? [];
    if (text !== "" || logprobs.length > 0) {
      this.last = performance.now();
      this.first ||= this.last;
    }
    this.tokens.push(...logprobs.map((one) => this.token(one)));
    this.usage = chunk.usage ?? this.usage;
    this.routing = chunk.sirocco?.routing ?? this.routing;
    this.finish = choice?.finish_reason ?? this.finish;
    this.text += text;
    this.waiting += text;
    if (this.waiting !== "" && this.frame === 0) {
      this.frame = nextFrame(() => {
        this.paint();
        painted();
      });
    }
  }

  // Bytes of a character that is not complete show with the token that completes it.
  token({ token, bytes, logprob, top_logprobs: top }) {
    const text = bytes ? this.decoder.decode(new Uint8Array(bytes), { stream: true }) : token;
    return { text, logprob, top: (top ?? []).map((one) => ({ text: one.token, logprob: one.logprob })) };
  }

  paint() {
    this.frame = 0;
    this.markdown.append(this.waiting);
    this.waiting = "";
    this.showFigures();
  }

  /** The answer is complete; `how` is "stopped" if the reader stopped it. */
  end(how) {
    this.paint();
    this.markdown.end();
    this.article.ariaBusy = "false";
    this.find(".copy").hidden = this.text === "";
    this.find(".regenerate").hidden = false;
    this.find(".view").hidden = this.tokens.length === 0;
    this.showFigures();
    this.note(NOTES[how ?? this.finish] ?? (this.text === "" ? "The model had nothing to say." : ""));
  }

  /** Tells something about the answer, below it. */
  note(text) {
    this.find(".note").textContent = text;
    this.find(".note").hidden = text === "";
  }

  showFigures() {
    const count = this.usage?.completion_tokens ?? this.tokens.length;
    const seconds = (this.last - this.first) / 1000;
    const parts = [];
    if (count > 0) {
      parts.push(`${count} token${count === 1 ? "" : "s"}`);
    }
    if (count > 1 && seconds > 0) {
      parts.push(`${((count - 1) / seconds).toFixed(1)} tokens/s`);
    }
    if (this.first > 0) {
      parts.push(`first after ${((this.first - this.started) / 1000).toFixed(2)} s`);
    }
    if (this.usage) {
      const cached = this.usage.prompt_tokens_details?.cached_tokens ?? 0;
      parts.push(`prompt ${this.usage.prompt_tokens}${cached > 0 ? `, ${cached} from the cache` : ""}`);
      parts.push(`seed ${this.request.seed}`);
    }
    this.find(".figures").textContent = parts.join(" · ");
  }

  /**
   * Changes between the text and its tokens. An answer that was stopped has no routing yet:
   * `recompute` gets it by answering the same request again, which gives the same tokens.
   */
  async toggleView(recompute) {
    const button = this.find(".view");
    const open = button.ariaPressed !== "true";
    if (open && !this.view) {
      if (this.routing === null) {
        this.note("Computing the answer again, to see its experts…");
        this.routing = await recompute(this);
        this.note("");
      }
      this.view = new ExpertView(this.find(".experts"), this.tokens, this.routing);
    }
    button.ariaPressed = String(open);
    this.find(".experts").hidden = !open;
    this.find(".markdown").hidden = open;
  }
}

// A page in the background is painted no frames, but its text goes on.
function nextFrame(action) {
  return document.hidden ? setTimeout(action, 100) : requestAnimationFrame(action);
}
