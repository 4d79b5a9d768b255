// Unpacking of panels: 8 rows of weights to interleaved signed bytes with float32 scales.
//
// A block of a panel, for dot products: 8 groups of 32 bytes (byte 4r + i of group g is element 4g + i
// of row r); for matrix products: 4 groups of 64 bytes (byte 8r + i of group g is element 8g + i of
// row r). Then, for the block or each of its halves, 8 scales, and 8 minima where the format has them.

INLINE int panel_block_bytes(int kind) { return 256 + scales_per_32(kind) * (has_minimum(kind) ? 64 : 32); }

// Rows of four 32-bit elements to columns.
INLINE void transpose_4x4(uint32x4_t t[4]) {
  uint64x2_t a = vreinterpretq_u64_u32(vtrn1q_u32(t[0], t[1])), b = vreinterpretq_u64_u32(vtrn2q_u32(t[0], t[1]));
  uint64x2_t c = vreinterpretq_u64_u32(vtrn1q_u32(t[2], t[3])), d = vreinterpretq_u64_u32(vtrn2q_u32(t[2], t[3]));
  t[0] = vreinterpretq_u32_u64(vtrn1q_u64(a, c));
  t[1] = vreinterpretq_u32_u64(vtrn1q_u64(b, d));
  t[2] = vreinterpretq_u32_u64(vtrn2q_u64(a, c));
  t[3] = vreinterpretq_u32_u64(vtrn2q_u64(b, d));
}

// 32 unsigned bytes of each of 8 rows, less `zero`, to a block of a panel.
INLINE void interleave(const uint8_t *q, int64_t stride, uint8x16_t zero, uint8_t *panel) {
  for (int h = 0; h < 2; h++) {
#ifdef __ARM_FEATURE_MATMUL_INT8
    for (int pair = 0; pair < 4; pair++) {
      uint64x2_t a = vreinterpretq_u64_u8(vsubq_u8(vld1q_u8(q + 2 * pair * stride + 16 * h), zero));
      uint64x2_t b = vreinterpretq_u64_u8(vsubq_u8(vld1q_u8(q + (2 * pair + 1) * stride + 16 * h), zero));
      vst1q_u8(panel + 64 * (2 * h) + 16 * pair, vreinterpretq_u8_u64(vzip1q_u64(a, b)));
      vst1q_u8(panel + 64 * (2 * h + 1) + 16 * pair, vreinterpretq_u8_u64(vzip2q_u64(a, b)));
    }
#else
    for (int quad = 0; quad < 2; quad++) {
      uint32x4_t t[4];
      for (int r = 0; r < 4; r++) t[r] = vreinterpretq_u32_u8(vsubq_u8(vld1q_u8(q + (4 * quad + r) * stride + 16 * h), zero));
      transpose_4x4(t);
      for (int g = 0; g < 4; g++) vst1q_u8(panel + 32 * (4 * h + g) + 16 * quad, vreinterpretq_u8_u32(t[g]));
    }
#endif
  }
}

INLINE void pack_panel(int type, const uint8_t *p, int64_t stride, int stored, uint8_t *panel, const uint8_t *ahead) {
  const int kind = kind_of(type), elements = stored_elements(type), per32 = scales_per_32(kind), bytes = stored_bytes(type);
  const int block = panel_block_bytes(kind), step = has_minimum(kind) ? 64 : 32;
  const uint8x16_t zero = vdupq_n_u8((uint8_t)zero_of(kind));
  uint8_t q[LANES * 256];
  float d[16], m[16];
  for (int s = 0; s < stored; s++, p += bytes) {
    ask_for(ahead, LANES * bytes);
    ahead += LANES * bytes;
    for (int r = 0; r < LANES; r++) {
      unpack_block(type, p + r * stride, q + r * elements, d, m);
      for (int i = 0; i < elements / 32 * per32; i++) {
        uint8_t *at = panel + i / per32 * block + 256 + i % per32 * step + 4 * r;
        memcpy(at, &d[i], 4);
        if (has_minimum(kind)) memcpy(at + 32, &m[i], 4);
      }
    }
    for (int b = 0; b < elements / 32; b++, panel += block) interleave(q + 32 * b, elements, zero, panel);
  }
}

#define PACK(TYPE) \
  static __attribute__((noinline)) void pack_##TYPE(const uint8_t *p, int64_t stride, int stored, uint8_t *panel, const uint8_t *ahead) { \
    pack_panel(TYPE, p, stride, stored, panel, ahead); \
  }
PACK(T_Q4_0) PACK(T_Q4_1) PACK(T_Q5_0) PACK(T_Q5_1) PACK(T_Q8_0) PACK(T_Q2_K) PACK(T_Q3_K) PACK(T_Q4_K) PACK(T_Q5_K)
PACK(T_Q6_K) PACK(T_IQ4_NL) PACK(T_IQ4_XS)
#undef PACK

static pack_function pack_of(int type, int planes) {
  (void)planes;
  switch (type) {
    case T_Q4_0: return pack_T_Q4_0;
    case T_Q4_1: return pack_T_Q4_1;
    case T_Q5_0: return pack_T_Q5_0;
    case T_Q5_1: return pack_T_Q5_1;
    case T_Q8_0: return pack_T_Q8_0;
    case T_Q2_K: return pack_T_Q2_K;
    case T_Q3_K: return pack_T_Q3_K;
    case T_Q4_K: return pack_T_Q4_K;
    case T_Q5_K: return pack_T_Q5_K;
    case T_Q6_K: return pack_T_Q6_K;
    case T_IQ4_NL: return pack_T_IQ4_NL;
    default: return pack_T_IQ4_XS;
  }
}

// Four elements as the bits of float32.
INLINE uint32x4_t four_floats(int type, const uint8_t *p) {
  if (type == T_F32) return vreinterpretq_u32_u8(vld1q_u8(p));
  uint8x8_t halves = vld1_u8(p);
  if (type == T_BF16) return vshll_n_u16(vreinterpret_u16_u8(halves), 16);
  return vreinterpretq_u32_f32(vcvt_f32_f16(vreinterpret_f16_u8(halves)));
}

static void pack_float_any(int type, int pairs, const uint8_t *p, int64_t stride, int elements, uint8_t *panel, const uint8_t *ahead) {
  (void)pairs;
  const int size = float_bytes(type);
  uint8_t rest[LANES * 16];
  for (int k = 0; k < elements; k += 4, p += 4 * size, panel += 4 * 4 * LANES) {
    if (k + 4 > elements) {  // what is left over is copied, so that nothing behind a row is read
      memset(rest, 0, sizeof rest);
      for (int r = 0; r < LANES; r++) memcpy(rest + 16 * r, p + r * stride, (size_t)((elements - k) * size));
      p = rest;
      stride = 16;
    }
    ask_for(ahead, 4 * size * LANES);
    ahead += 4 * size * LANES;
    for (int quad = 0; quad < 2; quad++) {
      uint32x4_t t[4];
      for (int r = 0; r < 4; r++) t[r] = four_floats(type, p + (4 * quad + r) * stride);
      transpose_4x4(t);
      for (int i = 0; i < 4; i++) vst1q_u8(panel + 4 * LANES * i + 16 * quad, vreinterpretq_u8_u32(t[i]));
    }
  }
}
