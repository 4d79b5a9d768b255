package dev.sirocco.cli;

import picocli.CommandLine.Command;

/** The program itself; what it does is in its subcommands. */
@Command(
    name = "sirocco",
    description = "Mistral and Mixtral language models on the JVM.",
    mixinStandardHelpOptions = true,
    subcommandsRepeatable = false)
final class SiroccoCommand {}
