#!/usr/bin/env python3
"""tools/oss_fuzz_check finds what it is to find, and nothing else: a build that is broken in one place fails one check.

usage: oss_fuzz_check_test.py NAME...  (--list: the names)
"""
import os
import re
import subprocess
import sys
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
CHECK = os.path.join(HERE, "..", "..", "tools", "oss_fuzz_check")
TESTS = {}


def test(function):
    TESTS[function.__name__] = function
    return function


def compile_target(out, name="tiny_fuzzer", macros=(), compile_flags="-fsanitize=address,fuzzer-no-link",
                   link_flags="-fsanitize=address,fuzzer", more=()):
    with tempfile.TemporaryDirectory() as scratch:
        item = os.path.join(scratch, "target.o")
        subprocess.run(["clang", "-O1", "-gline-tables-only", *compile_flags.split(), *[f"-D{macro}" for macro in macros],
                        "-c", os.path.join(HERE, "target.c"), "-o", item], check=True)
        subprocess.run(["clang++", *link_flags.split(), "-static-libstdc++", item, *more, "-o", os.path.join(out, name)],
                       check=True)


def write(folder, name, content, mode=0o644):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)
    os.chmod(path, mode)
    return path


def pack(folder, name, **files):
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for file, content in files.items():
            archive.writestr(file, content)


def good(out, **arguments):
    compile_target(out, **arguments)
    write(out, "tiny_fuzzer.options", "[libfuzzer]\nmax_len = 4096\n")
    write(out, "tiny_fuzzer.dict", '# words\nword="ab\\x00\\\\\\""\n"cd"\n')
    pack(out, "tiny_fuzzer_seed_corpus.zip", one="abc", two="xyz")


def run(out, *arguments):
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("SANITIZER", "FUZZING_ENGINE", "ARCHITECTURE")}
    done = subprocess.run([sys.executable, CHECK, *arguments, out], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, env=environment)
    return done.returncode, done.stdout


def expect(out, checks, *pieces, arguments=()):
    """The build in `out` fails exactly `checks`, and the report has every one of `pieces`."""
    code, text = run(out, *arguments)
    failed = re.findall(r"^FAIL  (\S+)", text, re.MULTILINE)
    assert failed == list(checks), f"failed: {failed}, not {list(checks)}\n{text}"
    assert code == (1 if checks else 0), f"exit code {code}\n{text}"
    for piece in pieces:
        assert piece in text, f"'{piece}' is not in\n{text}"
    for word in ("why", "mend"):
        assert not checks or re.search(rf"^\s+{word}\s+\S", text, re.MULTILINE), text


@test
def holds(out):
    good(out)
    expect(out, [], "1 fuzz target in", "nothing found", "1 of 1 targets have seeds", "asan")


@test
def targets(out):
    good(out)
    os.chmod(os.path.join(out, "tiny_fuzzer"), 0o644)
    expect(out, ["targets"], "is not executable")
    os.rename(os.path.join(out, "tiny_fuzzer"), os.path.join(out, "tiny.fuzzer"))
    os.chmod(os.path.join(out, "tiny.fuzzer"), 0o755)
    expect(out, ["targets"], "has other characters")
    os.mkdir(os.path.join(out, "below"))
    os.rename(os.path.join(out, "tiny.fuzzer"), os.path.join(out, "below", "tiny_fuzzer"))
    expect(out, ["targets"], "below a folder")
    os.remove(os.path.join(out, "below", "tiny_fuzzer"))
    expect(out, ["targets"], "no executable file here", "not run: there are no targets")
    expect(out, ["targets"], "no executable file here", arguments=["--only", "sanitizer"])
    expect(out, ["targets"], "no executable file here", arguments=["--only", "environment", "--only", "seeds"])
    write(out, "tiny_fuzzer", "#!/bin/sh\n# LLVMFuzzerTestOneInput\n", 0o755)
    expect(out, ["startup"], "not run: no target is a program", arguments=["--only", "sanitizer"])
    code, text = run(out, "--engine", "honggfuzz", "--only", "startup", "--only", "architecture")
    assert code == 3 and "nothing was checked" in text, f"exit code {code}\n{text}"


