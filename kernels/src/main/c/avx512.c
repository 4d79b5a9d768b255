// Products for AVX-512 with VNNI; compiled a second time with BF16.
//
// 16 outputs lie in the 16 lanes of a register. A panel (16 outputs, some blocks of 32 elements) is
// unpacked into unsigned bytes, four consecutive elements of an output in a lane, so that one broadcast
// of four activation bytes serves 16 outputs. Two panels are multiplied with up to six rows at a time;
// the integer sums of a block stay in registers, are scaled, and added to float32 sums. Float weights
// are laid out likewise, an element (or a pair of bfloat16) in a lane.
#include "sirocco.h"

#include <immintrin.h>

#define LANES 16
#define CHUNK_BLOCKS 16  // blocks of a panel that stay in the first-level cache
#define FLOAT_CHUNK 128  // elements of a row whose panels do
#define FEW_ROWS 64  // so many go without panels: blocks stay in registers for all of them
#define FEW_FLOAT_ROWS 4  // so many with float weights
#define ROWS 24  // rows whose records stay there beside a unit's panels
#define GROUP 4  // units whose panels and sums stay in the second-level cache
#define ROWS_WITHOUT_GROUPS 256  // times planes: so few are read again for each unit, whose panels stay in the first-level cache
#define MAX_PANEL (CHUNK_BLOCKS * (512 + 256))

static int form_of(int type, int planes) {
  (void)planes;
  switch (type) {
    case T_F32: case T_F16: return FORM_FLOATS;
#ifdef __AVX512BF16__
    case T_BF16: return FORM_BF16;
#else
    case T_BF16: return FORM_FLOATS;
#endif
    default: return scales_per_32(kind_of(type)) == 2 ? FORM_HALVES : FORM_BLOCKS;
  }
}

#include "unit.h"
#include "avx512_vector.h"
#include "avx512_prepare.h"
#include "avx512_rows.h"
#include "avx512_unpack.h"
#include "avx512_tile.h"
#include "avx512_float.h"
#include "elementwise.h"
#include "multiply.h"

// Scores first..last-1 of a block to exp(score - largest), the others to 0; adds them to the sum, which
// is rescaled to the largest score so far. Returns the latter.
INLINE float softmax_row(float *scores, int first, int last, float before, float *sum) {
  const uint32_t visible = (uint32_t)((1ull << last) - (1ull << first));
  const __m512 none = _mm512_set1_ps(-__builtin_inff());
  __m512 a = _mm512_mask_loadu_ps(none, (__mmask16)visible, scores), b = _mm512_mask_loadu_ps(none, (__mmask16)(visible >> 16), scores + 16);
  float largest = _mm512_reduce_max_ps(_mm512_max_ps(a, b));
  largest = largest > before ? largest : before;
  const __m512 shift = _mm512_set1_ps(largest);
  a = _mm512_maskz_mov_ps((__mmask16)visible, exp_lanes(_mm512_sub_ps(a, shift)));
  b = _mm512_maskz_mov_ps((__mmask16)(visible >> 16), exp_lanes(_mm512_sub_ps(b, shift)));
  _mm512_storeu_ps(scores, a);
  _mm512_storeu_ps(scores + 16, b);
  *sum = *sum * exp_of(before - largest) + _mm512_reduce_add_ps(_mm512_add_ps(a, b));
  return largest;
}

#include "attention.h"

#ifdef __AVX512BF16__
const tier sirocco_avx512_bf16 = {form_of, prepare, unit_outputs, scratch_bytes, multiply, attention_scratch_bytes, attend, rms_norm, rope, to_half, add_scaled};
#else
const tier sirocco_avx512_vnni = {form_of, prepare, unit_outputs, scratch_bytes, multiply, attention_scratch_bytes, attend, rms_norm, rope, to_half, add_scaled};
#endif
