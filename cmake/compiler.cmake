# The compiler: which one, its flags, and the switches of the presets.

# g++ 12 (Debian 12) accepts `if (co_await f()) co_return;` and crashes at run time, and frees
# temporaries of a co_await expression twice; the network room is written in coroutines.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR
    "Holt needs clang++ 19 or newer; this is ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} "
    "(${CMAKE_CXX_COMPILER}). g++ is refused because it miscompiles coroutines: conditions on "
    "co_await crash at run time without a warning. Run `make setup`, then use a preset or set "
    "CMAKE_CXX_COMPILER=clang++-19.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(HOLT_TESTS "Build the unit tests" ON)
option(HOLT_WERROR "Warnings are errors" ON)
option(HOLT_FUZZ "Build the fuzzers with libFuzzer instead of the corpus replays" OFF)
set(HOLT_SANITIZE "" CACHE STRING "Sanitizers for the whole build, e.g. address,undefined")
option(HOLT_HARDEN "Hardening flags of a release" OFF)
option(HOLT_LTO "ThinLTO" OFF)
option(HOLT_COVERAGE "Source-based coverage" OFF)
option(HOLT_CCACHE "Use ccache when it is installed" ON)

add_compile_options(-fno-omit-frame-pointer -fdiagnostics-color=auto)
add_link_options(-fuse-ld=lld)

if(HOLT_SANITIZE)
  add_compile_options(-fsanitize=${HOLT_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HOLT_SANITIZE})
endif()
if(HOLT_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(HOLT_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()
if(HOLT_HARDEN)
  add_compile_options(-fstack-protector-strong -fstack-clash-protection -fcf-protection)
  add_compile_definitions(_FORTIFY_SOURCE=2 _GLIBCXX_ASSERTIONS)
  add_link_options(-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()
if(HOLT_LTO)
  add_compile_options(-flto=thin)
  add_link_options(-flto=thin -Wl,--thinlto-jobs=all)
endif()

find_program(HOLT_CCACHE_PROGRAM ccache)
if(HOLT_CCACHE AND HOLT_CCACHE_PROGRAM)
  # A precompiled header is only cacheable under these two; see "Precompiled headers" in ccache(1).
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros ${HOLT_CCACHE_PROGRAM})
endif()

add_library(holt_warnings INTERFACE)
target_compile_options(holt_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wconversion $<$<BOOL:${HOLT_WERROR}>:-Werror>)
