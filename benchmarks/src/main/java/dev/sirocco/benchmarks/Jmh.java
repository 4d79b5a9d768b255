package dev.sirocco.benchmarks;

import java.io.IOException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs the JMH benchmarks with JMH's own options; unless {@code -p tier=…} says otherwise, with
 * every tier that this machine has.
 *
 * <pre>
 * java -cp ... dev.sirocco.benchmarks.Jmh Product -p type=Q4_0,Q8_0 -p tokens=1
 * </pre>
 */
public final class Jmh {

  private Jmh() {}

  /** Runs what the arguments select. */
  public static void main(String[] args)
      throws CommandLineOptionException, IOException, RunnerException {
    CommandLineOptions asked = new CommandLineOptions(args);
    if (asked.shouldList() || asked.shouldHelp()) {
      org.openjdk.jmh.Main.main(args);
      return;
    }
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .parent(asked)
            .jvmArgsAppend(
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow");
    if (!asked.getParameter("tier").hasValue()) {
      options.param("tier", TierKernels.usable().toArray(String[]::new));
    }
    new Runner(options.build()).run();
  }
}
