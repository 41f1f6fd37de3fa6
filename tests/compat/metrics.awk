# SPDX-License-Identifier: GPL-2.0-or-later
# Of a file of metrics, each kind of sample once: NAME TYPE LABEL,LABEL. The name is that of the sample, with _bucket and the like.
/^# TYPE / { type[$3] = $4; next }
/^#/ { next }
{
	name = base = $0
	sub(/[{ ].*/, "", name)
	base = name
	if (!(base in type))
		sub(/_(bucket|sum|count)$/, "", base)
	labels = ""
	if ($0 ~ /^[a-z_]*\{/) {
		line = $0
		sub(/^[a-z_]*\{/, "", line)
		while (match(line, /^,?[a-z_]+="([^"\\]|\\.)*"/)) {
			label = substr(line, 1, RLENGTH)
			line = substr(line, RLENGTH + 1)
			gsub(/^,|=.*/, "", label)
			labels = labels (labels == "" ? "" : ",") label
		}
	}
	print name " " type[base] (labels == "" ? "" : " " labels)
}
