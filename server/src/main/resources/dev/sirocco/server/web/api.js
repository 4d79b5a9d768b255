// Talks to the server: the model's name, and streamed answers.

/** A failure, in words for the person at the screen. */
export class Problem extends Error {
  /**
   * @param {string} message what happened, and what helps
   * @param {{wantsKey?: boolean, retryAfter?: number}} about what the page can do about it
   */
  constructor(message, about = {}) {
    super(message);
    this.wantsKey = about.wantsKey ?? false;
    this.retryAfter = about.retryAfter ?? 0;
  }
}

const UNREACHABLE =
  "The server cannot be reached. See whether it still runs, and whether this machine has a connection to it.";

// The page may have been opened with a key in its address, which requests must not have in theirs.
function address(path) {
  const url = new URL(path, location.href);
  url.username = "";
  url.password = "";
  return url;
}

function headers(key) {
  const result = { "Content-Type": "application/json" };
  if (key) {
    result.Authorization = "Bearer " + key;
  }
  return result;
}

async function send(path, options) {
  let response;
  try {
    response = await fetch(address(path), { cache: "no-store", credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") {
      throw error;
    }
    throw new Problem(UNREACHABLE);
  }
  if (!response.ok) {
    throw await problemOf(response);
  }
  return response;
}

async function problemOf(response) {
  let error = {};
  try {
    error = (await response.json()).error ?? {};
  } catch {
    // A proxy's error page is no JSON; the status tells enough.
  }
  const said = error.message ? ` The server says: ${error.message}` : "";
  switch (response.status) {
    case 401:
      return new Problem(
        "The server wants an API key, and the one given is missing or wrong. Enter it in the settings.",
        { wantsKey: true },
      );
    case 413:
      return new Problem("The message is longer than the server takes. Shorten it." + said);
    case 429: {
      const seconds = Number(response.headers.get("Retry-After")) || 5;
      return new Problem(
        `The server is busy, too many requests wait already. Try again in ${seconds} seconds.`,
        { retryAfter: seconds },
      );
    }
    case 503:
      return error.code === "loading"
        ? new Problem("The model is still being loaded. Try again in a moment.", { retryAfter: 1 })
        : new Problem("The server takes no requests at the moment, it may be shutting down." + said);
    case 400:
    case 404:
    case 422:
      return new Problem("The server cannot answer this request." + said);
    default:
      return new Problem(`Something went wrong in the server (status ${response.status}).` + said);
  }
}

/** The name of the served model. */
export async function modelName(key) {
  const response = await send("v1/models", { headers: headers(key) });
  return (await response.json()).data?.[0]?.id ?? "";
}

/** An answer in one piece. */
export async function complete(request, key, signal) {
  const body = JSON.stringify(request);
  const response = await send("v1/chat/completions", { method: "POST", headers: headers(key), body, signal });
  return response.json();
}

/**
 * Streams an answer: calls `onChunk` with each chunk, and ends when the answer is complete.
 * Throws an AbortError when `signal` stops it.
 */
export async function stream(request, key, signal, onChunk) {
  const body = JSON.stringify({ ...request, stream: true, stream_options: { include_usage: true } });
  const response = await send("v1/chat/completions", { method: "POST", headers: headers(key), body, signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await read(reader);
    if (done) {
      throw new Problem("The connection ended before the answer did. Regenerate to get it whole.");
    }
    const lines = value.split("\n");
    lines[0] = rest + lines[0];
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith("data:")) {
        const data = line.slice(5).trim();
        if (data === "[DONE]") {
          return;
        }
        const chunk = JSON.parse(data);
        if (chunk.error) {
          throw new Problem("The answer broke off. The server says: " + chunk.error.message);
        }
        onChunk(chunk);
      }
    }
  }
}

async function read(reader) {
  try {
    return await reader.read();
  } catch (error) {
    if (error.name === "AbortError") {
      throw error;
    }
    throw new Problem("The connection to the server was lost. Regenerate to get the whole answer.");
  }
}
