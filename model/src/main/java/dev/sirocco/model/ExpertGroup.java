package dev.sirocco.model;

import java.util.ArrayList;
import java.util.List;

/** The tokens of a batch that one expert computes. */
final class ExpertGroup {

  private final int expert;
  private final int[] rows;
  private final float[] weights;
  private int filled;

  private ExpertGroup(int expert, int size) {
    this.expert = expert;
    this.rows = new int[size];
    this.weights = new float[size];
  }

  /** Groups of all experts that were chosen at least once, in ascending order of experts. */
  static List<ExpertGroup> of(Routing routing, int nExperts) {
    int[] sizes = new int[nExperts];
    for (int row = 0; row < routing.rows(); row++) {
      for (int i = 0; i < routing.topK(row); i++) {
        sizes[routing.expert(row, i)]++;
      }
    }
    List<ExpertGroup> groups = new ArrayList<>(nExperts);
    for (int e = 0; e < nExperts; e++) {
      groups.add(new ExpertGroup(e, sizes[e]));
    }
    for (int row = 0; row < routing.rows(); row++) {
      for (int i = 0; i < routing.topK(row); i++) {
        groups.get(routing.expert(row, i)).add(row, routing.weight(row, i));
      }
    }
    groups.removeIf(group -> group.size() == 0);
    return groups;
  }

  private void add(int row, float weight) {
    rows[filled] = row;
    weights[filled] = weight;
    filled++;
  }

  int expert() {
    return expert;
  }

  int size() {
    return rows.length;
  }

  /** Rows of the batch, ascending. */
  int[] rows() {
    return rows;
  }

  /** The router's weight of each row. */
  float[] weights() {
    return weights;
  }
}
