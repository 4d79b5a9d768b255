package dev.sirocco.server.openai;

import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.JsonFields;

/**
 * Whether an answer is streamed.
 *
 * @param stream whether it is
 * @param includeUsage whether the stream's last chunk tells the tokens used
 */
record StreamFields(boolean stream, boolean includeUsage) {

  static StreamFields read(JsonFields body) {
    boolean stream = body.flag("stream", false);
    if (!stream && body.has("stream_options")) {
      throw ApiException.badField(
          "stream_options", "stream_options is given, but stream is not true; leave one out");
    }
    boolean usage =
        body.object("stream_options").map(o -> o.flag("include_usage", false)).orElse(false);
    return new StreamFields(stream, usage);
  }
}
