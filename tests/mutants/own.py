#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Usage: own.py [--count N] [--seed S] [--jobs N] [--work FOLDER] [--explained FILE]

Do the tests without VMs notice a mistake in our own programs? N mutants of one token each (a comparison, a sign, a number off
by one, half of a condition, a call left out) are drawn at random from all places of the user-space code, the same ones for
the same seed. They are built into one copy of the tree, in FOLDER, where the environment chooses the one that is awake.
Each of the tests that reach it is run until one fails, which it does not without the mutant.

Prints TAP, one line for each mutant, and how many were killed. A survivor is no failure if FILE says why: NAME | KIND |
REASON, where KIND is equivalent or gap. Fails if less than 85 % of those that are not equivalent were killed.
"""
import argparse
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pool

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, f'{TOP}/lab/mutants.d')
from clang import cindex  # noqa: E402
from rewrite import mutants_of_file, name_all, woven  # noqa: E402

FOLDERS = ('dissector', 'lab/tools', 'privs', 'proto', 'replay', 'tracer', 'wire')
RULES = ('compare-off-by-one', 'compare-turned-round', 'half-of-a-condition-lost', 'condition-negated', 'check-removed',
         'plus-for-minus', 'constant-off-by-one', 'named-constant-off-by-one', 'not-forgotten', 'call-left-out')
GOAL = 85
# A test that a mutant makes wait gets so many times its usual time, and some seconds.
PATIENCE, GRACE = 8, 20


def say(text):
    print(f'own: {text}', file=sys.stderr, flush=True)


# ---- the mutants ------------------------------------------------------------------------------------------------

def flags_of(command):
    """What decides how a file is read."""
    words, flags = shlex.split(command), []
    for at, word in enumerate(words):
        if word in ('-isystem', '-include'):
            flags += words[at:at + 2]
        elif word.startswith(('-I', '-D', '-std=')):
            flags.append(word)
    return flags


def compiled(build):
    """{path: flags} of our C files, without the programs of BPF, which need a kernel."""
    with open(f'{build}/compile_commands.json', encoding='utf-8') as file:
        rows = json.load(file)
    tree = os.path.dirname(build)
    return {row['file']: flags_of(row['command']) for row in rows
            if os.path.relpath(row['file'], tree).startswith(tuple(f'{folder}/' for folder in FOLDERS))}


def mutants_of(one):
    """(path, [(name, mutant)]) of a file. Trees are large, so a process of its own reads it."""
    path, flags = one
    unit = cindex.Index.create().parse(path, args=flags + ['-w', '-ferror-limit=0'])
    _, found = mutants_of_file(unit, path)
    return path, [(name, mutant) for name, mutant in name_all(found) if mutant.rule in RULES]


def draw(files, tree, seed):
    """All (name, path, mutant) in a random order. A name begins with the path in the tree."""
    with Pool() as pool:
        everything = [(os.path.join(os.path.dirname(os.path.relpath(path, tree)), name), path, mutant)
                      for path, found in pool.map(mutants_of, sorted(files.items()), chunksize=1) for name, mutant in found]
    random.Random(seed).shuffle(everything)
    return everything


# ---- one tree with all of them ----------------------------------------------------------------------------------

HEAD = '#include "{tree}/tests/mutants/own.h"\n#line 1\n'


def weave(tree, originals, listed):
    """Writes the files of TREE that LISTED, {number: (name, path, mutant)}, changes."""
    by_file = defaultdict(list)
    for number, (_, path, mutant) in listed.items():
        by_file[path].append((mutant.change.start, -mutant.change.end, number, mutant))
    for path in set(originals) | set(by_file):
        if path not in originals:
            with open(path, encoding='utf-8') as file:
                originals[path] = file.read()
        text = originals[path].encode().decode('latin-1')
        if by_file[path]:
            text = HEAD.format(tree=tree) + woven(text, [(n, m) for _, _, n, m in sorted(by_file[path])])
        data = text.encode('latin-1')
        with open(path, 'rb') as file:
            if file.read() == data:
                continue
        with open(path, 'wb') as file:
            file.write(data)


def blamed(errors, listed):
    """Numbers of mutants at the lines that the compiler complains of."""
    numbers = set()
    for path, line in re.findall(r'(/\S+\.[ch]):(\d+):\d+: error:', errors):
        with open(path, encoding='latin-1') as file:
            lines = file.read().split('\n')
        # Two lines were added at the top, which #line does not count.
        for at in range(int(line) + 1, max(int(line) - 8, 0), -1):
            found = re.findall(r'smckit_mutant_on\((\d+)\)', lines[at]) if at < len(lines) else []
            if found:
                numbers.update(map(int, found))
                break
    return numbers & set(listed)


def build_all(tree, everything, count):
    """The first COUNT that compile, as {number: ...}."""
    originals, left = {}, iter(everything)
    listed = {}
    for _ in range(12):
        while len(listed) < count:
            one = next(left, None)
            if not one:
                break
            # Of two that overlap the outer one is changed, and the inner one is in there twice.
            if not any(o[1] == one[1] and o[2].change.start < one[2].change.end and one[2].change.start < o[2].change.end
                       for o in listed.values()):
                listed[max(listed, default=0) + 1] = one
        weave(tree, originals, listed)
        run = subprocess.run(['ninja', '-C', f'{tree}/build', '-k', '0'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if run.returncode == 0:
            return listed
        bad = blamed(run.stdout, listed)
        if not bad:
            sys.exit(f'own: the tree does not build, and for no mutant:\n{run.stdout[-3000:]}')
        say(f'{len(bad)} mutants do not compile')
        for number in bad:
            del listed[number]
    sys.exit('own: too many mutants do not compile')


def prepare_tree(work):
    """A copy of what git has, configured; what was built there before is kept."""
    tree = f'{work}/tree'
    os.makedirs(tree, exist_ok=True)
    names = subprocess.run(['git', '-C', TOP, 'ls-files', '-z'], stdout=subprocess.PIPE, check=True).stdout.decode().split('\0')
    for name in filter(None, names):
        path = f'{tree}/{name}'
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if not os.path.lexists(path) or open(f'{TOP}/{name}', 'rb').read() != open(path, 'rb').read():
            shutil.copy2(f'{TOP}/{name}', path, follow_symlinks=False)
    # Tests ask git what is in the tree.
    if not os.path.isdir(f'{tree}/.git'):
        subprocess.run(f'git -C {shlex.quote(tree)} init -q && git -C {shlex.quote(tree)} add -A', shell=True, check=True)
    for step in (['cmake', '-S', tree, '--preset', 'default', '-DSMCKIT_WERROR=OFF', '-DCMAKE_C_FLAGS=-w'], ['ninja', '-C', f'{tree}/build']):
        run = subprocess.run(step, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if run.returncode:
            sys.exit(f"own: {' '.join(step[:2])} fails:\n{run.stdout[-3000:]}")
    return tree


# ---- the tests --------------------------------------------------------------------------------------------------

class Tests:
    def __init__(self, build):
        self.build, self.seconds, self.reached = build, {}, defaultdict(list)

    def names(self):
        shown = subprocess.run(['ctest', '--test-dir', self.build, '--show-only=json-v1', '-LE', '^(vm|full)$'], stdout=subprocess.PIPE, check=True).stdout
        # Those of the mutants themselves, and those that look at the source as text.
        return [test['name'] for test in json.loads(shown)['tests'] if not test['name'].startswith(('mutants.', 'format'))]

    def run(self, name, number, reached='', patience=900):
        """(did it pass, seconds)"""
        began = time.monotonic()
        environment = dict(os.environ, SMCKIT_MUTANT=str(number), SMCKIT_MUTANTS_REACHED=reached)
        run = subprocess.run(['ctest', '--test-dir', self.build, '-R', f'^{re.escape(name)}$', '--timeout', str(int(patience))],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env=environment, check=False)
        return run.returncode == 0, time.monotonic() - began

    def measure(self, work, numbers):
        """Which test reaches which mutant. One that fails already says nothing."""
        path, red = f'{work}/reached', []
        for name in self.names():
            with open(path, 'wb') as file:
                file.write(bytes(4096))
            # Whatever a test runs as may say what it reaches.
            os.chmod(path, 0o666)
            passed, seconds = self.run(name, 0, path)
            if not passed:
                red.append(name)
                continue
            self.seconds[name] = seconds
            with open(path, 'rb') as file:
                seen = file.read()
            for number in numbers:
                if seen[number]:
                    self.reached[number].append(name)
        return red

    def try_one(self, number):
        """The test that kills it, or nothing."""
        for name in sorted(self.reached[number], key=self.seconds.get):
            passed, _ = self.run(name, number, patience=PATIENCE * self.seconds[name] + GRACE)
            # The machine may have been busy.
            if not passed and self.run(name, 0)[0]:
                return name
        return None


def explained(path):
    rows = {}
    with open(path, encoding='utf-8') as file:
        for line in file:
            if line.strip() and not line.startswith('#'):
                name, kind, why = (word.strip() for word in line.split('|', 2))
                if kind not in ('equivalent', 'gap'):
                    sys.exit(f'own: {path}: {name}: expected equivalent or gap, not {kind}')
                rows[name] = kind, why
    return rows


# ---- all --------------------------------------------------------------------------------------------------------

def report(listed, killers, tests, known):
    """TAP. 0 if the goal is met and each survivor is explained."""
    killed, equivalent, failed = 0, 0, 0
    print(f'1..{len(listed) + 1}')
    for at, (number, (name, _, mutant)) in enumerate(sorted(listed.items()), 1):
        what = f"{name} ({tests.reached[number] and len(tests.reached[number]) or 'no'} tests)"
        if killers[number]:
            killed += 1
            print(f'ok {at} - {what}: killed by {killers[number]}')
        elif name in known:
            equivalent += known[name][0] == 'equivalent'
            print(f'ok {at} - {what}: {known[name][0]}, {known[name][1]}')
        else:
            failed += 1
            print(f'not ok {at} - {what} survives, and nothing explains it\n# {mutant.change.before!r} ... {mutant.change.after!r}')
    share = 100 * killed / max(1, len(listed) - equivalent)
    failed += share < GOAL
    print(f"{'ok' if share >= GOAL else 'not ok'} {len(listed) + 1} - {killed} of {len(listed)} are killed, {equivalent} are equivalent: {share:.0f} % (at least {GOAL})")
    return 1 if failed else 0


def main():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument('--count', type=int, default=100)
    options.add_argument('--seed', type=int, default=1)
    options.add_argument('--jobs', type=int, default=1)
    options.add_argument('--work', default=f'{TOP}/build/own-mutants')
    options.add_argument('--explained', default=f'{TOP}/tests/mutants/own.survivors')
    o = options.parse_args()
    os.makedirs(o.work, exist_ok=True)
    say('copying and building the tree')
    tree = prepare_tree(os.path.abspath(o.work))
    files = compiled(f'{tree}/build')
    say(f'reading {len(files)} files')
    everything = draw(files, tree, o.seed)
    say(f'{len(everything)} places; building {o.count} mutants')
    listed = build_all(tree, everything, o.count)
    tests = Tests(f'{tree}/build')
    say(f'which of {len(tests.names())} tests reach which mutant')
    red = tests.measure(o.work, listed)
    if red:
        say(f"left out, as they fail in the copy: {' '.join(red)}")
    killers = {}
    with ThreadPoolExecutor(o.jobs) as pool:
        for done, (number, killer) in enumerate(zip(sorted(listed), pool.map(tests.try_one, sorted(listed))), 1):
            killers[number] = killer
            say(f"{done} of {len(listed)}: {listed[number][0]}: {'killed by ' + killer if killer else 'survives'}")
    return report(listed, killers, tests, explained(o.explained))


if __name__ == '__main__':
    sys.exit(main())
