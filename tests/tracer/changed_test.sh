#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What wire/ makes of each sample and each event with one byte changed or cut off (changed.c), beside digests of what it has made
# before. Other tests say what is right; this says what has changed.
#
#   changed_test.sh [update]
#
# update writes changed.digests. WIRE_CHANGED is the program.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../tap.sh"
: "${WIRE_CHANGED:=$here/../../build/tests/tracer/wire_changed}"
mkdir "$work/shown"
"$WIRE_CHANGED" "$work/shown"
"$here/../digest.py" "${1-check}" "$here/changed.digests" "$work/shown"
