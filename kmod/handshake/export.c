// SPDX-License-Identifier: GPL-2.0
/* Exports for a path in another module (../rdma), in the symbol namespace SMCX. */
#include "cdc.h"
#include "compat.h"
#include "eid.h"
#include "lgr.h"
#include "mem.h"
#include "net.h"
#include "path.h"
#include "ring.h"
#include "sock.h"

SMCX_EXPORT(smcx_path_register);
SMCX_EXPORT(smcx_path_unregister);

SMCX_EXPORT(smcx_lgr_join);
SMCX_EXPORT(smcx_lgr_in_first_contact);
SMCX_EXPORT(smcx_lgr_create);
SMCX_EXPORT(smcx_lgr_learn);
SMCX_EXPORT(smcx_lgr_confirm);
SMCX_EXPORT(smcx_lgr_retire);
SMCX_EXPORT(smcx_lgr_drop);
SMCX_EXPORT(smcx_lgr_put);

SMCX_EXPORT(smcx_hs_kick);
SMCX_EXPORT(smcx_eid_match);

SMCX_EXPORT(smcx_conn_number);
SMCX_EXPORT(smcx_conn_wanted);
SMCX_EXPORT(smcx_conn_begins);
SMCX_EXPORT(smcx_conn_ends);

SMCX_EXPORT(smcx_cdc_take);
SMCX_EXPORT(smcx_cdc_take_urgent);
SMCX_EXPORT(smcx_cdc_worth_waking);
SMCX_EXPORT(smcx_write_space);
SMCX_EXPORT(smcx_ring_over);

SMCX_EXPORT(smcx_mem);
SMCX_EXPORT(smcx_mem_charge);
SMCX_EXPORT(smcx_mem_uncharge);
SMCX_EXPORT(smcx_payer_get);
SMCX_EXPORT(smcx_payer_put);

SMCX_EXPORT(smcx_net_id);
SMCX_EXPORT(smcx_pnet_of);
