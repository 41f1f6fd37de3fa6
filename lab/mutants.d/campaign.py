#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Usage: campaign.py stale FOLDER STACK --suite SUITE [--known FILE] [--programs FILE] [--case PATTERN] [--limit N]
       campaign.py measured FOLDER STACK --suite SUITE [--known FILE] [--programs FILE] --lines LINES
       campaign.py plan FOLDER STACK... [--suite SUITE] [--programs FILE] [--survivors FILE] [--ledger FILE] [--shard I/N] [--sample N]
                        [--mutant NAME] [--case PATTERN] [--limit N] [--seconds N]
       campaign.py control FOLDER STACK
       campaign.py report FOLDER STACK... [--suite SUITE] [--shard I/N] [--sample N] [--limit N] [--survivors FILE] [--ledger FILE] [--coverage FILE]
                        [--list]
       campaign.py keep FOLDER STACK --ledger FILE
       campaign.py adopt FOLDER OLD

FOLDER is the cache of one module: mutants.json, and of each stack on which it is loaded reach.STACK, what
cases reach, results.STACK, what became of mutants, and control.STACK, how cases went without a mutant, all lines of JSON.
stale prints a job for run.py that plays the cases of SUITE which are new or have changed, no more than N of them, and measured takes over
what came of it. Programs are tests of the stack's own (suite.py); those that FILE has are run against who survives the suite.
plan prints a job without mutants of which something is known, and without those that FILE excuses: they do the same, or nobody sees what they do. control prints one with the cases that have killed, to be played without a mutant.
report prints what is known; it fails if there is a survivor of which FILE says nothing. adopt takes over what is known of
mutants of an older module that are in this one, too. keep writes the kills into a ledger, which outlasts the cache: plan begins with the mutants that
one lists, and with the cases that killed them, and report fails for one that lives now.
"""
import argparse
import fnmatch
import json
import os
import re
import shutil
import signal
import sys
from collections import Counter, defaultdict

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from suite import Programs, Suite, base, is_read  # noqa: E402

# For each mutant.
PROGRAMS_MAX = 12


def lines_of(path):
    if not os.path.exists(path):
        return
    with open(path, encoding='utf-8') as file:
        for line in file:
            # The machine may have ended in the middle of the last one.
            if line.endswith('}\n'):
                yield json.loads(line)


class Reach:
    """Which cases reach which mutants, on a stack."""

    def __init__(self, path, words=None, before=None):
        self.cases, self.of_mutant, self.words, self.before = {}, defaultdict(list), words or {}, before or {}
        for case in lines_of(path):
            # One that fails as it is known to is red when it fails otherwise.
            if 'case' in case and case['ok'] and not case['skipped']:
                self.cases[case['case']] = case
        for name in self.cases:
            for number in self.reached(name):
                self.of_mutant[number].append(name)

    def reached(self, name):
        """Also by the cases that have made the link group in which it goes on: they are played before it."""
        case, found = base(name), set()
        end = name[len(case):]
        while case:
            found.update(self.cases.get(case + end, {}).get('reached', ()))
            case = self.before.get(case)
        return sorted(found)

    def key(self, name):
        return self.cases[name].get('key')

    def words_of_case(self, name):
        return set(re.findall('[a-z]+', name)) if Programs.has(name) else self.words.get(base(name), set())

    def shared_words(self, mutant, names):
        """
        For each case the words of the function's name and of what was changed that it has, be it as the beginning or the end of one, and
        few of the others have: a sum, as each is rare.
        """
        wanted = [word for word in re.findall('[a-z]+', f"{mutant['function']} {mutant['was']}".lower()) if len(word) > 2]
        found = {name: {word for word in wanted for has in self.words_of_case(name) if has.startswith(word) or has.endswith(word)}
                 for name in names}
        often = Counter(word for words in found.values() for word in words)
        return {name: sum(1 - often[word] / len(names) for word in words) for name, words in found.items()}

    def in_turn(self, mutant, functions):
        """
        Names of the cases that reach it: first those that reach of its function what few others do, that have words of its name
        and of its text, as delete and link, and that take no time. Leaks are seen by cases that are played many times, so these come first there.
        One that is about no other statements than those before it comes last: it would look at the same.
        """
        names = [name for name in self.of_mutant[mutant['number']] if not Programs.has(name)]
        score = Counter(self.shared_words(mutant, names))
        for number in functions[mutant['file'], mutant['function']]:
            for name in self.of_mutant[number]:
                score[name] += 1 / len(self.of_mutant[number])
        counts = [name for name in names if mutant['area'] == 'leaks' and 'times' in self.words.get(base(name), ())]
        names = sorted(names, key=lambda name: (name not in counts, -score[name] / (0.3 + self.cases[name]['seconds']), name))
        seen, first, last = set(), [], []
        for name in names:
            (first if set(self.cases[name]['ids']) - seen else last).append(name)
            seen.update(self.cases[name]['ids'])
        return first + last

    def programs_in_turn(self, mutant):
        """Those that have its words, and that reach few others."""
        names = list(filter(Programs.has, self.of_mutant[mutant['number']]))
        score = self.shared_words(mutant, names)
        return sorted(names, key=lambda name: (-score[name], len(self.cases[name]['reached']) * (0.5 + self.cases[name]['seconds']), name))[:PROGRAMS_MAX]


class Results:
    """The last that is known of each mutant, how often a machine ended with it, and the keys of the cases that it survived."""

    def __init__(self, path, flaky=()):
        self.of, self.begun, self.survived, self.seconds = {}, Counter(), defaultdict(set), Counter()
        for line in lines_of(path):
            if 'start' in line:
                self.begun[line['start']] += 1
                self.of.setdefault(line['start'], None)
            elif 'number' in line and line.get('case') not in flaky:
                self.of[line['number']] = line
                self.begun[line['number']] = 0
                self.survived[line['number']].update(line.get('played', ()))
                self.seconds[line['number']] += line.get('seconds', 0)

    def verdict(self, number):
        """killed, survived, or None; and the line that says so."""
        line = self.of.get(number)
        if line and line['verdict'] in ('killed', 'survived'):
            return line['verdict'], line
        if number in self.of and self.begun[number] >= 2:
            return 'killed', {'number': number, 'verdict': 'killed', 'how': 'the machine ended', 'text': '', 'seconds': 0}
        return None, line


def load(folder):
    with open(f'{folder}/mutants.json', encoding='utf-8') as file:
        return json.load(file)


def part_of(mutants, o):
    if o.mutant:
        unknown = set(o.mutant) - {m['name'] for m in mutants}
        if unknown:
            sys.exit(f"campaign.py: no such mutant: {', '.join(sorted(unknown))}")
        mutants = [m for m in mutants if m['name'] in o.mutant]
    mutants = mutants[:o.sample] if o.sample else mutants
    if o.shard:
        shard, shards = map(int, o.shard.split('/'))
        mutants = [m for at, m in enumerate(mutants) if at % shards == shard - 1]
    return mutants


def functions_of(mutants):
    functions = defaultdict(list)
    for mutant in mutants:
        functions[mutant['file'], mutant['function']].append(mutant['number'])
    return functions


def flaky(folder, stack):
    """Cases that were red without a mutant, in a control or when it was measured what they reach: what they kill is not killed."""
    return {line['case'] for name in ('control', 'reach') for line in lines_of(f'{folder}/{name}.{stack}') if 'case' in line and not line.get('ok', True)}


def results_of(folder, stack):
    return Results(f'{folder}/results.{stack}', flaky(folder, stack))


# ---- what is reached ----------------------------------------------------------------------------------------

def programs_of(o):
    return Programs(o.programs, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def keys_of(o):
    known = []
    if o.known and os.path.exists(o.known):
        with open(o.known, encoding='utf-8') as file:
            known = [line for line in file if not line.startswith('#')]
    return {**Suite(o.suite).keys(known), **programs_of(o).hashes}


def words_of(o):
    return Suite(o.suite).words() if o.suite else {}


def before_of(o):
    return Suite(o.suite).before() if o.suite else {}


def is_wanted(case, o):
    return not o.case or any(fnmatch.fnmatchcase(f'{case} as {end}', o.case) for end in ('client', 'server', 'none'))


def stale(o):
    measured = {base(line['case']): line.get('key') for line in lines_of(f'{o.folder}/reach.{o.stack[0]}') if 'case' in line}
    names = [case for case, key in keys_of(o).items() if measured.get(case) != key and is_wanted(case, o)][:o.limit or None]
    commands = programs_of(o).commands
    print(json.dumps({'cases': [name for name in names if name not in commands],
                      'programs': {name: commands[name] for name in names if name in commands}}))


def measured(o):
    """The new lines, and the older ones of cases that are as they were."""
    path, keys = f'{o.folder}/reach.{o.stack[0]}', keys_of(o)
    lines = {line['case']: line for line in lines_of(path) if 'case' in line and keys.get(base(line['case'])) == line.get('key')}
    for line in lines_of(o.lines):
        if 'case' in line and base(line['case']) in keys:
            lines[line['case']] = dict(line, key=keys[base(line['case'])])
    with open(f'{path}.new', 'w', encoding='utf-8') as file:
        file.writelines(json.dumps(line) + '\n' for line in lines.values())
    os.rename(f'{path}.new', path)


# ---- the next job -------------------------------------------------------------------------------------------

def plan(o):
    folder, stack = o.folder, o.stack[0]
    everything = load(folder)
    reach, results = Reach(f'{folder}/reach.{stack}', words_of(o), before_of(o)), results_of(folder, stack)
    others = [results_of(folder, other) for other in o.stack[1:]]
    functions, job, commands, survivors, ledger = functions_of(everything), [], programs_of(o).commands, Survivors(o.survivors), Ledger(o.ledger)
    for mutant in part_of(everything, o):
        number = mutant['number']
        verdict, line = results.verdict(number)
        if verdict == 'killed' or (survivors.excuses(mutant['name']) and not o.mutant) or any(other.verdict(number)[0] == 'killed' for other in others):
            continue
        cases = ledger.first(mutant['name'], [name for name in reach.in_turn(mutant, functions) if not o.case or fnmatch.fnmatchcase(name, o.case)])
        cases = [name for name in cases[:o.limit or None] if reach.key(name) not in results.survived[number]]
        programs = [name for name in ledger.first(mutant['name'], reach.programs_in_turn(mutant))
                    if name in commands and reach.key(name) not in results.survived[number] and (not o.case or fnmatch.fnmatchcase(name, o.case))]
        if not cases + programs or (line or {}).get('verdict') == 'flake':
            continue
        job.append({'number': number, 'cases': cases, 'programs': programs})
        if ledger.killer(mutant['name']) in cases + programs:
            job[-1]['killer'] = ledger.killer(mutant['name'])
        if (line or {}).get('verdict') == 'stuck':
            job[-1]['again'] = line.get('case')
    # A new machine is for those first, and last for those with which one ended, so that the others are done. Kills that are confirmed take seconds.
    job.sort(key=lambda one: ('again' not in one, results.begun[one['number']], 'killer' not in one))
    print(json.dumps({'mutants': job, 'programs': commands, 'seconds': o.seconds, 'cost': {name: case['seconds'] for name, case in reach.cases.items()},
                      'keys': {name: reach.key(name) for name in reach.cases}}))


def control(o):
    """The cases that have killed; a run without one is no news."""
    killers = {line.get('case') for line in lines_of(f'{o.folder}/results.{o.stack[0]}') if line.get('verdict') == 'killed'}
    print(json.dumps({'cases': sorted({base(name) for name in killers if name})}))


# ---- what an older module has shown ---------------------------------------------------------------------------

def source_of(folder):
    path = f'{folder}/source'
    if not os.path.exists(path):
        return ''
    with open(path, encoding='ascii') as file:
        return file.read()


def adopt(o):
    """
    A case that killed a mutant kills it still; one that it survived is played again only if its source has changed. The mutants that cases reach
    are as they were where the mutants are the same, as with another configuration of the kernel.
    """
    def same(mutant):
        return mutant['name'], mutant['was']
    numbers = {same(m): m['number'] for m in load(o.folder)}
    old = o.stack[0]
    same_source = source_of(old) == source_of(o.folder) != ''
    olds = {m['number']: numbers.get(same(m)) for m in load(old)}
    for name in sorted(os.listdir(old)):
        if name.startswith('reach.') and same_source and load(old) == load(o.folder) and not os.path.exists(f'{o.folder}/{name}'):
            shutil.copyfile(f'{old}/{name}', f'{o.folder}/{name}')
        if name.startswith('results.'):
            results = results_of(old, name[8:])
            with open(f'{o.folder}/{name}', 'a', encoding='utf-8') as file:
                for number in results.of:
                    verdict, line = results.verdict(number)
                    if not olds.get(number):
                        continue
                    if verdict == 'killed':
                        file.write(json.dumps(dict(line, number=olds[number])) + '\n')
                    elif results.survived[number] and same_source:
                        file.write(json.dumps({'number': olds[number], 'verdict': 'survived', 'seconds': results.seconds[number],
                                               'played': sorted(results.survived[number])}) + '\n')


# ---- what is known ------------------------------------------------------------------------------------------

# By a case of the suite, or by what it left; by a test of the stack's own.
KILLED = ('killed', 'by program')


class Known:
    """The verdicts of all stacks together: one that kills it is enough."""

    def __init__(self, o):
        words, before = words_of(o), before_of(o)
        self.reach = {stack: Reach(f'{o.folder}/reach.{stack}', words, before) for stack in o.stack}
        self.results = {stack: results_of(o.folder, stack) for stack in o.stack}
        self.functions, self.limit = functions_of(load(o.folder)), o.limit or None

    def verdict(self, mutant):
        number, open_stacks, seconds = mutant['number'], 0, 0
        for stack, results in self.results.items():
            verdict, line = results.verdict(number)
            seconds += results.seconds[number]
            if verdict == 'killed':
                return 'by program' if Programs.has(line.get('case') or '') else 'killed', dict(line, stack=stack, seconds=seconds)
            reach = self.reach[stack]
            names = reach.in_turn(mutant, self.functions)[:self.limit] + reach.programs_in_turn(mutant)
            open_stacks += any(reach.key(name) not in results.survived[number] for name in names)
        reached = any(reach.of_mutant[number] for reach in self.reach.values())
        measured = bool(next(iter(self.reach.values())).cases)
        if not reached:
            return ('not reached' if measured else 'open'), {'seconds': 0}
        return ('open' if open_stacks else 'survived'), {'seconds': seconds}

    def cases(self, number):
        return [(stack, name) for stack, reach in self.reach.items() for name in reach.of_mutant[number]]

    def statements(self, number):
        return sorted({s for stack, name in self.cases(number) for s in self.reach[stack].cases[name]['ids']})


class Survivors:
    """Lines of NAME | KIND | REASON. A line is for one mutant, so that no new survivor is hidden by it."""

    def __init__(self, path):
        self.rows, self.kinds = [], {}
        if path and os.path.exists(path):
            with open(path, encoding='utf-8') as file:
                for line in file:
                    if line.strip() and not line.startswith('#'):
                        self.rows.append([word.strip() for word in line.split('|', 2)])
        for row in self.rows:
            if len(row) != 3 or row[1] not in ('equivalent', 'invisible', 'gap') or re.search(r'[*?[]', row[0]):
                sys.exit(f"campaign.py: {path}: {' | '.join(row)}: expected NAME, no pattern | equivalent, invisible or gap | REASON")
            self.kinds[row[0]] = row[1]

    def kind(self, name):
        return self.kinds.get(name)

    def excuses(self, name):
        return self.kind(name) in ('equivalent', 'invisible')


class Ledger:
    """
    Lines of MUTANT | CASE: what has killed which, on one stack. Where it was no case alone, as a leak that was seen after all of them, the word for that
    stands there.
    """

    def __init__(self, path):
        self.path, self.killers = path, {}
        if path and os.path.exists(path):
            with open(path, encoding='utf-8') as file:
                for line in filter(is_read, file):
                    row = [word.strip() for word in line.split('|')]
                    if len(row) != 2 or not all(row):
                        sys.exit(f'campaign.py: {path}: {line.strip()}: expected MUTANT | CASE')
                    self.killers[row[0]] = row[1]

    def killer(self, mutant):
        return self.killers.get(mutant)

    def first(self, mutant, names):
        return sorted(names, key=lambda name: name != self.killer(mutant))

    def write(self):
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with open(f'{self.path}.new', 'w', encoding='utf-8') as file:
            file.write('# SPDX-License-Identifier: GPL-2.0-or-later\n# MUTANT | CASE that has killed it, by lab/mutants --keep.\n')
            file.writelines(f'{mutant} | {case}\n' for mutant, case in sorted(self.killers.items()))
        os.rename(f'{self.path}.new', self.path)


def keep(o):
    """What is known here replaces what the ledger says; of mutants that were not tried here it says what it said."""
    ledger, results = Ledger(o.ledger), results_of(o.folder, o.stack[0])
    before, ledger.killers = ledger.killers, {}
    for mutant in load(o.folder):
        name = mutant['name']
        verdict, line = results.verdict(mutant['number'])
        if verdict == 'killed':
            ledger.killers[name] = line.get('case') or {'case': 'no case ran'}.get(line['how'], line['how'])
        elif verdict is None and name in before:
            ledger.killers[name] = before[name]
    ledger.write()
    print(f'{len(ledger.killers)} kills are in {o.ledger}')


def table(mutants, verdicts):
    areas = defaultdict(Counter)
    for mutant in mutants:
        for area in (mutant['area'], 'all'):
            areas[area][verdicts[mutant['number']][0]] += 1
    words = ('killed', 'by program', 'excused', 'survived', 'not reached', 'open')
    print(f"{'area':10}" + ''.join(f'{word:>12}' for word in words) + '   of those that count')
    for area, counts in sorted(areas.items(), key=lambda row: (row[0] == 'all', row[0])):
        # Those that no case reaches are known at once: with them half a campaign would look bad.
        tried = 'tried' if counts['open'] else ''
        killed = counts['killed'] + counts['by program']
        count = killed + counts['survived'] + (0 if tried else counts['not reached'])
        share = f"{100 * counts['killed'] / count:5.0f} % of {count} {tried}" if count else ''
        share += f', {100 * killed / count:.0f} % with programs' if counts['by program'] else ''
        print(f'{area:10}' + ''.join(f'{counts[word]:12}' for word in words) + f'   {share}'.rstrip())


def statements_of(suite):
    """Of the catalogue, but those that no case can cover."""
    if not suite:
        return set()
    with open(f'{suite}/catalogue.tsv', encoding='utf-8') as file:
        rows = [line.split('\t') for line in file if not line.startswith('#')]
    return {row[0] for row in rows if not row[2].startswith('-')}


def write_coverage(path, mutants, verdicts, known, statements):
    """For each statement: the mutants that a case of it killed, and those that its cases reached and that survived."""
    killed, survived = defaultdict(list), defaultdict(list)
    for mutant in mutants:
        verdict, line = verdicts[mutant['number']]
        if verdict == 'killed':
            for statement in line.get('ids', []):
                killed[statement].append(mutant['name'])
        elif verdict in ('survived', 'excused'):
            for statement in known.statements(mutant['number']):
                survived[statement].append(mutant['name'])
    with open(path, 'w', encoding='utf-8') as file:
        file.write('# statement\tkilled\tsurvived\tkilled mutants\tsurvivors\n')
        for statement in sorted({*killed, *survived, *statements}):
            file.write('\t'.join((statement, str(len(killed[statement])), str(len(survived[statement])),
                                  ' '.join(killed[statement]), ' '.join(survived[statement]))) + '\n')
    with_kill = {s for s in statements if killed[s]}
    alive = {s for s in statements if survived[s]} - with_kill
    print(f'{len(statements)} statements: a mutant of {len(with_kill)} was killed by a case that names it, of {len(alive)} mutants only survived, '
          f'{len(statements) - len(with_kill) - len(alive)} have none')


def report(o):
    known, survivors, ledger = Known(o), Survivors(o.survivors), Ledger(o.ledger)
    mutants = part_of(load(o.folder), o)
    verdicts = {m['number']: known.verdict(m) for m in mutants}
    for mutant in mutants:
        verdict, line = verdicts[mutant['number']]
        if verdict not in KILLED and survivors.excuses(mutant['name']):
            verdicts[mutant['number']] = 'excused', line
    if o.list:
        for mutant in mutants:
            verdict, line = verdicts[mutant['number']]
            how = f"{line.get('how')} {line.get('case') or line.get('text', '')}" if verdict in KILLED else \
                f"{len(known.cases(mutant['number']))} cases"
            print(f"{mutant['area']}\t{verdict}\t{mutant['name']}\t{mutant['was']}\t{how}")
    table(mutants, verdicts)
    how = Counter(line.get('how') for verdict, line in verdicts.values() if verdict in KILLED)
    print('killed by: ' + ', '.join(f'{name} {count}' for name, count in how.most_common()))
    part = (f', the first {o.sample}' if o.sample else '') + (f', shard {o.shard}' if o.shard else '')
    print(f"{len(mutants)} mutants{part}: {sum(line['seconds'] for _, line in verdicts.values()):.0f} s in machines")
    if o.coverage:
        write_coverage(o.coverage, mutants, verdicts, known, statements_of(o.suite))
    failed = 0
    for mutant in mutants:
        verdict, _ = verdicts[mutant['number']]
        name = mutant['name']
        if verdict in ('survived', 'not reached') and not survivors.kind(name):
            print(f"unlisted survivor: {name} ({verdict}): {mutant['was']}")
            failed = 1
        elif verdict in KILLED and survivors.kind(name):
            print(f'listed as {survivors.kind(name)}, and killed: {name}')
        if verdict in ('survived', 'not reached') and ledger.killer(name):
            print(f'killed by {ledger.killer(name)} once, and alive: {name}')
            failed = 1
        failed |= verdict == 'open'
    return failed


def main():
    # As head closes its input.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument('what', choices=('stale', 'measured', 'plan', 'control', 'report', 'keep', 'adopt'))
    options.add_argument('folder')
    options.add_argument('stack', nargs='+')
    options.add_argument('--shard')
    options.add_argument('--mutant', action='append')
    options.add_argument('--case')
    options.add_argument('--sample', type=int, default=0)
    options.add_argument('--limit', type=int, default=0)
    options.add_argument('--seconds', type=int, default=1200)
    for name in ('--suite', '--known', '--programs', '--lines', '--survivors', '--ledger'):
        options.add_argument(name)
    options.add_argument('--coverage')
    options.add_argument('--list', action='store_true')
    o = options.parse_args()
    return {'stale': stale, 'measured': measured, 'plan': plan, 'control': control, 'report': report, 'keep': keep, 'adopt': adopt}[o.what](o)


if __name__ == '__main__':
    sys.exit(main())
