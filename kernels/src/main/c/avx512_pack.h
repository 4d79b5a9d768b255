// Unpacking of panels: 16 rows of weights to interleaved unsigned bytes with float32 scales.
//
// A block of a panel: 8 groups of 64 bytes (byte 4r + i of group g is element 4g + i of row r), then for
// the block, or for each of its halves, 16 scales, and 16 minima where the format has them.

INLINE int panel_block_bytes(int kind) {
  return 512 + scales_per_32(kind) * (has_minimum(kind) ? 128 : 64);
}

// 16 bytes of each of 16 rows, transposed: t[g] holds the g-th four bytes of row r in lane r.
INLINE void transpose_16x16(const uint8_t *p, int64_t stride, __m512i t[4]) {
  __m512i a[4];
  _Pragma("GCC unroll 4")
  for (int j = 0; j < 4; j++) {
    const uint8_t *q = p + j * stride;
    a[j] = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)q));
    a[j] = _mm512_inserti32x4(a[j], _mm_loadu_si128((const __m128i *)(q + 4 * stride)), 1);
    a[j] = _mm512_inserti32x4(a[j], _mm_loadu_si128((const __m128i *)(q + 8 * stride)), 2);
    a[j] = _mm512_inserti32x4(a[j], _mm_loadu_si128((const __m128i *)(q + 12 * stride)), 3);
  }
  __m512i l01 = _mm512_unpacklo_epi32(a[0], a[1]), h01 = _mm512_unpackhi_epi32(a[0], a[1]);
  __m512i l23 = _mm512_unpacklo_epi32(a[2], a[3]), h23 = _mm512_unpackhi_epi32(a[2], a[3]);
  t[0] = _mm512_unpacklo_epi64(l01, l23);
  t[1] = _mm512_unpackhi_epi64(l01, l23);
  t[2] = _mm512_unpacklo_epi64(h01, h23);
  t[3] = _mm512_unpackhi_epi64(h01, h23);
}

// The half-precision numbers at p, p + stride, …
INLINE __m512 halves_of_rows(const uint8_t *p, int64_t stride) {
  uint64_t w[4];
  _Pragma("GCC unroll 4")
  for (int i = 0; i < 4; i++) {
    const uint8_t *q = p + 4 * i * stride;
    w[i] = (uint64_t)load16(q) | (uint64_t)load16(q + stride) << 16 | (uint64_t)load16(q + 2 * stride) << 32 |
           (uint64_t)load16(q + 3 * stride) << 48;
  }
  return _mm512_cvtph_ps(_mm256_set_epi64x((long long)w[3], (long long)w[2], (long long)w[1], (long long)w[0]));
}

INLINE void store_group(uint8_t *panel, int g, __m512i v) { _mm512_store_si512(panel + 64 * g, v); }

INLINE void store_nibbles(uint8_t *panel, const __m512i t[4]) {
  const __m512i low = _mm512_set1_epi8(15);
  _Pragma("GCC unroll 4")
  for (int g = 0; g < 4; g++) {
    store_group(panel, g, _mm512_and_si512(t[g], low));
    store_group(panel, g + 4, _mm512_and_si512(_mm512_srli_epi16(t[g], 4), low));
  }
}

INLINE void pack_q4_0(const uint8_t *p, int64_t stride, uint8_t *panel) {
  __m512i t[4];
  transpose_16x16(p + 2, stride, t);
  store_nibbles(panel, t);
  _mm512_store_ps(panel + 512, halves_of_rows(p, stride));
}

INLINE void pack_q4_1(const uint8_t *p, int64_t stride, uint8_t *panel) {
  __m512i t[4];
  transpose_16x16(p + 4, stride, t);
  store_nibbles(panel, t);
  _mm512_store_ps(panel + 512, halves_of_rows(p, stride));
  _mm512_store_ps(panel + 576, halves_of_rows(p + 2, stride));
}

