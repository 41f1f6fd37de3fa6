# observed: CLC / not observed: CDC (smc has no BTF), 9 lost of kernel_sendmsg, 12 lost of smc_clc_wait_msg, 27 lost of smc_wr_tx_send, 30 lost of smc_llc_rx_handler, 13 lost of smc_wr_tx_send, CDC, 14 lost of smc_llc_link_active, 15 lost of smc_ism_register_dmb, 16 lost of smc_switch_to_fallback, 17 lost of CDC, added up
# HELP smc_handshakes_total Handshakes that ended with SMC, with TCP, or failed.
# TYPE smc_handshakes_total counter
smc_handshakes_total{outcome="smc"} 1
smc_handshakes_total{outcome="tcp"} 1
smc_handshakes_total{outcome="failed"} 1
# HELP smc_handshake_seconds From the SYN or the first CLC message to the end of the handshake.
# TYPE smc_handshake_seconds histogram
smc_handshake_seconds_bucket{outcome="smc",le="0.00001"} 0
smc_handshake_seconds_bucket{outcome="smc",le="0.000025"} 0
smc_handshake_seconds_bucket{outcome="smc",le="0.00005"} 0
smc_handshake_seconds_bucket{outcome="smc",le="0.0001"} 0
smc_handshake_seconds_bucket{outcome="smc",le="0.00025"} 0
smc_handshake_seconds_bucket{outcome="smc",le="0.0005"} 0
smc_handshake_seconds_bucket{outcome="smc",le="0.001"} 0
smc_handshake_seconds_bucket{outcome="smc",le="0.0025"} 0
smc_handshake_seconds_bucket{outcome="smc",le="0.005"} 0
smc_handshake_seconds_bucket{outcome="smc",le="0.01"} 0
smc_handshake_seconds_bucket{outcome="smc",le="0.025"} 0
smc_handshake_seconds_bucket{outcome="smc",le="0.05"} 0
smc_handshake_seconds_bucket{outcome="smc",le="0.1"} 0
smc_handshake_seconds_bucket{outcome="smc",le="0.25"} 0
smc_handshake_seconds_bucket{outcome="smc",le="0.5"} 0
smc_handshake_seconds_bucket{outcome="smc",le="1.0"} 0
smc_handshake_seconds_bucket{outcome="smc",le="2.5"} 0
smc_handshake_seconds_bucket{outcome="smc",le="5.0"} 0
smc_handshake_seconds_bucket{outcome="smc",le="10.0"} 0
smc_handshake_seconds_bucket{outcome="smc",le="+Inf"} 0
smc_handshake_seconds_sum{outcome="smc"} 0.000000000
smc_handshake_seconds_count{outcome="smc"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="0.00001"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="0.000025"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="0.00005"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="0.0001"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="0.00025"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="0.0005"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="0.001"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="0.0025"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="0.005"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="0.01"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="0.025"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="0.05"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="0.1"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="0.25"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="0.5"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="1.0"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="2.5"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="5.0"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="10.0"} 0
smc_handshake_seconds_bucket{outcome="tcp",le="+Inf"} 0
smc_handshake_seconds_sum{outcome="tcp"} 0.000000000
smc_handshake_seconds_count{outcome="tcp"} 0
smc_handshake_seconds_bucket{outcome="failed",le="0.00001"} 0
smc_handshake_seconds_bucket{outcome="failed",le="0.000025"} 0
smc_handshake_seconds_bucket{outcome="failed",le="0.00005"} 0
smc_handshake_seconds_bucket{outcome="failed",le="0.0001"} 0
smc_handshake_seconds_bucket{outcome="failed",le="0.00025"} 0
smc_handshake_seconds_bucket{outcome="failed",le="0.0005"} 0
smc_handshake_seconds_bucket{outcome="failed",le="0.001"} 0
smc_handshake_seconds_bucket{outcome="failed",le="0.0025"} 0
smc_handshake_seconds_bucket{outcome="failed",le="0.005"} 0
smc_handshake_seconds_bucket{outcome="failed",le="0.01"} 0
smc_handshake_seconds_bucket{outcome="failed",le="0.025"} 0
smc_handshake_seconds_bucket{outcome="failed",le="0.05"} 0
smc_handshake_seconds_bucket{outcome="failed",le="0.1"} 0
smc_handshake_seconds_bucket{outcome="failed",le="0.25"} 0
smc_handshake_seconds_bucket{outcome="failed",le="0.5"} 0
smc_handshake_seconds_bucket{outcome="failed",le="1.0"} 0
smc_handshake_seconds_bucket{outcome="failed",le="2.5"} 0
smc_handshake_seconds_bucket{outcome="failed",le="5.0"} 0
smc_handshake_seconds_bucket{outcome="failed",le="10.0"} 0
smc_handshake_seconds_bucket{outcome="failed",le="+Inf"} 0
smc_handshake_seconds_sum{outcome="failed"} 0.000000000
smc_handshake_seconds_count{outcome="failed"} 0
# HELP smc_fallbacks_total Connections that fell back to TCP.
# TYPE smc_fallbacks_total counter
smc_fallbacks_total{reason="0x03010000",diagnosis="0x00000000",text="peer did not offer SMC"} 1
# HELP smc_declines_total Decline messages.
# TYPE smc_declines_total counter
smc_declines_total{direction="received",reason="0x03010000",text="peer did not offer SMC"} 1
smc_declines_total{direction="sent",reason="0x04000000",text="link group state differs between the peers"} 1
smc_declines_total{direction="received",reason="other",text="a number that is not known"} 1
smc_declines_total{direction="sent",reason="0x03010000",text="peer did not offer SMC"} 1
# HELP smc_connections SMC connections that are open.
# TYPE smc_connections gauge
smc_connections 0
# HELP smc_connections_in_doubt SMC connections that are open unless the event of their end was lost.
# TYPE smc_connections_in_doubt gauge
smc_connections_in_doubt 0
# HELP smc_bytes_total Bytes over SMC, by the cursors.
# TYPE smc_bytes_total counter
smc_bytes_total{direction="sent"} 0
smc_bytes_total{direction="received"} 0
# HELP smc_cdc_messages_total CDC messages.
# TYPE smc_cdc_messages_total counter
smc_cdc_messages_total{direction="sent"} 0
smc_cdc_messages_total{direction="received"} 0
# HELP smc_write_blocked_seconds_total Time in which the receiver's buffer was full.
# TYPE smc_write_blocked_seconds_total counter
smc_write_blocked_seconds_total{direction="sent"} 0.000000000
smc_write_blocked_seconds_total{direction="received"} 0.000000000
# HELP smc_latency_seconds From sending to receiving of a message on this host; read: from receiving to the news that the data was read.
# TYPE smc_latency_seconds histogram
smc_latency_seconds_bucket{message="clc",le="0.00001"} 0
smc_latency_seconds_bucket{message="clc",le="0.000025"} 0
smc_latency_seconds_bucket{message="clc",le="0.00005"} 0
smc_latency_seconds_bucket{message="clc",le="0.0001"} 0
smc_latency_seconds_bucket{message="clc",le="0.00025"} 0
smc_latency_seconds_bucket{message="clc",le="0.0005"} 0
smc_latency_seconds_bucket{message="clc",le="0.001"} 0
smc_latency_seconds_bucket{message="clc",le="0.0025"} 0
smc_latency_seconds_bucket{message="clc",le="0.005"} 0
smc_latency_seconds_bucket{message="clc",le="0.01"} 0
smc_latency_seconds_bucket{message="clc",le="0.025"} 0
smc_latency_seconds_bucket{message="clc",le="0.05"} 0
smc_latency_seconds_bucket{message="clc",le="0.1"} 0
smc_latency_seconds_bucket{message="clc",le="0.25"} 0
smc_latency_seconds_bucket{message="clc",le="0.5"} 0
smc_latency_seconds_bucket{message="clc",le="1.0"} 0
smc_latency_seconds_bucket{message="clc",le="2.5"} 0
smc_latency_seconds_bucket{message="clc",le="5.0"} 0
smc_latency_seconds_bucket{message="clc",le="10.0"} 0
smc_latency_seconds_bucket{message="clc",le="+Inf"} 0
smc_latency_seconds_sum{message="clc"} 0.000000000
smc_latency_seconds_count{message="clc"} 0
smc_latency_seconds_bucket{message="llc",le="0.00001"} 0
smc_latency_seconds_bucket{message="llc",le="0.000025"} 0
smc_latency_seconds_bucket{message="llc",le="0.00005"} 0
smc_latency_seconds_bucket{message="llc",le="0.0001"} 0
smc_latency_seconds_bucket{message="llc",le="0.00025"} 0
smc_latency_seconds_bucket{message="llc",le="0.0005"} 0
smc_latency_seconds_bucket{message="llc",le="0.001"} 0
smc_latency_seconds_bucket{message="llc",le="0.0025"} 0
smc_latency_seconds_bucket{message="llc",le="0.005"} 0
smc_latency_seconds_bucket{message="llc",le="0.01"} 0
smc_latency_seconds_bucket{message="llc",le="0.025"} 0
smc_latency_seconds_bucket{message="llc",le="0.05"} 0
smc_latency_seconds_bucket{message="llc",le="0.1"} 0
smc_latency_seconds_bucket{message="llc",le="0.25"} 0
smc_latency_seconds_bucket{message="llc",le="0.5"} 0
smc_latency_seconds_bucket{message="llc",le="1.0"} 0
smc_latency_seconds_bucket{message="llc",le="2.5"} 0
smc_latency_seconds_bucket{message="llc",le="5.0"} 0
smc_latency_seconds_bucket{message="llc",le="10.0"} 0
smc_latency_seconds_bucket{message="llc",le="+Inf"} 0
smc_latency_seconds_sum{message="llc"} 0.000000000
smc_latency_seconds_count{message="llc"} 0
smc_latency_seconds_bucket{message="cdc",le="0.00001"} 5
smc_latency_seconds_bucket{message="cdc",le="0.000025"} 5
smc_latency_seconds_bucket{message="cdc",le="0.00005"} 5
smc_latency_seconds_bucket{message="cdc",le="0.0001"} 5
smc_latency_seconds_bucket{message="cdc",le="0.00025"} 5
smc_latency_seconds_bucket{message="cdc",le="0.0005"} 5
smc_latency_seconds_bucket{message="cdc",le="0.001"} 5
smc_latency_seconds_bucket{message="cdc",le="0.0025"} 5
smc_latency_seconds_bucket{message="cdc",le="0.005"} 5
smc_latency_seconds_bucket{message="cdc",le="0.01"} 5
smc_latency_seconds_bucket{message="cdc",le="0.025"} 5
smc_latency_seconds_bucket{message="cdc",le="0.05"} 5
smc_latency_seconds_bucket{message="cdc",le="0.1"} 5
smc_latency_seconds_bucket{message="cdc",le="0.25"} 5
smc_latency_seconds_bucket{message="cdc",le="0.5"} 5
smc_latency_seconds_bucket{message="cdc",le="1.0"} 5
smc_latency_seconds_bucket{message="cdc",le="2.5"} 5
smc_latency_seconds_bucket{message="cdc",le="5.0"} 5
smc_latency_seconds_bucket{message="cdc",le="10.0"} 5
smc_latency_seconds_bucket{message="cdc",le="+Inf"} 5
smc_latency_seconds_sum{message="cdc"} 0.000015000
smc_latency_seconds_count{message="cdc"} 5
smc_latency_seconds_bucket{message="read",le="0.00001"} 0
smc_latency_seconds_bucket{message="read",le="0.000025"} 1
smc_latency_seconds_bucket{message="read",le="0.00005"} 1
smc_latency_seconds_bucket{message="read",le="0.0001"} 1
smc_latency_seconds_bucket{message="read",le="0.00025"} 1
smc_latency_seconds_bucket{message="read",le="0.0005"} 1
smc_latency_seconds_bucket{message="read",le="0.001"} 1
smc_latency_seconds_bucket{message="read",le="0.0025"} 1
smc_latency_seconds_bucket{message="read",le="0.005"} 1
smc_latency_seconds_bucket{message="read",le="0.01"} 1
smc_latency_seconds_bucket{message="read",le="0.025"} 1
smc_latency_seconds_bucket{message="read",le="0.05"} 1
smc_latency_seconds_bucket{message="read",le="0.1"} 1
smc_latency_seconds_bucket{message="read",le="0.25"} 1
smc_latency_seconds_bucket{message="read",le="0.5"} 1
smc_latency_seconds_bucket{message="read",le="1.0"} 1
smc_latency_seconds_bucket{message="read",le="2.5"} 1
smc_latency_seconds_bucket{message="read",le="5.0"} 1
smc_latency_seconds_bucket{message="read",le="10.0"} 1
smc_latency_seconds_bucket{message="read",le="+Inf"} 1
smc_latency_seconds_sum{message="read"} 0.000020000
smc_latency_seconds_count{message="read"} 1
# HELP smc_trace_events_total What became of what the hooks saw.
# TYPE smc_trace_events_total counter
smc_trace_events_total{hook="kernel_sendmsg",outcome="filtered"} 1
smc_trace_events_total{hook="kernel_sendmsg",outcome="sent"} 9
smc_trace_events_total{hook="kernel_sendmsg",outcome="full"} 0
smc_trace_events_total{hook="kernel_sendmsg",outcome="unreadable"} 0
smc_trace_events_total{hook="smc_clc_wait_msg",outcome="filtered"} 0
smc_trace_events_total{hook="smc_clc_wait_msg",outcome="sent"} 6
smc_trace_events_total{hook="smc_clc_wait_msg",outcome="full"} 3
smc_trace_events_total{hook="smc_clc_wait_msg",outcome="unreadable"} 0
# HELP smc_trace_observed Whether a class of events is observed: without it the absence of events means nothing.
# TYPE smc_trace_observed gauge
smc_trace_observed{class="CLC"} 1
smc_trace_observed{class="CDC"} 0
# HELP smc_trace_lost_total Events that were lost.
# TYPE smc_trace_lost_total counter
smc_trace_lost_total 153
# HELP smc_trace_blind_seconds_total Time in which nothing was observed, since the module was let go.
# TYPE smc_trace_blind_seconds_total counter
smc_trace_blind_seconds_total 0.000000000
# HELP smc_trace_build_info The version of smc-trace.
# TYPE smc_trace_build_info gauge
smc_trace_build_info{version="0.2.0"} 1
# HELP smc_trace_start_time_seconds When it began to count, in seconds since 1970.
# TYPE smc_trace_start_time_seconds gauge
smc_trace_start_time_seconds 1796031647.000000000
