// Products with a few rows of activations: the weights go from memory to sums without a panel between,
// for 8 outputs at a time, and once for all rows. Integer sums are exact, and scaled and added as in
// avx2_tile.h, so that the results are the same bit for bit.

// What the rows' elements are multiplied with: unsigned bytes, or 16-bit integers made of unsigned bytes,
// of signed bytes, or of signed bytes times 256.
enum { BYTES, WORDS, SIGNED_WORDS, HIGH_BYTES };

// Bytes 0 and 1, then 2 and 3, of each lane as 16-bit integers.
INLINE void widen(int form, __m256i bytes, __m256i words[2]) {
  if (form == WORDS) {
    words[0] = _mm256_shuffle_epi8(bytes, _mm256_setr_epi8(0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1,
                                                           0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1));
    words[1] = _mm256_shuffle_epi8(bytes, _mm256_setr_epi8(2, -1, 3, -1, 6, -1, 7, -1, 10, -1, 11, -1, 14, -1, 15, -1,
                                                           2, -1, 3, -1, 6, -1, 7, -1, 10, -1, 11, -1, 14, -1, 15, -1));
    return;
  }
  words[0] = _mm256_shuffle_epi8(bytes, _mm256_setr_epi8(-1, 0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13,
                                                         -1, 0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13));
  words[1] = _mm256_shuffle_epi8(bytes, _mm256_setr_epi8(-1, 2, -1, 3, -1, 6, -1, 7, -1, 10, -1, 11, -1, 14, -1, 15,
                                                         -1, 2, -1, 3, -1, 6, -1, 7, -1, 10, -1, 11, -1, 14, -1, 15));
  if (form == SIGNED_WORDS) {
    words[0] = _mm256_srai_epi16(words[0], 8);
    words[1] = _mm256_srai_epi16(words[1], 8);
  }
}

// The sum of groups of four weights times their elements; `fit` groups are added before whole_sums.
INLINE __m256i sum_of_bytes(const __m256i *w, int groups, int fit, const uint8_t *x) {
  __m256i total = _mm256_setzero_si256();
  _Pragma("GCC unroll 8")
  for (int g = 0; g < groups; g += fit) {
    __m256i sum = first_products(w[g], four_bytes(x + 4 * g));
    _Pragma("GCC unroll 8")
    for (int k = 1; k < fit; k++) {
      sum = more_products(sum, w[g + k], four_bytes(x + 4 * (g + k)));
      IN_ORDER(sum);
    }
    sum = whole_sums(sum);
    total = g == 0 ? sum : _mm256_add_epi32(total, sum);
  }
  return total;
}

INLINE __m256i sum_of_words(const __m256i w[8], __m256i sum, const uint8_t *x) {
  _Pragma("GCC unroll 8")
  for (int k = 0; k < 8; k++) {
    sum = more_wide_products(sum, w[k], four_bytes(x + 4 * k));
    IN_ORDER(sum);
  }
  return sum;
}

// acc += scale of the weights * scale of the row * integers, and with minima their share.
INLINE void add_scaled_sums(float *acc, __m256i sums, __m256 d, float dx, int minimum, __m256 m, float sum) {
  __m256 f = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums), _mm256_mul_ps(d, _mm256_set1_ps(dx)), _mm256_load_ps(acc));
  if (minimum) f = _mm256_fmadd_ps(m, _mm256_set1_ps(sum), f);
  _mm256_store_ps(acc, f);
}

// A block of 32 weights w[group of four] of one scale, whose zero is 0, 8 or 128; the rows move on.
INLINE void add_block(int form, int zero, int minimum, const __m256i w[8], __m256 d, __m256 m, rows *r) {
  const int elements = form == BYTES ? 32 : 64;
  __m256i sums[FEW_ROWS];
  const int halves = form == BYTES ? 1 : 2;
  _Pragma("GCC unroll 2")
  for (int half = 0; half < halves; half++) {
    __m256i words[8];
    if (form != BYTES) {
      _Pragma("GCC unroll 4")
      for (int g = 0; g < 4; g++) widen(form, w[4 * half + g], words + 2 * g);
    }
    for (int c = 0; c < r->count; c++) {
      const uint8_t *x = r->x + c * r->x_stride, *tail = x + elements;
      __m256i sum;
      if (form == BYTES) {
        sum = sum_of_bytes(w, 8, VNNI ? 4 : 8, x);  // two chains of additions
      } else {
        sum = sum_of_words(words, half ? sums[c] : _mm256_setzero_si256(), x + 32 * half);
        if (!half) {
          sums[c] = sum;
          continue;
        }
        if (form == HIGH_BYTES) sum = _mm256_srai_epi32(sum, 8);  // 128 * 127 * 32 * 256 fits in 31 bits
      }
      if (zero) sum = _mm256_add_epi32(sum, four_bytes(tail + (zero == 8 ? offsetof(blocks_tail, zero8) : offsetof(blocks_tail, zero128))));
      add_scaled_sums(r->acc + 2 * LANES * c, sum, d, load_float(tail), minimum, m, load_float(tail + offsetof(blocks_tail, sum)));
    }
  }
  r->x += record_bytes(form == BYTES ? FORM_BLOCKS : FORM_WIDE, 1);
}

