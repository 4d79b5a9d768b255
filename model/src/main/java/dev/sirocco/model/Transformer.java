package dev.sirocco.model;

import dev.sirocco.kernels.Kernels;
import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.ModelWeights;
import dev.sirocco.weights.TensorNames;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntUnaryOperator;

/**
 * A Mistral or Mixtral model (Jiang et al. 2023 and 2024): turns tokens into hidden states and
 * logits.
 *
 * <p>{@link #forward} runs a flat batch of tokens of one or several sequences, each at its own
 * position, and leaves their keys and values in the sequences' caches; {@link #logits} then gives
 * the predictions after chosen rows. What a row gives depends on its own sequence alone, bit for
 * bit: not on the other rows, nor on how the sequence was cut into chunks, nor on threads. Rows
 * whose outputs nobody wants ({@link Batch.Part#withOutputs}) are left out of the last block.
 *
 * <p>Memory for the largest batch is allocated once, outside the Java heap. Used by one thread at a
 * time; does not own the kernels nor the weights.
 *
 * @see TransformerBlock
 */
public final class Transformer implements AutoCloseable {

  /** Most rows of one {@link #logits} call. */
  public static final int MAX_LOGIT_ROWS = 32;

  private final Arena arena = Arena.ofShared();
  private final ModelConfig config;
  private final DType kvType;
  private final int maxRows;
  private final Kernels kernels;
  private final Rope rope;
  private final Tensor embeddings;
  private final List<TransformerBlock> blocks = new ArrayList<>();
  private final RmsNorm norm;
  private final Tensor output;
  private final FiniteCheck finiteCheck;
  private final Workspace workspace;
  private final FloatMatrix lastHidden;
  private final FloatMatrix logits;
  private Workspace outputs;
  private int[] outputRows = {};
  private Optional<RoutingListener> routingListener = Optional.empty();
  private Optional<HiddenStateListener> hiddenStateListener = Optional.empty();

  /**
   * Makes a model with all its experts in memory.
   *
   * @param config hyper-parameters, which may override those of the file: window, experts per token
   * @param weights tensors; must stay open as long as the model is used
   * @param kernels arithmetic; must stay open as long as the model is used
   * @param kvType type of keys and values, {@link DType#F16} or {@link DType#F32}
   * @param maxRows most tokens of a batch
   * @throws dev.sirocco.weights.ModelFormatException if a tensor is missing or has another shape
   */
  public Transformer(
      ModelConfig config, ModelWeights weights, Kernels kernels, DType kvType, int maxRows) {
    this(config, weights, kernels, new InMemoryExperts(config, weights, kernels), kvType, maxRows);
  }

  /** As the other constructor, with experts that may live elsewhere. */
  public Transformer(
      ModelConfig config,
      ModelWeights weights,
      Kernels kernels,
      Experts experts,
      DType kvType,
      int maxRows) {
    this(
        config,
        weights,
        kernels,
        experts,
        new Rope(config.rope(), config.headDim()),
        kvType,
        maxRows);
  }

  /** With rotations of one's own, for tests. */
  Transformer(
      ModelConfig config,
      ModelWeights weights,
      Kernels kernels,
      Experts experts,
      Rope rope,
      DType kvType,
      int maxRows) {
    this.config = config;
    this.kvType = kvType;
    this.maxRows = maxRows;
    this.kernels = kernels;
    this.rope = rope;
    int dim = config.dim();
    int vocab = config.vocabSize();
    this.embeddings = Shapes.matrix(weights, TensorNames.TOK_EMBEDDINGS, vocab, dim);
    this.output =
        config.tiedEmbeddings()
            ? embeddings
            : Shapes.matrix(weights, TensorNames.OUTPUT, vocab, dim);
    this.norm = norm(weights, TensorNames.NORM);
    Optional<MoeBuffers> moeBuffers =
        config.moe().map(moe -> MoeBuffers.allocate(arena, config, maxRows));
    for (int i = 0; i < config.nLayers(); i++) {
      blocks.add(block(i, weights, experts, moeBuffers));
    }
    this.finiteCheck = new FiniteCheck(config, weights, kernels);
    this.workspace = Workspace.allocate(arena, config, kvType, maxRows);
    this.outputs = workspace;
    this.lastHidden = FloatMatrix.allocate(arena, MAX_LOGIT_ROWS, dim);
    this.logits = FloatMatrix.allocate(arena, MAX_LOGIT_ROWS, vocab);
  }

  private TransformerBlock block(
      int layer, ModelWeights weights, Experts experts, Optional<MoeBuffers> moeBuffers) {
    FeedForwardLayer feedForward =
        moeBuffers.isPresent()
            ? new MoeLayer(
                layer,
                config,
                weights,
                kernels,
                experts,
                moeBuffers.get(),
                arena,
                () -> routingListener)
            : new FeedForward(layer, config, weights, kernels);
    return new TransformerBlock(
        norm(weights, TensorNames.attentionNorm(layer)),
        new Attention(layer, config, weights, kernels),
        norm(weights, TensorNames.ffnNorm(layer)),
        feedForward);
  }

  private RmsNorm norm(ModelWeights weights, String name) {
    return new RmsNorm(kernels, Shapes.vector(weights, name, config.dim()), config.normEps());
  }

  /** The hyper-parameters in use. */
  public ModelConfig config() {
    return config;
  }

  /** Most tokens of a batch. */
  public int maxRows() {
    return maxRows;
  }

