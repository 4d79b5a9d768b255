// Functions of whole registers, and the end of a unit.

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
