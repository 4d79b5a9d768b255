// Products with float weights: panels of float32, or of bfloat16 pairs where the CPU multiplies those.
//
// A panel holds, for each element (or pair of elements) of a row, the 16 outputs' weights side by side.

// The four times 16 bytes of 16 rows, four rows in each vector.
INLINE void load_step(const uint8_t *p, int64_t stride, __m512i a[4][4]) {
  _Pragma("GCC unroll 4")
  for (int j = 0; j < 4; j++) {
    _Pragma("GCC unroll 4")
    for (int s = 0; s < 4; s++) a[s][j] = four_rows(p + j * stride + 16 * s, stride);
  }
}

// The same for less than a step, so that nothing behind a row is read; zeros for what is missing.
INLINE void load_rest(const uint8_t *p, int64_t stride, int bytes, __m512i a[4][4]) {
  uint8_t rest[LANES * STEP_BYTES] __attribute__((aligned(64)));
  memset(rest, 0, sizeof rest);
  for (int r = 0; r < LANES; r++) memcpy(rest + STEP_BYTES * r, p + r * stride, (size_t)bytes);
  load_step(rest, STEP_BYTES, a);
}

// Vectors of 16 outputs that 16 bytes of each row become.
INLINE int vectors_of_16_bytes(int type, int pairs) { return type == T_F32 || pairs ? 4 : 8; }

// The low halves of 16 integers before the upper ones.
INLINE __m512i halves_apart(__m512i v) {
  const __m512i order = _mm512_set_epi16(31, 29, 27, 25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1, 30, 28, 26, 24, 22, 20, 18, 16, 14,
                                         12, 10, 8, 6, 4, 2, 0);
  return _mm512_permutexvar_epi16(order, v);
}

// For each element, or pair of elements, the rows' weights side by side.
INLINE void float_vectors(int type, int pairs, const __m512i a[4], __m512 v[8]) {
  __m512i t[4];
  transpose_4x4(a, t);
  _Pragma("GCC unroll 4")
  for (int g = 0; g < 4; g++) {
    if (type == T_F32 || pairs) {
      v[g] = _mm512_castsi512_ps(t[g]);
    } else if (type == T_BF16) {
      v[2 * g] = _mm512_castsi512_ps(_mm512_slli_epi32(t[g], 16));
      v[2 * g + 1] = _mm512_castsi512_ps(_mm512_and_si512(t[g], _mm512_set1_epi32((int)0xffff0000)));
    } else {
      const __m512i halves = halves_apart(t[g]);
      v[2 * g] = _mm512_cvtph_ps(_mm512_castsi512_si256(halves));
      v[2 * g + 1] = _mm512_cvtph_ps(_mm512_extracti64x4_epi64(halves, 1));
    }
  }
}

// All elements of a chunk, into a panel; the room of a whole step is written.
INLINE void pack_float(int type, int pairs, const uint8_t *p, int64_t stride, int elements, uint8_t *panel, const uint8_t *ahead) {
  const int vectors = vectors_of_16_bytes(type, pairs);
  for (int left = elements * float_bytes(type); left > 0; left -= STEP_BYTES, p += STEP_BYTES, ahead += STEP_BYTES * LANES) {
    __m512i a[4][4];
    if (left >= STEP_BYTES) load_step(p, stride, a);
    else load_rest(p, stride, left, a);
    ask_for(ahead, STEP_BYTES * LANES);
    _Pragma("GCC unroll 4")
    for (int s = 0; s < 4; s++, panel += 64 * vectors) {
      __m512 v[8];
      float_vectors(type, pairs, a[s], v);
      _Pragma("GCC unroll 8")
      for (int i = 0; i < vectors; i++) _mm512_store_ps(panel + 64 * i, v[i]);
    }
  }
}

