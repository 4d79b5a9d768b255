// Attention with a running softmax (Milakov & Gimelshein 2018; Dao et al. 2022), for any tier that gives
//   LANES, pack_float_any: rows of keys to panels of float32, an element of LANES keys side by side,
//   float_tiles: two panels times rows, softmax_row: see there.
//
// Keys are taken in blocks of 2 * LANES positions that begin at multiples of that number, whatever the
// chunk or the window; so each row has one order of summation. All query heads of a key/value head and
// some tokens share a block: rows = tokens * heads of the group.

#define BLOCK_KEYS (2 * LANES)

// Scratch of one item. Rounded up to whole vectors, all parts are aligned to 64 bytes.
typedef struct {
  float *q;       // [rows, head_dim], scaled
  float *scores;  // [rows, BLOCK_KEYS]
  float *o;       // [head_dim / BLOCK_KEYS, rows, BLOCK_KEYS]
  float *largest, *sum;  // [rows]
  uint8_t *keys;    // two panels [head_dim, LANES]
  uint8_t *values;  // [BLOCK_KEYS, padded head_dim]
  uint8_t *edge;    // rows of keys copied together, where they do not lie together
  int finite;       // whether all values of the block are finite numbers
} attention_scratch;

INLINE int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }
INLINE int padded_dim(int head_dim) { return (int)round_up(head_dim, BLOCK_KEYS); }

static int64_t place_attention_scratch(int32_t rows, int32_t head_dim, uint8_t *at, attention_scratch *s) {
  const int64_t dim = padded_dim(head_dim);
  const int64_t sizes[8] = {4 * rows * dim, 4 * rows * BLOCK_KEYS, 4 * rows * dim, 4 * rows, 4 * rows,
                            4 * BLOCK_KEYS * dim + 1024, 4 * BLOCK_KEYS * dim, 4 * LANES * dim};
  int64_t offsets[8], total = 0;
  for (int i = 0; i < 8; i++) {
    offsets[i] = total;
    total += round_up(sizes[i], 64);
  }
  if (s) {
    s->q = (float *)(void *)(at + offsets[0]);
    s->scores = (float *)(void *)(at + offsets[1]);
    s->o = (float *)(void *)(at + offsets[2]);
    s->largest = (float *)(void *)(at + offsets[3]);
    s->sum = (float *)(void *)(at + offsets[4]);
    s->keys = at + offsets[5];
    s->values = at + offsets[6];
    s->edge = at + offsets[7];
  }
  return total;
}

static int64_t attention_scratch_bytes(int32_t rows, int32_t head_dim) { return place_attention_scratch(rows, head_dim, 0, 0); }

// How many positions from `position` on lie in consecutive rows, and where.
INLINE int64_t run_of(const slice *s, int64_t position, int64_t key_row, int64_t value_row, const uint8_t **keys, const uint8_t **values) {
  int i = 0, end = s->n_segments;  // pages make many segments
  while (end - i > 1) {
    int middle = (i + end) / 2;
    if (position >= s->segments[middle].first) i = middle;
    else end = middle;
  }
  int64_t skip = position - s->segments[i].first;
  *keys = s->segments[i].keys + skip * key_row;
  *values = s->segments[i].values + skip * value_row;
  return s->segments[i].count - skip;
}

INLINE int all_finite(const float *x, int n) {
  int bad = 0;
  for (int i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, 4);
    bad |= (bits & 0x7f800000u) == 0x7f800000u;
  }
  return !bad;
}

// Asks for the memory of a head's keys and values from..to-1, of which a few lines lie together.
static void ask_for_rows(const attention *a, const slice *s, int kv_head, int64_t from, int64_t to) {
  const int key_head = a->head_dim * (a->key_type == T_F16 ? 2 : 4), value_head = a->head_dim * (a->value_type == T_F16 ? 2 : 4);
  const int64_t key_row = (int64_t)a->n_kv_heads * key_head, value_row = (int64_t)a->n_kv_heads * value_head;
  while (from < to) {
    const uint8_t *keys, *values;
    const int64_t run = min_long(to - from, run_of(s, from, key_row, value_row, &keys, &values));
    for (int64_t i = 0; i < run; i++) {
      for (int at = 0; at < key_head; at += 64) __builtin_prefetch(keys + i * key_row + (int64_t)kv_head * key_head + at);
      for (int at = 0; at < value_head; at += 64) __builtin_prefetch(values + i * value_row + (int64_t)kv_head * value_head + at);
    }
    from += run;
  }
}