  /**
   * An empty cache for one sequence: a rolling buffer if the model has a window smaller than the
   * context, else a full one.
   *
   * @param context most positions of the sequence
   */
  public KvCache newCache(int context) {
    OptionalInt window = config.slidingWindow();
    return window.isPresent() && window.getAsInt() < context
        ? new RollingBufferCache(config, kvType, context, window.getAsInt())
        : new FullKvCache(config, kvType, context);
  }

  /**
   * Memory for the keys and values of many sequences; the caller closes it.
   *
   * @param blocks number of blocks
   * @param blockTokens positions of a block
   */
  public KvPool newPool(int blocks, int blockTokens) {
    return new KvPool(config, kvType, blocks, blockTokens);
  }

  /** Type of keys and values. */
  public DType kvType() {
    return kvType;
  }

  /** Lets {@code listener} see the router's decisions from the next pass on; empty for none. */
  public void setRoutingListener(Optional<RoutingListener> listener) {
    routingListener = listener;
  }

  /** Lets {@code listener} see the hidden states from the next pass on; empty for none. */
  public void setHiddenStateListener(Optional<HiddenStateListener> listener) {
    hiddenStateListener = listener;
  }

  /**
   * Computes a batch, and appends its keys and values to the caches of its sequences.
   *
   * @throws IllegalArgumentException if the batch has more than {@link #maxRows} rows, a token id
   *     is out of range, or a sequence would exceed its context; no cache is changed then
   * @throws NonFiniteException if hidden states are not finite numbers; the sequences of the batch
   *     cannot go on: rewind their caches to 0
   */
  public void forward(Batch batch) {
    check(batch);
    List<Batch.Placed> parts = batch.placed();
    Workspace ws = workspace.first(batch.rows());
    for (Batch.Placed part : parts) {
      part.cache().reserve(part.count());
      rotateFrom(part, ws.cosSin());
    }
    kernels.embed(embeddings, batch.tokens(), ws.x());
    finiteCheck.afterEmbedding(ws.x());
    for (int i = 0; i < blocks.size() - 1; i++) {
      show(i, ws.x());
      blocks.get(i).forward(parts, ws);
      finiteCheck.afterBlock(i, ws.x(), IntUnaryOperator.identity());
    }
    outputs = lastBlock(batch, parts, ws);
    outputRows = batch.outputRows();
    finiteCheck.afterBlock(blocks.size() - 1, outputs.x(), i -> outputRows[i]);
    if (hiddenStateListener.isPresent()) {
      norm.forward(outputs.x(), outputs.xn());
      show(blocks.size(), outputs.xn());
    }
    parts.forEach(part -> part.cache().advance(part.count()));
  }

  /** Goes on with the rows whose outputs are wanted, and returns them. */
  private Workspace lastBlock(Batch batch, List<Batch.Placed> parts, Workspace ws) {
    TransformerBlock block = blocks.getLast();
    show(blocks.size() - 1, ws.x());
    int[] wanted = batch.outputRows();
    if (wanted.length < batch.rows()) {
      return block.forwardLast(batch, ws, wanted);
    }
    block.forward(parts, ws);
    return ws;
  }

  private void rotateFrom(Batch.Placed part, FloatMatrix cosSin) {
    for (int i = 0; i < part.count(); i++) {
      rope.angles(part.cache().length() + i, cosSin, part.firstRow() + i);
    }
  }

  private void show(int index, FloatMatrix hidden) {
    hiddenStateListener.ifPresent(listener -> listener.hidden(index, hidden));
  }

  /**
   * Predictions after rows of the last batch: the unnormalised log-probability of every token to
   * come next.
   *
   * @param rows at most {@link #MAX_LOGIT_ROWS} rows of the batch, whose outputs were wanted
   * @return [rows.length, V]; valid until the next call
   * @throws NonFiniteException if a logit is not a finite number
   */
  public FloatMatrix logits(int... rows) {
    if (rows.length > MAX_LOGIT_ROWS) {
      throw new IllegalArgumentException(
          "logits of %d rows were asked for; at most %d can be given at once"
              .formatted(rows.length, MAX_LOGIT_ROWS));
    }
    FloatMatrix hidden = lastHidden.rows(0, rows.length);
    kernels.gather(outputs.x(), Arrays.stream(rows).map(this::outputRow).toArray(), hidden);
    norm.forward(hidden, hidden);
    FloatMatrix result = logits.rows(0, rows.length);
    kernels.linear(output, hidden, result);
    finiteCheck.afterOutput(result);
    return result;
  }

  private int outputRow(int row) {
    int index = Arrays.binarySearch(outputRows, row);
    if (index < 0) {
      throw new IllegalArgumentException(
          "row %d of the batch has no predictions; wanted one of the %d rows whose outputs were asked for"
              .formatted(row, outputRows.length));
    }
    return index;
  }

  private void check(Batch batch) {
    if (batch.rows() > maxRows) {
      throw new IllegalArgumentException(
          "a batch of %d tokens was given; at most %d can be computed at once"
              .formatted(batch.rows(), maxRows));
    }
    for (Batch.Part part : batch.parts()) {
      part.tokens().forEach(this::requireKnown);
      KvCache cache = part.cache();
      if (part.count() > cache.context() - cache.length()) {
        throw new IllegalArgumentException(
            "%d more tokens after %d exceed the context of %d; shorten the text or open the model with a larger context"
                .formatted(part.count(), cache.length(), cache.context()));
      }
    }
  }

  private void requireKnown(int token) {
    if (token < 0 || token >= config.vocabSize()) {
      throw new IllegalArgumentException(
          "token id %d is out of range; the model knows 0 to %d"
              .formatted(token, config.vocabSize() - 1));
    }
  }

  /** Frees the memory; the model cannot be used afterwards. */
  @Override
  public void close() {
    arena.close();
  }
}
