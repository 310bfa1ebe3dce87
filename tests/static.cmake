# Checks of the tree itself and of what is installed.  They look at source or at plain builds, so
# sanitizer builds leave them out.
if(ECOPT_SANITIZE)
  return()
endif()

# eco_check(name command...): a script found by ctest as static/name.
function(eco_check name)
  add_test(NAME static/${name} COMMAND ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(static/${name} PROPERTIES LABELS static TIMEOUT 300)
endfunction()

eco_check(layers tools/check-layers)
eco_check(style tools/check-style)
eco_check(headers tools/check-headers ${PROJECT_BINARY_DIR})
eco_check(scripts tools/check-scripts)
eco_check(docs tools/check-docs)
eco_check(exports tools/check-exports ${PROJECT_BINARY_DIR})
eco_check(checkers tests/tools/test_checkers.sh)
eco_check(setup tests/tools/test_setup.sh)
eco_check(peers tests/tools/test_peers.sh)

add_test(NAME install/consumers
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/install/run.sh ${CMAKE_COMMAND} ${PROJECT_BINARY_DIR})
set_tests_properties(install/consumers PROPERTIES LABELS install TIMEOUT 300)