INLINE __m512 add_float_products(int pairs, __m512 w, __m512 x, __m512 sum) {
#ifdef __AVX512BF16__
  if (pairs) return _mm512_dpbf16_ps(sum, (__m512bh)w, (__m512bh)x);
#endif
  (void)pairs;
  return _mm512_fmadd_ps(w, x, sum);
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
      f[c][0] = add_float_products(pairs, a, v, f[c][0]);
      f[c][1] = add_float_products(pairs, b, v, f[c][1]);
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
    for (int left = (batch + 5) / 6, nc; left > 0; left--, batch -= nc, x += nc * x_stride, acc += nc * 32) { \
      nc = (batch + left - 1) / left; \
      switch (nc) { \
        case 1: float_tile(PAIRS, 1, w0, w1, x, x_stride, steps, w_step, acc); break; \
        case 2: float_tile(PAIRS, 2, w0, w1, x, x_stride, steps, w_step, acc); break; \
        case 3: float_tile(PAIRS, 3, w0, w1, x, x_stride, steps, w_step, acc); break; \
        case 4: float_tile(PAIRS, 4, w0, w1, x, x_stride, steps, w_step, acc); break; \
        case 5: float_tile(PAIRS, 5, w0, w1, x, x_stride, steps, w_step, acc); break; \
        default: float_tile(PAIRS, 6, w0, w1, x, x_stride, steps, w_step, acc); break; \
      } \
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

// Two times 16 whole rows of weights times `nc` rows of activations, without panels but for what is left
// over after whole steps; acc as above.
INLINE void float_rows(int type, const int pairs, const int nc, const uint8_t *w[2], int64_t stride, int elements, const uint8_t *x,
                       int64_t x_stride, float *acc, const uint8_t *ahead[2]) {
  const int vectors = vectors_of_16_bytes(type, pairs), size = float_bytes(type), steps = elements * size / STEP_BYTES;
  __m512 f[FEW_FLOAT_ROWS][2];
  _Pragma("GCC unroll 4")
  for (int c = 0; c < nc; c++) f[c][0] = f[c][1] = _mm512_setzero_ps();
  for (int step = 0; step < steps; step++, x += 16 * vectors) {
    _Pragma("GCC unroll 2")
    for (int i = 0; i < 2; i++) {
      __m512i a[4][4];
      load_step(w[i] + step * STEP_BYTES, stride, a);
      ask_for(ahead[i] + step * STEP_BYTES * LANES, STEP_BYTES * LANES);
      _Pragma("GCC unroll 4")
      for (int s = 0; s < 4; s++) {
        __m512 v[8];
        float_vectors(type, pairs, a[s], v);
        _Pragma("GCC unroll 8")
        for (int j = 0; j < vectors; j++) {
          _Pragma("GCC unroll 4")
          for (int c = 0; c < nc; c++)
            f[c][i] = add_float_products(pairs, v[j], _mm512_castsi512_ps(four_bytes(x + c * x_stride + 4 * (vectors * s + j))), f[c][i]);
        }
      }
    }
  }
  _Pragma("GCC unroll 4")
  for (int c = 0; c < nc; c++) {
    _mm512_store_ps(acc + 32 * c, f[c][0]);
    _mm512_store_ps(acc + 32 * c + 16, f[c][1]);
  }
  const int left = elements - steps * STEP_BYTES / size, at = steps * STEP_BYTES;
  if (left > 0) {
    uint8_t panels[2][64 * 32] __attribute__((aligned(64)));
    for (int i = 0; i < 2; i++) pack_float(type, pairs, w[i] + at, stride, left, panels[i], panels[i]);
    float_tile(pairs, nc, panels[0], panels[1], x, x_stride, pairs ? (left + 1) / 2 : left, 64, acc);
  }
}

typedef void (*float_rows_function)(const uint8_t *w[2], int64_t stride, int elements, const uint8_t *x, int64_t x_stride, float *acc,
                                    const uint8_t *ahead[2]);

#define FLOAT_ROWS(TYPE, PAIRS, COUNT) \
  static __attribute__((noinline)) void float_rows_##TYPE##_##COUNT(const uint8_t *w[2], int64_t stride, int elements, const uint8_t *x, \
                                                                    int64_t x_stride, float *acc, const uint8_t *ahead[2]) { \
    float_rows(TYPE, PAIRS, COUNT, w, stride, elements, x, x_stride, acc, ahead); \
  }
#define FLOAT_ROWS_OF(TYPE, PAIRS) FLOAT_ROWS(TYPE, PAIRS, 1) FLOAT_ROWS(TYPE, PAIRS, 2) FLOAT_ROWS(TYPE, PAIRS, 3) FLOAT_ROWS(TYPE, PAIRS, 4)
FLOAT_ROWS_OF(T_F32, 0)
FLOAT_ROWS_OF(T_F16, 0)
#ifdef __AVX512BF16__
FLOAT_ROWS_OF(T_BF16, 1)
#else
FLOAT_ROWS_OF(T_BF16, 0)
#endif
#undef FLOAT_ROWS_OF
#undef FLOAT_ROWS

static float_rows_function float_rows_of(int type, int count) {
  static const float_rows_function functions[3][FEW_FLOAT_ROWS] = {
    {float_rows_T_F32_1, float_rows_T_F32_2, float_rows_T_F32_3, float_rows_T_F32_4},
    {float_rows_T_F16_1, float_rows_T_F16_2, float_rows_T_F16_3, float_rows_T_F16_4},
    {float_rows_T_BF16_1, float_rows_T_BF16_2, float_rows_T_BF16_3, float_rows_T_BF16_4}};
  return functions[type == T_F32 ? 0 : type == T_F16 ? 1 : 2][count - 1];
}
