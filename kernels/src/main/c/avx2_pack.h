// Unpacking of panels: 8 rows of weights to interleaved bytes, or 16-bit integers, with float32 scales.
//
// A narrow block of a panel: 8 groups of 32 bytes (byte 4r + i of group g is element 4g + i of row r),
// unsigned and below 64 (with VNNI, any bytes). A wide block: 16 groups of 32 bytes (two 16-bit elements
// of a row side by side). Then, for the block or each of its halves, 8 scales, and 8 minima where the format has them.

// How many groups' products are added before whole_sums: without VNNI, as many as 16 bits hold. 0 if the
// format needs wide blocks, as no sum of products of its bytes fits; with VNNI, which adds in 32 bits, none does.
INLINE int groups_that_fit(int type) {
  switch (type) {
    case T_Q4_0: case T_Q4_1: case T_Q4_K: return 8;  // 15 * 127 * 2 * 8 = 30480
    case T_Q2_K: case T_Q3_K: return 4;               // all of a half
    case T_Q5_0: case T_Q5_1: case T_Q5_K: return 4;  // 31 * 127 * 2 * 4 = 31496
    case T_Q6_K: return 2;                            // 63 * 127 * 2 * 2 = 32004
    default: return VNNI ? 8 : 0;
  }
}

// What unpack_block adds to an element beyond what it is in a narrow block.
INLINE int excess_of(int type) {
  switch (type) {
    case T_Q5_0: return 112;
    case T_Q3_K: return 124;
    case T_Q6_K: return 96;
    default: return 0;
  }
}

INLINE int panel_block_bytes(int kind, int wide) {
  return (wide ? 512 : 256) + scales_per_32(kind) * (has_minimum(kind) ? 64 : 32);
}

// 16 bytes of the rows at q and q + 4 * stride.
INLINE __m256i two_rows(const uint8_t *q, int64_t stride) {
  return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)q)), _mm_loadu_si128((const __m128i *)(q + 4 * stride)), 1);
}

// Of rows j and j + 4 in a[j]: t[g] holds the g-th four bytes of row r in lane r.
INLINE void transpose_4x4(const __m256i a[4], __m256i t[4]) {
  __m256i l01 = _mm256_unpacklo_epi32(a[0], a[1]), h01 = _mm256_unpackhi_epi32(a[0], a[1]);
  __m256i l23 = _mm256_unpacklo_epi32(a[2], a[3]), h23 = _mm256_unpackhi_epi32(a[2], a[3]);
  t[0] = _mm256_unpacklo_epi64(l01, l23);
  t[1] = _mm256_unpackhi_epi64(l01, l23);
  t[2] = _mm256_unpacklo_epi64(h01, h23);
  t[3] = _mm256_unpackhi_epi64(h01, h23);
}

// 16 bytes of each of 8 rows, transposed: t[g] holds the g-th four bytes of row r in lane r.
INLINE void transpose_8x16(const uint8_t *p, int64_t stride, __m256i t[4]) {
  __m256i a[4];
  _Pragma("GCC unroll 4")
  for (int j = 0; j < 4; j++) a[j] = two_rows(p + j * stride, stride);
  transpose_4x4(a, t);
}

// The half-precision numbers at p, p + stride, …
INLINE __m256 halves_of_rows(const uint8_t *p, int64_t stride) {
  __m128i v = _mm_cvtsi32_si128((int)load16(p));
  const uint8_t *q = p + 4 * stride;
  __m128i u = _mm_cvtsi32_si128((int)load16(q));
  v = _mm_insert_epi16(v, load16(p + stride), 1);
  u = _mm_insert_epi16(u, load16(q + stride), 1);
  v = _mm_insert_epi16(v, load16(p + 2 * stride), 2);
  u = _mm_insert_epi16(u, load16(q + 2 * stride), 2);
  v = _mm_insert_epi16(v, load16(p + 3 * stride), 3);
  u = _mm_insert_epi16(u, load16(q + 3 * stride), 3);
  return _mm256_cvtph_ps(_mm_unpacklo_epi64(v, u));
}

INLINE void store_group(uint8_t *panel, int g, __m256i v) { _mm256_store_si256((__m256i *)(void *)(panel + 32 * g), v); }

