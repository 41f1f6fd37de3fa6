# SPDX-License-Identifier: GPL-2.0-or-later
"""The conformance suite as text: cases to be played apart, and a hash of each of all that its result depends on."""
import fnmatch
import glob
import hashlib
import os
import re
import shutil

# A line that begins an entry of a file: a case, or a message for all cases.
BEGINS = re.compile(r'(case|message)\s+(\S+)')
USED = re.compile(r'(?<!\S)@([\w.-]+)')


def unrolled(lines):
    """Loops around cases, as often as they say: each case stands for itself then."""
    loop, inside = 0, []
    for line in lines:
        begins = re.match(r'loop (\d+)', line)
        if begins:
            loop, inside = int(begins.group(1)), []
        elif loop and line.startswith('end'):
            for count in range(1, loop + 1):
                yield from (one.replace('{}', f'{count:04x}') for one in inside)
            loop = 0
        elif loop:
            inside.append(line)
        else:
            yield line


def is_read(line):
    return line.strip() and not line.lstrip().startswith('#')


class Suite:
    def __init__(self, folder):
        self.folder = folder
        self.heads, self.blocks, self.messages = {}, {}, {}
        for name in sorted(os.listdir(folder)):
            if name.endswith('.smc'):
                self.read(name)
            elif name.endswith('.inc'):
                self.learn(self.lines(name))

    def lines(self, name):
        with open(f'{self.folder}/{name}', encoding='utf-8') as file:
            return list(file)

    def learn(self, lines):
        """Messages by their names."""
        message = None
        for line in lines:
            begins = BEGINS.match(line)
            if begins:
                message = self.messages.setdefault(begins.group(2), []) if begins.group(1) == 'message' else None
            if message is not None and is_read(line):
                message.append(line)

    def read(self, name):
        blocks, head = [], []
        lines = list(unrolled(self.lines(name)))
        for line in lines:
            if line.startswith('case '):
                blocks.append([line])
            elif line.startswith('message ') and blocks:
                # Messages may stand between cases: they are everybody's.
                head.append(line)
                blocks.append(head)
            else:
                (blocks[-1] if blocks else head).append(line)
        self.heads[name[:-4]] = head
        self.blocks[name[:-4]] = [b for b in blocks if b is not head]
        self.learn(lines)

    @staticmethod
    def goes_on(block):
        return any(re.match(r'\s*needs\b.*\bgroup\b', line) for line in block)

    def before(self):
        """Of each case that goes on in a link group the one before it."""
        return {f'{name}/{block[0].split()[1]}': f'{name}/{last[0].split()[1]}'
                for name, blocks in self.blocks.items() for last, block in zip(blocks, blocks[1:]) if self.goes_on(block)}

    def write(self, out, cases):
        """Those cases, and before one that goes on in a link group the ones that made it."""
        shutil.rmtree(out, ignore_errors=True)
        os.makedirs(out)
        for name in os.listdir(self.folder):
            if not name.endswith('.smc') and os.path.isfile(f'{self.folder}/{name}'):
                os.symlink(f'{self.folder}/{name}', f'{out}/{name}')
        wanted = {base(name) for name in cases}
        for name, blocks in self.blocks.items():
            keep = [f"{name}/{b[0].split()[1]}" in wanted for b in blocks]
            for at in range(len(blocks) - 1, 0, -1):
                if keep[at] and self.goes_on(blocks[at]):
                    keep[at - 1] = True
            if any(keep):
                with open(f'{out}/{name}.smc', 'w', encoding='utf-8') as file:
                    file.writelines(self.heads[name])
                    for kept, block in zip(keep, blocks):
                        if kept:
                            file.writelines(block)

    def messages_of(self, lines):
        """All that is used, and what that uses."""
        found, todo = set(), USED.findall(''.join(lines))
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo += USED.findall(''.join(self.messages.get(name, ())))
        return sorted(found)

    def keys(self, known):
        """A hash for each case, by its name without the end that is played. KNOWN: lines of known deviations."""
        keys = {}
        for name, blocks in self.blocks.items():
            before = ''
            for block in blocks:
                case = f'{name}/{block[0].split()[1]}'
                text = [before if self.goes_on(block) else '', *filter(is_read, block)]
                for message in self.messages_of(block):
                    text += self.messages.get(message, ())
                text += (line for line in known if fnmatch.fnmatchcase(case, base(line.split('|')[0].strip())))
                keys[case] = before = hashlib.sha256(''.join(text).encode()).hexdigest()[:10]
        return keys

    def words(self):
        """The words of each case and of the messages that it uses, by its name without the end that is played."""
        words = {}
        for name, blocks in self.blocks.items():
            for block in blocks:
                text = list(filter(is_read, block))
                for message in self.messages_of(block):
                    text += self.messages.get(message, ())
                words[f'{name}/{block[0].split()[1]}'] = set(re.findall('[a-z]+', ''.join(text).lower()))
        return words


class Programs:
    """
    Tests of a stack's own that are programs: lines of NAME | SOURCES | COMMAND. {} in COMMAND is each case that SOURCES, below the
    folder TOP, have in a table as { "CASE", ... } or X(CASE); without it there is but one.
    """
    PREFIX = 'program/'

    def __init__(self, path, top):
        self.commands, self.hashes = {}, {}
        if not path:
            return
        with open(path, encoding='utf-8') as file:
            rows = [[word.strip() for word in line.split('|')] for line in file if is_read(line)]
        for name, sources, command in rows:
            text = ''
            for source in (found for one in sources.split() for found in sorted(glob.glob(f'{top}/{one}'))):
                with open(source, encoding='utf-8') as file:
                    text += file.read()
            cases = re.findall(r'^\s*(?:\{ ?"|X\()(\w+)[")]', text, re.M) if '{}' in command else ['']
            for case in cases:
                full = f'{self.PREFIX}{name}' + (f'/{case}' if case else '')
                self.commands[full] = command.replace('{}', case)
                self.hashes[full] = hashlib.sha256((full + text + command).encode()).hexdigest()[:10]

    @classmethod
    def has(cls, name):
        return name.startswith(cls.PREFIX)


def base(name):
    """The name of a case without the end that is played."""
    return name.rsplit(' as ', 1)[0]
