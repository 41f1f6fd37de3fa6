// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traced events. The header, and what happened without a message, are shown
 * through the field table; a message in the body is shown as in a packet, so
 * that the same filters find it. Addresses stay those of the exported PDU's
 * tags: the event's own are fields, and feed the table of conversations.
 */
#include <epan/packet.h>
#include <epan/expert.h>

#include "event.h"
#include "field/fields.h"
#include "message.h"
#include "conn/note.h"
#include "check/note_show.h"
#include "field/tap.h"
#include "smc_address.h"
#include "smc_pcapng.h"
#include "smc_event_text.h"
#include "smc_text.h"

/* Layouts count in 16 bits. No event that smc-trace writes comes near. */
#define EVENT_MAX 0xffff

#define NS_PER_SEC 1000000000u

/* The two ends, the sending one first. */
struct flow_ends {
	address src, dst;
	guint32 sport, dport;
};

static int proto_smcx = -1;
static int ett_event = -1;
static int hf_abs_time = -1;
static int hf_ip = -1;
static int hf_ipv6 = -1;
static int hf_port = -1;
static expert_field ei_version = EI_INIT;
static expert_field ei_kind = EI_INIT;
static expert_field ei_truncated = EI_INIT;
static expert_field ei_lost = EI_INIT;
static expert_field ei_miscounted = EI_INIT;
static expert_field ei_fallback = EI_INIT;
static expert_field ei_clc_failed = EI_INIT;
static expert_field ei_failed = EI_INIT;

/* ---- texts -------------------------------------------------------------------------- */

static const char *kind_text(unsigned kind)
{
	const char *text = smcw_value_text(SMCW_LIST_event_kinds, kind);

	return text ? text : "unknown event";
}

static const char *mode_column(unsigned mode)
{
	switch (mode) {
	case SMCW_MODE_SMCR:
		return "SMC-R";
	case SMCW_MODE_SMCD:
		return "SMC-D";
	default:
		return "SMC";
	}
}

/* ---- expert infos ---------------------------------------------------------------------- */

static const void *body_of(const struct smcw_event *ev, const struct smcw_layout *l, unsigned part)
{
	return smcw_layout_find(l, part) ? ev + 1 : NULL;
}

static void report_fallback(packet_info *pinfo, proto_item *item, const struct smcw_ev_fallback *f)
{
	guint32 diagnosis = smcw_get32(&f->diagnosis), code = smcw_get32(&f->reason);
	/* A cause that the peer has found has to be removed there. */
	const char *advice = smcw_reason_advice(code == SMCW_DECL_PEERDECL ? diagnosis : code);

	expert_add_info_format(pinfo, item, &ei_fallback, "Fallback to TCP: %s%s%s%s%s",
			       smcw_reason_text(code), diagnosis ? "; the peer says: " : "",
			       diagnosis ? smcw_reason_text(diagnosis) : "",
			       advice ? ". To do: " : "", advice ? advice : "");
}

static void report_clc_failed(packet_info *pinfo, proto_item *item,
			      const struct smcw_ev_clc_failed *f)
{
	const char *expected = smcw_value_text(SMCW_LIST_clc_types, f->expected);
	const char *got = smcw_value_text(SMCW_LIST_clc_types, f->got);

	expert_add_info_format(pinfo, item, &ei_clc_failed, "CLC failed: %s expected, %s came: %s",
			       expected ? expected : "a message",
			       got    ? got :
			       f->got ? "an unknown one" :
					"none",
			       smcw_reason_text(smcw_get32(&f->error)));
}

static void report_error(packet_info *pinfo, proto_item *item, unsigned kind, const void *error)
{
	if (smcw_get32(error))
		expert_add_info_format(pinfo, item, &ei_failed, "%s: %s", kind_text(kind),
				       smcw_reason_text(smcw_get32(error)));
}

