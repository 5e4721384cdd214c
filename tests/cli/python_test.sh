# Guards transforms in Python: what is refused and how, that nothing is said against good ones, that faults are found,
# what each exception becomes, and that the commands which are printed repeat a finding.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
source_folder=${WEIR_SOURCE_DIR:-$(cd "$here/../.." && pwd)}
fixtures=$here/python
example=$source_folder/examples/python/rot13_extension.py:Rot13Example

run list --python-file "$source_folder/examples/python/pass_through.py"
if grep -q 'this build has no Python' .err; then
  expect_code 3
  expect_one_message
  expect_err 'python3-dev and pybind11-dev'
  finish
  exit
fi

# ---- what cannot run ----
refused() { # refused PATTERN OPTION...: exit code 3, one message
  local pattern=$1
  shift
  run check --cases 1 --findings found "$@"
  expect_code 3
  expect_err "$pattern"
  expect_one_message
}
usage_error 'python: names nothing' check --python :X
usage_error 'python-file: names nothing' check --python-file ''
refused "ModuleNotFoundError: No module named 'nosuch'; this is Python 3" --python nosuch:X
refused "module 'gzip' has no 'GzipFil'; did you mean 'GzipFile'" --python gzip:GzipFil
refused "it gives no stream to write to: TypeError: " --python builtins:int
refused "FileNotFoundError: .*'nosuch.py'" --python-file nosuch.py
refused 'IsADirectoryError' --python-file .
printf 'def transform_to(output:\n' > syntax.py
refused "SyntaxError: .*syntax.py, line 1" --python-file syntax.py
printf 'import sys\nprint("on the way")\nraise RuntimeError("no\\nluck")\n' > raises.py
run check --python-file raises.py
expect_code 3
expect_err 'RuntimeError: no luck \(raises.py:3 <module>\)'
printf 'import sys\nsys.exit(4)\n' > exits.py
refused 'SystemExit: 4 \(exits.py:2 <module>\)' --python-file exits.py
# Its own code runs in a process of its own first.
printf 'import os\nos._exit(0)\n' > leaves.py
refused 'it ended the process when it was loaded, with exit code 0' --python-file leaves.py
printf 'import os, signal\nclass Late:\n  def __init__(self): os.kill(os.getpid(), signal.SIGSEGV)\n  def transform_to(self, o): return o\n  def transform_from(self, i): return i\n' > crashes.py
refused 'it crashed when it was loaded: Segmentation fault' --python-file crashes.py:Late
printf 'import sys\ndef transform_to(output): sys.exit(4)\ndef transform_from(input): return input\n' > ends.py
refused "it raises SystemExit: 4 \(ends.py:2 transform_to\) when it is tried: a transform must not end the program" --python-file ends.py
PYTHONHOME=$work/nosuch refused "'gzip:GzipFile': Python cannot be started: .*; PYTHONHOME is '$work/nosuch'" --python gzip:GzipFile
mkdir gone
cd gone || exit 1
rmdir "$work/gone"
run list --python gzip:GzipFile
expect_code 0
cd "$work" || exit 1
printf 'import nosuch\n' > imports.py
refused "No module named 'nosuch' \(imports.py:1 <module>\); this is Python 3" --python-file imports.py
refused "the file has no 'Nosuch'" --python-file "$fixtures/refused.py:Nosuch"
refused 'has transform_to but no transform_from' --python-file "$fixtures/refused.py:OnlyTo"
refused 'describes itself, but lacks from_descriptor, registry_name' --python-file "$fixtures/refused.py:HalfDescribed"
refused "cannot be made without arguments: TypeError: .*'level'" --python-file "$fixtures/refused.py:NeedsLevel"
refused 'gives NoneType to write to, which has no write' --python-file "$fixtures/refused.py:GivesNone"
refused 'gives int to read from, which has no close' --python-file "$fixtures/refused.py:ReadsNumber"
refused "KeyError: 'dictionary' \(Python: refused.py:[0-9]+ transform_to\)" --python-file "$fixtures/refused.py:Raises"
refused "get_descriptor\(\) returns 'a@b@c', which is no descriptor" --python-file "$fixtures/refused.py:BadDescriptor"
refused 'get_descriptor\(\) raises RuntimeError: not now' --python-file "$fixtures/refused.py:RaisesDescriptor"
refused "registry_name\(\) returns 'a/1': a name has no version" --python-file "$fixtures/refused.py:VersionInName"
refused 'neither transform_to and transform_from nor' --python-file "$fixtures/refused.py:number"
refused "two subjects of the name 'python.gzip.GzipFile/1', by --python gzip:GzipFile and by --python gzip:GzipFile: rename one" --python gzip:GzipFile --python gzip:GzipFile

