package dev.sirocco.engine.constrain.json;

import java.util.BitSet;

/**
 * One alternative of an open object.
 *
 * @param shape number of the shape in the frame's plan
 * @param found bits of the properties that must exist and have been found
 * @param outer the threads of the outer frame that this one serves; not to be changed
 */
record ObjectThread(int shape, long found, BitSet outer) {}
