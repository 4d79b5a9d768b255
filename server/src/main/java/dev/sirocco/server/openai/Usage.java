package dev.sirocco.server.openai;

import dev.sirocco.server.http.Json;
import tools.jackson.databind.node.ObjectNode;

/**
 * How many tokens a request took.
 *
 * @param prompt tokens of the prompts
 * @param cached those of them that were found in the cache
 * @param completion tokens of all answers
 */
record Usage(int prompt, int cached, int completion) {

  ObjectNode toJson() {
    ObjectNode usage = Json.object();
    usage.put("prompt_tokens", prompt);
    usage.put("completion_tokens", completion);
    usage.put("total_tokens", prompt + completion);
    usage.putObject("prompt_tokens_details").put("cached_tokens", cached);
    return usage;
  }
}
