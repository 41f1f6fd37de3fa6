# SPDX-License-Identifier: GPL-2.0-or-later
# Values of a cut capture that the whole one does not have, as lines "CUT<tab>TEXT"; "CUT<tab>" is its last.
# Both as tshark's JSON: jq -rn --arg conns CONNS -f snap.jq WHOLE CUT [WHOLE CUT]...
# CONNS: connections and link groups are those of the whole one, number for number (all), or where they are shown (known), or may
# have other numbers, since the cut messages do not say what belongs together (any).

def list: if type == "array" then . elif . == null then [] else [.] end;
def smcx: ._source.layers.smcx | list;
def warning: 6291456; # severity of expert infos

# Fields that were worked out and not read: they depend on the frames before.
def is_generated:
	test("^smcx\\.(conn|lgr|link|sender|tcp_stream|request_in|response_in|time|handshake_time|rkey_in|rule|data|write|reth|unknown)\\b")
	or test("^smcx\\.cdc\\.(produced|consumed|total|space|unread|sender_state|receiver_state|before_in|full_in|full_for)$");

# Fields as they were read, [NAME, VALUE].
def leaves:
	[smcx[] | . as $layer | paths(scalars) as $p | ($p | map(strings)) as $names
		| select($names | map(startswith("_ws")) | any | not)
		| $names[-1] as $name
		| select(($name | startswith("smc")) and ($name | is_generated | not))
		| [$name, ($layer | getpath($p))]];

# Expert infos of ours, "NAME SEVERITY".
def experts:
	[.. | objects | select(has("_ws.expert.severity")) | (."_ws.expert.severity" | list | .[0] | tonumber) as $severity
		| keys[] | select(startswith("smcx.")) | [., $severity]];

def value($name): [smcx[] | .. | objects | .[$name] // empty | list | .[]] | .[0];
def number: ._source.layers.frame["frame.number"];
def shown: ._source.layers | del(.frame);

def compare($whole): [., $whole] | transpose
| (map(. as [$cut, $all] | ($cut | number) as $n
	| select(($cut | shown) != ($all | shown)) # most are the same, which is known at once
	| (($cut | leaves) - ($all | leaves) | map("frame \($n): shows \(.[0]) = \(.[1])"))
	+ (($cut | experts | map(select(.[1] >= warning) | .[0])) - ($all | experts | map(.[0]))
		| map(select(. != "smcx.data.lost") | "frame \($n): warns \(.)"))
	+ (($cut | experts | map(.[0])) - ($all | experts | map(.[0]))
		| map(select(startswith("smcx.fault.") or . == "smcx.again" or ($conns != "any" and startswith("smcx.llc."))) | "frame \($n): blames \(.)"))
	+ (if ($cut._source.layers | has("_ws.malformed") and has("smcx")) and ($all._source.layers | has("_ws.malformed") | not)
		then ["frame \($n): is malformed"] else [] end)
	+ (if ($cut | smcx | length) > 0 and ($all | smcx | length) == 0
		then ["frame \($n): is SMC only when it is cut"] else [] end)
	+ (["smcx.conn", "smcx.lgr"] | map(. as $name | ($cut | value($name)) as $c | ($all | value($name)) as $a
		| select($c != $a and ($conns == "all" or ($conns == "known" and $c))) | "frame \($n): \($name) is \($c), not \($a)"))) | add // [])
# No connection or group of the cut one has frames of two of the whole one.
+ (. as $pairs | ["smcx.conn", "smcx.lgr"] | map(. as $name
	| [$pairs[] | [(.[0] | value($name)), (.[1] | value($name))] | select(.[0] and .[1])]
	| unique | group_by(.[0])[] | select(length > 1) | "\($name) \(.[0][0]) is \(map(.[1]) | join(" and "))"))
| .[];

def pairs: (try input catch null) as $whole | select($whole) | input as $cut | input_filename as $name
	| ($cut | compare($whole) | "\($name)\t\(.)"), "\($name)\t", pairs;
pairs
