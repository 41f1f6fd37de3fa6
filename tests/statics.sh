# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by tests that judge the names of static functions.

# statics FILE...: "FILE NAME" of each static function that is defined. Its line begins with "static", or the one before did.
statics() {
	awk '
		/^static / || joined { line = joined $0; joined = "" }
		/^static / && !/[(;={]/ { joined = $0 " "; next }
		line ~ /^static / && line ~ /\(/ && line !~ /=/ && line !~ /^static (DEFINE|DECLARE)_/ {
			name = line
			sub(/\(.*/, "", name)
			sub(/.*[ *]/, "", name)
			if (name ~ /^[a-z]/)
				print FILENAME, name
		}
		{ line = "" }' "$@" | sort -u
}

# without_stem: of "FILE NAME", the lines whose name begins neither with the file's name nor with the first word of that.
# smcx_ is for tables of calls of the kernel that others know.
without_stem() {
	awk '{
		stem = $1
		sub(/.*\//, "", stem)
		sub(/(\.bpf)?\.c$/, "", stem)
		gsub(/-/, "_", stem)
		first = stem
		sub(/_.*/, "", first)
		if ($2 !~ "^(" stem "|" first "|smcx)(_|$)")
			print
	}'
}