static void report_counter(packet_info *pinfo, proto_item *item, const struct smcw_ev_counter *c)
{
	const char *hook = smcw_value_text(SMCW_LIST_event_hooks, c->hook);
	guint64 seen = smcw_get64(&c->seen), full = smcw_get64(&c->full);
	guint64 unreadable = smcw_get64(&c->unreadable);
	guint64 sum = smcw_get64(&c->filtered) + smcw_get64(&c->sent) + full + unreadable;

	if (!hook)
		hook = "unknown hook";
	if (full || unreadable)
		expert_add_info_format(pinfo, item, &ei_lost,
				       "%s: lost %" PRIu64 " events for want of room in the ring "
				       "and %" PRIu64 " that could not be read",
				       hook, full, unreadable);
	if (seen != sum)
		expert_add_info_format(pinfo, item, &ei_miscounted,
				       "%s: %" PRIu64 " events were seen, but %" PRIu64
				       " are accounted for",
				       hook, seen, sum);
}

static void report_counters(packet_info *pinfo, proto_item *item, const struct smcw_event *ev,
			    const struct smcw_layout *l)
{
	const struct smcw_piece *piece = smcw_layout_find(l, SMCW_PART_ev_counter);
	const struct smcw_ev_counter *c = (const struct smcw_ev_counter *)(ev + 1);

	for (unsigned i = 0; piece && i < piece->count; i++)
		report_counter(pinfo, item, &c[i]);
}

static void report_body(packet_info *pinfo, proto_item *item, const struct smcw_event *ev,
			const struct smcw_layout *l)
{
	const struct smcw_ev_fallback *fallback = body_of(ev, l, SMCW_PART_ev_fallback);
	const struct smcw_ev_clc_failed *failed = body_of(ev, l, SMCW_PART_ev_clc_failed);
	const struct smcw_ev_conn *conn = body_of(ev, l, SMCW_PART_ev_conn);
	const struct smcw_ev_buf *buf = body_of(ev, l, SMCW_PART_ev_buf);

	if (fallback)
		report_fallback(pinfo, item, fallback);
	if (failed)
		report_clc_failed(pinfo, item, failed);
	if (conn)
		report_error(pinfo, item, ev->kind, &conn->error);
	if (buf)
		report_error(pinfo, item, ev->kind, &buf->error);
	report_counters(pinfo, item, ev, l);
}

static void report_header(packet_info *pinfo, proto_item *item, const struct smcw_event *ev)
{
	guint64 lost = smcw_get64(&ev->lost);
	unsigned length = smcw_get16(&ev->length), original = smcw_get16(&ev->original);

	if (lost)
		expert_add_info_format(pinfo, item, &ei_lost,
				       "%" PRIu64 " events of this hook were lost before this one",
				       lost);
	if (original > length)
		expert_add_info_format(pinfo, item, &ei_truncated, "The tracer kept %u of %u bytes",
				       length, original);
}

/* ---- conversations ------------------------------------------------------------------------ */

/* @ip: as in an event; the bytes stay where they are. */
static void set_ip(address *to, const __u8 ip[16])
{
	if (smcw_is_mapped(ip))
		set_address(to, AT_IPv4, 4, ip + SMCW_MAPPED_AT);
	else
		set_address(to, AT_IPv6, 16, ip);
}

/* The sender is not known for most events: then the own end comes first. */
static struct flow_ends event_ends_of(const struct smcw_event *ev)
{
	bool in = SMCW_EV_DIR_OF(ev) == SMCW_DIR_IN;
	struct flow_ends ends;

	set_ip(in ? &ends.dst : &ends.src, ev->local);
	set_ip(in ? &ends.src : &ends.dst, ev->peer);
	ends.sport = smcw_get16(in ? &ev->peer_port : &ev->local_port);
	ends.dport = smcw_get16(in ? &ev->local_port : &ev->peer_port);
	return ends;
}

static void event_add_end(proto_tree *tree, tvbuff_t *tvb, const address *ip, guint32 port)
{
	ws_in4_addr ip4;
	proto_item *item;

	if (ip->type == AT_IPv4) {
		memcpy(&ip4, ip->data, sizeof(ip4));
		item = proto_tree_add_ipv4(tree, hf_ip, tvb, 0, 0, ip4);
	} else {
		item = proto_tree_add_ipv6(tree, hf_ipv6, tvb, 0, 0, ip->data);
	}
	proto_item_set_generated(item);
	proto_item_set_generated(proto_tree_add_uint(tree, hf_port, tvb, 0, 0, port));
}

