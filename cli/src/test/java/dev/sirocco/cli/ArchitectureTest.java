package dev.sirocco.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The arrows of docs/architecture.md: a module depends only on those a token meets before. */
class ArchitectureTest {

  private static final JavaClasses ALL =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.sirocco");

  @Test
  void arrowsNeverPointBack() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("tensor")
        .definedBy("dev.sirocco.tensor..")
        .layer("weights")
        .definedBy("dev.sirocco.weights..")
        .layer("tokenizer")
        .definedBy("dev.sirocco.tokenizer..")
        .layer("kernels")
        .definedBy("dev.sirocco.kernels..")
        .layer("model")
        .definedBy("dev.sirocco.model..")
        .layer("engine")
        .definedBy("dev.sirocco.engine..")
        .layer("server")
        .definedBy("dev.sirocco.server..")
        .layer("cli")
        .definedBy("dev.sirocco.cli..")
        .whereLayer("tensor")
        .mayNotAccessAnyLayer()
        .whereLayer("weights")
        .mayOnlyAccessLayers("tensor")
        .whereLayer("tokenizer")
        .mayOnlyAccessLayers("tensor", "weights")
        .whereLayer("kernels")
        .mayOnlyAccessLayers("tensor")
        .whereLayer("model")
        .mayOnlyAccessLayers("tensor", "weights", "kernels")
        .whereLayer("engine")
        .mayOnlyAccessLayers("tensor", "weights", "tokenizer", "kernels", "model")
        .whereLayer("server")
        .mayOnlyAccessLayers("tensor", "weights", "tokenizer", "kernels", "model", "engine")
        .check(ALL);
  }

  @Test
  void packagesFormNoCircles() {
    slices().matching("dev.sirocco.(**)").should().beFreeOfCycles().check(ALL);
  }

  @Test
  void librariesDoNotWriteToTheConsole() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.sirocco.cli..", "dev.sirocco.benchmarks..")
        .should(ACCESS_STANDARD_STREAMS)
        .check(ALL);
  }

  @Test
  void everyClassLivesInAKnownModule() {
    classes()
        .should()
        .resideInAnyPackage(
            "dev.sirocco.tensor..",
            "dev.sirocco.weights..",
            "dev.sirocco.tokenizer..",
            "dev.sirocco.kernels..",
            "dev.sirocco.model..",
            "dev.sirocco.engine..",
            "dev.sirocco.server..",
            "dev.sirocco.testkit..",
            "dev.sirocco.cli..")
        .check(ALL);
  }
}
