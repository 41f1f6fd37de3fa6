# SPDX-License-Identifier: GPL-2.0-or-later
# Run by cmake -P: writes ${out}, a C file with the array of char ${name}, which has the text of ${in} and a terminator.
file(READ ${in} hex HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
file(WRITE ${out} "extern const char ${name}[];\nconst char ${name}[] = { ${bytes}0 };\n")
