// Shows Markdown while it streams in. Only what is new touches the page, and text of the model only
// ever becomes text nodes: paragraphs, headings, lists, quotes, code, bold and italic are elements
// made here; all else stays as it was written.

const LONGEST_TEXT_NODE = 2000;

// What may still turn out to begin a block: the line is held back until it is decided.
const UNDECIDED = /^[ \t]*(#{1,6}|[-*+]|\d{1,9}[.)]?|`{1,2}|~{1,2}|>|-[- ]*|\*[* ]*|```[^`\n]*|~~~[^~\n]*)?$/;
const FENCE = /^[ \t]*(```|~~~)/;
const HEADING = /^ {0,3}(#{1,6})[ \t]/;
const ITEM = /^([ \t]*)([-*+]|\d{1,9}[.)])[ \t]/;
const RULE = /^ {0,3}(-[ ]*){3,}$|^ {0,3}(\*[ ]*){3,}$/;
const QUOTE = /^ {0,3}> ?/;

export class MarkdownStream {
  /** @param {HTMLElement} root that the blocks are appended to */
  constructor(root) {
    this.root = root;
    this.lists = []; // open lists, outermost first: {indent, list, item}
    this.head = ""; // the beginning of a line that is not decided yet; null behind it
    this.reset();
  }

  reset() {
    this.block = null; // the block that lines go on in
    this.at = null; // the element that text goes to
    this.fence = ""; // what closes the code block that is open
    this.spans = []; // open bold, italic and code: {element, mark}
    this.run = ""; // marks whose meaning the next character decides
    this.before = " "; // the character in front of the run
    this.escaped = false;
    this.waiting = ""; // text not yet on the page
  }

  /** Appends text, of any length and cut anywhere. */
  append(text) {
    for (const c of text) {
      this.step(c);
    }
    this.flush();
  }

  /** Shows what was held back; nothing is appended after it. */
  end() {
    if (this.head !== null && this.head !== "") {
      this.decide(true);
    }
    this.closeBlock();
  }

  step(c) {
    if (this.head === null) {
      if (c === "\n") {
        this.endLine();
      } else {
        this.inline(c);
      }
      return;
    }
    if (c === "\n") {
      this.decide(true);
      this.endLine();
      return;
    }
    this.head += c;
    if (this.fence ? !this.mayCloseFence() : !UNDECIDED.test(this.head)) {
      this.decide(false);
    }
  }

  endLine() {
    if (this.head === null && this.fence) {
      this.text("\n");
    } else if (this.block && this.block.tagName !== "P" && this.block.tagName !== "LI" && !this.fence) {
      this.closeBlock();
    }
    this.head = "";
  }

  mayCloseFence() {
    return /^[ \t]*(`{0,3}|~{0,3})[ \t]*$/.test(this.head);
  }

  // Decides what kind of line begins with this.head; `whole` says that the line ends there.
  decide(whole) {
    const line = this.head;
    this.head = null;
    if (this.fence) {
      this.codeLine(line, whole);
    } else if (line.trim() === "") {
      this.blank(whole);
    } else if (FENCE.test(line)) {
      this.openFence(line, whole);
    } else if (whole && RULE.test(line)) {
      this.closeLists();
      this.root.append(document.createElement("hr"));
    } else if (HEADING.test(line + (whole ? " " : ""))) {
      this.openHeading(line);
    } else if (ITEM.test(line + (whole ? " " : ""))) {
      this.openItem(line);
    } else if (QUOTE.test(line)) {
      this.openQuote(line);
    } else {
      this.paragraph(line);
    }
  }

  codeLine(line, whole) {
    if (whole && line.trim() === this.fence) {
      this.closeBlock();
      this.head = "";
    } else {
      this.text(line);
    }
  }

  blank(whole) {
    if (whole) {
      this.closeBlock();
    } else {
      this.head = "";
    }
  }

  openFence(line, whole) {
    if (!whole) {
      // Something stands behind closed backticks: code within a paragraph.
      this.paragraph(line);
      return;
    }
    const language = line.trim().slice(3).trim();
    this.closeBlock();
    this.closeListsUnlessIndented(line);
    const pre = document.createElement("pre");
    pre.tabIndex = 0;
    if (language) {
      pre.dataset.language = language;
    }
    const code = pre.appendChild(document.createElement("code"));
    this.parent().append(pre);
    this.block = pre;
    this.at = code;
    this.fence = line.trim().slice(0, 3);
    this.head = "";
  }

  openHeading(line) {
    const marks = HEADING.exec(line + " ")[1].length;
    this.closeLists();
    // The page's own headings end at the third level.
    this.open(document.createElement("h" + Math.min(6, marks + 3)), this.root);
    this.inlineText(line.trimStart().slice(marks).trimStart());
  }

  openItem(line) {
    const [mark, blanks, bullet] = ITEM.exec(line + " ");
    const indent = blanks.replaceAll("\t", "    ").length;
    const tag = /\d/.test(bullet) ? "OL" : "UL";
    this.closeBlock();
    while (this.lists.length > 0 && this.lists.at(-1).indent > indent + 1) {
      this.lists.pop();
    }
    let open = this.lists.at(-1);
    if (!open || indent > open.indent + 1) {
      open = this.openList(tag, indent, bullet, open ? open.item : this.root);
    } else if (open.list.tagName !== tag) {
      this.lists.pop();
      open = this.openList(tag, indent, bullet, this.parent());
    }
    open.item = document.createElement("li");
    this.open(open.item, open.list);
    this.inlineText(line.slice(mark.length));
  }

  openList(tag, indent, bullet, parent) {
    const list = document.createElement(tag);
    if (tag === "OL") {
      list.start = parseInt(bullet, 10);
    }
    parent.append(list);
    const open = { indent, list, item: list };
    this.lists.push(open);
    return open;
  }

  openQuote(line) {
    const rest = line.replace(QUOTE, "");
    if (this.block?.parentNode?.tagName === "BLOCKQUOTE") {
      this.inlineText("\n" + rest);
      return;
    }
    this.closeLists();
    const quote = document.createElement("blockquote");
    this.root.append(quote);
    this.open(document.createElement("p"), quote);
    this.inlineText(rest);
  }

  paragraph(line) {
    if (this.block) {
      this.inlineText("\n" + line.trimStart());
      return;
    }
    this.closeListsUnlessIndented(line);
    this.open(document.createElement("p"), this.parent());
    this.inlineText(line.trimStart());
  }

  parent() {
    return this.lists.at(-1)?.item ?? this.root;
  }

  open(block, parent) {
    parent.append(block);
    this.block = block;
    this.at = block;
  }

  closeLists() {
    this.closeBlock();
    this.lists.length = 0;
  }

  closeListsUnlessIndented(line) {
    if (!/^[ \t]/.test(line)) {
      this.lists.length = 0;
    }
  }

  closeBlock() {
    this.flushRun("");
    while (this.spans.length > 0) {
      this.unwrap(this.spans.at(-1));
    }
    this.flush();
    this.reset();
  }

  inlineText(text) {
    for (const c of text) {
      this.inline(c);
    }
  }

  inline(c) {
    if (this.fence) {
      this.text(c);
    } else if (this.escaped) {
      this.escaped = false;
      this.text((/[\p{P}\p{S}]/u.test(c) ? "" : "\\") + c);
      this.before = c;
    } else if ((c === "`" || c === "*" || c === "_") && (this.run === "" || this.run[0] === c)) {
      this.run += c;
    } else {
      this.flushRun(c);
      if (c === "`" || c === "*" || c === "_") {
        this.run = c;
      } else if (c === "\\" && !this.inCode()) {
        this.escaped = true;
      } else {
        this.text(c);
        this.before = c;
      }
    }
  }

  inCode() {
    return this.spans.at(-1)?.mark[0] === "`";
  }

  flushRun(next) {
    if (this.escaped) {
      this.escaped = false;
      this.text("\\");
    }
    const run = this.run;
    if (run === "") {
      return;
    }
    this.run = "";
    if (run[0] === "`" || this.inCode()) {
      this.mark(run, next);
    } else if (run.length === 3) {
      const [first, second] = this.spans.at(-1)?.mark.length === 1 ? [1, 2] : [2, 1];
      this.mark(run.slice(0, first), next);
      this.mark(run.slice(0, second), next);
    } else {
      this.mark(run, next);
    }
    this.before = run[0];
  }

  // A run of marks opens or closes a span, or is text.
  mark(run, next) {
    const code = run[0] === "`";
    const open = this.spans.findLast((span) => span.mark === run);
    if (this.inCode() ? open === this.spans.at(-1) : open && this.mayClose(run, next)) {
      while (this.spans.at(-1) !== open) {
        this.unwrap(this.spans.at(-1));
      }
      this.flush();
      this.spans.pop();
      this.at = open.element.parentNode;
    } else if (!this.inCode() && (code || this.mayOpen(run, next))) {
      this.flush();
      const element = document.createElement(code ? "code" : run.length === 2 ? "strong" : "em");
      this.at.append(element);
      this.spans.push({ element, mark: run });
      this.at = element;
    } else {
      this.text(run);
    }
  }

  mayOpen(run, next) {
    const inWord = /[\p{L}\p{N}]/u.test(this.before);
    return run.length <= 2 && /\S/.test(next) && (run[0] === "*" || !inWord);
  }

  mayClose(run, next) {
    return /\S/.test(this.before) && (run[0] === "*" || !/[\p{L}\p{N}]/u.test(next));
  }

  // A span that was never closed: its marks are text after all.
  unwrap(span) {
    this.flush();
    this.spans.splice(this.spans.indexOf(span), 1);
    if (this.at === span.element) {
      this.at = span.element.parentNode;
    }
    span.element.before(span.mark);
    span.element.replaceWith(...span.element.childNodes);
  }

  text(text) {
    this.waiting += text;
  }

  flush() {
    if (!this.waiting) {
      return;
    }
    const last = this.at.lastChild;
    if (last?.nodeType === Node.TEXT_NODE && last.length < LONGEST_TEXT_NODE) {
      last.appendData(this.waiting);
    } else {
      this.at.append(this.waiting);
    }
    this.waiting = "";
  }
}
