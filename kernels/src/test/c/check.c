// Runs every kernel of every tier that this CPU has, on buffers that end right before a page that may
// not be touched, at odd sizes, and compares products with plain double-precision arithmetic.
// Built and run by check.sh, also with sanitizers.
#define _DEFAULT_SOURCE
#include "sirocco.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int32_t sirocco_tier_state(int32_t t);
int32_t sirocco_form(int32_t t, int32_t type, int32_t planes);
int64_t sirocco_row_bytes(int32_t form, int32_t planes, int32_t columns);
void sirocco_prepare(int32_t t, int32_t form, int32_t planes, const float *x, int64_t x_stride, int32_t rows, int32_t columns, uint8_t *to, int64_t to_stride);
int32_t sirocco_unit_outputs(int32_t t, int32_t type, int32_t gated);
int64_t sirocco_scratch_bytes(int32_t t, int32_t batch);
void sirocco_multiply(int32_t t, const product *p, int32_t first_unit, int32_t last_unit, uint8_t *scratch);
int64_t sirocco_attention_scratch_bytes(int32_t t, int32_t rows, int32_t head_dim);
void sirocco_attend(int32_t t, const attention *a, int32_t first_item, int32_t last_item, uint8_t *scratch);
void sirocco_rms_norm(int32_t t, const float *x, const uint8_t *weight, int32_t weight_type, float eps, float *y, int32_t rows, int32_t columns);
void sirocco_rope(int32_t t, float *x, const float *cos_sin, int32_t rows, int32_t columns, int32_t head_dim, int32_t interleaved);
void sirocco_to_half(int32_t t, const float *x, uint8_t *to, int64_t count);
void sirocco_add_scaled(int32_t t, const float *x, float scale, float *y, int64_t count);
double sirocco_limit(int32_t t, int32_t kind, int64_t rounds, const uint8_t *memory, int64_t bytes);

static const char *TIER_NAMES[TIERS] = {"baseline", "avx2", "avx-vnni", "avx512-vnni", "avx512-bf16", "neon-dotprod", "neon-i8mm"};
static const int TYPES[] = {T_F32, T_F16, T_BF16, T_Q4_0, T_Q4_1, T_Q5_0, T_Q5_1, T_Q8_0, T_Q2_K, T_Q3_K, T_Q4_K, T_Q5_K, T_Q6_K, T_IQ4_NL, T_IQ4_XS};
enum { N_TYPES = sizeof TYPES / sizeof *TYPES };
static int failures;

// Memory whose last byte is followed by a page that may not be touched.
typedef struct { uint8_t *at; void *pages; size_t length; } guarded;

static guarded guard(size_t bytes) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), length = (bytes + page - 1) / page * page + page;
  uint8_t *pages = mmap(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED || mprotect(pages + length - page, page, PROT_NONE)) {
    perror("mmap");
    exit(2);
  }
  return (guarded){pages + length - page - bytes, pages, length};
}

static void release(guarded g) { munmap(g.pages, g.length); }

static uint32_t state = 1;
static uint32_t next(void) {
  state = state * 1664525u + 1013904223u;
  return state >> 8;
}
static float uniform(void) { return (float)next() / 8388608.0f - 1.0f; }

static int is_float(int type) { return type == T_F32 || type == T_F16 || type == T_BF16; }
static size_t row_bytes(int type, int columns) {
  return is_float(type) ? (size_t)columns * (type == T_F32 ? 4 : 2) : (size_t)(columns / stored_elements(type) * stored_bytes(type));
}

// Random codes, with scales between 2^-7 and 2^-5.
static void fill_weights(int type, uint8_t *w, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) w[i] = (uint8_t)next();
  size_t block = is_float(type) ? (type == T_F32 ? 4 : 2) : (size_t)stored_bytes(type);
  for (size_t i = 0; i < bytes; i += block) {
    float f = uniform();
    uint32_t bits;
    memcpy(&bits, &f, 4);
    uint16_t half = (uint16_t)(0x2000 + next() % 0x800), bf16 = (uint16_t)(bits >> 16);
    switch (type) {
      case T_F32: memcpy(w + i, &f, 4); break;
      case T_BF16: memcpy(w + i, &bf16, 2); break;
      case T_Q2_K: memcpy(w + i + 80, &half, 2); memcpy(w + i + 82, &half, 2); break;
      case T_Q3_K: memcpy(w + i + 108, &half, 2); break;
      case T_Q6_K: memcpy(w + i + 208, &half, 2); break;
      case T_Q4_1: case T_Q5_1: case T_Q4_K: case T_Q5_K: memcpy(w + i, &half, 2); memcpy(w + i + 2, &half, 2); break;
      default: memcpy(w + i, &half, 2); break;
    }
  }
}