/* Many events are of no connection. */
static void add_flow(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb,
		     const struct smcw_event *ev)
{
	struct flow_ends ends;

	if (!smcw_get16(&ev->local_port) && !smcw_get16(&ev->peer_port))
		return;
	ends = event_ends_of(ev);
	event_add_end(tree, tvb, &ends.src, ends.sport);
	event_add_end(tree, tvb, &ends.dst, ends.dport);
	tap_flow(pinfo, &ends.src, ends.sport, &ends.dst, ends.dport, smcw_get16(&ev->original),
		 true);
}

/* ---- the event ------------------------------------------------------------------------------- */

static void event_add_time(proto_tree *tree, tvbuff_t *tvb, const struct smcw_event *ev)
{
	guint64 ns = smcw_get64(&ev->time);
	nstime_t time = { .secs = (time_t)(ns / NS_PER_SEC), .nsecs = (int)(ns % NS_PER_SEC) };

	proto_item_set_generated(proto_tree_add_time(tree, hf_abs_time, tvb,
						     offsetof(struct smcw_event, time),
						     sizeof(ev->time), &time));
}

/* Bytes after the event's header that the capture has. */
static size_t captured_body(tvbuff_t *tvb)
{
	return tvb_captured_length(tvb) - sizeof(struct smcw_event);
}

/* Has the capture (not the tracer) cut the event's body? */
static bool is_body_cut(tvbuff_t *tvb, const struct smcw_event *ev)
{
	return captured_body(tvb) < smcw_get16(&ev->length);
}

/* An event without a message has its place all the same. @item: the event's */
static void add_note(packet_info *pinfo, tvbuff_t *tvb, proto_item *item,
		     const struct smcw_event *ev)
{
	const struct note *note = learn_event(pinfo, ev);

	if (note)
		tap_listed(pinfo, note->conn ? note->conn : note->offer, note->group);
	if (note)
		note_show(item, proto_item_get_subtree(item), pinfo, tvb, note);
}

/* @item: the event's */
static void add_message(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, proto_item *item,
			const struct smcw_event *ev)
{
	struct origin at = { .event = ev, .kind = MESSAGE_LLC };
	unsigned length = smcw_get16(&ev->length);
	struct smcw_layout l;

	if (smcw_event_message_cut(ev, captured_body(tvb), &l) == -ENOENT) {
		add_note(pinfo, tvb, item, ev);
		return;
	}
	if (ev->kind == SMCW_EV_CLC)
		at.kind = MESSAGE_CLC;
	else if (smcw_layout_find(&l, SMCW_PART_cdc_smcd))
		at.kind = MESSAGE_CDC_SMCD;
	if (smcw_get16(&ev->original) > length)
		l.faults = 0; /* the tracer has cut the end, and this is reported */
	if (!length) {
		fields_faults(item, pinfo, &l);
		return;
	}
	message_show(tree, pinfo, tvb_new_subset_length(tvb, sizeof(*ev), (int)length), 0, &l, &at,
		     false);
}

/* Bytes of unknown meaning, as part of no layout. */
static void add_unclaimed(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, int off, int len)
{
	struct smcw_layout l = { .n = 1, .piece = { { SMCW_PART_NONE, 0, (__u16)len } } };

	if (len > 0)
		fields_add(tree, pinfo, tvb, off, &l);
}

/* An event that no reader of this version can take apart. */
static int show_opaque(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, int len,
		       const struct smcw_layout *l)
{
	const char *line = l->faults & SMCW_FAULT_CUT ? "Trace event, cut" :
							"Trace event of an unknown version";
	proto_item *item = proto_tree_add_protocol_format(tree, proto_smcx, tvb, 0, len,
							  "Shared Memory Communications: %s", line);
	struct smcw_layout faults = *l;

	col_set_str(pinfo->cinfo, COL_PROTOCOL, "SMC");
	col_set_str(pinfo->cinfo, COL_INFO, line);
	add_unclaimed(proto_item_add_subtree(item, ett_event), pinfo, tvb, 0, len);
	if (l->faults & SMCW_FAULT_VERSION)
		expert_add_info_format(pinfo, item, &ei_version,
				       "Version %u of the event is not known: this plugin reads %u",
				       tvb_get_ptr(tvb, 0, 1)[0], SMCW_EVENT_VERSION);
	faults.faults &= ~(guint32)SMCW_FAULT_VERSION;
	fields_faults(item, pinfo, &faults);
	return tvb_captured_length(tvb);
}

