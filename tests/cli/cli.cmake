# Of the program: its parts by cmocka, the whole by recorded sessions (run.sh, one folder a test).
foreach(part args compare measure message options output pick places jobs point progress quantity quick study summary
    write_faults)
  eco_test(cli/test_cli_${part}.c LABELS cli)
  target_link_libraries(cli_test_cli_${part} PRIVATE ecopt_cli)
endforeach()
# Calls that the test makes fail.
foreach(call write rename close fchmod mkostemp)
  target_link_options(cli_test_cli_write_faults PRIVATE -Wl,--wrap=${call})
endforeach()

foreach(folder usage init check doctor measure compare record log run exits read hand man walk wrong_input)
  add_test(NAME cli/${folder}
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/cli/run.sh ${CMAKE_CURRENT_SOURCE_DIR}/cli/${folder})
  set_tests_properties(cli/${folder} PROPERTIES LABELS cli TIMEOUT 300
    ENVIRONMENT "${ECOPT_TEST_ENV};ECOPT_BIN=$<TARGET_FILE_DIR:ecopt>")
endforeach()
