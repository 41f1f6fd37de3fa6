# SPDX-License-Identifier: GPL-2.0-or-later
# Runners of programs over SMC, torture of sockets, and the programs themselves.
add_executable(kmod_static_client static_client.c)
target_compile_definitions(kmod_static_client PRIVATE _GNU_SOURCE)
# The sanitizers have no static libraries.
if(NOT SMCKIT_SANITIZE)
	target_link_options(kmod_static_client PRIVATE -static)
endif()

# smc-run's own parts, on any kernel.
find_package(PkgConfig REQUIRED)
pkg_check_modules(RUN_CMOCKA REQUIRED IMPORTED_TARGET cmocka)
set(run ${PROJECT_SOURCE_DIR}/kmod/run)
add_executable(kmod_run_test run_test.c ${run}/output.c ${run}/check.c ${run}/child.c)
target_compile_definitions(kmod_run_test PRIVATE _GNU_SOURCE)
target_include_directories(kmod_run_test PRIVATE ${run})
target_link_libraries(kmod_run_test PRIVATE smcw PkgConfig::RUN_CMOCKA)
add_test(NAME kmod.run COMMAND kmod_run_test)
set_tests_properties(kmod.run PROPERTIES LABELS "unit;quick")

# smcx-KERNEL: smcx.ko in place of the kernel's own smc.
foreach(stack 6.12-lo 6.1 smcx-6.12 smcx-6.1 smcx-7.2-stock)
	add_test(NAME kmod.smc_run_vm_${stack}
		COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/smc_run_vm_test.sh ${stack})
	set_tests_properties(kmod.smc_run_vm_${stack} PROPERTIES LABELS "vm;full" TIMEOUT 900)
endforeach()

find_package(Threads REQUIRED)
file(GLOB torture_sources CONFIGURE_DEPENDS torture*.c)
add_executable(kmod_torture ${torture_sources})
target_compile_definitions(kmod_torture PRIVATE _GNU_SOURCE)
target_include_directories(kmod_torture PRIVATE ${PROJECT_SOURCE_DIR}/wire)
target_link_libraries(kmod_torture PRIVATE Threads::Threads)
add_library(kmod_bad_sockets MODULE bad_sockets.c)
set_target_properties(kmod_bad_sockets PROPERTIES PREFIX "")
target_link_libraries(kmod_bad_sockets PRIVATE ${CMAKE_DL_LIBS})

add_test(NAME kmod.torture COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/torture_test.sh)
set_tests_properties(kmod.torture PROPERTIES LABELS unit TIMEOUT 600)
add_test(NAME kmod.torture_vm_6.12-lo
	COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/torture_vm_test.sh 6.12-lo short)
add_test(NAME kmod.torture_vm_6.12-lo_full
	COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/torture_vm_test.sh 6.12-lo full)
set_tests_properties(kmod.torture_vm_6.12-lo PROPERTIES LABELS "vm;full" TIMEOUT 900)
set_tests_properties(kmod.torture_vm_6.12-lo_full PROPERTIES LABELS "vm;full" TIMEOUT 3600)

add_test(NAME kmod.programs_vm_smcx-6.12
	COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/programs_vm_test.sh smcx-6.12 short)
set_tests_properties(kmod.programs_vm_smcx-6.12 PROPERTIES LABELS "vm;full" TIMEOUT 900)
foreach(stack 6.12-lo smcx-6.12 smcx-6.1 smcx-7.2-stock smcx-debug)
	add_test(NAME kmod.programs_vm_${stack}_full
		COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/programs_vm_test.sh ${stack} full)
	set_tests_properties(kmod.programs_vm_${stack}_full PROPERTIES LABELS "vm;full" TIMEOUT 2400)
endforeach()
# PostgreSQL alone takes minutes to start there.
set_tests_properties(kmod.programs_vm_smcx-debug_full PROPERTIES TIMEOUT 7200)

# The raw peer is the lab's.
set(rawpeer ${PROJECT_SOURCE_DIR}/lab/tools)
pkg_check_modules(HOSTILE_BPF REQUIRED IMPORTED_TARGET libbpf)
add_executable(kmod_hostile hostile.c ${rawpeer}/rawpeer_tap.c ${rawpeer}/rawpeer_sock.c)
target_include_directories(kmod_hostile PRIVATE ${rawpeer} ${PROJECT_SOURCE_DIR}/wire)
target_include_directories(kmod_hostile SYSTEM PRIVATE ${PROJECT_BINARY_DIR}/lab/tools)
target_compile_definitions(kmod_hostile PRIVATE _GNU_SOURCE)
target_link_libraries(kmod_hostile PRIVATE PkgConfig::HOSTILE_BPF)
add_dependencies(kmod_hostile smc-rawpeer)
add_test(NAME kmod.hostile_vm_6.12-lo
	COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/hostile_vm_test.sh 6.12-lo 3000)
set_tests_properties(kmod.hostile_vm_6.12-lo PROPERTIES LABELS "vm;full" TIMEOUT 3600)
