// Unpacking of 16 rows of weights to interleaved unsigned bytes with float32 scales.
//
// A block: 8 groups of 64 bytes (byte 4r + i of group g is element 4g + i of row r), then for the block,
// or for each of its halves, 16 scales, and 16 minima where the format has them. Blocks are stored in a
// panel, or multiplied at once, or when the next one is unpacked.

INLINE int panel_block_bytes(int kind) {
  return 512 + scales_per_32(kind) * (has_minimum(kind) ? 128 : 64);
}

// Where blocks go.
typedef struct {
  int kind;
  int planes;      // 0: into a panel
  uint8_t *panel;  // place of the next block
  rows *r;         // what blocks are multiplied with otherwise
  const uint8_t *ahead;  // memory to ask for, a part with each block
  int ahead_bytes;
  int late;        // whether a block is multiplied only when the next one is unpacked
  int waits;       // whether one waits for that: these weights, scales and minima
  __m512i q[8];
  __m512 d, m;
} sink;

INLINE void ask_for_part(sink *to) {
  ask_for(to->ahead, to->ahead_bytes);
  to->ahead += to->ahead_bytes;
}

INLINE void store_group(uint8_t *panel, int g, __m512i v) { _mm512_store_si512(panel + 64 * g, v); }

// Multiplies the block that waits, if one does.
INLINE void put_waiting(sink *to) {
  if (to->waits) add_block(to->kind, to->planes, to->q, 0, 0, to->d, to->m, to->r);
}

// While the next block comes from memory, the CPU has the products of this one to compute.
INLINE void put_late(sink *to, const __m512i q[8], __m512 d, __m512 m) {
  put_waiting(to);
  _Pragma("GCC unroll 8")
  for (int g = 0; g < 8; g++) to->q[g] = q[g];
  to->d = d;
  to->m = m;
  to->waits = 1;
}

// See add_block for what shifts say; there are none for blocks that wait.
INLINE void put_block(sink *to, const __m512i q[8], int first_shift, int second_shift, __m512 d, __m512 m) {
  ask_for_part(to);
  if (to->late) {
    put_late(to, q, d, m);
    return;
  }
  if (to->planes) {
    add_block(to->kind, to->planes, q, first_shift, second_shift, d, m, to->r);
    return;
  }
  _Pragma("GCC unroll 8")
  for (int g = 0; g < 8; g++) store_group(to->panel, g, _mm512_srli_epi16(q[g], (unsigned)(g < 4 ? first_shift : second_shift)));
  _mm512_store_ps(to->panel + 512, d);
  if (has_minimum(to->kind)) _mm512_store_ps(to->panel + 576, m);
  to->panel += panel_block_bytes(to->kind);
}

// Without minima, 128 >> zero_shift stands for 0; in a panel 128 does.
INLINE void put_halves(sink *to, const __m512i q[8], int zero_shift, const __m512 d[2], const __m512 m[2]) {
  ask_for_part(to);
  if (to->planes) {
    add_halves(to->kind, to->planes, q, zero_shift, d, m, to->r);
    return;
  }
  const int minimum = has_minimum(to->kind), step = minimum ? 128 : 64;
  const __m512i shift = _mm512_set1_epi8((char)(128 - (128 >> zero_shift)));
  _Pragma("GCC unroll 8")
  for (int g = 0; g < 8; g++) store_group(to->panel, g, minimum ? q[g] : _mm512_add_epi8(q[g], shift));
  _Pragma("GCC unroll 2")
  for (int h = 0; h < 2; h++) {
    _mm512_store_ps(to->panel + 512 + h * step, d[h]);
    if (minimum) _mm512_store_ps(to->panel + 576 + h * step, m[h]);
  }
  to->panel += panel_block_bytes(to->kind);
}

// (v & bits) | rest
INLINE __m512i with_bits(__m512i v, __m512i bits, __m512i rest) { return _mm512_ternarylogic_epi32(v, bits, rest, 0xea); }

