#!/usr/bin/env bash
# What the action runs: `weir ci`, or one shard of `weir check`. Its inputs come as ACTION_... in the environment. Ends with 0
# and leaves the exit code in GITHUB_OUTPUT, so that the steps behind it keep what was written before the job fails.
set -euo pipefail

refuse() {
  printf '::error title=Weir::%s\n' "$*"
  printf 'exit-code=2\n' >>"$GITHUB_OUTPUT"
  exit 0
}

# words TEXT: its words into `split`, quotes taken off as a shell does, and nothing else: no variables, no commands.
words() {
  split=()
  [[ $1 =~ [^[:space:]] ]] || return 0
  xargs true <<<"$1" || return 1
  mapfile -d '' -t split < <(xargs printf '%s\0' <<<"$1")
}

out=${ACTION_OUT:-weir-ci}
words "${ACTION_COMMAND:-}" || refuse "the input 'command' has a quote without its other half: $ACTION_COMMAND"
command=("${split[@]}")
if ((${#command[@]} == 0)); then
  root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
  command=("$root/tools/weir")
fi
words "${ACTION_ARGUMENTS:-}" || refuse "the input 'arguments' has a quote without its other half: $ACTION_ARGUMENTS"
arguments=("${split[@]}")

if [[ ${ACTION_SHARD:-} ]]; then
  if [[ ${ACTION_BASE:-} ]]; then
    refuse "the inputs 'shard' and 'base' exclude each other: a shard does not compare revisions"
  fi
  mkdir -p "$out"
  line=(check --shard "$ACTION_SHARD" --budget "${ACTION_BUDGET:-10m}" --json "$out/results.json" --junit "$out/junit.xml"
    --findings "$out/findings")
else
  line=(ci --budget "${ACTION_BUDGET:-10m}" --out "$out")
  if [[ ${ACTION_BASE:-} ]]; then line+=(--base "$ACTION_BASE"); fi
fi

code=0
"${command[@]}" "${line[@]}" "${arguments[@]}" || code=$?
printf 'exit-code=%d\n' "$code" >>"$GITHUB_OUTPUT"
