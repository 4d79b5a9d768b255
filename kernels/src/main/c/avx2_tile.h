// Products of two panels with up to four rows.

INLINE __m256i group_at(const uint8_t *panel, int g) { return _mm256_load_si256((const __m256i *)(const void *)(panel + 32 * g)); }

// Keeps a sum in its register: compilers that see through the chain of additions reorder it, and
// then have more products to hold than there are registers.
#define IN_ORDER(v) __asm__("" : "+x"(v))

INLINE __m256i four_bytes(const uint8_t *x) { return _mm256_set1_epi32((int)load32(x)); }

// Sums of products of a group: unsigned by signed bytes, of which those of neighbours are added in 16
// bits, or all four in 32; whole_sums makes the latter of either.
INLINE __m256i first_products(__m256i w, __m256i x) {
#if VNNI
  return _mm256_dpbusd_avx_epi32(_mm256_setzero_si256(), w, x);
#else
  return _mm256_maddubs_epi16(w, x);
#endif
}

INLINE __m256i more_products(__m256i sum, __m256i w, __m256i x) {
#if VNNI
  return _mm256_dpbusd_avx_epi32(sum, w, x);
#else
  return _mm256_add_epi16(sum, _mm256_maddubs_epi16(w, x));
#endif
}

INLINE __m256i whole_sums(__m256i sum) { return VNNI ? sum : _mm256_madd_epi16(sum, _mm256_set1_epi16(1)); }

// The same of 16-bit integers, always in 32 bits.
INLINE __m256i more_wide_products(__m256i sum, __m256i w, __m256i x) {
#if VNNI
  return _mm256_dpwssd_avx_epi32(sum, w, x);
#else
  return _mm256_add_epi32(sum, _mm256_madd_epi16(w, x));
#endif
}

// acc += scale of the weights * scale of the row * integers, and the minima's share.
INLINE void scale_block(int minimum, int nc, const uint8_t *d0, const uint8_t *d1, const uint8_t *tail, int64_t x_stride, int half,
                        __m256i i[4][2], float *acc) {
  _Pragma("GCC unroll 4")
  for (int c = 0; c < nc; c++) {
    const float dx = load_float(tail + c * x_stride), sum = load_float(tail + c * x_stride + 4 + 4 * half);
    _Pragma("GCC unroll 2")
    for (int p = 0; p < 2; p++) {
      const float *d = (const float *)(const void *)(p ? d1 : d0);
      float *at = acc + 2 * LANES * c + LANES * p;
      __m256 scale = _mm256_mul_ps(_mm256_load_ps(d), _mm256_set1_ps(dx));
      __m256 f = _mm256_fmadd_ps(_mm256_cvtepi32_ps(i[c][p]), scale, _mm256_load_ps(at));
      if (minimum) f = _mm256_fmadd_ps(_mm256_load_ps(d + LANES), _mm256_set1_ps(sum), f);
      _mm256_store_ps(at, f);
    }
  }
}

