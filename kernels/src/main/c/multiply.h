// The loop over chunks of the inputs of a few units; see unit.h.
//
// A chunk of the units' panels is unpacked, and then multiplied with ROWS rows at a time, so that rows
// that lie in slower memory are read once for all GROUP units. The scratch memory holds the panels,
// then the sums of each unit.

#define PANEL_BYTES (MAX_PANEL > 4 * LANES * FLOAT_CHUNK ? MAX_PANEL : 4 * LANES * FLOAT_CHUNK)

INLINE uint8_t *panel_of(uint8_t *scratch, int unit, int i) { return scratch + (int64_t)(2 * unit + i) * PANEL_BYTES; }

INLINE float *sums_of(uint8_t *scratch, int unit, int batch) {
  return (float *)(void *)(scratch + 2 * GROUP * (int64_t)PANEL_BYTES) + (int64_t)unit * batch * 2 * LANES;
}

static int64_t scratch_bytes(int32_t batch) {
  return 2 * GROUP * (int64_t)PANEL_BYTES + GROUP * (int64_t)batch * 2 * LANES * (int64_t)sizeof(float);
}

// Copies the chunk of a panel that has fewer than LANES rows; the missing ones count as zeros.
static void copy_edge(source s, int64_t offset, int bytes, uint8_t *edge) {
  memset(edge, 0, (size_t)(LANES * bytes));
  for (int r = 0; r < s.valid; r++) memcpy(edge + r * bytes, s.rows + r * s.stride + offset, (size_t)bytes);
}

// The memory that the units after these read at the same place of their rows.
INLINE const uint8_t *ahead_of(const product *p, const source *s, int units, int64_t offset) {
  return s->rows + (int64_t)(p->gated ? LANES : 2 * LANES) * units * s->stride + offset * LANES;
}

static void quantised_units(const product *p, int first, int units, uint8_t *scratch) {
  uint8_t edge[LANES * CHUNK_BLOCKS * 34] __attribute__((aligned(64)));
  const int type = p->w.type, elements = stored_elements(type), bytes = stored_bytes(type), stored = p->columns / elements;
  const int chunk = CHUNK_BLOCKS * 32 / elements;
  pack_function pack = pack_of(type, p->planes);
  tiles_function multiply = tiles_of(type, p->planes);
  const int64_t record = (int64_t)record_bytes(form_of(type, p->planes), p->planes);
  for (int b = 0; b < stored; b += chunk) {
    const int n = min_int(chunk, stored - b), blocks = n * (elements / 32);
    const int64_t offset = (int64_t)b * bytes;
    for (int u = 0; u < units; u++) {
      source s[2];
      unit_sources(p, first + u, s);
      for (int i = 0; i < 2; i++) {
        if (s[i].valid == LANES) {
          pack(s[i].rows + offset, s[i].stride, n, panel_of(scratch, u, i), ahead_of(p, s + i, units, offset));
        } else {
          copy_edge(s[i], offset, n * bytes, edge);
          pack(edge, n * bytes, n, panel_of(scratch, u, i), edge);
        }
      }
    }
    const uint8_t *x = p->x + (int64_t)b * (elements / 32) * record;
    for (int t = 0; t < p->batch; t += ROWS)
      for (int u = 0; u < units; u++)
        multiply(panel_of(scratch, u, 0), panel_of(scratch, u, 1), x + t * p->x_stride, p->x_stride, min_int(ROWS, p->batch - t), blocks,
                 sums_of(scratch, u, p->batch) + t * 2 * LANES);
  }
}

static void multiply_floats(const product *p, int pairs, int unit, int k, int n, uint8_t *scratch, int t) {
  const int rows = min_int(ROWS, p->batch - t);
  const uint8_t *w0 = panel_of(scratch, unit, 0), *w1 = panel_of(scratch, unit, 1);
  float *acc = sums_of(scratch, unit, p->batch) + t * 2 * LANES;
#ifdef __AVX512BF16__
  if (pairs) {
    pair_tiles(w0, w1, p->x + t * p->x_stride + 2 * (int64_t)k, p->x_stride, rows, (n + 1) / 2, 64, acc);
    return;
  }
#endif
  (void)pairs;
  float_tiles(w0, w1, p->x + t * p->x_stride + 4 * (int64_t)k, p->x_stride, rows, n, 4 * LANES, acc);
}

