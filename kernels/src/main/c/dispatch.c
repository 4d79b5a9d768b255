// The functions that Java calls, and the check of what this CPU and operating system can run.
//
// Which tiers exist is decided by the build: SIROCCO_HAVE_… is defined where the compiler made one.
#include "sirocco.h"

#define EXPORT __attribute__((visibility("default")))

typedef double limit_function(int kind, int64_t rounds, const uint8_t *memory, int64_t bytes);

extern const tier sirocco_baseline;
limit_function sirocco_limit_baseline;
#ifdef SIROCCO_HAVE_AVX2
extern const tier sirocco_avx2;
limit_function sirocco_limit_avx2;
#endif
#ifdef SIROCCO_HAVE_AVX_VNNI
extern const tier sirocco_avx_vnni;
limit_function sirocco_limit_avx_vnni;
#endif
#ifdef SIROCCO_HAVE_AVX512_VNNI
extern const tier sirocco_avx512_vnni;
limit_function sirocco_limit_avx512_vnni;
#endif
#ifdef SIROCCO_HAVE_AVX512_BF16
extern const tier sirocco_avx512_bf16;
limit_function sirocco_limit_avx512_bf16;
#endif
#ifdef SIROCCO_HAVE_NEON_DOTPROD
extern const tier sirocco_neon_dotprod;
limit_function sirocco_limit_neon_dotprod;
#endif
#ifdef SIROCCO_HAVE_NEON_I8MM
extern const tier sirocco_neon_i8mm;
limit_function sirocco_limit_neon_i8mm;
#endif

static const tier *tier_of(int t) {
  switch (t) {
    case TIER_BASELINE: return &sirocco_baseline;
#ifdef SIROCCO_HAVE_AVX2
    case TIER_AVX2: return &sirocco_avx2;
#endif
#ifdef SIROCCO_HAVE_AVX_VNNI
    case TIER_AVX_VNNI: return &sirocco_avx_vnni;
#endif
#ifdef SIROCCO_HAVE_AVX512_VNNI
    case TIER_AVX512_VNNI: return &sirocco_avx512_vnni;
#endif
#ifdef SIROCCO_HAVE_AVX512_BF16
    case TIER_AVX512_BF16: return &sirocco_avx512_bf16;
#endif
#ifdef SIROCCO_HAVE_NEON_DOTPROD
    case TIER_NEON_DOTPROD: return &sirocco_neon_dotprod;
#endif
#ifdef SIROCCO_HAVE_NEON_I8MM
    case TIER_NEON_I8MM: return &sirocco_neon_i8mm;
#endif
    default: return 0;
  }
}

static limit_function *limit_of(int t) {
  switch (t) {
    case TIER_BASELINE: return sirocco_limit_baseline;
#ifdef SIROCCO_HAVE_AVX2
    case TIER_AVX2: return sirocco_limit_avx2;
#endif
#ifdef SIROCCO_HAVE_AVX_VNNI
    case TIER_AVX_VNNI: return sirocco_limit_avx_vnni;
#endif
#ifdef SIROCCO_HAVE_AVX512_VNNI
    case TIER_AVX512_VNNI: return sirocco_limit_avx512_vnni;
#endif
#ifdef SIROCCO_HAVE_AVX512_BF16
    case TIER_AVX512_BF16: return sirocco_limit_avx512_bf16;
#endif
#ifdef SIROCCO_HAVE_NEON_DOTPROD
    case TIER_NEON_DOTPROD: return sirocco_limit_neon_dotprod;
#endif
#ifdef SIROCCO_HAVE_NEON_I8MM
    case TIER_NEON_I8MM: return sirocco_limit_neon_i8mm;
#endif
    default: return 0;
  }
}

#ifdef __x86_64__
#include <cpuid.h>

static int bit(unsigned word, int n) { return word >> n & 1; }

// The registers whose contents the operating system saves.
static unsigned saved_registers(void) {
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static int cpu_runs(int t) {
  unsigned a, b, c, d, b7, c7, d7, a71 = 0, ignored;
  if (t == TIER_BASELINE) return 1;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !bit(c, 27)) return 0;
  unsigned saved = saved_registers();
  int avx2 = bit(c, 28) && bit(c, 12) && bit(c, 29) && (saved & 6) == 6;
  if (!__get_cpuid_count(7, 0, &a, &b7, &c7, &d7)) return 0;
  if (a >= 1) __get_cpuid_count(7, 1, &a71, &ignored, &ignored, &ignored);
  avx2 = avx2 && bit(b7, 5);
  int avx512 = avx2 && (saved & 0xe6) == 0xe6 && bit(b7, 16) && bit(b7, 17) && bit(b7, 30) && bit(b7, 31) && bit(c7, 11);
  switch (t) {
    case TIER_AVX2: return avx2;
#ifdef EMULATED_VNNI  // with the instructions of AVX-512, see check.sh
    case TIER_AVX_VNNI: return avx512;
#else
    case TIER_AVX_VNNI: return avx2 && bit(a71, 4);
#endif
    case TIER_AVX512_VNNI: return avx512;
    case TIER_AVX512_BF16: return avx512 && bit(a71, 5);
    default: return 0;
  }
}
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>

