package dev.sirocco.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.model.KvPool;
import dev.sirocco.testkit.TinyModels;
import dev.sirocco.weights.ModelConfig;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who holds which block, and which are found again. */
class BlockManagerTest {

  private static final ModelConfig DENSE = TinyModels.dense(OptionalInt.empty());
  private static final OptionalInt USUAL = OptionalInt.empty();

  @TempDir Path folder;
  private SteppedEngine engine;
  private KvPool pool;
  private BlockManager blocks;

  @BeforeEach
  void open() {
    engine = SteppedEngine.of(folder, DENSE, 1, 8);
    pool = engine.model.transformer().newPool(5, 16);
    blocks = new BlockManager(pool, true);
  }

  @AfterEach
  void close() {
    pool.close();
    engine.close();
  }

  /** A sequence that has computed all its tokens. */
  private PagedMemory read(TokenList tokens, OptionalInt experts) {
    PagedMemory memory = new PagedMemory(blocks, 500, OptionalInt.empty(), true);
    memory.begin(tokens, experts);
    int left = tokens.size() - memory.cache().length();
    memory.reserve(left);
    memory.cache().advance(left);
    memory.settle();
    return memory;
  }

  private int found(TokenList tokens, OptionalInt experts) {
    PagedMemory memory = new PagedMemory(blocks, 500, OptionalInt.empty(), true);
    int found = memory.begin(tokens, experts);
    memory.release();
    return found;
  }

  @Test
  void fullBlocksWithEqualBeginningsAreHeldTogether() {
    PagedMemory a = read(tokens(40, -1), USUAL);
    PagedMemory b = read(tokens(40, 36), USUAL);

    assertThat(blocks.used()).isEqualTo(4);
    assertThat(blocks.holders(0)).isEqualTo(2);
    a.release();
    b.release();
    assertThat(blocks.used()).isZero();
    assertThat(blocks.cachedBlocks()).isEqualTo(2);
    assertThat(blocks.available()).isEqualTo(5);
  }

  @Test
  void onlyWhatBeginsTheSameWayIsFoundAndNeverTheLastToken() {
    read(tokens(48, -1), USUAL).release();

    assertThat(found(tokens(48, -1), USUAL)).isEqualTo(32);
    assertThat(found(tokens(49, -1), USUAL)).isEqualTo(48);
    assertThat(found(tokens(49, 20), USUAL)).isEqualTo(16);
    assertThat(found(tokens(49, 0), USUAL)).isZero();
    assertThat(found(tokens(49, -1), OptionalInt.of(1))).isZero();
  }

  @Test
  void theLeastRecentlyUsedBlockGoesFirstAndABeginningAfterItsEnd() {
    read(tokens(33, 0), USUAL).release(); // two full blocks
    read(tokens(33, 1), USUAL).release(); // two more
    found(tokens(33, 0), USUAL); // used again

    PagedMemory other = read(tokens(32, 2), USUAL); // one block was free, so one has to go

    assertThat(found(tokens(33, 0), USUAL)).isEqualTo(32);
    assertThat(found(tokens(33, 1), USUAL)).isEqualTo(16);
    other.release();
  }

  @Test
  void whatIsForkedIsCopiedByWhoeverWritesFirst() {
    TokenList prompt = tokens(20, -1);
    PagedMemory leader = read(prompt, USUAL);
    PagedMemory second = new PagedMemory(blocks, 500, OptionalInt.empty(), true);
    second.fork(leader, tokens(20, -1));

    assertThat(blocks.used()).isEqualTo(2);
    second.reserve(1);
    assertThat(blocks.used()).isEqualTo(3);
    leader.reserve(1);
    assertThat(blocks.used()).isEqualTo(3);
    leader.release();
    second.release();
    assertThat(blocks.used()).isZero();
  }

  @Test
  void moreBlocksThanThereAreCannotBeTaken() {
    PagedMemory all = read(tokens(80, -1), USUAL);

    assertThat(all.room(1)).isZero();
    assertThatThrownBy(() -> blocks.take(0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("all 5 blocks are held");
  }

  /** Tokens 3, 4, 5 and so on, but for one. */
  private static TokenList tokens(int count, int changed) {
    TokenList tokens = new TokenList();
    for (int i = 0; i < count; i++) {
      tokens.add(i == changed ? 290 : 3 + i);
    }
    return tokens;
  }
}