// v shifted up, or down if `by` is negative; what comes from a neighbouring byte has to be masked out.
INLINE __m512i shifted(__m512i v, int by) {
  return by > 0 ? _mm512_slli_epi16(v, (unsigned)by) : by < 0 ? _mm512_srli_epi16(v, (unsigned)-by) : v;
}

INLINE __m512i low_nibbles(__m512i v) { return _mm512_and_si512(v, _mm512_set1_epi8(15)); }
INLINE __m512i high_nibbles(__m512i v) { return low_nibbles(_mm512_srli_epi16(v, 4)); }
INLINE __m512i high_nibbles_in_place(__m512i v) { return _mm512_and_si512(v, _mm512_set1_epi8((char)0xf0)); }

// Byte `at` of each row, of 16 that were transposed.
INLINE __m512i byte_of(const __m512i *t, int at) {
  return _mm512_and_si512(_mm512_srli_epi32(t[at / 4], (unsigned)(8 * (at % 4))), _mm512_set1_epi32(255));
}

INLINE __m512 floats_of_low_halves(__m512i v) { return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(v)); }
INLINE __m512 floats_of_upper_halves(__m512i v) { return floats_of_low_halves(_mm512_srli_epi32(v, 16)); }

INLINE void unpack_q4(int type, const uint8_t *p, int64_t stride, sink *to) {
  const int minimum = type == T_Q4_1, in_place = !to->late;  // which saves shifts here, and costs one for each row
  __m512i t[4], q[8];
  transpose_16x16(p + (minimum ? 4 : 2), stride, t);
  _Pragma("GCC unroll 4")
  for (int g = 0; g < 4; g++) {
    q[g] = low_nibbles(t[g]);
    q[g + 4] = in_place ? high_nibbles_in_place(t[g]) : high_nibbles(t[g]);
  }
  const __m512 d = halves_of_rows(p, stride);
  put_block(to, q, 0, in_place ? 4 : 0, d, minimum ? halves_of_rows(p + 2, stride) : d);
}

INLINE void unpack_iq4_nl(const uint8_t *p, int64_t stride, sink *to) {
  const __m512i values = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)CODEBOOK));
  __m512i t[4], q[8];
  transpose_16x16(p + 2, stride, t);
  _Pragma("GCC unroll 4")
  for (int g = 0; g < 4; g++) {
    q[g] = _mm512_shuffle_epi8(values, low_nibbles(t[g]));
    q[g + 4] = _mm512_shuffle_epi8(values, high_nibbles(t[g]));
  }
  const __m512 d = halves_of_rows(p, stride);
  put_block(to, q, 0, 0, d, d);
}

INLINE void unpack_q8_0(const uint8_t *p, int64_t stride, sink *to) {
  __m512i q[8];
  transpose_16x16(p + 2, stride, q);
  transpose_16x16(p + 18, stride, q + 4);
  _Pragma("GCC unroll 8")
  for (int g = 0; g < 8; g++) q[g] = _mm512_xor_si512(q[g], _mm512_set1_epi8((char)128));
  const __m512 d = halves_of_rows(p, stride);
  put_block(to, q, 0, 0, d, d);
}

