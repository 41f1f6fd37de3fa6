// SPDX-License-Identifier: GPL-2.0-or-later
/* See corners_bpf.h. */
#include "corners_bpf.h"

#include <bpf/bpf.h>
#include <err.h>
#include <linux/bpf.h>
#include <stddef.h>

int corners_forbid(int cgroup, int protocol)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W,
		  .dst_reg = BPF_REG_2,
		  .src_reg = BPF_REG_1,
		  .off = offsetof(struct bpf_sock, protocol) },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_JMP | BPF_JNE | BPF_K,
		  .dst_reg = BPF_REG_2,
		  .off = 1,
		  .imm = protocol },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_CGROUP_SOCK, "forbid", "GPL", program,
			       sizeof(program) / sizeof(program[0]), NULL);

	if (fd < 0 || bpf_prog_attach(fd, cgroup, BPF_CGROUP_INET_SOCK_CREATE, 0))
		err(2, "a BPF program at a cgroup");
	return fd;
}

int corners_take_passive(int cgroup)
{
	const int map = bpf_map_create(BPF_MAP_TYPE_SOCKHASH, "taken", 4, 4, 64, NULL);
	const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_6, .src_reg = BPF_REG_1 },
		{ .code = BPF_LDX | BPF_MEM | BPF_W,
		  .dst_reg = BPF_REG_2,
		  .src_reg = BPF_REG_6,
		  .off = offsetof(struct bpf_sock_ops, op) },
		{ .code = BPF_JMP | BPF_JNE | BPF_K,
		  .dst_reg = BPF_REG_2,
		  .off = 9,
		  .imm = BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB },
		{ .code = BPF_LDX | BPF_MEM | BPF_W,
		  .dst_reg = BPF_REG_3,
		  .src_reg = BPF_REG_6,
		  .off = offsetof(struct bpf_sock_ops, remote_port) },
		{ .code = BPF_STX | BPF_MEM | BPF_W,
		  .dst_reg = BPF_REG_10,
		  .src_reg = BPF_REG_3,
		  .off = -4 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_6 },
		{ .code = BPF_LD | BPF_DW | BPF_IMM,
		  .dst_reg = BPF_REG_2,
		  .src_reg = BPF_PSEUDO_MAP_FD,
		  .imm = map },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X,
		  .dst_reg = BPF_REG_3,
		  .src_reg = BPF_REG_10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_3, .imm = -4 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_4, .imm = BPF_ANY },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_sock_hash_update },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SOCK_OPS, "take", "GPL", program,
			       sizeof(program) / sizeof(program[0]), NULL);

	if (map < 0 || fd < 0 || bpf_prog_attach(fd, cgroup, BPF_CGROUP_SOCK_OPS, 0))
		err(2, "a sockmap and its program");
	return fd;
}
