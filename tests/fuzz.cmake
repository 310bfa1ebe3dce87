# eco_fuzz(name [FOLDERS ...]): target tests/fuzz/fuzz_<name>.c over tests/fuzz/corpus/<name> and
# more folders.  A libFuzzer program with ECOPT_FUZZ, else a replay of the corpus.
function(eco_fuzz name)
  cmake_parse_arguments(ARG "" "" "FOLDERS" ${ARGN})
  set(target fuzz_${name})
  set(folders ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${name} ${ARG_FOLDERS})
  add_executable(${target} fuzz/fuzz_${name}.c $<TARGET_OBJECTS:ecopt_objects>)
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE ecopt_objects)
  set_target_properties(${target} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if(ECOPT_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    add_test(NAME fuzz/${name} COMMAND ${target} -runs=0 ${folders})
  else()
    target_sources(${target} PRIVATE fuzz/replay_main.c)
    add_test(NAME fuzz/${name} COMMAND ${target} ${folders})
  endif()
  set_tests_properties(fuzz/${name} PROPERTIES
    LABELS fuzz TIMEOUT 120 ENVIRONMENT "${ECOPT_TEST_ENV}")
endfunction()

eco_fuzz(config FOLDERS ${CMAKE_CURRENT_SOURCE_DIR}/data/config)
eco_fuzz(csv)
eco_fuzz(expr)
eco_fuzz(protocol)
eco_fuzz(counter)
eco_fuzz(trace)
eco_fuzz(plug)
