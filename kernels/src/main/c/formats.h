// The stored number formats, in plain C: one stored block to unsigned bytes with scales.
//
// An element of a block is  d * (q - zero)  or  d * q + m , with q an unsigned byte; formats without a
// minimum are shifted so that zero is 128. Scales are per 32 elements, or per 16 where the format has
// it so. The layouts follow the definition that dev.sirocco.tensor.Dequantizer gives.
#ifndef SIROCCO_FORMATS_H
#define SIROCCO_FORMATS_H

#include <stdint.h>
#include <string.h>
#if defined(__F16C__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

// Numbers of the types, as in GGUF files.
enum {
  T_F32 = 0, T_F16 = 1, T_Q4_0 = 2, T_Q4_1 = 3, T_Q5_0 = 6, T_Q5_1 = 7, T_Q8_0 = 8, T_Q2_K = 10, T_Q3_K = 11,
  T_Q4_K = 12, T_Q5_K = 13, T_Q6_K = 14, T_IQ4_NL = 20, T_IQ4_XS = 23, T_BF16 = 30
};

// How the scales of a block combine with the integer sums.
enum {
  FLAT8,   // one scale per 32, zero is 8
  FLAT,    // one scale per 32, zero is 128
  MIN,     // one scale and one minimum per 32
  HALVES,  // one scale per 16, zero is 128
  HALFMIN  // one scale and one minimum per 16
};

#define INLINE static inline __attribute__((always_inline))

INLINE int stored_elements(int type) { return type >= T_Q2_K && type != T_IQ4_NL ? 256 : 32; }

INLINE int stored_bytes(int type) {
  switch (type) {
    case T_Q4_0: case T_IQ4_NL: return 18;
    case T_Q4_1: return 20;
    case T_Q5_0: return 22;
    case T_Q5_1: return 24;
    case T_Q8_0: return 34;
    case T_Q2_K: return 84;
    case T_Q3_K: return 110;
    case T_Q4_K: return 144;
    case T_Q5_K: return 176;
    case T_Q6_K: return 210;
    case T_IQ4_XS: return 136;
    default: return 0;
  }
}

INLINE int kind_of(int type) {
  switch (type) {
    case T_Q4_0: return FLAT8;
    case T_Q4_1: case T_Q5_1: case T_Q4_K: case T_Q5_K: return MIN;
    case T_Q3_K: case T_Q6_K: return HALVES;
    case T_Q2_K: return HALFMIN;
    default: return FLAT;
  }
}

INLINE int scales_per_32(int kind) { return kind >= HALVES ? 2 : 1; }
INLINE int has_minimum(int kind) { return kind == MIN || kind == HALFMIN; }
INLINE int zero_of(int kind) { return has_minimum(kind) ? 0 : kind == FLAT8 ? 8 : 128; }

INLINE uint16_t load16(const uint8_t *p) { uint16_t v; memcpy(&v, p, 2); return v; }
INLINE uint32_t load32(const uint8_t *p) { uint32_t v; memcpy(&v, p, 4); return v; }
INLINE float load_float(const uint8_t *p) { float v; memcpy(&v, p, 4); return v; }
INLINE uint64_t load64(const uint8_t *p) { uint64_t v; memcpy(&v, p, 8); return v; }

INLINE float float_of_half(uint16_t h) {
#if defined(__F16C__) || defined(__AVX512F__)
  return _cvtsh_ss(h);
#elif defined(__aarch64__)
  __fp16 f; memcpy(&f, &h, 2); return f;
#else
  uint32_t sign = (uint32_t)(h & 0x8000) << 16, rest = (uint32_t)(h & 0x7fff) << 13, bits;
  float f;
  if (rest >= 0x0f800000u) {  // infinite, or not a number
    bits = sign | 0x70000000u | rest;
    memcpy(&f, &bits, 4);
    return f;
  }
  memcpy(&f, &rest, 4);
  f *= 0x1p112f;  // moves the exponent's bias; also right for subnormal numbers
  memcpy(&bits, &f, 4);
  bits |= sign;
  memcpy(&f, &bits, 4);
  return f;
#endif
}

static const uint8_t CODEBOOK[16] = {  // values of the IQ4 formats, plus 128
  1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241
};

// 6-bit scale and minimum of a group of Q4_K and Q5_K.
INLINE void group_of_k4(const uint8_t *s, int g, int *scale, int *minimum) {
  if (g < 4) {
    *scale = s[g] & 63;
    *minimum = s[g + 4] & 63;
  } else {
    *scale = (s[g + 4] & 15) | (s[g - 4] >> 6 << 4);
    *minimum = (s[g + 4] >> 4) | (s[g] >> 6 << 4);
  }
}

