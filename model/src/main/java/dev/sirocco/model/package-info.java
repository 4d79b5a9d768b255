@NullMarked
package dev.sirocco.model;

import org.jspecify.annotations.NullMarked;
