# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules by which mutants are made: each is a mistake that people make, as a change of one expression.

A rule is a function of a node of the tree that yields the changes which it knows there: (node, text before it,
text after it). {on} in the text stands for the test "is it this mutant's turn?". Unchanged text is
not written twice, so that other mutants in there still work.
"""
import re
from collections import namedtuple

from clang.cindex import CursorKind as Kind, TypeKind

from tree import JUMPS, Node

Change = namedtuple('Change', 'start end before after')
RULES = []
MACRO_RULES = []

# Nothing that these do is for anybody outside to see, or the kernel does not survive a moment without it.
UNTOUCHED = re.compile(r'^(_*(pr|net|dev|netdev)_|_*printk|trace_|_*WARN|_*BUG|lockdep|might_|_*SMC_STAT|_*(raw_)?(spin|read|write|rt|bh)_'
                       r'|mutex_|_*local_|rcu_|down_|up_|(un)?lock_|release_sock|synchronize_|barrier|smp_|cond_resched'
                       r'|smckit_|init_waitqueue|INIT_|_*init_|spin|preempt_|_*module_|prefetch|sock_owned|BUILD_|static_assert)')
# States of SMC are called after what they wait for, and options and errors after times.
TIMES = re.compile(r'^(?!E[A-Z]+$|SO_|TCP_|.*(CLOSE|FIN|ABORT)WAIT|.*ASYNC|MAX_SCHEDULE).*(TIME|WAIT|DELAY|^HZ$|MSEC|SECS)')


def rule(*kinds):
    def add(function):
        RULES.append((function.__name__.replace('_', '-'), kinds, function))
        return function
    return add


def macro_rule(function):
    MACRO_RULES.append((function.__name__.replace('_', '-'), function))
    return function


def around(node, before, after):
    if node.is_whole():
        yield Change(node.start, node.end, before, after)


def instead(node, text):
    """Another expression in its place."""
    return around(node, '({on} ? (' + text + ') : (', '))')


def binary(node):
    """(left, operator, right) of a binary operation that somebody typed."""
    if len(node.children) != 2:
        return None, '', None
    left, right = node.children
    return left, node.between(left, right), right


# ---- comparisons and conditions ---------------------------------------------------------------------------

@rule(Kind.BINARY_OPERATOR)
def compare_off_by_one(node):
    left, operator, right = binary(node)
    other = {'<': '<=', '<=': '<', '>': '>=', '>=': '>'}.get(operator)
    if other:
        yield from instead(node, f'({left.bare}) {other} ({right.bare})')


@rule(Kind.BINARY_OPERATOR)
def compare_turned_round(node):
    _, operator, _ = binary(node)
    if operator in ('==', '!=') and not is_condition(node):
        yield from around(node, '({on} ^ !!(', '))')


@rule(Kind.BINARY_OPERATOR)
def half_of_a_condition_lost(node):
    _, operator, _ = binary(node)
    for half in node.children if operator in ('&&', '||') else ():
        if operator == '&&':
            yield from around(half, '({on} || (', '))')
        else:
            yield from around(half, '(!{on} && (', '))')


def is_condition(node):
    above = node.parent
    while above and above.kind in (Kind.UNEXPOSED_EXPR, Kind.PAREN_EXPR):
        node, above = above, above.parent
    return above and above.kind == Kind.IF_STMT and node is above.children[0]


def is_typed_if(node):
    return re.fullmatch(r'if\s*\(\s*', node.source.text[node.start:node.children[0].start]) is not None


def jumps(statement):
    if statement.kind == Kind.COMPOUND_STMT:
        return bool(statement.children) and statement.children[-1].kind in JUMPS
    return statement.kind in JUMPS


@rule(Kind.IF_STMT)
def check_removed(node):
    if is_typed_if(node) and len(node.children) == 2 and jumps(node.children[1]):
        yield from around(node.children[0], '!{on} && (', ')')


@rule(Kind.IF_STMT)
def condition_negated(node):
    if is_typed_if(node) and (len(node.children) == 3 or not jumps(node.children[1])):
        yield from around(node.children[0], '{on} ^ !!(', ')')


@rule(Kind.IF_STMT)
def condition_always_true(node):
    if is_typed_if(node) and not jumps(node.children[1]):
        yield from around(node.children[0], '{on} || (', ')')


# ---- statements left out ----------------------------------------------------------------------------------

@rule(Kind.CALL_EXPR)
def call_left_out(node):
    name = re.match(r'\w+', node.text)
    if node.is_statement() and name and not UNTOUCHED.match(name.group()) and node.text.rstrip().endswith(')'):
        yield from around(node, '({on} ? (void)0 : (void)(', '))')


@rule(Kind.BINARY_OPERATOR, Kind.COMPOUND_ASSIGNMENT_OPERATOR)
def assignment_dropped(node):
    left, operator, _ = binary(node)
    if re.fullmatch(r'[-+|&^]?=|<<=|>>=', operator) and node.is_statement() and \
            left.solid().kind in (Kind.MEMBER_REF_EXPR, Kind.UNARY_OPERATOR, Kind.ARRAY_SUBSCRIPT_EXPR):
        yield from around(node, '({on} ? (void)0 : (void)(', '))')


@rule(Kind.UNARY_OPERATOR)
def count_left_out(node):
    if node.is_statement() and re.search(r'^(\+\+|--)|(\+\+|--)$', node.text):
        yield from around(node, '({on} ? (void)0 : (void)(', '))')


@rule(*JUMPS)
def jump_left_out(node):
    """A break or goto that is forgotten; a return of nothing."""
    if node.kind == Kind.RETURN_STMT and node.children:
        return
    end = node.source.text.find(';', node.end - 1)
    if 0 <= end <= node.end + 1 and re.match(r'(return|goto|break|continue)\b', node.text):
        yield Change(node.start, end + 1, '{ if (!{on}) ', ' }')


@rule(Kind.FUNCTION_DECL)
def returns_early(node):
    body = node.children[-1]
    result = node.cursor.result_type.get_canonical()
    if body.kind != Kind.COMPOUND_STMT or node.source.text[body.start] != '{' or not node.text.startswith(('static', 'int', 'void', 'bool', 'u')):
        return
    if result.kind == TypeKind.VOID:
        yield Change(body.start + 1, body.start + 1, ' if ({on}) return; ', '')
    elif result.kind in (TypeKind.INT, TypeKind.BOOL):
        yield Change(body.start + 1, body.start + 1, ' if ({on}) return 0; ', '')


# ---- values -----------------------------------------------------------------------------------------------

@rule(Kind.INTEGER_LITERAL)
def constant_off_by_one(node):
    if re.fullmatch(r'(0x)?[0-9a-fA-F]+[uUlL]*', node.text):
        above = node.parent
        while above and above.kind in (Kind.UNEXPOSED_EXPR, Kind.PAREN_EXPR):
            above = above.parent
        if above and above.kind == Kind.BINARY_OPERATOR and binary(above)[1] == '=':
            return  # another rule's
        if above and above.kind in (Kind.BINARY_OPERATOR, Kind.CALL_EXPR, Kind.COMPOUND_ASSIGNMENT_OPERATOR,
                                    Kind.CONDITIONAL_OPERATOR):
            yield from around(node, '(', ' + {on})')


@rule(Kind.DECL_REF_EXPR)
def another_word_of_the_enum(node):
    target = node.cursor.referenced
    if target and target.kind == Kind.ENUM_CONSTANT_DECL and node.text == target.spelling and \
            target.spelling not in ('true', 'false'):
        yield from around(node, '(', ' + {on})')


@rule(Kind.BINARY_OPERATOR)
def flag_turned_round(node):
    left, operator, right = binary(node)
    if operator == '=' and node.is_statement() and right.bare in ('0', '1', 'true', 'false') and \
            left.solid().kind == Kind.MEMBER_REF_EXPR:
        yield from around(right, '({on} ^ ', ')')


@rule(Kind.BINARY_OPERATOR)
def plus_for_minus(node):
    left, operator, right = binary(node)
    other = {'+': '-', '-': '+'}.get(operator)
    if other and node.is_integer():
        yield from instead(node, f'({left.bare}) {other} ({right.bare})')


@rule(Kind.BINARY_OPERATOR)
def mask_forgotten(node):
    left, operator, right = binary(node)
    if operator in ('&', '|') and right.is_integer():
        yield from instead(node, left.bare)


@rule(Kind.UNARY_OPERATOR)
def not_forgotten(node):
    if node.text.startswith('!') and not node.text.startswith('!!') and not is_condition(node):
        yield from around(node, '({on} ^ ', ')')


@rule(Kind.RETURN_STMT)
def error_not_returned(node):
    if node.children and re.fullmatch(r'-E[A-Z]+|-1|1|true', node.children[0].bare):
        yield from instead(node.children[0], '0')


@rule(Kind.RETURN_STMT)
def error_returned(node):
    if node.children and node.children[0].bare in ('0', 'false'):
        yield from instead(node.children[0], '1' if node.children[0].bare == 'false' else '-5')


@rule(Kind.CONDITIONAL_OPERATOR)
def choice_turned_round(node):
    # One that a macro's body has is as long as the macro.
    if len(node.children) == 3 and node.between(*node.children[:2]) == '?':
        yield from around(node.children[0], '({on} ^ !!(', '))')


# ---- fields and arguments ---------------------------------------------------------------------------------

@rule(Kind.MEMBER_REF_EXPR)
def field_swapped(node):
    """The neighbour of the same type."""
    target = node.cursor.referenced
    if not target or target.kind != Kind.FIELD_DECL or not node.text.endswith(target.spelling):
        return
    if is_written(node) or (node.parent and node.parent.kind == Kind.MEMBER_REF_EXPR):
        return
    fields = [f for f in target.semantic_parent.get_children() if f.kind == Kind.FIELD_DECL and f.spelling]
    at = next((i for i, f in enumerate(fields) if f == target), None)
    if at is None:
        return
    for other in fields[at + 1:at + 3] + fields[max(at - 2, 0):at]:
        if other.type.get_canonical().spelling == target.type.get_canonical().spelling and \
                other.type.get_canonical().kind != TypeKind.RECORD and \
                other.is_bitfield() == target.is_bitfield():
            yield from instead(node, node.bare[:-len(target.spelling)] + other.spelling)
            return


def is_written(node):
    above = node.parent
    if not above:
        return True
    if above.kind in (Kind.BINARY_OPERATOR, Kind.COMPOUND_ASSIGNMENT_OPERATOR) and node is above.children[0]:
        return True
    # Its address, or an array that is filled.
    if above.kind == Kind.UNARY_OPERATOR and above.text.startswith(('&', '++', '--')):
        return True
    if above.kind == Kind.UNARY_OPERATOR and above.text.endswith(('++', '--')):
        return True
    return node.type.kind in (TypeKind.CONSTANTARRAY, TypeKind.INCOMPLETEARRAY, TypeKind.RECORD)


@rule(Kind.CALL_EXPR)
def arguments_swapped(node):
    arguments = node.children[1:]
    name = re.match(r'\w+', node.text)
    if not name or UNTOUCHED.match(name.group()) or name.group() == 'memcmp' or not node.text.endswith(')'):
        return
    for first, second in zip(arguments, arguments[1:]):
        if first.type.spelling == second.type.spelling and node.between(first, second) == ',' and \
                first.is_whole() and second.is_whole() and first.bare != second.bare:
            text = node.source.text
            swapped = text[node.start:first.start] + second.text + ', ' + first.text + text[second.end:node.end]
            yield from instead(node, bare_call(swapped))
            return


def bare_call(text):
    return re.sub(r'\s*\n\s*', ' ', re.sub(r'/\*.*?\*/', ' ', text, flags=re.S))


# ---- macros: what they are called is what was meant ---------------------------------------------------------

@macro_rule
def min_for_max(name, node):
    other = {'min': 'max', 'max': 'min', 'min_t': 'max_t', 'max_t': 'min_t'}.get(name)
    if other:
        yield from instead(node, other + node.bare[len(name):])


@macro_rule
def byte_order_forgotten(name, node):
    if re.fullmatch(r'[hn]to[hn][sl]|(cpu_to_be|be)(16|32|64)(_to_cpu)?', name):
        yield from instead(node, node.bare[len(name):])


@macro_rule
def named_constant_off_by_one(name, node):
    if re.fullmatch(r'[A-Z][A-Z0-9_]+', name) and node.text == name and not TIMES.search(name) and \
            not re.match(r'GFP|E[A-Z]{2,}$|NULL$', name):
        yield from around(node, '(', ' + {on})')


@macro_rule
def timer_changed(name, node):
    if re.fullmatch(r'[A-Z][A-Z0-9_]+', name) and node.text == name and TIMES.search(name):
        yield from around(node, '(', ' * ({on} ? 4 : 1))')
        yield from around(node, '(', ' / ({on} ? 4 : 1))')


@macro_rule
def length_off_by_one(name, node):
    """memcpy and its like are macros where they are checked."""
    match = re.fullmatch(r'(mem(?:cmp|cpy|move|set)|strn(?:cmp|cpy))\((.*)\)', node.bare, re.S)
    if match and name == match.group(1):
        yield from instead(node, f'{name}({one_less(match.group(2))})')


def one_less(arguments):
    """The last of them."""
    depth = 0
    for at in range(len(arguments) - 1, -1, -1):
        depth += (arguments[at] == ')') - (arguments[at] == '(')
        if arguments[at] == ',' and not depth:
            return f'{arguments[:at]}, ({arguments[at + 1:].strip()}) - 1'
    return arguments


__all__ = ['RULES', 'MACRO_RULES', 'Change', 'Node']
