// Products of two panels with up to four rows. The 16 outputs of a row lie in four registers.

INLINE int8x16_t sixteen(const uint8_t *p) { return vreinterpretq_s8_u8(vld1q_u8(p)); }

#ifdef __ARM_FEATURE_MATMUL_INT8
// i += products of the elements 16 * part to 16 * part + 15, or for `all` of both parts. Each instruction
// multiplies a pair of rows with a pair of outputs; an odd row is paired with zeros.
INLINE void add_products(int all, int nc, const uint8_t *w0, const uint8_t *w1, const uint8_t *x, int64_t x_stride, int part, int32x4_t i[4][4]) {
  int32x4_t s[2][8];
  _Pragma("GCC unroll 2")
  for (int pair = 0; pair < (nc + 1) / 2; pair++)
    _Pragma("GCC unroll 8")
    for (int o = 0; o < 8; o++) s[pair][o] = vdupq_n_s32(0);
  _Pragma("GCC unroll 2")
  for (int end = all ? 2 : part + 1; part < end; part++) {
    int8x16_t v[2][2];
    _Pragma("GCC unroll 2")
    for (int pair = 0; pair < (nc + 1) / 2; pair++) {
      int64x2_t a = vreinterpretq_s64_s8(sixteen(x + 2 * pair * x_stride + 16 * part));
      int64x2_t b = 2 * pair + 1 < nc ? vreinterpretq_s64_s8(sixteen(x + (2 * pair + 1) * x_stride + 16 * part)) : vdupq_n_s64(0);
      v[pair][0] = vreinterpretq_s8_s64(vzip1q_s64(a, b));
      v[pair][1] = vreinterpretq_s8_s64(vzip2q_s64(a, b));
    }
    _Pragma("GCC unroll 2")
    for (int g = 0; g < 2; g++)
      _Pragma("GCC unroll 8")
      for (int o = 0; o < 8; o++) {
        int8x16_t w = sixteen((o < 4 ? w0 : w1) + 64 * (2 * part + g) + 16 * (o % 4));
        _Pragma("GCC unroll 2")
        for (int pair = 0; pair < (nc + 1) / 2; pair++) s[pair][o] = vmmlaq_s32(s[pair][o], v[pair][g], w);
      }
  }
  _Pragma("GCC unroll 4")
  for (int c = 0; c < nc; c++)
    _Pragma("GCC unroll 4")
    for (int k = 0; k < 4; k++) {
      int64x2_t a = vreinterpretq_s64_s32(s[c / 2][2 * k]), b = vreinterpretq_s64_s32(s[c / 2][2 * k + 1]);
      i[c][k] = vaddq_s32(i[c][k], vreinterpretq_s32_s64(c % 2 ? vtrn2q_s64(a, b) : vtrn1q_s64(a, b)));
    }
}
#else
// i += products of the elements 16 * part to 16 * part + 15, or for `all` of both parts.
INLINE void add_products(int all, int nc, const uint8_t *w0, const uint8_t *w1, const uint8_t *x, int64_t x_stride, int part, int32x4_t i[4][4]) {
  _Pragma("GCC unroll 2")
  for (int end = all ? 2 : part + 1; part < end; part++) {
    int8x16_t v[4];
    _Pragma("GCC unroll 4")
    for (int c = 0; c < nc; c++) v[c] = sixteen(x + c * x_stride + 16 * part);
    _Pragma("GCC unroll 4")
    for (int k = 0; k < 4; k++) {
      const uint8_t *w = (k < 2 ? w0 : w1) + 128 * part + 16 * (k % 2);
      const int8x16_t g0 = sixteen(w), g1 = sixteen(w + 32), g2 = sixteen(w + 64), g3 = sixteen(w + 96);
      _Pragma("GCC unroll 4")
      for (int c = 0; c < nc; c++) {
        i[c][k] = vdotq_laneq_s32(i[c][k], g0, v[c], 0);
        i[c][k] = vdotq_laneq_s32(i[c][k], g1, v[c], 1);
        i[c][k] = vdotq_laneq_s32(i[c][k], g2, v[c], 2);
        i[c][k] = vdotq_laneq_s32(i[c][k], g3, v[c], 3);
      }
    }
  }
}
#endif

// acc += scale of the weights * scale of the row * integers, and the minima's share.
INLINE void scale_block(int minimum, int nc, const uint8_t *d0, const uint8_t *d1, const uint8_t *tail, int64_t x_stride, int half,
                        int32x4_t i[4][4], float *acc) {
  _Pragma("GCC unroll 4")
  for (int c = 0; c < nc; c++) {
    float dx, sum;
    memcpy(&dx, tail + c * x_stride, 4);
    memcpy(&sum, tail + c * x_stride + 4 + 4 * half, 4);
    _Pragma("GCC unroll 4")
    for (int k = 0; k < 4; k++) {
      const uint8_t *d = (k < 2 ? d0 : d1) + 16 * (k % 2);
      float *at = acc + 2 * LANES * c + 4 * k;
      float32x4_t scale = vmulq_n_f32(vreinterpretq_f32_u8(vld1q_u8(d)), dx);
      float32x4_t f = vfmaq_f32(vld1q_f32(at), vcvtq_f32_s32(i[c][k]), scale);
      if (minimum) f = vfmaq_n_f32(f, vreinterpretq_f32_u8(vld1q_u8(d + 32)), sum);
      vst1q_f32(at, f);
    }
  }
}