INLINE void store_nibbles(uint8_t *low_half, uint8_t *high_half, int first, const __m256i t[4]) {
  const __m256i low = _mm256_set1_epi8(15);
  _Pragma("GCC unroll 4")
  for (int g = 0; g < 4; g++) {
    store_group(low_half, first + g, _mm256_and_si256(t[g], low));
    store_group(high_half, first + g, _mm256_and_si256(_mm256_srli_epi16(t[g], 4), low));
  }
}

INLINE void pack_q4(int type, const uint8_t *p, int64_t stride, uint8_t *panel) {
  __m256i t[4];
  transpose_8x16(p + (type == T_Q4_1 ? 4 : 2), stride, t);
  store_nibbles(panel, panel + 128, 0, t);
  _mm256_store_ps((float *)(void *)(panel + 256), halves_of_rows(p, stride));
  if (type == T_Q4_1) _mm256_store_ps((float *)(void *)(panel + 288), halves_of_rows(p + 2, stride));
}

INLINE void pack_q8_0(const uint8_t *p, int64_t stride, uint8_t *panel) {
  for (int h = 0; h < 2; h++) {
    __m256i t[4];
    transpose_8x16(p + 2 + 16 * h, stride, t);
    for (int g = 0; g < 4; g++) store_group(panel, 4 * h + g, _mm256_xor_si256(t[g], _mm256_set1_epi8((char)128)));
  }
  _mm256_store_ps((float *)(void *)(panel + 256), halves_of_rows(p, stride));
}

// 16-bit numbers in the lower halves of 8 lanes, side by side.
INLINE __m128i low_halves(__m256i v) {
  v = _mm256_packus_epi32(v, v);
  return _mm256_castsi256_si128(_mm256_permute4x64_epi64(v, 0xd8));
}

// Scales and minima of the 8 blocks of Q4_K or Q5_K, in lanes as the rows are.
INLINE void scales_of_k4(const uint8_t *p, int64_t stride, __m256 scale[8], __m256 minimum[8]) {
  __m256i t[4], scales[2], minima[2];
  transpose_8x16(p, stride, t);
  const __m256i six = _mm256_set1_epi8(63), four = _mm256_set1_epi8(15), top = _mm256_set1_epi8(48), byte = _mm256_set1_epi32(255);
  scales[0] = _mm256_and_si256(t[1], six);
  minima[0] = _mm256_and_si256(t[2], six);
  scales[1] = _mm256_or_si256(_mm256_and_si256(t[3], four), _mm256_and_si256(_mm256_srli_epi16(t[1], 2), top));
  minima[1] = _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16(t[3], 4), four), _mm256_and_si256(_mm256_srli_epi16(t[2], 2), top));
  __m256 d = _mm256_cvtph_ps(low_halves(_mm256_and_si256(t[0], _mm256_set1_epi32(0xffff))));
  __m256 m = _mm256_cvtph_ps(low_halves(_mm256_srli_epi32(t[0], 16)));
  m = _mm256_xor_ps(m, _mm256_set1_ps(-0.0f));
  _Pragma("GCC unroll 8")
  for (int g = 0; g < 8; g++) {
    __m256i s = _mm256_and_si256(_mm256_srli_epi32(scales[g / 4], 8 * (g % 4)), byte);
    __m256i n = _mm256_and_si256(_mm256_srli_epi32(minima[g / 4], 8 * (g % 4)), byte);
    scale[g] = _mm256_mul_ps(d, _mm256_cvtepi32_ps(s));
    minimum[g] = _mm256_mul_ps(m, _mm256_cvtepi32_ps(n));
  }
}

INLINE void pack_q4_k(const uint8_t *p, int64_t stride, uint8_t *panel) {
  const int bytes = panel_block_bytes(MIN, 0);
  __m256 d[8], m[8];
  scales_of_k4(p, stride, d, m);
  _Pragma("GCC unroll 8")
  for (int g = 0; g < 8; g++) {
    _mm256_store_ps((float *)(void *)(panel + bytes * g + 256), d[g]);
    _mm256_store_ps((float *)(void *)(panel + bytes * g + 288), m[g]);
  }
  for (int pair = 0; pair < 4; pair++)
    for (int h = 0; h < 2; h++) {
      __m256i t[4];
      transpose_8x16(p + 16 + 32 * pair + 16 * h, stride, t);
      store_nibbles(panel + 2 * bytes * pair, panel + bytes * (2 * pair + 1), 4 * h, t);
    }
}