// Unpacks the keys from..to-1 of the block at `block` into panels, and their values into rows; what the
// block has besides is zero.
static void load_block(const attention *a, const slice *s, int kv_head, int64_t block, int64_t from, int64_t to, attention_scratch *w) {
  const int key_size = a->key_type == T_F16 ? 2 : 4, value_size = a->value_type == T_F16 ? 2 : 4;
  const int dim = a->head_dim, padded = padded_dim(dim);
  const int64_t key_row = (int64_t)a->n_kv_heads * dim * key_size, value_row = (int64_t)a->n_kv_heads * dim * value_size;
  const uint8_t *keys, *values;
  for (int half = 0; half < 2; half++) {
    int64_t first = block + half * LANES;
    uint8_t *panel = w->keys + half * 4 * LANES * (int64_t)padded;
    if (first >= from && first + LANES <= to && run_of(s, first, key_row, value_row, &keys, &values) >= LANES) {
      pack_float_any(a->key_type, 0, keys + (int64_t)kv_head * dim * key_size, key_row, dim, panel, keys);
      continue;
    }
    for (int i = 0; i < LANES; i++) {
      uint8_t *row = w->edge + i * dim * key_size;
      if (first + i < from || first + i >= to) {
        memset(row, 0, (size_t)(dim * key_size));
      } else {
        run_of(s, first + i, key_row, value_row, &keys, &values);
        memcpy(row, keys + (int64_t)kv_head * dim * key_size, (size_t)(dim * key_size));
      }
    }
    pack_float_any(a->key_type, 0, w->edge, dim * key_size, dim, panel, w->edge);
  }
  w->finite = 1;
  int64_t run = 0;
  for (int i = 0; i < BLOCK_KEYS; i++, run--) {
    float *row = (float *)(void *)w->values + (int64_t)i * padded;
    if (block + i < from || block + i >= to) {
      memset(row, 0, (size_t)(4 * padded));
      continue;
    }
    if (run > 0) {
      values += value_row;
    } else {
      run = run_of(s, block + i, key_row, value_row, &keys, &values);
      values += (int64_t)kv_head * dim * value_size;
    }
    if (a->value_type == T_F16) floats_of_halves(values, row, dim);
    else memcpy(row, values, (size_t)(4 * dim));
    for (int j = dim; j < padded; j++) row[j] = 0;
    w->finite &= all_finite(row, dim);
  }
}

// Scores of one row to weights; rescales the row's output where a larger score came.
INLINE void weigh_row(const attention *a, attention_scratch *w, int rows, int row, int first, int last) {
  float *scores = w->scores + (int64_t)row * BLOCK_KEYS;
  if (last <= first) {
    memset(scores, 0, 4 * BLOCK_KEYS);
    return;
  }
  float before = w->largest[row];
  float largest = softmax_row(scores, first, last, before, &w->sum[row]);
  w->largest[row] = largest;
  if (largest != before && before != -__builtin_inff()) {
    float scale = exp_of(before - largest);
    for (int j = 0; j < padded_dim(a->head_dim) / BLOCK_KEYS; j++) {
      float *o = w->o + ((int64_t)j * rows + row) * BLOCK_KEYS;
      for (int i = 0; i < BLOCK_KEYS; i++) o[i] *= scale;
    }
  }
}

// The rows of a head begin at `row` among all rows of the scratch memory.
static void gather_queries(const attention *a, const slice *s, int kv_head, int first, int tokens, int row, attention_scratch *w) {
  const int group = a->n_heads / a->n_kv_heads, dim = a->head_dim;
  const float scale = 1.0f / square_root((float)dim);
  for (int t = 0; t < tokens; t++) {
    const float *q = a->q + ((int64_t)(s->first_row + first + t) * a->n_heads + kv_head * group) * dim;
    float *to = w->q + (int64_t)(row + t * group) * dim;
    for (int i = 0; i < group * dim; i++) to[i] = q[i] * scale;
  }
}

static void store_outputs(const attention *a, const slice *s, int kv_head, int first, int tokens, int rows, int row, const attention_scratch *w) {
  const int group = a->n_heads / a->n_kv_heads, dim = a->head_dim;
  for (int r = 0; r < tokens * group; r++) {
    float *out = a->out + ((int64_t)(s->first_row + first + r / group) * a->n_heads + kv_head * group + r % group) * dim;
    for (int i = 0; i < dim; i++)
      out[i] = w->o[((int64_t)(i / BLOCK_KEYS) * rows + row + r) * BLOCK_KEYS + i % BLOCK_KEYS] / w->sum[row + r];
  }
}

