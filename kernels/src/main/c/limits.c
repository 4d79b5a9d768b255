// What a tier could do at most: multiply-adds in registers, or reads of memory, and nothing else.
//
// Compiled once for each tier, with fused multiply-adds; LIMIT is the function's name.
#include "sirocco.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#if defined(__AVX512F__)
#define BYTES 64
#define REGISTER "v"
#elif defined(__AVX2__)
#define BYTES 32
#define REGISTER "x"
#elif defined(__x86_64__)
#define BYTES 16
#define REGISTER "x"
#elif defined(__aarch64__)
#define BYTES 16
#define REGISTER "w"
#else
#define BYTES 16
#define REGISTER "m"
#endif

#define SUMS 12  // independent ones, enough to hide an instruction's latency
#define ALL_SUMS _Pragma("GCC unroll 12") for (int i = 0; i < SUMS; i++)
#define OPAQUE(value) __asm__ volatile("" : "+" REGISTER(value))

typedef float floats __attribute__((vector_size(BYTES)));
typedef uint64_t words __attribute__((vector_size(BYTES), may_alias, aligned(8)));

static double fp32(int64_t rounds) {
  floats a[SUMS], x = {0}, y = {0};
  ALL_SUMS a[i] = x;
  OPAQUE(x);
  OPAQUE(y);
  for (int64_t r = 0; r < rounds; r++) {
    ALL_SUMS a[i] += x * y;
    ALL_SUMS OPAQUE(a[i]);
  }
  return (double)rounds * SUMS * (BYTES / 4);
}

#if defined(__AVX512VNNI__)
static double int8(int64_t rounds) {
  __m512i a[SUMS], x = _mm512_set1_epi8(1), y = x;
  ALL_SUMS a[i] = _mm512_setzero_si512();
  OPAQUE(x);
  OPAQUE(y);
  for (int64_t r = 0; r < rounds; r++) {
    ALL_SUMS a[i] = _mm512_dpbusd_epi32(a[i], x, y);
    ALL_SUMS OPAQUE(a[i]);
  }
  return (double)rounds * SUMS * 64;
}
#elif defined(__AVXVNNI__)
static double int8(int64_t rounds) {
  __m256i a[SUMS], x = _mm256_set1_epi8(1), y = x;
  ALL_SUMS a[i] = _mm256_setzero_si256();
  OPAQUE(x);
  OPAQUE(y);
  for (int64_t r = 0; r < rounds; r++) {
    ALL_SUMS a[i] = _mm256_dpbusd_avx_epi32(a[i], x, y);
    ALL_SUMS OPAQUE(a[i]);
  }
  return (double)rounds * SUMS * 32;
}
#elif defined(__AVX2__)
// Products of bytes are added in pairs, and those sums in pairs once more.
static double int8(int64_t rounds) {
  __m256i a[SUMS], x = _mm256_set1_epi8(1), y = x, ones = _mm256_set1_epi16(1);
  ALL_SUMS a[i] = _mm256_setzero_si256();
  OPAQUE(y);
  for (int64_t r = 0; r < rounds; r++) {
    ALL_SUMS {
      OPAQUE(x);
      a[i] = _mm256_add_epi32(a[i], _mm256_madd_epi16(_mm256_maddubs_epi16(x, y), ones));
    }
    ALL_SUMS OPAQUE(a[i]);
  }
  return (double)rounds * SUMS * 32;
}
#elif defined(__ARM_FEATURE_MATMUL_INT8)
static double int8(int64_t rounds) {
  int32x4_t a[SUMS];
  int8x16_t x = vdupq_n_s8(1), y = x;
  ALL_SUMS a[i] = vdupq_n_s32(0);
  OPAQUE(x);
  OPAQUE(y);
  for (int64_t r = 0; r < rounds; r++) {
    ALL_SUMS a[i] = vmmlaq_s32(a[i], x, y);
    ALL_SUMS OPAQUE(a[i]);
  }
  return (double)rounds * SUMS * 32;
}
#elif defined(__ARM_FEATURE_DOTPROD)
static double int8(int64_t rounds) {
  int32x4_t a[SUMS];
  int8x16_t x = vdupq_n_s8(1), y = x;
  ALL_SUMS a[i] = vdupq_n_s32(0);
  OPAQUE(x);
  OPAQUE(y);
  for (int64_t r = 0; r < rounds; r++) {
    ALL_SUMS a[i] = vdotq_s32(a[i], x, y);
    ALL_SUMS OPAQUE(a[i]);
  }
  return (double)rounds * SUMS * 16;
}
#else
static double int8(int64_t rounds) { (void)rounds; return 0; }
#endif

#if defined(__AVX2__) && !defined(__AVX512VNNI__) && !defined(__AVXVNNI__)
// As many products as fit are added in 16 bits: eight, of weights below 16.
static double int4(int64_t rounds) {
  __m256i a[SUMS], x = _mm256_set1_epi8(1), y = x, ones = _mm256_set1_epi16(1), sum = _mm256_setzero_si256();
  OPAQUE(y);
  for (int64_t r = 0; r < rounds; r += 8) {
    ALL_SUMS a[i] = _mm256_setzero_si256();
    for (int k = 0; k < 8; k++) {
      ALL_SUMS {
        OPAQUE(x);
        a[i] = _mm256_add_epi16(a[i], _mm256_maddubs_epi16(x, y));
      }
      ALL_SUMS OPAQUE(a[i]);
    }
    ALL_SUMS sum = _mm256_add_epi32(sum, _mm256_madd_epi16(a[i], ones));
    OPAQUE(sum);
  }
  return (double)((rounds + 7) / 8 * 8) * SUMS * 32;
}
#else
static double int4(int64_t rounds) { return int8(rounds); }
#endif

#if defined(__AVX512BF16__)
static double bf16(int64_t rounds) {
  __m512 a[SUMS];
  __m512bh x = _mm512_cvtne2ps_pbh(_mm512_setzero_ps(), _mm512_setzero_ps()), y = x;
  ALL_SUMS a[i] = _mm512_setzero_ps();
  OPAQUE(x);
  OPAQUE(y);
  for (int64_t r = 0; r < rounds; r++) {
    ALL_SUMS a[i] = _mm512_dpbf16_ps(a[i], x, y);
    ALL_SUMS OPAQUE(a[i]);
  }
  return (double)rounds * SUMS * 32;
}
#else
static double bf16(int64_t rounds) { (void)rounds; return 0; }
#endif

static double read_all(const uint8_t *memory, int64_t bytes) {
  words a[4] = {{0}};
  int64_t at = 0;
  for (; at + 4 * BYTES <= bytes; at += 4 * BYTES)
    for (int i = 0; i < 4; i++) a[i] ^= *(const words *)(const void *)(memory + at + BYTES * i);
  for (int i = 0; i < 4; i++) OPAQUE(a[i]);
  return (double)at;
}

double LIMIT(int kind, int64_t rounds, const uint8_t *memory, int64_t bytes);
double LIMIT(int kind, int64_t rounds, const uint8_t *memory, int64_t bytes) {
  switch (kind) {
    case LIMIT_FP32: return fp32(rounds);
    case LIMIT_BF16: return bf16(rounds);
    case LIMIT_INT8: return int8(rounds);
    case LIMIT_INT4: return int4(rounds);
    default: return read_all(memory, bytes);
  }
}
