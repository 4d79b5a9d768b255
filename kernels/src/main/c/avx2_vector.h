// Functions of whole registers, activations to records, and the end of a unit.

// exp(x) for x <= 88, within 2 units in the last place; 0 far below.
INLINE __m256 exp_lanes(__m256 x) {
  const __m256 least = _mm256_set1_ps(-87.0f);
  const __m256 tiny = _mm256_cmp_ps(x, least, _CMP_LT_OQ);
  x = _mm256_max_ps(least, x);  // in this order it keeps what is not a number
  __m256 n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(1.44269504088896f)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0.693145751953125f), x);
  r = _mm256_fnmadd_ps(n, _mm256_set1_ps(1.42860682030941723e-6f), r);
  __m256 y = _mm256_set1_ps(1.0f / 5040);
  y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(1.0f / 720));
  y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(1.0f / 120));
  y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(1.0f / 24));
  y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(1.0f / 6));
  y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(0.5f));
  y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(1.0f));
  y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(1.0f));
  __m256i power = _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
  return _mm256_andnot_ps(tiny, _mm256_mul_ps(y, _mm256_castsi256_ps(power)));
}

INLINE float largest_lane(__m256 v) {
  __m128 m = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  m = _mm_max_ps(m, _mm_movehl_ps(m, m));
  return _mm_cvtss_f32(_mm_max_ss(m, _mm_movehdup_ps(m)));
}

INLINE float sum_of_lanes(__m256 v) {
  __m128 m = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  m = _mm_add_ps(m, _mm_movehl_ps(m, m));
  return _mm_cvtss_f32(_mm_add_ss(m, _mm_movehdup_ps(m)));
}

INLINE int32_t sum_of_integers(__m256i v) {
  __m128i m = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  m = _mm_add_epi32(m, _mm_shuffle_epi32(m, 0x4e));
  return _mm_cvtsi128_si32(_mm_add_epi32(m, _mm_shuffle_epi32(m, 0xb1)));
}

// a / (1 + exp(-a)) * b
INLINE __m256 gated_silu(__m256 a, __m256 b) {
  __m256 e = exp_lanes(_mm256_min_ps(_mm256_sub_ps(_mm256_setzero_ps(), a), _mm256_set1_ps(88.0f)));
  return _mm256_mul_ps(_mm256_div_ps(a, _mm256_add_ps(_mm256_set1_ps(1.0f), e)), b);
}

INLINE void store_lanes(float *to, int n, __m256 v) {
  if (n == LANES) {
    _mm256_storeu_ps(to, v);
  } else {
    float all[LANES];
    _mm256_storeu_ps(all, v);
    memcpy(to, all, (size_t)n * sizeof(float));
  }
}

// Writes the outputs of a unit.
static void finish_unit(const product *p, int unit, const source s[2], const float *acc) {
  for (int t = 0; t < p->batch; t++, acc += 2 * LANES) {
    float *y = p->y + t * p->y_stride;
    __m256 a = _mm256_load_ps(acc), b = _mm256_load_ps(acc + LANES);
    if (p->gated) {
      store_lanes(y + unit * LANES, s[0].valid, gated_silu(a, b));
    } else {
      store_lanes(y + unit * 2 * LANES, s[0].valid, a);
      if (s[1].valid > 0) store_lanes(y + unit * 2 * LANES + LANES, s[1].valid, b);
    }
  }
}

// The largest magnitude of a block is 127, or 32512 for 16-bit activations.
INLINE void quantise_block(int form, int planes, const float *x, uint8_t *to) {
  const __m256 absolute = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff));
  const float most = planes == 1 ? 127.0f : 32512.0f;
  __m256 v[4], largest_v = _mm256_setzero_ps(), unordered = _mm256_setzero_ps();
  for (int i = 0; i < 4; i++) {
    v[i] = _mm256_loadu_ps(x + 8 * i);
    largest_v = _mm256_max_ps(largest_v, _mm256_and_ps(v[i], absolute));
    unordered = _mm256_or_ps(unordered, _mm256_cmp_ps(v[i], v[i], _CMP_UNORD_Q));
  }
  float largest = largest_lane(largest_v);
  const int size = is_wide(form) ? 64 : 32;
  if (_mm256_movemask_ps(unordered) || !(largest < __builtin_inff())) {  // spreads to all outputs
    memset(to, 0, (size_t)size);
    store_tail(form, to + size, __builtin_nanf(""), 0, 0);
    return;
  }
  float d = largest < 1e-30f ? 0.0f : largest / most, inverse = largest < 1e-30f ? 0.0f : most / largest;
  __m256i q[4];
  for (int i = 0; i < 4; i++) q[i] = _mm256_cvtps_epi32(_mm256_mul_ps(v[i], _mm256_set1_ps(inverse)));
  int s0 = sum_of_integers(_mm256_add_epi32(q[0], q[1])), s1 = sum_of_integers(_mm256_add_epi32(q[2], q[3]));
  __m256i a = _mm256_permute4x64_epi64(_mm256_packs_epi32(q[0], q[1]), 0xd8);
  __m256i b = _mm256_permute4x64_epi64(_mm256_packs_epi32(q[2], q[3]), 0xd8);
  if (is_wide(form)) {
    _mm256_storeu_si256((__m256i *)to, a);
    _mm256_storeu_si256((__m256i *)(to + 32), b);
  } else {
    _mm256_storeu_si256((__m256i *)to, _mm256_permute4x64_epi64(_mm256_packs_epi16(a, b), 0xd8));
  }
  store_tail(form, to + size, d, s0, s1);
}

static void prepare(int form, int planes, const float *x, int64_t x_stride, int32_t rows, int32_t columns, uint8_t *to, int64_t to_stride) {
  const int record = (int)record_bytes(form, planes);
  for (int t = 0; t < rows; t++, x += x_stride, to += to_stride)
    for (int b = 0; b < columns / 32; b++) quantise_block(form, planes, x + 32 * b, to + b * record);
}
