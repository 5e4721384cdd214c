# Guards what is there to be copied into CI systems (.github, examples/ci): it is YAML without slips, its shell is shell, the
# options that it uses exist, and the shards that it starts on machines of their own are put together. The systems themselves
# are not here: their schemas are a stage of tools/test.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
root=${WEIR_SOURCE_DIR:?the source folder}
examples=$root/examples/ci
action=$root/.github/actions/weir
# Debian's, which has what Debian's packages bring.
python=/usr/bin/python3
[[ -x $python ]] || python=python3
commands() { "$python" "$root/tests/ci/commands.py" "$@"; }

# Every file.
for file in "$root"/.github/workflows/*.yml "$action"/action.yml "$examples"/*.y*ml; do
  last_command="(reading ${file#"$root"/})"
  expect 'it is YAML' commands scripts "$file" > script.sh
  expect 'there is a command in it' test -s script.sh
  # What the service puts in, before the shell sees it.
  sed -i 's/\${{[^}]*}}/VALUE/g' script.sh
  expect 'the shell in it is shell' bash -n script.sh
done
printf 'a: 1\nb: 2\na: 3\n' > twice.yml
expect 'a key that stands twice is noticed' sh -c "! '$python' '$root/tests/ci/commands.py' scripts twice.yml 2> .err"
for file in "$examples"/*.sh "$action"/run.sh; do
  expect "${file##*/} is shell" bash -n "$file"
  expect "${file##*/} can be run" test -x "$file"
done
for file in "$root"/.github/workflows/*.yml "$action"/* "$examples"/* "$root"/docs/scale.md "$root"/docs/ci-systems.md; do
  while read -r verb option; do
    run "$verb" --help
    expect_code 0
    expect "${file##*/}: weir $verb has $option" grep -qE -e "(^| |,)$option\b" .out
    echo "$verb $option" >> used
  done < <(commands options "$file")
done
expect 'options are found' test "$(sort -u used | wc -l)" -ge 8