static void decode(int type, const uint8_t *w, int columns, double *to) {
  if (is_float(type)) {
    for (int k = 0; k < columns; k++) {
      uint32_t bits = type == T_F32 ? load32(w + 4 * k) : (uint32_t)load16(w + 2 * k) << 16;
      float f;
      memcpy(&f, &bits, 4);
      to[k] = (double)(type == T_F16 ? float_of_half(load16(w + 2 * k)) : f);
    }
    return;
  }
  const int kind = kind_of(type), elements = stored_elements(type), per32 = scales_per_32(kind);
  for (int b = 0; b < columns / elements; b++) {
    uint8_t q[256];
    float d[16], m[16];
    unpack_block(type, w + b * stored_bytes(type), q, d, m);
    for (int i = 0; i < elements; i++) {
      int g = i * per32 / 32;
      to[b * elements + i] = (double)d[g] * (q[i] - zero_of(kind)) + (has_minimum(kind) ? (double)m[g] : 0);
    }
  }
}

// What a row gives is the same, bit for bit, without the other rows.
static void check_rows_alone(int t, product p, uint8_t *scratch) {
  const float *together = p.y;
  const int batch = p.batch, outputs = sirocco_unit_outputs(t, p.w.type, p.gated);
  float alone[256];
  p.batch = 1;
  p.y = alone;
  for (int n = 0; n < batch; n++, p.x += p.x_stride) {
    sirocco_multiply(t, &p, 0, (p.w.rows + outputs - 1) / outputs, scratch);
    if (memcmp(alone, together + n * p.y_stride, (size_t)p.w.rows * sizeof(float)) && failures++ < 20)
      printf("%s type %d planes %d [%d, %d]%s: row %d of %d is another one alone\n", TIER_NAMES[t], p.w.type, p.planes, p.w.rows, p.columns,
             p.gated ? " gated" : "", n, batch);
  }
}

static void check_product(int t, int type, int planes, int rows, int columns, int batch, int gated) {
  const size_t stride = row_bytes(type, columns);
  guarded w = guard(stride * (size_t)rows), up = guard(stride * (size_t)rows), x = guard(4 * (size_t)(batch * columns));
  guarded y = guard(4 * (size_t)(batch * rows));
  fill_weights(type, w.at, stride * (size_t)rows);
  fill_weights(type, up.at, stride * (size_t)rows);
  for (int i = 0; i < batch * columns; i++) {
    float f = uniform();
    memcpy(x.at + 4 * i, &f, 4);
  }
  const int form = sirocco_form(t, type, planes);
  const int64_t prepared = form == FORM_FLOATS ? 4 * (int64_t)columns : sirocco_row_bytes(form, planes, columns);
  const int64_t last = form == FORM_FLOATS ? prepared : form == FORM_BF16 ? 2 * (columns + columns % 2) : columns / 32 * (int64_t)record_bytes(form, planes);
  guarded r = guard((size_t)(prepared * (batch - 1) + last));
  if (form == FORM_FLOATS) memcpy(r.at, x.at, 4 * (size_t)(batch * columns));
  else sirocco_prepare(t, form, planes, (const float *)(void *)x.at, columns, batch, columns, r.at, prepared);
  uint8_t *scratch = aligned_alloc(64, (size_t)(sirocco_scratch_bytes(t, batch) + 63) / 64 * 64);
  product p = {{w.at, (int64_t)stride, type, rows}, {up.at, (int64_t)stride, type, rows}, r.at, prepared, (float *)(void *)y.at, rows, columns, batch, planes, gated};
  const int outputs = sirocco_unit_outputs(t, type, gated);
  sirocco_multiply(t, &p, 0, (rows + outputs - 1) / outputs, scratch);
  check_rows_alone(t, p, scratch);
  double *a = malloc(sizeof(double) * (size_t)columns), *b = malloc(sizeof(double) * (size_t)columns);
  for (int o = 0; o < rows; o++) {
    decode(type, w.at + (size_t)o * stride, columns, a);
    decode(type, up.at + (size_t)o * stride, columns, b);
    for (int n = 0; n < batch; n++) {
      double s = 0, u = 0, magnitude = 0, magnitude_up = 0;
      for (int k = 0; k < columns; k++) {
        float f;
        memcpy(&f, x.at + 4 * (n * columns + k), 4);
        s += a[k] * (double)f;
        u += b[k] * (double)f;
        magnitude += fabs(a[k]);
        magnitude_up += fabs(b[k]);
      }
      // |x| <= 1, so half a step is at most 1 / 254, 1 / 65024, or 2^-9 of bfloat16.
      double step = form == FORM_FLOATS ? 0 : form == FORM_BF16 ? 0x1p-8 : planes == 1 ? 1.01 / 254 : 1.01 / 65024;
      double relative = step + (columns + 16) * 0x1p-23;
      double bound = relative * magnitude, expected = s, found;
      if (gated) {
        expected = s / (1 + exp(-s)) * u;
        bound = 1.2 * (relative * magnitude * (fabs(u) + relative * magnitude_up) + relative * magnitude_up * fabs(s)) + 1e-5 * fabs(expected);
      }
      float result;
      memcpy(&result, y.at + 4 * (n * rows + o), 4);
      found = (double)result;
      if (!(fabs(found - expected) <= bound + 1e-12) && failures++ < 20)
        printf("%s type %d planes %d [%d, %d] x %d%s: output %d of row %d is %g, not %g +- %g\n", TIER_NAMES[t], type, planes, rows,
               columns, batch, gated ? " gated" : "", o, n, found, expected, bound);
    }
  }
  free(a); free(b); free(scratch);
  release(w); release(up); release(x); release(y); release(r);
}

