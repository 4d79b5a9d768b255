package dev.sirocco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CpuInfoTest {

  @Test
  void anX86CpuHasItsNameAndTheInstructionSetsThatMatter() {
    CpuInfo cpu =
        CpuInfo.parse(
            List.of(
                "processor\t: 0",
                "vendor_id\t: AuthenticAMD",
                "model name\t: AMD EPYC 9B14",
                "flags\t\t: fpu vme sse2 fma avx f16c avx2 avx512f avx512_vnni avx512_bf16",
                "processor\t: 1",
                "model name\t: another"));
    assertThat(cpu.model()).isEqualTo("AMD EPYC 9B14");
    assertThat(cpu.instructions())
        .containsExactly("fma", "f16c", "avx2", "avx512f", "avx512_vnni", "avx512_bf16");
  }

  @Test
  void anArmCpuIsNamedByItsPart() {
    CpuInfo cpu =
        CpuInfo.parse(
            List.of(
                "Features\t: fp asimd crc32 atomics asimddp i8mm bf16",
                "CPU implementer\t: 0x41",
                "CPU part\t: 0xd40"));
    assertThat(cpu.model()).isEqualTo("Arm CPU, part 0xd40");
    assertThat(cpu.instructions()).containsExactly("asimd", "asimddp", "i8mm", "bf16");
  }

  @Test
  void whatTheSystemDoesNotTellIsLeftOut() {
    CpuInfo cpu = CpuInfo.parse(List.of());
    assertThat(cpu.model()).isEqualTo(System.getProperty("os.arch"));
    assertThat(cpu.instructions()).isEmpty();
  }
}
