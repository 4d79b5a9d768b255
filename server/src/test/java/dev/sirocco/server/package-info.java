@NullMarked
package dev.sirocco.server;

import org.jspecify.annotations.NullMarked;
