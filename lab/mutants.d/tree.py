# SPDX-License-Identifier: GPL-2.0-or-later
"""C source as libclang sees it, with the places of its nodes in the file as a person typed it.

A node inside of a macro's argument has its place there. One that a macro's body made has none that can be
changed, and the rules find out by comparing the text at its place with what the node should look like.
"""
import ctypes
import re

from clang import cindex
from clang.cindex import CursorKind, CursorKind as Kind, TypeKind

LIB = cindex.conf.lib
LIB.clang_getFileLocation.argtypes = [cindex.SourceLocation, ctypes.POINTER(cindex.c_object_p)] + 3 * [
    ctypes.POINTER(ctypes.c_uint)]
LIB.clang_getFileLocation.restype = None

# Places without text of their own: an implicit cast is as long as what it casts.
TRANSPARENT = (CursorKind.UNEXPOSED_EXPR,)
JUMPS = (CursorKind.RETURN_STMT, CursorKind.GOTO_STMT, CursorKind.BREAK_STMT, CursorKind.CONTINUE_STMT)


def offset(location):
    """(name of the file, offset) of a location."""
    file, value = cindex.c_object_p(), ctypes.c_uint()
    LIB.clang_getFileLocation(location, ctypes.byref(file), None, None, ctypes.byref(value))
    return cindex.File(file).name if file else None, value.value


def bare(text):
    """Text without comments, in one line."""
    text = re.sub(r'/\*.*?\*/|//[^\n]*', ' ', text, flags=re.S)
    return re.sub(r'\s*\\?\n\s*', ' ', text).strip()


class Node:
    """A cursor of the tree: kind, place, text, children."""

    def __init__(self, cursor, source, parent=None):
        self.cursor, self.source, self.parent = cursor, source, parent
        self.kind = cursor.kind
        self.file, self.start = offset(cursor.extent.start)
        self.end = offset(cursor.extent.end)[1]
        self._children = None

    @property
    def children(self):
        if self._children is None:
            self._children = [Node(c, self.source, self) for c in self.cursor.get_children()]
        return self._children

    @property
    def text(self):
        return self.source.text[self.start:self.end]

    @property
    def bare(self):
        return bare(self.text)

    @property
    def type(self):
        return self.cursor.type.get_canonical()

    def is_integer(self):
        return TypeKind.BOOL.value <= self.type.kind.value <= TypeKind.INT128.value or \
            self.type.kind == TypeKind.ENUM

    def solid(self):
        """Without implicit casts around it."""
        node = self
        while node.kind in TRANSPARENT and len(node.children) == 1:
            node = node.children[0]
        return node

    def between(self, left, right):
        """The text between two children: an operator, where they are what was typed."""
        if not self.start <= left.start < left.end <= right.start < right.end <= self.end:
            return ''
        return bare(self.source.text[left.end:right.start])

    def is_statement(self):
        """An expression whose value nobody takes."""
        if not self.parent:
            return False
        place = self.parent.kind
        if place == CursorKind.COMPOUND_STMT:
            # The last one of ({ ... }) is its value.
            outer = self.parent.parent
            return not (outer and outer.kind == CursorKind.StmtExpr)
        children = self.parent.children
        if place == CursorKind.IF_STMT:
            return self is not children[0]
        if place in (CursorKind.WHILE_STMT, CursorKind.FOR_STMT):
            return self is children[-1]
        return place in (CursorKind.LABEL_STMT, CursorKind.DEFAULT_STMT) or \
            (place == CursorKind.CASE_STMT and self is children[-1])

    def is_whole(self):
        """Is the text at its place one piece that parentheses can be put around?"""
        text = self.text
        if not text or '\n#' in text:
            return False
        depth = 0
        for char in re.sub(r'"(\\.|[^"])*"|\'(\\.|[^\'])*\'', '', bare(text)):
            depth += (char in '([{') - (char in ')]}')
            if depth < 0:
                return False
        return depth == 0


class Words(Node):
    """A name and its arguments: a macro, which the tree does not show."""

    def __init__(self, source, name, start, end):  # pylint: disable=super-init-not-called
        self.source, self.name, self.start, self.end = source, name, start, end


class Source:
    """A translation unit, and in it the functions of one file."""

    def __init__(self, unit, path):
        self.path = path
        with open(path, encoding='utf-8') as file:
            self.text = file.read()
        # libclang counts bytes.
        self.text = self.text.encode().decode('latin-1')
        self.functions = [Node(cursor, self) for cursor in unit.cursor.get_children()
                          if cursor.kind == CursorKind.FUNCTION_DECL and cursor.is_definition() and
                          offset(cursor.location)[0] == path]
        # As long as the text, with nothing in place of what is no code.
        self.code = re.sub(r'/\*.*?\*/|//[^\n]*|"(\\.|[^"\\\n])*"|^#[^\n]*', lambda m: re.sub(r'[^\n]', ' ', m.group()),
                           self.text, flags=re.S | re.M)

    def names(self, function):
        """All words of a function, each with the arguments after it if there are some."""
        for match in re.finditer(r'(?<![\w.>])[A-Za-z_]\w*', self.code[function.start:function.end]):
            start, end = function.start + match.start(), function.start + match.end()
            yield Words(self, match.group(), start, self.end_of_arguments(end))

    def end_of_arguments(self, at):
        if self.code[at:at + 1] != '(':
            return at
        depth, end = 0, at
        while end < len(self.code):
            depth += (self.code[end] == '(') - (self.code[end] == ')')
            end += 1
            if not depth:
                return end
        return at

    def walk(self, function):
        """All nodes of a function that are in this file, none that has to be constant."""
        stack = [function]
        while stack:
            node = stack.pop()
            if node.file == self.path:
                yield node
            children = node.children
            if node.kind == CursorKind.CASE_STMT:
                children = children[1:]
            stack.extend(reversed(children))
