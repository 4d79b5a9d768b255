// Products in plain C, for any CPU: one output at a time.
#include "sirocco.h"

#include "elementwise.h"

#define LANES 8
#define CHUNK_BLOCKS 64
#define FLOAT_CHUNK 512
#define UNIT 4
#define PARTS 16  // sums of interleaved elements, so that the compiler can use vectors

static int form_of(int type, int planes) {
  (void)planes;
  if (type == T_F32 || type == T_F16 || type == T_BF16) return FORM_FLOATS;
  return scales_per_32(kind_of(type)) == 2 ? FORM_HALVES : FORM_BLOCKS;
}

static void quantise_block(int form, int planes, const float *x, uint8_t *to) {
  const float most = planes == 1 ? 127.0f : 32512.0f;
  float largest = 0;
  int nan = 0;
  for (int i = 0; i < 32; i++) {
    float a = __builtin_fabsf(x[i]);
    largest = a > largest ? a : largest;
    nan |= x[i] != x[i];
  }
  if (nan || !(largest < __builtin_inff())) {  // spreads to all outputs
    memset(to, 0, (size_t)(32 * planes));
    store_tail(form, to + 32 * planes, __builtin_nanf(""), 0, 0);
    return;
  }
  float d = largest < 1e-30f ? 0.0f : largest / most, inverse = largest < 1e-30f ? 0.0f : most / largest;
  int32_t sums[2] = {0, 0};
  for (int i = 0; i < 32; i++) {
    float v = x[i] * inverse;
    int32_t q = (int32_t)(v + 12582912.0f - 12582912.0f);  // to nearest, ties to even
    sums[i / 16] += q;
    if (planes == 2) to[i] = (uint8_t)((q + 128) >> 8);
    to[(planes - 1) * 32 + i] = (uint8_t)q;
  }
  store_tail(form, to + 32 * planes, d, sums[0], sums[1]);
}

static void prepare(int form, int planes, const float *x, int64_t x_stride, int32_t rows, int32_t columns, uint8_t *to, int64_t to_stride) {
  const int record = (int)record_bytes(form, planes);
  for (int t = 0; t < rows; t++, x += x_stride, to += to_stride)
    for (int b = 0; b < columns / 32; b++) quantise_block(form, planes, x + 32 * b, to + b * record);
}

// One row of a chunk of blocks times one row of activations, added to `sum`.
INLINE float dot_blocks(int kind, int planes, int blocks, const uint8_t *q, const float *d, const float *m, const uint8_t *x, float sum) {
  const int per32 = scales_per_32(kind), n = 32 / per32, minimum = has_minimum(kind), zero = zero_of(kind);
  const int record = (int)record_bytes(per32 == 2 ? FORM_HALVES : FORM_BLOCKS, planes);
  for (int b = 0; b < blocks; b++, q += 32, x += record) {
    const uint8_t *tail = x + 32 * planes;
    float dx;
    memcpy(&dx, tail, 4);
    for (int h = 0; h < per32; h++) {
      int32_t s = 0;
      for (int plane = 0; plane < planes; plane++) {
        int32_t part = 0;
        for (int i = 0; i < n; i++) part += (q[n * h + i] - zero) * (int8_t)x[32 * plane + n * h + i];
        s = s * 256 + part;
      }
      sum += (float)s * (d[per32 * b + h] * dx);
      if (minimum) {
        float of_x;
        memcpy(&of_x, tail + 4 + 4 * h, 4);
        sum += m[per32 * b + h] * of_x;
      }
    }
  }
  return sum;
}

static void quantised_row(const product *p, const matrix *w, int row, float *acc) {
  uint8_t q[CHUNK_BLOCKS * 32];
  float d[CHUNK_BLOCKS * 2], m[CHUNK_BLOCKS * 2];
  const int type = w->type, kind = kind_of(type), per32 = scales_per_32(kind);
  const int elements = stored_elements(type), bytes = stored_bytes(type), blocks = p->columns / 32;
  const int64_t record = (int64_t)record_bytes(form_of(type, p->planes), p->planes);
  for (int first = 0; first < blocks; first += CHUNK_BLOCKS) {
    int n = min_int(CHUNK_BLOCKS, blocks - first);
    for (int b = 0; b < n; b += elements / 32)
      unpack_block(type, w->weights + row * w->row_bytes + (int64_t)((first + b) / (elements / 32)) * bytes, q + 32 * b, d + per32 * b, m + per32 * b);
    for (int t = 0; t < p->batch; t++)
      acc[t] = dot_blocks(kind, p->planes, n, q, d, m, p->x + t * p->x_stride + first * record, acc[t]);
  }
}

