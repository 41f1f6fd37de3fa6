#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Usage: outputs.py FOLDER [TEXT=OTHER...] <LIST

Runs many commands: a line of LIST is NAME, a tab, and a command, quoted as for a shell, before which variables of the environment may
be set. What it prints, its errors and its status go to the end of FOLDER/NAME, with each TEXT replaced by OTHER. A command "@FILE"
takes the text of that file, and removes it. The commands are those of a test that runs thousands, for which a shell needs longer
than they do.
"""
import os
import re
import shlex
import subprocess
import sys

PATIENCE = 60


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


def main():
    folder, changes = sys.argv[1], [change.partition('=') for change in sys.argv[2:]]
    for line in sys.stdin:
        name, command = line.rstrip('\n').split('\t', 1)
        out = f'== {command}\n'.encode() + (taken(command[1:]) if command.startswith('@') else run(shlex.split(command)))
        for text, _, other in changes:
            out = out.replace(text.encode(), other.encode())
        with open(f'{folder}/{name}', 'ab') as file:
            file.write(out)


if __name__ == '__main__':
    main()
