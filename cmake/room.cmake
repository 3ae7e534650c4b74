# holt_room(NAME [DEPS rooms...] [LIBS libraries...] [TEST_LIBS libraries...] [EXCEPT files...])
#
# Makes of the calling folder:
#   holt_NAME     a static library of every .cpp that is not a test, fuzzer, benchmark or in EXCEPT
#   NAME_test     a gtest binary of the *_test.cpp, if there are any; ctest runs each TEST by itself
#   X_fuzz        one binary per X_fuzz.cpp: libFuzzer in the fuzz preset, elsewhere a test that
#                 replays fuzz/corpora/X_fuzz
#   NAME_bench    a Google Benchmark binary of the *_bench.cpp, not part of `all`
# DEPS are rooms below this one, linked as holt_<dep>; tools/check_rooms.py decides what is allowed.
if(HOLT_TESTS)
  include(GoogleTest)
endif()

function(holt_room name)
  cmake_parse_arguments(arg "" "" "DEPS;LIBS;TEST_LIBS;EXCEPT" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "holt_room(${name}): unknown words: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  list(TRANSFORM arg_DEPS PREPEND holt_ OUTPUT_VARIABLE rooms)

  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  file(GLOB tests CONFIGURE_DEPENDS *_test.cpp)
  file(GLOB fuzzers CONFIGURE_DEPENDS *_fuzz.cpp)
  file(GLOB benches CONFIGURE_DEPENDS *_bench.cpp)
  list(TRANSFORM arg_EXCEPT PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  foreach(other IN LISTS tests fuzzers benches arg_EXCEPT)
    list(REMOVE_ITEM sources ${other})
  endforeach()

  if(sources)
    add_library(holt_${name} STATIC ${sources})
    target_link_libraries(holt_${name} PUBLIC ${rooms} ${arg_LIBS} Threads::Threads PRIVATE holt_warnings)
    target_include_directories(holt_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    holt_use_pch(holt_${name})
  else()
    add_library(holt_${name} INTERFACE)
    target_link_libraries(holt_${name} INTERFACE ${rooms} ${arg_LIBS} Threads::Threads)
    target_include_directories(holt_${name} INTERFACE ${PROJECT_SOURCE_DIR}/src)
  endif()

  holt_room_extras(${name} "${tests}" "${fuzzers}" "${benches}" "${arg_TEST_LIBS}")
endfunction()

# holt_app(NAME DEPS rooms... [LIBS libraries...])
#
# The top floor: main.cpp becomes the executable NAME at the root of the build folder, everything
# else the library holt_app (with tests as in a room), and the migrations are compiled in.
function(holt_app name)
  cmake_parse_arguments(arg "" "" "DEPS;LIBS;TEST_LIBS" ${ARGN})
  holt_room(app DEPS ${arg_DEPS} LIBS ${arg_LIBS} TEST_LIBS ${arg_TEST_LIBS} EXCEPT main.cpp)
  holt_embed_migrations(holt_app)
  add_executable(${name} main.cpp)
  target_link_libraries(${name} PRIVATE holt_app holt_warnings)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
endfunction()

function(holt_room_extras name tests fuzzers benches test_libs)
  if(tests AND HOLT_TESTS)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE holt_${name} ${test_libs} GTest::gtest_main holt_warnings)
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}." DISCOVERY_MODE PRE_TEST
      PROPERTIES LABELS unit TIMEOUT 180)
  endif()
  foreach(fuzzer IN LISTS fuzzers)
    holt_fuzzer(${fuzzer} ${name})
  endforeach()
  if(benches)
    find_package(benchmark QUIET)
    if(benchmark_FOUND)
      add_executable(${name}_bench EXCLUDE_FROM_ALL ${benches})
      target_link_libraries(${name}_bench PRIVATE holt_${name} benchmark::benchmark_main holt_warnings)
    endif()
  endif()
endfunction()

function(holt_fuzzer source room)
  if(NOT HOLT_FUZZ AND NOT HOLT_TESTS)
    return()
  endif()
  cmake_path(GET source STEM stem)
  add_executable(${stem} ${source})
  target_link_libraries(${stem} PRIVATE holt_${room} holt_warnings)
  if(HOLT_FUZZ)
    target_link_options(${stem} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${stem} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  else()
    target_sources(${stem} PRIVATE ${PROJECT_SOURCE_DIR}/fuzz/replay.cpp)
    add_test(NAME ${room}.${stem} COMMAND ${stem} ${PROJECT_SOURCE_DIR}/fuzz/corpora/${stem})
    set_tests_properties(${room}.${stem} PROPERTIES LABELS fuzz TIMEOUT 180)
  endif()
endfunction()

# The one precompiled header, compiled once and used by every room.
option(HOLT_PCH "Use the precompiled header src/base/pch.h" ON)
function(holt_use_pch target)
  if(HOLT_PCH AND EXISTS ${PROJECT_SOURCE_DIR}/src/base/pch.h)
    if(NOT TARGET holt_pch)
      set(unit ${PROJECT_BINARY_DIR}/pch_unit.cpp)
      file(CONFIGURE OUTPUT ${unit} CONTENT "// Carries the precompiled header; nothing else.\n")
      add_library(holt_pch STATIC ${unit})
      target_include_directories(holt_pch PRIVATE ${PROJECT_SOURCE_DIR}/src)
      target_link_libraries(holt_pch PUBLIC Threads::Threads PRIVATE holt_warnings)
      target_compile_options(holt_pch PRIVATE SHELL:-Xclang\ -fno-pch-timestamp)
      target_precompile_headers(holt_pch PRIVATE ${PROJECT_SOURCE_DIR}/src/base/pch.h)
    endif()
    target_compile_options(${target} PRIVATE SHELL:-Xclang\ -fno-pch-timestamp)
    target_precompile_headers(${target} REUSE_FROM holt_pch)
  endif()
endfunction()