# ---- what is there ----
run list --python-file "$example" --python gzip:GzipFile
expect_code 0
expect_out 'python.stream.rot13/1 +In Python:'
expect_out 'claims seekable, nonblocking, short_writes'
expect_out 'python.gzip.GzipFile/1 +In Python: gzip:GzipFile'
expect_out 'honest-mode'
# What a module prints does not get into a report; whatever it leaves beside itself is not ours.
printf 'import os\nprint("hello")\nos.write(1, b"there")\ndef transform_to(output): return output\ndef transform_from(input): return input\n' > prints.py
run check --python-file prints.py --clause round-trip --cases 20 --engine random --json -
expect_code 0
expect_err hello
expect_err there
expect 'the report is JSON' is_json .out
expect 'no bytecode is written' test ! -e __pycache__

# ---- nothing is said against what is right ----
holds() {
  run check --engine sweep --engine random --cases 300 --findings found "$@"
  expect_code 0
  expect_out '^held: '
  expect_out '^skipped +.* abandon: has Python.s streams, which close themselves when they are dropped'
  expect_out '^skipped +.* allocation-fault: runs in an interpreter'
}
all=(--claim flushable --claim deterministic --claim size_preserving --claim concatenable --claim multi_member)
holds --python-file "$source_folder/examples/python/pass_through.py" "${all[@]}"
expect_out '^skipped +.* version-rejected: has no descriptor'
holds --python-file "$fixtures/rot13_mended.py:Rot13" "${all[@]}"
expect_out '^held +python.stream.rot13/1 version-rejected'
holds --python-file "$fixtures/patient_zlib.py" --claim flushable --claim deterministic --claim detects_truncation

# ---- the example's faults, all of them and nothing else ----
violated_are() { # violated_are CLAUSE...: those and no others, in this order
  checks=$((checks + 1))
  local seen
  seen=$(sed -nE 's/^violated +[^ ]+ ([a-z-]+): .*/\1/p' .out | tr '\n' ' ')
  [[ $seen == "$* " ]] || fail "violated are: $seen"
}
run check --engine sweep --engine random --cases 60 --findings found --python-file "$example"
expect_code 1
violated_are chain after-fault close-once use-after-close distrust honest-mode
expect_out 'writable\(\) is false: io.BufferedWriter refuses such a stream'
repeat=$(sed -n 's/^  reproduce  //p' .out)
expect 'each finding has a command' test "$(wc -l <<< "$repeat")" -eq 6
while read -r command; do
  last_command=$command
  bash -c "$command" > .out 2> .err
  code=$?
  expect_code 1
  expect_out 'the same as recorded \(5 of 5 runs\)'
done <<< "$repeat"
run shrink "found/python.stream.rot13-1--distrust--count-exceeds-asked.case" -o smaller.case --python-file "$example"
expect_code 1
expect_out '^reproduce: .* repro smaller.case --python-file .*rot13_extension.py:Rot13Example$'
# A class that is no stream of io's is given whole reads, which is said.
cat > plain.py << 'PYTHON'
class Plain:
    def __init__(self, below): self.below = below
    def read(self, size): return self.below.read(size)
    def write(self, data): return self.below.write(data)
    def flush(self): self.below.flush()
    def close(self): self.below.close()
class Same:
    def transform_to(self, output): return Plain(output)
    def transform_from(self, input): return Plain(input)
