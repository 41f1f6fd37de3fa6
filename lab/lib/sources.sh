# SPDX-License-Identifier: GPL-2.0-or-later
# The files that are sources: of a checkout, or of a tarball without git. To be sourced, with $TOP set.
# shellcheck shell=bash

# source_files: their paths, one a line. In a checkout also those that are not committed yet; in a tarball all but what was built there. A
# repository of somebody else around a tarball knows nothing of it.
source_files() {
	if [[ -e $TOP/.git ]]; then
		git -C "$TOP" ls-files --cached --others --exclude-standard
	else
		(cd "$TOP" && find . \( -type f -o -type l \) -not -path './build/*' -not -name '*.pyc' -printf '%P\n')
	fi
}

# copy_sources FOLDER: which is made. One that was removed and is not committed is left out.
copy_sources() {
	mkdir -p "$1"
	source_files | tar -C "$TOP" -c -T - --ignore-failed-read 2>/dev/null | tar -x -C "$1"
}