@test
def stray(out):
    good(out)
    write(out, "llvm-symbolizer", "#!/bin/sh\n", 0o755)  # the service's own
    expect(out, [])
    write(out, "helper", "#!/bin/sh\n", 0o755)
    expect(out, ["stray"], "helper: is executable")


@test
def layout(out):
    good(out)
    pack(out, "tinyfuzzer_seed_corpus.zip", one="abc")
    expect(out, ["layout"], "there is no fuzz target 'tinyfuzzer'")
    os.remove(os.path.join(out, "tinyfuzzer_seed_corpus.zip"))
    os.symlink("/etc/passwd", os.path.join(out, "data"))
    expect(out, ["layout"], "data: is a link to /etc/passwd")


@test
def options(out):
    good(out)
    for content, piece in (("max_len = 4096\n", "cannot be read"), ("[libfuzzer]\nmaxlen = 4096\n", "no flag 'maxlen'"),
                           ("[libfuzzer]\nmax_len = 4k\n", "max_len = 4k is no number"),
                           ("[libfuzzer]\ndict = other.dict\n", "there is no dictionary 'other.dict'"),
                           ("[libFuzzer]\nmax_len = 9\n", "section [libFuzzer] means nothing"),
                           ("[env]\nLANG = C\n", "LANG is not passed on")):
        write(out, "tiny_fuzzer.options", content)
        expect(out, ["options"], piece, arguments=["--only", "options"])
    expect(out, ["options"], "LANG is not passed on")
    write(out, "shared.dict", '"ab"\n')
    write(out, "tiny_fuzzer.options", "[libfuzzer]\ndict = shared.dict\nlen_control = random(0, 100)\n[asan]\nlog_path = %p\n")
    expect(out, [], arguments=["--only", "options", "--only", "layout"])


@test
def dictionary(out):
    good(out)
    for content, piece in (("word=ab\n", "is no entry"), ('word="a"b"\n', "a quote or a backslash"),
                           ('"\\n"\n', "a quote or a backslash"), ('""\n', "means 0 bytes"),
                           (f'"{"a" * 129}"\n', "means 129 bytes"), ('"\t"\n', "cannot be printed")):
        write(out, "tiny_fuzzer.dict", '"good"\n' + content)
        expect(out, ["dictionary"], "tiny_fuzzer.dict:2", piece, arguments=["--only", "dictionary"])
    expect(out, ["dictionary"])


@test
def architecture(out):
    good(out)
    expect(out, ["architecture"], "is a program for x86_64, not for i386", arguments=["--architecture", "i386"])


@test
def libraries(out):
    with tempfile.TemporaryDirectory() as folder:
        library = os.path.join(folder, "libhelper.so")
        write(folder, "helper.c", "int from_library(void);\nint from_library(void) { return 7; }\n")
        subprocess.run(["clang", "-shared", "-fPIC", os.path.join(folder, "helper.c"), "-o", library], check=True)
        more = [f"-L{folder}", "-lhelper", f"-Wl,-rpath,{folder}"]
        good(out, macros=["NEEDS_LIBRARY"], more=more)
        expect(out, ["libraries"], f"looks for shared libraries in {folder}")
        more[2] = "-Wl,-rpath,$ORIGIN/lib"
        good(out, macros=["NEEDS_LIBRARY"], more=more)
        expect(out, ["libraries"], "needs libhelper.so, which is not in OUT")
        os.mkdir(os.path.join(out, "lib"))
        os.rename(library, os.path.join(out, "lib", "libhelper.so"))
    expect(out, [])


@test
def sanitizer(out):
    good(out, compile_flags="-fsanitize=address,undefined,fuzzer-no-link", link_flags="-fsanitize=address,undefined,fuzzer")
    expect(out, ["sanitizer"], "calls of ubsan, and 200 are the most")


