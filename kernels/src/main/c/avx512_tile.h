// Products of panels with quantised rows.

// acc[c][p][lane] += two panels times `nc` rows, over `blocks` blocks.
INLINE void tile(const int kind, const int planes, const int nc, const uint8_t *w0, const uint8_t *w1, const uint8_t *x,
                 int64_t x_stride, int blocks, float *acc) {
  const int halves = scales_per_32(kind), groups = 8 / halves, minimum = has_minimum(kind);
  const int x_step = (int)record_bytes(halves == 2 ? FORM_HALVES : FORM_BLOCKS, planes), w_step = panel_block_bytes(kind);
  __m512 f[6][2];
  _Pragma("GCC unroll 6")
  for (int c = 0; c < nc; c++) {
    f[c][0] = _mm512_load_ps(acc + 32 * c);
    f[c][1] = _mm512_load_ps(acc + 32 * c + 16);
  }
  for (int b = 0; b < blocks; b++, w0 += w_step, w1 += w_step, x += x_step) {
    _Pragma("GCC unroll 2")
    for (int h = 0; h < halves; h++) {
      __m512i i[6][2];
      _Pragma("GCC unroll 2")
      for (int plane = 0; plane < planes; plane++) {
        _Pragma("GCC unroll 6")
        for (int c = 0; c < nc; c++) {
          if (plane < planes - 1 || (planes == 1 && minimum)) {
            i[c][0] = i[c][1] = _mm512_setzero_si512();
          } else {
            const uint8_t *tail = x + c * x_stride + 32 * planes;
            __m512i zero = minimum ? _mm512_setzero_si512()
                : four_bytes(tail + (halves == 2 ? offsetof(halves_tail, zero128) + 4 * (size_t)h
                                     : kind == FLAT8 ? offsetof(blocks_tail, zero8) : offsetof(blocks_tail, zero128)));
            i[c][0] = planes == 1 ? zero : _mm512_add_epi32(_mm512_slli_epi32(i[c][0], 8), zero);
            i[c][1] = planes == 1 ? zero : _mm512_add_epi32(_mm512_slli_epi32(i[c][1], 8), zero);
          }
        }
        _Pragma("GCC unroll 8")
        for (int g = 0; g < groups; g++) {
          __m512i a = _mm512_load_si512(w0 + 64 * (groups * h + g)), e = _mm512_load_si512(w1 + 64 * (groups * h + g));
          _Pragma("GCC unroll 6")
          for (int c = 0; c < nc; c++) {
            __m512i v = four_bytes(x + c * x_stride + 32 * plane + 4 * (groups * h + g));
            i[c][0] = _mm512_dpbusd_epi32(i[c][0], a, v);
            i[c][1] = _mm512_dpbusd_epi32(i[c][1], e, v);
          }
        }
      }
      const int at = 512 + h * (minimum ? 128 : 64);
      __m512 d0 = _mm512_load_ps(w0 + at), d1 = _mm512_load_ps(w1 + at);
      _Pragma("GCC unroll 6")
      for (int c = 0; c < nc; c++) {
        const uint8_t *tail = x + c * x_stride + 32 * planes;
        __m512 d = _mm512_set1_ps(load_float(tail));
        f[c][0] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(i[c][0]), _mm512_mul_ps(d0, d), f[c][0]);
        f[c][1] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(i[c][1]), _mm512_mul_ps(d1, d), f[c][1]);
      }
      if (minimum) {
        __m512 m0 = _mm512_load_ps(w0 + at + 64), m1 = _mm512_load_ps(w1 + at + 64);
        _Pragma("GCC unroll 6")
        for (int c = 0; c < nc; c++) {
          __m512 sum = _mm512_set1_ps(load_float(x + c * x_stride + 32 * planes + 4 + 4 * h));
          f[c][0] = _mm512_fmadd_ps(m0, sum, f[c][0]);
          f[c][1] = _mm512_fmadd_ps(m1, sum, f[c][1]);
        }
      }
    }
  }
  _Pragma("GCC unroll 6")
  for (int c = 0; c < nc; c++) {
    _mm512_store_ps(acc + 32 * c, f[c][0]);
    _mm512_store_ps(acc + 32 * c + 16, f[c][1]);
  }
}

// All rows of the batch, up to six at a time, in tiles of nearly the same size.
INLINE void tiles(const int kind, const int planes, const uint8_t *w0, const uint8_t *w1, const uint8_t *x, int64_t x_stride,
                  int batch, int blocks, float *acc) {
  for (int left = (batch + 5) / 6; left > 0; left--) {
    const int nc = (batch + left - 1) / left;
    switch (nc) {
      case 1: tile(kind, planes, 1, w0, w1, x, x_stride, blocks, acc); break;
      case 2: tile(kind, planes, 2, w0, w1, x, x_stride, blocks, acc); break;
      case 3: tile(kind, planes, 3, w0, w1, x, x_stride, blocks, acc); break;
      case 4: tile(kind, planes, 4, w0, w1, x, x_stride, blocks, acc); break;
      case 5: tile(kind, planes, 5, w0, w1, x, x_stride, blocks, acc); break;
      default: tile(kind, planes, 6, w0, w1, x, x_stride, blocks, acc); break;
    }
    batch -= nc;
    x += nc * x_stride;
    acc += nc * 32;
  }
}

#define TILES(KIND, PLANES) \
  static __attribute__((noinline)) void tiles_##KIND##_##PLANES(const uint8_t *w0, const uint8_t *w1, const uint8_t *x, \
                                                               int64_t x_stride, int batch, int blocks, float *acc) { \
    tiles(KIND, PLANES, w0, w1, x, x_stride, batch, blocks, acc); \
  }
TILES(FLAT8, 1) TILES(FLAT, 1) TILES(MIN, 1) TILES(HALVES, 1) TILES(HALFMIN, 1)
TILES(FLAT8, 2) TILES(FLAT, 2) TILES(MIN, 2) TILES(HALVES, 2) TILES(HALFMIN, 2)
#undef TILES

static const tiles_function TILES_OF[5][2] = {
  {tiles_FLAT8_1, tiles_FLAT8_2}, {tiles_FLAT_1, tiles_FLAT_2}, {tiles_MIN_1, tiles_MIN_2},
  {tiles_HALVES_1, tiles_HALVES_2}, {tiles_HALFMIN_1, tiles_HALFMIN_2}};

static tiles_function tiles_of(int type, int planes) { return TILES_OF[kind_of(type)][planes - 1]; }