INLINE __m256i low_nibbles(__m256i v) { return _mm256_and_si256(v, _mm256_set1_epi8(15)); }
INLINE __m256i high_nibbles(__m256i v) { return low_nibbles(_mm256_srli_epi16(v, 4)); }

INLINE void rows_q4(int type, int form, const uint8_t *w, int64_t stride, int stored, rows r, const uint8_t *ahead) {
  const int bytes = stored_bytes(type), minimum = type == T_Q4_1;
  for (int b = 0; b < stored; b++, w += bytes, ahead += LANES * bytes) {
    __m256i t[4], q[8];
    transpose_8x16(w + (minimum ? 4 : 2), stride, t);
    ask_for(ahead, LANES * bytes);
    _Pragma("GCC unroll 4")
    for (int g = 0; g < 4; g++) {
      q[g] = low_nibbles(t[g]);
      q[g + 4] = high_nibbles(t[g]);
    }
    __m256 d = halves_of_rows(w, stride);
    add_block(form, minimum ? 0 : 8, minimum, q, d, minimum ? halves_of_rows(w + 2, stride) : d, &r);
  }
}

INLINE void rows_q4_k(int form, const uint8_t *w, int64_t stride, int stored, rows r, const uint8_t *ahead) {
  for (int b = 0; b < stored; b++, w += 144) {
    __m256 d[8], m[8];
    scales_of_k4(w, stride, d, m);
    _Pragma("GCC unroll 4")
    for (int pair = 0; pair < 4; pair++, ahead += LANES * 36) {
      __m256i t[8], q[8];
      ask_for(ahead, LANES * 36);
      transpose_8x16(w + 16 + 32 * pair, stride, t);
      transpose_8x16(w + 32 + 32 * pair, stride, t + 4);
      _Pragma("GCC unroll 8")
      for (int g = 0; g < 8; g++) q[g] = low_nibbles(t[g]);
      add_block(form, 0, 1, q, d[2 * pair], m[2 * pair], &r);
      _Pragma("GCC unroll 8")
      for (int g = 0; g < 8; g++) q[g] = high_nibbles(t[g]);
      add_block(form, 0, 1, q, d[2 * pair + 1], m[2 * pair + 1], &r);
    }
  }
}

INLINE void rows_q8_0(int form, const uint8_t *w, int64_t stride, int stored, rows r, const uint8_t *ahead) {
  for (int b = 0; b < stored; b++, w += 34, ahead += LANES * 34) {
    __m256i t[8];
    transpose_8x16(w + 2, stride, t);
    transpose_8x16(w + 18, stride, t + 4);
    ask_for(ahead, LANES * 34);
    _Pragma("GCC unroll 8")
    for (int g = 0; form == BYTES && g < 8; g++) t[g] = _mm256_xor_si256(t[g], _mm256_set1_epi8((char)128));
    __m256 d = halves_of_rows(w, stride);
    add_block(form, form == BYTES ? 128 : 0, 0, t, d, d, &r);
  }
}

// Half a block of Q6_K, 16 weights w[group of four] of one scale, the j-th of the rows' records.
INLINE void add_half(int form, int j, const __m256i w[4], __m256 d, rows r) {
  const int elements = form == BYTES ? 32 : 64;
  __m256i words[8];
  if (form != BYTES) {
    _Pragma("GCC unroll 4")
    for (int g = 0; g < 4; g++) widen(form, w[g], words + 2 * g);
  }
  for (int c = 0; c < r.count; c++) {
    const uint8_t *x = r.x + c * r.x_stride, *tail = x + elements;
    __m256i sum = form == BYTES ? sum_of_bytes(w, 4, 2, x + 16 * j) : sum_of_words(words, _mm256_setzero_si256(), x + 32 * j);
    __m256i zero = four_bytes(tail + offsetof(halves_tail, zero128) + 4 * (size_t)j);
    add_scaled_sums(r.acc + 2 * LANES * c, _mm256_add_epi32(sum, _mm256_srai_epi32(zero, 2)), d, load_float(tail), 0, d, 0);
  }
}