INLINE void unpack_q5(int type, const uint8_t *p, int64_t stride, sink *to) {
  const __m512i shift = _mm512_set1_epi8(type == T_Q5_0 ? 112 : 0), bit = _mm512_set1_epi8(16);
  __m512i head[4], t[4], q[8];
  transpose_16x16(p, stride, head);
  const __m512i fifth = type == T_Q5_0 ? _mm512_or_si512(_mm512_srli_epi32(head[0], 16), _mm512_slli_epi32(head[1], 16)) : head[1];
  transpose_16x16(p + (type == T_Q5_0 ? 6 : 8), stride, t);
  _Pragma("GCC unroll 8")
  for (int g = 0; g < 8; g++) {
    // The byte that holds the group's fifth bits, four times; then one bit of each.
    const __m512i place = _mm512_broadcast_i32x4(_mm_add_epi8(_mm_setr_epi8(0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12), _mm_set1_epi8((char)(g / 2))));
    const __m512i bits = _mm512_set1_epi32(g % 2 ? (int)0x80402010u : 0x08040201);
    __mmask64 set = _mm512_test_epi8_mask(_mm512_shuffle_epi8(fifth, place), bits);
    __m512i nibbles = g < 4 ? low_nibbles(t[g]) : high_nibbles(t[g - 4]);
    q[g] = _mm512_add_epi8(_mm512_or_si512(nibbles, _mm512_maskz_mov_epi8(set, bit)), shift);
  }
  put_block(to, q, 0, 0, floats_of_low_halves(head[0]), floats_of_upper_halves(head[0]));
}

// Scales and minima of the 8 blocks of Q4_K or Q5_K, in lanes as the rows are.
INLINE void scales_of_k4(const uint8_t *p, int64_t stride, __m512 d[8], __m512 m[8]) {
  __m512i t[4], scales[2], minima[2];
  transpose_16x16(p, stride, t);
  const __m512i six = _mm512_set1_epi8(63), top = _mm512_set1_epi8(48);
  scales[0] = _mm512_and_si512(t[1], six);
  minima[0] = _mm512_and_si512(t[2], six);
  scales[1] = _mm512_or_si512(low_nibbles(t[3]), _mm512_and_si512(_mm512_srli_epi16(t[1], 2), top));
  minima[1] = _mm512_or_si512(high_nibbles(t[3]), _mm512_and_si512(_mm512_srli_epi16(t[2], 2), top));
  const __m512 scale = floats_of_low_halves(t[0]), minimum = _mm512_xor_ps(floats_of_upper_halves(t[0]), _mm512_set1_ps(-0.0f));
  _Pragma("GCC unroll 8")
  for (int g = 0; g < 8; g++) {
    d[g] = _mm512_mul_ps(scale, _mm512_cvtepi32_ps(byte_of(scales, g)));
    m[g] = _mm512_mul_ps(minimum, _mm512_cvtepi32_ps(byte_of(minima, g)));
  }
}

INLINE void unpack_q4_k(const uint8_t *p, int64_t stride, sink *to) {
  __m512 d[8], m[8];
  scales_of_k4(p, stride, d, m);
  _Pragma("GCC unroll 4")
  for (int pair = 0; pair < 4; pair++) {
    __m512i t[8], q[8];
    transpose_16x16(p + 16 + 32 * pair, stride, t);
    transpose_16x16(p + 32 + 32 * pair, stride, t + 4);
    _Pragma("GCC unroll 8")
    for (int g = 0; g < 8; g++) q[g] = low_nibbles(t[g]);
    put_block(to, q, 0, 0, d[2 * pair], m[2 * pair]);
    _Pragma("GCC unroll 8")
    for (int g = 0; g < 8; g++) q[g] = high_nibbles_in_place(t[g]);
    put_block(to, q, 4, 4, d[2 * pair + 1], m[2 * pair + 1]);
  }
}

INLINE void unpack_q5_k(const uint8_t *p, int64_t stride, sink *to) {
  const __m512i bit = _mm512_set1_epi8(16);
  __m512 d[8], m[8];
  __m512i fifth[8];
  scales_of_k4(p, stride, d, m);
  transpose_16x16(p + 16, stride, fifth);
  transpose_16x16(p + 32, stride, fifth + 4);
  _Pragma("GCC unroll 4")
  for (int pair = 0; pair < 4; pair++) {
    __m512i t[8], q[8];
    transpose_16x16(p + 48 + 32 * pair, stride, t);
    transpose_16x16(p + 64 + 32 * pair, stride, t + 4);
    _Pragma("GCC unroll 2")
    for (int odd = 0; odd < 2; odd++) {
      const int place = 2 * pair + odd;  // of the fifth bits
      _Pragma("GCC unroll 8")
      for (int g = 0; g < 8; g++) {
        q[g] = with_bits(shifted(fifth[g], 4 - place), bit, odd ? high_nibbles(t[g]) : low_nibbles(t[g]));
      }
      put_block(to, q, 0, 0, d[place], m[place]);
    }
  }
}

