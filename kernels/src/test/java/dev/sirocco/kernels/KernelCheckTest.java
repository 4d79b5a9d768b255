package dev.sirocco.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.kernels.KernelCheck.Result;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KernelCheckTest {

  @ParameterizedTest
  @EnumSource(Activations.class)
  void everyTypeOfWeightsAndEveryOperationOfTheVectorKernelsPasses(Activations activations) {
    try (VectorKernels kernels = new VectorKernels(new KernelOptions(2, activations))) {
      List<Result> results = KernelCheck.run(kernels, activations);
      assertThat(results).allMatch(Result::passed);
      assertThat(results.stream().map(Result::name))
          .contains("product F32", "product Q4_0", "product IQ4_XS", "attention over F16");
    }
  }

  @Test
  void oneWrongOutputOfTheKernelsIsFound() {
    try (ScalarKernels right = new ScalarKernels(new KernelOptions(1))) {
      List<Result> results = KernelCheck.run(withOneWrongOutput(right), Activations.INT8);
      assertThat(results.stream().filter(result -> !result.passed()).map(Result::name))
          .isNotEmpty()
          .allMatch(name -> name.startsWith("product "));
      assertThat(results.getFirst().toString()).startsWith("product F32: largest error ");
    }
  }

  /** Products whose last output is off by a thousandth. */
  private static Kernels withOneWrongOutput(Kernels right) {
    return (Kernels)
        Proxy.newProxyInstance(
            KernelCheckTest.class.getClassLoader(),
            new Class<?>[] {Kernels.class},
            (proxy, method, arguments) -> {
              try {
                Object result = method.invoke(right, arguments);
                if (method.getName().equals("linear") && arguments[0] instanceof Tensor) {
                  FloatMatrix y = (FloatMatrix) arguments[2];
                  int row = y.rows() - 1;
                  int column = y.columns() - 1;
                  y.set(row, column, y.get(row, column) * 1.001f + 0.001f);
                }
                return result;
              } catch (InvocationTargetException e) {
                throw Objects.requireNonNull(e.getCause());
              }
            });
  }

  @Test
  void limitsAreMeasuredAndLargerInEightBitsWhereThereAreInstructions() {
    MachineLimits limits = MachineLimits.measure(1).orElseThrow();
    assertThat(limits.threads()).isEqualTo(1);
    assertThat(limits.fp32()).isGreaterThan(1e8);
    assertThat(limits.read()).isGreaterThan(1e7);
    limits.int8().ifPresent(rate -> assertThat(rate).isGreaterThan(1e8));
  }
}
