/**
 * Model files: GGUF and safetensors mapped into memory, the hyper-parameters they declare, and
 * their tensors under one set of names. {@link dev.sirocco.weights.ModelFiles} is the way in.
 */
@NullMarked
package dev.sirocco.weights;

import org.jspecify.annotations.NullMarked;