static void check_attention(int t, int type, int tokens, int cached, int heads, int kv_heads, int dim, int window) {
  const size_t size = type == T_F32 ? 4 : 2, row = (size_t)(kv_heads * dim) * size;
  guarded q = guard(4 * (size_t)(tokens * heads * dim)), out = guard(4 * (size_t)(tokens * heads * dim));
  guarded kv[4];
  for (int i = 0; i < 4; i++) {
    int rows = i < 2 ? cached : tokens;
    kv[i] = guard(row * (size_t)rows);
    fill_weights(type, kv[i].at, row * (size_t)rows);
    if (type == T_F16)
      for (size_t k = 0; k < row * (size_t)rows; k += 2) kv[i].at[k + 1] = (uint8_t)(0x30 + next() % 8);
  }
  for (int i = 0; i < tokens * heads * dim; i++) {
    float f = uniform();
    memcpy(q.at + 4 * i, &f, 4);
  }
  int64_t from = max_long(0, cached - window + 1);
  segment segments[2] = {{from, cached - from, kv[0].at + row * (size_t)from, kv[1].at + row * (size_t)from}, {cached, tokens, kv[2].at, kv[3].at}};
  const int first = from < cached ? 0 : 1;
  const int block = 64 / (heads / kv_heads) > 0 ? 64 / (heads / kv_heads) : 1;
  slice s = {0, tokens, cached, segments + first, 2 - first, 0};
  attention a = {(const float *)(void *)q.at, (float *)(void *)out.at, &s, 1, heads, kv_heads, dim, type, type, window, block};
  uint8_t *scratch = aligned_alloc(64, (size_t)(sirocco_attention_scratch_bytes(t, block * (heads / kv_heads), dim) + 63) / 64 * 64);
  sirocco_attend(t, &a, 0, kv_heads * ((tokens + block - 1) / block), scratch);
  for (int n = 0; n < tokens; n++)
    for (int h = 0; h < heads; h++) {
      int g = h / (heads / kv_heads), position = cached + n;
      double weights[512], sum = 0;
      for (int j = (int)max_long(0, position - window + 1); j <= position; j++) {
        const uint8_t *key = (j < cached ? kv[0].at + row * (size_t)j : kv[2].at + row * (size_t)(j - cached)) + (size_t)(g * dim) * size;
        double dot = 0, k[512];
        decode(type, key, dim, k);
        for (int i = 0; i < dim; i++) {
          float f;
          memcpy(&f, q.at + 4 * ((n * heads + h) * dim + i), 4);
          dot += (double)f * k[i];
        }
        sum += weights[j] = exp(dot / sqrt(dim));
      }
      for (int i = 0; i < dim; i++) {
        double expected = 0;
        for (int j = (int)max_long(0, position - window + 1); j <= position; j++) {
          const uint8_t *value = (j < cached ? kv[1].at + row * (size_t)j : kv[3].at + row * (size_t)(j - cached)) + (size_t)(g * dim) * size;
          double v[512];
          decode(type, value, dim, v);
          expected += weights[j] / sum * v[i];
        }
        float found;
        memcpy(&found, out.at + 4 * ((n * heads + h) * dim + i), 4);
        if (!(fabs((double)found - expected) <= 1e-5) && failures++ < 20)
          printf("%s attention type %d, %d tokens after %d, window %d, dim %d: token %d head %d is %g, not %g\n", TIER_NAMES[t], type, tokens,
                 cached, window, dim, n, h, (double)found, expected);
      }
    }
  free(scratch);
  release(q); release(out);
  for (int i = 0; i < 4; i++) release(kv[i]);
}

