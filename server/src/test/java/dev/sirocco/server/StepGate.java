package dev.sirocco.server;

import dev.sirocco.engine.AnswerStream;
import dev.sirocco.engine.EngineListener;
import dev.sirocco.engine.FinishReason;
import dev.sirocco.engine.ServingEngine;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets an engine make one step at a time, and tells when the server has cancelled a request and
 * after how many steps that request ended.
 */
final class StepGate implements EngineListener {

  private final Semaphore permits = new Semaphore(0);
  private final Semaphore made = new Semaphore(0);
  private final CountDownLatch cancelled = new CountDownLatch(1);
  private final CompletableFuture<Integer> stepsAtCancelled = new CompletableFuture<>();
  private final AtomicInteger steps = new AtomicInteger();
  private volatile boolean open;

  @Override
  public void stepped(int tokens, int sequences, Duration took) {
    steps.incrementAndGet();
    made.release();
    if (!open) {
      permits.acquireUninterruptibly();
    }
  }

  @Override
  public void finished(FinishReason reason, int answerTokens) {
    if (reason == FinishReason.CANCELLED) {
      stepsAtCancelled.complete(steps.get());
    }
  }

  /** Waits until the engine has made a step, before which the last one is let go. */
  void awaitStep() throws InterruptedException {
    if (!made.tryAcquire(60, TimeUnit.SECONDS)) {
      throw new AssertionError("the engine makes no step");
    }
  }

  /** Lets the engine make more steps, after the one in which it is held. */
  void step(int count) throws InterruptedException {
    for (int i = 0; i < count; i++) {
      permits.release();
      awaitStep();
    }
  }

  /** Waits until the server has cancelled a request. */
  void awaitCancel() throws InterruptedException {
    if (!cancelled.await(60, TimeUnit.SECONDS)) {
      throw new AssertionError("no request was cancelled");
    }
  }

  /** Lets the engine go on as it likes. */
  void open() {
    open = true;
    permits.release(1);
  }

  /** Steps so far. */
  int steps() {
    return steps.get();
  }

  /** Steps until an answer ended because it was cancelled. */
  int stepsAtCancelled() throws Exception {
    return stepsAtCancelled.get(60, TimeUnit.SECONDS);
  }

  /** The engine, whose requests tell this gate when they are cancelled. */
  ServingEngine over(ServingEngine engine) {
    return proxy(
        ServingEngine.class,
        engine,
        (method, result) -> {
          if (result instanceof AnswerStream stream) {
            return proxy(AnswerStream.class, stream, this::watched);
          }
          if (result instanceof CompletableFuture<?> embedding) {
            var _ = embedding.whenComplete((value, error) -> embedded(embedding));
          }
          return result;
        });
  }

  private Object watched(String method, Object result) {
    if (method.equals("cancel")) {
      cancelled.countDown();
    }
    return result;
  }

  private void embedded(CompletableFuture<?> embedding) {
    if (embedding.isCancelled()) {
      cancelled.countDown();
    }
  }

  private interface After {
    Object apply(String method, Object result);
  }

  private static <T> T proxy(Class<T> type, T target, After after) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              try {
                return after.apply(method.getName(), method.invoke(target, arguments));
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