// The keys low..high-1 of the block that the query at `position` sees.
INLINE void visible_keys(const attention *a, int64_t position, int64_t block, int *low, int *high) {
  *low = (int)min_long(BLOCK_KEYS, max_long(0, position - a->window + 1 - block));
  *high = (int)max_long(0, min_long(BLOCK_KEYS, position + 1 - block));
}

// Adds the weighted values low..high-1 of the block to `n` of the rows.
static void add_values(const attention *a, attention_scratch *w, int rows, int row, int n, int low, int high) {
  const int64_t padded = padded_dim(a->head_dim);
  for (int j = 0; j < padded / BLOCK_KEYS; j++) {
    const uint8_t *v = w->values + 4 * (low * padded + (int64_t)j * BLOCK_KEYS);
    const uint8_t *weights = (const uint8_t *)(w->scores + (int64_t)row * BLOCK_KEYS + low);
    float_tiles(v, v + 4 * LANES, weights, 4 * BLOCK_KEYS, n, high - low, 4 * padded, w->o + ((int64_t)j * rows + row) * BLOCK_KEYS);
  }
}

// A block of keys and values for the rows of one head.
static void attend_block(const attention *a, int64_t start, int64_t block, int rows, int row, int n, attention_scratch *w) {
  const int group = a->n_heads / a->n_kv_heads, dim = a->head_dim, padded = padded_dim(dim);
  float *scores = w->scores + (int64_t)row * BLOCK_KEYS;
  memset(scores, 0, (size_t)(4 * (int64_t)n * BLOCK_KEYS));
  float_tiles(w->keys, w->keys + 4 * LANES * (int64_t)padded, (const uint8_t *)(w->q + (int64_t)row * dim), 4 * (int64_t)dim, n, dim, 4 * LANES, scores);
  for (int r = 0; r < n; r++) {
    int low, high;
    visible_keys(a, start + r / group, block, &low, &high);
    weigh_row(a, w, rows, row + r, low, high);
  }
  if (w->finite) add_values(a, w, rows, row, n, 0, BLOCK_KEYS);
  for (int r = 0; !w->finite && r < n; r++) {  // a weight of 0 would not hide what is not finite
    int low, high;
    visible_keys(a, start + r / group, block, &low, &high);
    if (low < high) add_values(a, w, rows, row + r, 1, low, high);
  }
}

// Some tokens for neighbouring heads, whose keys and values lie side by side: block by block for all of them.
static void attend_heads(const attention *a, const slice *s, int kv_head, int heads, int first, int tokens, attention_scratch *w) {
  const int group = a->n_heads / a->n_kv_heads, n = tokens * group, rows = heads * n;
  const int64_t start = s->start + first, end = start + tokens;
  const int64_t from = max_long(0, start - a->window + 1);
  for (int h = 0; h < heads; h++) gather_queries(a, s, kv_head + h, first, tokens, h * n, w);
  memset(w->o, 0, (size_t)(4 * (int64_t)rows * padded_dim(a->head_dim)));
  for (int row = 0; row < rows; row++) {
    w->largest[row] = -__builtin_inff();
    w->sum[row] = 0;
  }
  for (int64_t block = from / BLOCK_KEYS * BLOCK_KEYS; block < end; block += BLOCK_KEYS) {
    for (int h = 0; h < heads; h++) {
      ask_for_rows(a, s, kv_head + h, block + BLOCK_KEYS, min_long(end, block + 2 * BLOCK_KEYS));
      load_block(a, s, kv_head + h, block, from, end, w);
      attend_block(a, start, block, rows, h * n, n, w);
    }
  }
  for (int h = 0; h < heads; h++) store_outputs(a, s, kv_head + h, first, tokens, rows, h * n, w);
}

static void attend(const attention *a, int32_t first_item, int32_t last_item, uint8_t *scratch) {
  attention_scratch w;
  place_attention_scratch(a->block_rows * (a->n_heads / a->n_kv_heads), a->head_dim, scratch, &w);
  const slice *s = a->slices;
  for (int item = first_item, heads; item < last_item; item += heads) {
    while (s + 1 < a->slices + a->n_slices && item >= s[1].first_item) s++;
    int i = item - s->first_item, blocks = (s->count + a->block_rows - 1) / a->block_rows;
    int first = i % blocks * a->block_rows, tokens = min_int(a->block_rows, s->count - first);
    heads = blocks > 1 ? 1 : min_int(min_int(last_item - item, a->n_kv_heads - i), a->block_rows / tokens);
    attend_heads(a, s, i / blocks, heads, first, tokens, &w);
  }
}