// The kernel tells what the CPU has and what it saves of it.
static int cpu_runs(int t) {
  const int dotprod = getauxval(AT_HWCAP) >> 20 & 1;  // HWCAP_ASIMDDP
  switch (t) {
    case TIER_BASELINE: return 1;
    case TIER_NEON_DOTPROD: return dotprod;
    case TIER_NEON_I8MM: return dotprod && (getauxval(AT_HWCAP2) >> 13 & 1);  // HWCAP2_I8MM
    default: return 0;
  }
}
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>

static int has(const char *feature) {
  int value = 0;
  size_t size = sizeof value;
  return sysctlbyname(feature, &value, &size, 0, 0) == 0 && value;
}

static int cpu_runs(int t) {
  switch (t) {
    case TIER_BASELINE: return 1;
    case TIER_NEON_DOTPROD: return has("hw.optional.arm.FEAT_DotProd");
    case TIER_NEON_I8MM: return has("hw.optional.arm.FEAT_DotProd") && has("hw.optional.arm.FEAT_I8MM");
    default: return 0;
  }
}
#else
static int cpu_runs(int t) { return t == TIER_BASELINE; }
#endif

EXPORT int32_t sirocco_abi(void) { return SIROCCO_ABI; }

// 0: not compiled into this library; 1: this CPU or its operating system cannot run it; 2: usable.
EXPORT int32_t sirocco_tier_state(int32_t t) { return !tier_of(t) ? 0 : cpu_runs(t) ? 2 : 1; }

EXPORT int32_t sirocco_form(int32_t t, int32_t type, int32_t planes) { return tier_of(t)->form(type, planes); }

// Bytes between prepared rows: whole cache lines, an odd number of them, so that rows do not fall on the same places of a cache.
EXPORT int64_t sirocco_row_bytes(int32_t form, int32_t planes, int32_t columns) {
  int64_t bytes = form == FORM_FLOATS ? 4 * (int64_t)columns
      : form == FORM_BF16 ? 2 * ((int64_t)columns + columns % 2) : columns / 32 * (int64_t)record_bytes(form, planes);
  int64_t lines = (bytes + 63) / 64;
  return 64 * (lines + (lines % 2 == 0));
}

EXPORT void sirocco_prepare(int32_t t, int32_t form, int32_t planes, const float *x, int64_t x_stride, int32_t rows, int32_t columns,
                            uint8_t *to, int64_t to_stride) {
  tier_of(t)->prepare(form, planes, x, x_stride, rows, columns, to, to_stride);
}

EXPORT int32_t sirocco_unit_outputs(int32_t t, int32_t type, int32_t gated) { return tier_of(t)->unit_outputs(type, gated); }

EXPORT int64_t sirocco_scratch_bytes(int32_t t, int32_t batch) { return tier_of(t)->scratch_bytes(batch); }

EXPORT void sirocco_multiply(int32_t t, const product *p, int32_t first_unit, int32_t last_unit, uint8_t *scratch) {
  tier_of(t)->multiply(p, first_unit, last_unit, scratch);
}

EXPORT int64_t sirocco_attention_scratch_bytes(int32_t t, int32_t rows, int32_t head_dim) { return tier_of(t)->attention_scratch_bytes(rows, head_dim); }

EXPORT void sirocco_attend(int32_t t, const attention *a, int32_t first_item, int32_t last_item, uint8_t *scratch) {
  tier_of(t)->attend(a, first_item, last_item, scratch);
}

EXPORT void sirocco_rms_norm(int32_t t, const float *x, const uint8_t *weight, int32_t weight_type, float eps, float *y, int32_t rows, int32_t columns) {
  tier_of(t)->rms_norm(x, weight, weight_type, eps, y, rows, columns);
}

EXPORT void sirocco_rope(int32_t t, float *x, const float *cos_sin, int32_t rows, int32_t columns, int32_t head_dim, int32_t interleaved) {
  tier_of(t)->rope(x, cos_sin, rows, columns, head_dim, interleaved);
}

EXPORT void sirocco_to_half(int32_t t, const float *x, uint8_t *to, int64_t count) { tier_of(t)->to_half(x, to, count); }

EXPORT void sirocco_add_scaled(int32_t t, const float *x, float scale, float *y, int64_t count) { tier_of(t)->add_scaled(x, scale, y, count); }

// Does `rounds` rounds of a kind of multiply-accumulate, or reads the memory; returns how many of them, or the
// bytes; 0 if the tier has no such instruction.
EXPORT double sirocco_limit(int32_t t, int32_t kind, int64_t rounds, const uint8_t *memory, int64_t bytes) {
  return limit_of(t)(kind, rounds, memory, bytes);
}
