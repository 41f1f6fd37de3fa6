# SPDX-License-Identifier: GPL-2.0-or-later
# Run by cmake --install for each man page: writes ${made} from ${page}, with ${version} and a date in its .TH line, and the prefix of
# this installation where the page has /usr/local. The date is
# $SOURCE_DATE_EPOCH if that is set, else that of the page's last commit, else that of the file.
get_filename_component(folder ${page} DIRECTORY)
if(DEFINED ENV{SOURCE_DATE_EPOCH})
	string(TIMESTAMP date "%Y-%m-%d" UTC)
else()
	execute_process(COMMAND git log -1 --format=%cs -- ${page} WORKING_DIRECTORY ${folder}
		OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
	if(NOT date)
		file(TIMESTAMP ${page} date "%Y-%m-%d" UTC)
	endif()
endif()
file(READ ${page} text)
string(REGEX REPLACE "\n(\\.TH [^\n]*) \"\" smckit " "\n\\1 \"${date}\" \"smckit ${version}\" " dated "${text}")
if(dated STREQUAL text)
	message(FATAL_ERROR "${page}: expected a line .TH NAME SECTION \"\" smckit \"TITLE\", found none")
endif()
string(REPLACE "/usr/local/" "${CMAKE_INSTALL_PREFIX}/" dated "${dated}")
file(WRITE ${made} "${dated}")