INLINE void unpack_iq4_xs(const uint8_t *p, int64_t stride, sink *to) {
  const __m512i nibble = _mm512_set1_epi32(15), two = _mm512_set1_epi32(48);
  const __m512i values = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)CODEBOOK));
  __m512i head[4];
  transpose_16x16(p, stride, head);
  const __m512 d = floats_of_low_halves(head[0]);
  const __m512i highs = _mm512_srli_epi32(head[0], 12);  // upper two bits of group g at bits 2g + 4
  for (int b = 0; b < 8; b++) {
    __m512i t[4], q[8];
    __m512i scale = _mm512_or_si512(_mm512_and_si512(_mm512_srlv_epi32(head[1], _mm512_set1_epi32(4 * b)), nibble),
                                    _mm512_and_si512(_mm512_srlv_epi32(highs, _mm512_set1_epi32(2 * b)), two));
    transpose_16x16(p + 8 + 16 * b, stride, t);
    _Pragma("GCC unroll 4")
    for (int g = 0; g < 4; g++) {
      q[g] = _mm512_shuffle_epi8(values, low_nibbles(t[g]));
      q[g + 4] = _mm512_shuffle_epi8(values, high_nibbles(t[g]));
    }
    const __m512 f = _mm512_mul_ps(d, _mm512_cvtepi32_ps(_mm512_sub_epi32(scale, _mm512_set1_epi32(32))));
    put_block(to, q, 0, 0, f, f);
  }
}

// Bits 2 `pair` and up of each byte, two of them.
INLINE __m512i two_bits(__m512i v, int pair) { return _mm512_and_si512(_mm512_srli_epi16(v, (unsigned)(2 * pair)), _mm512_set1_epi8(3)); }

INLINE void unpack_q2_k(const uint8_t *p, int64_t stride, sink *to) {
  __m512i scales[4];
  transpose_16x16(p, stride, scales);
  const __m512 scale = halves_of_rows(p + 80, stride), minimum = _mm512_xor_ps(halves_of_rows(p + 82, stride), _mm512_set1_ps(-0.0f));
  _Pragma("GCC unroll 2")
  for (int h = 0; h < 2; h++) {
    __m512i t[8], q[8];
    transpose_16x16(p + 16 + 32 * h, stride, t);
    transpose_16x16(p + 32 + 32 * h, stride, t + 4);
    _Pragma("GCC unroll 4")
    for (int pair = 0; pair < 4; pair++) {
      __m512 d[2], m[2];
      _Pragma("GCC unroll 2")
      for (int j = 0; j < 2; j++) {
        __m512i both = byte_of(scales, 8 * h + 2 * pair + j);
        d[j] = _mm512_mul_ps(scale, _mm512_cvtepi32_ps(_mm512_and_si512(both, _mm512_set1_epi32(15))));
        m[j] = _mm512_mul_ps(minimum, _mm512_cvtepi32_ps(_mm512_srli_epi32(both, 4)));
      }
      _Pragma("GCC unroll 8")
      for (int g = 0; g < 8; g++) q[g] = two_bits(t[g], pair);
      put_halves(to, q, 0, d, m);
    }
  }
}

// Scale `g` of Q3_K: s holds the bytes from two before the scales on.
INLINE __m512 scale_of_q3_k(const __m512i s[4], int g, __m512 d) {
  __m512i low = _mm512_and_si512(_mm512_srli_epi32(byte_of(s, 2 + g % 8), (unsigned)(4 * (g / 8))), _mm512_set1_epi32(15));
  __m512i high = _mm512_and_si512(_mm512_srli_epi32(byte_of(s, 10 + g % 4), (unsigned)(2 * (g / 4))), _mm512_set1_epi32(3));
  __m512i scale = _mm512_sub_epi32(_mm512_or_si512(low, _mm512_slli_epi32(high, 4)), _mm512_set1_epi32(32));
  return _mm512_mul_ps(d, _mm512_cvtepi32_ps(scale));
}

