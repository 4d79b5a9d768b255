// Products with a single row of activations: the weights go from memory to sums without a panel between,
// for 8 outputs at a time. Integer sums are exact, and scaled and added as in avx2_tile.h, so that the
// results are the same bit for bit.

typedef void (*row_function)(const uint8_t *w, int64_t stride, int stored, const uint8_t *x, const uint8_t *ahead, float *acc);

INLINE void ask_for(const uint8_t *ahead, int bytes) {
  for (int line = 0; line < bytes; line += 64) _mm_prefetch((const char *)ahead + line, _MM_HINT_T1);
}

// Sums of a group's products: in 16 bits with 8-bit rows, in 32 bits with 16-bit rows; w: unsigned bytes.
INLINE __m256i add_group(int wide, __m256i sum, __m256i w, const uint8_t *x, int g) {
  if (!wide) return _mm256_add_epi16(sum, _mm256_maddubs_epi16(w, four_bytes(x + 4 * g)));
  __m256i first = _mm256_shuffle_epi8(w, _mm256_setr_epi8(0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1,
                                                          0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1));
  __m256i second = _mm256_shuffle_epi8(w, _mm256_setr_epi8(2, -1, 3, -1, 6, -1, 7, -1, 10, -1, 11, -1, 14, -1, 15, -1,
                                                           2, -1, 3, -1, 6, -1, 7, -1, 10, -1, 11, -1, 14, -1, 15, -1));
  sum = _mm256_add_epi32(sum, _mm256_madd_epi16(first, four_bytes(x + 8 * g)));
  return _mm256_add_epi32(sum, _mm256_madd_epi16(second, four_bytes(x + 8 * g + 4)));
}

// The same for signed bytes and 16-bit rows; 256 times the products unless `exact`.
INLINE __m256i add_signed_group(int exact, __m256i sum, __m256i w, const uint8_t *x, int g) {
  __m256i first = _mm256_shuffle_epi8(w, _mm256_setr_epi8(-1, 0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13,
                                                          -1, 0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13));
  __m256i second = _mm256_shuffle_epi8(w, _mm256_setr_epi8(-1, 2, -1, 3, -1, 6, -1, 7, -1, 10, -1, 11, -1, 14, -1, 15,
                                                           -1, 2, -1, 3, -1, 6, -1, 7, -1, 10, -1, 11, -1, 14, -1, 15));
  if (exact) {
    first = _mm256_srai_epi16(first, 8);
    second = _mm256_srai_epi16(second, 8);
  }
  sum = _mm256_add_epi32(sum, _mm256_madd_epi16(first, four_bytes(x + 8 * g)));
  return _mm256_add_epi32(sum, _mm256_madd_epi16(second, four_bytes(x + 8 * g + 4)));
}

INLINE __m256i in_32_bits(int wide, __m256i sum) { return wide ? sum : _mm256_madd_epi16(sum, _mm256_set1_epi16(1)); }

INLINE __m256 float_everywhere(const uint8_t *p) {
  float f;
  memcpy(&f, p, 4);
  return _mm256_set1_ps(f);
}

INLINE __m256 add_scaled_sums(__m256 f, __m256i sums, __m256 d, const uint8_t *tail) {
  return _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums), _mm256_mul_ps(d, float_everywhere(tail)), f);
}

INLINE __m256i low_nibbles(__m256i v) { return _mm256_and_si256(v, _mm256_set1_epi8(15)); }
INLINE __m256i high_nibbles(__m256i v) { return low_nibbles(_mm256_srli_epi16(v, 4)); }

INLINE void row_q4(int type, int wide, const uint8_t *w, int64_t stride, int stored, const uint8_t *x, const uint8_t *ahead, float *acc) {
  const int bytes = stored_bytes(type), elements = wide ? 64 : 32, record = (int)record_bytes(wide ? FORM_WIDE : FORM_BLOCKS, 1);
  __m256 f = _mm256_load_ps(acc);
  for (int b = 0; b < stored; b++, w += bytes, x += record, ahead += LANES * bytes) {
    const uint8_t *tail = x + elements;
    __m256i t[4], sum = _mm256_setzero_si256();
    ask_for(ahead, LANES * bytes);
    transpose_8x16(w + (type == T_Q4_1 ? 4 : 2), stride, t);
    _Pragma("GCC unroll 4")
    for (int g = 0; g < 4; g++) {
      sum = add_group(wide, sum, low_nibbles(t[g]), x, g);
      sum = add_group(wide, sum, high_nibbles(t[g]), x, g + 4);
    }
    sum = in_32_bits(wide, sum);
    if (type == T_Q4_0) sum = _mm256_add_epi32(sum, four_bytes(tail + offsetof(blocks_tail, zero8)));
    f = add_scaled_sums(f, sum, halves_of_rows(w, stride), tail);
    if (type == T_Q4_1) f = _mm256_fmadd_ps(halves_of_rows(w + 2, stride), float_everywhere(tail + offsetof(blocks_tail, sum)), f);
  }
  _mm256_store_ps(acc, f);
}