INLINE void pack_iq4_nl(const uint8_t *p, int64_t stride, uint8_t *panel) {
  const __m512i low = _mm512_set1_epi8(15);
  const __m512i values = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)CODEBOOK));
  __m512i t[4];
  transpose_16x16(p + 2, stride, t);
  _Pragma("GCC unroll 4")
  for (int g = 0; g < 4; g++) {
    store_group(panel, g, _mm512_shuffle_epi8(values, _mm512_and_si512(t[g], low)));
    store_group(panel, g + 4, _mm512_shuffle_epi8(values, _mm512_and_si512(_mm512_srli_epi16(t[g], 4), low)));
  }
  _mm512_store_ps(panel + 512, halves_of_rows(p, stride));
}

INLINE void pack_q8_0(const uint8_t *p, int64_t stride, uint8_t *panel) {
  const __m512i top = _mm512_set1_epi8((char)128);
  _Pragma("GCC unroll 2")
  for (int h = 0; h < 2; h++) {
    __m512i t[4];
    transpose_16x16(p + 2 + 16 * h, stride, t);
    _Pragma("GCC unroll 4")
    for (int g = 0; g < 4; g++) store_group(panel, 4 * h + g, _mm512_xor_si512(t[g], top));
  }
  _mm512_store_ps(panel + 512, halves_of_rows(p, stride));
}

// Scales and minima of the 8 blocks of Q4_K or Q5_K, in lanes as the rows are.
INLINE void scales_of_k4(const uint8_t *p, int64_t stride, __m512 d[8], __m512 m[8]) {
  __m512i t[4], scales[2], minima[2];
  transpose_16x16(p, stride, t);
  const __m512i six = _mm512_set1_epi8(63), four = _mm512_set1_epi8(15), top = _mm512_set1_epi8(48);
  scales[0] = _mm512_and_si512(t[1], six);
  minima[0] = _mm512_and_si512(t[2], six);
  scales[1] = _mm512_or_si512(_mm512_and_si512(t[3], four), _mm512_and_si512(_mm512_srli_epi16(t[1], 2), top));
  minima[1] = _mm512_or_si512(_mm512_and_si512(_mm512_srli_epi16(t[3], 4), four), _mm512_and_si512(_mm512_srli_epi16(t[2], 2), top));
  const __m512 scale = _mm512_cvtph_ps(_mm512_cvtepi32_epi16(t[0]));
  const __m512 minimum = _mm512_xor_ps(_mm512_cvtph_ps(_mm512_cvtepi32_epi16(_mm512_srli_epi32(t[0], 16))), _mm512_set1_ps(-0.0f));
  const __m512i byte = _mm512_set1_epi32(255);
  _Pragma("GCC unroll 8")
  for (int g = 0; g < 8; g++) {
    const unsigned shift = (unsigned)(8 * (g % 4));
    d[g] = _mm512_mul_ps(scale, _mm512_cvtepi32_ps(_mm512_and_si512(_mm512_srli_epi32(scales[g / 4], shift), byte)));
    m[g] = _mm512_mul_ps(minimum, _mm512_cvtepi32_ps(_mm512_and_si512(_mm512_srli_epi32(minima[g / 4], shift), byte)));
  }
}

INLINE void pack_k4_scales(const uint8_t *p, int64_t stride, uint8_t *panel) {
  __m512 d[8], m[8];
  scales_of_k4(p, stride, d, m);
  _Pragma("GCC unroll 8")
  for (int g = 0; g < 8; g++) {
    _mm512_store_ps(panel + 640 * g + 512, d[g]);
    _mm512_store_ps(panel + 640 * g + 576, m[g]);
  }
}

INLINE void pack_q4_k(const uint8_t *p, int64_t stride, uint8_t *panel) {
  const __m512i low = _mm512_set1_epi8(15);
  pack_k4_scales(p, stride, panel);
  for (int pair = 0; pair < 4; pair++) {
    uint8_t *to = panel + 2 * 640 * pair;
    _Pragma("GCC unroll 2")
    for (int h = 0; h < 2; h++) {
      __m512i t[4];
      transpose_16x16(p + 16 + 32 * pair + 16 * h, stride, t);
      _Pragma("GCC unroll 4")
      for (int g = 0; g < 4; g++) {
        store_group(to, 4 * h + g, _mm512_and_si512(t[g], low));
        store_group(to + 640, 4 * h + g, _mm512_and_si512(_mm512_srli_epi16(t[g], 4), low));
      }
    }
  }
}