INLINE void unpack_q3_k(const uint8_t *p, int64_t stride, sink *to) {
  const __m512i bit = _mm512_set1_epi8(4);
  __m512i third[8], s[4];
  transpose_16x16(p + 94, stride, s);
  transpose_16x16(p, stride, third);
  transpose_16x16(p + 16, stride, third + 4);
  const __m512 scale = floats_of_upper_halves(s[3]);
  _Pragma("GCC unroll 2")
  for (int h = 0; h < 2; h++) {
    __m512i t[8], q[8];
    transpose_16x16(p + 32 + 32 * h, stride, t);
    transpose_16x16(p + 48 + 32 * h, stride, t + 4);
    _Pragma("GCC unroll 4")
    for (int pair = 0; pair < 4; pair++) {
      const int block = 4 * h + pair;
      const __m512 d[2] = {scale_of_q3_k(s, 2 * block, scale), scale_of_q3_k(s, 2 * block + 1, scale)};
      _Pragma("GCC unroll 8")
      for (int g = 0; g < 8; g++) {
        q[g] = with_bits(shifted(third[g], 2 - block), bit, two_bits(t[g], pair));
      }
      put_halves(to, q, 5, d, d);
    }
  }
}

INLINE void unpack_q6_k(const uint8_t *p, int64_t stride, sink *to) {
  const __m512i upper_bits = _mm512_set1_epi8(48);
  __m512i scales[4];
  transpose_16x16(p + 192, stride, scales);
  const __m512 scale = halves_of_rows(p + 208, stride);
  _Pragma("GCC unroll 2")
  for (int h = 0; h < 2; h++) {
    __m512i low[4][4], upper[8], q[8];
    _Pragma("GCC unroll 4")
    for (int i = 0; i < 4; i++) transpose_16x16(p + 64 * h + 16 * i, stride, low[i]);
    transpose_16x16(p + 128 + 32 * h, stride, upper);
    transpose_16x16(p + 144 + 32 * h, stride, upper + 4);
    _Pragma("GCC unroll 4")
    for (int pair = 0; pair < 4; pair++) {
      __m512 d[2];
      _Pragma("GCC unroll 2")
      for (int j = 0; j < 2; j++) {
        const int k = 8 * h + 2 * pair + j;
        __m512i s = _mm512_srai_epi32(_mm512_slli_epi32(scales[k / 4], (unsigned)(24 - 8 * (k % 4))), 24);
        d[j] = _mm512_mul_ps(scale, _mm512_cvtepi32_ps(s));
      }
      _Pragma("GCC unroll 8")
      for (int g = 0; g < 8; g++) {
        const __m512i nibbles = low[2 * (pair % 2) + g / 4][g % 4];
        q[g] = with_bits(shifted(upper[g], 4 - 2 * pair), upper_bits, pair < 2 ? low_nibbles(nibbles) : high_nibbles(nibbles));
      }
      put_halves(to, q, 2, d, d);
    }
  }
}

