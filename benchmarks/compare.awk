# Prints what compare.sh measured, as a table or as JSON.
# A share is what was reached of the machine's limit: of its multiply-accumulates in prefill, of its read bandwidth in decode.

$1 == "limit" && $3 > limits[$2] { limits[$2] = $3 }

$1 == "file" {
  files = $2
  kind[$2] = $3
  macs[$2] = $4 - $5  # of a token, but for the output matrix, which only the last one meets
  read[$2] = $7 * ($4 - ($8 == "true" ? 0 : $5 / 2)) / $6  # bytes: all but the table of embeddings
  name[$2] = $9
  for (i = 10; i <= NF; i++) name[$2] = name[$2] " " $i
}

$1 == "rate" {
  if (!(($3) in seen)) {
    seen[$3] = 1
    engines[++n_engines] = $3
  }
  sum[$2, $3, $4] += $5
  count[$2, $3, $4]++
}

function mean(file, engine, phase) {
  return count[file, engine, phase] ? sum[file, engine, phase] / count[file, engine, phase] : 0
}

function share(file, engine, phase) {
  if (phase == "decode") return limits["read"] ? mean(file, engine, phase) * read[file] / (limits["read"] * 1e9) : 0
  return limit_of(file) ? mean(file, engine, phase) * macs[file] / (limit_of(file) * 1e9) : 0
}

# CPUs without instructions for a type compute in float32.
function limit_name(file) { return kind[file] in limits ? kind[file] : "fp32" }
function limit_of(file) { return limits[limit_name(file)] }

function ratio(file, peer, phase) { return mean(file, peer, phase) ? mean(file, "Sirocco", phase) / mean(file, peer, phase) : 0 }

function quoted(text) {
  gsub(/\\/, "\\\\", text)
  gsub(/"/, "\\\"", text)
  return "\"" text "\""
}

function json_phase(file, engine, phase) {
  return sprintf("{\"tokens_per_second\":%.2f,\"share_of_limit\":%.4f%s}", mean(file, engine, phase), share(file, engine, phase),
                 engine == "Sirocco" ? "" : sprintf(",\"sirocco_ratio\":%.3f", ratio(file, engine, phase)))
}

function print_json(  f, e, n, order, text) {
  text = "{\"limits\":{"
  n = split("fp32 read int8 bf16", order, " ")  # the first two are always there
  for (f = 1; f <= n; f++)
    if (order[f] in limits) text = text (f > 1 ? "," : "") sprintf("\"%s\":%.1f", order[f], limits[order[f]])
  text = text "},\"files\":["
  for (f = 1; f <= files; f++) {
    text = text (f > 1 ? "," : "") "{\"file\":" quoted(name[f]) ",\"limit\":" quoted(limit_name(f)) ",\"engines\":{"
    for (e = 1; e <= n_engines; e++)
      text = text (e > 1 ? "," : "") quoted(engines[e]) ":{\"prefill\":" json_phase(f, engines[e], "prefill") ",\"decode\":" json_phase(f, engines[e], "decode") "}"
    text = text "}}"
  }
  print text "]}"
}

function print_table(  f, e, engine) {
  printf "limits: fp32 %.1f", limits["fp32"]
  if ("bf16" in limits) printf ", bf16 %.1f", limits["bf16"]
  if ("int8" in limits) printf ", int8 %.1f", limits["int8"]
  printf " G multiply-accumulates/s; read %.1f GB/s\n", limits["read"]
  for (f = 1; f <= files; f++) {
    printf "\n%s\n", name[f]
    printf "%-14s %18s %14s %10s %18s %14s %10s\n", "", "prefill, tokens/s", "of " limit_name(f) " limit", "Sirocco x", "decode, tokens/s", "of read limit", "Sirocco x"
    for (e = 1; e <= n_engines; e++) {
      engine = engines[e]
      printf "%-14s %18.1f %12.0f %% %10s %18.1f %12.0f %% %10s\n", engine, mean(f, engine, "prefill"), 100 * share(f, engine, "prefill"),
             engine == "Sirocco" ? "" : sprintf("%.2f", ratio(f, engine, "prefill")), mean(f, engine, "decode"), 100 * share(f, engine, "decode"),
             engine == "Sirocco" ? "" : sprintf("%.2f", ratio(f, engine, "decode"))
    }
  }
}

END {
  if (form == "json") print_json()
  else print_table()
}