PYTHON
run check --python-file plain.py:Same --clause round-trip --cases 5
expect_code 0
expect_out 'note: python.*/1 is given whole reads and writes; --claim partial_below gives it short ones, too$'
run check --python-file plain.py:Same --clause round-trip --cases 5 --claim partial_below
expect_code 0
expect_no_out 'whole reads and writes'
# Without the transform: its name says what brings it. A test in C++ cannot bring it.
run repro smaller.case
expect_code 2
expect_one_message
expect_err "'python.stream.rot13/1' is not here: give --python or --python-file again"
run repro --emit-test smaller.case --python-file "$example"
expect_code 3
expect_one_message
expect_err "a test in C\+\+ cannot reach 'python.stream.rot13/1', which --python-file .* brought: see --recipe"
run repro --recipe smaller.case --python-file "$example"
expect_code 1
# The same, and what is said below of the standard library, by hand in plain Python.
python=$(PATH=/usr/bin:/bin command -v python3)
expect 'it is so by hand' "$python" -B "$fixtures/by_hand.py" "$source_folder/examples/python"

# ---- what the standard library does ----
stdlib() { run check --engine sweep --engine random --cases 30 --findings found "$@"; }
stdlib --python gzip:GzipFile
expect_code 1
violated_are short-source-reads short-sink-writes eof-exact seek-refused seek-honest first-read
expect_out 'BadGzipFile: Not a gzipped file .*Python:'
stdlib --python bz2:BZ2File
violated_are short-sink-writes seek-refused use-after-close
stdlib --python lzma:LZMAFile --clause round-trip --clause short-sink-writes --clause seek-refused --clause close-reports
violated_are short-sink-writes seek-refused
# Over streams that move all, they lose nothing.
for name in gzip:GzipFile bz2:BZ2File; do
  stdlib --python "$name" --no-claim partial_below --clause round-trip --clause write-chunking --clause read-chunking \
    --clause independent --clause source-fault --clause sink-fault --clause close-reports --clause corruption --clause chain
  expect_code 0
done
if "$python" -c 'import zstandard' 2> /dev/null; then
  stdlib --python zstandard:open --clause round-trip --clause write-chunking --clause sink-fault
  expect_code 0
else
  refused "No module named 'zstandard'" --python zstandard:open
fi

# ---- one fault each ----
finds() { # finds NAME CLAUSE KIND [SEEN]
  run check --engine exhaustive --engine random --cases 200 --findings found --python-file "$fixtures/faulty.py:$1" \
    --clause "$2"
  expect_code 1
  expect_out "breaks $2: $3"
  if (($# > 3)); then expect_out "^  seen +$4"; fi
}
finds KeepsBuffer round-trip wrong-bytes 'byte 0xdb'
finds ChangesInput input-untouched input-modified
finds UsesRoom output-bounds touched-outside
finds BlockIsEnd would-block-read ends-early
finds ForgetsCount round-trip would-block-without-cause 'would_block: write\(\) returned None'
finds GivesTooMuch read-chunking count-exceeds-asked
finds WritesText round-trip unexpected-error "io: write\(\) returned 'all'"
finds ShrinksWritten round-trip unexpected-error 'io: BufferError: Existing exports of data'
finds ShrinksRead round-trip unexpected-error 'corrupt: BufferError: Existing exports of data'
finds RaisesWritable honest-mode raises-when-asked 'writable\(\) raises RuntimeError: boom \(faulty.py:[0-9]+ writable\)'
finds RaisesSeekable honest-mode raises-when-asked 'seekable\(\) raises RuntimeError: boom \(faulty.py:[0-9]+ seekable\)'
# What ends or exhausts the process ends no run.
finds Exits round-trip threw 'exception: SystemExit: enough'
finds Dies round-trip exit 'the process exited with code 7'
finds Hangs round-trip hang
finds Hungry round-trip unexpected-error 'out_of_memory: MemoryError \(Python: faulty.py:[0-9]+ write\)'
# What exceptions become.
finds write_key round-trip unexpected-error "io: KeyError: 'letter' \(Python: faulty.py:[0-9]+ write\)"
finds write_space round-trip unexpected-error 'io: OSError: .*the disk is full \(No space left on device\)'
finds write_would_block round-trip would-block-without-cause 'would_block: BlockingIOError: .*later'
finds read_key round-trip unexpected-error "corrupt: KeyError: 'letter'"
finds read_end round-trip unexpected-error 'truncated: EOFError: cut'
finds read_plain round-trip unexpected-error 'corrupt: OSError: no magic'
finds read_memory round-trip unexpected-error 'out_of_memory: MemoryError'

finish