// Unpacks `stored` stored blocks of 16 rows that begin at p; asks for the memory at `ahead` on the way.
INLINE void unpack(int type, const uint8_t *p, int64_t stride, int stored, const uint8_t *ahead, sink to) {
  const int bytes = stored_bytes(type);
  to.ahead = ahead;
  to.ahead_bytes = LANES * bytes / (stored_elements(type) / 32);
  for (int b = 0; b < stored; b++, p += bytes) {
    switch (type) {
      case T_Q4_0: case T_Q4_1: unpack_q4(type, p, stride, &to); break;
      case T_Q5_0: case T_Q5_1: unpack_q5(type, p, stride, &to); break;
      case T_Q8_0: unpack_q8_0(p, stride, &to); break;
      case T_Q2_K: unpack_q2_k(p, stride, &to); break;
      case T_Q3_K: unpack_q3_k(p, stride, &to); break;
      case T_Q4_K: unpack_q4_k(p, stride, &to); break;
      case T_Q5_K: unpack_q5_k(p, stride, &to); break;
      case T_Q6_K: unpack_q6_k(p, stride, &to); break;
      case T_IQ4_NL: unpack_iq4_nl(p, stride, &to); break;
      default: unpack_iq4_xs(p, stride, &to); break;
    }
  }
  if (to.late) put_waiting(&to);
}

// Whether blocks wait for the next one to be unpacked when there are several rows: not where many are unpacked together.
INLINE int is_late(int type) { return scales_per_32(kind_of(type)) == 1 && type != T_Q4_K && type != T_Q5_K; }

// Multiplies 16 rows of weights with a few rows of activations; a single one without a loop over them.
INLINE void multiply_rows(int type, int planes, const uint8_t *w, int64_t stride, int stored, rows r, const uint8_t *ahead) {
  rows one = {r.x, r.x_stride, 1, r.acc};
  if (r.count == 1) {
    unpack(type, w, stride, stored, ahead, (sink){.kind = kind_of(type), .planes = planes, .r = &one});
  } else {
    unpack(type, w, stride, stored, ahead, (sink){.kind = kind_of(type), .planes = planes, .r = &r, .late = is_late(type)});
  }
}

#define FORMAT(TYPE) \
  static __attribute__((noinline)) void pack_##TYPE(const uint8_t *p, int64_t stride, int stored, uint8_t *panel, const uint8_t *ahead) { \
    unpack(TYPE, p, stride, stored, ahead, (sink){.kind = kind_of(TYPE), .panel = panel}); \
  } \
  static __attribute__((noinline)) void rows_##TYPE##_1(const uint8_t *w, int64_t stride, int stored, rows r, const uint8_t *ahead) { \
    multiply_rows(TYPE, 1, w, stride, stored, r, ahead); \
  } \
  static __attribute__((noinline)) void rows_##TYPE##_2(const uint8_t *w, int64_t stride, int stored, rows r, const uint8_t *ahead) { \
    multiply_rows(TYPE, 2, w, stride, stored, r, ahead); \
  }
FORMAT(T_Q4_0) FORMAT(T_Q4_1) FORMAT(T_Q5_0) FORMAT(T_Q5_1) FORMAT(T_Q8_0) FORMAT(T_Q2_K) FORMAT(T_Q3_K) FORMAT(T_Q4_K)
FORMAT(T_Q5_K) FORMAT(T_Q6_K) FORMAT(T_IQ4_NL) FORMAT(T_IQ4_XS)
#undef FORMAT

typedef struct { pack_function pack; rows_function rows[2]; } format;

static format format_of(int type) {
#define FORMAT(TYPE) case TYPE: return (format){pack_##TYPE, {rows_##TYPE##_1, rows_##TYPE##_2}}
  switch (type) {
    FORMAT(T_Q4_0);
    FORMAT(T_Q4_1);
    FORMAT(T_Q5_0);
    FORMAT(T_Q5_1);
    FORMAT(T_Q8_0);
    FORMAT(T_Q2_K);
    FORMAT(T_Q3_K);
    FORMAT(T_Q4_K);
    FORMAT(T_Q5_K);
    FORMAT(T_Q6_K);
    FORMAT(T_IQ4_NL);
    default: return (format){pack_T_IQ4_XS, {rows_T_IQ4_XS_1, rows_T_IQ4_XS_2}};
  }
#undef FORMAT
}

static pack_function pack_of(int type, int planes) { (void)planes; return format_of(type).pack; }
static rows_function rows_of(int type, int planes) { return format_of(type).rows[planes - 1]; }