// Any format, by way of plain C: rows are unpacked one by one and then interleaved.
INLINE void pack_any(int type, int wide, const uint8_t *p, int64_t stride, uint8_t *panel) {
  const int kind = kind_of(type), elements = stored_elements(type), per32 = scales_per_32(kind);
  const int bytes = panel_block_bytes(kind, wide), step = has_minimum(kind) ? 64 : 32, scales = wide ? 512 : 256;
  uint8_t q[LANES * 256] __attribute__((aligned(64)));
  float d[16], m[16];
  for (int r = 0; r < LANES; r++) {
    unpack_block(type, p + r * stride, q + r * elements, d, m);
    for (int b = 0; b < elements / 32; b++)
      for (int h = 0; h < per32; h++) {
        uint8_t *at = panel + b * bytes + scales + h * step + 4 * r;
        memcpy(at, &d[b * per32 + h], 4);
        if (has_minimum(kind)) memcpy(at + 32, &m[b * per32 + h], 4);
      }
  }
  const __m256i excess = _mm256_set1_epi8((char)excess_of(type)), zero = _mm256_set1_epi16((short)zero_of(kind));
  for (int b = 0; b < elements / 32; b++)
    for (int h = 0; h < 2; h++) {
      __m256i t[4];
      transpose_8x16(q + 32 * b + 16 * h, elements, t);
      for (int g = 0; g < 4; g++) {
        if (!wide) {
          store_group(panel + b * bytes, 4 * h + g, _mm256_sub_epi8(t[g], excess));
        } else {  // elements 0, 1 and 2, 3 of each lane, as 16-bit integers
          __m256i first = _mm256_shuffle_epi8(t[g], _mm256_setr_epi8(0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1,
                                                                     0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1));
          __m256i second = _mm256_shuffle_epi8(t[g], _mm256_setr_epi8(2, -1, 3, -1, 6, -1, 7, -1, 10, -1, 11, -1, 14, -1, 15, -1,
                                                                      2, -1, 3, -1, 6, -1, 7, -1, 10, -1, 11, -1, 14, -1, 15, -1));
          store_group(panel + b * bytes, 8 * h + 2 * g, _mm256_sub_epi16(first, zero));
          store_group(panel + b * bytes, 8 * h + 2 * g + 1, _mm256_sub_epi16(second, zero));
        }
      }
    }
}

INLINE void pack_panel(int type, int wide, const uint8_t *p, int64_t stride, int stored, uint8_t *panel, const uint8_t *ahead) {
  const int bytes = stored_bytes(type), out = stored_elements(type) / 32 * panel_block_bytes(kind_of(type), wide);
  for (int b = 0; b < stored; b++, p += bytes, panel += out) {
    ask_for(ahead, LANES * bytes);
    ahead += LANES * bytes;
    if (!wide && (type == T_Q4_0 || type == T_Q4_1)) pack_q4(type, p, stride, panel);
    else if (!wide && type == T_Q4_K) pack_q4_k(p, stride, panel);
    else if (!wide && type == T_Q8_0) pack_q8_0(p, stride, panel);
    else pack_any(type, wide, p, stride, panel);
  }
}

#define PACK(TYPE) \
  static __attribute__((noinline)) void pack_##TYPE(const uint8_t *p, int64_t stride, int stored, uint8_t *panel, const uint8_t *ahead) { \
    pack_panel(TYPE, groups_that_fit(TYPE) == 0, p, stride, stored, panel, ahead); \
  } \
  static __attribute__((noinline)) void pack_wide_##TYPE(const uint8_t *p, int64_t stride, int stored, uint8_t *panel, const uint8_t *ahead) { \
    pack_panel(TYPE, 1, p, stride, stored, panel, ahead); \
  }