// Unpacks one stored block: q: 32 or 256 bytes; d (and m, where the format has minima): one or two per 32.
INLINE void unpack_block(int type, const uint8_t *p, uint8_t *restrict q, float *restrict d, float *restrict m) {
  switch (type) {
    case T_Q4_0:
      d[0] = float_of_half(load16(p));
      for (int i = 0; i < 16; i++) { q[i] = p[2 + i] & 15; q[16 + i] = p[2 + i] >> 4; }
      break;
    case T_Q4_1:
      d[0] = float_of_half(load16(p));
      m[0] = float_of_half(load16(p + 2));
      for (int i = 0; i < 16; i++) { q[i] = p[4 + i] & 15; q[16 + i] = p[4 + i] >> 4; }
      break;
    case T_Q5_0: case T_Q5_1: {
      const int one = type == T_Q5_1;
      const uint8_t *n = p + (one ? 8 : 6);
      uint32_t fifth = load32(p + (one ? 4 : 2));
      d[0] = float_of_half(load16(p));
      if (one) m[0] = float_of_half(load16(p + 2));
      const int shift = one ? 0 : 112;
      uint8_t high[32];
      for (int i = 0; i < 32; i++) high[i] = (uint8_t)((fifth >> i & 1) << 4);
      for (int i = 0; i < 16; i++) {
        q[i] = (uint8_t)(((n[i] & 15) | high[i]) + shift);
        q[16 + i] = (uint8_t)((n[i] >> 4 | high[16 + i]) + shift);
      }
      break;
    }
    case T_Q8_0:
      d[0] = float_of_half(load16(p));
      for (int i = 0; i < 32; i++) q[i] = p[2 + i] ^ 128;
      break;
    case T_Q2_K: {
      float scale = float_of_half(load16(p + 80)), minimum = float_of_half(load16(p + 82));
      for (int g = 0; g < 16; g++) { d[g] = scale * (float)(p[g] & 15); m[g] = -(minimum * (float)(p[g] >> 4)); }
      for (int h = 0; h < 2; h++)
        for (int s = 0; s < 4; s++)
          for (int i = 0; i < 32; i++) q[128 * h + 32 * s + i] = p[16 + 32 * h + i] >> (2 * s) & 3;
      break;
    }
    case T_Q3_K: {
      float scale = float_of_half(load16(p + 108));
      const uint8_t *s = p + 96;
      for (int g = 0; g < 16; g++) {
        int low = s[g % 8] >> (4 * (g / 8)) & 15, high = s[8 + g % 4] >> (2 * (g / 4)) & 3;
        d[g] = scale * (float)((low | high << 4) - 32);
      }
      for (int g = 0; g < 8; g++)
        for (int i = 0; i < 32; i++)
          q[32 * g + i] = (uint8_t)(124 + (p[32 + 32 * (g / 4) + i] >> (2 * (g % 4)) & 3) + (p[i] >> g & 1) * 4);
      break;
    }
    case T_Q4_K: case T_Q5_K: {
      float scale = float_of_half(load16(p)), minimum = float_of_half(load16(p + 2));
      const uint8_t *n = p + (type == T_Q5_K ? 48 : 16);
      for (int g = 0; g < 8; g++) {
        int s, t;
        group_of_k4(p + 4, g, &s, &t);
        d[g] = scale * (float)s;
        m[g] = -(minimum * (float)t);
      }
      for (int g = 0; g < 8; g++)
        for (int i = 0; i < 32; i++) {
          int low = n[32 * (g / 2) + i] >> (4 * (g % 2)) & 15;
          q[32 * g + i] = (uint8_t)(type == T_Q5_K ? low | (p[16 + i] >> g & 1) << 4 : low);
        }
      break;
    }
    case T_Q6_K: {
      float scale = float_of_half(load16(p + 208));
      for (int g = 0; g < 16; g++) d[g] = scale * (float)(int8_t)p[192 + g];
      for (int h = 0; h < 2; h++)
        for (int s = 0; s < 4; s++)
          for (int i = 0; i < 32; i++) {
            int low = p[64 * h + 32 * (s % 2) + i] >> (4 * (s / 2)) & 15;
            int high = p[128 + 32 * h + i] >> (2 * s) & 3;
            q[128 * h + 32 * s + i] = (uint8_t)((low | high << 4) + 96);
          }
      break;
    }
    case T_IQ4_NL:
      d[0] = float_of_half(load16(p));
      for (int i = 0; i < 16; i++) { q[i] = CODEBOOK[p[2 + i] & 15]; q[16 + i] = CODEBOOK[p[2 + i] >> 4]; }
      break;
    case T_IQ4_XS: {
      float scale = float_of_half(load16(p));
      uint16_t highs = load16(p + 2);
      for (int g = 0; g < 8; g++) {
        int low = p[4 + g / 2] >> (4 * (g % 2)) & 15, high = highs >> (2 * g) & 3;
        const uint8_t *n = p + 8 + 16 * g;
        d[g] = scale * (float)((low | high << 4) - 32);
        for (int i = 0; i < 16; i++) { q[32 * g + i] = CODEBOOK[n[i] & 15]; q[32 * g + 16 + i] = CODEBOOK[n[i] >> 4]; }
      }
      break;
    }
    default: break;
  }
}

#endif