// 8-bit rows; `fit` groups are added before whole_sums; the zero of the weights is 128 >> shift.
INLINE void narrow_tile(int kind, int fit, int shift, int nc, const uint8_t *w0, const uint8_t *w1, const uint8_t *x, int64_t x_stride,
                        int blocks, float *acc) {
  const int halves = scales_per_32(kind), groups = 8 / halves, minimum = has_minimum(kind);
  const int x_step = (int)record_bytes(halves == 2 ? FORM_HALVES : FORM_BLOCKS, 1), w_step = panel_block_bytes(kind, 0);
  for (int b = 0; b < blocks; b++, w0 += w_step, w1 += w_step, x += x_step) {
    _Pragma("GCC unroll 2")
    for (int h = 0; h < halves; h++) {
      __m256i i[4][2];
      _Pragma("GCC unroll 4")
      for (int part = 0; part < groups / fit; part++) {
        __m256i s[4][2];
        _Pragma("GCC unroll 8")
        for (int k = 0; k < fit; k++) {
          const int g = groups * h + fit * part + k;
          __m256i a = group_at(w0, g), e = group_at(w1, g);
          _Pragma("GCC unroll 4")
          for (int c = 0; c < nc; c++) {
            __m256i v = four_bytes(x + c * x_stride + 4 * g);
            s[c][0] = k == 0 ? first_products(a, v) : more_products(s[c][0], a, v);
            s[c][1] = k == 0 ? first_products(e, v) : more_products(s[c][1], e, v);
            IN_ORDER(s[c][0]);
            IN_ORDER(s[c][1]);
          }
        }
        _Pragma("GCC unroll 4")
        for (int c = 0; c < nc; c++) {
          __m256i p = whole_sums(s[c][0]), q = whole_sums(s[c][1]);
          if (part == 0 && !minimum) {
            const uint8_t *tail = x + c * x_stride + 32;
            __m256i zero = four_bytes(tail + (halves == 2 ? offsetof(halves_tail, zero128) + 4 * (size_t)h : offsetof(blocks_tail, zero128)));
            zero = _mm256_srai_epi32(zero, shift);
            p = _mm256_add_epi32(p, zero);
            q = _mm256_add_epi32(q, zero);
          }
          i[c][0] = part == 0 ? p : _mm256_add_epi32(i[c][0], p);
          i[c][1] = part == 0 ? q : _mm256_add_epi32(i[c][1], q);
          IN_ORDER(i[c][0]);
          IN_ORDER(i[c][1]);
        }
      }
      const int at = 256 + h * (minimum ? 64 : 32);
      scale_block(minimum, nc, w0 + at, w1 + at, x + 32, x_stride, h, i, acc);
    }
  }
}

// 16-bit rows and weights.
INLINE void wide_tile(int kind, int nc, const uint8_t *w0, const uint8_t *w1, const uint8_t *x, int64_t x_stride, int blocks, float *acc) {
  const int halves = scales_per_32(kind), groups = 16 / halves, minimum = has_minimum(kind);
  const int x_step = (int)record_bytes(halves == 2 ? FORM_WIDE_HALVES : FORM_WIDE, 1), w_step = panel_block_bytes(kind, 1);
  for (int b = 0; b < blocks; b++, w0 += w_step, w1 += w_step, x += x_step) {
    _Pragma("GCC unroll 2")
    for (int h = 0; h < halves; h++) {
      __m256i i[4][2];
      _Pragma("GCC unroll 16")
      for (int k = 0; k < groups; k++) {
        const int g = groups * h + k;
        __m256i a = group_at(w0, g), e = group_at(w1, g);
        _Pragma("GCC unroll 4")
        for (int c = 0; c < nc; c++) {
          __m256i v = four_bytes(x + c * x_stride + 4 * g);
          i[c][0] = k == 0 ? _mm256_madd_epi16(a, v) : more_wide_products(i[c][0], a, v);
          i[c][1] = k == 0 ? _mm256_madd_epi16(e, v) : more_wide_products(i[c][1], e, v);
          IN_ORDER(i[c][0]);
          IN_ORDER(i[c][1]);
        }
      }
      const int at = 512 + h * (minimum ? 64 : 32);
      scale_block(minimum, nc, w0 + at, w1 + at, x + 64, x_stride, h, i, acc);
    }
  }
}

// All rows of the batch, four at a time, with CALL(rows).
#define ALL_ROWS(CALL) \
  for (; batch >= 4; batch -= 4, x += 4 * x_stride, acc += 4 * 2 * LANES) CALL(4); \
  if (batch == 3) CALL(3); \
  if (batch == 2) CALL(2); \
  if (batch == 1) CALL(1);

#define TILES(NAME, CALL) \
  static __attribute__((noinline)) void NAME(const uint8_t *w0, const uint8_t *w1, const uint8_t *x, int64_t x_stride, int batch, \
                                             int blocks, float *acc) { \
    ALL_ROWS(CALL) \
  }