/* Show the captured part of a header that was cut. */
static int show_header_cut(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, int len)
{
	static const char line[] = "Trace event [cut by the capture]";
	const struct smcw_layout l = { .n = 1, .piece = { { SMCW_PART_event, 0, 1 } } };
	int have = (int)tvb_captured_length(tvb);
	proto_item *item = proto_tree_add_protocol_format(tree, proto_smcx, tvb, 0, have,
							  "Shared Memory Communications: %s", line);

	col_set_str(pinfo->cinfo, COL_PROTOCOL, "SMC");
	col_set_str(pinfo->cinfo, COL_INFO, line);
	fields_add(proto_item_add_subtree(item, ett_event), pinfo, tvb, 0, &l);
	fields_cut(item, pinfo, (guint32)have, (guint32)len);
	return have;
}

/* The event, aligned, and with no more of a body than there is. */
static struct smcw_event *copy_event(packet_info *pinfo, const guint8 *bytes, int len)
{
	struct smcw_event *ev = wmem_memdup(pinfo->pool, bytes, (size_t)len);
	unsigned there = (unsigned)len - (unsigned)sizeof(*ev);

	if (smcw_get16(&ev->length) > there)
		smcw_put16(&ev->length, (__u16)there);
	return ev;
}

/* There may be enough of a message for a line of its own. */
static void cut_line(tvbuff_t *tvb, const struct smcw_event *ev, char *buf, size_t cap)
{
	struct smcw_layout l;

	if (smcw_event_message_cut(ev, captured_body(tvb), &l) == -ENOENT)
		snprintf(buf, cap, "%s [cut by the capture]", kind_text(ev->kind));
	else if (ev->kind == SMCW_EV_CLC)
		smcw_clc_text(ev + 1, &l, buf, cap);
	else
		smcw_llc_text(ev + 1, &l, buf, cap);
}

/* The line of an event needs a body as long as its kind asks for. */
static void event_line(tvbuff_t *tvb, const struct smcw_event *ev, const struct smcw_layout *l,
		       char *buf, size_t cap)
{
	if (is_body_cut(tvb, ev))
		cut_line(tvb, ev, buf, cap);
	else if (l->faults & SMCW_FAULT_LENGTH)
		snprintf(buf, cap, "%s, body too short", kind_text(ev->kind));
	else
		smcw_event_text(ev, buf, cap);
}

static void add_event(proto_item *item, packet_info *pinfo, tvbuff_t *tvb, int len,
		      const struct smcw_event *ev, const struct smcw_layout *l)
{
	proto_tree *tree = proto_item_add_subtree(item, ett_event);
	int end = (int)sizeof(*ev) + smcw_get16(&ev->length);
	struct smcw_layout faults = *l;

	fields_add(tree, pinfo, tvb, 0, l);
	event_add_time(tree, tvb, ev);
	add_flow(tree, pinfo, tvb, ev);
	if (end < len) {
		add_unclaimed(tree, pinfo, tvb, end, len - end);
		faults.faults |= SMCW_FAULT_UNCLAIMED;
	}
	if (l->faults & SMCW_FAULT_TYPE)
		expert_add_info_format(pinfo, item, &ei_kind, "Kind %u of event is not known",
				       ev->kind);
	faults.faults &= ~(guint32)SMCW_FAULT_TYPE; /* its text speaks of messages */
	fields_faults(item, pinfo, &faults);
	fields_cut(item, pinfo, tvb_captured_length(tvb), (guint32)len);
	report_header(pinfo, item, ev);
	if (!is_body_cut(tvb, ev))
		report_body(pinfo, item, ev, l);
}

/*
 * Bytes of the event, whatever of them was captured. Those that the tracer has
 * left out of a message are counted as not captured, too, but not as the event's.
 */
static int event_length(tvbuff_t *tvb)
{
	const int length = offsetof(struct smcw_event, length);
	int have = (int)tvb_captured_length(tvb), len = (int)tvb_reported_length(tvb);

	if (have >= (int)sizeof(struct smcw_event))
		len = MIN(len,
			  MAX(have, (int)sizeof(struct smcw_event) + tvb_get_ntohs(tvb, length)));
	return MIN(len, EVENT_MAX);
}