# The program, with less to do than what the files ask for.
mkdir no-corpus bin
cat > bin/weir <<'END'
#!/usr/bin/env bash
verb=$1
shift
given=()
while (($#)); do
  if [[ $1 == --budget ]]; then shift; else given+=("$1"); fi
  shift
done
if [[ $verb == check ]]; then
  given=(stream.rot13/1 --clause round-trip --clause eof-sticky --clause short-source-reads --clause read-chunking --engine random
    --cases 20 --corpus "$NO_CORPUS" "${given[@]}")
fi
exec "$REAL_WEIR" "$verb" "${given[@]}"
END
chmod +x bin/weir
export REAL_WEIR=$WEIR NO_CORPUS=$work/no-corpus
real=$WEIR
# whole: what was merged last is the whole of a run that held.
whole() {
  expect_code 0
  expect_out '^held: 4 clauses on 1 subject'
  expect 'there is a JSON of it' grep -q '"exit_code": 0' "$1/results.json"
  expect 'there is a JUnit of it' is_xml "$1/junit.xml"
}
# shell TEXT: runs it as a CI system does; leaves what `run` does.
shell() {
  last_command="(in a shell) $1"
  bash -e -c "$1" > .out 2> .err < /dev/null
  code=$?
}

# Slurm: an array of three.
for task in 1 2 3; do
  SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_TASK_COUNT=3 SLURM_CPUS_PER_TASK=1 WEIR=$work/bin/weir SHARDS=$work/slurm \
    bash "$examples/slurm-shards.sh" > out."$task" 2>&1 < /dev/null &
done
wait
# One of them again, as an array of one.
rm "slurm/2/results.json"
SHARDS_IN_ALL=3 SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=1 WEIR=$work/bin/weir SHARDS=$work/slurm \
  bash "$examples/slurm-shards.sh" > out.2 2>&1 < /dev/null
last_command=slurm-merge.sh
WEIR=$work/bin/weir SHARDS=$work/slurm OUT=$work/slurm-whole bash "$examples/slurm-merge.sh" > .out 2> .err < /dev/null
code=$?
whole slurm-whole

# Kubernetes: an index a shard.
completions=$(commands get "$examples/kubernetes-shards.yaml" spec completions)
commands get "$examples/kubernetes-shards.yaml" spec template spec containers 0 args 0 | sed "s|\"/results/|\"$work/pods/|g" > pod.sh
for ((index = 0; index < completions; index++)); do
  JOB_COMPLETION_INDEX=$index PATH=$work/bin:$PATH sh pod.sh > out.$index 2>&1 < /dev/null || fail "pod $index: $?"
done
command=$(commands get "$examples/kubernetes-merge.yaml" spec template spec containers 0 command |
  "$python" -c 'import json, sys; print(" ".join(json.load(sys.stdin)))')
PATH=$work/bin:$PATH shell "${command//\/results/$work/pods}"
whole pods/whole
# A finding is no reason to try a pod again; what could not run is.
for wanted in 1:0 0:0 3:3; do
  printf '#!/bin/sh\nexit %s\n' "${wanted%:*}" > bin/failing
  chmod +x bin/failing
  sed 's/^weir check/failing check/' pod.sh > failing.sh
  JOB_COMPLETION_INDEX=0 PATH=$work/bin:$PATH sh failing.sh
  expect "a pod whose shard ends with ${wanted%:*}" test $? = "${wanted#*:}"
done

# GitLab: four nodes, then the whole.
gitlab=$examples/gitlab-ci.yml
nodes=$(commands get "$gitlab" weir-shard parallel)
for ((node = 1; node <= nodes; node++)); do
  export WEIR=$work/bin/weir CI_NODE_INDEX=$node CI_NODE_TOTAL=$nodes
  shell "$(commands get "$gitlab" weir-shard script 0)
$(commands get "$gitlab" weir-shard script 1)"
  expect_code 0
done
shell "$(commands get "$gitlab" weir-whole script 0)"
whole weir-ci
WEIR=$real
unset CI_NODE_INDEX CI_NODE_TOTAL

# GitHub: the action for each shard of the matrix, then the whole.
# act NAME=VALUE...: runs the action's script with these inputs.
act() {
  last_command="run.sh $*"
  : > outputs
  env GITHUB_OUTPUT="$work/outputs" "$@" bash "$action/run.sh" > .out 2> .err < /dev/null
  code=$?
}
# outputs CODE: it ended well, and said that this was the program's exit code.
outputs() {
  expect_code 0
  expect "the exit code is said to be $1" grep -qx "exit-code=$1" outputs
}
matrix=$examples/github-matrix.yml
rm -rf shards weir-ci
shard=$(commands get "$matrix" jobs shard steps 1 with shard)
for number in $(commands get "$matrix" jobs shard strategy matrix shard | tr -d '[],'); do
  text=${shard/\$\{\{ matrix.shard \}\}/$number}
  act ACTION_COMMAND=bin/weir ACTION_SHARD="$text" ACTION_BUDGET=20m ACTION_OUT="shards/weir-shard-$number"
  outputs 0
done
command=$(commands get "$matrix" jobs whole steps 2 run)
shell "${command/tools\/weir/bin/weir}"
whole weir-ci
# Every input of the action is one that its script knows, and each of its steps runs the script or an action.
for input in $(commands get "$action/action.yml" inputs | "$python" -c 'import json, sys; print(*json.load(sys.stdin))'); do
  case $input in artifact | sarif) continue ;; esac
  expect "the input $input is used" grep -q "ACTION_${input^^}\b" "$action/run.sh"
  expect "the input $input is handed over" grep -q "ACTION_${input^^}: " "$action/action.yml"
done

# What the action's script makes of its inputs.
cat > bin/record <<'END'
#!/usr/bin/env bash
printf '<%s>' "$@" > recorded
exit "${RECORD_CODE:-0}"
END
chmod +x bin/record
recorded() { expect "the program was called with $1" test "$(cat recorded)" = "$1"; }
act ACTION_COMMAND=bin/record
outputs 0
recorded '<ci><--budget><10m><--out><weir-ci>'
act ACTION_COMMAND=bin/record ACTION_BASE=origin/main ACTION_BUDGET=5m ACTION_OUT='my reports' RECORD_CODE=1
outputs 1
recorded '<ci><--budget><5m><--out><my reports><--base><origin/main>'
# shellcheck disable=SC2016 # what stands in an input is no shell
act ACTION_COMMAND='bin/record extra' ACTION_ARGUMENTS=$'--encode-command \'gzip -c\'\n  --decode-command "gzip -dc" $(touch owned) `touch owned`'
outputs 0
# shellcheck disable=SC2016
recorded '<extra><ci><--budget><10m><--out><weir-ci><--encode-command><gzip -c><--decode-command><gzip -dc><$(touch><owned)><`touch><owned`>'
expect 'nothing in an input is run' test ! -e owned
act ACTION_COMMAND=bin/record ACTION_SHARD=2/4 ACTION_OUT=a/b RECORD_CODE=3
outputs 3
recorded '<check><--shard><2/4><--budget><10m><--json><a/b/results.json><--junit><a/b/junit.xml><--findings><a/b/findings>'
rm recorded
act ACTION_COMMAND=bin/record ACTION_SHARD=2/4 ACTION_BASE=origin/main
outputs 2
expect_out "^::error title=Weir::the inputs 'shard' and 'base' exclude each other"
act ACTION_COMMAND=bin/record ACTION_ARGUMENTS="it's"
outputs 2
expect_out "^::error title=Weir::the input 'arguments' has a quote without its other half"
act ACTION_COMMAND='"bin/record'
outputs 2
expect_out "the input 'command' has a quote"
expect 'what is refused runs nothing' test ! -e recorded
act ACTION_COMMAND=bin/there-is-none
outputs 127
finish
