// Functions of whole registers, and the end of a unit.

INLINE __m128i load_16_bytes(const uint8_t *p) { return _mm_loadu_si128((const __m128i *)p); }

// 16 bytes of the rows at q, q + 4 * stride, and so on. Zen 4 inserts into 256 bits twice as often as into 512.
INLINE __m512i four_rows(const uint8_t *q, int64_t stride) {
  __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(load_16_bytes(q)), load_16_bytes(q + 4 * stride), 1);
  __m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(load_16_bytes(q + 8 * stride)), load_16_bytes(q + 12 * stride), 1);
  return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

// Row 4i + j, i-th 16 bytes of a[j], moves into lane 4i + j: t[g] holds the g-th four bytes of each.
INLINE void transpose_4x4(const __m512i a[4], __m512i t[4]) {
  __m512i l01 = _mm512_unpacklo_epi32(a[0], a[1]), h01 = _mm512_unpackhi_epi32(a[0], a[1]);
  __m512i l23 = _mm512_unpacklo_epi32(a[2], a[3]), h23 = _mm512_unpackhi_epi32(a[2], a[3]);
  t[0] = _mm512_unpacklo_epi64(l01, l23);
  t[1] = _mm512_unpackhi_epi64(l01, l23);
  t[2] = _mm512_unpacklo_epi64(h01, h23);
  t[3] = _mm512_unpackhi_epi64(h01, h23);
}

// 16 bytes of each of 16 rows, transposed: t[g] holds the g-th four bytes of row r in lane r.
INLINE void transpose_16x16(const uint8_t *p, int64_t stride, __m512i t[4]) {
  __m512i a[4];
  _Pragma("GCC unroll 4")
  for (int j = 0; j < 4; j++) a[j] = four_rows(p + j * stride, stride);
  transpose_4x4(a, t);
}

// Keeps a number in a general register: units of vectors have enough to do.
#define GENERAL(v) __asm__("" : "+r"(v))

// The half-precision numbers at p, p + stride, …
INLINE __m512 halves_of_rows(const uint8_t *p, int64_t stride) {
  uint64_t w[4];
  _Pragma("GCC unroll 4")
  for (int i = 0; i < 4; i++) {
    const uint8_t *q = p + 4 * i * stride;
    uint64_t low = (uint64_t)load16(q + stride) << 16 | load16(q);
    uint64_t high = (uint64_t)load16(q + 3 * stride) << 16 | load16(q + 2 * stride);
    GENERAL(low);
    GENERAL(high);
    w[i] = high << 32 | low;
    GENERAL(w[i]);
  }
  __m128i low = _mm_insert_epi64(_mm_cvtsi64_si128((long long)w[0]), (long long)w[1], 1);
  __m128i high = _mm_insert_epi64(_mm_cvtsi64_si128((long long)w[2]), (long long)w[3], 1);
  return _mm512_cvtph_ps(_mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1));
}

// exp(x) for x <= 88, within 2 units in the last place; 0 far below.
INLINE __m512 exp_lanes(__m512 x) {
  x = _mm512_max_ps(_mm512_set1_ps(-104.0f), x);  // in this order it keeps what is not a number
  __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504088896f)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693145751953125f), x);
  r = _mm512_fnmadd_ps(n, _mm512_set1_ps(1.42860682030941723e-6f), r);
  __m512 y = _mm512_set1_ps(1.0f / 5040);
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1.0f / 720));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1.0f / 120));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1.0f / 24));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1.0f / 6));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(0.5f));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1.0f));
  y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1.0f));
  return _mm512_scalef_ps(y, n);
}

// a / (1 + exp(-a)) * b
INLINE __m512 gated_silu(__m512 a, __m512 b) {
  __m512 e = exp_lanes(_mm512_min_ps(_mm512_sub_ps(_mm512_setzero_ps(), a), _mm512_set1_ps(88.0f)));
  return _mm512_mul_ps(_mm512_div_ps(a, _mm512_add_ps(_mm512_set1_ps(1.0f), e)), b);
}

INLINE __mmask16 first_lanes(int n) { return (__mmask16)((1u << n) - 1); }

// Writes the outputs of a unit.
static void finish_unit(const product *p, int unit, const source s[2], const float *acc) {
  for (int t = 0; t < p->batch; t++, acc += 32) {
    float *y = p->y + t * p->y_stride;
    __m512 a = _mm512_load_ps(acc), b = _mm512_load_ps(acc + 16);
    if (p->gated) {
      _mm512_mask_storeu_ps(y + unit * LANES, first_lanes(s[0].valid), gated_silu(a, b));
    } else {
      _mm512_mask_storeu_ps(y + unit * 2 * LANES, first_lanes(s[0].valid), a);
      if (s[1].valid > 0) _mm512_mask_storeu_ps(y + unit * 2 * LANES + LANES, first_lanes(s[1].valid), b);
    }
  }
}