@test
def sanitizer_undefined(out):
    undefined = "-fsanitize=undefined,fuzzer-no-link"
    good(out, compile_flags=undefined, link_flags="-fsanitize=undefined,fuzzer")
    expect(out, [], arguments=["--sanitizer", "undefined"])
    good(out, compile_flags="-fsanitize=address,undefined,fuzzer-no-link", link_flags="-fsanitize=address,undefined,fuzzer")
    expect(out, ["sanitizer"], "calls of asan, and 0 are the most", arguments=["--sanitizer", "undefined"])


@test
def sanitizer_missing(out):
    good(out, compile_flags="-fsanitize=fuzzer-no-link", link_flags="-fsanitize=fuzzer")
    expect(out, ["sanitizer"], "calls of asan, and 1,000 are the least")


@test
def sanitizer_coverage(out):
    counted = "-fprofile-instr-generate -fcoverage-mapping"
    good(out, compile_flags=counted, link_flags=counted + " -fsanitize=fuzzer")
    expect(out, [], arguments=["--sanitizer", "coverage"])
    good(out, link_flags="-fsanitize=fuzzer -fprofile-instr-generate -fsanitize=address")
    expect(out, ["sanitizer"], "no counters of source coverage", arguments=["--sanitizer", "coverage", "--only", "sanitizer"])


@test
def double_dash(out):
    good(out, macros=["REFUSES_ARGUMENTS"])
    expect(out, ["double-dash"], "ended with exit code 1", "not looked at any further: tiny_fuzzer")


@test
def empty_input(out):
    good(out, macros=["REFUSES_NO_BYTES"])
    expect(out, ["empty-input"], "with an empty file it ended")


@test
def instrumentation(out):
    good(out, compile_flags="-fsanitize=address")
    expect(out, ["instrumentation"], "libFuzzer asks whether the code is instrumented")


@test
def startup(out):
    good(out, macros=["ENDS_AT_THIRD_RUN"])
    expect(out, ["startup"], "four runs")
    good(out, macros=["ENDS_AT_ONCE"])
    expect(out, ["startup"], "-help=1")
    expect(out, ["startup"], "not looked at any further: tiny_fuzzer", arguments=["--only", "seeds"])


@test
def standard_input(out):
    good(out, macros=["READS_STANDARD_INPUT"])
    expect(out, ["standard-input"], "bytes of standard input")


@test
def relocation(out):
    write(out, "data", "")
    good(out, macros=[f'NEEDS_FILE="{os.path.join(out, "data")}"'])
    expect(out, ["relocation"], "from another folder")
    assert sorted(os.listdir(os.path.dirname(out))) == [os.path.basename(out)], "something is left beside the folder"


@test
def relocation_writes(out):
    good(out, macros=["WRITES_BESIDE_ITSELF"])
    if os.geteuid() == 0:
        expect(out, ["relocation"], "wrote tiny_fuzzer.log beside itself")
    else:  # a read-only folder keeps it from writing; then it has done no harm
        expect(out, [])


@test
def seeds(out):
    good(out, macros=['BREAKS_AT="xyz"'])
    expect(out, ["seeds"], "with the seed two it ended")
    good(out)
    write(out, "tiny_fuzzer_seed_corpus.zip", "no zip")
    expect(out, ["seeds"], "cannot be read")
    pack(out, "tiny_fuzzer_seed_corpus.zip")
    expect(out, ["seeds"], "holds no files")
    good(out, macros=['BREAKS_AT="xyz"'])
    pack(out, "tiny_fuzzer_seed_corpus.zip", **{f"{i:04}": "xyz" if i == 700 else "abc" for i in range(800)})
    expect(out, ["seeds"], "with the seed 0700 it ended", arguments=["--only", "seeds"])
    pack(out, "tiny_fuzzer_seed_corpus.zip", **{"../one": "abc"})
    expect(out, ["seeds"], "would be unpacked elsewhere")
    os.remove(os.path.join(out, "tiny_fuzzer_seed_corpus.zip"))
    expect(out, [], "0 of 1 targets have seeds", arguments=["--only", "seeds"])