INLINE void pack_q5_k(const uint8_t *p, int64_t stride, uint8_t *panel) {
  const __m512i low = _mm512_set1_epi8(15), bit = _mm512_set1_epi8(16);
  pack_k4_scales(p, stride, panel);
  _Pragma("GCC unroll 2")
  for (int h = 0; h < 2; h++) {
    __m512i fifth[4];
    transpose_16x16(p + 16 + 16 * h, stride, fifth);
    for (int pair = 0; pair < 4; pair++) {
      uint8_t *to = panel + 2 * 640 * pair;
      __m512i t[4];
      transpose_16x16(p + 48 + 32 * pair + 16 * h, stride, t);
      __m128i even = _mm_cvtsi32_si128(4 - 2 * pair > 0 ? 4 - 2 * pair : 0), back = _mm_cvtsi32_si128(2 * pair > 4 ? 2 * pair - 4 : 0);
      __m128i odd = _mm_cvtsi32_si128(3 - 2 * pair > 0 ? 3 - 2 * pair : 0), oddback = _mm_cvtsi32_si128(2 * pair > 3 ? 2 * pair - 3 : 0);
      _Pragma("GCC unroll 4")
      for (int g = 0; g < 4; g++) {
        __m512i a = _mm512_srl_epi16(_mm512_sll_epi16(fifth[g], even), back);
        __m512i b = _mm512_srl_epi16(_mm512_sll_epi16(fifth[g], odd), oddback);
        store_group(to, 4 * h + g, _mm512_or_si512(_mm512_and_si512(t[g], low), _mm512_and_si512(a, bit)));
        store_group(to + 640, 4 * h + g, _mm512_or_si512(_mm512_and_si512(_mm512_srli_epi16(t[g], 4), low), _mm512_and_si512(b, bit)));
      }
    }
  }
}

INLINE void pack_iq4_xs(const uint8_t *p, int64_t stride, uint8_t *panel) {
  const __m512i low = _mm512_set1_epi8(15), nibble = _mm512_set1_epi32(15), two = _mm512_set1_epi32(48), middle = _mm512_set1_epi32(32);
  const __m512i values = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)CODEBOOK));
  __m512i head[4], t[4];
  transpose_16x16(p, stride, head);
  __m512 d = _mm512_cvtph_ps(_mm512_cvtepi32_epi16(head[0]));
  __m512i highs = _mm512_srli_epi32(head[0], 12);  // upper two bits of group g at bits 2g + 4
  for (int b = 0; b < 8; b++) {
    __m512i scale = _mm512_or_si512(_mm512_and_si512(_mm512_srlv_epi32(head[1], _mm512_set1_epi32(4 * b)), nibble),
                                    _mm512_and_si512(_mm512_srlv_epi32(highs, _mm512_set1_epi32(2 * b)), two));
    uint8_t *to = panel + 576 * b;
    transpose_16x16(p + 8 + 16 * b, stride, t);
    _Pragma("GCC unroll 4")
    for (int g = 0; g < 4; g++) {
      store_group(to, g, _mm512_shuffle_epi8(values, _mm512_and_si512(t[g], low)));
      store_group(to, g + 4, _mm512_shuffle_epi8(values, _mm512_and_si512(_mm512_srli_epi16(t[g], 4), low)));
    }
    _mm512_store_ps(to + 512, _mm512_mul_ps(d, _mm512_cvtepi32_ps(_mm512_sub_epi32(scale, middle))));
  }
}

