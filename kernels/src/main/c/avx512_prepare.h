// Activations of a row to records of quantised blocks, or to bfloat16.

// The largest magnitude of a block is 127, or 32512 with two planes: the largest whose high byte is 127.
INLINE void quantise_block(int form, int planes, const float *x, uint8_t *to) {
  const __m512 a = _mm512_loadu_ps(x), b = _mm512_loadu_ps(x + 16);
  const float most = planes == 1 ? 127.0f : 32512.0f;
  float largest = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(a), _mm512_abs_ps(b)));
  if (_mm512_cmp_ps_mask(a, b, _CMP_UNORD_Q) || !(largest < __builtin_inff())) {  // spreads to all outputs
    memset(to, 0, (size_t)(32 * planes));
    store_tail(form, to + 32 * planes, __builtin_nanf(""), 0, 0);
    return;
  }
  float d = largest < 1e-30f ? 0.0f : largest / most, inverse = largest < 1e-30f ? 0.0f : most / largest;
  __m512i p = _mm512_cvtps_epi32(_mm512_mul_ps(a, _mm512_set1_ps(inverse)));
  __m512i q = _mm512_cvtps_epi32(_mm512_mul_ps(b, _mm512_set1_ps(inverse)));
  int s0 = _mm512_reduce_add_epi32(p), s1 = _mm512_reduce_add_epi32(q);
  if (planes == 2) {
    const __m512i half = _mm512_set1_epi32(128);
    _mm_storeu_si128((__m128i *)to, _mm512_cvtepi32_epi8(_mm512_srai_epi32(_mm512_add_epi32(p, half), 8)));
    _mm_storeu_si128((__m128i *)(to + 16), _mm512_cvtepi32_epi8(_mm512_srai_epi32(_mm512_add_epi32(q, half), 8)));
    to += 32;
  }
  _mm_storeu_si128((__m128i *)to, _mm512_cvtepi32_epi8(p));
  _mm_storeu_si128((__m128i *)(to + 16), _mm512_cvtepi32_epi8(q));
  store_tail(form, to + 32, d, s0, s1);
}

INLINE uint16_t bf16_of_float(float f) {
  uint32_t u;
  memcpy(&u, &f, 4);
  if ((u & 0x7fffffff) > 0x7f800000) return (uint16_t)(u >> 16 | 64);
  return (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}

static void prepare(int form, int planes, const float *x, int64_t x_stride, int32_t rows, int32_t columns, uint8_t *to, int64_t to_stride) {
  const int record = (int)record_bytes(form, planes);
  for (int t = 0; t < rows; t++, x += x_stride, to += to_stride) {
    if (form == FORM_BF16) {
      for (int k = 0; k < columns; k++) {
        uint16_t v = bf16_of_float(x[k]);
        memcpy(to + 2 * k, &v, 2);
      }
      if (columns % 2) memset(to + 2 * columns, 0, 2);
    } else {
      for (int b = 0; b < columns / 32; b++) quantise_block(form, planes, x + 32 * b, to + b * record);
    }
  }
}
