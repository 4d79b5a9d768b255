/**
 * Calls of tools: what to ask a model for, which form to hold it to, and how to read what it wrote.
 *
 * <p>{@link dev.sirocco.engine.tools.ChatTurn} prepares an answer, {@link
 * dev.sirocco.engine.tools.ToolCallReader} reads it.
 */
@NullMarked
package dev.sirocco.engine.tools;

import org.jspecify.annotations.NullMarked;
