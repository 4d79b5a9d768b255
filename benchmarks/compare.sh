#!/bin/sh
# Measures this machine's limits, Sirocco and other engines in turn on the same files, and prints how they compare.
#   compare.sh [--json] FILE.gguf...
#
#   ROOFLINE        a program that prints the machine's limits, or its C source; without it, `sirocco doctor` measures them
#   LLAMA_BENCH     llama.cpp's llama-bench; left out if not set; LLAMA_BENCH_ARGS: further options
#   IK_LLAMA_BENCH  ik_llama.cpp's llama-bench; left out if not set; IK_LLAMA_BENCH_ARGS: further options (default: -rtr 1)
#   PROMPT, ANSWER  tokens to read and to write (default: 512 and 32)
#   THREADS         threads of all (default: one for each processor)
#   ROUNDS          how often all are run in turn (default: 2); the table has the means, and of the limits the largest
#   SIROCCO         the program to measure (default: ./sirocco of this project); SIROCCO_BENCH_ARGS: further options
set -eu
LC_ALL=C
export LC_ALL
here=$(cd "$(dirname "$0")" && pwd)
sirocco=${SIROCCO:-$here/../sirocco}
prompt=${PROMPT:-512} answer=${ANSWER:-32} rounds=${ROUNDS:-2}
threads=${THREADS:-$(getconf _NPROCESSORS_ONLN)}
form=table
if [ "${1:-}" = --json ]; then
  form=json
  shift
fi
if [ $# -eq 0 ]; then
  echo "usage: compare.sh [--json] FILE.gguf..." >&2
  exit 2
fi
for file in "$@"; do
  [ -r "$file" ] || { echo "compare.sh: $file cannot be read" >&2; exit 1; }
done
for peer in "${LLAMA_BENCH:-}" "${IK_LLAMA_BENCH:-}"; do
  [ -z "$peer" ] || [ -x "$peer" ] || { echo "compare.sh: $peer is not a program" >&2; exit 1; }
done

work=$(mktemp -d "${TMPDIR:-/tmp}/compare.XXXXXX")
trap 'rm -rf "$work"' EXIT
results=$work/results

progress() { echo "compare.sh: $*" >&2; }

# The value of a number in a JSON object on one line; the first one of that name.
number() { # name file
  sed -n 's/.*"'"$1"'": *\([0-9.eE+-]*\).*/\1/p' "$2" | head -n 1
}

case ${ROOFLINE:-} in
  *.c)
    "${CC:-cc}" -O2 -march=native -pthread -o "$work/roofline" "$ROOFLINE"
    roofline=$work/roofline
    ;;
  *) roofline=${ROOFLINE:-} ;;
esac

# Adds lines `limit KIND G-a-second`.
limits() {
  progress "limits of the machine"
  if [ -n "$roofline" ]; then
    "$roofline" "$threads" > "$work/limits"
    awk '/^fp32/ { print "limit fp32", $3 } /^bf16/ && $3 + 0 > 0 { print "limit bf16", $3 } /^int8/ && $3 + 0 > 0 { print "limit int8", $3 }
         /^memory read/ { print "limit read", $3 }' "$work/limits" >> "$results"
  else
    "$sirocco" doctor --json > "$work/limits" || true
    sed -n 's/.*"limits": *{\([^}]*\)}.*/{\1}/p' "$work/limits" > "$work/limits.json"
    for kind in fp32 bf16 int8 read; do
      value=$(number $kind "$work/limits.json")
      [ -z "$value" ] || awk -v kind=$kind -v value="$value" 'BEGIN { print "limit", kind, value / 1e9 }' >> "$results"
    done
  fi
}

# Adds lines `rate FILE-NUMBER ENGINE prefill|decode TOKENS-A-SECOND`.
run_sirocco() { # number file
  progress "Sirocco on $2"
  # shellcheck disable=SC2086
  "$sirocco" bench --model "$2" -p "$prompt" -n "$answer" --threads "$threads" --repetitions 1 --json ${SIROCCO_BENCH_ARGS:-} > "$work/bench"
  sed 's/"prefill_tokens_per_second": *{ *"mean"/"prefill"/; s/"decode_tokens_per_second": *{ *"mean"/"decode"/' "$work/bench" > "$work/bench.json"
  for phase in prefill decode; do
    value=$(number $phase "$work/bench.json")
    [ -z "$value" ] || echo "rate $1 Sirocco $phase $value" >> "$results"
  done
}

run_peer() { # number file engine program options...
  file_number=$1 file=$2 engine=$3 program=$4
  shift 4
  progress "$engine on $file"
  if ! "$program" -m "$file" -p "$prompt" -n "$answer" -t "$threads" -r 1 -o json "$@" > "$work/peer" 2> "$work/peer.log"; then
    tail -n 3 "$work/peer.log" >&2
    progress "$engine failed on $file"
    return
  fi
  awk -v file="$file_number" -v engine="$engine" '
    /"n_prompt"/ { p = $2 + 0 } /"n_gen"/ { g = $2 + 0 }
    /"avg_ts"/ { if (p > 0 && g == 0) print "rate", file, engine, "prefill", $2 + 0; if (g > 0 && p == 0) print "rate", file, engine, "decode", $2 + 0 }
  ' "$work/peer" >> "$results"
}

number_of_file=0
for file in "$@"; do
  number_of_file=$((number_of_file + 1))
  "$sirocco" inspect "$file" --json > "$work/inspect"
  case $(cat "$work/inspect") in
    *\"Q*_*\":*|*\"IQ*\":*) limit=int8 ;;
    *\"BF16\":*) limit=bf16 ;;
    *) limit=fp32 ;;
  esac
  tied=$(sed -n 's/.*"tied_embeddings": *\(true\).*/\1/p' "$work/inspect")
  echo "file $number_of_file $limit $(number active_per_token "$work/inspect") $(number embeddings "$work/inspect")" \
    "$(number total "$work/inspect") $(number weight_bytes "$work/inspect") ${tied:-false} $file" >> "$results"
done

round=0
while [ $round -lt "$rounds" ]; do
  round=$((round + 1))
  limits
  number_of_file=0
  for file in "$@"; do
    number_of_file=$((number_of_file + 1))
    run_sirocco $number_of_file "$file"
    # shellcheck disable=SC2086
    [ -z "${LLAMA_BENCH:-}" ] || run_peer $number_of_file "$file" llama.cpp "$LLAMA_BENCH" ${LLAMA_BENCH_ARGS:-}
    # shellcheck disable=SC2086
    [ -z "${IK_LLAMA_BENCH:-}" ] || run_peer $number_of_file "$file" ik_llama.cpp "$IK_LLAMA_BENCH" ${IK_LLAMA_BENCH_ARGS--rtr 1}
  done
done
limits

awk -v form=$form -f "$here/compare.awk" "$results"
