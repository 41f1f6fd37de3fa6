// SPDX-License-Identifier: GPL-2.0-or-later
/* Advice on the reasons for staying on TCP. See smc_text.h. */
#include "smc_text.h"

/* A sentence each; "the peer" is the other end, seen from the host that gives the reason. */
static const struct {
	__u32 reason;
	const char *advice;
} advices[] = {
	{ SMCW_DECL_MEM, "give the host more memory, or make the buffers smaller "
			 "(net.smc.wmem, net.smc.rmem, or SO_SNDBUF and SO_RCVBUF)" },
	{ SMCW_DECL_TIMEOUT_CL,
	  "RDMA SENDs do not arrive: check the RoCE path between the hosts (rping, "
	  "VLAN, MTU, firewall for UDP port 4791)" },
	{ SMCW_DECL_TIMEOUT_AL,
	  "the second link was not set up in time: check the RoCE path of the second device" },
	{ SMCW_DECL_CNFERR,
	  "check the SMC configuration: devices (smc_rnics, smcd device, smcr device) and PNET "
	  "IDs (smc_pnet)" },
	{ SMCW_DECL_PEERNOSMC,
	  "run the peer's program with SMC (smc_run), check that no firewall strips TCP option "
	  "254, and that handshakes are not limited (net.smc.limit_smc_hs) on either side" },
	{ SMCW_DECL_IPSEC, "SMC would bypass IPsec: exempt these addresses from the IPsec policy, "
			   "or stay on TCP" },
	{ SMCW_DECL_NOSMCDEV,
	  "see smcd device and smcr device; give the device and the network interface the same "
	  "PNET ID (smc_pnet), or load an ISM or RDMA driver" },
	{ SMCW_DECL_NOSMCDDEV, "no ISM device fits: see smcd device; load ism, or enable "
			       "loopback-ism for connections within a host" },
	{ SMCW_DECL_NOSMCRDEV,
	  "no RDMA device with an active port fits: see smcr device and rdma link; give it the "
	  "PNET ID of the network interface (smc_pnet)" },
	{ SMCW_DECL_NOISM2SUPP,
	  "SMC-Dv2 needs ISMv2: update the machine's firmware, or use SMC-R" },
	{ SMCW_DECL_NOV2EXT,
	  "the client offers version 1 only: update its kernel, or enable SMCv2 with a "
	  "user-defined EID (smcd ueid add)" },
	{ SMCW_DECL_NOV2DEXT,
	  "the client offers SMC-Rv2 but no SMC-Dv2: check its ISM devices (smcd device)" },
	{ SMCW_DECL_NOSEID,
	  "enable the system EID on both hosts (smcd seid enable), or give both a "
	  "common user-defined one (smcd ueid add)" },
	{ SMCW_DECL_NOSMCD2DEV,
	  "no ISM device of the two hosts is on the same fabric: compare CHIDs (smcd device)" },
	{ SMCW_DECL_NOUEID,
	  "give both hosts a common user-defined EID (smcr ueid add, smcd ueid add)" },
	{ SMCW_DECL_RELEASEERR, "the SMC releases do not go together: update the older kernel" },
	{ SMCW_DECL_MAXCONNERR, "set the connections per link group within the range of both hosts "
				"(net.smc.smcr_max_conns_per_lgr, at least 16)" },
	{ SMCW_DECL_MAXLINKERR, "set the links per link group within the range of both hosts "
				"(net.smc.smcr_max_links_per_lgr, 1 or 2)" },
	{ SMCW_DECL_MODEUNSUPP,
	  "one host has only SMC-R, the other only SMC-D (or other versions of them): see smcr "
	  "device and smcd device on both" },
	{ SMCW_DECL_RMBE_EC,
	  "the peer insists on eyecatchers, which Linux does not write: change the peer" },
	{ SMCW_DECL_OPTUNSUPP,
	  "the program sets a socket option that SMC does not have (TCP_FASTOPEN, TCP_ULP for "
	  "kernel TLS, ...) or sends with MSG_FASTOPEN: leave it out" },
	{ SMCW_DECL_DIFFPREFIX,
	  "SMC version 1 needs both hosts in one subnet: compare addresses and prefix lengths, or "
	  "use SMCv2 with a user-defined EID (smcr ueid add)" },
	{ SMCW_DECL_GETVLANERR, "the route's network interface is not known: check routes, "
				"and VLANs stacked on it" },
	{ SMCW_DECL_ISMVLANERR,
	  "the ISM device refused the VLAN: register it with the device, or use none" },
	{ SMCW_DECL_NOACTLINK, "all links of the link group were down: check the ports of the RDMA "
			       "devices (rdma link)" },
	{ SMCW_DECL_NOSRVLINK,
	  "the two hosts know different links: it passes with a new link group; end its "
	  "connections, or see smcr link-group on both" },
	{ SMCW_DECL_VERSMISMAT, "the hosts have no SMC version in common: update the older kernel, "
				"or enable SMCv2 there" },
	{ SMCW_DECL_MAX_DMB,
	  "the ISM device has no DMB left: use fewer connections or another device" },
	{ SMCW_DECL_NOROUTE,
	  "add a route from the RoCE device's address to the peer's RoCE address" },
	{ SMCW_DECL_NOINDIRECT,
	  "the link group has no gateway: let the hosts' routes to each other agree" },
	{ SMCW_DECL_SYNCERR,
	  "one host has lost the link group, by a restart perhaps: it passes with the next "
	  "connection" },
	{ SMCW_DECL_INTERR, "see the kernel's log, and whether an update of the kernel helps" },
	{ SMCW_DECL_ERR_RTOK,
	  "too many RMBs in the link group: use fewer sizes of buffers, or fewer connections "
	  "(net.smc.smcr_max_conns_per_lgr)" },
	{ SMCW_DECL_ERR_RDYLNK, "the queue pair could not be made ready: check GIDs, MTU and state "
				"of the RDMA device (rdma link, ibv_devinfo)" },
	{ SMCW_DECL_ERR_REGBUF, "a buffer could not be registered: check limits of the RDMA device "
				"and the kernel's log" },
	{ SMCW_DECL_CREDITSERR,
	  "the receive credits of Alibaba's kernels could not be sent on the link: check the "
	  "RDMA device and the kernel's log" },
};

const char *smcw_reason_advice(__u32 reason)
{
	unsigned int i;

	for (i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		if (advices[i].reason == reason)
			return advices[i].advice;
	return NULL;
}
