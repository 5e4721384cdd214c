"""What files for CI systems run: for tests/cli/ci_files_test.sh.

usage: commands.py scripts FILE   every piece of shell in it, each behind a line "#-- LINE OF THE LIST"
       commands.py get FILE KEY... one value, by the keys that lead to it; lists and objects as JSON
       commands.py options FILE    "VERB --option" for every command line of weir in it, YAML or not
"""
import json
import re
import sys

import yaml


class Strict(yaml.SafeLoader):
    """Refuses a key that stands twice, of which YAML takes the last."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        if len(keys) != len(set(map(str, keys))):
            raise yaml.YAMLError(f"a key stands twice at {node.start_mark}")
        return super().construct_mapping(node, deep)


def load(path):
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, Strict)


def scripts(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "run" and isinstance(inner, str):
                yield inner
            elif key in ("script", "before_script"):
                yield "\n".join(inner if isinstance(inner, list) else [inner])
            elif key == "args" and value.get("command") == ["sh", "-c"]:
                yield "\n".join(inner)
            elif key == "command" and isinstance(inner, list) and inner[0] != "sh":
                yield " ".join(inner)
            else:
                yield from scripts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from scripts(inner)


def options(text):
    text = re.sub(r"\\\n", " ", text)
    for verb, rest in re.findall(r'(?:(?:\$WEIR|tools/weir|\bweir|bin/weir\}"),? |line=\()(ci|check|merge)\b([^\n;&|]*)', text):
        for option in re.findall(r"(?<![\w-])-(?:-[a-z]+(?:-[a-z]+)*|o)\b", rest):
            yield f"{verb} {option}"


def main():
    verb, path, *keys = sys.argv[1:]
    if verb == "scripts":
        for number, script in enumerate(scripts(load(path)), 1):
            print(f"#-- {number}")
            print(script.rstrip("\n"))
    elif verb == "get":
        value = load(path)
        for key in keys:
            value = value[int(key)] if isinstance(value, list) else value[key]
        print(value if isinstance(value, str) else json.dumps(value))
    elif verb == "options":
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for line in sorted(set(options(text))):
            print(line)


main()
