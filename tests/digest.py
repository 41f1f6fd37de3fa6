#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Usage: digest.py check|update KEPT FOLDER

Is what programs print what they have printed before? FOLDER has a file for each output. KEPT has a line for each of them:
its name, how many lines it has, a digest of all, and a short one of each of up to 32 blocks of lines, so that a check can say
where an output begins to differ. update writes KEPT. check prints TAP, a case for each output, and shows of one that differs
the first block that does, as it is now; `git stash`, update and check show it as it was.
"""
import hashlib
import os
import sys

BLOCKS, SHOWN = 32, 24


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


def outputs(folder):
    for name in sorted(os.listdir(folder)):
        with open(f'{folder}/{name}', 'rb') as file:
            yield name, file.read()


def first_difference(text, row):
    """(its first line, the lines)."""
    _, count, _, digests = row.split('\t')
    at, lines = 1, text.splitlines(keepends=True)
    for number, block in enumerate(blocks_of(lines, int(count))):
        if short(b''.join(block), 2) != digests[2 * number:2 * number + 2]:
            return at, block
        at += len(block)
    return at, [b'(the end)\n']


def check(kept, folder):
    with open(kept, encoding='utf-8') as file:
        rows = {line.split('\t')[0]: line.rstrip('\n') for line in file if not line.startswith('#')}
    seen, failed = dict(outputs(folder)), 0
    names = sorted(set(rows) | set(seen))
    for number, name in enumerate(names, 1):
        if name in seen and rows.get(name) == row_of(name, seen[name]):
            print(f'ok {number} - same__{name}')
            continue
        failed += 1
        print(f'not ok {number} - same__{name}', flush=True)
        if name not in seen:
            print('# there is no such output')
        elif name not in rows:
            print('# nothing is kept of it')
        else:
            at, block = first_difference(seen[name], rows[name])
            print(f'# from line {at} on:')
            for line in block[:SHOWN]:
                print('#', line.decode(errors='replace').rstrip('\n'))
    print(f'1..{len(names)}')
    return 1 if failed or not names else 0


def update(kept, folder):
    with open(kept, 'w', encoding='utf-8') as file:
        print('# Written by tests/digest.py, which see. SPDX-License-Identifier: GPL-2.0-or-later', file=file)
        for name, text in outputs(folder):
            print(row_of(name, text), file=file)
    return 0


if __name__ == '__main__':
    if len(sys.argv) != 4 or sys.argv[1] not in ('check', 'update'):
        sys.exit(__doc__)
    sys.exit((check if sys.argv[1] == 'check' else update)(*sys.argv[2:]))
