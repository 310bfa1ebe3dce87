# cmake --install: libraries, headers, pkg-config and CMake package, licence and documents.
# The program and its completions are installed by cli/, the man pages by docs/.
include(CMakePackageConfigHelpers)

set(ECOPT_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/ecopt)

install(TARGETS ecopt_headers ecopt_shared EXPORT ecopt-targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS ecopt_static EXPORT ecopt-static-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT ecopt-targets NAMESPACE ecopt:: DESTINATION ${ECOPT_CMAKE_DIR})
install(EXPORT ecopt-static-targets NAMESPACE ecopt:: DESTINATION ${ECOPT_CMAKE_DIR})

configure_package_config_file(cmake/ecopt-config.cmake.in ${PROJECT_BINARY_DIR}/ecopt-config.cmake
  INSTALL_DESTINATION ${ECOPT_CMAKE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ecopt-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ecopt-config.cmake
  ${PROJECT_BINARY_DIR}/ecopt-config-version.cmake DESTINATION ${ECOPT_CMAKE_DIR})

file(RELATIVE_PATH ECOPT_PC_PREFIX /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
list(JOIN ECOPT_PC_REQUIRES " " ECOPT_PC_REQUIRES_TEXT)
configure_file(cmake/ecopt.pc.in ${PROJECT_BINARY_DIR}/ecopt.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/ecopt.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# Completion is printed by the program itself, from its command table, so it cannot drift.
if(NOT CMAKE_CROSSCOMPILING)
  set(shells bash zsh fish)
  set(scripts "")
  foreach(shell IN LISTS shells)
    set(script ${PROJECT_BINARY_DIR}/completion/${shell})
    add_custom_command(OUTPUT ${script}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/completion
      COMMAND sh -c "'$<TARGET_FILE:ecopt>' completion ${shell} > '${script}'"
      DEPENDS ecopt VERBATIM)
    list(APPEND scripts ${script})
  endforeach()
  add_custom_target(completion ALL DEPENDS ${scripts})
  install(FILES ${PROJECT_BINARY_DIR}/completion/bash
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ecopt)
  install(FILES ${PROJECT_BINARY_DIR}/completion/zsh
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _ecopt)
  install(FILES ${PROJECT_BINARY_DIR}/completion/fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d RENAME ecopt.fish)
endif()

install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
# Examples for the administrator, who decides whether and for whom: nothing of them is active.
configure_file(contrib/ecopt-energyd.service.in ${PROJECT_BINARY_DIR}/ecopt-energyd.service @ONLY)
install(FILES contrib/README.md contrib/70-ecopt-energy.rules contrib/70-ecopt-perf.conf
  contrib/ecopt-sysusers.conf contrib/ecopt-tmpfiles.conf contrib/ecopt-energyd.socket
  ${PROJECT_BINARY_DIR}/ecopt-energyd.service DESTINATION ${CMAKE_INSTALL_DOCDIR}/contrib)
