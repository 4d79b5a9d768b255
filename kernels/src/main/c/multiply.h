// The loop over chunks of a unit's inputs; see unit.h.

// Packs a chunk of a panel that has fewer than LANES rows; the missing ones count as zeros.
static void pack_edge(pack_function pack, source s, int64_t offset, int bytes, int stored, uint8_t *panel) {
  uint8_t edge[LANES * CHUNK_BLOCKS * 34] __attribute__((aligned(64)));
  memset(edge, 0, (size_t)(LANES * bytes));
  for (int r = 0; r < s.valid; r++) memcpy(edge + r * bytes, s.rows + r * s.stride + offset, (size_t)bytes);
  pack(edge, bytes, stored, panel, edge);
}

static void quantised_unit(const product *p, int unit, float *acc) {
  uint8_t panels[2][MAX_PANEL] __attribute__((aligned(64)));
  const int type = p->w.type, elements = stored_elements(type), bytes = stored_bytes(type), stored = p->columns / elements;
  const int chunk = CHUNK_BLOCKS * 32 / elements;
  pack_function pack = pack_of(type, p->planes);
  tiles_function multiply = tiles_of(type, p->planes);
  const int64_t record = (int64_t)record_bytes(form_of(type, p->planes), p->planes);
  source s[2];
  unit_sources(p, unit, s);
  memset(acc, 0, (size_t)p->batch * 2 * LANES * sizeof(float));
  for (int b = 0; b < stored; b += chunk) {
    int n = min_int(chunk, stored - b);
    int64_t offset = (int64_t)b * bytes;
    for (int i = 0; i < 2; i++) {
      const uint8_t *ahead = s[i].rows + (p->gated ? LANES : 2 * LANES) * s[i].stride + offset * LANES;
      if (s[i].valid == LANES) pack(s[i].rows + offset, s[i].stride, n, panels[i], ahead);
      else pack_edge(pack, s[i], offset, n * bytes, n, panels[i]);
    }
    multiply(panels[0], panels[1], p->x + (int64_t)b * (elements / 32) * record, p->x_stride, p->batch, n * (elements / 32), acc);
  }
  finish_unit(p, unit, s, acc);
}

static void float_unit(const product *p, int unit, float *acc) {
  uint8_t panels[2][4 * LANES * FLOAT_CHUNK] __attribute__((aligned(64)));
  uint8_t edge[LANES * 4 * FLOAT_CHUNK] __attribute__((aligned(64)));
  const int type = p->w.type, size = float_bytes(type), pairs = form_of(type, p->planes) == FORM_BF16;
  source s[2];
  unit_sources(p, unit, s);
  memset(acc, 0, (size_t)p->batch * 2 * LANES * sizeof(float));
  for (int k = 0; k < p->columns; k += FLOAT_CHUNK) {
    int n = min_int(FLOAT_CHUNK, p->columns - k);
    for (int i = 0; i < 2; i++) {
      const uint8_t *ahead = s[i].rows + (p->gated ? LANES : 2 * LANES) * s[i].stride + (int64_t)k * size * LANES;
      if (s[i].valid == LANES) {
        pack_float_any(type, pairs, s[i].rows + (int64_t)k * size, s[i].stride, n, panels[i], ahead);
      } else {
        memset(edge, 0, sizeof edge);
        for (int r = 0; r < s[i].valid; r++) memcpy(edge + r * n * size, s[i].rows + r * s[i].stride + (int64_t)k * size, (size_t)(n * size));
        pack_float_any(type, pairs, edge, n * size, n, panels[i], edge);
      }
    }
#ifdef __AVX512BF16__
    if (pairs) {
      pair_tiles(panels[0], panels[1], p->x + 2 * (int64_t)k, p->x_stride, p->batch, (n + 1) / 2, 64, acc);
      continue;
    }
#endif
    float_tiles(panels[0], panels[1], p->x + 4 * (int64_t)k, p->x_stride, p->batch, n, 4 * LANES, acc);
  }
  finish_unit(p, unit, s, acc);
}

static int unit_outputs(int type, int gated) { (void)type; return gated ? LANES : 2 * LANES; }

static int64_t scratch_bytes(int32_t batch) { return (int64_t)batch * 2 * LANES * (int64_t)sizeof(float); }

static void multiply(const product *p, int32_t first_unit, int32_t last_unit, uint8_t *scratch) {
  float *acc = (float *)(void *)scratch;
  for (int u = first_unit; u < last_unit; u++) {
    if (p->w.type == T_F32 || p->w.type == T_F16 || p->w.type == T_BF16) float_unit(p, u, acc);
    else quantised_unit(p, u, acc);
  }
}
