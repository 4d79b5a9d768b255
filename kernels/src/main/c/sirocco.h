// The interface between the Java class NativeKernels and the C kernels, and what the tiers share.
//
// A product y = x * transposed(w) is done in two steps: `prepare` turns rows of activations into
// what the weights' type multiplies with (once per product), and `product` computes some of the
// outputs for all rows. Threads share the rows of the first and the units of the second; a unit is
// a few neighbouring outputs, see `unit_outputs`.
//
// What a row gives depends on that row alone, bit for bit: integer sums of a block are exact, and
// every path adds the blocks' scaled sums in ascending order with the same operations.
#ifndef SIROCCO_H
#define SIROCCO_H

#include <stddef.h>
#include <stdint.h>
#include "formats.h"

#define SIROCCO_ABI 2

// Tiers, in ascending order of preference.
enum { TIER_BASELINE, TIER_AVX2, TIER_AVX_VNNI, TIER_AVX512_VNNI, TIER_AVX512_BF16, TIER_NEON_DOTPROD, TIER_NEON_I8MM, TIERS };

// Forms of prepared activations.
enum {
  FORM_FLOATS,  // float32 as they are
  FORM_BF16,    // bfloat16
  FORM_BLOCKS,  // records of 32 quantised elements
  FORM_HALVES,  // the same, with sums for each half
  FORM_WIDE,        // as FORM_BLOCKS, with 16-bit elements
  FORM_WIDE_HALVES  // as FORM_HALVES, with 16-bit elements
};

INLINE int has_half_sums(int form) { return form == FORM_HALVES || form == FORM_WIDE_HALVES; }
INLINE int is_wide(int form) { return form == FORM_WIDE || form == FORM_WIDE_HALVES; }

// A record of FORM_BLOCKS or FORM_HALVES: `planes` times 32 bytes, the high plane first, then the tail.
// The element is d * (256 * high + low), or d * byte with a single plane.
typedef struct { float d, sum; int32_t zero8, zero128; } blocks_tail;  // sum: d * integer sum; zeroN: -N * integer sum
typedef struct { float d, sum[2]; int32_t zero128[2]; } halves_tail;

INLINE size_t record_bytes(int form, int planes) {
  return (size_t)(is_wide(form) ? 64 : 32 * planes) + (has_half_sums(form) ? sizeof(halves_tail) : sizeof(blocks_tail));
}

// Fills in a tail; s0 and s1: integer sums of the halves.
INLINE void store_tail(int form, uint8_t *to, float d, int32_t s0, int32_t s1) {
  if (has_half_sums(form)) {
    halves_tail tail = {d, {d * (float)s0, d * (float)s1}, {-128 * s0, -128 * s1}};
    memcpy(to, &tail, sizeof tail);
  } else {
    blocks_tail tail = {d, d * (float)(s0 + s1), -8 * (s0 + s1), -128 * (s0 + s1)};
    memcpy(to, &tail, sizeof tail);
  }
}

// One matrix of a product. `rows` outputs of `row_bytes` each; y[t * y_stride + o].
typedef struct {
  const uint8_t *weights;
  int64_t row_bytes;
  int32_t type;
  int32_t rows;
} matrix;

// One product, or two of the same input that are joined: y = silu(x w^T) * (x gate_by^T).
typedef struct {
  matrix w;
  matrix up;  // used if gated
  const uint8_t *x;  // prepared activations
  int64_t x_stride;  // bytes from row to row
  float *y;
  int64_t y_stride;  // floats from row to row
  int32_t columns;   // elements of an input row
  int32_t batch;     // rows of x
  int32_t planes;    // 1: int8 activations, 2: int16
  int32_t gated;
} product;

// Keys and values of consecutive positions that lie in consecutive rows.
typedef struct {
  int64_t first;  // position
  int64_t count;
  const uint8_t *keys;
  const uint8_t *values;
} segment;

// One sequence's share of an attention: rows first_row… of q are the positions start….
typedef struct {
  int32_t first_row;
  int32_t count;
  int64_t start;
  const segment *segments;  // ascending, without gaps, from the first position that is visible to the last of the rows
  int32_t n_segments;
  int32_t first_item;       // number of the slice's first work item
} slice;

// Grouped-query attention; an item is one key/value head for `block_rows` tokens of a slice.
typedef struct {
  const float *q;  // [T, n_heads * head_dim]
  float *out;
  const slice *slices;
  int32_t n_slices;
  int32_t n_heads;
  int32_t n_kv_heads;
  int32_t head_dim;
  int32_t key_type;    // T_F32 or T_F16
  int32_t value_type;
  int32_t window;
  int32_t block_rows;
} attention;

// What a tier consists of.
typedef struct {
  int (*form)(int type, int planes);
  void (*prepare)(int form, int planes, const float *x, int64_t x_stride, int32_t rows, int32_t columns, uint8_t *to, int64_t to_stride);
  int (*unit_outputs)(int type, int gated);
  int64_t (*scratch_bytes)(int32_t batch);
  void (*multiply)(const product *p, int32_t first_unit, int32_t last_unit, uint8_t *scratch);
  int64_t (*attention_scratch_bytes)(int32_t rows, int32_t head_dim);
  void (*attend)(const attention *a, int32_t first_item, int32_t last_item, uint8_t *scratch);
  void (*rms_norm)(const float *x, const uint8_t *weight, int32_t weight_type, float eps, float *y, int32_t rows, int32_t columns);
  void (*rope)(float *x, const float *cos_sin, int32_t rows, int32_t columns, int32_t head_dim, int32_t interleaved);
  void (*to_half)(const float *x, uint8_t *to, int64_t count);
  void (*add_scaled)(const float *x, float scale, float *y, int64_t count);
} tier;

// What a tier could do at most; see limits.c.
enum { LIMIT_FP32, LIMIT_BF16, LIMIT_INT8, LIMIT_INT4, LIMIT_READ, LIMITS };

INLINE int min_int(int a, int b) { return a < b ? a : b; }
INLINE int64_t min_long(int64_t a, int64_t b) { return a < b ? a : b; }
INLINE int64_t max_long(int64_t a, int64_t b) { return a > b ? a : b; }

#endif