static void expect(int t, const char *what, int columns, int i, double found, double expected, double bound) {
  if (!(fabs(found - expected) <= bound) && failures++ < 20)
    printf("%s %s of %d columns: element %d is %g, not %g\n", TIER_NAMES[t], what, columns, i, found, expected);
}

static void check_norm(int t, int type, const float *x, int columns) {
  guarded w = guard(row_bytes(type, columns)), y = guard(4 * (size_t)columns);
  double weights[128], sum = 0;
  fill_weights(type, w.at, row_bytes(type, columns));
  if (type == T_F16)
    for (int i = 0; i < columns; i++) w.at[2 * i + 1] = (uint8_t)(0x30 + next() % 8);
  decode(type, w.at, columns, weights);
  float *b = (float *)(void *)y.at;
  sirocco_rms_norm(t, x, w.at, type, 1e-5f, b, 1, columns);
  for (int i = 0; i < columns; i++) sum += (double)x[i] * (double)x[i];
  for (int i = 0; i < columns; i++) {
    double expected = (double)x[i] / sqrt(sum / columns + 1e-5) * weights[i];
    expect(t, "norm", columns, i, (double)b[i], expected, 1e-5 * fabs(expected) + 1e-12);
  }
  release(w); release(y);
}

static void check_rope(int t, const float *x, int columns, int interleaved) {
  guarded y = guard(4 * (size_t)columns), angles = guard(4 * (size_t)columns);
  float *b = (float *)(void *)y.at, *cos_sin = (float *)(void *)angles.at;
  memcpy(b, x, 4 * (size_t)columns);
  for (int i = 0; i < columns; i++) cos_sin[i] = uniform();
  sirocco_rope(t, b, cos_sin, 1, columns, columns, interleaved);
  for (int i = 0; i < columns / 2; i++) {
    const int p = interleaved ? 2 * i : i, q = interleaved ? 2 * i + 1 : i + columns / 2;
    const double c = (double)cos_sin[i], s = (double)cos_sin[columns / 2 + i];
    expect(t, "rope", columns, p, (double)b[p], (double)x[p] * c - (double)x[q] * s, 1e-6);
    expect(t, "rope", columns, q, (double)b[q], (double)x[p] * s + (double)x[q] * c, 1e-6);
  }
  release(y); release(angles);
}

static void check_rows(int t, int columns) {
  guarded x = guard(4 * (size_t)columns), y = guard(4 * (size_t)columns), half = guard(2 * (size_t)columns);
  float *a = (float *)(void *)x.at, *b = (float *)(void *)y.at;
  for (int i = 0; i < columns; i++) a[i] = uniform();
  check_norm(t, T_F32, a, columns);
  check_norm(t, T_F16, a, columns);
  check_norm(t, T_BF16, a, columns);
  sirocco_to_half(t, a, half.at, columns);
  for (int i = 0; i < columns; i++) {
    double found = (double)float_of_half(load16(half.at + 2 * i));
    expect(t, "half", columns, i, found, (double)a[i], 0x1p-11 * fabs((double)a[i]) + 0x1p-25);
  }
  for (int i = 0; i < columns; i++) b[i] = uniform();
  double before[128];
  for (int i = 0; i < columns; i++) before[i] = (double)b[i];
  sirocco_add_scaled(t, a, 2, b, columns);
  for (int i = 0; i < columns; i++) expect(t, "sum", columns, i, (double)b[i], (double)(float)(before[i] + 2 * (double)a[i]), 0);
  if (columns % 2 == 0) {
    check_rope(t, a, columns, 0);
    check_rope(t, a, columns, 1);
  }
  release(x); release(y); release(half);
}

