#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Usage: run.py JOB, in a VM whose stack has mutants. JOB is a JSON file of ours:

  play     the command of smc-replay that plays a suite, without --suite
  suite    the folder of the suite
  module   the module that has the mutants
  jobs     cases at a time
  programs  commands of other tests, by their names
  mutants  what is to be done, in turn: number, names of cases in the order in which they are tried, and of programs after them, and of
           these the killer, which has killed it on another machine and is played alone at first;
           without it, cases are played once, and it is measured which mutants each of them reaches
  cases    which ones, without the end that is played (all)
  times    play them so often, and measure nothing: a control
  cost, keys  of each case by its name: seconds, and what shows that it has changed
  out      lines of JSON, one as soon as something is known
"""
import fcntl
import itertools
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from suite import Programs, Suite  # noqa: E402

# As in lab/lib/kernel_log.sh: after the time stamp.
REPORT = re.compile(r'^<\d+>\[[^]]*\] (WARNING: |(watchdog: )?BUG: |kernel BUG at |Oops: |(Unable|unable) to handle |general protection fault'
                    r'|(rcu: )?INFO: rcu_.*stall|INFO: task .* blocked|UBSAN: |KASAN: |refcount_t: |list_(add|del) corruption'
                    r'|unregister_netdevice: waiting|.*Attempt to release|Kernel panic|\[ BUG: |memory leak)')
# A statement of the catalogue, or a clause of one.
STATEMENT = re.compile(r'\b[A-Z]{3}-\d+(?:\.\d+)?')
RESULT = re.compile(r'^(not )?ok \d+ - (\S+ as (?:client|server|none))(.*)$')
# A suite that does nothing for so long hangs: no case takes a tenth of it, also on a busy machine.
HANG = 75
EXIT_SKIP = 77


class Module:
    def __init__(self, name):
        self.folder = f'/sys/module/{name}/parameters'

    def choose(self, number):
        with open(f'{self.folder}/smckit_mutant', 'w', encoding='ascii') as file:
            file.write(str(number))

    def forget(self):
        with open(f'{self.folder}/smckit_reached', 'w', encoding='ascii') as file:
            file.write('0')

    def reached(self):
        with open(f'{self.folder}/smckit_reached', encoding='ascii') as file:
            digits = file.read().strip()
        return {4 * at + bit for at, digit in enumerate(digits) if digit != '0'
                for bit in range(4) if int(digit, 16) >> bit & 1}


class Log:
    """The kernel log from now on."""

    def __init__(self):
        self.file = os.open('/dev/kmsg', os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.file, 0, os.SEEK_END)

    def reports(self):
        found = []
        while True:
            try:
                record = os.read(self.file, 8192).decode(errors='replace')
            except BlockingIOError:
                return found
            except OSError:
                continue
            text = record.split(';', 1)[-1].split('\n')[0]
            if REPORT.match('<0>[0] ' + text):
                found.append(text[:120])


def sockets_of_smc():
    """How many there are, by the kernel's table of protocols."""
    with open('/proc/net/protocols', encoding='ascii') as file:
        return sum(int(line.split()[2]) for line in file if line.startswith('SMC'))


