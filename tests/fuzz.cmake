# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzz targets. libFuzzer is clang's, so they are built with clang whatever builds the rest; without it
# SMCKIT_FUZZ is false, and there are neither targets nor tests.
find_program(SMCKIT_CLANG NAMES clang)
set(SMCKIT_FUZZ ${SMCKIT_CLANG})

# fuzz_target(NAME INCLUDE FOLDER... SOURCES FILE... [LIBRARIES -lNAME...] [DEFINE NAME=VALUE...]): builds NAME, with ASAN and UBSAN. Of
# SOURCES those that end in .c are compiled; it is built anew when any of them changes.
function(fuzz_target name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "INCLUDE;SOURCES;LIBRARIES;DEFINE")
	if(NOT SMCKIT_FUZZ)
		message(STATUS "clang is not installed: ${name} is left out")
		return()
	endif()
	set(units ${arg_SOURCES})
	list(FILTER units INCLUDE REGEX "\\.c$")
	list(TRANSFORM arg_INCLUDE PREPEND -I)
	list(TRANSFORM arg_DEFINE PREPEND -D)
	set(program ${CMAKE_CURRENT_BINARY_DIR}/${name})
	add_custom_command(OUTPUT ${program}
		COMMAND ${SMCKIT_CLANG} -std=gnu17 -D_GNU_SOURCE -g -O1
			-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
			-Wall -Wextra -Wshadow -Werror
			${arg_INCLUDE} ${arg_DEFINE} ${units} ${arg_LIBRARIES} -o ${program}
		DEPENDS ${arg_SOURCES}
		COMMENT "Building ${name} with clang"
		VERBATIM)
	add_custom_target(${name}_build ALL DEPENDS ${program})
endfunction()

# fuzz_tests(NAME CORPUS OPTION...): the tests FOLDER.NAME, of 10 s, and FOLDER.NAME_full, of 10 minutes, where FOLDER is the one
# of tests/ that calls this. What is found stays in the build folder.
function(fuzz_tests name corpus)
	if(NOT SMCKIT_FUZZ)
		return()
	endif()
	set(found ${CMAKE_CURRENT_BINARY_DIR}/${name}.found)
	file(MAKE_DIRECTORY ${found})
	set(run ${CMAKE_CURRENT_BINARY_DIR}/${name} ${ARGN} -artifact_prefix=${found}/crash. ${found} ${corpus})
	get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
	add_test(NAME ${folder}.${name} COMMAND ${run} -max_total_time=10 -seed=1)
	add_test(NAME ${folder}.${name}_full COMMAND ${run} -max_total_time=600 -seed=2)
	set_tests_properties(${folder}.${name} PROPERTIES LABELS fuzz TIMEOUT 120)
	set_tests_properties(${folder}.${name}_full PROPERTIES LABELS "fuzz;full" TIMEOUT 900)
endfunction()
