package dev.sirocco.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sirocco.kernels.MachineLimits;
import dev.sirocco.kernels.NativeReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What {@code sirocco doctor} found.
 *
 * @param findings in the order they were made
 * @param nativeKernels what is known of the C kernels
 * @param limits what the machine could reach; empty if it could not be measured
 */
record DoctorReport(
    List<Finding> findings,
    @JsonProperty("native") NativeReport nativeKernels,
    Optional<MachineLimits> limits) {

  /** Whether something is as it should be. */
  enum Status {
    OK,
    FAILED,
    /** Nothing to judge. */
    INFO;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * One line.
   *
   * @param name what it is about
   * @param status as it should be or not
   * @param text what was found; of a failure also the remedy
   */
  record Finding(String name, String status, String text) {}

  /** Whether nothing failed. */
  @JsonProperty
  boolean healthy() {
    return findings.stream().noneMatch(f -> f.status().equals(Status.FAILED.toString()));
  }

  /** Collects findings. */
  static final class Notes {

    private final List<Finding> findings = new ArrayList<>();

    void info(String name, String text) {
      add(name, Status.INFO, text);
    }

    void ok(String name, String text) {
      add(name, Status.OK, text);
    }

    void failed(String name, String text) {
      add(name, Status.FAILED, text);
    }

    private void add(String name, Status status, String text) {
      findings.add(new Finding(name, status.toString(), text));
    }

    List<Finding> all() {
      return List.copyOf(findings);
    }
  }
}
