# SPDX-License-Identifier: GPL-2.0-or-later
# tshark's JSON of a capture as a golden file: a line for each frame that has a layer of the plugin, and one for each item of its
# tree that has items below it, with those that have none as NAME=VALUE. Names are sorted. A value that is not plain is JSON.

def word: if type == "string" and test("^[!-~]+$") and (test("[=\"\\[\\],]") | not) then . else tojson end;
def has_items: type == "object" or (type == "array" and any(.[]; type == "object"));
def each: if type == "array" then .[] else . end;
# An item that stands more than once is a list, of which some may have no items.
def leaves: to_entries | map(.key as $key | .value
	| if has_items then [each | scalars] | select(. != []) else . end
	| "\($key | word)=\(if type == "array" then "[\(map(word) | join(","))]" else word end)");
def item($indent; $name):
	$indent + ($name | word) + ":" + (if type == "object" then leaves | map(" " + .) | join("") else " " + word end),
	(objects | to_entries[] | .key as $key | .value | select(has_items) | each | objects | item($indent + "  "; $key));

def golden: .[]._source.layers | select(has("smcx")) | "frame \(.frame."frame.number")", (.smcx | each | item("  "; "smcx"));
