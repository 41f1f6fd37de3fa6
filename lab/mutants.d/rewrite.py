#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Usage: rewrite.py [--flags-of FOLDER] [--build COMMAND] [--count N] AREAS SOURCE OUT

Writes to OUT the C files of the folder SOURCE with all mutants that the rules make of them, each asleep until its
number is chosen, and OUT/mutants.json, the list of them. FOLDER is where kbuild has built SOURCE: with its flags the
files are read. COMMAND builds OUT; mutants that do not compile are left out. With --count
there are the N first ones only. AREAS is a table: see there.
"""
import argparse
import fnmatch
import glob
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from collections import namedtuple

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clang import cindex  # noqa: E402
from rules import MACRO_RULES, RULES, UNTOUCHED  # noqa: E402
from tree import Kind, Source, TypeKind  # noqa: E402

Mutant = namedtuple('Mutant', 'file function rule change')


# ---- reading ------------------------------------------------------------------------------------------------

def flags_of(folder, name):
    """(folder of the compiler, its flags about what is read) for a file that kbuild has compiled."""
    with open(f'{folder}/.{name[:-2]}.o.cmd', encoding='utf-8') as file:
        words = shlex.split(file.readline().split(':=', 1)[1])
    flags, at = [], 0
    while at < len(words):
        if words[at] == '-include':
            flags += words[at:at + 2]
            at += 1
        elif words[at].startswith(('-I', '-D', '-U', '-std=', '-nostdinc')) and 'KBUILD_MODFILE' not in words[at]:
            flags.append(words[at])
        at += 1
    with open(f'{folder}/.headers', encoding='utf-8') as file:
        return file.read().strip(), flags


def parse(path, folder):
    back, flags = os.getcwd(), ['-std=gnu11']
    if folder:
        headers, flags = flags_of(folder, os.path.basename(path))
        os.chdir(headers)
    unit = cindex.Index.create().parse(path, args=flags + ['-w', '-ferror-limit=0', '-fgnuc-version=12.2.0'],
                                       options=0)
    os.chdir(back)
    return unit


class Areas:
    """Lines of FILE FUNCTION RULE[=CALLED] AREA, patterns of the shell; the first one counts. - is no area."""

    def __init__(self, path):
        with open(path, encoding='utf-8') as file:
            rows = [line.split('#')[0].split() for line in file]
        self.rows = [row for row in rows if row]

    def of(self, mutant, text):
        for files, functions, rule, area in self.rows:
            rule, _, called = rule.partition('=')
            if fnmatch.fnmatch(mutant.file, files) and fnmatch.fnmatch(mutant.rule, rule) and \
                    any(fnmatch.fnmatch(mutant.function, one) for one in functions.split('|')) and \
                    (not called or any(fnmatch.fnmatch(re.match(r'\w*', text).group(), one) for one in called.split('|'))):
                return None if area == '-' else area
        return None

    def has(self, file):
        return any(fnmatch.fnmatch(file, row[0]) and row[3] != '-' for row in self.rows)


# ---- mutants ------------------------------------------------------------------------------------------------

def constant_places(source, function):
    """Labels of cases and sizes of arrays: the compiler wants to know them."""
    stack = [function]
    while stack:
        node = stack.pop()
        if node.kind == Kind.CASE_STMT:
            yield node.children[0].start, node.children[0].end
        if node.kind == Kind.VAR_DECL and node.type.kind == TypeKind.CONSTANTARRAY:
            yield node.start, node.end
        if node.kind == Kind.VAR_DECL and node.cursor.storage_class == cindex.StorageClass.STATIC:
            yield node.start, node.end
        stack.extend(node.children)
    for node in source.names(function):
        if UNTOUCHED.match(node.name):
            yield node.start, node.end


def changes_of(source, function):
    for node in source.walk(function):
        for name, kinds, make in RULES:
            if node.kind in kinds:
                for change in make(node):
                    yield name, change
    for node in source.names(function):
        for name, make in MACRO_RULES:
            for change in make(node.name, node):
                yield name, change


def mutants_of_function(source, function, file):
    constant = list(constant_places(source, function))
    seen = set()
    for rule, change in changes_of(source, function):
        inside = function.start <= change.start and change.end <= function.end
        fixed = any(start <= change.start and change.end <= end for start, end in constant)
        if inside and not fixed and change not in seen:
            seen.add(change)
            yield Mutant(file, function.cursor.spelling, rule, change)


def mutants_of_file(unit, path):
    source = Source(unit, path)
    found = {}
    for function in source.functions:
        for mutant in mutants_of_function(source, function, os.path.basename(path)):
            found.setdefault(mutant.change, mutant)
    return source, without_crossing(sorted(found.values(), key=lambda m: (m.change.start, -m.change.end)))


def without_crossing(mutants):
    kept, open_ends = [], []
    for mutant in mutants:
        while open_ends and open_ends[-1] <= mutant.change.start:
            open_ends.pop()
        if not open_ends or mutant.change.end <= open_ends[-1]:
            kept.append(mutant)
            open_ends.append(mutant.change.end)
    return kept


# ---- writing ------------------------------------------------------------------------------------------------

def woven(text, mutants):
    """The text with all (number, mutant), the outer ones around the inner ones."""
    out, at, ends = [], 0, []

    def close(until):
        nonlocal at
        while ends and ends[-1][0] <= until:
            end, after = ends.pop()
            out.extend((text[at:end], after))
            at = end

    for number, mutant in mutants:
        change = mutant.change
        close(change.start)
        on = f'smckit_mutant_on({number})'
        out.extend((text[at:change.start], change.before.replace('{on}', on)))
        at = change.start
        after = change.after.replace('{on}', on)
        if change.start == change.end:
            out.append(after)
        else:
            ends.append((change.end, after))
    close(len(text))
    return ''.join(out) + text[at:]


def name_all(mutants):
    """Names that stay when lines move."""
    counts = {}
    for mutant in mutants:
        key = f'{mutant.file}:{mutant.function}:{mutant.rule}'
        counts[key] = counts.get(key, 0) + 1
        yield f'{key}#{counts[key]}', mutant


def write_if_new(path, text):
    data = text.encode('latin-1')
    if not os.path.exists(path) or open(path, 'rb').read() != data:
        with open(path, 'wb') as file:
            file.write(data)


# ---- choosing -----------------------------------------------------------------------------------------------

def spread(candidates):
    """The mutants of an area, such that the first N are of many functions and many rules, whatever N is."""
    left = sorted(candidates, key=lambda c: hashlib.sha256(c[0].encode()).digest())
    functions, rules = {}, {}
    while left:
        best = min(left, key=lambda c: (functions.get(c[1].function, 0), rules.get(c[1].rule, 0)))
        left.remove(best)
        functions[best[1].function] = functions.get(best[1].function, 0) + 1
        rules[best[1].rule] = rules.get(best[1].rule, 0) + 1
        yield best


def chosen(by_area, count):
    """One of each area after the other."""
    queues = [spread(by_area[area]) for area in sorted(by_area)]
    out = []
    while queues and len(out) < count:
        for queue in list(queues):
            one = next(queue, None)
            if not one:
                queues.remove(queue)
            elif len(out) < count:
                out.append(one)
    return out


# ---- all ----------------------------------------------------------------------------------------------------

def read_all(o, areas):
    """(path, unit) of all files that matter, one unit at a time. A header is read by the first one that includes it."""
    folder, seen = os.path.abspath(o.source), set()
    for path in sorted(glob.glob(f'{folder}/*.c')):
        name = os.path.basename(path)
        if not areas.has(name) or o.flags_of and not os.path.exists(f'{o.flags_of}/.{name[:-2]}.o.cmd'):
            continue
        unit = parse(path, o.flags_of)
        yield path, unit
        for include in unit.get_includes():
            header = os.path.abspath(include.include.name) if include.include else ''
            if os.path.dirname(header) == folder and header not in seen and areas.has(os.path.basename(header)):
                seen.add(header)
                yield header, unit


def described(number, name, mutant, area, source):
    change = mutant.change
    return {'number': number, 'name': name, 'area': area, 'file': mutant.file, 'function': mutant.function,
            'rule': mutant.rule, 'line': source.text.count('\n', 0, change.start) + 1,
            'was': re.sub(r'\s+', ' ', source.text[change.start:change.end])[:160],
            'before': change.before[:240], 'after': change.after[:80]}


def write_all(o, sources, listed):
    for name, source in sources.items():
        here = sorted((m.change.start, -m.change.end, n, m) for n, _, m, _ in listed if m.file == name)
        write_if_new(f'{o.out}/{name}', woven(source.text, [(n, m) for _, _, n, m in here]))
    with open(f'{o.out}/mutants.json', 'w', encoding='utf-8') as file:
        json.dump([described(n, name, m, area, sources[m.file]) for n, name, m, area in listed], file, indent=0)


def complaints(o, errors):
    """(file, line, column) in OUT of each error; of one in a macro of the kernel where it was used, which follows."""
    waiting = False
    for name, line, column, kind in re.findall(r'([^\s/:]+\.[ch]):(\d+):(\d+): (error|note):', errors):
        ours = os.path.exists(f'{o.out}/{name}')
        if ours and (kind == 'error' or waiting):
            yield name, int(line), int(column)
        waiting = not ours and (waiting or kind == 'error')


def blamed(o, errors):
    """Numbers of the mutants at the places that a compiler complains of."""
    numbers = set()
    for name, line, column in complaints(o, errors):
        with open(f'{o.out}/{name}', encoding='latin-1') as file:
            lines = file.read().split('\n')
        # The error is in the line, or it began in a line before.
        for at in range(line - 1, max(line - 8, -1), -1):
            found = list(re.finditer(r'smckit_mutant_on\((\d+)\)', lines[at]))
            if found:
                before = [m for m in found if m.start() < column] if at == line - 1 else found
                numbers.add(int((before[-1] if before else found[0]).group(1)))
                break
    return numbers


def build(o, sources, listed):
    """Without those that do not compile. They keep their numbers to themselves."""
    for _ in range(12):
        write_all(o, sources, listed)
        if not o.build:
            return listed
        run = subprocess.run(shlex.split(o.build), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if run.returncode == 0:
            return listed
        bad = blamed(o, run.stderr)
        if not bad:
            break
        print(f'{len(bad)} mutants do not compile', file=sys.stderr)
        listed = [one for one in listed if one[0] not in bad]
    sys.exit(f'rewrite.py: {o.build} fails, and for no mutant: {run.stderr[-2000:]}')


def main():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument('--flags-of')
    options.add_argument('--build')
    options.add_argument('--count', type=int, default=10 ** 6)
    options.add_argument('areas')
    options.add_argument('source')
    options.add_argument('out')
    o = options.parse_args()
    areas, by_area, sources = Areas(o.areas), {}, {}
    for path, unit in read_all(o, areas):
        source, found = mutants_of_file(unit, path)
        sources[os.path.basename(path)] = source
        for name, mutant in name_all(found):
            area = areas.of(mutant, source.text[mutant.change.start:mutant.change.end])
            if area:
                by_area.setdefault(area, []).append((name, mutant, area))
        source.functions = None  # a tree is big
    listed = [(number + 1, *one) for number, one in enumerate(chosen(by_area, o.count))]
    listed = build(o, sources, listed)
    print(f'{len(listed)} mutants of {sum(map(len, by_area.values()))} in {len(sources)} files')


if __name__ == '__main__':
    main()
