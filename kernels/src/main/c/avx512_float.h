// Products with float weights: panels of float32, or of bfloat16 pairs where the CPU multiplies those.
//
// A panel holds, for each element (or pair of elements) of a row, the 16 outputs' weights side by side.

// 16 bytes of each of 16 rows as float32; to: 64 bytes for each element.
INLINE void pack_float_step(int type, const uint8_t *p, int64_t stride, uint8_t *to) {
  __m512i t[4];
  transpose_16x16(p, stride, t);
  _Pragma("GCC unroll 4")
  for (int g = 0; g < 4; g++) {
    if (type == T_F32) {
      _mm512_store_si512(to + 64 * g, t[g]);
    } else if (type == T_BF16) {
      _mm512_store_si512(to + 128 * g, _mm512_slli_epi32(t[g], 16));
      _mm512_store_si512(to + 128 * g + 64, _mm512_and_si512(t[g], _mm512_set1_epi32((int)0xffff0000)));
    } else {
      _mm512_store_ps(to + 128 * g, _mm512_cvtph_ps(_mm512_cvtepi32_epi16(t[g])));
      _mm512_store_ps(to + 128 * g + 64, _mm512_cvtph_ps(_mm512_cvtepi32_epi16(_mm512_srli_epi32(t[g], 16))));
    }
  }
}

// As above, for all elements of a chunk; `pairs` keeps bfloat16 as it is. What is left over after
// steps of 16 bytes is copied first, so that nothing behind a row is read.
INLINE void pack_float(int type, int pairs, const uint8_t *p, int64_t stride, int elements, uint8_t *panel, const uint8_t *ahead) {
  const int size = float_bytes(type), step = 16 / size, step_out = pairs ? 256 : 64 * step;
  int k = 0;
  for (; k + step <= elements; k += step, p += 16, panel += step_out) {
    ask_for(ahead, 16 * LANES);
    ahead += 256;
    if (pairs) {
      __m512i t[4];
      transpose_16x16(p, stride, t);
      for (int g = 0; g < 4; g++) store_group(panel, g, t[g]);
    } else {
      pack_float_step(type, p, stride, panel);
    }
  }
  if (k < elements) {
    uint8_t rest[LANES * 16] __attribute__((aligned(64)));
    memset(rest, 0, sizeof rest);
    for (int r = 0; r < LANES; r++) memcpy(rest + 16 * r, p + r * stride, (size_t)((elements - k) * size));
    if (pairs) {
      __m512i t[4];
      transpose_16x16(rest, 16, t);
      for (int g = 0; g < 4; g++) store_group(panel, g, t[g]);
    } else {
      pack_float_step(type, rest, 16, panel);
    }
  }
}

// acc[c][p][lane] += two panels times `nc` rows; steps: elements, or pairs of bfloat16,
// whose weights lie w_step bytes apart.
INLINE void float_tile(const int pairs, const int nc, const uint8_t *w0, const uint8_t *w1, const uint8_t *x, int64_t x_stride,
                       int steps, int64_t w_step, float *acc) {
  __m512 f[6][2];
  _Pragma("GCC unroll 6")
  for (int c = 0; c < nc; c++) {
    f[c][0] = _mm512_load_ps(acc + 32 * c);
    f[c][1] = _mm512_load_ps(acc + 32 * c + 16);
  }
  for (int k = 0; k < steps; k++, w0 += w_step, w1 += w_step, x += 4) {
    __m512 a = _mm512_load_ps(w0), b = _mm512_load_ps(w1);
    _Pragma("GCC unroll 6")
    for (int c = 0; c < nc; c++) {
      float e;
      memcpy(&e, x + c * x_stride, 4);
      __m512 v = _mm512_set1_ps(e);
      if (pairs) {
#ifdef __AVX512BF16__
        f[c][0] = _mm512_dpbf16_ps(f[c][0], (__m512bh)a, (__m512bh)v);
        f[c][1] = _mm512_dpbf16_ps(f[c][1], (__m512bh)b, (__m512bh)v);
#endif
      } else {
        f[c][0] = _mm512_fmadd_ps(a, v, f[c][0]);
        f[c][1] = _mm512_fmadd_ps(b, v, f[c][1]);
      }
    }
  }
  _Pragma("GCC unroll 6")
  for (int c = 0; c < nc; c++) {
    _mm512_store_ps(acc + 32 * c, f[c][0]);
    _mm512_store_ps(acc + 32 * c + 16, f[c][1]);
  }
}

#define FLOAT_TILES(NAME, PAIRS) \
  static __attribute__((noinline)) void NAME(const uint8_t *w0, const uint8_t *w1, const uint8_t *x, int64_t x_stride, int batch, \
                                             int steps, int64_t w_step, float *acc) { \
    for (; batch >= 6; batch -= 6, x += 6 * x_stride, acc += 6 * 32) float_tile(PAIRS, 6, w0, w1, x, x_stride, steps, w_step, acc); \
    switch (batch) { \
      case 1: float_tile(PAIRS, 1, w0, w1, x, x_stride, steps, w_step, acc); break; \
      case 2: float_tile(PAIRS, 2, w0, w1, x, x_stride, steps, w_step, acc); break; \
      case 3: float_tile(PAIRS, 3, w0, w1, x, x_stride, steps, w_step, acc); break; \
      case 4: float_tile(PAIRS, 4, w0, w1, x, x_stride, steps, w_step, acc); break; \
      case 5: float_tile(PAIRS, 5, w0, w1, x, x_stride, steps, w_step, acc); break; \
      default: break; \
    } \
  }
FLOAT_TILES(float_tiles, 0)
#ifdef __AVX512BF16__
FLOAT_TILES(pair_tiles, 1)
#endif
#undef FLOAT_TILES

static __attribute__((noinline)) void pack_float_any(int type, int pairs, const uint8_t *p, int64_t stride, int elements,
                                                     uint8_t *panel, const uint8_t *ahead) {
  if (pairs) pack_float(T_BF16, 1, p, stride, elements, panel, ahead);
  else if (type == T_F32) pack_float(T_F32, 0, p, stride, elements, panel, ahead);
  else if (type == T_F16) pack_float(T_F16, 0, p, stride, elements, panel, ahead);
  else pack_float(T_BF16, 0, p, stride, elements, panel, ahead);
}