INLINE void row_q4_k(int wide, const uint8_t *w, int64_t stride, int stored, const uint8_t *x, const uint8_t *ahead, float *acc) {
  const int elements = wide ? 64 : 32, record = (int)record_bytes(wide ? FORM_WIDE : FORM_BLOCKS, 1);
  __m256 f = _mm256_load_ps(acc), d[8], m[8];
  for (int b = 0; b < stored; b++, w += 144) {
    scales_of_k4(w, stride, d, m);
    _Pragma("GCC unroll 4")
    for (int pair = 0; pair < 4; pair++, x += 2 * record, ahead += LANES * 36) {
      __m256i t[2][4];
      ask_for(ahead, LANES * 36);
      transpose_8x16(w + 16 + 32 * pair, stride, t[0]);
      transpose_8x16(w + 32 + 32 * pair, stride, t[1]);
      _Pragma("GCC unroll 2")
      for (int high = 0; high < 2; high++) {
        const uint8_t *at = x + high * record, *tail = at + elements;
        __m256i sum = _mm256_setzero_si256();
        _Pragma("GCC unroll 8")
        for (int g = 0; g < 8; g++) sum = add_group(wide, sum, high ? high_nibbles(t[g / 4][g % 4]) : low_nibbles(t[g / 4][g % 4]), at, g);
        f = add_scaled_sums(f, in_32_bits(wide, sum), d[2 * pair + high], tail);
        f = _mm256_fmadd_ps(m[2 * pair + high], float_everywhere(tail + offsetof(blocks_tail, sum)), f);
      }
    }
  }
  _mm256_store_ps(acc, f);
}

INLINE void row_q8_0(int planes, const uint8_t *w, int64_t stride, int stored, const uint8_t *x, const uint8_t *ahead, float *acc) {
  __m256 f = _mm256_load_ps(acc);
  for (int b = 0; b < stored; b++, w += 34, x += record_bytes(FORM_WIDE, 1), ahead += LANES * 34) {
    __m256i sum = _mm256_setzero_si256();
    ask_for(ahead, LANES * 34);
    _Pragma("GCC unroll 2")
    for (int h = 0; h < 2; h++) {
      __m256i t[4];
      transpose_8x16(w + 2 + 16 * h, stride, t);
      _Pragma("GCC unroll 4")
      for (int g = 0; g < 4; g++) sum = add_signed_group(planes == 2, sum, t[g], x, 4 * h + g);
    }
    if (planes == 1) sum = _mm256_srai_epi32(sum, 8);  // 128 * 127 * 32 * 256 fits in 31 bits
    f = add_scaled_sums(f, sum, halves_of_rows(w, stride), x + 64);
  }
  _mm256_store_ps(acc, f);
}

// Sums of 16 elements each, of the eight halves of blocks that share the bits at `low` and `high`.
INLINE void sums_of_q6_k(int wide, const uint8_t *low, const uint8_t *high, int64_t stride, const uint8_t *x, int record, __m256i sums[4][2]) {
  const __m256i bits = _mm256_set1_epi8(48);
  _Pragma("GCC unroll 2")
  for (int h = 0; h < 2; h++) {
    __m256i t[2][4], upper[4];
    transpose_8x16(low + 16 * h, stride, t[0]);
    transpose_8x16(low + 32 + 16 * h, stride, t[1]);
    transpose_8x16(high + 16 * h, stride, upper);
    _Pragma("GCC unroll 4")
    for (int s = 0; s < 4; s++) {
      __m256i total = _mm256_setzero_si256(), sum = _mm256_setzero_si256();
      _Pragma("GCC unroll 4")
      for (int g = 0; g < 4; g++) {
        __m256i u = s == 0 ? _mm256_slli_epi16(upper[g], 4) : s == 1 ? _mm256_slli_epi16(upper[g], 2) : s == 2 ? upper[g] : _mm256_srli_epi16(upper[g], 2);
        __m256i q = _mm256_or_si256(s < 2 ? low_nibbles(t[s % 2][g]) : high_nibbles(t[s % 2][g]), _mm256_and_si256(u, bits));
        sum = add_group(wide, sum, q, x + s * record, 4 * h + g);
        if (g % 2 == 1) {
          total = _mm256_add_epi32(total, in_32_bits(wide, sum));
          sum = _mm256_setzero_si256();
        }
      }
      sums[s][h] = total;
    }
  }
}

