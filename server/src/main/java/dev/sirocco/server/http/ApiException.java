package dev.sirocco.server.http;

import java.util.Optional;

/**
 * A request cannot be answered; the client is told so in the form of OpenAI's errors.
 *
 * <p>The message is for the client: it names the field, the value found and the value wanted, and
 * nothing of the server's inside.
 */
public final class ApiException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private static final String INVALID = "invalid_request_error";
  private static final String SERVER = "server_error";

  private final int status;
  private final String type;
  private final String param;
  private final String code;

  private ApiException(int status, String type, String param, String code, String message) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
    this.code = code;
  }

  /** 400: the field {@code param} has a wrong type or value. */
  public static ApiException badField(String param, String message) {
    return new ApiException(400, INVALID, param, "invalid_value", message);
  }

  /** 400: the request as a whole is wrong. */
  public static ApiException badRequest(String message) {
    return new ApiException(400, INVALID, "", "invalid_request", message);
  }

  /** 401: no key, or a wrong one. */
  public static ApiException unauthorized(String message) {
    return new ApiException(401, INVALID, "", "invalid_api_key", message);
  }

  /** 403: the request comes through a foreign host name or page. */
  public static ApiException forbidden(String message) {
    return new ApiException(403, INVALID, "", "forbidden", message);
  }

  /** 404: there is no such path. */
  public static ApiException notFound(String path) {
    return new ApiException(
        404,
        INVALID,
        "",
        "not_found",
        "there is no %s here; /openapi.json lists all".formatted(path));
  }

  /** 404: another model is asked for than the served one. */
  public static ApiException modelNotFound(String asked, String served) {
    return new ApiException(
        404,
        INVALID,
        "model",
        "model_not_found",
        "the model '%s' is not served here; wanted '%s'".formatted(asked, served));
  }

  /** 405: the path is there, but not for this method. */
  public static ApiException methodNotAllowed(String method, String path, String allowed) {
    return new ApiException(
        405,
        INVALID,
        "",
        "method_not_allowed",
        "%s takes %s, but was asked with %s".formatted(path, allowed, method));
  }

  /** 408: the request did not come to its end in time. */
  public static ApiException timeout(String message) {
    return new ApiException(408, INVALID, "", "request_timeout", message);
  }

  /** 413: the body is longer than allowed. */
  public static ApiException tooLarge(long most) {
    return new ApiException(
        413,
        INVALID,
        "",
        "request_too_large",
        "the body is longer than the %,d bytes that are allowed".formatted(most));
  }

  /** 415: the body is not JSON. */
  public static ApiException unsupportedMediaType(String found) {
    return new ApiException(
        415,
        INVALID,
        "",
        "unsupported_media_type",
        "the body has the content type '%s'; wanted application/json".formatted(found));
  }

  /** 429: as many requests wait as may. */
  public static ApiException queueFull(String message) {
    return new ApiException(429, "rate_limit_error", "", "queue_full", message);
  }

  /** 500: a defect, of which the client learns the request's id alone. */
  public static ApiException internal(String message) {
    return new ApiException(500, SERVER, "", "internal_error", message);
  }

  /** 503: the server loads the model, or shuts down. */
  public static ApiException unavailable(String code, String message) {
    return new ApiException(503, SERVER, "", code, message);
  }

  /** 503: the server shuts down. */
  public static ApiException shuttingDown() {
    return unavailable("shutting_down", "the server is shutting down");
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** OpenAI's {@code error.type}, such as {@code invalid_request_error}. */
  public String type() {
    return type;
  }

  /** The field that is wrong, such as {@code messages[2].role}, if it is one field. */
  public Optional<String> param() {
    return param.isEmpty() ? Optional.empty() : Optional.of(param);
  }

  /** OpenAI's {@code error.code}, such as {@code model_not_found}. */
  public String code() {
    return code;
  }

  /** What the client reads. */
  public String text() {
    return String.valueOf(getMessage());
  }
}
