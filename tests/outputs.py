#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Usage: outputs.py check|update KEPT [TEXT=OTHER...] <LIST

Do many commands print what they have printed before? A line of LIST is NAME, a tab, and a command, quoted as for a shell, before which
variables of the environment may be set. What the commands of a NAME print, their errors and their status are one output of digest.py,
with each TEXT replaced by OTHER; ~TEXT is a regular expression. A command "@FILE" takes the text of that file, and removes it. A shell needs longer for a
thousand commands than they do.
"""
import os
import re
import shlex
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import digest  # noqa: E402

PATIENCE = 300


def run(words):
    environment = dict(os.environ)
    while words and re.match(r'[A-Z_]+=', words[0]):
        name, _, value = words.pop(0).partition('=')
        environment[name] = value
    try:
        done = subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return b'it does not end\n'
    return b'status %d\n' % done.returncode + done.stdout + done.stderr


def taken(path):
    if not os.path.exists(path):
        return b'no such file\n'
    with open(path, 'rb') as file:
        text = file.read()
    os.remove(path)
    return text


def outputs(lines, changes):
    """(name, text) of each, as soon as the last of its commands has ended."""
    rows, texts = [line.rstrip('\n').split('\t', 1) for line in lines], {}
    mine = set(digest.share_of(list(dict(rows))))
    rows = [row for row in rows if row[0] in mine]
    last = {name: number for number, (name, _) in enumerate(rows)}
    for number, (name, command) in enumerate(rows):
        out = f'== {command}\n'.encode() + (taken(command[1:]) if command.startswith('@') else run(shlex.split(command)))
        for text, _, other in changes:
            out = re.sub(text[1:].encode(), other.encode(), out) if text.startswith('~') else out.replace(text.encode(), other.encode())
        texts[name] = texts.get(name, b'') + out
        if last[name] == number:
            yield name, texts.pop(name)


if __name__ == '__main__':
    if len(sys.argv) < 3 or sys.argv[1] not in digest.VERBS:
        sys.exit(__doc__)
    sys.exit(digest.VERBS[sys.argv[1]](sys.argv[2], outputs(sys.stdin, [change.partition('=') for change in sys.argv[3:]])))