static int dissect_event(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
	int have, len = event_length(tvb);
	const guint8 *bytes = len ? message_bytes(pinfo, tvb, 0, len, &have) : NULL;
	const struct smcw_event *ev;
	struct smcw_layout l;
	char line[SMCW_LINE_MAX];
	proto_item *item;

	smcw_event_layout(bytes, (size_t)len, &l);
	if (len && have < len && have < (int)sizeof(*ev))
		return show_header_cut(tvb, pinfo, tree, len);
	if (len < (int)sizeof(*ev) || l.faults & SMCW_FAULT_VERSION)
		return show_opaque(tvb, pinfo, tree, len, &l);
	ev = copy_event(pinfo, bytes, len);
	event_line(tvb, ev, &l, line, sizeof(line));
	item = proto_tree_add_protocol_format(tree, proto_smcx, tvb, 0, have,
					      "Shared Memory Communications, traced: %s", line);
	add_event(item, pinfo, tvb, len, ev, &l);
	col_set_str(pinfo->cinfo, COL_PROTOCOL, mode_column(ev->mode));
	add_message(tree, pinfo, tvb, item, ev);
	col_add_str(pinfo->cinfo, COL_INFO, line);
	return tvb_captured_length(tvb);
}

/* ---- registration ---------------------------------------------------------------------------- */

static void register_own_fields(int proto)
{
	static hf_register_info own[] = {
		{ &hf_abs_time,
		  { "Time", "smcx.event.abs_time", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_LOCAL, NULL, 0,
		    "When the event happened, by the clock of the traced host", HFILL } },
		{ &hf_ip,
		  { "Address (IPv4)", "smcx.event.ip", FT_IPv4, BASE_NONE, NULL, 0,
		    "IPv4 address of either end", HFILL } },
		{ &hf_ipv6,
		  { "Address (IPv6)", "smcx.event.ipv6", FT_IPv6, BASE_NONE, NULL, 0,
		    "IPv6 address of either end", HFILL } },
		{ &hf_port,
		  { "Port", "smcx.event.port", FT_UINT16, BASE_DEC, NULL, 0, "Port of either end",
		    HFILL } },
	};

	proto_register_field_array(proto, own, array_length(own));
}

static void event_register_experts(int proto)
{
	static ei_register_info own[] = {
		{ &ei_version,
		  { "smcx.event.unknown_version", PI_UNDECODED, PI_ERROR,
		    "The version of the event is not known", EXPFILL } },
		{ &ei_kind,
		  { "smcx.event.unknown_kind", PI_UNDECODED, PI_ERROR,
		    "The kind of the event is not known", EXPFILL } },
		{ &ei_truncated,
		  { "smcx.event.truncated", PI_UNDECODED, PI_NOTE,
		    "The tracer kept a part of the message", EXPFILL } },
		{ &ei_lost,
		  { "smcx.event.events_lost", PI_SEQUENCE, PI_WARN, "Events were lost", EXPFILL } },
		{ &ei_miscounted,
		  { "smcx.event.miscounted", PI_PROTOCOL, PI_ERROR,
		    "Events were seen that are not accounted for", EXPFILL } },
		{ &ei_fallback,
		  { "smcx.event.fell_back", PI_RESPONSE_CODE, PI_WARN, "Fallback to TCP",
		    EXPFILL } },
		{ &ei_clc_failed,
		  { "smcx.event.clc_failed", PI_RESPONSE_CODE, PI_WARN, "CLC failed", EXPFILL } },
		{ &ei_failed,
		  { "smcx.event.failed", PI_RESPONSE_CODE, PI_WARN, "What was tried has failed",
		    EXPFILL } },
	};

	expert_register_field_array(expert_register_protocol(proto), own, array_length(own));
}

void event_register(int proto)
{
	static int *trees[] = { &ett_event };

	proto_smcx = proto;
	register_own_fields(proto);
	event_register_experts(proto);
	proto_register_subtree_array(trees, array_length(trees));
	register_dissector(SMCW_EVENT_DISSECTOR, dissect_event, proto);
}