def connections_of_groups():
    """How many connections link groups and links say that they have: smc-ctl's sum."""
    said = subprocess.run(['smc-ctl', 'lgr', '--json'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
    return sum(map(int, re.findall(r'"conns": (\d+)', said)))


# A connection's and a socket's, and slabs of the size of a link group. Objects of RDMA devices are not counted: a link group
# that a case leaves may live for ten minutes.
SLABS = ('sock_inode_cache', 'TCP', 'SMC', 'smcx_sock', 'kmalloc-8k', 'kmalloc-16k', 'kmalloc-32k')


def objects():
    """How many there are of each kind. Slabs of each processor are emptied before, or their free objects would count."""
    counts = {}
    for slab in SLABS:
        if os.path.exists(f'/sys/kernel/slab/{slab}/shrink'):
            with open(f'/sys/kernel/slab/{slab}/shrink', 'w', encoding='ascii') as file:
                file.write('1')
    if os.path.exists(COUNTS):
        with open(COUNTS, encoding='ascii') as file:
            counts.update({words[0]: int(words[1]) for words in map(str.split, file) if words[0] == 'dmbs'})
    if not os.path.exists('/proc/slabinfo'):
        return counts
    with open('/proc/slabinfo', encoding='ascii') as file:
        for line in file:
            words = line.split()
            if words[0] in SLABS:
                counts[words[0]] = int(words[1])
    return counts


# Counters of smcx.ko.
COUNTS = '/sys/kernel/debug/smcx/counts'

# Others allocate, too.
NOISE = 2


class Growth:
    """Of what lives in the kernel, from now on."""

    def __init__(self):
        self.before = objects()

    def now(self):
        """The kinds of which there are more, after what goes by itself has had its time."""
        more = {}
        for seconds in (0.2, 1, 1):
            time.sleep(seconds)
            after = objects()
            more = {kind: after[kind] - count for kind, count in self.before.items() if after.get(kind, 0) - count > NOISE}
            if not more:
                break
        return more


# ---- a part of the suite ----------------------------------------------------------------------------------

class Broken(Exception):
    """The suite could not be played, which says nothing about a mutant."""


class Player:
    def __init__(self, job):
        self.job = job
        self.suite = Suite(job['suite'])
        self.folder = tempfile.mkdtemp(prefix='smckit-mutants.')

    def start(self, cases, jobs):
        self.suite.write(f'{self.folder}/suite', cases)
        command = self.job['play'] + ['--suite', f'{self.folder}/suite']
        if jobs > 1:
            command += ['--jobs', str(jobs)]
        read, write = os.pipe2(os.O_CLOEXEC)
        process = subprocess.Popen(command, stdout=write, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                   start_new_session=True)
        os.close(write)
        return process, read

    def jobs_for(self, cases):
        """Starting several takes longer than what is short."""
        cost = self.job.get('cost', {})
        return 1 if sum(cost.get(name, 1) for name in cases) < 3 else self.job['jobs']

    def play(self, cases):
        """(verdict, what): passed, failed with the first case that did, or hung."""
        verdict, what = 'passed', None
        suite = [name for name in cases if not Programs.has(name)]
        if suite:
            verdict, what = self.play_suite(suite)
        for name in filter(Programs.has, cases):
            if verdict == 'passed':
                verdict, what = self.run_program(name)
        return verdict, what

    def run_program(self, name):
        status, text = run_program(self.job['programs'][name])
        if status == 0:
            return 'passed', None
        return 'hung' if status is None else 'failed', {'case': name, 'ids': [], 'text': text}

    def play_suite(self, cases):
        process, read = self.start(cases, self.jobs_for(cases))
        text, verdict = '', None
        try:
            while not verdict:
                ready, _, _ = select.select([read], [], [], HANG)
                data = os.read(read, 65536) if ready else None
                if data is None:
                    verdict = ('hung', None)
                elif not data:
                    break
                else:
                    text += data.decode(errors='replace')
                    verdict = first_failure(text)
                    # Why may come in a write of its own.
                    if verdict and select.select([read], [], [], 0.3)[0]:
                        verdict = first_failure(text + os.read(read, 65536).decode(errors='replace'))
        finally:
            stop(process)
            os.close(read)
        if verdict:
            return verdict
        status = process.returncode
        if status not in (0, 1, EXIT_SKIP) and status >= 0:
            raise Broken(f'status {status}: {text[-600:]}')
        # Not one of them could run, which is no answer.
        only = cases[0] if len(cases) == 1 else None
        return ('passed', None) if status == 0 else ('failed', {'case': only, 'text': f'status {status}: {text[-300:]}'})


def run_program(command):
    """(status, what was wrong); the status is None if it hangs."""
    process = subprocess.Popen(['sh', '-c', command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                               text=True, errors='replace', start_new_session=True)
    try:
        text = process.communicate(timeout=HANG)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return None, process.communicate()[0][-300:]
    wrong = [line for line in text.split('\n') if line.startswith('not ok')]
    return process.returncode, '\n'.join(wrong)[:300] or text[-300:]


def stop(process):
    if process.poll() is None:
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                pass
    else:
        process.wait()


def first_failure(text):
    lines = text.split('\n')[:-1]
    for at, line in enumerate(lines):
        match = RESULT.match(line)
        if match and match.group(1) and '# TODO' not in line:
            # The lines that say why come in the same write.
            why = list(itertools.takewhile(lambda l: l.startswith('#') and not l.startswith('# pass '), lines[at + 1:at + 6]))
            # A line that names its statement is about no other one of the case.
            named = re.findall(r'\[(' + STATEMENT.pattern + r')\]', '\n'.join(why))
            return 'failed', {'case': match.group(2), 'ids': named or STATEMENT.findall(match.group(3).split('#')[0]),
                              'text': '\n'.join(why)[:400] or match.group(3).strip()[:200]}
    return None


# ---- what is reached ----------------------------------------------------------------------------------------

def waits_to_write(pid):
    """Is it in write() to a full pipe?"""
    try:
        with open(f'/proc/{pid}/wchan', encoding='ascii') as file:
            return file.read().endswith('pipe_write')
    except OSError:
        return False


class Shares:
    """What a case reached is what was reached until the packet with its lines was to be written."""

    def __init__(self, out):
        self.out, self.reached, self.seconds, self.text = out, set(), 0, ''

    def take(self, reached, seconds, text):
        self.reached |= reached
        self.seconds += seconds
        self.text += text
        if not self.text.endswith('\n'):
            return
        for match in filter(None, map(RESULT.match, self.text.split('\n'))):
            known = '# TODO' in match.group(3)
            self.out({'case': match.group(2), 'ok': known or not match.group(1), 'ids': STATEMENT.findall(match.group(3).split('#')[0]),
                      'skipped': '# SKIP' in match.group(3), 'known': known,
                      'seconds': round(self.seconds, 2), 'reached': sorted(self.reached),
                      'text': '' if not match.group(1) else self.text[:300]})
        self.__init__(self.out)


def measure(job, out):
    """Plays all cases one by one. The pipe to us is full always, so that after a case the player waits until we have looked."""
    module, shares, suite = Module(job['module']), Shares(out), job['suite']
    if 'cases' in job:
        suite = tempfile.mkdtemp(prefix='smckit-mutants.') + '/suite'
        Suite(job['suite']).write(suite, job['cases'])
    read, write = os.pipe2(os.O_CLOEXEC | os.O_DIRECT)
    fcntl.fcntl(write, 1031, 4096)  # F_SETPIPE_SZ: room for one packet
    os.write(write, b'\n')
    module.forget()
    process = subprocess.Popen(job['play'] + ['--suite', suite], stdout=write, stderr=subprocess.DEVNULL,
                               stdin=subprocess.DEVNULL, start_new_session=True)
    os.close(write)
    began, before = time.monotonic(), None
    while process.poll() is None:
        if not waits_to_write(process.pid):
            time.sleep(0.01)
            continue
        now = module.reached(), time.monotonic() - began
        module.forget()
        began = time.monotonic()
        # It is the packet before the one that waits.
        text = os.read(read, 8192).decode(errors='replace')
        if before:
            shares.take(*before, text)
        before = now
        while waits_to_write(process.pid) and not select.select([read], [], [], 0)[0]:
            time.sleep(0.001)
    while before:
        text = os.read(read, 8192).decode(errors='replace')
        shares.take(*before, text)
        before = (set(), 0) if text else None
    for name, command in job.get('programs', {}).items():
        out(measured_program(module, name, command))
    out({'done': True, 'status': process.returncode})


def measured_program(module, name, command):
    module.forget()
    began = time.monotonic()
    status, text = run_program(command)
    return {'case': name, 'ok': status == 0, 'ids': [], 'skipped': False, 'known': False, 'seconds': round(time.monotonic() - began, 2),
            'reached': sorted(module.reached()), 'text': '' if status == 0 else text}


# ---- mutants ------------------------------------------------------------------------------------------------

class Campaign:
    def __init__(self, job, out):
        self.job, self.out = job, out
        self.module, self.player, self.log = Module(job['module']), Player(job), Log()
        self.sockets = self.connections = 0

    def keys(self, cases):
        return [self.job.get('keys', {}).get(name) or name for name in cases]

    def batches(self, cases, killer=None):
        """The likely ones first."""
        first, rest = self.job.get('first', 12), [name for name in cases if name != killer]
        return [b for b in ([killer] if killer in cases else [], rest[:first], rest[first:]) if b]

    def left_over(self):
        """Sockets and connections that do not go, or nothing."""
        said = None
        for _ in range(20):
            if sockets_of_smc() > self.sockets:
                said = 'sockets are left'
            elif connections_of_groups() > self.connections:
                said = 'connections are left in a link group'
            else:
                return None
            time.sleep(0.3)
        return said

    def leave_something(self, cases):
        """Do they without the mutant, too? Some stacks keep a connection whose peer was aborted."""
        self.sockets, self.connections = sockets_of_smc(), connections_of_groups()
        return self.player.play(cases)[0] != 'passed' or self.left_over() is not None

    def play(self, cases):
        """With a mutant: a suite that cannot be played is red, for the stack may not even answer. Without it that says nothing."""
        try:
            return self.player.play(cases)
        except Broken as why:
            return 'failed', {'case': cases[0], 'ids': [], 'text': str(why)}

    def try_one(self, number, cases, killer=None):
        self.module.choose(number)
        verdict, what = 'passed', None
        for batch in self.batches(cases, killer):
            verdict, what = self.play(batch)
            if verdict != 'passed':
                break
        reports = self.log.reports()
        left = None if verdict != 'passed' else self.left_over()
        self.module.choose(0)
        return verdict, what, reports, left

    def growth_of(self, number, cases):
        growth = Growth()
        self.module.choose(number)
        self.play(cases)
        self.module.choose(0)
        return growth.now()

    def leaked(self, number, more, cases):
        """
        What there is more of than after the same cases without the mutant, for link groups live for a while; and more of
        again with it, for some things come once.
        """
        if not more:
            return None
        usual = self.growth_of(0, cases)
        more = {kind: count for kind, count in more.items() if count - usual.get(kind, 0) > max(NOISE, usual.get(kind, 0) // 2)}
        again = self.growth_of(number, cases) if more else {}
        for kind, count in more.items():
            if again.get(kind, 0) - usual.get(kind, 0) > max(NOISE, usual.get(kind, 0) // 2):
                return f'{kind}: {count} are left, then {again[kind]}, and {usual.get(kind, 0)} without the mutant'
        return None

    def without(self, what, cases):
        """Does the same go well without the mutant?"""
        again = [what['case']] if what and what.get('case') else cases[:self.job.get('first', 12)]
        return self.player.play(again)[0] == 'passed' and not self.log.reports()

    def again(self, number, what):
        """Is the case red another time? One that was red by chance, as what another case left has gone meanwhile, has killed nothing."""
        if not what or not what.get('case'):
            return True
        self.module.choose(number)
        verdict = self.play([what['case']])[0]
        self.module.choose(0)
        return verdict != 'passed'

    def run(self, mutant):
        """False: the machine cannot be trusted any more."""
        self.out({'start': mutant['number']})
        for cases in filter(None, (mutant['cases'], mutant.get('programs'))):
            result, whole = self.tried(mutant['number'], cases, mutant.get('killer'))
            self.out(result)
            if not whole or result['verdict'] != 'survived':
                return whole
        return True

    def tried(self, number, cases, killer=None):
        """(what came of it, can the machine be trusted still?)"""
        began = time.monotonic()
        # Left over from the one before, and not from this one.
        self.sockets, self.connections = sockets_of_smc(), connections_of_groups()
        growth = Growth()
        verdict, what, reports, left = self.try_one(number, cases, killer)
        if verdict == 'passed' and not reports:
            if left and self.leave_something(cases):
                left = None
            left = left or self.leaked(number, growth.now(), cases)
        result = {'number': number, **(what or {})}
        whole = True
        if reports and reports[0].startswith('INFO: task'):
            # A task may have hung since another mutant was awake. In a new machine it is seen whose work that was.
            result.update(verdict='stuck', how='kernel log', text=reports[0])
            whole = False
        elif reports:
            # An oops ends the machine; it may be well after a warning.
            result.update(verdict='killed', how='kernel log', text=reports[0])
            whole = self.without(None, cases)
        elif verdict == 'passed' and left:
            # Leftovers stay, and count for nobody else; a machine has room for some.
            result.update(verdict='killed', how='leak', text=left)
            whole = self.without(None, cases)
        elif verdict == 'passed':
            result.update(verdict='survived', played=self.keys(cases))
        else:
            result.update(verdict='killed', how='case' if verdict == 'failed' else 'hang')
            whole = self.without(what, cases)
            if not whole:
                # In a new machine it is seen whether that was its work.
                result['verdict'] = 'stuck'
            elif not self.again(number, what):
                result['verdict'] = 'once'
        if result['verdict'] == 'killed' and Programs.has(cases[0]):
            result.setdefault('case', cases[0])
        result['seconds'] = round(time.monotonic() - began, 1)
        return result, whole

    def run_again(self, mutant):
        """In a new machine, for one that left the last one stuck: first without it."""
        self.out({'start': mutant['number']})
        cases = mutant['cases'] + mutant.get('programs', [])
        if not self.without({'case': mutant['again']} if mutant['again'] else None, cases):
            self.out({'number': mutant['number'], 'verdict': 'flake', 'case': mutant['again']})
            return False
        began = time.monotonic()
        self.sockets, self.connections = sockets_of_smc(), connections_of_groups()
        verdict, what, reports, left = self.try_one(mutant['number'], cases)
        killed = verdict != 'passed' or reports or left
        self.out({'number': mutant['number'], **(what or {}), 'verdict': 'killed' if killed else 'survived',
                  'how': 'stuck', 'seconds': round(time.monotonic() - began, 1), **({} if killed else {'played': self.keys(cases)})})
        return not killed


def control(job, out):
    """The cases go as they went without a mutant, or they are flaky."""
    player, suite = Player(job), f"{tempfile.mkdtemp(prefix='smckit-mutants.')}/suite"
    player.suite.write(suite, job['cases'])
    command = job['play'] + ['--suite', suite] + (['--jobs', str(job['jobs'])] if job['jobs'] > 1 else [])
    for _ in range(job['times']):
        said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False).stdout.decode(errors='replace')
        for match in filter(None, map(RESULT.match, said.split('\n'))):
            if '# SKIP' not in match.group(3):
                out({'case': match.group(2), 'ok': not match.group(1) or '# TODO' in match.group(3)})
    out({'done': True})


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        job = json.load(file)
    with open(job['out'], 'a', encoding='utf-8') as file:
        def out(line):
            file.write(json.dumps(line) + '\n')
            file.flush()
        if 'times' in job:
            return control(job, out)
        if 'mutants' not in job:
            return measure(job, out)
        campaign = Campaign(job, out)
        end = time.monotonic() + job['seconds']
        for mutant in job['mutants']:
            run = campaign.run_again if 'again' in mutant else campaign.run
            try:
                if time.monotonic() > end or not run(mutant):
                    return None
            except Broken as why:
                out({'number': mutant['number'], 'verdict': 'error', 'text': str(why)})
                print(f'run.py: {why}', file=sys.stderr)
                return None
        return out({'done': True})


if __name__ == '__main__':
    main()