SCRIPT = """
cd "$SRC/project"
$CC $CFLAGS -c target.c -o "$WORK/target.o"
$CXX $CXXFLAGS "$WORK/target.o" $LIB_FUZZING_ENGINE {library} -o "$OUT/tiny_fuzzer"
"""
# One that links here: the given one, when that is an archive, by another name.
OWN_ENGINE = ('$(if [ -f "$LIB_FUZZING_ENGINE" ]; then cp "$LIB_FUZZING_ENGINE" "$WORK/own.a"; echo "$WORK/own.a"; '
              "else echo -fsanitize=fuzzer; fi)")
LIBRARY = "-static-libstdc++ -Wl,-Bstatic -lc++abi -Wl,-Bdynamic"


@test
def environment(out):
    os.rmdir(out)
    above = os.path.dirname(out)

    def build(script):
        path = write(above, "build.sh", script)
        code, text = run(out, "--build", path, "--source", f"project={HERE}")
        subprocess.run(["rm", "-rf", out], check=True)
        return code, re.findall(r"^FAIL  (\S+)", text, re.MULTILINE), text

    right = SCRIPT.format(library=LIBRARY)
    code, failed, text = build(right)
    assert (code, failed) == (0, []), text
    for wrong, piece in ((("$CC $CFLAGS", "$CC -O1 -fsanitize=address,fuzzer-no-link"), "CFLAGS: "),
                         (("$CXX $CXXFLAGS", "$CXX -fsanitize=address -stdlib=libc++"), "CXXFLAGS: "),
                         (("$LIB_FUZZING_ENGINE", OWN_ENGINE), "LIB_FUZZING_ENGINE: tiny_fuzzer was linked without"),
                         (("$CFLAGS", "$CFLAGS -march=native"), "-march=native undoes what was given")):
        code, failed, text = build(right.replace(*wrong))
        assert (code, failed) == (1, ["environment"]) and piece in text, text
    code, failed, text = build(right.replace("$CC", "clang").replace("$CXX ", "clang++ "))
    assert (code, failed) == (1, ["environment"]) and "neither was called" in text, text
    code, failed, text = build("echo cannot >&2; exit 5\n")
    assert code == 3 and "ended with exit code 5" in text and "cannot" in text, text


@test
def usage(out):
    for arguments, code, piece in (([], 2, "name the folder"), (["--sanitizer", "thread", out], 2, "thread"),
                                   (["--build", "nowhere", out], 2, "--build needs --source"),
                                   (["--build", "nowhere", "--source", f"x={out}", out], 2, "no build script nowhere"),
                                   (["--source", "x", out], 2, "is not NAME=FOLDER"), ([out + "x"], 3, "there is no folder"),
                                   (["--engine", "honggfuzz", "--build", __file__, "--source", f"x={out}", out + "y"], 3,
                                    "cannot be made here")):
        done = subprocess.run([sys.executable, CHECK, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        assert done.returncode == code and piece in done.stdout, (arguments, done)
    write(out, "something", "")
    done = subprocess.run([sys.executable, CHECK, "--build", __file__, "--source", f"x={out}", out],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 3 and "is not empty" in done.stdout, done
    done = subprocess.run([sys.executable, CHECK, "--build", __file__, "--source", f"x={out}", "--keep", out, out + "z"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 3 and f"{out} is not empty" in done.stdout, done


@test
def every_check_has_a_test(_):
    listed = subprocess.run([sys.executable, CHECK, "--list"], stdout=subprocess.PIPE, text=True, check=True).stdout
    names = [line.split()[0] for line in listed.splitlines()]
    assert len(names) > 10, listed
    missing = [name for name in names if name.replace("-", "_") not in TESTS]
    assert not missing, f"no test of {missing}"


def main(words):
    if words == ["--list"]:
        print("\n".join(TESTS))
        return 0
    if not words or any(word not in TESTS for word in words):
        print(f"usage: {os.path.basename(__file__)} NAME...; there are: {', '.join(TESTS)}", file=sys.stderr)
        return 2
    for word in words:
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "out")
            os.mkdir(out)
            try:
                TESTS[word](out)
            except AssertionError as error:
                print(f"{word}: FAILED: {error}")
                return 1
        print(f"{word}: passed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
