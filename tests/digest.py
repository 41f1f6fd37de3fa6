#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Usage: digest.py check|update KEPT FOLDER

Is what programs print what they have printed before? FOLDER has a file for each output. KEPT has a line for each of them:
its name, how many lines it has, a digest of all, and a short one of each of up to 32 blocks of lines, so that a check can say
where an output begins to differ. update writes KEPT. check prints TAP, a case for each output, and shows of one that differs
the first block that does, as it is now; `git stash`, update and check show it as it was. With $SMCKIT_SHARE
(see tap.sh) FOLDER need not have all.
"""
import hashlib
import os
import sys

BLOCKS, SHOWN = 32, 24
# The part I/N of the outputs that is wanted.
SHARE = 'SMCKIT_SHARE'


def share_of(names):
    number, parts = map(int, os.environ.get(SHARE, '1/1').split('/'))
    return names[number - 1::parts]


def short(text, length):
    return hashlib.sha256(text).hexdigest()[:length]


def blocks_of(lines, count):
    """Of an output that had COUNT lines, so that one which has grown has the same blocks up to where it differs."""
    size = max(1, -(-count // BLOCKS))
    return [lines[at:at + size] for at in range(0, len(lines), size)]


def row_of(name, text):
    lines = text.splitlines(keepends=True)
    blocks = ''.join(short(b''.join(block), 2) for block in blocks_of(lines, len(lines)))
    return f'{name}\t{len(lines)}\t{short(text, 12)}\t{blocks}'


def first_difference(text, row):
    """(its first line, the lines)."""
    _, count, _, digests = row.split('\t')
    at, lines = 1, text.splitlines(keepends=True)
    for number, block in enumerate(blocks_of(lines, int(count))):
        if short(b''.join(block), 2) != digests[2 * number:2 * number + 2]:
            return at, block
        at += len(block)
    return at, [b'(the end)\n']


def show_difference(text, row):
    at, block = first_difference(text, row)
    print(f'# from line {at} on:')
    for line in block[:SHOWN]:
        print('#', line.decode(errors='replace').rstrip('\n'))


def check(kept, outputs):
    """TAP of [(name, text)], each as soon as it is there."""
    with open(kept, encoding='utf-8') as file:
        rows = {line.split('\t')[0]: line.rstrip('\n') for line in file if not line.startswith('#')}
    number = failed = 0
    for number, (name, text) in enumerate(outputs, 1):
        row = rows.pop(name, None)
        good = row == row_of(name, text)
        print(f"{'ok' if good else 'not ok'} {number} - same__{name}", flush=True)
        if not good and row:
            show_difference(text, row)
        elif not good:
            print('# nothing is kept of it')
        failed += not good
    if SHARE in os.environ:
        rows.clear()
    for number, name in enumerate(rows, number + 1):
        print(f'not ok {number} - same__{name}\n# there is no such output')
    print(f'1..{number}')
    return 1 if failed or rows or not number else 0


def update(kept, outputs):
    lines = sorted(row_of(name, text) for name, text in outputs)
    with open(kept, 'w', encoding='utf-8') as file:
        print('# Written by tests/digest.py, which see. SPDX-License-Identifier: GPL-2.0-or-later', *lines, sep='\n', file=file)
    return 0


def of_folder(folder):
    for name in sorted(os.listdir(folder)):
        with open(f'{folder}/{name}', 'rb') as file:
            yield name, file.read()


VERBS = {'check': check, 'update': update}

if __name__ == '__main__':
    if len(sys.argv) != 4 or sys.argv[1] not in VERBS:
        sys.exit(__doc__)
    sys.exit(VERBS[sys.argv[1]](sys.argv[2], of_folder(sys.argv[3])))
