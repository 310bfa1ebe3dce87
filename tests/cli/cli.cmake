# Of the program: its parts by cmocka, the whole by recorded sessions (run.sh).
foreach(part measure output quantity)
  eco_test(cli/test_cli_${part}.c LABELS cli)
  target_link_libraries(cli_test_cli_${part} PRIVATE ecopt_cli)
endforeach()