#define NARROW(KIND, FIT, SHIFT, NC) narrow_tile(KIND, FIT, SHIFT, NC, w0, w1, x, x_stride, blocks, acc)
#define WIDE(KIND, NC) wide_tile(KIND, NC, w0, w1, x, x_stride, blocks, acc)
#define Q4_0(NC) NARROW(FLAT, 8, 4, NC)
#define Q4_MIN(NC) NARROW(MIN, 8, 0, NC)
#define Q5_0(NC) NARROW(FLAT, 4, 3, NC)
#define Q5_MIN(NC) NARROW(MIN, 4, 0, NC)
#define Q2_K(NC) NARROW(HALFMIN, 4, 0, NC)
#define Q3_K(NC) NARROW(HALVES, 4, 5, NC)
#define Q6_K(NC) NARROW(HALVES, 2, 2, NC)
#if VNNI
#define BYTES_FLAT(NC) NARROW(FLAT, 8, 0, NC)
TILES(tiles_bytes, BYTES_FLAT)
#endif
#define WIDE_FLAT(NC) WIDE(FLAT, NC)
#define WIDE_MIN(NC) WIDE(MIN, NC)
#define WIDE_HALVES(NC) WIDE(HALVES, NC)
#define WIDE_HALFMIN(NC) WIDE(HALFMIN, NC)
TILES(tiles_q4_0, Q4_0) TILES(tiles_q4_min, Q4_MIN) TILES(tiles_q5_0, Q5_0) TILES(tiles_q5_min, Q5_MIN)
TILES(tiles_q2_k, Q2_K) TILES(tiles_q3_k, Q3_K) TILES(tiles_q6_k, Q6_K)
TILES(wide_tiles_flat, WIDE_FLAT) TILES(wide_tiles_min, WIDE_MIN) TILES(wide_tiles_halves, WIDE_HALVES)
TILES(wide_tiles_halfmin, WIDE_HALFMIN)

static tiles_function tiles_of(int type, int planes) {
  if (planes == 2 || groups_that_fit(type) == 0) {
    switch (kind_of(type)) {
      case MIN: return wide_tiles_min;
      case HALVES: return wide_tiles_halves;
      case HALFMIN: return wide_tiles_halfmin;
      default: return wide_tiles_flat;
    }
  }
  switch (type) {
    case T_Q4_0: return tiles_q4_0;
    case T_Q5_0: return tiles_q5_0;
    case T_Q5_1: case T_Q5_K: return tiles_q5_min;
    case T_Q2_K: return tiles_q2_k;
    case T_Q3_K: return tiles_q3_k;
    case T_Q6_K: return tiles_q6_k;
#if VNNI
    case T_Q8_0: case T_IQ4_NL: case T_IQ4_XS: return tiles_bytes;
#endif
    default: return tiles_q4_min;
  }
}

INLINE void float_tile(int nc, const uint8_t *w0, const uint8_t *w1, const uint8_t *x, int64_t x_stride, int steps, int64_t w_step, float *acc) {
  __m256 f[4][2];
  _Pragma("GCC unroll 4")
  for (int c = 0; c < nc; c++) {
    f[c][0] = _mm256_loadu_ps(acc + 2 * LANES * c);
    f[c][1] = _mm256_loadu_ps(acc + 2 * LANES * c + LANES);
  }
  for (int k = 0; k < steps; k++, w0 += w_step, w1 += w_step, x += 4) {
    __m256 a = _mm256_loadu_ps((const float *)(const void *)w0), e = _mm256_loadu_ps((const float *)(const void *)w1);
    _Pragma("GCC unroll 4")
    for (int c = 0; c < nc; c++) {
      float one;
      memcpy(&one, x + c * x_stride, 4);
      __m256 v = _mm256_set1_ps(one);
      f[c][0] = _mm256_fmadd_ps(a, v, f[c][0]);
      f[c][1] = _mm256_fmadd_ps(e, v, f[c][1]);
    }
  }
  _Pragma("GCC unroll 4")
  for (int c = 0; c < nc; c++) {
    _mm256_storeu_ps(acc + 2 * LANES * c, f[c][0]);
    _mm256_storeu_ps(acc + 2 * LANES * c + LANES, f[c][1]);
  }
}

static __attribute__((noinline)) void float_tiles(const uint8_t *w0, const uint8_t *w1, const uint8_t *x, int64_t x_stride, int batch,
                                                  int steps, int64_t w_step, float *acc) {
#define FLOAT_CALL(NC) float_tile(NC, w0, w1, x, x_stride, steps, w_step, acc)
  ALL_ROWS(FLOAT_CALL)
#undef FLOAT_CALL
}