INLINE void row_q6_k(int wide, const uint8_t *w, int64_t stride, int stored, const uint8_t *x, const uint8_t *ahead, float *acc) {
  const int elements = wide ? 64 : 32, record = (int)record_bytes(wide ? FORM_WIDE_HALVES : FORM_HALVES, 1);
  __m256 f = _mm256_load_ps(acc);
  for (int b = 0; b < stored; b++, w += 210) {
    __m256i scales[4], sums[4][2];
    transpose_8x16(w + 192, stride, scales);
    const __m256 d = halves_of_rows(w + 208, stride);
    _Pragma("GCC unroll 2")
    for (int h = 0; h < 2; h++, ahead += LANES * 105) {
      ask_for(ahead, LANES * 105);
      sums_of_q6_k(wide, w + 64 * h, w + 128 + 32 * h, stride, x, record, sums);
      _Pragma("GCC unroll 4")
      for (int s = 0; s < 4; s++, x += record) {
        _Pragma("GCC unroll 2")
        for (int j = 0; j < 2; j++) {
          const int k = 8 * h + 2 * s + j;
          __m256i scale = _mm256_srai_epi32(_mm256_slli_epi32(scales[k / 4], 24 - 8 * (k % 4)), 24);
          __m256i zero = four_bytes(x + elements + offsetof(halves_tail, zero128) + 4 * (size_t)j);
          __m256i sum = _mm256_add_epi32(sums[s][j], _mm256_srai_epi32(zero, 2));
          f = add_scaled_sums(f, sum, _mm256_mul_ps(d, _mm256_cvtepi32_ps(scale)), x + elements);
        }
      }
    }
  }
  _mm256_store_ps(acc, f);
}

#define ROW(NAME, CALL) \
  static __attribute__((noinline)) void NAME(const uint8_t *w, int64_t stride, int stored, const uint8_t *x, const uint8_t *ahead, float *acc) { CALL; }
ROW(row_q4_0_1, row_q4(T_Q4_0, 0, w, stride, stored, x, ahead, acc))
ROW(row_q4_0_2, row_q4(T_Q4_0, 1, w, stride, stored, x, ahead, acc))
ROW(row_q4_1_1, row_q4(T_Q4_1, 0, w, stride, stored, x, ahead, acc))
ROW(row_q4_1_2, row_q4(T_Q4_1, 1, w, stride, stored, x, ahead, acc))
ROW(row_q4_k_1, row_q4_k(0, w, stride, stored, x, ahead, acc))
ROW(row_q4_k_2, row_q4_k(1, w, stride, stored, x, ahead, acc))
ROW(row_q8_0_1, row_q8_0(1, w, stride, stored, x, ahead, acc))
ROW(row_q8_0_2, row_q8_0(2, w, stride, stored, x, ahead, acc))
ROW(row_q6_k_1, row_q6_k(0, w, stride, stored, x, ahead, acc))
ROW(row_q6_k_2, row_q6_k(1, w, stride, stored, x, ahead, acc))
#undef ROW

// The function for a type; 0 where a panel has to do.
static row_function row_of(int type, int planes) {
  switch (type) {
    case T_Q4_0: return planes == 2 ? row_q4_0_2 : row_q4_0_1;
    case T_Q4_1: return planes == 2 ? row_q4_1_2 : row_q4_1_1;
    case T_Q4_K: return planes == 2 ? row_q4_k_2 : row_q4_k_1;
    case T_Q8_0: return planes == 2 ? row_q8_0_2 : row_q8_0_1;
    case T_Q6_K: return planes == 2 ? row_q6_k_2 : row_q6_k_1;
    default: return 0;
  }
}
