package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.core.ConstraintException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A schema as a document: which draft it follows and where its references lead. */
final class SchemaDocument {

  private static final URI NO_BASE = URI.create("");

  // Values that are data, in which "$id" and the like mean nothing.
  private static final Set<String> DATA = Set.of("enum", "const", "default", "examples", "example");

  private final JsonNode root;
  private final Draft draft;
  private final IdentityHashMap<JsonNode, URI> bases = new IdentityHashMap<>();
  private final Map<URI, JsonNode> resources = new HashMap<>();
  private final Map<URI, JsonNode> anchors = new HashMap<>();

  SchemaDocument(JsonNode root) {
    this.root = root;
    this.draft = Draft.of(root);
    scan(root, NO_BASE);
    resources.putIfAbsent(NO_BASE, root);
  }

  JsonNode root() {
    return root;
  }

  Draft draft() {
    return draft;
  }

  URI rootBase() {
    return bases.getOrDefault(root, NO_BASE);
  }

  /** What references inside of {@code node} are relative to. */
  URI base(JsonNode node, URI outer) {
    return bases.getOrDefault(node, outer);
  }

  private void scan(JsonNode node, URI outer) {
    URI base = outer;
    if (node.isObject()) {
      JsonNode id = node.get(draft.idKeyword());
      if (id != null && id.isString() && !(draft.refStandsAlone() && node.has("$ref"))) {
        base = register(node, id.stringValue(), outer);
      }
      bases.put(node, base);
      for (String keyword : new String[] {"$anchor", "$dynamicAnchor"}) {
        JsonNode anchor = node.get(keyword);
        if (anchor != null && anchor.isString()) {
          anchors.put(resolve(base, "#" + anchor.stringValue()), node);
        }
      }
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        if (!DATA.contains(entry.getKey()) || entry.getValue().isObject()) {
          scan(entry.getValue(), base);
        }
      }
    } else if (node.isArray()) {
      for (JsonNode item : node) {
        scan(item, base);
      }
    }
  }

  private URI register(JsonNode node, String id, URI outer) {
    URI full = resolve(outer, id);
    if (id.startsWith("#")) {
      anchors.put(full, node);
      return outer;
    }
    URI base = withoutFragment(full);
    resources.putIfAbsent(base, node);
    return base;
  }

  private static URI resolve(URI base, String reference) {
    try {
      if (reference.startsWith("#")) {
        return URI.create(base.toString() + "#" + encode(reference.substring(1)));
      }
      return base.resolve(reference);
    } catch (IllegalArgumentException e) {
      return URI.create("unresolved:" + Integer.toHexString(reference.hashCode()));
    }
  }

  private static String encode(String fragment) {
    return fragment.replaceAll("[^A-Za-z0-9._~!$&'()*+,;=:@/?%-]", "_");
  }

  private static URI withoutFragment(URI uri) {
    String text = uri.toString();
    int hash = text.indexOf('#');
    return hash < 0 ? uri : URI.create(text.substring(0, hash));
  }

  /** A place in the document and its base. */
  record Target(JsonNode node, URI base) {}

  /**
   * Where a reference leads.
   *
   * @throws ConstraintException if not to a place in this document
   */
  Target resolveReference(String reference, URI base, String location) {
    int hash = reference.indexOf('#');
    String fragment = hash < 0 ? "" : reference.substring(hash + 1);
    String path = hash < 0 ? reference : reference.substring(0, hash);
    JsonNode resource =
        path.isEmpty() ? resources.get(base) : resources.get(withoutFragment(resolve(base, path)));
    Target target = resource == null ? null : within(resource, base, path, fragment);
    if (target == null && path.isEmpty() && fragment.startsWith("/")) {
      target = pointer(root, rootBase(), fragment);
    }
    if (target == null) {
      throw new ConstraintException(
          "%s: \"$ref\": \"%s\" is not enforced, as it leads out of the document or nowhere; put what it means into \"$defs\""
              .formatted(location, reference));
    }
    return target;
  }

  private @Nullable Target within(JsonNode resource, URI base, String path, String fragment) {
    URI uri = bases.getOrDefault(resource, NO_BASE);
    if (fragment.isEmpty()) {
      return new Target(resource, uri);
    }
    if (fragment.startsWith("/")) {
      return pointer(resource, uri, fragment);
    }
    URI resourceUri = path.isEmpty() ? base : withoutFragment(resolve(base, path));
    JsonNode anchor = anchors.get(resolve(resourceUri, "#" + fragment));
    return anchor == null ? null : new Target(anchor, base(anchor, uri));
  }

  private @Nullable Target pointer(JsonNode from, URI fromBase, String pointer) {
    JsonNode node = from;
    URI base = fromBase;
    for (String part : pointer.substring(1).split("/", -1)) {
      String key = unescape(part);
      JsonNode next =
          node.isArray() && key.matches("\\d{1,9}")
              ? node.get(Integer.parseInt(key))
              : node.get(key);
      if (next == null) {
        return null;
      }
      node = next;
      base = base(node, base);
    }
    return new Target(node, base);
  }

  private static String unescape(String part) {
    String decoded = part;
    if (part.indexOf('%') >= 0) {
      try {
        decoded = URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
      } catch (IllegalArgumentException e) {
        decoded = part;
      }
    }
    return decoded.replace("~1", "/").replace("~0", "~");
  }
}