// Halves of every kind come back as they are, and numbers between two are rounded to the even one.
static void check_halves(int t) {
  for (uint32_t h = 0; h < 0x7c00; h++) {
    const float f = float_of_half((uint16_t)h), above = h == 0x7bff ? 65536.0f : float_of_half((uint16_t)(h + 1));
    const float three[3] = {f, -f, (f + above) / 2};
    uint16_t found[3];
    sirocco_to_half(t, three, (uint8_t *)found, 3);
    if ((found[0] != h || found[1] != (h | 0x8000) || found[2] != h + h % 2) && failures++ < 20)
      printf("%s: half %x becomes %x, its negative %x, the middle to the next one %x\n", TIER_NAMES[t], h, found[0], found[1], found[2]);
  }
}

static void check_limits(int t) {
  guarded memory = guard(4096 + 320);
  memset(memory.at, 1, 4096 + 320);
  for (int kind = 0; kind < LIMITS; kind++) {
    double done = sirocco_limit(t, kind, 100, memory.at, 4096 + 320);
    if ((done < 0 || (kind == LIMIT_FP32 && done < 100) || (kind == LIMIT_READ && (done < 4096 || done > 4096 + 320))) && failures++ < 20)
      printf("%s: %g done of limit %d\n", TIER_NAMES[t], done, kind);
  }
  release(memory);
}

// With the argument `tiers`, only tells which can be used here.
int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "tiers")) {
    static const char *STATES[] = {"not compiled", "not run by this CPU", "usable"};
    for (int t = 0; t < TIERS; t++) printf("%s: %s\n", TIER_NAMES[t], STATES[sirocco_tier_state(t)]);
    return 0;
  }
  static const int ROWS[] = {1, 7, 16, 33, 50}, BATCHES[] = {1, 5, 17, 31, 67};
  for (int t = 0; t < TIERS; t++) {
    if (sirocco_tier_state(t) != 2) {
      if (sirocco_tier_state(t) == 1) printf("%s: compiled, but not run on this CPU\n", TIER_NAMES[t]);
      continue;
    }
    for (int i = 0; i < N_TYPES; i++)
      for (int planes = 1; planes <= 2; planes++)
        for (int k = 0; k < 5; k++) {
          int type = TYPES[i], columns = is_float(type) ? 1 + 131 * k : (1 + (k == 4 ? 18 : k)) * stored_elements(type);
          check_product(t, type, planes, ROWS[k], columns, BATCHES[(k + i) % 5], 0);
          check_product(t, type, planes, ROWS[(k + 2) % 5], columns, BATCHES[(k + i + 3) % 5], 1);
        }
    for (int i = 0; i < N_TYPES; i++) {
      // Two to four rows, which some tiers treat by themselves; the most rows without panels, and one more; panels of
      // several chunks with remainders of all sizes.
      const int floats = is_float(TYPES[i]), elements = stored_elements(TYPES[i]);
      const int columns = floats ? 131 : 2 * elements, more = floats ? 131 : elements == 32 ? 18 * 32 : 3 * elements;
      for (int batch = 2; batch <= 4; batch++) check_product(t, TYPES[i], 1, 50, columns, batch, batch == 3);
      for (int batch = 16; batch <= 64; batch += 48) check_product(t, TYPES[i], 1 + i % 2, 33, columns, batch, 0);
      for (int batch = 65; batch <= 75; batch += batch == 65 ? 8 : 1) check_product(t, TYPES[i], 1 + (i + batch) % 2, 33, more, batch, 0);
      // So many rows that units go in groups, the last of which is not whole.
      check_product(t, TYPES[i], 1 + i % 2, 5 * sirocco_unit_outputs(t, TYPES[i], 0) + 3, is_float(TYPES[i]) ? 37 : stored_elements(TYPES[i]), i % 2 ? 130 : 258, i % 3 == 0);
    }
    for (int type = T_F32; type <= T_F16; type++) {
      check_attention(t, type, 1, 0, 1, 1, 2, 1 << 30);
      check_attention(t, type, 5, 37, 4, 2, 24, 1 << 30);
      check_attention(t, type, 40, 21, 8, 2, 64, 17);
      check_attention(t, type, 1, 100, 6, 1, 17, 33);
    }
    for (int columns = 1; columns < 100; columns++) check_rows(t, columns);
    check_halves(t);
    check_limits(t);
    printf("%s: done\n", TIER_NAMES[t]);
    fflush(stdout);
  }
  printf(failures ? "%d failures\n" : "all as it should be\n", failures);
  return failures != 0;
}
