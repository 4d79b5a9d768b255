package dev.sirocco.kernels;

/** The C kernels cannot be used here; the message tells why, and the remedy. */
final class NativeUnavailableException extends Exception {

  NativeUnavailableException(String message) {
    super(message);
  }

  NativeUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
