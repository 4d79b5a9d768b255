// Operations on rows, in plain C that compilers turn into the tier's vectors.

INLINE float square_root(float x) {
#ifdef __SSE2__
  float r;
  __asm__("sqrtss %1, %0" : "=x"(r) : "x"(x));
  return r;
#else
  return __builtin_sqrtf(x);
#endif
}

// exp(x) for x <= 88, within 2 units in the last place; 0 far below.
INLINE float exp_of(float x) {
  if (!(x > -87.0f)) return x != x ? x : 0.0f;
  float n = x * 1.44269504088896f + 12582912.0f - 12582912.0f;  // to the nearest integer
  float r = x - n * 0.693145751953125f - n * 1.42860682030941723e-6f;
  float y = 1.0f / 5040;
  y = y * r + 1.0f / 720;
  y = y * r + 1.0f / 120;
  y = y * r + 1.0f / 24;
  y = y * r + 1.0f / 6;
  y = y * r + 0.5f;
  y = y * r + 1.0f;
  y = y * r + 1.0f;
  uint32_t bits;
  memcpy(&bits, &y, 4);
  bits += (uint32_t)(int32_t)n << 23;
  memcpy(&y, &bits, 4);
  return y;
}

INLINE float float_at(const uint8_t *p, int type, int64_t i) {
  float f;
  uint32_t bits = type == T_F32 ? load32(p + 4 * i) : (uint32_t)load16(p + 2 * i) << 16;
  if (type == T_F16) return float_of_half(load16(p + 2 * i));
  memcpy(&f, &bits, 4);
  return f;
}

// To nearest, ties to even.
INLINE uint16_t half_of_float(float f) {
#if defined(__F16C__) || defined(__AVX512F__)
  return (uint16_t)_cvtss_sh(f, 0);
#else
  uint32_t u, sign;
  memcpy(&u, &f, 4);
  sign = u >> 16 & 0x8000;
  u &= 0x7fffffff;
  if (u > 0x7f800000) return (uint16_t)(sign | 0x7e00 | (u >> 13 & 0x3ff));
  if (u >= 0x477ff000) return (uint16_t)(sign | 0x7c00);
  if (u < 0x38800000) {  // subnormal: adding 0.5 puts the bits in place, rounded
    memcpy(&f, &u, 4);
    f += 0.5f;
    memcpy(&u, &f, 4);
    return (uint16_t)(sign | (u - 0x3f000000));
  }
  u += 0xfff + (u >> 13 & 1);
  return (uint16_t)(sign | (u - 0x38000000) >> 13);
#endif
}

static void to_half(const float *x, uint8_t *to, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    uint16_t h = half_of_float(x[i]);
    memcpy(to + 2 * i, &h, 2);
  }
}

static void floats_of_halves(const uint8_t *h, float *to, int count) {
  int i = 0;
#ifdef __F16C__  // compilers do not make vectors of this conversion by themselves
  for (; i + 8 <= count; i += 8) _mm256_storeu_ps(to + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(h + 2 * i))));
#endif
  for (; i < count; i++) to[i] = float_of_half(load16(h + 2 * i));
}

#define SUMS 32

static void rms_norm(const float *x, const uint8_t *weight, int32_t weight_type, float eps, float *y, int32_t rows, int32_t columns) {
  for (int t = 0; t < rows; t++, x += columns, y += columns) {
    float sums[SUMS] = {0};
    int k = 0;
    for (; k + SUMS <= columns; k += SUMS)
      for (int i = 0; i < SUMS; i++) sums[i] += x[k + i] * x[k + i];
    for (int i = 0; k + i < columns; i++) sums[i] += x[k + i] * x[k + i];
    double sum = 0;
    for (int i = 0; i < SUMS; i++) sum += (double)sums[i];
    float scale = 1.0f / square_root((float)(sum / columns) + eps);
    if (weight_type == T_F32) {
      for (int i = 0; i < columns; i++) {
        float w;
        memcpy(&w, weight + 4 * i, 4);
        y[i] = x[i] * scale * w;
      }
    } else {
      for (int i = 0; i < columns; i++) y[i] = x[i] * scale * float_at(weight, weight_type, i);
    }
  }
}

static void rope(float *x, const float *cos_sin, int32_t rows, int32_t columns, int32_t head_dim, int32_t interleaved) {
  const int half = head_dim / 2;
  for (int t = 0; t < rows; t++, x += columns, cos_sin += head_dim)
    for (int h = 0; h < columns; h += head_dim)
      for (int i = 0; i < half; i++) {
        float *a = x + h + (interleaved ? 2 * i : i), *b = a + (interleaved ? 1 : half);
        float c = cos_sin[i], s = cos_sin[half + i], u = *a, v = *b;
        *a = u * c - v * s;
        *b = u * s + v * c;
      }
}

// y += scale * x, rounded once.
static void add_scaled(const float *x, float scale, float *y, int64_t count) {
#if defined(__FMA__) || defined(__aarch64__)
  for (int64_t i = 0; i < count; i++) y[i] = __builtin_fmaf(scale, x[i], y[i]);
#else
  for (int64_t i = 0; i < count; i++) y[i] = (float)((double)y[i] + (double)scale * (double)x[i]);
#endif
}
