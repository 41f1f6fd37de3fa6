#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Usage: wrong_scripts.py COUNT FOLDER SCRIPT...

Writes to FOLDER COUNT changed copies of each script, NAME-NUMBER.smc, the same ones each time: a word is replaced by one that
is at an edge or is of another place, a word or a line is left out, repeated or moved. Some are right all the same.
"""
import hashlib
import os
import random
import re
import sys

WORDS = ('0', '1', '-1', '+1', '2', '255', '256', '65535', '65536', '4294967295', '4294967296', '18446744073709551616', '0x', '0xg',
         '$', '$x', '$rkey1', '@x', '""', '"', '"a"*3', '"\\x0"', '=', '==', '!', '<5', '>=5', '..', '1..2', '2..1', '*', '*0', '#', 'x', 'yes',
         'client', 'server', 'both', 'clc', 'llc', 'case', 'proposal', 'accept', 'cdc', '1.2.3.4', '1.2.3.256', '::1', '00:11:22:33:44:55',
         '10ms', '10', '0s', '99999999s', '&', '|', '(', 'a/b', 'CLC-06', '\t', 'version=2', 'length=+1', 'without')


def words_of(line):
    return re.findall(r'"(?:\\.|[^"\\])*"|[\w$@./:+-]+|\s+|.', line)


def changed(lines, dice):
    """A copy with one change, in a line that is no comment."""
    out = list(lines)
    at = dice.choice([number for number, line in enumerate(out) if line.strip() and not line.startswith('#')])
    how = dice.randrange(10)
    if how == 0:
        del out[at]
    elif how == 1:
        out.insert(at, out[at])
    elif how == 2:
        out[at] = out[at][1:] if out[at].startswith('\t') else '\t' + out[at]
    elif how == 3:
        out[at:at + 2] = reversed(out[at:at + 2])
    else:
        words = words_of(out[at])
        one = dice.randrange(len(words))
        words[one] = '' if how == 4 else words[one] * 2 if how == 5 else dice.choice(WORDS)
        out[at] = ''.join(words)
    return out


def main():
    count, folder = int(sys.argv[1]), sys.argv[2]
    for path in sys.argv[3:]:
        with open(path, encoding='utf-8') as file:
            lines = file.read().split('\n')
        name = os.path.basename(path).removesuffix('.smc')
        dice = random.Random(int(hashlib.sha256(name.encode()).hexdigest(), 16))
        for number in range(count):
            with open(f'{folder}/{name}-{number:02}.smc', 'w', encoding='utf-8') as file:
                file.write('\n'.join(changed(lines, dice)))


if __name__ == '__main__':
    main()
