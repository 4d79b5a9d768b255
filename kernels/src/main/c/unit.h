// What all products share: a unit is 2 * LANES outputs in two panels, or LANES gated pairs.
// Its sums of all rows are kept as acc[row][panel][lane] until the last chunk of the inputs is done.
//
// A tier gives LANES, CHUNK_BLOCKS, FLOAT_CHUNK, ROWS, GROUP, ROWS_WITHOUT_GROUPS, MAX_PANEL, form_of, and
//   pack_of: unpacks stored blocks of LANES rows, `stride` bytes apart, into a panel; asks for the
//     memory at `ahead` on the way,
//   rows_of, where FEW_ROWS says up to how many rows: multiplies LANES rows of weights with a few rows
//     of activations without a panel; 0 for types that have none,
//   float_rows_of, where FEW_FLOAT_ROWS says so: the same for two times LANES rows of float weights,
//   tiles_of: two panels times all rows of the batch, over some blocks of 32,
//   pack_float_any, float_tiles: the same for float weights, over some elements,
//   finish_unit: writes the outputs.

typedef void (*pack_function)(const uint8_t *rows, int64_t stride, int stored, uint8_t *panel, const uint8_t *ahead);
typedef void (*tiles_function)(const uint8_t *w0, const uint8_t *w1, const uint8_t *x, int64_t x_stride, int batch, int blocks, float *acc);

// One of the two panels of a unit: up to LANES outputs of a matrix.
typedef struct { const uint8_t *rows; int64_t stride; int valid; } source;

INLINE source source_of(const matrix *m, int first) {
  int valid = m->rows - first;
  source s = {m->weights + (valid > 0 ? first : 0) * m->row_bytes, m->row_bytes, valid < 0 ? 0 : valid > LANES ? LANES : valid};
  return s;
}

INLINE void unit_sources(const product *p, int unit, source s[2]) {
  s[0] = source_of(&p->w, p->gated ? unit * LANES : unit * 2 * LANES);
  s[1] = p->gated ? source_of(&p->up, unit * LANES) : source_of(&p->w, unit * 2 * LANES + LANES);
}

// A few rows of activations that are multiplied without panels: their records of the blocks that are
// next, and their sums, 2 * LANES apart.
typedef struct {
  const uint8_t *x;
  int64_t x_stride;
  int count;
  float *acc;
} rows;

typedef void (*rows_function)(const uint8_t *w, int64_t stride, int stored, rows r, const uint8_t *ahead);

// Rows of float weights are read in steps of a line of the cache: they often lie a power of two apart, so
// that the first-level cache has no room for the lines of all rows of a panel, and would lose a line
// before its next 16 bytes.
#define STEP_BYTES 64

// Asks for memory that is read soon, to lie in the second-level cache by then. Loads that stand before this
// are issued before: behind many such requests they would wait for memory, too.
INLINE void ask_for(const uint8_t *ahead, int bytes) {
  __asm__ volatile("" ::: "memory");
  for (int line = 0; line < bytes; line += 64) __builtin_prefetch(ahead + line, 0, 2);
}

INLINE int float_bytes(int type) { return type == T_F32 ? 4 : 2; }
