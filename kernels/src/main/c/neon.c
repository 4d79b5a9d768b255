// Products for AArch64 with dot products; compiled a second time with 8-bit matrix products (i8mm).
//
// As for AVX2 (avx2.c), with 8 outputs in a panel, which are two registers, and four rows at a time.
// Weights are multiplied as signed bytes; both instruction sets add products exactly in 32 bits, so
// that 16-bit activations are two planes of bytes.
#include "sirocco.h"

#include <arm_neon.h>

#define LANES 8
#define CHUNK_BLOCKS 16  // blocks of a panel that stay in the first-level cache
#define FLOAT_CHUNK 256  // elements of a row whose panels do
#define ROWS 24  // rows whose records stay there beside a unit's panels
#define GROUP 4  // units whose panels and sums stay in the second-level cache
#define ROWS_WITHOUT_GROUPS 64  // times planes: so few are read again for each unit, whose panels stay in the first-level cache
#define MAX_PANEL (CHUNK_BLOCKS * (256 + 128))

static int form_of(int type, int planes) {
  (void)planes;
  if (type == T_F32 || type == T_F16 || type == T_BF16) return FORM_FLOATS;
  return scales_per_32(kind_of(type)) == 2 ? FORM_HALVES : FORM_BLOCKS;
}

#include "unit.h"
#include "neon_vector.h"
#include "neon_pack.h"
#include "neon_tile.h"
#include "elementwise.h"
#include "multiply.h"

// Scores first..last-1 of a block to exp(score - largest), the others to 0; adds them to the sum, which
// is rescaled to the largest score so far. Returns the latter.
INLINE float softmax_row(float *scores, int first, int last, float before, float *sum) {
  const int32_t lanes[4] = {0, 1, 2, 3};
  const int32x4_t lane = vld1q_s32(lanes);
  const float32x4_t none = vdupq_n_f32(-__builtin_inff());
  float32x4_t v[4], most = none, added = vdupq_n_f32(0);
  uint32x4_t seen[4];
  for (int i = 0; i < 4; i++) {
    int32x4_t at = vaddq_s32(lane, vdupq_n_s32(4 * i));
    seen[i] = vandq_u32(vcgeq_s32(at, vdupq_n_s32(first)), vcltq_s32(at, vdupq_n_s32(last)));
    v[i] = vbslq_f32(seen[i], vld1q_f32(scores + 4 * i), none);
    most = vmaxq_f32(most, v[i]);
  }
  float largest = vmaxvq_f32(most);
  largest = largest > before ? largest : before;
  for (int i = 0; i < 4; i++) {
    float32x4_t e = exp_lanes(vsubq_f32(v[i], vdupq_n_f32(largest)));
    e = vreinterpretq_f32_u32(vandq_u32(seen[i], vreinterpretq_u32_f32(e)));
    vst1q_f32(scores + 4 * i, e);
    added = vaddq_f32(added, e);
  }
  *sum = *sum * exp_of(before - largest) + vaddvq_f32(added);
  return largest;
}

#include "attention.h"

#ifdef __ARM_FEATURE_MATMUL_INT8
const tier sirocco_neon_i8mm = {form_of, prepare, unit_outputs, scratch_bytes, multiply, attention_scratch_bytes, attend, rms_norm, rope, to_half, add_scaled};
#else
const tier sirocco_neon_dotprod = {form_of, prepare, unit_outputs, scratch_bytes, multiply, attention_scratch_bytes, attend, rms_norm, rope, to_half, add_scaled};
#endif