INLINE void pack_q5(int type, const uint8_t *p, int64_t stride, uint8_t *panel) {
  const __m512i low = _mm512_set1_epi8(15), shift = _mm512_set1_epi8(type == T_Q5_0 ? 112 : 0), bit = _mm512_set1_epi8(16);
  __m512i head[4], t[4];
  transpose_16x16(p, stride, head);
  const __m512i fifth = type == T_Q5_0 ? _mm512_or_si512(_mm512_srli_epi32(head[0], 16), _mm512_slli_epi32(head[1], 16)) : head[1];
  transpose_16x16(p + (type == T_Q5_0 ? 6 : 8), stride, t);
  _Pragma("GCC unroll 8")
  for (int g = 0; g < 8; g++) {
    // The byte that holds the group's fifth bits, four times; then one bit of each.
    const __m512i place = _mm512_broadcast_i32x4(_mm_add_epi8(_mm_setr_epi8(0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12), _mm_set1_epi8((char)(g / 2))));
    const __m512i bits = _mm512_set1_epi32(g % 2 ? (int)0x80402010u : 0x08040201);
    __mmask64 set = _mm512_test_epi8_mask(_mm512_shuffle_epi8(fifth, place), bits);
    __m512i q = _mm512_and_si512(g < 4 ? t[g] : _mm512_srli_epi16(t[g - 4], 4), low);
    store_group(panel, g, _mm512_add_epi8(_mm512_or_si512(q, _mm512_maskz_mov_epi8(set, bit)), shift));
  }
  _mm512_store_ps(panel + 512, _mm512_cvtph_ps(_mm512_cvtepi32_epi16(head[0])));
  if (type == T_Q5_1) _mm512_store_ps(panel + 576, _mm512_cvtph_ps(_mm512_cvtepi32_epi16(_mm512_srli_epi32(head[0], 16))));
}

// Any format, by way of plain C: rows are unpacked one by one and then interleaved.
INLINE void pack_any(int type, const uint8_t *p, int64_t stride, uint8_t *panel) {
  const int kind = kind_of(type), elements = stored_elements(type), per32 = scales_per_32(kind);
  const int bytes = panel_block_bytes(kind), step = has_minimum(kind) ? 128 : 64;
  uint8_t q[LANES * 256] __attribute__((aligned(64)));
  float d[16], m[16];
  for (int r = 0; r < LANES; r++) {
    unpack_block(type, p + r * stride, q + r * elements, d, m);
    for (int b = 0; b < elements / 32; b++)
      for (int h = 0; h < per32; h++) {
        uint8_t *at = panel + b * bytes + 512 + h * step + 4 * r;
        memcpy(at, &d[b * per32 + h], 4);
        if (has_minimum(kind)) memcpy(at + 64, &m[b * per32 + h], 4);
      }
  }
  for (int b = 0; b < elements / 32; b++)
    for (int h = 0; h < 2; h++) {
      __m512i t[4];
      transpose_16x16(q + 32 * b + 16 * h, elements, t);
      for (int g = 0; g < 4; g++) store_group(panel + b * bytes, 4 * h + g, t[g]);
    }
}

// Unpacks `stored` stored blocks of 16 rows that begin at p; asks for the memory at `ahead` on the way.
INLINE void pack_panel(int type, const uint8_t *p, int64_t stride, int stored, uint8_t *panel, const uint8_t *ahead) {
  const int bytes = stored_bytes(type), out = stored_elements(type) / 32 * panel_block_bytes(kind_of(type));
  for (int b = 0; b < stored; b++, p += bytes, panel += out) {
    for (int line = 0; line < LANES * bytes; line += 64) _mm_prefetch((const char *)ahead + line, _MM_HINT_T1);
    ahead += LANES * bytes;
    switch (type) {
      case T_Q4_0: pack_q4_0(p, stride, panel); break;
      case T_Q4_1: pack_q4_1(p, stride, panel); break;
      case T_Q8_0: pack_q8_0(p, stride, panel); break;
      case T_IQ4_NL: pack_iq4_nl(p, stride, panel); break;
      case T_Q5_0: case T_Q5_1: pack_q5(type, p, stride, panel); break;
      case T_IQ4_XS: pack_iq4_xs(p, stride, panel); break;
      case T_Q4_K: pack_q4_k(p, stride, panel); break;
      case T_Q5_K: pack_q5_k(p, stride, panel); break;
      default: pack_any(type, p, stride, panel); break;
    }
  }
}
