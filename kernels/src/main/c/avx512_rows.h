// Products with a few rows of activations: the weights go from memory to sums without a panel between,
// for 16 outputs at a time, and once for all rows. Integer sums are exact, and scaled and added as in
// avx512_tile.h, so that the results are the same bit for bit.
//
// Upper nibbles stay where they are, 16 times too large, until they are summed.

INLINE void ask_for(const uint8_t *ahead, int bytes) {
  for (int line = 0; line < bytes; line += 64) _mm_prefetch((const char *)ahead + line, _MM_HINT_T1);
}

INLINE float load_float(const uint8_t *p) {
  float f;
  memcpy(&f, p, 4);
  return f;
}

INLINE __m512i four_bytes(const uint8_t *x) { return _mm512_set1_epi32((int)load32(x)); }

// sum + `groups` groups of four weights times the elements of one row, whose planes are 32 bytes apart.
INLINE __m512i add_groups(int planes, int groups, const __m512i *w, const uint8_t *x, __m512i sum) {
  __m512i total = planes == 1 ? sum : _mm512_setzero_si512();
  _Pragma("GCC unroll 8")
  for (int g = 0; g < groups; g++) total = _mm512_dpbusd_epi32(total, w[g], four_bytes(x + 4 * g));
  if (planes == 1) return total;
  total = _mm512_add_epi32(_mm512_slli_epi32(total, 8), sum);
  _Pragma("GCC unroll 8")
  for (int g = 0; g < groups; g++) total = _mm512_dpbusd_epi32(total, w[g], four_bytes(x + 32 + 4 * g));
  return total;
}

// acc += scale of the weights * scale of the row * integers, and with minima their share.
INLINE void add_scaled_sums(float *acc, __m512i sums, __m512 d, float dx, int minimum, __m512 m, float sum) {
  __m512 f = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums), _mm512_mul_ps(d, _mm512_set1_ps(dx)), _mm512_load_ps(acc));
  if (minimum) f = _mm512_fmadd_ps(m, _mm512_set1_ps(sum), f);
  _mm512_store_ps(acc, f);
}

// 32 weights w[group of four] of one scale; the first and the second 16 are 2^shift times too large.
// The rows move on.
INLINE void add_block(int kind, int planes, const __m512i w[8], int first_shift, int second_shift, __m512 d, __m512 m, rows *r) {
  const int minimum = has_minimum(kind);
  for (int c = 0; c < r->count; c++) {
    const uint8_t *x = r->x + c * r->x_stride, *tail = x + 32 * planes;
    const __m512i none = _mm512_setzero_si512();
    const __m512i zero = minimum ? none : four_bytes(tail + (kind == FLAT8 ? offsetof(blocks_tail, zero8) : offsetof(blocks_tail, zero128)));
    __m512i a = add_groups(planes, 4, w, x, first_shift ? none : zero), b = add_groups(planes, 4, w + 4, x + 16, none);
    if (first_shift) a = _mm512_srai_epi32(a, (unsigned)first_shift);
    if (second_shift) b = _mm512_srai_epi32(b, (unsigned)second_shift);
    add_scaled_sums(r->acc + 2 * LANES * c, _mm512_add_epi32(a, b), d, load_float(tail), minimum, m, load_float(tail + offsetof(blocks_tail, sum)));
  }
  r->x += record_bytes(FORM_BLOCKS, planes);
}

INLINE __m512i low_nibbles(__m512i v) { return _mm512_and_si512(v, _mm512_set1_epi8(15)); }
INLINE __m512i high_nibbles_in_place(__m512i v) { return _mm512_and_si512(v, _mm512_set1_epi8((char)0xf0)); }

INLINE void rows_q4(int type, int planes, const uint8_t *w, int64_t stride, int stored, rows r, const uint8_t *ahead) {
  const int bytes = stored_bytes(type), minimum = type == T_Q4_1;
  for (int b = 0; b < stored; b++, w += bytes, ahead += LANES * bytes) {
    __m512i t[4], q[8];
    ask_for(ahead, LANES * bytes);
    transpose_16x16(w + (minimum ? 4 : 2), stride, t);
    _Pragma("GCC unroll 4")
    for (int g = 0; g < 4; g++) {
      q[g] = low_nibbles(t[g]);
      q[g + 4] = high_nibbles_in_place(t[g]);
    }
    const __m512 d = halves_of_rows(w, stride);
    add_block(kind_of(type), planes, q, 0, 4, d, minimum ? halves_of_rows(w + 2, stride) : d, &r);
  }
}