static void float_units(const product *p, int first, int units, uint8_t *scratch) {
  uint8_t edge[LANES * 4 * FLOAT_CHUNK] __attribute__((aligned(64)));
  const int type = p->w.type, size = float_bytes(type), pairs = form_of(type, p->planes) == FORM_BF16;
  for (int k = 0; k < p->columns; k += FLOAT_CHUNK) {
    const int n = min_int(FLOAT_CHUNK, p->columns - k);
    const int64_t offset = (int64_t)k * size;
    for (int u = 0; u < units; u++) {
      source s[2];
      unit_sources(p, first + u, s);
      for (int i = 0; i < 2; i++) {
        if (s[i].valid == LANES) {
          pack_float_any(type, pairs, s[i].rows + offset, s[i].stride, n, panel_of(scratch, u, i), ahead_of(p, s + i, units, offset));
        } else {
          copy_edge(s[i], offset, n * size, edge);
          pack_float_any(type, pairs, edge, n * size, n, panel_of(scratch, u, i), edge);
        }
      }
    }
    for (int t = 0; t < p->batch; t += ROWS)
      for (int u = 0; u < units; u++) multiply_floats(p, pairs, u, k, n, scratch, t);
  }
}

#ifdef FEW_ROWS
_Static_assert(2 * FEW_ROWS <= ROWS_WITHOUT_GROUPS, "few rows go unit by unit");

// Few rows of activations: without panels, where the tier can.
static int few_rows_unit(const product *p, int unit, uint8_t *scratch) {
  uint8_t edge[LANES * 210] __attribute__((aligned(64)));
  const int type = p->w.type, elements = stored_elements(type), bytes = stored_bytes(type), stored = p->columns / elements;
  const int64_t record = (int64_t)record_bytes(form_of(type, p->planes), p->planes) * (elements / 32);
  rows_function multiply_rows = rows_of(type, p->planes);
  source s[2];
  unit_sources(p, unit, s);
  for (int i = 0; multiply_rows && i < 2; i++) {
    rows r = {p->x, p->x_stride, p->batch, sums_of(scratch, 0, p->batch) + i * LANES};
    if (s[i].valid == LANES) {
      multiply_rows(s[i].rows, s[i].stride, stored, r, ahead_of(p, s + i, 1, 0));
      continue;
    }
    for (int b = 0; s[i].valid > 0 && b < stored; b++, r.x += record) {
      copy_edge(s[i], (int64_t)b * bytes, bytes, edge);
      multiply_rows(edge, bytes, 1, r, edge);
    }
  }
  return multiply_rows != 0;
}
#endif

#ifdef FEW_FLOAT_ROWS
// The same with float weights; not for a unit with fewer outputs.
static int few_float_rows_unit(const product *p, int unit, uint8_t *scratch) {
  source s[2];
  unit_sources(p, unit, s);
  if (s[0].valid < LANES || s[1].valid < LANES) return 0;
  const uint8_t *w[2] = {s[0].rows, s[1].rows}, *ahead[2] = {ahead_of(p, s, 1, 0), ahead_of(p, s + 1, 1, 0)};
  const float_rows_function multiply_rows = float_rows_of(p->w.type, p->batch);
  multiply_rows(w, s[0].stride, p->columns, p->x, p->x_stride, sums_of(scratch, 0, p->batch), ahead);
  return 1;
}
#endif

static void sum_units(const product *p, int first, int units, uint8_t *scratch) {
  memset(sums_of(scratch, 0, p->batch), 0, (size_t)units * (size_t)p->batch * 2 * LANES * sizeof(float));
  if (p->w.type == T_F32 || p->w.type == T_F16 || p->w.type == T_BF16) {
#ifdef FEW_FLOAT_ROWS
    if (p->batch <= FEW_FLOAT_ROWS && few_float_rows_unit(p, first, scratch)) return;
#endif
    float_units(p, first, units, scratch);
    return;
  }
#ifdef FEW_ROWS
  if (p->batch <= FEW_ROWS && few_rows_unit(p, first, scratch)) return;
#endif
  quantised_units(p, first, units, scratch);
}

static int unit_outputs(int type, int gated) { (void)type; return gated ? LANES : 2 * LANES; }

static void multiply(const product *p, int32_t first_unit, int32_t last_unit, uint8_t *scratch) {
  const int group = p->batch * p->planes <= ROWS_WITHOUT_GROUPS ? 1 : GROUP;
  for (int u = first_unit; u < last_unit; u += group) {
    const int units = min_int(group, last_unit - u);
    sum_units(p, u, units, scratch);
    for (int i = 0; i < units; i++) {
      source s[2];
      unit_sources(p, u + i, s);
      finish_unit(p, u + i, s, sums_of(scratch, i, p->batch));
    }
  }
}
