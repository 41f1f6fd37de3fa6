#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SMC-R of smcx beside that of Linux 6.12 and TCP, over one soft-RoCE pair: see kmod.sh.
exec "$(dirname "${BASH_SOURCE[0]}")/kmod.sh" --rdma "$@"
