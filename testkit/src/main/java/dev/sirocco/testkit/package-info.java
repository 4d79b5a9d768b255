@NullMarked
package dev.sirocco.testkit;

import org.jspecify.annotations.NullMarked;