PACK(T_Q4_0) PACK(T_Q4_1) PACK(T_Q5_0) PACK(T_Q5_1) PACK(T_Q8_0) PACK(T_Q2_K) PACK(T_Q3_K) PACK(T_Q4_K) PACK(T_Q5_K)
PACK(T_Q6_K) PACK(T_IQ4_NL) PACK(T_IQ4_XS)
#undef PACK

static pack_function pack_of(int type, int planes) {
#define PACK_CASE(TYPE) case TYPE: return planes == 2 ? pack_wide_##TYPE : pack_##TYPE;
  switch (type) {
    PACK_CASE(T_Q4_0) PACK_CASE(T_Q4_1) PACK_CASE(T_Q5_0) PACK_CASE(T_Q5_1) PACK_CASE(T_Q8_0) PACK_CASE(T_Q2_K)
    PACK_CASE(T_Q3_K) PACK_CASE(T_Q4_K) PACK_CASE(T_Q5_K) PACK_CASE(T_Q6_K) PACK_CASE(T_IQ4_NL)
    default: return planes == 2 ? pack_wide_T_IQ4_XS : pack_T_IQ4_XS;
  }
#undef PACK_CASE
}

// A step of 8 rows.
INLINE void pack_float_step(int type, const uint8_t *p, int64_t stride, uint8_t *panel) {
  const int size = float_bytes(type);
  __m256i a[4][4], t[4];
  _Pragma("GCC unroll 4")
  for (int j = 0; j < 4; j++) {
    _Pragma("GCC unroll 4")
    for (int s = 0; s < 4; s++) a[s][j] = two_rows(p + j * stride + 16 * s, stride);
  }
  _Pragma("GCC unroll 4")
  for (int s = 0; s < 4; s++, panel += 4 * LANES * 16 / size) {
    transpose_4x4(a[s], t);
    _Pragma("GCC unroll 4")
    for (int g = 0; g < 4; g++) {
      if (type == T_F32) {
        store_group(panel, g, t[g]);
      } else if (type == T_BF16) {
        store_group(panel, 2 * g, _mm256_slli_epi32(t[g], 16));
        store_group(panel, 2 * g + 1, _mm256_and_si256(t[g], _mm256_set1_epi32((int)0xffff0000)));
      } else {
        __m256i low = _mm256_and_si256(t[g], _mm256_set1_epi32(0xffff)), high = _mm256_srli_epi32(t[g], 16);
        store_group(panel, 2 * g, _mm256_castps_si256(_mm256_cvtph_ps(low_halves(low))));
        store_group(panel, 2 * g + 1, _mm256_castps_si256(_mm256_cvtph_ps(low_halves(high))));
      }
    }
  }
}

// All elements of a chunk, into a panel; the room of a whole step is written.
INLINE void pack_float(int type, const uint8_t *p, int64_t stride, int elements, uint8_t *panel, const uint8_t *ahead) {
  const int step = STEP_BYTES / float_bytes(type);
  for (; elements >= step; elements -= step, p += STEP_BYTES, panel += 4 * LANES * step, ahead += STEP_BYTES * LANES) {
    pack_float_step(type, p, stride, panel);
    ask_for(ahead, STEP_BYTES * LANES);
  }
  if (elements > 0) {  // what is left over is copied, so that nothing behind a row is read
    uint8_t rest[LANES * STEP_BYTES] __attribute__((aligned(64)));
    memset(rest, 0, sizeof rest);
    for (int r = 0; r < LANES; r++) memcpy(rest + STEP_BYTES * r, p + r * stride, (size_t)(elements * float_bytes(type)));
    pack_float_step(type, rest, STEP_BYTES, panel);
  }
}

static __attribute__((noinline)) void pack_float_any(int type, int pairs, const uint8_t *p, int64_t stride, int elements,
                                                     uint8_t *panel, const uint8_t *ahead) {
  (void)pairs;
  if (type == T_F32) pack_float(T_F32, p, stride, elements, panel, ahead);
  else if (type == T_F16) pack_float(T_F16, p, stride, elements, panel, ahead);
  else pack_float(T_BF16, p, stride, elements, panel, ahead);
}
