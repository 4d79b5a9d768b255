// Functions of whole registers, activations to records, and the end of a unit.

// exp(x) for x <= 88, within 2 units in the last place; 0 far below.
INLINE float32x4_t exp_lanes(float32x4_t x) {
  const float32x4_t least = vdupq_n_f32(-87.0f);
  const uint32x4_t tiny = vcltq_f32(x, least);
  x = vmaxq_f32(x, least);  // keeps what is not a number
  float32x4_t n = vrndnq_f32(vmulq_n_f32(x, 1.44269504088896f));
  float32x4_t r = vfmsq_n_f32(x, n, 0.693145751953125f);
  r = vfmsq_n_f32(r, n, 1.42860682030941723e-6f);
  float32x4_t y = vdupq_n_f32(1.0f / 5040);
  y = vfmaq_f32(vdupq_n_f32(1.0f / 720), y, r);
  y = vfmaq_f32(vdupq_n_f32(1.0f / 120), y, r);
  y = vfmaq_f32(vdupq_n_f32(1.0f / 24), y, r);
  y = vfmaq_f32(vdupq_n_f32(1.0f / 6), y, r);
  y = vfmaq_f32(vdupq_n_f32(0.5f), y, r);
  y = vfmaq_f32(vdupq_n_f32(1.0f), y, r);
  y = vfmaq_f32(vdupq_n_f32(1.0f), y, r);
  int32x4_t power = vshlq_n_s32(vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127)), 23);
  y = vmulq_f32(y, vreinterpretq_f32_s32(power));
  return vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(y), tiny));
}

// a / (1 + exp(-a)) * b
INLINE float32x4_t gated_silu(float32x4_t a, float32x4_t b) {
  float32x4_t e = exp_lanes(vminq_f32(vnegq_f32(a), vdupq_n_f32(88.0f)));
  return vmulq_f32(vdivq_f32(a, vaddq_f32(vdupq_n_f32(1.0f), e)), b);
}

INLINE void store_lanes(float *to, int n, const float32x4_t v[2]) {
  if (n == LANES) {
    vst1q_f32(to, v[0]);
    vst1q_f32(to + 4, v[1]);
  } else {
    float all[LANES];
    vst1q_f32(all, v[0]);
    vst1q_f32(all + 4, v[1]);
    memcpy(to, all, (size_t)n * sizeof(float));
  }
}

// Writes the outputs of a unit.
static void finish_unit(const product *p, int unit, const source s[2], const float *acc) {
  for (int t = 0; t < p->batch; t++, acc += 2 * LANES) {
    float *y = p->y + t * p->y_stride;
    float32x4_t a[2] = {vld1q_f32(acc), vld1q_f32(acc + 4)};
    float32x4_t b[2] = {vld1q_f32(acc + LANES), vld1q_f32(acc + LANES + 4)};
    if (p->gated) {
      a[0] = gated_silu(a[0], b[0]);
      a[1] = gated_silu(a[1], b[1]);
      store_lanes(y + unit * LANES, s[0].valid, a);
    } else {
      store_lanes(y + unit * 2 * LANES, s[0].valid, a);
      if (s[1].valid > 0) store_lanes(y + unit * 2 * LANES + LANES, s[1].valid, b);
    }
  }
}

// The largest magnitude of a block is 127, or 32512 with two planes: the largest whose high byte is 127.
INLINE void quantise_block(int form, int planes, const float *x, uint8_t *to) {
  const float most = planes == 1 ? 127.0f : 32512.0f;
  float32x4_t v[8], largest_v = vdupq_n_f32(0);
  for (int i = 0; i < 8; i++) {
    v[i] = vld1q_f32(x + 4 * i);
    largest_v = vmaxq_f32(largest_v, vabsq_f32(v[i]));  // keeps what is not a number
  }
  float largest = vmaxvq_f32(largest_v);
  if (!(largest < __builtin_inff())) {  // spreads to all outputs
    memset(to, 0, (size_t)(32 * planes));
    store_tail(form, to + 32 * planes, __builtin_nanf(""), 0, 0);
    return;
  }
  float d = largest < 1e-30f ? 0.0f : largest / most, inverse = largest < 1e-30f ? 0.0f : most / largest;
  int32_t sums[2];
  for (int h = 0; h < 2; h++) {
    int32x4_t q[4];
    for (int i = 0; i < 4; i++) q[i] = vcvtnq_s32_f32(vmulq_n_f32(v[4 * h + i], inverse));
    sums[h] = vaddvq_s32(vaddq_s32(vaddq_s32(q[0], q[1]), vaddq_s32(q[2], q[3])));
    int16x8_t a = vcombine_s16(vmovn_s32(q[0]), vmovn_s32(q[1])), b = vcombine_s16(vmovn_s32(q[2]), vmovn_s32(q[3]));
    if (planes == 2) {
      const int16x8_t half = vdupq_n_s16(128);  // 32512 + 128 still fits
      int8x16_t high = vcombine_s8(vshrn_n_s16(vaddq_s16(a, half), 8), vshrn_n_s16(vaddq_s16(b, half), 8));
      vst1q_u8(to + 16 * h, vreinterpretq_u8_s8(high));
    }
    vst1q_u8(to + 32 * (planes - 1) + 16 * h, vreinterpretq_u8_s8(vcombine_s8(vmovn_s16(a), vmovn_s16(b))));
  }
  store_tail(form, to + 32 * planes, d, sums[0], sums[1]);
}

static void prepare(int form, int planes, const float *x, int64_t x_stride, int32_t rows, int32_t columns, uint8_t *to, int64_t to_stride) {
  const int record = (int)record_bytes(form, planes);
  for (int t = 0; t < rows; t++, x += x_stride, to += to_stride)
    for (int b = 0; b < columns / 32; b++) quantise_block(form, planes, x + 32 * b, to + b * record);
}
