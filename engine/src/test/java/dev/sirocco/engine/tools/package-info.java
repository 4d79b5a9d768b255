@org.jspecify.annotations.NullMarked
package dev.sirocco.engine.tools;
