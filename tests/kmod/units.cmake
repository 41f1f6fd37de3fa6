# SPDX-License-Identifier: GPL-2.0-or-later
find_package(PkgConfig REQUIRED)
pkg_check_modules(UNIT_CMOCKA REQUIRED IMPORTED_TARGET cmocka)
set(kmod ${PROJECT_SOURCE_DIR}/kmod)
set(unit_sanitize -fsanitize=address,undefined -fno-sanitize-recover=all)

# unit_test(NAME FILE...): NAME_test.c with those files; what the kernel's compiler does not warn of, this one need not.
function(unit_test name)
	set(program kmod_${name}_test)
	add_executable(${program} ${name}_test.c ${ARGN})
	target_compile_definitions(${program} PRIVATE _GNU_SOURCE
		TRANSCRIPT="${PROJECT_SOURCE_DIR}/tests/proto/net-smc.transcript")
	target_include_directories(${program} PRIVATE ${kmod} ${kmod}/data ${kmod}/handshake ${kmod}/option
		${PROJECT_SOURCE_DIR}/wire ${PROJECT_SOURCE_DIR}/proto)
	target_compile_options(${program} PRIVATE -g -O1 -Wno-unused-parameter -Wno-sign-compare -Wno-sign-conversion
		-Wno-conversion ${unit_sanitize})
	target_link_options(${program} PRIVATE ${unit_sanitize})
	target_link_libraries(${program} PRIVATE PkgConfig::UNIT_CMOCKA)
	add_test(NAME kmod.${name} COMMAND ${program})
	set_tests_properties(kmod.${name} PROPERTIES LABELS "unit;quick" TIMEOUT 300)
endfunction()

foreach(file data/ring handshake/eid option/option_bytes)
	get_filename_component(name ${file} NAME)
	unit_test(${name} ${kmod}/${file}.c shim/shim.c)
	# Before the kernel's own headers that this system has.
	target_include_directories(kmod_${name}_test BEFORE PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/shim)
endforeach()
unit_test(spin ${kmod}/data/spin.c)
unit_test(close ${kmod}/data/close_steps.c ${PROJECT_SOURCE_DIR}/proto/state.c)
