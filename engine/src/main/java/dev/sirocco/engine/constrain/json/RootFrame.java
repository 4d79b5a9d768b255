package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.core.AutomatonState;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** The whole text: one value. */
record RootFrame() implements Frame {

  @Override
  public Frame afterValue(BitSet survivors, @Nullable String value) {
    return this;
  }

  @Override
  public boolean remembersValues() {
    return false;
  }

  @Override
  public @Nullable AutomatonState afterComma() {
    return null;
  }

  @Override
  public @Nullable AutomatonState afterClose(int b) {
    return null;
  }

  @Override
  public boolean isRoot() {
    return true;
  }
}
