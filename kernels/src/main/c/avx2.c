// Products for AVX2 with FMA and F16C; compiled a second time with VNNI.
//
// As for AVX-512 (avx512.c), with 8 outputs in a panel and four rows at a time. Weights below 64 are
// multiplied as unsigned bytes with 8-bit activations; as many products as fit are added in 16 bits.
// Weights of 8 bits, and 16-bit activations, take products of 16-bit integers. VNNI multiplies bytes of
// any size, and adds in 32 bits.
#include "sirocco.h"

#include <immintrin.h>

#ifdef __AVXVNNI__
#define VNNI 1
#else
#define VNNI 0
#endif

#define LANES 8
#define CHUNK_BLOCKS 16  // blocks of a panel that stay in the first-level cache
#define FLOAT_CHUNK 256  // elements of a row whose panels do
#define FEW_ROWS 16  // so many go without panels
#define ROWS 16  // rows whose records stay there beside a unit's panels
#define GROUP 4  // units whose panels and sums stay in the second-level cache
#define ROWS_WITHOUT_GROUPS 64  // times planes: so few are read again for each unit, whose panels stay in the first-level cache
#define MAX_PANEL (CHUNK_BLOCKS * (512 + 128))

static int form_of(int type, int planes);

#include "unit.h"
#include "avx2_vector.h"
#include "avx2_pack.h"
#include "avx2_tile.h"
#include "avx2_rows.h"
#include "elementwise.h"
#include "multiply.h"

static int form_of(int type, int planes) {
  if (type == T_F32 || type == T_F16 || type == T_BF16) return FORM_FLOATS;
  const int halves = scales_per_32(kind_of(type)) == 2;
  if (planes == 2 || groups_that_fit(type) == 0) return halves ? FORM_WIDE_HALVES : FORM_WIDE;
  return halves ? FORM_HALVES : FORM_BLOCKS;
}

// Scores first..last-1 of a block to exp(score - largest), the others to 0; adds them to the sum, which
// is rescaled to the largest score so far. Returns the latter.
INLINE float softmax_row(float *scores, int first, int last, float before, float *sum) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), low = _mm256_set1_epi32(first - 1), high = _mm256_set1_epi32(last);
  const __m256 none = _mm256_set1_ps(-__builtin_inff());
  __m256 v[2], seen[2];
  for (int i = 0; i < 2; i++) {
    __m256i at = _mm256_add_epi32(lane, _mm256_set1_epi32(LANES * i));
    seen[i] = _mm256_castsi256_ps(_mm256_and_si256(_mm256_cmpgt_epi32(at, low), _mm256_cmpgt_epi32(high, at)));
    v[i] = _mm256_blendv_ps(none, _mm256_loadu_ps(scores + LANES * i), seen[i]);
  }
  float largest = largest_lane(_mm256_max_ps(v[0], v[1]));
  largest = largest > before ? largest : before;
  for (int i = 0; i < 2; i++) {
    v[i] = _mm256_and_ps(seen[i], exp_lanes(_mm256_sub_ps(v[i], _mm256_set1_ps(largest))));
    _mm256_storeu_ps(scores + LANES * i, v[i]);
  }
  *sum = *sum * exp_of(before - largest) + sum_of_lanes(_mm256_add_ps(v[0], v[1]));
  return largest;
}

#include "attention.h"

#if VNNI
const tier sirocco_avx_vnni = {form_of, prepare, unit_outputs, scratch_bytes, multiply, attention_scratch_bytes, attend, rms_norm, rope, to_half, add_scaled};
#else
const tier sirocco_avx2 = {form_of, prepare, unit_outputs, scratch_bytes, multiply, attention_scratch_bytes, attend, rms_norm, rope, to_half, add_scaled};
#endif
