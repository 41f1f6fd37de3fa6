#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Usage: own.py [--count N] [--seed S] [--only RE] [--shard I/N] [--minutes M] [--quick] [--jobs N]
              [--tests RE] [--work FOLDER] [--explained FILE] [--report]

Do the tests without VMs notice a mistake in our own programs? Mutants of one token each (a comparison, a sign, a number off
by one, half of a condition, a call left out, an error not returned) of all places of the user-space code are built into one copy
of the tree, in FOLDER, where the environment chooses the one that is awake. N of them are drawn at random, the same ones for the
same seed; with --only those whose names match RE. Of each the tests that reach it are run, short ones first, until one fails twice.

FOLDER keeps what was built, which test reaches which place, and what became of each mutant, so a run that was ended goes on
with another call, and a test that has changed tries the survivors again. --shard takes every Nth mutant, beginning with the Ith;
--minutes ends after so long; --quick leaves out the slow tests of the plugin and of the documents; --jobs tries so many at a time, but
never two by the same test (as many as there are processors); --tests takes only those whose names match RE,
while tests are written: others might kill a survivor; --report runs nothing and prints what is known.

Prints TAP, one line for each mutant, and how many were killed. A survivor is no failure if FILE says why: NAME | KIND |
REASON, where KIND is equivalent, vm (only a test in a VM gets there) or gap. Fails if less than 85 % of those that are not equivalent
were killed.
"""
import argparse
import ctypes
import hashlib
import json
import os
import pickle
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pool

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, f'{TOP}/lab/mutants.d')
from clang import cindex  # noqa: E402
from rewrite import mutants_of_file, name_all, woven  # noqa: E402

FOLDERS = ('dissector', 'lab/tools', 'privs', 'proto', 'replay', 'tracer', 'wire')
RULES = ('compare-off-by-one', 'compare-turned-round', 'half-of-a-condition-lost', 'condition-negated', 'check-removed',
         'plus-for-minus', 'constant-off-by-one', 'named-constant-off-by-one', 'not-forgotten', 'call-left-out',
         'error-returned', 'error-not-returned')
KINDS = ('equivalent', 'vm', 'gap')
GOAL = 85
# As in own.h.
PLACES = 65536
# Tests of many captures are run in so many parts ($SMCKIT_SHARE, see tests/tap.sh). The first part that reaches a mutant often kills it.
SHARES = {'dissect.text_plain': 12, 'dissect.text_statistics': 8, 'dissect.text_options': 6, 'dissect.text_damaged': 6, 'dissect.golden': 6,
          'replay.text': 6}
# Mutants are tried by tests of at most so many seconds before longer ones are measured.
TIERS = (3, 20, 60, float('inf'))
# A test that a mutant makes wait gets so many times its usual time, and some seconds.
PATIENCE, GRACE = 4, 20


def say(text):
    print(f'own: {text}', file=sys.stderr, flush=True)


def contents(path):
    with open(path, 'rb') as file:
        return file.read()


def digest(*parts):
    return hashlib.sha256(b'\0'.join(parts)).hexdigest()[:16]


def lines_of(path):
    if os.path.exists(path):
        with open(path, encoding='utf-8') as file:
            # The machine may have ended in the middle of the last one.
            yield from (json.loads(line) for line in file if line.endswith('}\n'))


def append(path, line):
    with open(path, 'a', encoding='utf-8') as file:
        file.write(json.dumps(line) + '\n')


def run_quietly(command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace', check=False)


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


def compiled(tree):
    """{name in the tree: flags} of our C files, without the programs of BPF, which need a kernel."""
    with open(f'{tree}/build/compile_commands.json', encoding='utf-8') as file:
        rows = [(os.path.relpath(row['file'], tree), row['command']) for row in json.load(file)]
    return {name: flags_of(command) for name, command in rows if name.startswith(tuple(f'{folder}/' for folder in FOLDERS))}


def is_string(text, change):
    """A macro between strings is one."""
    return text[:change.start].rstrip().endswith('"') or text[change.end:].lstrip().startswith('"')


def mutants_of(one):
    """(file, [(name, mutant)]). A name begins with the file. Trees are large, so a process of its own reads it."""
    file, flags = one
    path = f'{TOP}/{file}'
    unit = cindex.Index.create().parse(path, args=flags + ['-w', '-ferror-limit=0'])
    source, found = mutants_of_file(unit, path)
    return file, [(os.path.join(os.path.dirname(file), name), mutant) for name, mutant in name_all(found)
                  if mutant.rule in RULES and not (mutant.rule == 'named-constant-off-by-one' and is_string(source.text, mutant.change))]


class Places:
    """All mutants of the tree as it is now, each with a number that it keeps: name -> (file, mutant)."""

    def __init__(self, work):
        self.path, self.files, self.digests = f'{work}/places', {}, {}
        # By file its digest and its mutants; the numbers; those that do not compile, by digest; what the files in the tree have.
        self.by_file, self.numbers, self.bad, self.written = {}, {}, set(), {}
        if os.path.exists(self.path):
            with open(self.path, 'rb') as file:
                self.by_file, self.numbers, self.bad, self.written = pickle.load(file)

    def save(self):
        new = f'{self.path}.{os.getpid()}'
        with open(new, 'wb') as file:
            pickle.dump((self.by_file, self.numbers, self.bad, self.written), file)
        os.rename(new, self.path)

    def read(self, files):
        self.files, self.digests = files, {file: digest(contents(f'{TOP}/{file}')) for file in files}
        stale = [one for one in sorted(self.files.items()) if self.by_file.get(one[0], ('',))[0] != self.digests[one[0]]]
        if stale:
            say(f'reading {len(stale)} of {len(self.files)} files')
            with Pool() as pool:
                for file, found in pool.map(mutants_of, stale, chunksize=1):
                    self.by_file[file] = self.digests[file], found
        for file in sorted(self.files):
            for name, _ in self.by_file[file][1]:
                self.numbers.setdefault(name, len(self.numbers) + 1)
        if len(self.numbers) >= PLACES:
            sys.exit(f'own: {len(self.numbers)} places: raise PLACES, and in own.h SMCKIT_MUTANTS_MAX')
        self.save()

    def of(self, file):
        """[(name, mutant)] of those that compile."""
        return [(name, mutant) for name, mutant in self.by_file[file][1] if (self.digests[file], name) not in self.bad]

    def all(self):
        return {name: (file, mutant) for file in self.files for name, mutant in self.of(file)}

    def draw(self, seed):
        """A change of a file moves no other mutant in this order, and a file that moves keeps its own."""
        def rank(name):
            return digest(f"{seed} {name.split('/')[0]} {name.split('/')[-1]}".encode())
        return sorted(self.all(), key=rank)


# ---- one tree with all of them ----------------------------------------------------------------------------------

HEAD = '#include "{tree}/tests/mutants/own.h"\n#line 1\n'


class Tree:
    """A copy of what git has, in which each C file of ours has its mutants."""

    def __init__(self, work):
        self.work, self.path = work, f'{work}/tree'
        os.makedirs(self.path, exist_ok=True)

    def copy(self, woven_files):
        """All that is to be as it is here, but for the files that have mutants already."""
        listed = subprocess.run(['git', '-C', TOP, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], stdout=subprocess.PIPE, check=True)
        names = [name for name in listed.stdout.decode().split('\0') if name and not name.endswith('/') and os.path.lexists(f'{TOP}/{name}')]
        for name in names:
            path = f'{self.path}/{name}'
            if name in woven_files and os.path.exists(path):
                continue
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if not os.path.lexists(path) or contents(f'{TOP}/{name}') != contents(path):
                shutil.copy2(f'{TOP}/{name}', path, follow_symlinks=False)
        # Tests ask git what is in the tree.
        if not os.path.isdir(f'{self.path}/.git'):
            run_quietly(['git', '-C', self.path, 'init', '-q'])
        run_quietly(['git', '-C', self.path, 'add', '-A'])

    def configure(self):
        # Two thousand switches a file take long to optimize, and debug information of them as long again.
        # Fuzzers find a mutant by luck, and building them takes as long as all else.
        run = run_quietly(['cmake', '-S', self.path, '--preset', 'default', '-DSMCKIT_WERROR=OFF', '-DCMAKE_C_FLAGS=-w', '-DSMCKIT_CLANG=',
                           '-DCMAKE_C_FLAGS_RELWITHDEBINFO=-O1 -DNDEBUG'])
        if run.returncode:
            sys.exit(f'own: cmake fails:\n{run.stdout[-3000:]}')

    def ninja(self, *targets):
        return run_quietly(['ninja', '-C', f'{self.path}/build', '-k', '0', *targets])

    def generated(self):
        """The headers that the build makes."""
        listed = run_quietly(['ninja', '-C', f'{self.path}/build', '-t', 'targets', 'all']).stdout
        return [name for name in re.findall(r'^(\S+\.h): ', listed, re.M) if not name.startswith('/')]

    def objects(self, files):
        """Of those files. They are built alone until each compiles: what is made of them takes longer."""
        with open(f'{self.path}/build/compile_commands.json', encoding='utf-8') as file:
            commands = [row['command'].split() for row in json.load(file) if os.path.relpath(row['file'], self.path) in files]
        return [words[words.index('-o') + 1] for words in commands]

    def weave(self, places):
        for file in places.files:
            listed = sorted((m.change.start, -m.change.end, places.numbers[name], m) for name, m in places.of(file))
            key = digest(places.digests[file].encode(), repr([row[2] for row in listed]).encode())
            if places.written.get(file) == key and os.path.exists(f'{self.path}/{file}'):
                continue
            text = contents(f'{TOP}/{file}').decode('latin-1')
            if listed:
                text = HEAD.format(tree=self.path) + woven(text, [(n, m) for _, _, n, m in listed])
            with open(f'{self.path}/{file}', 'wb') as out:
                out.write(text.encode('latin-1'))
            places.written[file] = key
        places.save()

    @staticmethod
    def complaints(errors):
        """(path, line, column) of each error; of one in a macro where it is used, which follows."""
        last = None
        for path, line, column, kind in re.findall(r'(/\S+\.[ch]):(\d+):(\d+): (error|note: in expansion of macro)', errors):
            if kind == 'error' and last:
                yield last
            last = path, int(line), int(column)
        if last:
            yield last

    def blamed(self, errors, places):
        """(digest, name) of the mutants at the places that the compiler complains of."""
        names, found = {number: name for name, number in places.numbers.items()}, set()
        for path, line, column in self.complaints(errors):
            file = os.path.relpath(path, self.path)
            if file not in places.digests:
                continue
            lines = contents(path).decode('latin-1').split('\n')
            # Two lines were added at the top, which #line does not count.
            for at in range(line + 1, max(line - 8, 0), -1):
                on = list(re.finditer(r'smckit_mutant_on\((\d+)\)', lines[at])) if at < len(lines) else []
                if on:
                    before = [m for m in on if m.start() < column] if at == line + 1 else on
                    found.add((places.digests[file], names[int((before[-1] if before else on[0]).group(1))]))
                    break
        return found - places.bad

    def build(self, places):
        """Leaves out what does not compile."""
        targets = self.objects(places.files)
        for _ in range(40):
            self.weave(places)
            run = self.ninja(*targets)
            if run.returncode == 0 and not targets:
                return
            if run.returncode == 0:
                targets = []
                continue
            bad = self.blamed(run.stdout, places)
            if not bad:
                sys.exit(f'own: the tree does not build, and for no mutant:\n{run.stdout[-3000:]}')
            say(f'{len(bad)} mutants do not compile')
            places.bad |= bad
        sys.exit('own: too many mutants do not compile')


def prepare(work):
    tree, places = Tree(work), Places(work)
    say('copying the tree')
    tree.copy(places.written)
    tree.configure()
    # Headers that are generated are read, too.
    headers = tree.generated()
    run = tree.ninja(*headers) if headers else None
    if run and run.returncode:
        sys.exit(f'own: the headers cannot be made:\n{run.stdout[-3000:]}')
    places.read(compiled(tree.path))
    say(f'building {len(places.all())} mutants')
    tree.build(places)
    return tree, places


# ---- the tests --------------------------------------------------------------------------------------------------

class Test:
    def __init__(self, row, tree, share=''):
        values = {p['name']: p['value'] for p in row.get('properties', [])}
        self.name, self.command, self.labels = row['name'], row['command'], values.get('LABELS', [])
        self.folder, self.environment = values.get('WORKING_DIRECTORY', tree), dict(one.split('=', 1) for one in values.get('ENVIRONMENT', []))
        self.skips, self.first = values.get('SKIP_RETURN_CODE'), values.get('FIXTURES_REQUIRED')
        self.seconds, self.reached, self.upto, self.key = 0.0, frozenset(), 0, ''
        if share:
            self.name += '@' + share.split('/')[0]
            self.environment['SMCKIT_SHARE'] = share

    def is_slow(self):
        """Those of the plugin start tshark a thousand times, but for those that compare all that it shows; those of documents and of
        ./dev build and install everything."""
        if self.name.startswith('dev.'):
            return True
        return 'dissect' in self.labels and 'quick' not in self.labels and not self.name.startswith('dissect.text_')


def shares_of(row, tree):
    count = SHARES.get(row['name'], 0)
    return [Test(row, tree, f'{at}/{count}') for at in range(1, count + 1)] or [Test(row, tree)]


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def end_group(process):
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(10)
        except (ProcessLookupError, PermissionError):
            return
        except subprocess.TimeoutExpired:
            continue


class Tests:
    """The tests of the tree without VMs."""

    def __init__(self, tree, work, only):
        self.tree, self.work, self.reach = tree, work, f'{work}/reach'
        shown = subprocess.run(['ctest', '--test-dir', f'{tree.path}/build', '--show-only=json-v1', '-LE', '^(vm|full|fuzz)$'], stdout=subprocess.PIPE, check=True).stdout
        # Those of the mutants themselves, and those that compare the source with something.
        left_out = ('mutants.', 'dev.errors', 'dev.format', 'dev.rooms', 'dev.words', 'kmod.builds', 'wire.worlds')
        self.all = [test for row in json.loads(shown)['tests']
                    if 'command' in row and not row['name'].startswith(left_out) and re.search(only, row['name']) for test in shares_of(row, tree.path)]
        self.files, self.measured, self.kills, self.tries = {}, [], Counter(), Counter()
        # A test may have a port or a file of its own.
        self.turn = defaultdict(threading.Lock)

    def key(self, test):
        """Changes when the test may have: all of its folder but what belongs to another one."""
        folder, noun = test.name.split('@')[0].split('.', 1)
        if folder not in self.files:
            names = subprocess.run(['git', '-C', self.tree.path, 'ls-files', '-z', f'tests/{folder}', 'tests/tap.sh', 'captures'], stdout=subprocess.PIPE, check=True)
            paths = (f'{self.tree.path}/{name}' for name in names.stdout.decode().split('\0') if name)
            self.files[folder] = {path: contents(path) for path in paths if os.path.isfile(path) and not path.endswith('CMakeLists.txt')}
        named = ' '.join(test.command + list(test.environment.values()))
        script = next((text for path, text in self.files[folder].items() if path in test.command), b'')
        def is_mine(name):
            """A test of several views has one script, which says what programs of C it needs."""
            stem = re.sub(r'(_test)?\.\w+$', '', name)
            if script and name.endswith('.c'):
                return stem in named or stem.encode() in script
            return name.startswith(noun) or noun.startswith(stem) or not re.search(r'_test\.\w+$|\.digests$', name)
        mine = (text for path, text in sorted(self.files[folder].items()) if is_mine(os.path.basename(path)))
        return digest(*mine)

    def run(self, test, number, reached='', patience=900):
        with self.turn[test.name]:
            return self.run_alone(test, number, reached, patience)

    def run_alone(self, test, number, reached, patience):
        """(what failed, or nothing; seconds). It is ended at its first failed case."""
        began = time.monotonic()
        environment = dict(os.environ, **test.environment, SMCKIT_MUTANT=str(number), SMCKIT_MUTANTS_REACHED=reached)
        with subprocess.Popen(test.command, cwd=test.folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=die_with_parent) as process:
            late = threading.Timer(patience, end_group, (process,))
            late.start()
            failed = ''
            for line in process.stdout:
                line = line.decode(errors='replace').strip()
                if re.match(r'not ok(?!.*# TODO)|\[  FAILED  \]', line):
                    failed = line
                    end_group(process)
                    break
            code = process.wait()
            seconds = time.monotonic() - began
            late.cancel()
        # What it left running must not disturb the next one.
        end_group(process)
        if seconds >= patience:
            failed = failed or 'it takes too long'
        elif code and code != test.skips:
            failed = failed or f'exit status {code}'
        return failed, seconds

    def measure_one(self, test, highest):
        """The places that it reaches, as a line of the file of them."""
        path = f'{self.work}/reached.{os.getpid()}.{test.name}'
        with open(path, 'wb') as file:
            file.write(bytes(PLACES))
        # Whatever a test runs as may say what it reaches.
        os.chmod(path, 0o666)
        failed, seconds = self.run(test, 0, path)
        line = {'test': test.name, 'key': test.key, 'upto': highest, 'failed': failed, 'seconds': seconds,
                'reached': [number for number, seen in enumerate(contents(path)) if seen]}
        os.remove(path)
        append(self.reach, line)
        say(f"{test.name}: {seconds:.0f} s, {len(line['reached'])} places {failed and '; left out, as it fails: ' + failed}")
        return line

    def expected(self):
        """{test: the seconds that it needs, as it was measured last}. A script needs more than a program."""
        last = {line['test']: line['seconds'] for line in lines_of(self.reach)}
        return {test: max(last.get(test.name, 20 if test.command[0].endswith('.sh') else 2), 200 if test.is_slow() else 0) for test in self.all}

    def measure(self, mine, highest, jobs):
        """Which test reaches which place. One that fails already says nothing."""
        known = {line['test']: line for line in lines_of(self.reach)}
        for test in mine:
            test.key = self.key(test)
            if test.name in known and known[test.name]['key'] != test.key:
                del known[test.name]
        with ThreadPoolExecutor(jobs) as pool:
            for line in pool.map(lambda test: self.measure_one(test, highest), [test for test in mine if test.name not in known]):
                known[line['test']] = line
        for test in mine:
            line = known[test.name]
            test.seconds, test.reached, test.upto = line['seconds'], frozenset(line['reached']), line['upto']
            if line['failed']:
                test.reached, test.upto = frozenset(), PLACES
            self.measured.append(test)

    def learn(self, line):
        """What became of a mutant says how much a test notices."""
        self.kills[line['killer']] += 1
        self.tries.update(set(line['tried']) | {line['killer']})

    def in_turn(self, file, number):
        """Those that reach it: first those that take the least time for each mutant that they kill, and those that are called
        after its file."""
        def cost(test):
            noun, stem = test.name.split('@')[0].split('.')[-1], os.path.basename(file)[:-2]
            share = (self.kills[test.name] + 1) / (self.tries[test.name] + 3)
            return test.seconds / share * (0.2 if noun in stem or stem in noun else 1), test.name
        return sorted((test for test in self.measured if number in test.reached or number > test.upto), key=cost)


class Results:
    """What became of each mutant: by name the digest of its file, the killer, and the tests that it survived."""

    def __init__(self, path):
        self.path, self.of = path, {line['name']: line for line in lines_of(path)}

    def get(self, name, was):
        line = self.of.get(name)
        return line if line and line['was'] == was else {'name': name, 'was': was, 'killer': '', 'how': '', 'tried': {}}

    def set(self, line):
        self.of[line['name']] = line
        append(self.path, line)


def is_killed(tests, test, number):
    """How it fails, if it does twice and it does not without the mutant."""
    patience = PATIENCE * test.seconds + GRACE
    failed, _ = tests.run(test, number, patience=patience)
    if not failed:
        return ''
    again, _ = tests.run(test, number, patience=patience)
    # The machine may have been busy. A case that failed twice, and did not when the reach was measured, has no such excuse.
    if again and (failed == again and failed.startswith(('not ok', '[')) or not tests.run(test, 0)[0]):
        return again
    return ''


def untried(tests, line, file, number):
    return [test for test in tests.in_turn(file, number) if line['tried'].get(test.name) != test.key]


def try_one(tests, line, file, number, until):
    """Completes LINE. False if the time is up."""
    for test in untried(tests, line, file, number):
        if time.monotonic() > until:
            return False
        how = is_killed(tests, test, number)
        if how:
            line.update(killer=test.name, how=how)
            break
        line['tried'][test.name] = test.key
    return True


# ---- all --------------------------------------------------------------------------------------------------------

def explained(path):
    rows = {}
    with open(path, encoding='utf-8') as file:
        for line in file:
            if line.strip() and not line.startswith('#'):
                name, kind, why = (word.strip() for word in line.split('|', 2))
                if kind not in KINDS:
                    sys.exit(f"own: {path}: {name}: expected {', '.join(KINDS)}, not {kind}")
                rows[name] = kind, why
    return rows


def what_it_is(file, mutant):
    text = contents(f'{TOP}/{file}').decode('latin-1')
    line = text.count('\n', 0, mutant.change.start) + 1
    was = re.sub(r'\s+', ' ', text[mutant.change.start:mutant.change.end])[:120]
    return f'{file}:{line}: {mutant.change.before!r} {was} {mutant.change.after!r}'


def report(names, places, tests, results, known):
    """TAP. 0 if the goal is met and each survivor is explained."""
    everything, killed, equivalent, failed = places.all(), 0, 0, 0
    print(f'1..{len(names) + 1}')
    for at, name in enumerate(names, 1):
        file, mutant = everything[name]
        line = results.get(name, places.digests[file])
        if line['killer']:
            killed += 1
            print(f"ok {at} - {name}: killed by {line['killer']}: {line['how']}".replace('#', 'no. '))
            continue
        tried = len(line['tried'])
        if name in known:
            equivalent += known[name][0] == 'equivalent'
            print(f'ok {at} - {name}: {known[name][0]}, {known[name][1]}'.replace('#', 'no. '))
        else:
            failed += 1
            print(f'not ok {at} - {name} survives {tried} tests, and nothing explains it'.replace('#', 'no. '))
        print(f'# {what_it_is(file, mutant)}')
    share = 100 * killed / max(1, len(names) - equivalent)
    failed += share < GOAL
    print(f"{'ok' if share >= GOAL else 'not ok'} {len(names) + 1} - {killed} of {len(names)} are killed, {equivalent} are equivalent: {share:.0f} % (at least {GOAL})")
    return 1 if failed else 0


def chosen(o, places):
    if o.only:
        return [name for name in sorted(places.all()) if re.search(o.only, name)]
    names = places.draw(o.seed)[:o.count]
    if o.shard:
        shard, shards = map(int, o.shard.split('/'))
        names = names[shard - 1::shards]
    return names


def main():
    options = argparse.ArgumentParser(usage=__doc__.replace('%', '%%'))
    options.add_argument('--count', type=int, default=100)
    options.add_argument('--seed', type=int, default=1)
    options.add_argument('--only')
    options.add_argument('--shard')
    options.add_argument('--minutes', type=float, default=0)
    options.add_argument('--quick', action='store_true')
    options.add_argument('--jobs', type=int, default=os.cpu_count())
    options.add_argument('--tests', default='')
    options.add_argument('--report', action='store_true')
    options.add_argument('--work', default=f'{TOP}/build/own-mutants')
    options.add_argument('--explained', default=f'{TOP}/tests/mutants/own.survivors')
    o = options.parse_args()
    until = time.monotonic() + o.minutes * 60 if o.minutes else float('inf')
    work = os.path.abspath(o.work)
    os.makedirs(work, exist_ok=True)
    tree, places = prepare(work)
    tests, results, everything = Tests(tree, work, o.tests), Results(f'{work}/results'), places.all()
    names = chosen(o, places)
    for line in results.of.values():
        tests.learn(line)
    def complete(numbered):
        """False if the time is up before all tests have tried it."""
        at, name = numbered
        file, _ = everything[name]
        line = results.get(name, places.digests[file])
        if line['killer'] or not untried(tests, line, file, places.numbers[name]):
            return True
        whole = try_one(tests, line, file, places.numbers[name], until)
        results.set(line)
        tests.learn(line)
        if whole:
            say(f"{at} of {len(names)}: {name}: {'killed by ' + line['killer'] if line['killer'] else 'survives'}")
        return whole

    expected, longest = {} if o.report else tests.expected(), -1
    for tier in TIERS:
        mine = [test for test, seconds in expected.items() if longest < seconds <= tier and not (o.quick and test.is_slow())]
        longest = tier
        say(f'{len(names)} mutants, {len(mine)} tests of at most {tier} s')
        tests.measure(mine, max(places.numbers.values()), o.jobs)
        with ThreadPoolExecutor(o.jobs) as pool:
            if not o.report and not all(list(pool.map(complete, enumerate(names, 1)))):
                sys.exit('own: the time is up; another call goes on')
    return report(names, places, tests, results, explained(o.explained))


if __name__ == '__main__':
    sys.exit(main())
