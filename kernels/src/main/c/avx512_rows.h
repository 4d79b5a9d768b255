// Products with a few rows of activations: blocks of weights go from registers to sums without a panel
// between, for 16 outputs at a time, and once for all rows. Integer sums are exact, and scaled and added
// as in avx512_tile.h, so that the results are the same bit for bit.

INLINE __m512i four_bytes(const uint8_t *x) { return _mm512_set1_epi32((int)load32(x)); }

// sum + four weights times the four bytes at x, in each lane. Said in assembly because GCC 12 loads the bytes by an
// instruction of their own, which makes it a tenth slower.
INLINE __m512i add_four(__m512i sum, __m512i w, const uint8_t *x) {
#if defined(__clang__) || defined(__SANITIZE_ADDRESS__)
  return _mm512_dpbusd_epi32(sum, w, four_bytes(x));
#else
  __asm__("vpdpbusd %2%{1to16%}, %1, %0" : "+v"(sum) : "v"(w), "m"(*(const uint8_t (*)[4])x));
  return sum;
#endif
}

// sum + four groups of four weights times the elements of one row, whose planes are 32 bytes apart.
INLINE __m512i add_groups(int planes, const __m512i w[4], const uint8_t *x, __m512i sum) {
  __m512i total = planes == 1 ? sum : _mm512_setzero_si512();
  _Pragma("GCC unroll 4")
  for (int g = 0; g < 4; g++) total = add_four(total, w[g], x + 4 * g);
  if (planes == 1) return total;
  total = _mm512_add_epi32(_mm512_slli_epi32(total, 8), sum);
  _Pragma("GCC unroll 4")
  for (int g = 0; g < 4; g++) total = add_four(total, w[g], x + 32 + 4 * g);
  return total;
}

// The sum + scale of the weights * scale of the row * integers.
INLINE __m512 add_products(__m512i integers, __m512 d, const uint8_t *tail, __m512 sum) {
  return _mm512_fmadd_ps(_mm512_cvtepi32_ps(integers), _mm512_mul_ps(d, _mm512_set1_ps(load_float(tail))), sum);
}

// 32 weights q[group of four] with one scale, in place in bytes that are 2^shift times as large: those
// of the first and of the second 16 by shifts of their own. The rows move on.
INLINE void add_block(int kind, int planes, const __m512i q[8], int first_shift, int second_shift, __m512 d, __m512 m, rows *r) {
  for (int c = 0; c < r->count; c++) {
    const uint8_t *x = r->x + c * r->x_stride, *tail = x + 32 * planes;
    float *acc = r->acc + 2 * LANES * c;
    const __m512i none = _mm512_setzero_si512();
    const __m512i zero = has_minimum(kind) ? none
        : four_bytes(tail + (kind == FLAT8 ? offsetof(blocks_tail, zero8) : offsetof(blocks_tail, zero128)));
    __m512i a = add_groups(planes, q, x, zero), b = add_groups(planes, q + 4, x + 16, none);
    if (first_shift) a = _mm512_srai_epi32(a, (unsigned)first_shift);  // only with minima, whose zero is 0
    if (second_shift) b = _mm512_srai_epi32(b, (unsigned)second_shift);
    __m512 f = add_products(_mm512_add_epi32(a, b), d, tail, _mm512_load_ps(acc));
    if (has_minimum(kind)) f = _mm512_fmadd_ps(m, _mm512_set1_ps(load_float(tail + offsetof(blocks_tail, sum))), f);
    _mm512_store_ps(acc, f);
  }
  r->x += record_bytes(FORM_BLOCKS, planes);
}

// The same, with a scale for each 16; without minima, 128 >> zero_shift stands for 0.
INLINE void add_halves(int kind, int planes, const __m512i q[8], int zero_shift, const __m512 d[2], const __m512 m[2], rows *r) {
  for (int c = 0; c < r->count; c++) {
    const uint8_t *x = r->x + c * r->x_stride, *tail = x + 32 * planes;
    float *acc = r->acc + 2 * LANES * c;
    __m512 f = _mm512_load_ps(acc);
    _Pragma("GCC unroll 2")
    for (int h = 0; h < 2; h++) {
      const size_t at = 4 * (size_t)h;
      const __m512i zero = has_minimum(kind) ? _mm512_setzero_si512()
          : _mm512_srai_epi32(four_bytes(tail + offsetof(halves_tail, zero128) + at), (unsigned)zero_shift);
      f = add_products(add_groups(planes, q + 4 * h, x + 16 * h, zero), d[h], tail, f);
      if (has_minimum(kind)) f = _mm512_fmadd_ps(m[h], _mm512_set1_ps(load_float(tail + offsetof(halves_tail, sum) + at)), f);
    }
    _mm512_store_ps(acc, f);
  }
  r->x += record_bytes(FORM_HALVES, planes);
}