// The weights of 16 elements, of which the lower bits are in nibbles and the upper two at `shift`.
INLINE void six_bits(int high_half, int shift, const __m256i low[4], const __m256i upper[4], __m256i q[4]) {
  const __m256i bits = _mm256_set1_epi8(48);
  _Pragma("GCC unroll 4")
  for (int g = 0; g < 4; g++) {
    __m256i u = shift < 4 ? _mm256_slli_epi16(upper[g], 4 - shift) : _mm256_srli_epi16(upper[g], shift - 4);
    q[g] = _mm256_or_si256(high_half ? high_nibbles(low[g]) : low_nibbles(low[g]), _mm256_and_si256(u, bits));
  }
}

INLINE void rows_q6_k(int form, const uint8_t *w, int64_t stride, int stored, rows r, const uint8_t *ahead) {
  const size_t record = record_bytes(form == BYTES ? FORM_HALVES : FORM_WIDE_HALVES, 1);
  for (int b = 0; b < stored; b++, w += 210) {
    __m256i scales[4];
    transpose_8x16(w + 192, stride, scales);
    const __m256 d = halves_of_rows(w + 208, stride);
    _Pragma("GCC unroll 2")
    for (int h = 0; h < 2; h++, ahead += LANES * 105) {
      __m256i low[4][4], upper[2][4];
      _Pragma("GCC unroll 4")
      for (int i = 0; i < 4; i++) transpose_8x16(w + 64 * h + 16 * i, stride, low[i]);
      _Pragma("GCC unroll 2")
      for (int i = 0; i < 2; i++) transpose_8x16(w + 128 + 32 * h + 16 * i, stride, upper[i]);
      ask_for(ahead, LANES * 105);
      _Pragma("GCC unroll 4")
      for (int s = 0; s < 4; s++, r.x += record) {
        _Pragma("GCC unroll 2")
        for (int j = 0; j < 2; j++) {
          const int k = 8 * h + 2 * s + j;
          __m256i q[4], scale = _mm256_srai_epi32(_mm256_slli_epi32(scales[k / 4], 24 - 8 * (k % 4)), 24);
          six_bits(s >= 2, 2 * s, low[2 * (s % 2) + j], upper[j], q);
          add_half(form, j, q, _mm256_mul_ps(d, _mm256_cvtepi32_ps(scale)), r);
        }
      }
    }
  }
}

#define SOME_ROWS(NAME, CALL) \
  static __attribute__((noinline)) void NAME(const uint8_t *w, int64_t stride, int stored, rows r, const uint8_t *ahead) { CALL; }
SOME_ROWS(rows_q4_0_1, rows_q4(T_Q4_0, BYTES, w, stride, stored, r, ahead))
SOME_ROWS(rows_q4_0_2, rows_q4(T_Q4_0, WORDS, w, stride, stored, r, ahead))
SOME_ROWS(rows_q4_1_1, rows_q4(T_Q4_1, BYTES, w, stride, stored, r, ahead))
SOME_ROWS(rows_q4_1_2, rows_q4(T_Q4_1, WORDS, w, stride, stored, r, ahead))
SOME_ROWS(rows_q4_k_1, rows_q4_k(BYTES, w, stride, stored, r, ahead))
SOME_ROWS(rows_q4_k_2, rows_q4_k(WORDS, w, stride, stored, r, ahead))
SOME_ROWS(rows_q8_0_1, rows_q8_0(VNNI ? BYTES : HIGH_BYTES, w, stride, stored, r, ahead))
SOME_ROWS(rows_q8_0_2, rows_q8_0(SIGNED_WORDS, w, stride, stored, r, ahead))
SOME_ROWS(rows_q6_k_1, rows_q6_k(BYTES, w, stride, stored, r, ahead))
SOME_ROWS(rows_q6_k_2, rows_q6_k(WORDS, w, stride, stored, r, ahead))
#undef SOME_ROWS

// The function for a type; 0 where a panel has to do.
static rows_function rows_of(int type, int planes) {
  switch (type) {
    case T_Q4_0: return planes == 2 ? rows_q4_0_2 : rows_q4_0_1;
    case T_Q4_1: return planes == 2 ? rows_q4_1_2 : rows_q4_1_1;
    case T_Q4_K: return planes == 2 ? rows_q4_k_2 : rows_q4_k_1;
    case T_Q8_0: return planes == 2 ? rows_q8_0_2 : rows_q8_0_1;
    case T_Q6_K: return planes == 2 ? rows_q6_k_2 : rows_q6_k_1;
    default: return 0;
  }
}
