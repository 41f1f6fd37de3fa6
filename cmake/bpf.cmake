# SPDX-License-Identifier: GPL-2.0-or-later
# BPF objects and their skeletons. They take uapi headers and no kernel: see tracer/kernel.h.
find_program(SMCKIT_BPF_CLANG clang REQUIRED)
find_program(SMCKIT_BPFTOOL bpftool REQUIRED PATHS /usr/sbin /sbin)
find_program(SMCKIT_LLVM_STRIP NAMES llvm-strip llvm-strip-14 REQUIRED)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|amd64")
	set(SMCKIT_BPF_ARCH x86)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
	set(SMCKIT_BPF_ARCH arm64)
else()
	set(SMCKIT_BPF_ARCH ${CMAKE_SYSTEM_PROCESSOR})
endif()

# bpf_skeleton(FOLDER/STEM FLAGS FLAG... INCLUDE FOLDER... DEPENDS FILE...): STEM.skel.h in the present binary folder, of
# FOLDER/STEM.bpf.c. All names are from the top of the project, and clang is run there: BTF has the names of the sources, and
# an object would otherwise be another one in each checkout.
function(bpf_skeleton path)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "FLAGS;INCLUDE;DEPENDS")
	get_filename_component(stem ${path} NAME)
	set(object ${CMAKE_CURRENT_BINARY_DIR}/${stem}.bpf.o)
	set(skeleton ${CMAKE_CURRENT_BINARY_DIR}/${stem}.skel.h)
	set(warnings -Wall -Wextra)
	if(SMCKIT_WERROR)
		list(APPEND warnings -Werror)
	endif()
	list(TRANSFORM arg_INCLUDE PREPEND -I)
	list(TRANSFORM arg_DEPENDS PREPEND ${PROJECT_SOURCE_DIR}/)
	add_custom_command(
		OUTPUT ${object} ${skeleton}
		COMMAND ${SMCKIT_BPF_CLANG} -target bpf -g -O2 ${warnings} ${arg_FLAGS}
			-fdebug-compilation-dir=. ${arg_INCLUDE} -idirafter /usr/include/${CMAKE_LIBRARY_ARCHITECTURE}
			-c ${path}.bpf.c -o ${object}
		COMMAND ${SMCKIT_LLVM_STRIP} -g ${object}
		COMMAND ${SMCKIT_BPFTOOL} gen skeleton ${object} name ${stem}_bpf > ${skeleton}
		DEPENDS ${PROJECT_SOURCE_DIR}/${path}.bpf.c ${arg_DEPENDS}
		WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
		VERBATIM)
endfunction()