static void floats_of(int type, const uint8_t *w, int n, float *to) {
  for (int i = 0; i < n; i++) to[i] = float_at(w, type, i);
}

static float dot_floats(const float *w, const uint8_t *x, int n) {
  float part[PARTS] = {0}, v[PARTS], sum = 0;
  int k = 0;
  for (; k + PARTS <= n; k += PARTS) {
    memcpy(v, x + 4 * k, sizeof v);
    for (int i = 0; i < PARTS; i++) part[i] += w[k + i] * v[i];
  }
  if (k < n) {
    memcpy(v, x + 4 * k, (size_t)(4 * (n - k)));
    for (int i = 0; i < n - k; i++) part[i] += w[k + i] * v[i];
  }
  for (int i = 0; i < PARTS; i++) sum += part[i];
  return sum;
}

static void float_row(const product *p, const matrix *w, int row, float *acc) {
  float values[FLOAT_CHUNK];
  const int size = w->type == T_F32 ? 4 : 2;
  for (int k = 0; k < p->columns; k += FLOAT_CHUNK) {
    int n = min_int(FLOAT_CHUNK, p->columns - k);
    floats_of(w->type, w->weights + row * w->row_bytes + (int64_t)k * size, n, values);
    for (int t = 0; t < p->batch; t++) acc[t] += dot_floats(values, p->x + t * p->x_stride + 4 * (int64_t)k, n);
  }
}

static void row_of(const product *p, const matrix *w, int row, float *acc) {
  for (int t = 0; t < p->batch; t++) acc[t] = 0;
  if (form_of(w->type, p->planes) == FORM_FLOATS) float_row(p, w, row, acc);
  else quantised_row(p, w, row, acc);
}

// A panel: an element of LANES rows side by side, as float32.
static void pack_float_any(int type, int pairs, const uint8_t *p, int64_t stride, int elements, uint8_t *panel, const uint8_t *ahead) {
  (void)pairs; (void)ahead;
  for (int k = 0; k < elements; k++)
    for (int r = 0; r < LANES; r++) {
      float f = float_at(p + r * stride, type, k);
      memcpy(panel + 4 * (LANES * k + r), &f, 4);
    }
}

// acc[c][panel][lane] += two panels times rows.
static void float_tiles(const uint8_t *w0, const uint8_t *w1, const uint8_t *x, int64_t x_stride, int batch, int steps, int64_t w_step, float *acc) {
  for (int c = 0; c < batch; c++, x += x_stride, acc += 2 * LANES)
    for (int k = 0; k < steps; k++) {
      float v, w[2 * LANES];
      memcpy(&v, x + 4 * k, 4);
      memcpy(w, w0 + k * w_step, 4 * LANES);
      memcpy(w + LANES, w1 + k * w_step, 4 * LANES);
      for (int i = 0; i < 2 * LANES; i++) acc[i] += w[i] * v;
    }
}

// Scores first..last-1 of a block to exp(score - largest), the others to 0; adds them to the sum, which
// is rescaled to the largest score so far. Returns the latter.
INLINE float softmax_row(float *scores, int first, int last, float before, float *sum) {
  float largest = before, added = 0;
  for (int i = first; i < last; i++) largest = scores[i] > largest ? scores[i] : largest;
  for (int i = 0; i < 2 * LANES; i++) {
    scores[i] = i >= first && i < last ? exp_of(scores[i] - largest) : 0.0f;
    added += scores[i];
  }
  *sum = *sum * exp_of(before - largest) + added;
  return largest;
}

#include "attention.h"

static int unit_outputs(int type, int gated) { (void)type; (void)gated; return UNIT; }

static int64_t scratch_bytes(int32_t batch) { return 2 * (int64_t)batch * (int64_t)sizeof(float); }

static void multiply(const product *p, int32_t first_unit, int32_t last_unit, uint8_t *scratch) {
  float *a = (float *)(void *)scratch, *b = a + p->batch;
  for (int o = first_unit * UNIT; o < min_int(last_unit * UNIT, p->w.rows); o++) {
    row_of(p, &p->w, o, a);
    if (p->gated) row_of(p, &p->up, o, b);
    for (int t = 0; t < p->batch; t++) p->y[t * p->y_stride + o] = p->gated ? a[t] / (1.0f + exp_of(a[t] < -88.0f ? 88.0f : -a[t])) * b[t] : a[t];
  }
}

const tier sirocco_baseline = {form_of, prepare, unit_outputs, scratch_bytes, multiply, attention_scratch_bytes, attend, rms_norm, rope, to_half, add_scaled};
