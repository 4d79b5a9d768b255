package dev.sirocco.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WorkerPoolTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 64})
  void everyItemIsDoneExactlyOnceInEveryLoop(int threads) {
    try (WorkerPool pool = new WorkerPool(threads)) {
      for (int items : new int[] {0, 1, 2, 63, 64, 65, 1000}) {
        for (int grain : new int[] {1, 7, 2000}) {
          AtomicIntegerArray done = new AtomicIntegerArray(Math.max(1, items));
          pool.run(
              items,
              grain,
              (worker, from, to) -> {
                assertThat(worker).isBetween(0, threads - 1);
                assertThat(from % grain).isZero();
                for (int i = from; i < to; i++) {
                  done.incrementAndGet(i);
                }
              });
          for (int i = 0; i < items; i++) {
            assertThat(done.get(i)).isEqualTo(1);
          }
        }
      }
    }
  }

  @Test
  void thousandsOfShortLoopsEndAndSeeEachOthersWrites() {
    int[] values = new int[8];
    try (WorkerPool pool = new WorkerPool(3)) {
      for (int loop = 0; loop < 5_000; loop++) {
        int expected = loop;
        pool.run(
            8,
            1,
            (worker, from, to) -> {
              if (values[from] != expected) {
                throw new AssertionError("item " + from + " missed a loop");
              }
              values[from]++;
            });
      }
    }
    assertThat(values).containsOnly(5_000);
  }

  @Test
  void threadsShareTheWork() throws InterruptedException {
    CountDownLatch bothWork = new CountDownLatch(2);
    try (WorkerPool pool = new WorkerPool(2)) {
      pool.run(
          2,
          1,
          (worker, from, to) -> {
            bothWork.countDown();
            Assertions.assertThatCode(bothWork::await).doesNotThrowAnyException();
          });
    }
    assertThat(bothWork.getCount()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 5})
  void othersTakeOverTheShareOfAThreadThatIsHeldUp(int threads) {
    int items = 4 * threads;
    CountDownLatch others = new CountDownLatch(items - 1);
    AtomicBoolean takenOver = new AtomicBoolean();
    try (WorkerPool pool = new WorkerPool(threads)) {
      pool.run(
          items,
          1,
          (worker, from, to) -> {
            if (from == 0) {
              Assertions.assertThatCode(() -> takenOver.set(others.await(30, TimeUnit.SECONDS)))
                  .doesNotThrowAnyException();
            } else {
              others.countDown();
            }
          });
    }
    assertThat(takenOver).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {1 << 20, (1 << 30) - 1, Integer.MAX_VALUE - 1})
  void asManyItemsAsThereAreIntegersAreShared(int grain) {
    AtomicLong done = new AtomicLong();
    try (WorkerPool pool = new WorkerPool(3)) {
      pool.run(Integer.MAX_VALUE, grain, (worker, from, to) -> done.addAndGet(to - from));
    }
    assertThat(done).hasValue(Integer.MAX_VALUE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void whatABodyThrowsReachesTheCallerAndThePoolGoesOn(int threads) {
    AtomicInteger sum = new AtomicInteger();
    try (WorkerPool pool = new WorkerPool(threads)) {
      assertThatThrownBy(
              () ->
                  pool.run(
                      1000,
                      1,
                      (worker, from, to) -> {
                        if (from <= 500 && to > 500) {
                          throw new IllegalArgumentException("item 500 is bad");
                        }
                      }))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("item 500 is bad");
      pool.run(100, 1, (worker, from, to) -> sum.addAndGet(to - from));
    }
    assertThat(sum).hasValue(100);
  }

  @Test
  void anIdlePoolUsesNoProcessorTime() throws InterruptedException {
    try (WorkerPool pool = new WorkerPool(2)) {
      pool.run(2, 1, (worker, from, to) -> {});
      Thread idle = workerNamed("sirocco-worker-1");
      while (idle.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void closingEndsTheThreads() {
    WorkerPool pool = new WorkerPool(5);
    pool.run(100, 1, (worker, from, to) -> {});
    pool.close();
    pool.close();
    assertThatThrownBy(() -> pool.run(1, 1, (worker, from, to) -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the worker pool is closed");
  }

  @Test
  void aLoopWithinALoopIsRefusedInsteadOfHanging() {
    try (WorkerPool pool = new WorkerPool(2)) {
      assertThatThrownBy(
              () -> pool.run(4, 1, (w, f, t) -> pool.run(4, 1, (worker, from, to) -> {})))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("this pool is running another loop; one thread at a time may use it");
    }
  }

  @Test
  void anInterruptedCallerFinishesTheLoopAndStaysInterrupted() throws InterruptedException {
    AtomicInteger done = new AtomicInteger();
    AtomicInteger interrupted = new AtomicInteger();
    Thread caller =
        new Thread(
            () -> {
              try (WorkerPool pool = new WorkerPool(2)) {
                Thread.currentThread().interrupt();
                pool.run(1000, 1, (worker, from, to) -> done.addAndGet(to - from));
                interrupted.set(Thread.interrupted() ? 1 : 0);
              }
            });
    caller.start();
    assertThat(caller.join(Duration.ofSeconds(30))).isTrue();
    assertThat(done).hasValue(1000);
    assertThat(interrupted).hasValue(1);
  }

  @Test
  void aPoolWithoutThreadsIsRefused() {
    assertThatThrownBy(() -> new WorkerPool(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a pool has 1 to 4096 threads, not 0");
  }

  private static Thread workerNamed(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