// acc[c][panel][lane] += two panels times `nc` rows, over `blocks` blocks.
INLINE void tile(int kind, int planes, int nc, const uint8_t *w0, const uint8_t *w1, const uint8_t *x, int64_t x_stride, int blocks, float *acc) {
  const int halves = scales_per_32(kind), minimum = has_minimum(kind);
  const int x_step = (int)record_bytes(halves == 2 ? FORM_HALVES : FORM_BLOCKS, planes), w_step = panel_block_bytes(kind);
  for (int b = 0; b < blocks; b++, w0 += w_step, w1 += w_step, x += x_step)
    for (int h = 0; h < halves; h++) {
      int32x4_t i[4][4];
      _Pragma("GCC unroll 2")
      for (int plane = 0; plane < planes; plane++) {
        _Pragma("GCC unroll 4")
        for (int c = 0; c < nc; c++)
          _Pragma("GCC unroll 4")
          for (int k = 0; k < 4; k++) i[c][k] = plane == 0 ? vdupq_n_s32(0) : vshlq_n_s32(i[c][k], 8);
        add_products(halves == 1, nc, w0, w1, x + 32 * plane, x_stride, h, i);
      }
      const int at = 256 + h * (minimum ? 64 : 32);
      scale_block(minimum, nc, w0 + at, w1 + at, x + 32 * planes, x_stride, h, i, acc);
    }
}

// All rows of the batch, four at a time, with CALL(rows).
#define ALL_ROWS(CALL) \
  for (; batch >= 4; batch -= 4, x += 4 * x_stride, acc += 4 * 2 * LANES) CALL(4); \
  if (batch == 3) CALL(3); \
  if (batch == 2) CALL(2); \
  if (batch == 1) CALL(1);

#define TILES(KIND, PLANES) \
  static __attribute__((noinline)) void tiles_##KIND##_##PLANES(const uint8_t *w0, const uint8_t *w1, const uint8_t *x, \
                                                               int64_t x_stride, int batch, int blocks, float *acc) { \
    ALL_ROWS(TILE_OF_##KIND##_##PLANES) \
  }
#define TILE_OF_FLAT_1(NC) tile(FLAT, 1, NC, w0, w1, x, x_stride, blocks, acc)
#define TILE_OF_FLAT_2(NC) tile(FLAT, 2, NC, w0, w1, x, x_stride, blocks, acc)
#define TILE_OF_MIN_1(NC) tile(MIN, 1, NC, w0, w1, x, x_stride, blocks, acc)
#define TILE_OF_MIN_2(NC) tile(MIN, 2, NC, w0, w1, x, x_stride, blocks, acc)
#define TILE_OF_HALVES_1(NC) tile(HALVES, 1, NC, w0, w1, x, x_stride, blocks, acc)
#define TILE_OF_HALVES_2(NC) tile(HALVES, 2, NC, w0, w1, x, x_stride, blocks, acc)
#define TILE_OF_HALFMIN_1(NC) tile(HALFMIN, 1, NC, w0, w1, x, x_stride, blocks, acc)
#define TILE_OF_HALFMIN_2(NC) tile(HALFMIN, 2, NC, w0, w1, x, x_stride, blocks, acc)
TILES(FLAT, 1) TILES(FLAT, 2) TILES(MIN, 1) TILES(MIN, 2) TILES(HALVES, 1) TILES(HALVES, 2) TILES(HALFMIN, 1) TILES(HALFMIN, 2)
#undef TILES

static tiles_function tiles_of(int type, int planes) {
  switch (kind_of(type)) {
    case MIN: return planes == 1 ? tiles_MIN_1 : tiles_MIN_2;
    case HALVES: return planes == 1 ? tiles_HALVES_1 : tiles_HALVES_2;
    case HALFMIN: return planes == 1 ? tiles_HALFMIN_1 : tiles_HALFMIN_2;
    default: return planes == 1 ? tiles_FLAT_1 : tiles_FLAT_2;
  }
}

INLINE void float_tile(int nc, const uint8_t *w0, const uint8_t *w1, const uint8_t *x, int64_t x_stride, int steps, int64_t w_step, float *acc) {
  float32x4_t f[4][4];
  _Pragma("GCC unroll 4")
  for (int c = 0; c < nc; c++)
    _Pragma("GCC unroll 4")
    for (int k = 0; k < 4; k++) f[c][k] = vld1q_f32(acc + 2 * LANES * c + 4 * k);
  for (int s = 0; s < steps; s++, w0 += w_step, w1 += w_step, x += 4) {
    float32x4_t w[4];
    _Pragma("GCC unroll 4")
    for (int k = 0; k < 4; k++) w[k] = vreinterpretq_f32_u8(vld1q_u8((k < 2 ? w0 : w1) + 16 * (k % 2)));
    _Pragma("GCC unroll 4")
    for (int c = 0; c < nc; c++) {
      float one;
      memcpy(&one, x + c * x_stride, 4);
      _Pragma("GCC unroll 4")
      for (int k = 0; k < 4; k++) f[c][k] = vfmaq_n_f32(f[c][k], w[k], one);
    }
  }
  _Pragma("GCC unroll 4")
  for (int c = 0; c < nc; c++)
    _Pragma("GCC unroll 4")
    for (int k = 0; k < 4; k++) vst1q_f32(acc + 2 * LANES * c + 4 * k, f[c][k]);
}

static __attribute__((noinline)) void float_tiles(const uint8_t *w0, const uint8_t *w1, const uint8_t *x, int64_t x_stride, int batch,
                                                  int steps, int64_t w_step, float *acc) {
#define FLOAT_CALL(NC) float_tile(NC, w0, w1, x, x_stride, steps, w_step, acc)
  ALL_ROWS(FLOAT_CALL)
#undef FLOAT_CALL
}
