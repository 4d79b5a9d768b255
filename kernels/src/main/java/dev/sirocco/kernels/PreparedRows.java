package dev.sirocco.kernels;

import java.lang.foreign.MemorySegment;

/**
 * Activations in the form that some weights are multiplied with.
 *
 * @param data the rows
 * @param stride bytes from row to row
 */
record PreparedRows(MemorySegment data, long stride) {}
