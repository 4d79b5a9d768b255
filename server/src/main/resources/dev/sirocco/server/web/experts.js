// Shows an answer token by token, coloured by the expert that served each in a chosen layer. The
// expert's number stands in front of each run of its tokens, so that colour is not needed.

import { hideTip, showTip } from "./tip.js";

const sheet = new CSSStyleSheet();
document.adoptedStyleSheets.push(sheet);
let colours = 0;

// Hues go round by the golden angle, in three degrees of lightness, so that neighbours differ.
function makeColours(experts) {
  for (; colours < experts; colours++) {
    const hue = ((colours * 137.508 + 25) % 360).toFixed(1);
    const step = colours % 3;
    const light = `oklch(${[0.87, 0.93, 0.81][step]} 0.09 ${hue})`;
    const dark = `oklch(${[0.37, 0.31, 0.43][step]} 0.09 ${hue})`;
    sheet.insertRule(`.x${colours} { --expert: light-dark(${light}, ${dark}); }`);
  }
}

const COLOURED_AT_ONCE = 1000;

const percent = (share) => `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;

/** A token's text with its blanks made visible. */
export function visible(text) {
  return text === "" ? "(part of a character)" : text.replaceAll("\n", "↵").replaceAll("\t", "⇥").replaceAll(" ", "␣");
}

/**
 * What is told of a token.
 * @typedef {{text: string, logprob: number, top: {text: string, logprob: number}[]}} Token
 */

export class ExpertView {
  /**
   * @param {HTMLElement} root empty element that the view is built in
   * @param {Token[]} tokens of the answer
   * @param {[number, number][][][]} routing per token and layer the experts with their weights, best first
   */
  constructor(root, tokens, routing) {
    this.tokens = tokens;
    this.routing = routing;
    this.layers = routing.reduce((most, layers) => Math.max(most, layers.length), 0);
    this.chosen = -1; // the expert whose tokens alone are shown, or -1 for all
    this.current = 0; // the token that the keyboard is at
    root.append(document.getElementById("experts-template").content.cloneNode(true));
    this.head = root.querySelector(".expert-head");
    this.slider = root.querySelector(".layer input");
    this.legend = root.querySelector(".legend");
    this.list = root.querySelector(".tokens");
    makeColours(this.countExperts());
    this.build();
    this.show(0);
  }

  countExperts() {
    let most = 0;
    for (const layers of this.routing) {
      for (const choice of layers) {
        for (const [expert] of choice) {
          most = Math.max(most, expert + 1);
        }
      }
    }
    return most;
  }

  build() {
    this.spans = this.tokens.map((token, i) => {
      const span = document.createElement("span");
      span.className = "token";
      span.role = "option";
      span.tabIndex = i === 0 ? 0 : -1;
      span.dataset.index = i;
      span.textContent = token.text === "" ? "·" : token.text.replaceAll("\n", "↵\n").replace(/\n$/, "");
      return span;
    });
    const lines = this.makeLines();
    this.list.append(...lines);
    this.watch(lines);
    this.listen();
    if (this.layers === 0) {
      this.head.replaceChildren(
        Object.assign(document.createElement("p"), {
          textContent: "This model is dense: all tokens go through the same weights. Probabilities are shown all the same.",
        }),
      );
      this.legend.hidden = true;
      return;
    }
    this.slider.max = this.layers - 1;
    this.slider.addEventListener("input", () => this.show(Number(this.slider.value)));
  }

  // One element a line, so that the browser lays out only those in view.
  makeLines() {
    const lines = [];
    this.spans.forEach((span, i) => {
      if (i === 0 || this.tokens[i - 1].text.endsWith("\n")) {
        lines.push(document.createElement("div"));
        lines.at(-1).role = "presentation";
      }
      lines.at(-1).append(span);
    });
    return lines;
  }

  // Of a long answer only the lines in view are coloured, the others when they come into view.
  watch(lines) {
    this.inView = new Set(this.tokens.length <= COLOURED_AT_ONCE ? lines : []);
    if (this.inView.size > 0) {
      return;
    }
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) {
          this.inView.add(target);
          this.paint(target);
        } else {
          this.inView.delete(target);
        }
      }
    });
    lines.forEach((line) => observer.observe(line));
  }

  listen() {
    this.list.addEventListener("pointerover", (event) => this.tip(event.target));
    this.list.addEventListener("pointerleave", () => hideTip(200));
    this.list.addEventListener("focusin", (event) => this.tip(event.target));
    this.list.addEventListener("focusout", () => hideTip(0));
    this.list.addEventListener("click", (event) => this.moveTo(Number(event.target.dataset.index ?? -1)));
    this.list.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const last = this.spans.length - 1;
    const to = {
      ArrowRight: this.current + 1,
      ArrowLeft: this.current - 1,
      ArrowDown: this.current + 10,
      ArrowUp: this.current - 10,
      Home: 0,
      End: last,
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.moveTo(Math.max(0, Math.min(last, to)));
    }
  }

  moveTo(index) {
    if (index >= 0) {
      this.spans[this.current].tabIndex = -1;
      this.current = index;
      this.spans[index].tabIndex = 0;
      this.spans[index].focus();
    }
  }

  /** Colours the tokens by their experts in a layer. */
  show(layer) {
    this.layer = layer;
    if (this.layers > 0) {
      this.slider.ariaValueText = `layer ${layer + 1} of ${this.layers}`;
      this.head.querySelector("output").value = `${layer + 1} of ${this.layers}`;
      this.showLegend(this.shares());
    }
    this.inView.forEach((line) => this.paint(line));
  }

  paint(line) {
    for (const span of line.children) {
      const index = Number(span.dataset.index);
      const choice = this.choice(index);
      const expert = choice[0]?.[0] ?? -1;
      const served = this.chosen < 0 || choice.some(([one]) => one === this.chosen);
      const name = (expert < 0 ? "token" : `token x${expert}`) + (served ? "" : " dim");
      if (span.className !== name) {
        span.className = name;
      }
      if (expert >= 0 && expert !== this.choice(index - 1)[0]?.[0]) {
        span.dataset.expert = expert;
      } else {
        delete span.dataset.expert;
      }
    }
  }

  // For each expert of the layer how many tokens it served, and for how many it had the largest weight.
  shares() {
    const shares = new Map();
    for (let i = 0; i < this.tokens.length; i++) {
      this.choice(i).forEach(([expert], rank) => {
        const share = shares.get(expert) ?? { first: 0, any: 0 };
        share.any++;
        share.first += rank === 0 ? 1 : 0;
        shares.set(expert, share);
      });
    }
    return shares;
  }

  choice(index) {
    return this.routing[index]?.[this.layer] ?? [];
  }

  // What a screen reader says of a token; the window's text follows as its description.
  label(index) {
    const said = visible(this.tokens[index].text);
    const [first, second] = this.choice(index);
    if (!first) {
      return said;
    }
    const rest = second ? `, then expert ${second[0]}` : "";
    return `${said}, expert ${first[0]}, ${percent(first[1])}${rest}`;
  }

  showLegend(shares) {
    const served = this.tokens.filter((_, i) => this.choice(i).length > 0).length;
    this.legend.replaceChildren(
      ...[...shares.entries()]
        .sort((a, b) => a[0] - b[0])
        .map(([expert, share]) => this.legendEntry(expert, share, served)),
    );
    if (!shares.has(this.chosen)) {
      this.chosen = -1;
    }
    this.pressLegend();
    const perToken = this.choice(0).length;
    this.head.querySelector(".expert-summary").textContent =
      perToken > 1
        ? `Colour and number: the expert with the largest weight of the ${perToken} that served the token.`
        : "Colour and number: the expert that served the token.";
  }

  legendEntry(expert, share, served) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `x${expert}`;
    button.dataset.expert = expert;
    button.ariaLabel = `Expert ${expert}: first for ${percent(share.first / served)} of the tokens, among those used for ${percent(share.any / served)}`;
    button.title = button.ariaLabel;
    const number = document.createElement("b");
    number.textContent = expert;
    button.append(number, ` ${percent(share.first / served)}`);
    button.addEventListener("click", () => {
      this.chosen = this.chosen === expert ? -1 : expert;
      this.pressLegend();
      this.inView.forEach((line) => this.paint(line));
    });
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  pressLegend() {
    for (const button of this.legend.querySelectorAll("button")) {
      button.ariaPressed = String(Number(button.dataset.expert) === this.chosen);
    }
  }

  tip(span) {
    const index = Number(span.dataset.index ?? -1);
    if (index < 0) {
      return;
    }
    const token = this.tokens[index];
    span.ariaLabel = this.label(index);
    const experts = this.choice(index).map(([expert, weight]) => `expert ${expert} (${percent(weight)})`);
    showTip(span, {
      title: `${visible(token.text)} · ${percent(Math.exp(token.logprob))}`,
      rows: token.top.map((one) => [visible(one.text), Math.exp(one.logprob), one.text === token.text]),
      foot: experts.length > 0 ? `Layer ${this.layer + 1}: ${experts.join(", ")}` : "",
    });
  }
}