INLINE void rows_q8_0(int planes, const uint8_t *w, int64_t stride, int stored, rows r, const uint8_t *ahead) {
  const __m512i top = _mm512_set1_epi8((char)128);
  for (int b = 0; b < stored; b++, w += 34, ahead += LANES * 34) {
    __m512i q[8];
    ask_for(ahead, LANES * 34);
    transpose_16x16(w + 2, stride, q);
    transpose_16x16(w + 18, stride, q + 4);
    _Pragma("GCC unroll 8")
    for (int g = 0; g < 8; g++) q[g] = _mm512_xor_si512(q[g], top);
    const __m512 d = halves_of_rows(w, stride);
    add_block(FLAT, planes, q, 0, 0, d, d, &r);
  }
}

INLINE void rows_q4_k(int planes, const uint8_t *w, int64_t stride, int stored, rows r, const uint8_t *ahead) {
  for (int b = 0; b < stored; b++, w += 144) {
    __m512 d[8], m[8];
    scales_of_k4(w, stride, d, m);
    _Pragma("GCC unroll 4")
    for (int pair = 0; pair < 4; pair++, ahead += LANES * 36) {
      __m512i t[8], q[8];
      ask_for(ahead, LANES * 36);
      transpose_16x16(w + 16 + 32 * pair, stride, t);
      transpose_16x16(w + 32 + 32 * pair, stride, t + 4);
      _Pragma("GCC unroll 8")
      for (int g = 0; g < 8; g++) q[g] = low_nibbles(t[g]);
      add_block(MIN, planes, q, 0, 0, d[2 * pair], m[2 * pair], &r);
      _Pragma("GCC unroll 8")
      for (int g = 0; g < 8; g++) q[g] = high_nibbles_in_place(t[g]);
      add_block(MIN, planes, q, 4, 4, d[2 * pair + 1], m[2 * pair + 1], &r);
    }
  }
}

#define SOME_ROWS(NAME, CALL) \
  static __attribute__((noinline)) void NAME(const uint8_t *w, int64_t stride, int stored, rows r, const uint8_t *ahead) { \
    if (r.count == 1) { \
      r.count = 1; \
      CALL; \
    } else { \
      CALL; \
    } \
  }
SOME_ROWS(rows_q4_0_1, rows_q4(T_Q4_0, 1, w, stride, stored, r, ahead))
SOME_ROWS(rows_q4_0_2, rows_q4(T_Q4_0, 2, w, stride, stored, r, ahead))
SOME_ROWS(rows_q4_1_1, rows_q4(T_Q4_1, 1, w, stride, stored, r, ahead))
SOME_ROWS(rows_q4_1_2, rows_q4(T_Q4_1, 2, w, stride, stored, r, ahead))
SOME_ROWS(rows_q4_k_1, rows_q4_k(1, w, stride, stored, r, ahead))
SOME_ROWS(rows_q4_k_2, rows_q4_k(2, w, stride, stored, r, ahead))
SOME_ROWS(rows_q8_0_1, rows_q8_0(1, w, stride, stored, r, ahead))
SOME_ROWS(rows_q8_0_2, rows_q8_0(2, w, stride, stored, r, ahead))
#undef SOME_ROWS

// The function for a type; 0 where a panel has to do.
static rows_function rows_of(int type, int planes) {
  switch (type) {
    case T_Q4_0: return planes == 2 ? rows_q4_0_2 : rows_q4_0_1;
    case T_Q4_1: return planes == 2 ? rows_q4_1_2 : rows_q4_1_1;
    case T_Q4_K: return planes == 2 ? rows_q4_k_2 : rows_q4_k_1;
    case T_Q8_0: return planes == 2 ? rows_q8_0_2 : rows_q8_0_1;
    default: return 0;
  }
}
